"""Experiments: what knowing is worth a week, and value against the size of one test."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    add_notes,
    counted,
    empty_figure,
    finish,
    has,
    left_out,
    money_axis,
    note,
    require,
    statement,
)
from workbench.plots.ranges import SIDE, Row, dot_ranges
from workbench.plots.theme import ACCENT, INK, MUTED, WARM
from workbench.plots.words import (
    estimate,
    is_number,
    literal,
    money,
    money_tick,
    nice_ticks,
    number,
    plural,
    probability,
    shorten,
)

__all__ = ["evsi_bars", "value_against_size"]

WORTH_SAYING = 0.02
"""Part of the best expected profit by which another size must fall short for that to be said."""
_SIZE = ["sample_per_arm", "weeks", "expected_profit"]


def evsi_bars(
    experiments: pd.DataFrame, *, currency: str, title: str | None = None, at_most: int = 15
) -> go.Figure:
    """What knowing is worth per week of traffic, idea by idea, with the rank that ICE gave it.

    Parameters
    ----------
    experiments
        experiments.csv: title, rank, rank_ice, evsi_per_week, weeks, sample_per_arm, p_win,
        expected_profit_12m, q05, q95. Ideas without rank are counted in the subtitle.
    currency, title
        As in `value_by_channel`.
    at_most
        Rows at most; the subtitle counts the rest.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "evsi_bars"
    needed = ["title", "rank", "rank_ice", "evsi_per_week", "weeks", "sample_per_arm", "p_win",
              "expected_profit_12m", "q05", "q95"]  # fmt: skip
    table = require(experiments, needed, kind)
    ranked = table[has(table, "rank", "evsi_per_week", "weeks")].sort_values(["rank", "title"])
    shown = ranked.head(at_most)
    subtitle = statement(
        "Predicted value of the test's answer, net of cost, per week of the traffic it takes",
        horizon="12-month contribution over the year from the start of the test",
        currency=currency,
        notes=[
            "A value is an expectation over true effect and luck of the test, so it has no "
            "interval; the profit it leads to has one, on hover",
            counted(len(ranked), len(shown), "idea"),
            left_out(table.drop(ranked.index)["title"], "Not ranked"),
        ],
    )
    if shown.empty:
        why = "No idea of the backlog has what it takes to be ranked."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    rows = [_idea(r, currency) for r in shown.to_dict("records")]
    fig, height = dot_ranges(
        rows,
        write_tick=lambda v: money_tick(v, currency),
        axis_title=f"value of knowing per week of traffic, {currency}",
    )
    finding = find_evsi_bars(table, currency)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Bars of the value of knowing per week of traffic for {plural(len(shown), 'idea')}, "
        f"with rank by ICE. {title or finding}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )


def _idea(r: dict, currency: str) -> Row:
    value = r["evsi_per_week"]
    ice = f"ICE {r['rank_ice']:.0f}." if is_number(r["rank_ice"]) else "no ICE"
    words = f"{money(value, currency)} a week · {plural(round(r['weeks']), 'week')} · {ice}"
    profit = estimate(r["expected_profit_12m"], r["q05"], r["q95"], currency)
    return Row(
        name=f"{r['rank']:.0f}. {r['title']}",
        note=words,
        mid=value,
        low=min(0.0, value),
        high=max(0.0, value),
        colour=ACCENT if value > 0 else MUTED,
        hover=[
            r["title"],
            words,
            f"P(win): {probability(r['p_win'])}",
            f"Profit of testing it: {profit}",
            f"{number(r['sample_per_arm'], 0)} people per arm",
        ],
        hollow=value <= 0,
    )


def find_evsi_bars(table: pd.DataFrame, currency: str) -> str:
    """Finding of `evsi_bars` in one sentence."""
    ranked = table[has(table, "rank", "evsi_per_week")].sort_values(["rank", "title"])
    if ranked.empty:
        return "No idea of the backlog can be ranked by value."
    top = ranked.iloc[0]
    if top["evsi_per_week"] <= 0:
        return "No idea of the backlog is worth the cost of its test."
    ice = f" (ICE had it at rank {top['rank_ice']:.0f})" if is_number(top["rank_ice"]) else ""
    return (
        f"Test {shorten(top['title'], 60)} first: knowing is worth "
        f"{money(top['evsi_per_week'], currency)} per week of traffic{ice}; it wins with "
        f"probability {probability(top['p_win'])}."
    )


