"""The printed tables of the report: which columns, under which names."""

from __future__ import annotations

import pandas as pd

from workbench.checks import measured
from workbench.report.document import Table
from workbench.report.facts import Facts
from workbench.report.figures import Spec, as_table
from workbench.report.pages.common import unknown_share
from workbench.report.wording import check_label

__all__ = [
    "backtest_table",
    "channel_month_table",
    "checks_table",
    "cohort_table",
    "curve_table",
    "history_table",
    "log_table",
    "month_table",
    "pair_table",
    "product_table",
    "retention_table",
    "roas_table",
    "tracking_table",
    "value_table",
]

_VALUE: Spec = ("value_12m_", "12-month value per customer", "money_range")
_CUSTOMERS: Spec = ("customers", "Customers", "count")
_OBSERVED: Spec = ("observed_share", "Observed share", "share")


def value_table(facts: Facts, key: str) -> Table:
    """12-month value, CAC, payback and True Profit by channel."""
    specs: list[Spec] = [("channel", "Channel", "text"), _CUSTOMERS, _VALUE, _OBSERVED]
    channels = facts["channels"]
    if facts.spend:
        if unknown_share(facts) and "cac_q05" in channels:
            channels = channels.rename(columns={"cac": "cac_mean"})
            specs += [
                ("cac_counted", "CAC, counted customers", "money"),
                ("cac_", "CAC with part of unknown", "money_range"),
            ]
        else:
            specs.append(("cac", "CAC", "money"))
        specs += [
            ("p_value_above_cac", "P(value > CAC)", "chance"),
            ("payback_days_", "Payback, days", "days_range"),
            ("true_profit_", "True Profit, 12 months", "money_range"),
        ]
    return as_table(
        channels,
        specs,
        key=key,
        caption=f"12-month value by channel, {facts.currency}, observed + predicted",
        file="tables/channels.csv",
    )


def roas_table(facts: Facts, key: str) -> Table:
    """Reported ROAS beside 12-month ROAS by channel with spend."""
    specs: list[Spec] = [
        ("channel", "Channel", "text"),
        ("spend", "Spend", "money"),
        ("attribution", "Attribution of the platform", "text"),
        ("reported_roas", "Reported ROAS", "ratio"),
        ("break_even_roas", "Break-even ROAS", "ratio"),
        ("roas_12m_", "12-month ROAS", "ratio_range"),
        ("rank_reported", "Rank reported", "count"),
        ("rank_value", "Rank by value", "count"),
        ("p_rank_flip", "P(rank differs)", "chance"),
    ]
    return as_table(
        facts.paid,
        specs,
        key=key,
        caption="Reported ROAS (revenue, observed) and 12-month ROAS (contribution, observed + "
        "predicted)",
        file="tables/channels.csv",
    )


def pair_table(facts: Facts, key: str) -> Table:
    """Pairs of channels with the probability that their order is the reverse."""
    specs: list[Spec] = [
        ("channel_a", "Leads on reported ROAS", "text"),
        ("channel_b", "Over", "text"),
        ("reported_a", "Reported ROAS, first", "ratio"),
        ("reported_b", "Reported ROAS, second", "ratio"),
        ("roas_12m_a", "12-month ROAS, first", "ratio"),
        ("roas_12m_b", "12-month ROAS, second", "ratio"),
        ("p_flip", "P(reverse by value)", "chance"),
    ]
    pairs = facts["rank_flips"].sort_values(
        ["p_flip", "channel_a", "channel_b"], ascending=[False, True, True]
    )
    return as_table(
        pairs,
        specs,
        key=key,
        caption="Order of each pair of channels: reported, and by 12-month value",
        file="tables/rank_flips.csv",
        folded=True,
        at_most=15,
    )


def cohort_table(facts: Facts, key: str) -> Table:
    """The largest cohorts with observed 90-day and predicted 12-month value."""
    cohorts = facts["cohorts"]
    by = [
        name for name in ("customers", "channel", "first_product", "first_month") if name in cohorts
    ]
    specs: list[Spec] = [
        ("channel", "Channel", "text"),
        ("first_product", "First product", "text"),
        ("first_month", "First month", "text"),
        _CUSTOMERS,
        ("retention_90d", "90-day retention", "share"),
        ("value_90d_", "90-day value", "money_range"),
        _VALUE,
        _OBSERVED,
    ]
    return as_table(
        cohorts.sort_values(by, ascending=[name != "customers" for name in by]),
        specs,
        key=key,
        caption=f"The largest cohorts, {facts.currency} per customer",
        file="tables/cohorts.csv",
        folded=True,
        at_most=20,
    )


def month_table(facts: Facts, key: str) -> Table:
    """12-month value by month of first purchase."""
    return as_table(
        facts["months"],
        [("first_month", "First month", "text"), _CUSTOMERS, _VALUE, _OBSERVED],
        key=key,
        caption=f"12-month value by month of first purchase, {facts.currency}",
        file="tables/months.csv",
    )


def product_table(facts: Facts, key: str) -> Table:
    """12-month value by first product."""
    return as_table(
        facts["products"],
        [("first_product", "First product", "text"), _CUSTOMERS, _VALUE, _OBSERVED],
        key=key,
        caption=f"12-month value by first product, {facts.currency}",
        file="tables/products.csv",
    )


def channel_month_table(facts: Facts, key: str) -> Table:
    """12-month value by channel and month of first purchase."""
    wide, specs = _wide(facts["channel_months"], "first_month", "channel", "value_12m_")
    return as_table(
        wide,
        [("first_month", "First month", "text"), *specs],
        key=key,
        caption=f"12-month value by channel and month of first purchase, {facts.currency}",
        file="tables/channel_months.csv",
    )


