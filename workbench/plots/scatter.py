"""The scatter plot of reported ROAS against 12-month ROAS: axes, reference lines, points, names."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import Note, Traces, add_notes, bold, money_axis, note
from workbench.plots.labels import place_labels
from workbench.plots.theme import AXIS, INK, MUTED, ChannelStyle, style_of
from workbench.plots.words import (
    is_number,
    literal,
    literal_lines,
    money,
    nice_ticks,
    number,
    probability,
    shorten,
    span,
    within,
)

HEIGHT, MARGIN = 480, (14, 14, 50, 50)
_PHONE_WIDTH = 290.0
_HALO = "rgba(255,255,255,0.72)"


def _scale(values: list[float], start: float) -> tuple[str, list[float]]:
    """Axis type and range in data units: logarithmic if one channel would squeeze the others."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    if low > 0 and high > 6 * ordered[len(ordered) // 2] and high > 12:
        return "log", [low / 1.4, high * 1.4]
    low = min(start, low)
    pad = 0.08 * (high - low or 1.0)
    return "linear", [low - pad if low < start else start, high + pad]


def _position(value: float, scale: str, ends: list[float]) -> float:
    """Place of a value on an axis, 0 to 1."""
    if scale == "log":
        low, high = (math.log10(end) for end in ends)
        return (math.log10(max(value, ends[0])) - low) / (high - low)
    return (value - ends[0]) / (ends[1] - ends[0])


def scatter(
    drawn: pd.DataFrame, currency: str, palette: Mapping[str, ChannelStyle], horizon: int = 365
) -> go.Figure:
    """Draw the channels of `drawn`; all of them have spend and both ROAS."""
    known = drawn.get("break_even_roas", [])
    breaks = [b for b in known if is_number(b) and b > 0]
    widest = 4 * drawn["roas_12m_mean"].abs().max()
    ends = [
        max(min(v, widest), -widest)
        for column in ("roas_12m_q05", "roas_12m_q95")
        for v in drawn[column]
        if is_number(v)
    ]
    x_scale, x_ends = _scale([*drawn["reported_roas"], *breaks], 0.0)
    y_scale, y_ends = _scale([*drawn["roas_12m_mean"], *ends, 1.0], 0.0)
    traces = Traces()
    for r in drawn.to_dict("records"):
        _point(traces, r, currency, style_of(r["channel"], palette), horizon)
    fig = go.Figure(data=traces)
    _reference_lines(fig, x_ends, y_ends)
    add_notes(fig, _break_even(fig, breaks, horizon))
    _names(fig, drawn, (x_scale, x_ends), (y_scale, y_ends))
    for update, scale, limits, text in (
        (fig.update_xaxes, x_scale, x_ends, "Reported ROAS"),
        (fig.update_yaxes, y_scale, y_ends, f"{span(horizon)} ROAS"),
    ):
        if scale == "log":
            ticks = [
                t
                for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
                if limits[0] <= t <= limits[1]
            ]
            limits = [math.log10(limit) for limit in limits]
        else:
            ticks = nice_ticks(limits[0], limits[1], 5)
        labels = [f"{t:g}" for t in ticks]
        suffix = " (logarithmic)" if scale == "log" else ""
        update(
            type=scale,
            range=limits,
            title_text=text + suffix,
            showline=True,
            **money_axis(ticks, labels),
        )
    return fig


def _reference_lines(fig: go.Figure, x_ends: list[float], y_ends: list[float]) -> None:
    fig.add_shape(
        type="rect",
        xref="paper",
        x0=0,
        x1=1,
        y0=y_ends[0],
        y1=min(1.0, y_ends[1]),
        fillcolor="#FBF1E9",
        line_width=0,
        layer="below",
    )
    line = {"color": INK, "width": 1.2}
    fig.add_shape(type="line", xref="paper", x0=0, x1=1, y0=1, y1=1, line=line, layer="below")
    start, end = max(x_ends[0], y_ends[0]), min(x_ends[1], y_ends[1])
    if end > start:
        fig.add_shape(
            type="line",
            x0=start,
            y0=start,
            x1=end,
            y1=end,
            line={"color": AXIS, "width": 1.2, "dash": "dash"},
            layer="below",
            name="diagonal",
        )


