"""The part of page 2 on forecasts from earlier dates: figures with their tables."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from workbench.plots import (
    calibration,
    decile_chart,
    interval_coverage,
    model_errors,
    pit_histogram,
    pooling_by_size,
)
from workbench.plots.models import NAMES
from workbench.report.document import Figure, Table
from workbench.report.facts import Facts, known
from workbench.report.figures import as_figure, as_table
from workbench.report.pages.tables import backtest_table
from workbench.value.scores import INTERVALS, ablation_by_size, backtest_summary, compare_models

__all__ = ["scored", "scored_figures"]


def scored(facts: Facts) -> pd.DataFrame:
    """Return the forecasts whose outcome is known, of the model in use, finest level given."""
    table = facts["backtest"]
    if table.empty:
        return table
    table = table[(table["pooling"] == "partial") & table["actual"].map(known)]
    for metric in ("contribution", "revenue", "orders"):
        for level in ("cohort", "channel", "total"):
            chosen = table[(table["metric"] == metric) & (table["level"] == level)]
            if not chosen.empty:
                return chosen
    return table.head(0)


def scored_figures(facts: Facts) -> Iterator[Figure]:
    """Yield what a backtest shows; each figure only where its table holds what it needs."""
    chosen = scored(facts)
    if chosen.empty:
        return
    metric, level = chosen.iloc[0]["metric"], chosen.iloc[0]["level"]
    currency = facts.currency if metric != "orders" else ""
    plot = calibration(chosen, currency=currency, interval=facts.voice.interval)
    yield from as_figure("backtest", plot, backtest_table(facts, chosen, "backtest"))
    # a backtest of an earlier version has neither these quantiles nor PIT values
    if {end for ends in INTERVALS.values() for end in ends} <= set(chosen):
        yield from as_figure("coverage", interval_coverage(chosen), _coverage_table(chosen))
    if "pit" in chosen:
        yield from as_figure("pit", pit_histogram(chosen), _pit_table(chosen))
    yield from _customers(facts, metric, currency)
    yield from _models(facts, metric, level)
    yield from _pooling(facts, metric)


def _customers(facts: Facts, metric: str, currency: str) -> Iterator[Figure]:
    table = facts["backtest_customers"]
    if table.empty:
        return
    mine = table[(table["pooling"] == "partial") & (table["metric"] == metric)]
    plot = decile_chart(mine, gini=_gini(facts, metric), currency=currency)
    yield from as_figure("deciles", plot, _decile_table(mine))


def _gini(facts: Facts, metric: str) -> float | None:
    """The coefficient of the model in use, None where several cutoffs each have their own."""
    table = facts["backtest_scores"]
    if table.empty:
        return None
    mine = table[(table["model"] == "workbench") & (table["pooling"] == "partial")]
    mine = mine[(mine["level"] == "customer") & (mine["metric"] == metric)]
    return float(mine.iloc[0]["gini"]) if len(mine) == 1 else None


def _models(facts: Facts, metric: str, level: str) -> Iterator[Figure]:
    table = facts["backtest_scores"]
    if table.empty:
        return
    mine = table[(table["metric"] == metric) & (table["level"] == level)]
    # every horizon has scores of its own; a backtest has one
    models = compare_models(mine[mine["horizon_days"] == mine["horizon_days"].min()])
    if len(models) > 1:
        yield from as_figure("models", model_errors(models), _model_table(models))


def _pooling(facts: Facts, metric: str) -> Iterator[Figure]:
    table = facts["backtest"]
    table = table[(table["metric"] == metric) & (table["level"] == "cohort")]
    if table["pooling"].nunique() > 1:
        sizes = ablation_by_size(table[table["horizon_days"] == table["horizon_days"].min()])
        yield from as_figure("pooling", pooling_by_size(sizes), _pooling_table(sizes))


def _coverage_table(chosen: pd.DataFrame) -> Table:
    everything = chosen.assign(cutoff="", horizon_days=0)
    score = backtest_summary(everything).iloc[0]
    rows = [
        {
            "interval": f"{level}%",
            "outcomes": len(chosen),
            "promised": level / 100,
            "held": score[f"covered_{level}"],
            "in_part": score[f"pit_{level}"],
        }
        for level in INTERVALS
    ]
    return as_table(
        pd.DataFrame(rows),
        [
            ("interval", "Interval", "text"),
            ("outcomes", "Outcomes", "count"),
            ("promised", "Share promised inside", "share"),
            ("held", "Share inside, ends included", "share"),
            ("in_part", "Share inside, ends in part", "share"),
        ],
        key="coverage",
        caption="Outcomes inside the intervals of earlier forecasts",
        file="tables/backtest.csv",
        folded=True,
    )


def _pit_table(chosen: pd.DataFrame) -> Table:
    return as_table(
        chosen,
        [
            ("cutoff", "Forecast from", "day"),
            ("group", "Group", "text"),
            ("actual", "Happened", "number"),
            ("pit", "Share of the forecast below it", "share"),
        ],
        key="pit",
        caption="Where outcomes fell inside their forecasts",
        file="tables/backtest.csv",
        folded=True,
        at_most=40,
    )


def _decile_table(mine: pd.DataFrame) -> Table:
    return as_table(
        mine,
        [
            ("cutoff", "Forecast from", "day"),
            ("horizon_days", "Horizon, days", "count"),
            ("metric", "Quantity", "text"),
            ("decile", "Tenth by forecast", "count"),
            ("customers", "Customers", "count"),
            ("predicted", "Forecast per customer", "number"),
            ("actual", "Happened per customer", "number"),
        ],
        key="deciles",
        caption="Forecast and outcome of the customers, by forecast",
        file="tables/backtest_customers.csv",
        folded=True,
        at_most=40,
    )


def _model_table(models: pd.DataFrame) -> Table:
    return as_table(
        models.assign(model=[NAMES.get(name, name) for name in models["model"]]),
        [
            ("model", "Forecast by", "text"),
            ("cutoffs", "Earlier dates", "count"),
            ("metric", "Quantity", "text"),
            ("wape", "Absolute error over what happened", "share"),
            ("ours_wape", "The same of this model from the same dates", "share"),
            ("bias", "Total too high by", "share"),
        ],
        key="models",
        caption="Errors of this model and of simpler rules",
        file="tables/backtest_scores.csv",
        folded=True,
    )


def _pooling_table(sizes: pd.DataFrame) -> Table:
    return as_table(
        sizes,
        [
            ("size", "Customers of the cohort", "text"),
            ("pooling", "Pooling", "text"),
            ("groups", "Cohorts", "count"),
            ("wape", "Absolute error over what happened", "share"),
            ("pinball", "Pinball loss over what happened", "share"),
            ("covered", "Share inside the 90% interval", "share"),
        ],
        key="pooling",
        caption="Errors by size of cohort and kind of pooling",
        file="tables/backtest.csv",
        folded=True,
    )
