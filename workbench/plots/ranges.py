"""Dot-range rows: one row per group, its name above its interval, so that it reads at any width."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from workbench.plots.frame import Note, Traces, bold, money_axis, note
from workbench.plots.theme import INK, MUTED, PAPER
from workbench.plots.words import is_number, literal, literal_lines, nice_ticks, wrap

TOP, BOTTOM, SIDE = 6, 34, 18


@dataclass(frozen=True)
class Row:
    """One group: its interval from `low` to `high`, the dot at `mid`, words and marks."""

    name: str
    note: str
    mid: float
    low: float
    high: float
    colour: str
    symbol: str = "circle"
    inner: tuple[float, float] | None = None
    mark: float | None = None
    hover: Sequence[str] = ()
    hollow: bool = False


def axis_range(
    values: Sequence[float], points: Sequence[float], *, whole: bool = False
) -> tuple[float, float]:
    """Range that shows every point and each interval end up to three times the widest point.

    One group of five customers would otherwise squeeze all others into a corner. `whole` shows
    every end: where points are errors, which lie near zero when all is well.
    """
    points = [p for p in points if is_number(p)] or [0.0]
    widest = math.inf if whole else max(max(abs(p) for p in points), 1e-9)
    ends = [min(max(v, -3 * widest), 3 * widest) for v in values if is_number(v)]
    low, high = min([0.0, *ends, *points]), max([0.0, *ends, *points])
    pad = 0.03 * (high - low or 1.0)
    return (low - pad if low < 0 else 0.0 - pad, high + pad)


def dot_ranges(
    rows: Sequence[Row],
    *,
    write_tick: Callable[[float], str],
    axis_title: str,
    reference: float | None = 0.0,
    whole: bool = False,
) -> tuple[go.Figure, int]:
    """Draw rows from top to bottom; returns the figure and the height it needs, in pixels.

    `mark` of a row is drawn as an upright bar (CAC, for example). Where an interval goes on past
    the axis, an arrow head stands at the edge; the row's note has its numbers. `whole`: none does.
    """
    marks = [r.mark for r in rows if r.mark is not None]
    low, high = axis_range(
        [v for r in rows for v in (r.low, r.high)], [*(r.mid for r in rows), *marks], whole=whole
    )
    stacked = any(len(r.name) + len(r.note) > 46 for r in rows)
    pitch = 62 if stacked else 46
    traces = Traces()
    notes: list[Note] = []
    for i, row in enumerate(rows):
        _draw(traces, row, -float(i), low, high)
        notes += [*_label(row, -float(i), stacked), *_arrows(row, -float(i), low, high)]
    fig = go.Figure(data=traces, layout={"annotations": notes})
    if reference is not None:
        line = {"color": INK, "width": 1}
        ends = {"x0": reference, "x1": reference, "y0": 0, "y1": 1, "yref": "paper"}
        fig.add_shape(type="line", line=line, layer="below", **ends)
    ticks = nice_ticks(low, high, 4)
    fig.update_xaxes(
        range=[low, high],
        title_text=axis_title,
        ticks="outside",
        ticklen=4,
        **money_axis(ticks, [write_tick(t) for t in ticks]),
    )
    fig.update_yaxes(
        range=[0.35 - len(rows), 0.85],
        showticklabels=False,
        tickmode="array",
        tickvals=[-i for i in range(len(rows))],
    )
    return fig, round(pitch * (len(rows) + 0.5)) + TOP + BOTTOM


def _draw(fig: Traces, row: Row, y: float, low: float, high: float) -> None:
    hover = literal_lines(row.hover or (row.name, row.note))
    bars = [((row.low, row.high), 2.5, 1.0, "interval")]
    if row.inner is not None:
        bars.append((row.inner, 10.0, 0.35, "middle half"))
    for ends, width, opacity, name in bars:
        if all(is_number(end) for end in ends):
            fig.add_scatter(
                x=[min(max(end, low), high) for end in ends],
                y=[y, y],
                mode="lines",
                line={"color": row.colour, "width": width},
                opacity=opacity,
                hoverinfo="skip",
                name=name,
            )
    if row.mark is not None and is_number(row.mark):
        fig.add_scatter(
            x=[row.mark],
            y=[y],
            mode="markers",
            marker={
                "symbol": "line-ns",
                "size": 18,
                "line": {"color": INK, "width": 3},
                "color": INK,
            },
            hoverinfo="text",
            hovertext=[hover],
            name="mark",
        )
    fig.add_scatter(
        x=[row.mid],
        y=[y],
        mode="markers",
        marker={
            "symbol": row.symbol,
            "size": 12,
            "color": "#FFFFFF" if row.hollow else row.colour,
            "line": {"color": row.colour if row.hollow else "#FFFFFF", "width": 2},
        },
        hoverinfo="text",
        hovertext=[hover],
        name=literal(row.name),
        cliponaxis=False,
    )


def _arrows(row: Row, y: float, low: float, high: float) -> list[Note]:
    """Arrow heads at the edges where the interval goes on."""
    marks = []
    if is_number(row.high) and row.high > high:
        marks.append(note("▸", high, y, size=14, color=row.colour, xanchor="center"))
    if is_number(row.low) and row.low < low:
        marks.append(note("◂", low, y, size=14, color=row.colour, xanchor="center"))
    return marks


def _label(row: Row, y: float, stacked: bool) -> list[Note]:
    side = {"xref": "paper", "yanchor": "bottom", "yshift": 9, "bgcolor": PAPER}
    if stacked:
        words = literal_lines(wrap(row.note, 58, 1))
        text = f'{bold(row.name, 52)}<br><span style="color:{MUTED}">{words}</span>'
        return [note(text, 0, y, xanchor="left", align="left", **side)]
    return [
        note(bold(row.name, 28), 0, y, xanchor="left", **side),
        note(literal(row.note), 1, y, xanchor="right", color=MUTED, **side),
    ]
