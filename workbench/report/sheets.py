"""What the sheets of the workbook hold: one line for each table of a run. No number of a brand."""

from __future__ import annotations

__all__ = ["COLUMNS", "SHEETS"]

SHEETS: dict[str, tuple[str, str]] = {
    "readiness": (
        "Checks of the data, one row each",
        "observed; value and threshold in the unit the message names",
    ),
    "model_checks": (
        "Checks of the model and its health, one row each",
        "value and threshold in the unit the message names",
    ),
    "forecast_record": (
        "Repeat orders forecast from earlier dates beside those that came, by cohort; newcomers "
        "were won after the date",
        "orders over horizon_days after the cutoff; actual observed, mean predicted; actual_spend "
        "in currency per order, observed",
    ),
    "cohorts": (
        "Channel x first product x first month: size, retention, value",
        "currency per customer over 90 days and 12 months, observed + predicted",
    ),
    "channels": (
        "Acquisition channels: spend, CAC, reported and 12-month ROAS, value, payback",
        "currency per customer, for spend and True Profit in all; 12 months; payback in days",
    ),
    "curves": (
        "Value of a customer by days since the first order, by channel",
        "currency per customer up to day age_days, observed + predicted",
    ),
    "rank_flips": (
        "Pairs of channels: how probably 12-month ROAS reverses their reported order",
        "currency returned per currency spent; p_flip is a probability; 12 months",
    ),
    "retention": (
        "Customers who bought again, by first month and 30-day month since",
        "customers, and their share; observed",
    ),
    "history_matrix": (
        "Customers by repeat orders and weeks since the last order",
        "customers observed; probability alive and orders of the next 12 months predicted",
    ),
    "tracking": (
        "Repeat orders a week, observed and expected by the model",
        "orders a week",
    ),
    "products": (
        "First products: size, retention, value",
        "currency per customer over 90 days and 12 months, observed + predicted",
    ),
    "months": (
        "Months of the first order: size, retention, value",
        "currency per customer over 90 days and 12 months, observed + predicted",
    ),
    "channel_months": (
        "Channel x month of the first order: size, retention, value",
        "currency per customer over 90 days and 12 months, observed + predicted",
    ),
    "summary": (
        "Figures of the whole brand, one row each",
        "unit and basis stand in each row; money in currency",
    ),
    "reading_log": (
        "What was dropped, repaired or doubtful when the exports were read",
        "count of rows or orders; observed",
    ),
    "gaps": (
        "Capabilities of the automation spectrum: state, evidence, profit at stake, action",
        "profit in currency over 12 months, predicted; effort in hours",
    ),
    "levels": (
        "Levels of the automation spectrum: declared and evidenced",
        "points and shares of the points that a level asks for",
    ),
    "stages": (
        "The same capabilities judged at each of the four stages of revenue",
        "bounds in currency of net revenue over 12 months; counts of capabilities",
    ),
    "backtest": (
        "Forecasts made at earlier cutoffs beside what happened",
        "orders, or currency, over horizon_days after the cutoff, by metric",
    ),
    "backtest_customers": (
        "Forecasts and outcomes by decile of predicted value",
        "per customer over horizon_days after the cutoff, by metric",
    ),
    "backtest_baselines": (
        "Forecasts of simpler rules beside what happened",
        "orders, or currency, over horizon_days after the cutoff, by metric",
    ),
    "backtest_scores": (
        "Scores of model and simpler rules",
        "bias, wape, covered and gini are shares; actual and mean by metric",
    ),
    "budget": (
        "Spend now and proposed, by channel, with what the change is expected to bring",
        "currency a month over the weeks of the budget; value over 12 months, predicted",
    ),
    "budget_summary": (
        "The proposed budget as a whole: expected change, chance to be better, loss, regret",
        "currency a month over the weeks of the budget, predicted",
    ),
    "budget_curves": (
        "Profit of the next unit of spend, by channel and spend",
        "currency returned per currency spent, 12-month value, predicted",
    ),
    "experiments": (
        "Ideas for tests, ranked by what knowing is worth per week of traffic",
        "currency of 12-month contribution over a year of traffic, predicted",
    ),
    "experiment_rankings": (
        "What a year of tests is expected to earn in the order of each ranking",
        "currency of 12-month contribution within a year, predicted",
    ),
    "experiment_year": (
        "The tests of a year under each ranking, one after another",
        "weeks from now; currency of 12-month contribution within the year, predicted",
    ),
    "finished_tests": (
        "Results of finished tests, as measured and corrected for having been picked",
        "lift in shares; gains in currency of 12-month contribution a year",
    ),
    "audiences": (
        "Lists for the tools: who is in them and what they are expected to bring",
        "customers; currency over the next 12 months, predicted",
    ),
    "audiences_left_out": (
        "Who was meant for a list and is not in it, and why",
        "customers",
    ),
    "plan": (
        "Actions across e-mail, ads and experiments, ranked, with stake and measurement",
        "currency over 12 months, predicted, on the stated assumption",
    ),
    "decision_notes": (
        "What the decisions could not say or left out",
        "count in the unit the note names",
    ),
    "ledger_scores": (
        "Forecasts of earlier runs beside what happened since",
        "orders, or currency, over horizon_days after made_at, by metric",
    ),
    "ledger_summary": (
        "Scores of the forecasts of earlier runs, by date and level",
        "bias, wape and covered are shares; crps in the unit of the metric",
    ),
    "since_last": (
        "What was scored or closed since the run before",
        "words, with before and after in the unit they name",
    ),
}
"""What each table holds, and in which unit over which horizon."""

COLUMNS: tuple[tuple[str, str], ...] = (
    ("_mean", "mean over the draws of the posterior"),
    ("_q05, _q95", "ends of the central 90% interval, _q50 its middle, _q25 and _q75 its half"),
    ("p_...", "a probability, 0 to 1"),
    ("..._share, retention", "a share, 0 to 1"),
    ("inf", "in a column of days: not within the horizon"),
    ("an empty cell", "not known; never a zero"),
)
"""Endings and words that the names of columns share, and what they mean."""