def _wide(
    frame: pd.DataFrame, rows: str, columns: str, prefix: str
) -> tuple[pd.DataFrame, list[Spec]]:
    """Spread ranges over columns: one row per `rows`, one range per value of `columns`."""
    names = list(dict.fromkeys(frame[columns]))
    parts = []
    for number, name in enumerate(names):
        own = frame[frame[columns] == name].set_index(rows)
        ends = {f"{prefix}{end}": f"c{number}_{end}" for end in ("mean", "q05", "q95")}
        parts.append(own[list(ends)].rename(columns=ends))
    wide = pd.concat(parts, axis=1).reindex(dict.fromkeys(frame[rows]))
    specs: list[Spec] = [(f"c{i}_", str(name), "money_range") for i, name in enumerate(names)]
    return wide.rename_axis(rows).reset_index(), specs


def curve_table(facts: Facts, key: str) -> Table:
    """Cumulative contribution per customer at five ages."""
    curves = facts["curves"]
    ages = sorted(curves["age_days"].unique())
    near = {min(ages, key=lambda age: abs(age - wanted)) for wanted in (0, 90, 182, 273, 365)}
    chosen = curves[curves["age_days"].isin(near)].sort_values("age_days", kind="stable")
    wide, specs = _wide(chosen, "channel", "age_days", "value_")
    cac = curves.groupby("channel")["cac"].first()
    return as_table(
        wide.assign(cac=wide["channel"].map(cac)),
        [
            ("channel", "Channel", "text"),
            *((column, f"Day {age}", kind) for column, age, kind in specs),
            ("cac", "CAC", "money"),
        ],
        key=key,
        caption=f"Cumulative contribution per customer by age, {facts.currency}",
        file="tables/curves.csv",
    )


def retention_table(facts: Facts, key: str) -> Table:
    """Share of each first-purchase month that bought again, by month of age."""
    wide = facts["retention"].pivot_table(
        index="first_month", columns="month", values="retention", aggfunc="first"
    )
    wide = wide[[month for month in wide.columns if 1 <= month <= 12]]
    frame = wide.rename(columns={month: f"m{month}" for month in wide.columns}).reset_index()
    return as_table(
        frame,
        [
            ("first_month", "First month", "text"),
            *((f"m{month}", f"Month {month}", "share") for month in wide.columns),
        ],
        key=key,
        caption="Share of customers who bought again, by 30-day month of age, observed",
        file="tables/retention.csv",
    )


def history_table(facts: Facts, key: str) -> Table:
    """Customers by repeat orders and weeks since the last order."""
    return as_table(
        facts["history_matrix"],
        [
            ("repeat_orders", "Repeat orders", "text"),
            ("weeks_since_last", "Weeks since last order", "text"),
            _CUSTOMERS,
            ("p_alive_mean", "Mean P(still a customer)", "chance"),
            ("next_12m_orders_mean", "Mean orders, next 12 months", "number"),
        ],
        key=key,
        caption="Customers by purchase history: counts observed, the rest predicted",
        file="tables/history_matrix.csv",
        at_most=40,
    )


def tracking_table(facts: Facts, key: str) -> Table:
    """Repeat orders a week, observed against expected."""
    weeks = facts["tracking"]
    ahead = int((weeks["phase"] != "forecast").sum())
    near = weeks.iloc[max(ahead - 26, 0) : ahead + 13]
    return as_table(
        near,
        [
            ("week", "Week from", "day"),
            ("observed", "Observed", "count"),
            ("expected_mean", "Expected", "number"),
            ("expected_q05", "Low", "number"),
            ("expected_q95", "High", "number"),
            ("phase", "Phase", "text"),
        ],
        key=key,
        caption="Repeat orders a week: observed and expected, half a year back and a quarter ahead",
        file="tables/tracking.csv",
    )


def checks_table(facts: Facts, name: str, key: str, caption: str) -> Table:
    """All checks of readiness or model."""
    frame = facts[name]
    shown = frame.assign(
        check=[check_label(str(check)) for check in frame["check"]],
        value=[measured(value) for value in frame["value"]],
        recommendation=frame["recommendation"].replace("None.", ""),
    )
    return as_table(
        shown,
        [
            ("check", "Check", "text"),
            ("status", "Status", "status"),
            ("value", "Value", "number"),
            ("threshold", "Threshold", "told"),
            ("message", "Found", "told"),
            ("recommendation", "To do", "told"),
        ],
        key=key,
        caption=caption,
        file=f"tables/{name}.csv",
        folded=True,
    )


def backtest_table(facts: Facts, frame: pd.DataFrame, key: str) -> Table:
    """Forecasts from earlier dates against what happened."""
    return as_table(
        frame,
        [
            ("cutoff", "Forecast from", "day"),
            ("horizon_days", "Horizon, days", "count"),
            ("level", "Level", "text"),
            ("group", "Group", "text"),
            ("customers", "Customers", "count"),
            ("metric", "Quantity", "text"),
            ("actual", "Happened", "number"),
            ("", "Forecast", "number_range"),
        ],
        key=key,
        caption="Forecasts from earlier dates, and what happened",
        file="tables/backtest.csv",
        folded=True,
        at_most=40,
    )


def log_table(facts: Facts, key: str) -> Table:
    """Everything dropped, repaired or doubtful while reading."""
    return as_table(
        facts["reading_log"],
        [
            ("source", "Source", "text"),
            ("file", "File", "text"),
            ("what", "What", "text"),
            ("count", "Rows", "count"),
            ("note", "Note", "told"),
        ],
        key=key,
        caption="Reading log",
        file="tables/reading_log.csv",
        folded=True,
        at_most=60,
    )
