"""Tabs on groups of customers: channels, value by age, cohorts."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from workbench.explorer import answers, figures
from workbench.explorer.bench import Bench
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Grid, Panel, Shown
from workbench.explorer.tabs.parts import only, paid_back, panel, payback_range
from workbench.explorer.view import NAMES, View
from workbench.plots.words import money, month, probability

__all__ = ["channels", "cohorts", "curves"]


def channels(bench: Bench, view: View) -> Shown:
    """Reported ROAS against ROAS to the horizon, and value beside CAC."""
    facts = bench.material.facts
    table = answers.channel_answer(bench.material, view)
    return Shown(
        (
            panel("roas", table, lambda: figures.roas_figure(table, view, facts, bench.palette)),
            panel("value", table, lambda: figures.value_figure(table, view, facts, bench.palette)),
        )
        if not isinstance(table, Sentence)
        else (Panel("channels", table),)
    )


def curves(bench: Bench, view: View) -> Shown:
    """Value by customer age, with payback."""
    facts = bench.material.facts
    table = answers.curve_answer(bench.material, view)
    paid = answers.payback_answer(bench.material, view)
    draw = lambda: figures.curve_figure(table, paid, view, facts, bench.palette)  # noqa: E731
    shown = [panel("curves", table, draw)]
    if isinstance(table, Sentence) or isinstance(paid, Sentence) or paid.empty:
        return Shown(tuple(shown))
    grid = _payback_grid(paid, view, facts.currency)
    return Shown(tuple(shown), grids=(grid,), more={"payback": paid})


def _payback_grid(paid: pd.DataFrame, view: View, currency: str) -> Grid:
    rows = [
        (
            month(r[view.by]),
            f"{r['customers']:,.0f}",
            money(r["cac"], currency),
            paid_back(r["payback_days_median"]),
            payback_range(r["payback_days_low"], r["payback_days_high"]),
            probability(r["p_payback_12m"]),
        )
        for r in paid.to_dict("records")
    ]
    return Grid(
        "Payback: when contribution per customer covers CAC; observed and predicted",
        (
            NAMES[view.by],
            "Customers",
            "CAC, observed",
            "Payback, median",
            f"{view.interval:.0%} interval",
            "Paid back within 12 months, probability",
        ),
        rows,
    )


def cohorts(bench: Bench, view: View) -> Shown:
    """Value by first month, and what partial pooling does to it."""
    facts = bench.material.facts
    across: Literal["age_days", "channel", "first_product"] = (
        "age_days" if view.by == "first_month" else view.by  # type: ignore[assignment]
    )
    table = answers.cohort_answer(bench.material, view, across)
    if isinstance(table, Sentence):
        return only("cohorts", table)
    shrunk = answers.shrinkage_answer(bench.material, view)
    return Shown(
        (
            panel("cohorts", table, lambda: figures.cohort_figure(table, view, facts)),
            panel("shrinkage", shrunk, lambda: figures.shrinkage_figure(shrunk, view, facts)),
        )
    )