def _break_even(fig: go.Figure, breaks: list[float], horizon: int) -> list[Note]:
    """Draw the reported break-even; returns the words for all reference lines."""
    small = {"xref": "paper", "yref": "paper", "size": 11, "color": MUTED}
    below = f"below 1: spend not recovered in {within(horizon)}"
    foot = {"xanchor": "right", "yanchor": "bottom", "xshift": -4, "yshift": 2}
    top = {"xanchor": "left", "yanchor": "top", "xshift": 4, "bgcolor": _HALO}
    notes = [
        note(below, 1, 0, bgcolor="rgba(251,241,233,0.8)", **foot, **small),
        note(f"dashed: {span(horizon)} = reported", 0, 1, **top, **small),
    ]
    if not breaks:
        return notes
    low, high = min(breaks), max(breaks)
    if high - low < 0.02 * high:
        fig.add_vline(x=low, line={"color": INK, "width": 1.2, "dash": "dot"}, layer="below")
        words = f"dotted: reported break-even {number(low)}"
    else:
        fig.add_vrect(x0=low, x1=high, fillcolor="#E4E7EB", line_width=0, layer="below")
        words = f"grey band: reported break-even {number(low)} to {number(high)}"
    return [*notes, note(words, 0, 1, yshift=-15, **top, **small)]


def _point(fig: Traces, r: dict, currency: str, style: ChannelStyle, horizon: int) -> None:
    ends = (r["roas_12m_q05"], r["roas_12m_q95"])
    known = all(map(is_number, ends))
    lines = [
        r["channel"],
        f"Reported ROAS {number(r['reported_roas'], 2)}",
        f"{span(horizon)} ROAS {number(r['roas_12m_mean'], 2)}"
        + (f" ({number(ends[0], 2)} to {number(ends[1], 2)})" if known else ""),
        f"Spend {money(r['spend'], currency)}",
    ]
    if isinstance(r["attribution"], str) and r["attribution"]:
        lines.insert(2, f"as reported: {shorten(r['attribution'], 60)}")
    if is_number(r.get("p_value_above_cac")):
        lines.append(f"P(value above CAC): {probability(r['p_value_above_cac'])}")
    if known:
        fig.add_scatter(
            x=[r["reported_roas"]] * 2,
            y=list(ends),
            mode="lines",
            line={"color": style.colour, "width": 2.5},
            hoverinfo="skip",
            name=literal(r["channel"]),
        )
    fig.add_scatter(
        x=[r["reported_roas"]],
        y=[r["roas_12m_mean"]],
        mode="markers",
        marker={
            "symbol": style.symbol,
            "size": 13,
            "color": style.colour,
            "line": {"color": "#FFFFFF", "width": 1.5},
        },
        hoverinfo="text",
        hovertext=[literal_lines(lines)],
        name=literal(r["channel"]),
    )


def _names(
    fig: go.Figure,
    drawn: pd.DataFrame,
    x_axis: tuple[str, list[float]],
    y_axis: tuple[str, list[float]],
) -> None:
    height = HEIGHT - MARGIN[0] - MARGIN[2]
    points, bars = [], []
    for r in drawn.to_dict("records"):
        middle = height * _position(r["roas_12m_mean"], *y_axis)
        points.append((_PHONE_WIDTH * _position(r["reported_roas"], *x_axis), middle))
        ends = [r["roas_12m_q05"], r["roas_12m_q95"]]
        low, high = (height * _position(e, *y_axis) if is_number(e) else middle for e in ends)
        bars.append((low, high))
    texts = [shorten(name, 18) for name in drawn["channel"]]
    spots = place_labels(points, texts, width=_PHONE_WIDTH, height=height, bars=bars)
    notes: list[Note] = []
    for spot, text, r in zip(spots, texts, drawn.to_dict("records"), strict=True):
        # plotly takes the logarithm for annotations on a logarithmic axis
        x, y = (
            math.log10(max(value, ends[0])) if scale == "log" else value
            for value, (scale, ends) in (
                (r["reported_roas"], x_axis),
                (r["roas_12m_mean"], y_axis),
            )
        )
        arrow = {
            "showarrow": True,
            "ax": spot.dx,
            "ay": -spot.dy,
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": AXIS if spot.far else "rgba(0,0,0,0)",
            "standoff": 8 if spot.far else 0,
        }
        place = {"xanchor": spot.anchor, "yanchor": "middle", "bgcolor": _HALO, "borderpad": 0}
        notes.append(note(bold(text, 18), x, y, **place) | arrow)
    add_notes(fig, notes)
