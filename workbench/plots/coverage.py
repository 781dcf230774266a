"""Are intervals as wide as they should be? Coverage at several levels, and the PIT histogram."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.special import bdtr

from workbench.locales import written
from workbench.plots.backtest import horizon_of, shared_value
from workbench.plots.frame import (
    add_notes,
    empty_figure,
    finish,
    has,
    left_out,
    money_axis,
    note,
    require,
    statement,
)
from workbench.plots.theme import ACCENT, GRID, INK, WARM
from workbench.plots.words import literal, number, plural, share

_ENDS = {50: ("q25", "q75"), 80: ("q10", "q90"), 90: ("q05", "q95"), 95: ("q025", "q975")}
_NOTHING = "There is no earlier forecast whose outcome is known yet."
_BAND = 0.90


def expected_range(n: int, p: float) -> tuple[int, int]:
    """Central 90% range of how many of `n` independent events of chance `p` happen."""
    below = bdtr(np.arange(n + 1), n, p)
    tail = (1.0 - _BAND) / 2.0
    low, high = np.searchsorted(below, [tail, 1.0 - tail])
    return int(low), int(high)


def interval_coverage(backtest: pd.DataFrame, *, title: str | None = None) -> go.Figure:
    """Share of outcomes inside the 50, 80, 90 and 95% intervals against what they promise.

    Parameters
    ----------
    backtest
        Rows of backtest.csv of one metric, level and pooling: group, actual, q025, q05, q10, q25,
        q75, q90, q95, q975. With pit in every row, outcomes on an end of an interval count in part,
        as they must for small counts; without, in full. If there, metric, horizon_days and cutoff
        word the subtitle. Purchase randomness is always inside, as actuals have it.
    title
        Replaces the finding.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "interval_coverage"
    ends = [name for pair in _ENDS.values() for name in pair]
    table = require(backtest, ["group", "actual", *ends], kind)
    drawn = table[has(table, "actual", *ends)]
    subtitle = statement(
        f"Forecast against observed {shared_value(drawn, 'metric')}".rstrip()
        + ", share of outcomes inside the 50%, 80%, 90% interval and 95% interval",
        horizon=horizon_of(drawn),
        notes=[
            "Chance of purchase included",
            "An outcome on an end of an interval counts in part" if _in_part(drawn) else "",
            "Line: promised share, bar: where nine in ten observed shares would lie with honest "
            "and independent forecasts, dot: observed share, cross: outside the bar",
            left_out(table.drop(drawn.index)["group"], "Without forecast or outcome"),
        ],
    )
    if drawn.empty:
        return empty_figure(kind, _NOTHING, title=title or "", subtitle=subtitle)
    finding = find_interval_coverage(drawn)
    return finish(
        _shares(drawn),
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Dots of observed against promised coverage for {plural(len(drawn), 'forecast')}. "
        f"{title or finding}",
        height=300,
        margin=(14, 18, 48, 52),
        max_width=560,
    )


def _in_part(drawn: pd.DataFrame) -> bool:
    return "pit" in drawn and bool(has(drawn, "pit").all())


def _hits(drawn: pd.DataFrame) -> dict[int, int]:
    if _in_part(drawn):
        off = (drawn["pit"] - 0.5).abs()
        return {p: int((off <= p / 200).sum()) for p in _ENDS}
    return {
        p: int(drawn["actual"].between(drawn[low], drawn[high]).sum())
        for p, (low, high) in _ENDS.items()
    }


def _shares(drawn: pd.DataFrame) -> go.Figure:
    n, hits = len(drawn), _hits(drawn)
    ranges = {p: expected_range(n, p / 100) for p in _ENDS}
    places = list(range(len(_ENDS)))
    fig = go.Figure()
    fig.add_scatter(
        x=[x for i in places for x in (i, i, None)],
        y=[y for low, high in ranges.values() for y in (low / n, high / n, None)],
        mode="lines",
        line={"color": ACCENT, "width": 14},
        opacity=0.35,
        hoverinfo="skip",
        name="expected",
    )
    fig.add_scatter(
        x=places,
        y=[p / 100 for p in _ENDS],
        mode="markers",
        marker={"symbol": "line-ew", "size": 26, "line": {"color": INK, "width": 2}},
        hoverinfo="skip",
        name="promised",
    )
    ok = [ranges[p][0] <= hits[p] <= ranges[p][1] for p in _ENDS]
    fig.add_scatter(
        x=places,
        y=[hits[p] / n for p in _ENDS],
        mode="markers",
        marker={
            "symbol": ["circle" if inside else "x" for inside in ok],
            "size": 11,
            "color": [INK if inside else WARM for inside in ok],
            "line": {"color": "#FFFFFF", "width": 1},
        },
        hoverinfo="text",
        hovertext=[
            literal(f"{p}% interval: {hits[p]} of {n}, {low} to {high} expected")
            for p, (low, high) in ranges.items()
        ],
        name="observed",
        cliponaxis=False,
    )
    add_notes(
        fig,
        [
            note(literal(share(count / n)), i, count / n, xanchor="left", xshift=14)
            for i, count in zip(places, hits.values(), strict=True)
        ],
    )
    fig.update_xaxes(
        range=[-0.4, len(places) - 0.4],
        showgrid=False,
        title_text="interval",
        **money_axis(places, [f"{p}%" for p in _ENDS]),
    )
    low = min(0.3, *(count / n for count in hits.values()))
    ticks = [tick for tick in (0.0, 0.25, 0.5, 0.75, 1.0) if tick >= low - 0.05]
    fig.update_yaxes(
        range=[low - 0.05, 1.04], gridcolor=GRID, **money_axis(ticks, [share(t) for t in ticks])
    )
    return fig


