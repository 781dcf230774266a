"""What the next unit of money brings at each spend, one small panel per channel."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.budget import ASSOCIATION
from workbench.plots.frame import (
    Note,
    add_notes,
    bold,
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
from workbench.plots.theme import INK, MUTED, ChannelStyle, channel_styles, channels_of, style_of
from workbench.plots.words import (
    literal,
    literal_lines,
    money,
    nice_ticks,
    number,
    plural,
    share,
)

_PANEL, _GAP = 150, 62


def marginal_curves(
    curves: pd.DataFrame,
    *,
    currency: str,
    horizon_weeks: int,
    interval: float = 0.90,
    title: str | None = None,
    palette: Mapping[str, ChannelStyle] | None = None,
    at_most: int = 12,
) -> go.Figure:
    """Profit of the next unit of money by spend, one small panel per channel.

    Above zero the next unit brings back more than itself within 12 months. The line is thick and
    solid where weekly spend has been and elasticity was learnt, thin and dashed elsewhere; shaded
    are the bounds of the proposal.

    Parameters
    ----------
    curves
        `curve_table`: channel, spend, spend_now (`currency` a month), inside, seen, identified,
        profit_mean, profit_q05, profit_q95 (`currency` per `currency`).
    currency, horizon_weeks, interval, title, palette
        As in `budget_moves`.
    at_most
        Panels at most, the channels with the most spend. The subtitle counts the rest.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "marginal_curves"
    numbers = ["spend", "spend_now", "profit_mean", "profit_q05", "profit_q95"]
    table = require(curves, ["channel", *numbers, "inside", "seen", "identified"], kind)
    drawn = table[has(table, *numbers) & (table["spend_now"] > 0)]
    drawn = drawn.sort_values(["spend_now", "channel", "spend"], ascending=[False, True, True])
    names = drawn["channel"].unique().tolist()
    shown = names[:at_most]
    subtitle = statement(
        "12-month value predicted of the next unit of money, less that unit",
        horizon=f"spend of {plural(horizon_weeks, 'week')} ahead",
        currency=f"{currency} per {currency}",
        interval=interval,
        purchase_randomness=False,
        notes=[
            "Above each panel: at today's spend",
            "Dashed: spend never seen, or elasticity from the prior; shaded: bounds",
            ASSOCIATION,
            counted(len(names), len(shown), "channel"),
            left_out(sorted(set(table["channel"]) - set(names)), "No curve for"),
        ],
    )
    if not shown:
        why = "No channel has spend and value, so there is no curve."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    palette = palette or channel_styles(table["channel"])
    finding = find_marginal_curves(drawn)
    fig, height = _panels(drawn, shown, currency, palette)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Line charts of the profit of the next unit of spend with interval for "
        f"{plural(len(shown), 'channel')}. {title or finding}",
        height=height + 40 + 44,
        margin=(40, 14, 44, 52),
    )


def _now(rows: pd.DataFrame) -> pd.Series:
    """The row nearest to today's spend."""
    return rows.iloc[int((rows["spend"] / rows["spend_now"] - 1.0).abs().to_numpy().argmin())]


def find_marginal_curves(drawn: pd.DataFrame) -> str:
    """Finding of `marginal_curves` in one sentence."""
    now = [_now(part) for _, part in drawn.groupby("channel", sort=True)]
    if not now:
        return "No channel has spend and value, so there is no curve."
    sure = [r for r in now if r["profit_q05"] > 0]
    lost = [r for r in now if r["profit_q95"] < 0]
    if not sure and not lost:
        channels = plural(len(now), "channel")
        return (
            f"At today's spend it is open in {channels} whether the next unit of money comes back."
        )
    return (
        f"At today's spend the next unit of money comes back in {len(sure)} of "
        f"{plural(len(now), 'channel')} over the whole interval, and is lost in {len(lost)}."
    )


