"""The part of page 2 on the ledger: what earlier runs forecast, and what happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from workbench.plots import (
    forecast_record_ranges,
    ledger_by_channel,
    ledger_coverage,
    ledger_errors,
    record_rows,
)
from workbench.report.document import Figure, Sentence, Table
from workbench.report.facts import Facts, known
from workbench.report.figures import as_figure, as_table
from workbench.report.pages.decision_tables import ledger_table, since_table

__all__ = [
    "ledger_figures",
    "ledger_sentences",
    "ledger_tables",
    "record_figures",
    "scored_forecasts",
]


def scored_forecasts(facts: Facts) -> pd.DataFrame:
    """Return the scored forecasts of earlier runs by the model in use; money first, if any."""
    table = facts["ledger_scores"]
    if table.empty or not facts.predictions:
        return pd.DataFrame()
    table = table[(table["state"] == "scored") & (table["pace"] == "learned")]
    amounts = table[table["metric"] == "contribution"]
    if not facts.money:
        return table[table["metric"] != "contribution"]
    return amounts if len(amounts) else table


def ledger_sentences(facts: Facts) -> Iterator[Sentence]:
    """Yield how many cohort forecasts held, of the newest that came due, and what was not scored.

    Pattern 13 of the report.
    """
    table = facts["ledger_summary"]
    if table.empty or scored_forecasts(facts).empty:
        return
    metric = scored_forecasts(facts)["metric"].iloc[0]
    rows = table[(table["level"] == "cohort") & (table["pace"] == "learned")]
    rows = rows[(rows["metric"] == metric) & rows["inside_90"].map(known)]
    if rows.empty:
        return
    # the one that came due last, of the longest horizon, as the figures show it
    days = pd.to_timedelta(rows["horizon_days"].astype(int), unit="D")
    rows = rows.assign(due=pd.to_datetime(rows["made_at"]) + days)
    row = dict(rows.sort_values(["due", "horizon_days"]).iloc[-1])
    yield facts.voice.say(
        "ledger_cohorts",
        n=row["n"],
        made=str(row["made_at"])[:10],
        days=row["horizon_days"],
        inside=row["inside_90"],
        low=row["normal_low_90"],
        high=row["normal_high_90"],
    )


def ledger_figures(facts: Facts) -> Iterator[Figure]:
    """Yield forecasts against outcomes by channel, coverage of cohorts, errors by as-of date."""
    table = scored_forecasts(facts)
    if table.empty:
        return
    currency = facts.currency if table["metric"].iloc[0] == "contribution" else ""
    drawn: list[tuple[str, Any, list[str]]] = [
        ("channels", ledger_by_channel(table, currency=currency), ["total", "channel"]),
        ("coverage", ledger_coverage(table), ["cohort"]),
        ("errors", ledger_errors(table, currency=currency), ["total"]),
    ]
    for name, plot, levels in drawn:
        key, turns = f"ledger-{name}", facts.voice.say(f"turns_ledger_{name}")
        rows = table[table["level"].isin(levels)]
        rows = rows.sort_values(["due", "horizon_days", "mean"], ascending=[False, False, False])
        yield from as_figure(key, plot, ledger_table(rows, key), turns)


def record_figures(facts: Facts) -> Iterator[Figure]:
    """Yield how far this brand's log, cut off at earlier dates, would have been forecast off."""
    record = facts["forecast_record"]
    if record.empty or not facts.predictions:
        return
    if not facts.money:
        record = record.assign(log_spend_mean=float("nan"))
    rows = record_rows(record, interval=facts.voice.interval)
    table = as_table(
        rows,
        [
            ("cutoff", "Forecast from", "day"),
            ("horizon_days", "Horizon, days", "count"),
            ("quantity", "Quantity", "text"),
            ("forecast_", "Forecast", "number_range"),
            ("actual", "Happened", "number"),
        ],
        key="forecast-record",
        caption=f"Forecasts from earlier dates, all customers; revenue in {facts.currency}",
        file="tables/forecast_record.csv",
        folded=True,
    )
    plot = forecast_record_ranges(record, currency=facts.currency, interval=facts.voice.interval)
    yield from as_figure("forecast-record", plot, table)


def ledger_tables(facts: Facts) -> Iterator[Table]:
    """Yield what came due since the previous run."""
    if len(facts.forecasts_due) and facts.money and facts.predictions:
        yield since_table(facts, "since-last")