def find_interval_coverage(drawn: pd.DataFrame) -> str:
    """Finding of `interval_coverage` in one sentence."""
    n, hits = len(drawn), _hits(drawn)
    beyond = {}
    for p, count in hits.items():
        low, high = expected_range(n, p / 100)
        beyond[p] = min(count - low, 0) + max(count - high, 0)
    worst = max(beyond, key=lambda p: (abs(beyond[p]), p))
    told = (
        f"the {worst}% interval held {written(hits[worst])} of {plural(n, 'outcome')}, about "
        f"{number(worst / 100 * n, 0)} would be expected."
    )
    # many outcomes tell differences that change no decision
    little = "a little " if abs(hits[worst] / n - worst / 100) < 0.05 else ""
    if beyond[worst] < 0:
        return f"Intervals were {little}too narrow: {told}"
    if beyond[worst] > 0:
        return f"Intervals were {little}wider than they had to be: {told}"
    return (
        f"Intervals were as wide as they should be, as far as {plural(n, 'outcome')} can tell: "
        f"the 90% interval held {written(hits[90])}."
    )


def pit_histogram(backtest: pd.DataFrame, *, title: str | None = None) -> go.Figure:
    """Where outcomes fell inside their forecasts (PIT), with the range expected of honest ones.

    Parameters
    ----------
    backtest
        Rows of backtest.csv of one metric, level and pooling: group, pit (0: below all draws of
        the forecast, 1: above all of them); if there, metric, horizon_days and cutoff word the
        subtitle. Ten bars, five for fewer than 50 forecasts.
    title
        Replaces the finding.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "pit_histogram"
    table = require(backtest, ["group", "pit"], kind)
    drawn = table[has(table, "pit") & table["pit"].between(0, 1)]
    n = len(drawn)
    bins = 10 if n >= 50 else 5
    subtitle = statement(
        f"Place of the observed {shared_value(drawn, 'metric')}".rstrip()
        + " among the draws of its forecast, from the lowest to the highest",
        horizon=horizon_of(drawn),
        notes=[
            "Chance of purchase included",
            "Band: 90% interval of a bar's height if forecasts were honest and independent",
            left_out(table.drop(drawn.index)["group"], "Without forecast or outcome"),
        ],
    )
    if drawn.empty:
        return empty_figure(kind, _NOTHING, title=title or "", subtitle=subtitle)
    counts = np.bincount(_bin(drawn["pit"], bins), minlength=bins)
    finding = find_pit_histogram(drawn)
    return finish(
        _bars(counts, n),
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Histogram of {plural(n, 'outcome')} by place in the forecast. {title or finding}",
        height=240,
        margin=(10, 18, 48, 44),
        max_width=640,
    )


def _bin(values: pd.Series, bins: int) -> np.ndarray:
    return np.minimum((values.to_numpy(dtype=float) * bins).astype(int), bins - 1)


def _bars(counts: np.ndarray, n: int) -> go.Figure:
    bins = len(counts)
    low, high = expected_range(n, 1 / bins)
    fig = go.Figure()
    fig.add_hrect(y0=low, y1=high, fillcolor=ACCENT, opacity=0.18, line_width=0, layer="below")
    fig.add_hline(y=n / bins, line={"color": INK, "width": 1, "dash": "dot"})
    inside = [low <= count <= high for count in counts]
    fig.add_bar(
        x=[(i + 0.5) / bins for i in range(bins)],
        y=counts.tolist(),
        width=0.86 / bins,
        marker={
            "color": [ACCENT if ok else WARM for ok in inside],
            "pattern": {"shape": ["" if ok else "/" for ok in inside]},
        },
        hoverinfo="text",
        hovertext=[
            literal(f"{i / bins:.0%} to {(i + 1) / bins:.0%}: {count} of {n}, {low} to {high} "
                    "expected")
            for i, count in enumerate(counts.tolist())
        ],
        name="observed",
    )  # fmt: skip
    ticks = [0.5 / bins, 0.5, 1.0 - 0.5 / bins]
    fig.update_xaxes(
        range=[0, 1],
        title_text="place in the forecast",
        **money_axis(ticks, ["lowest", "middle", "highest"]),
    )
    fig.update_yaxes(range=[0, 1.12 * max(int(counts.max()), high)], rangemode="tozero")
    return fig


def find_pit_histogram(drawn: pd.DataFrame) -> str:
    """Finding of `pit_histogram` in one sentence."""
    n = len(drawn)
    upper = int((drawn["pit"] > 0.5).sum())
    low, high = expected_range(n, 0.5)
    if not low <= upper <= high:
        way, half = ("low", "upper") if upper > high else ("high", "lower")
        return (
            f"Forecasts were too {way}: {written(max(upper, n - upper))} of "
            f"{plural(n, 'outcome')} fell into the {half} half of their forecast."
        )
    outer = int(((drawn["pit"] < 0.1) | (drawn["pit"] > 0.9)).sum())
    low, high = expected_range(n, 0.2)
    told = (
        f"{written(outer)} of {plural(n, 'outcome')} fell into the outer fifth of their "
        "forecast, about "
    )
    told += f"{number(0.2 * n, 0)} would be expected."
    if outer > high:
        return f"Forecasts were too sure of themselves: {told}"
    if outer < low:
        return f"Forecasts were less sure than they could be: {told}"
    return f"Outcomes are spread over their forecasts as they should be: {told}"