def _panels(
    drawn: pd.DataFrame, shown: list[str], currency: str, palette: Mapping[str, ChannelStyle]
) -> tuple[go.Figure, int]:
    seen = drawn[drawn["channel"].isin(shown)]
    points = [0.0, *seen["profit_mean"]]
    top = max(max(points), min(float(seen["profit_q95"].max()), 2.5 * max(max(points), 0.5)))
    low = max(float(seen["profit_q05"].min()), -1.0) - 0.05
    ticks = nice_ticks(low, top, 4)
    columns = 1 if len(shown) == 1 else 2
    rows = -(-len(shown) // columns)
    size = 300 if columns == 1 else _PANEL
    height = rows * size + (rows - 1) * _GAP
    panel, gap = size / height, _GAP / height
    fig, heads = go.Figure(), []
    for i, name in enumerate(shown):
        suffix = "" if i == 0 else str(i + 1)
        x0 = 0.0 if i % columns == 0 else 0.545
        y1 = 1 - (i // columns) * (panel + gap)
        last = i + columns >= len(shown)
        fig.update_layout(
            {
                f"xaxis{suffix}": {
                    "domain": [x0, 1.0 if columns == 1 else x0 + 0.455],
                    "anchor": f"y{suffix}",
                    "range": [-0.52, 0.52],
                    "showgrid": False,
                    **money_axis([-0.4, 0, 0.4], ["-40%", "now", "+40%"]),
                    "tickangle": 0,
                    "title": {"text": "spend against today's" if last else ""},
                    "showticklabels": last,
                },
                f"yaxis{suffix}": {
                    "domain": [max(0.0, y1 - panel), y1],
                    "anchor": f"x{suffix}",
                    "range": [low, 1.05 * top],
                    "showticklabels": i % columns == 0,
                    **money_axis(ticks, [number(t, 1) for t in ticks]),
                },
            }
        )
        part = drawn[drawn["channel"] == name].sort_values("spend")
        axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        heads.append(_panel(fig, part, style_of(name, palette), currency, axes, suffix, columns))
    add_notes(fig, heads)
    return fig, height


def _panel(
    fig: go.Figure,
    part: pd.DataFrame,
    style: ChannelStyle,
    currency: str,
    axes: dict[str, str],
    suffix: str,
    columns: int,
) -> Note:
    x = part["spend"] / part["spend_now"] - 1.0
    place = {"xref": f"x{suffix}", "yref": f"y{suffix} domain"}
    inside = x[part["inside"].astype(bool)]
    if len(inside):
        ends = {"x0": inside.min(), "x1": inside.max(), "y0": 0, "y1": 1}
        fig.add_shape(
            type="rect", line={"width": 0}, fillcolor="#F0F2F5", layer="below", **ends, **place
        )
    zero = {"xref": f"x{suffix} domain", "yref": f"y{suffix}"}
    line = {"color": INK, "width": 1}
    fig.add_shape(type="line", x0=0, x1=1, y0=0, y1=0, line=line, layer="below", **zero)
    name = literal(part["channel"].iloc[0])
    rgb = ",".join(map(str, channels_of(style.colour)))
    fig.add_scatter(
        x=[*x, *x[::-1]],
        y=[*part["profit_q95"], *part["profit_q05"].tolist()[::-1]],
        mode="lines",
        line={"width": 0, "color": style.colour},
        fill="toself",
        fillcolor=f"rgba({rgb},{0.2 if part['identified'].all() else 0.1})",
        hoverinfo="skip",
        name=f"{name} interval",
        **axes,
    )
    sure = part["seen"].astype(bool) & part["identified"].astype(bool)
    lines: tuple[tuple[pd.Series, float, str], ...] = (
        (pd.Series(True, index=part.index), 1.2, "dash"),
        (sure, 2.8, "solid"),
    )
    for keep, width, dash in lines:
        if not keep.any():
            continue
        fig.add_scatter(
            x=x.tolist(),
            y=[v if k else None for v, k in zip(part["profit_mean"], keep, strict=True)],
            mode="lines",
            line={"color": style.colour, "width": width, "dash": dash},
            hoverinfo="text",
            hovertext=[_hover(r, currency) for r in part.to_dict("records")],
            name=name,
            **axes,
        )
    now = _now(part)
    fig.add_scatter(
        x=[0.0],
        y=[now["profit_mean"]],
        mode="markers",
        marker={
            "symbol": style.symbol,
            "size": 10,
            "color": style.colour if sure.any() else "#FFFFFF",
            "line": {"color": style.colour if not sure.any() else "#FFFFFF", "width": 2},
        },
        hoverinfo="text",
        hovertext=[_hover(now.to_dict(), currency)],
        name=f"{name} now",
        **axes,
    )
    words = _signed(now["profit_mean"])
    words += f" ({_signed(now['profit_q05'])} to {_signed(now['profit_q95'])})"
    head = f"{bold(now['channel'], 60 if columns == 1 else 22)}<br>"
    head += f'<span style="color:{MUTED};font-size:11px">{literal(words)}</span>'
    where = {"xref": f"x{suffix} domain", "yref": f"y{suffix} domain", "xanchor": "left"}
    return note(head, 0, 1, yshift=3, yanchor="bottom", align="left", **where)


def _signed(value: float) -> str:
    text = number(value, 2)
    return text if text.startswith("-") else f"+{text}"


def _hover(r: dict, currency: str) -> str:
    ratio = r["spend"] / r["spend_now"]
    return literal_lines(
        [
            r["channel"],
            f"{money(r['spend'], currency)} a month ({share(ratio)} of today's)",
            f"next {currency} brings {_signed(r['profit_mean'])} after itself",
            f"interval {_signed(r['profit_q05'])} to {_signed(r['profit_q95'])}",
        ]
    )
