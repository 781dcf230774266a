"""Figures of the explorer's answers: a table and its view in, a figure out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

import pandas as pd

from workbench.explorer.material import Facts
from workbench.explorer.sentence import Sentence
from workbench.explorer.view import Assumptions, View

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from workbench.plots import ChannelStyle

__all__ = [
    "assumed",
    "cohort_figure",
    "compare_figure",
    "curve_figure",
    "report_names",
    "roas_figure",
    "shrinkage_figure",
    "story_figure",
    "value_figure",
    "what_if_figure",
]

Answer: TypeAlias = pd.DataFrame | Sentence
Palette: TypeAlias = Mapping[str, "ChannelStyle"]

_REPORT = {"value": "value_12m", "roas": "roas_12m", "true_profit": "true_profit",
           "payback_days": "payback_days"}  # fmt: skip
_NOUNS = {"channel": "channel", "first_product": "first product", "first_month": "month"}


def report_names(table: pd.DataFrame) -> pd.DataFrame:
    """Rename an answer's columns to those of the report's tables, which its figures take.

    ``value_low`` becomes ``value_12m_q05`` whatever horizon and interval are: figures are told
    both for their words.
    """
    names: dict[str, str] = {}
    for ours, theirs in _REPORT.items():
        ends = {"mean": "mean", "median": "mean", "low": "q05", "high": "q95"}
        ends |= {q: q for q in ("q25", "q50", "q75")}
        names |= {f"{ours}_{end}": f"{theirs}_{other}" for end, other in ends.items()}
    return table.rename(columns=names)


def _nothing(kind: str, why: Sentence) -> go.Figure:
    from workbench.plots.frame import empty_figure

    return empty_figure(kind, why.text)


def roas_figure(
    table: Answer, view: View, facts: Facts, palette: Palette | None = None
) -> go.Figure:
    """Reported ROAS against ROAS to the horizon, of `channel_answer`."""
    from workbench.plots import roas_against_value

    return _by_channel(roas_against_value, table, view, facts, palette)


def value_figure(
    table: Answer, view: View, facts: Facts, palette: Palette | None = None
) -> go.Figure:
    """Value by channel beside CAC, of `channel_answer`."""
    from workbench.plots import value_by_channel

    return _by_channel(value_by_channel, table, view, facts, palette)


def _by_channel(
    draw: Callable[..., go.Figure],
    table: Answer,
    view: View,
    facts: Facts,
    palette: Palette | None,
) -> go.Figure:
    if isinstance(table, Sentence):
        return _nothing(draw.__name__, table)
    return draw(
        report_names(table),
        currency=facts.currency,
        interval=view.interval,
        horizon=view.horizon,
        palette=palette,
    )


def curve_figure(
    table: Answer,
    paid: Answer,
    view: View,
    facts: Facts,
    palette: Palette | None = None,
) -> go.Figure:
    """Cumulative value by age, of `curve_answer`, with payback, of `payback_answer`."""
    from workbench.plots import cumulative_value
    from workbench.plots.words import money, month

    if isinstance(table, Sentence):
        return _nothing("cumulative_value", table)
    drawn = table.rename(columns={"value_low": "value_q05", "value_high": "value_q95"})
    told = {"currency": facts.currency, "interval": view.interval, "horizon": view.horizon}
    if view.by == "channel":
        marked = None if isinstance(paid, Sentence) else report_names(paid)
        return cumulative_value(drawn, marked, palette=palette, **told)  # type: ignore[arg-type]
    noun = _NOUNS[view.by]
    last = drawn.sort_values("age_days").groupby(view.by, sort=False).tail(1)
    best = last.sort_values("value_mean").iloc[-1]
    name = month(best[view.by])
    title = (
        f"By day {view.horizon} a customer of {name} has brought "
        f"{money(best['value_mean'], facts.currency)} on average, the most of any {noun}."
    )
    drawn = drawn.assign(channel=drawn[view.by].map(month))
    return cumulative_value(drawn, None, title=title, noun=noun, **told)  # type: ignore[arg-type]


def cohort_figure(table: Answer, view: View, facts: Facts) -> go.Figure:
    """First-purchase months by age, or by channel or first product, of `cohort_answer`."""
    from workbench.plots import cohort_heatmap, value_by_age

    if isinstance(table, Sentence):
        return _nothing("cohort_heatmap", table)
    told = {"currency": facts.currency, "interval": view.interval}
    if "age_days" in table:
        return value_by_age(table, **told)  # type: ignore[arg-type]
    by = "channel" if "channel" in table else "first_product"
    return cohort_heatmap(report_names(table), by=by, horizon=view.horizon, **told)  # type: ignore[arg-type]


def shrinkage_figure(table: Answer, view: View, facts: Facts) -> go.Figure:
    """Raw means drawn to pooled values, of `shrinkage_answer`."""
    from workbench.plots import shrinkage

    if isinstance(table, Sentence):
        return _nothing("shrinkage", table)
    horizon = int(table["horizon"].iloc[0])
    return shrinkage(table, currency=facts.currency, interval=view.interval, horizon=horizon)


def story_figure(orders: Answer, customer: Answer, view: View, facts: Facts) -> go.Figure:
    """One customer's orders, of `order_answer` and `customer_answer`."""
    from workbench.plots import customer_story

    if isinstance(orders, Sentence):
        return _nothing("customer_story", orders)
    if isinstance(customer, Sentence):
        return _nothing("customer_story", customer)
    return customer_story(
        orders,
        customer,
        currency=facts.currency,
        as_of=facts.as_of,
        interval=view.interval,
    )


def assumed(assumptions: Assumptions) -> list[str]:
    """What is assumed in few words; the answer's notes have all of them."""
    changes = {
        "CAC": assumptions.cac_change,
        "contribution of every order": assumptions.margin_change,
        "predicted repeat contribution": assumptions.retention_change,
    }
    told = [f"{name} {change:+.0%}" for name, change in changes.items() if change]
    return [f"Assumed: {', '.join(told)}"] if told else []


def what_if_figure(table: Answer, view: View, facts: Facts) -> go.Figure:
    """Value beside CAC as it is and under assumptions, of `what_if_answer`."""
    from workbench.plots import what_if

    if isinstance(table, Sentence):
        return _nothing("what_if", table)
    return what_if(
        table,
        currency=facts.currency,
        interval=view.interval,
        horizon=view.horizon,
        assumptions=assumed(view.assumptions),
    )


def compare_figure(table: Answer, view: View, facts: Facts) -> go.Figure:
    """Value beside CAC in two segments, of `compare_answer`."""
    from workbench.plots import comparison

    if isinstance(table, Sentence):
        return _nothing("comparison", table)
    return comparison(table, currency=facts.currency, interval=view.interval, horizon=view.horizon)