def value_against_size(
    curve: pd.DataFrame,
    *,
    currency: str,
    name: str,
    planned: float | None = None,
    power: float | None = None,
    title: str | None = None,
) -> go.Figure:
    """Expected profit of one idea's test against its size.

    Parameters
    ----------
    curve
        sample_per_arm, weeks, expected_profit (currency, cost subtracted).
    currency, title
        As in `value_by_channel`.
    name
        Title of the idea.
    planned, power
        People per arm as planned, and of a test of 80% power; marked where given.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "value_against_size"
    table = require(curve, _SIZE, kind)
    table = table[has(table, *_SIZE) & (table["sample_per_arm"] > 0)]
    subtitle = statement(
        "Predicted, expected profit of testing and then showing the better version, cost "
        "subtracted",
        horizon="12-month contribution over the year from the start of the test",
        currency=currency,
        notes=["An expectation over true effect and luck, so without interval"],
    )
    if table.empty:
        return empty_figure(kind, "There is no size to draw.", title=title or "", subtitle=subtitle)
    fig = go.Figure()
    hover = [
        f"{number(s, 0)} per arm, {number(w)} weeks: {money(p, currency)}"
        for s, w, p in table[_SIZE].itertuples(index=False)
    ]
    fig.add_scatter(
        x=table["sample_per_arm"].tolist(),
        y=table["expected_profit"].tolist(),
        mode="lines",
        line={"color": ACCENT, "width": 2.5},
        hoverinfo="text",
        hovertext=[literal(h) for h in hover],
        name="value",
    )
    low = min(0.0, table["expected_profit"].min())
    high = max(0.0, table["expected_profit"].max())
    ends = (table["sample_per_arm"].min(), table["sample_per_arm"].max())
    notes = []
    for size, words, colour, place in (
        (planned, "planned", ACCENT, 1.0),
        (power, "80% power", WARM, 0.93),
    ):
        if is_number(size) and ends[0] <= size <= ends[1]:
            fig.add_vline(x=size, line={"color": colour, "width": 1.5, "dash": "dot"})
            text = literal(f"{words}: {number(size, 0)}")
            at = math.log10(float(size))  # type: ignore[arg-type]
            far = at > 0.5 * (math.log10(ends[0]) + math.log10(ends[1]))
            side = {"xanchor": "right", "xshift": -4} if far else {"xanchor": "left", "xshift": 4}
            notes.append(note(text, at, place, yref="paper", color=colour, **side))
    add_notes(fig, notes)
    ticks = nice_ticks(low, high, 5)
    pad = 0.06 * (high - low or 1.0)
    fig.update_yaxes(
        range=[low - pad, high + 2 * pad],
        **money_axis(ticks, [money_tick(t, currency) for t in ticks]),
    )
    powers = [10**k for k in range(10) if ends[0] <= 10**k <= ends[1]]
    fig.update_xaxes(
        type="log",
        range=[math.log10(ends[0]), math.log10(ends[1])],
        title_text="people per arm (logarithmic)",
        **money_axis(powers, [number(p, 0) for p in powers]),
    )
    fig.add_hline(y=0, line={"color": INK, "width": 1}, layer="below")
    finding = find_value_against_size(table, currency, name, power, planned)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Curve of expected profit against people per arm for {name}. {title or finding}",
        height=320,
        margin=(14, 20, 44, 70),
        max_width=860,
    )


def find_value_against_size(
    table: pd.DataFrame,
    currency: str,
    name: str,
    power: float | None = None,
    planned: float | None = None,
) -> str:
    """Finding of `value_against_size` in one sentence: of the planned size, else of the best."""
    best = told = table.loc[table["expected_profit"].idxmax()]
    if is_number(planned):
        told = table.loc[(table["sample_per_arm"] - planned).abs().idxmin()]
    people, profit = number(told["sample_per_arm"], 0), money(told["expected_profit"], currency)
    at_best = told.name == best.name
    name = shorten(name, 60)
    if told["expected_profit"] <= 0:
        where = "at best, on" if at_best else "on"
        text = (
            f"{name} costs more to test than it tells: {where} {people} people per arm, an "
            f"expected {profit}"
        )
    elif at_best:
        text = f"{name} is best tested on {people} people per arm, for an expected {profit}"
    else:
        text = f"{name}, tested on {people} people per arm, brings an expected {profit}"
    most = best["expected_profit"]
    if most - told["expected_profit"] > WORTH_SAYING * abs(most):
        text += f"; at most {money(most, currency)}, on {number(best['sample_per_arm'], 0)}"
    if is_number(power):
        text += f"; a test of 80% power takes {number(power, 0)}"
    return text + "."
