"""The printed tables of budget, tests, plan, audiences and the ledger."""

from __future__ import annotations

import pandas as pd

from workbench.decisions.briefs import NO_FACTS
from workbench.decisions.due import RULE
from workbench.report.document import Table
from workbench.report.facts import Facts
from workbench.report.figures import Spec, as_table

__all__ = [
    "audience_rules_table",
    "audience_table",
    "budget_table",
    "evsi_table",
    "finished_table",
    "ideas_table",
    "ledger_table",
    "marginal_table",
    "measures_table",
    "missing_table",
    "moves_table",
    "plan_table",
    "rankings_table",
    "since_table",
    "stakes_table",
]


def budget_table(rows: pd.DataFrame, facts: Facts, key: str) -> Table:
    """Spend now and proposed, average and marginal CAC, and what a change is worth."""
    return as_table(
        rows,
        [
            ("channel", "Channel", "text"),
            ("spend_now", "Spend now", "money"),
            ("spend_proposed", "Spend proposed", "money"),
            ("cac", "CAC, average", "money"),
            ("marginal_cac_", "CAC, marginal", "money_range"),
            ("p_cac_above_value", "P(next CAC > value)", "chance"),
            ("change_", "Change in profit a month", "money_range"),
            ("p_better", "P(better)", "chance"),
            ("verb", "Advice", "text"),
        ],
        key=key,
        caption=f"Spend and expected change in 12-month profit, {facts.currency} a month",
        file="tables/budget.csv",
        note="Spend observed, the rest predicted; both CACs at today's spend, with the channel's "
        "part of customers of unknown channel. Change and advice are of each row alone: a step to "
        "leave has about even odds by itself, or less.",
    )


def moves_table(facts: Facts, key: str) -> Table:
    """Spend now and proposed, and the bounds between which it was sought."""
    return as_table(
        facts["budget"],
        [
            ("channel", "Channel", "text"),
            ("spend_now", "Spend now", "money"),
            ("spend_proposed", "Spend proposed", "money"),
            ("low", "Lower bound", "money"),
            ("high", "Upper bound", "money"),
            ("verb", "Advice", "text"),
        ],
        key=key,
        caption=f"Spend now (observed), proposed, and its bounds, {facts.currency} a month",
        file="tables/budget.csv",
    )


def marginal_table(facts: Facts, key: str) -> Table:
    """What the next unit of money brings at a few levels of spend."""
    curves = facts["budget_curves"]
    ratio = (curves["spend"] / curves["spend_now"]).round(4)
    near = ratio[(ratio - 0.75).abs().lt(0.02) | (ratio - 1).abs().lt(0.02)
                 | (ratio - 1.25).abs().lt(0.02)].index  # fmt: skip
    shown = curves.loc[near].assign(at=ratio.loc[near])
    return as_table(
        shown,
        [
            ("channel", "Channel", "text"),
            ("spend", "Spend a month", "money"),
            ("at", "Of today's spend", "share"),
            ("profit_", "Profit of the next 1 of spend", "ratio_range"),
        ],
        key=key,
        caption="12-month value of the next unit of money, less that unit, predicted",
        file="tables/budget_curves.csv",
    )


def evsi_table(facts: Facts, rows: pd.DataFrame, key: str) -> Table:
    """Value of knowing by idea, beside the rank that ICE gave it."""
    return as_table(
        rows,
        [
            ("title", "Idea", "text"),
            ("rank", "Rank", "count"),
            ("rank_ice", "Rank by ICE", "count"),
            ("evsi_per_week", "Value of knowing, per week", "money"),
            ("weeks", "Weeks", "count"),
        ],
        key=key,
        caption=f"Value of knowing per week of traffic, {facts.currency}, predicted",
        file="tables/experiments.csv",
    )


def ideas_table(facts: Facts, rows: pd.DataFrame, key: str) -> Table:
    """Ideas with value, chance and size of their tests, and the other rankings."""
    specs: list[Spec] = [
        ("title", "Idea", "text"),
        ("verb", "Advice", "text"),
        ("evsi_per_week", "Value of knowing, per week", "money"),
        ("profit_", "Profit of testing it", "money_range"),
        ("p_win", "P(wins)", "chance"),
        ("weeks", "Weeks", "count"),
        ("sample_per_arm", "People per arm", "count"),
        ("corrected_gain", "Gain if it wins, a year", "money"),
        ("rank", "Rank", "count"),
    ]
    for name in ("ice", "pie", "pxl"):
        if rows[f"rank_{name}"].notna().any():
            specs.append((f"rank_{name}", name.upper(), "count"))
    return as_table(
        rows,
        [*specs, ("owner", "Owner", "text")],
        key=key,
        caption=f"Ideas by value of their test, {facts.currency}, predicted over 12 months",
        file="tables/experiments.csv",
        note="Values take off the cost of the test; the gain is corrected for the luck of winners.",
    )


def missing_table(facts: Facts, rows: pd.DataFrame, key: str) -> Table:
    """Ideas without figures, and why."""
    return as_table(
        rows,
        [
            ("title", "Idea", "text"),
            ("verb", "Next", "text"),
            ("note", "Why it has no figures", "told"),
            ("owner", "Owner", "text"),
        ],
        key=key,
        caption="Ideas without figures",
        file="tables/experiments.csv",
        folded=True,
    )


def rankings_table(facts: Facts, key: str) -> Table:
    """What a year of tests earns under each ranking."""
    rows = facts["experiment_rankings"]
    return as_table(
        rows.assign(ranking=rows["ranking"].replace({"EVSI": "Value of the test (EVSI)"})),
        [
            ("ranking", "Order of the tests by", "text"),
            ("tests", "Tests in the year", "count"),
            ("profit", "Expected profit within the year", "money"),
            ("less_than_evsi", "Less than by value of the test", "money"),
        ],
        key=key,
        caption=f"A year of tests under each ranking, {facts.currency}",
        file="tables/experiment_rankings.csv",
        note="Expectations over true effects and luck: no interval.",
    )


def finished_table(facts: Facts, key: str) -> Table:
    """Finished tests: what they showed, and what is left once luck is taken off."""
    rows = facts["finished_tests"].rename(
        columns={
            "corrected_gain_12m": "gain_mean",
            "corrected_gain_q05": "gain_q05",
            "corrected_gain_q95": "gain_q95",
        }
    )
    return as_table(
        rows.assign(title=rows["title"].where(rows["title"].astype(str) != "", rows["id"])),
        [
            ("title", "Test", "text"),
            ("exposed_control", "People, control", "count"),
            ("exposed_variant", "People, variant", "count"),
            ("lift", "Lift as measured", "lift"),
            ("lift_shrunk", "Lift corrected", "lift"),
            ("p_better", "P(effect > 0)", "chance"),
            ("naive_gain_12m", "Gain as measured, a year", "money"),
            ("gain_", "Gain corrected, a year", "money_range"),
            ("verb", "Advice", "text"),
        ],
        key=key,
        caption=f"Finished tests, {facts.currency}",
        file="tables/finished_tests.csv",
        note="Corrected for the luck of winners; chance of purchase left out.",
    )


def stakes_table(facts: Facts, rows: pd.DataFrame, key: str) -> Table:
    """Profit at stake of the actions that have a figure."""
    return as_table(
        rows,
        [
            ("about", "About", "text"),
            ("profit_", "Profit at stake, 12 months", "money_range"),
            ("p_better", "P(above 0)", "chance"),
        ],
        key=key,
        caption=f"Profit at stake of single actions, {facts.currency}; the lines must not be added",
        file="tables/plan.csv",
    )


def plan_table(facts: Facts, rows: pd.DataFrame, key: str) -> Table:
    """Actions in their order: what with which file, who, its worth, what turns it."""
    return as_table(
        rows,
        [
            ("about", "About", "text"),
            ("action", "Action", "told"),
            ("owner", "Owner", "text"),
            ("due", "Due", "day"),
            ("profit_", "Profit at stake, 12 months", "money_range"),
            ("turns_if", "What turns it", "told"),
        ],
        key=key,
        caption=f"Actions, {facts.currency}",
        file="tables/plan.csv",
        note=f"Files stand in the outbox. {RULE}",
        at_most=12,
    )


def measures_table(facts: Facts, rows: pd.DataFrame, key: str) -> Table:
    """Evidence, measurement and facts for the creative brief of every action."""
    # that no list of people goes with an action is not to be said of each
    rows = rows.assign(brief=rows["brief"].replace(NO_FACTS, ""))
    return as_table(
        rows,
        [
            ("about", "About", "text"),
            ("evidence", "Evidence", "told"),
            ("assumption", "The figure assumes", "told"),
            ("marketing_objective", "Objective", "told"),
            ("success_metric", "Measure", "told"),
            ("measurement", "How it is measured", "told"),
            ("brief", "Facts for the creative brief", "told"),
        ],
        key=key,
        caption="Evidence, measurement and brief of every action",
        file="tables/plan.csv",
        folded=True,
    )


def audience_table(rows: pd.DataFrame, facts: Facts, key: str) -> Table:
    """Lists with size, expected value and profit of contacting them."""
    return as_table(
        rows,
        [
            ("audience", "List", "text"),
            ("purpose", "Purpose", "text"),
            ("tools", "For", "text"),
            ("chosen", "Meant", "count"),
            ("customers", "In it", "count"),
            ("value_", "Value together, next 12 months", "money_range"),
            ("profit_", "Profit of contacting", "money_range"),
            ("p_profit", "P(pays)", "chance"),
            ("holdout", "Holdout", "count"),
        ],
        key=key,
        caption=f"Lists for the tools, {facts.currency}, predicted",
        file="tables/audiences.csv",
        note="Lists overlap: do not add them up. Intervals leave out the chance of purchase.",
    )


def audience_rules_table(rows: pd.DataFrame, facts: Facts, key: str) -> Table:
    """Definition, consent rule and who is left out of every list."""
    return as_table(
        rows,
        [
            ("audience", "List", "text"),
            ("definition", "Who is meant", "told"),
            ("consent", "Consent", "text"),
            ("left_out", "Left out", "told"),
            ("files", "Files in outbox", "text"),
        ],
        key=key,
        caption="Definition, consent and who is left out of every list",
        file="tables/audiences_left_out.csv",
        folded=True,
    )


def ledger_table(rows: pd.DataFrame, key: str) -> Table:
    """Forecasts of earlier runs and what happened."""
    return as_table(
        rows,
        [
            ("made_at", "Forecast from", "day"),
            ("horizon_days", "Horizon, days", "count"),
            ("group", "Group", "text"),
            ("metric", "Quantity", "text"),
            ("", "Forecast", "number_range"),
            ("actual", "Happened", "number"),
        ],
        key=key,
        caption="Forecasts of earlier runs, and what happened; chance of purchase included",
        file="tables/ledger_scores.csv",
        folded=True,
        at_most=30,
    )


def since_table(facts: Facts, key: str) -> Table:
    """What came due since the previous run, in words."""
    return as_table(
        facts.forecasts_due,
        [("subject", "Forecast", "text"), ("words", "What came of it", "told")],
        key=key,
        caption="Scored since the previous run",
        file="tables/since_last.csv",
        folded=True,
        at_most=30,
    )
