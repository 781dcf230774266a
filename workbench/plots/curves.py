"""Cumulative value per customer by age against CAC, one small panel per channel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    Note,
    Traces,
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
from workbench.plots.payback import PAYBACK, YEAR, cost_line
from workbench.plots.theme import MUTED, ChannelStyle, channel_styles, channels_of, style_of
from workbench.plots.words import (
    is_number,
    literal,
    literal_lines,
    money,
    money_range,
    money_tick,
    nice_ticks,
    plural,
    share,
)

_PANEL, _GAP = 150, 84


def cumulative_value(
    curves: pd.DataFrame,
    payback: pd.DataFrame | None = None,
    *,
    currency: str,
    interval: float = 0.90,
    purchase_randomness: bool | None = True,
    title: str | None = None,
    palette: Mapping[str, ChannelStyle] | None = None,
    at_most: int = 12,
    horizon: int = YEAR,
    noun: str = "channel",
) -> go.Figure:
    """Cumulative contribution per customer by age, with band, CAC line and payback.

    A curve is solid where at least half of the channel's customers have reached the age, dashed
    (band hatched) where it is mostly predicted. The payback interval lies on the CAC line; an
    arrow head means that it reaches beyond a year.

    Parameters
    ----------
    curves
        curves.csv: channel, age_days, value_mean, value_q05, value_q95 (money per customer),
        observed_share (share of customers that reached the age), cac (NaN without spend).
    payback
        channels.csv: channel, payback_days_mean, payback_days_q05, payback_days_q95 (NaN or
        infinite: beyond 365 days), and p_payback_12m if known. Without it no payback is marked:
        it cannot be read off a mean curve.
    currency, interval, purchase_randomness, title, palette
        As in `value_by_channel`.
    at_most
        Panels at most; channels with CAC first, then in the order of the table. The subtitle
        counts the rest.
    horizon
        Last age, in days, for the wording.
    noun
        What a panel is of, if not of a channel.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "cumulative_value"
    needed = ["channel", "age_days", "value_mean", "value_q05", "value_q95", "observed_share"]
    table = require(curves, [*needed, "cac"], kind)
    paid = _by_channel(payback, kind)
    palette = palette or channel_styles(table["channel"])
    drawn = table[has(table, "value_mean", "age_days")]
    names = _order(drawn)
    shown = names[:at_most]
    subtitle = statement(
        "Cumulative contribution per customer: solid observed, dashed and hatched predicted",
        horizon=f"first order to day {horizon}",
        currency=currency,
        interval=interval,
        purchase_randomness=purchase_randomness,
        notes=[
            "Level line: CAC; diamond and bar on it: payback and its interval, 365+: beyond a year"
            if paid
            else "Level line: CAC"
            if has(table, "cac").any()
            else "",
            counted(len(names), len(shown), noun),
            left_out(sorted(set(table["channel"]) - set(names)), "No curve yet for"),
        ],
    )
    if not shown:
        return empty_figure(
            kind, f"No {noun} has a value curve yet.", title=title or "", subtitle=subtitle
        )
    columns = 1 if len(shown) == 1 else 2
    rows = -(-len(shown) // columns)
    panel = 300 if columns == 1 else _PANEL
    height = rows * panel + (rows - 1) * _GAP
    fig = _panels(
        drawn, shown, paid, currency, palette, columns, panel / height, _GAP / height,
        spends=noun == "channel",
    )  # fmt: skip
    finding = find_cumulative_value(table, paid, shown)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Line charts of cumulative contribution per customer over {horizon} days with "
        f"interval and CAC for {plural(len(shown), noun)}. {title or finding}",
        height=height + 54 + 44,
        margin=(54, 14, 44, 52),
    )


def _by_channel(payback: pd.DataFrame | None, kind: str) -> dict[str, dict]:
    if payback is None or payback.empty:
        return {}
    rows = require(payback, ["channel", *PAYBACK], kind).to_dict("records")
    return {str(r["channel"]): r for r in rows}


def _order(drawn: pd.DataFrame) -> list[str]:
    paid = drawn.loc[has(drawn, "cac"), "channel"].unique().tolist()
    return [*paid, *(n for n in drawn["channel"].unique().tolist() if n not in paid)]


def _panels(
    drawn: pd.DataFrame,
    shown: list[str],
    paid: dict[str, dict],
    currency: str,
    palette: Mapping[str, ChannelStyle],
    columns: int,
    panel: float,
    gap: float,
    *,
    spends: bool,
) -> go.Figure:
    """Panels share both axes, so that channels can be compared by eye."""
    seen = drawn[drawn["channel"].isin(shown)]
    top = _top(seen)
    low = min(0.0, float(seen["value_q05"].min(skipna=True) or 0.0))
    low = max(low, -top)
    ticks = nice_ticks(low, top, 4)
    # payback is known to a year, whatever the last age
    last = YEAR if paid else int(seen["age_days"].max())
    ages = [age for age in (0, 90, 180, 270, 365) if age <= last]
    ages = ages if len(ages) > 2 else [0, *range(30, last + 1, 30)]
    by_name = seen.groupby(["channel"], sort=False)
    traces = Traces()
    heads: list[Note] = []
    layout: dict[str, dict] = {}
    for i, name in enumerate(shown):
        column, row = i % columns, i // columns
        suffix = "" if i == 0 else str(i + 1)
        x0 = 0.0 if column == 0 else 0.545
        y1 = 1 - row * (panel + gap)
        last_row = i + columns >= len(shown)
        layout[f"xaxis{suffix}"] = {
            "domain": [x0, 1.0 if columns == 1 else x0 + 0.455],
            "anchor": f"y{suffix}",
            "range": [0, last + 8],
            "showgrid": False,
            "showline": True,
            "ticks": "outside",
            "ticklen": 4,
            **money_axis(ages, [str(age) for age in ages]),
            "title": {"text": "days since first order" if last_row else ""},
        }
        layout[f"yaxis{suffix}"] = {
            "domain": [max(0.0, y1 - panel), y1],
            "anchor": f"x{suffix}",
            "range": [low, top],
            "showticklabels": column == 0,
            **money_axis(ticks, [money_tick(t, currency) for t in ticks]),
        }
        rows = by_name.get_group((name,)).sort_values("age_days")
        axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        _curve(traces, rows, style_of(name, palette), currency, axes)
        words = cost_line(traces, rows, paid.get(name), currency, axes, top) if spends else " "
        place = {"xref": f"x{suffix} domain", "yref": f"y{suffix} domain"}
        width = 60 if columns == 1 else 22
        head = f'{bold(name, width)}<br><span style="color:{MUTED};font-size:11px">{words}</span>'
        place |= {"xanchor": "left", "yanchor": "bottom", "align": "left"}
        heads.append(note(head, 0, 1, yshift=3, **place))
    return go.Figure(data=traces, layout={**layout, "annotations": heads})


def _top(seen: pd.DataFrame) -> float:
    """Upper end: all means and CACs, bands up to three times the highest of those."""
    points = [v for c in ("value_mean", "cac") for v in seen[c] if is_number(v)]
    highest = max([*points, 1e-9])
    bands = [v for v in seen["value_q95"] if is_number(v)]
    return 1.05 * max(highest, min(max([*bands, highest]), 3 * highest))


def _curve(
    fig: Traces, rows: pd.DataFrame, style: ChannelStyle, currency: str, axes: dict[str, str]
) -> None:
    columns = ("age_days", "value_mean", "value_q05", "value_q95", "observed_share")
    age, mean, low, high, reached = (rows[c].astype(float).to_numpy() for c in columns)
    observed = reached >= 0.5
    # The predicted stretch starts at the last observed point, so that the line has no hole.
    cut = len(rows) if observed.all() else int(observed.argmin())
    name = rows["channel"].iloc[0]
    hover = [
        _hover(name, *told, currency)
        for told in zip(age.tolist(), mean.tolist(), low.tolist(), high.tolist(),
                        reached.tolist(), strict=True)
    ]  # fmt: skip
    name = literal(name)
    for part, is_seen in ((slice(0, cut), True), (slice(max(cut - 1, 0), len(rows)), False)):
        if not len(age[part]) or (not is_seen and cut == len(rows)):
            continue
        banded = np.isfinite(low[part]) & np.isfinite(high[part])
        if banded.any():
            ages, bottom, top = (values[part][banded].tolist() for values in (age, low, high))
            fig.add_scatter(
                x=[*ages, *ages[::-1]],
                y=[*top, *bottom[::-1]],
                mode="lines",
                line={"width": 0, "color": style.colour},
                fill="toself",
                fillcolor=_faded(style.colour, 0.22 if is_seen else 0.10),
                fillpattern=None
                if is_seen
                else {
                    "shape": "/",
                    "fgcolor": style.colour,
                    "fgopacity": 0.35,
                    "bgcolor": _faded(style.colour, 0.08),
                    "fillmode": "replace",
                    "size": 7,
                    "solidity": 0.18,
                },
                hoverinfo="skip",
                name=f"{name} interval",
                **axes,
            )
        fig.add_scatter(
            x=age[part].tolist(),
            y=mean[part].tolist(),
            mode="lines",
            line={
                "color": style.colour,
                "width": 2.5,
                "dash": "solid" if is_seen else "dash",
            },
            hoverinfo="text",
            hovertext=hover[part],
            name=name,
            **axes,
        )


def _faded(colour: str, alpha: float) -> str:
    return f"rgba({','.join(map(str, channels_of(colour)))},{alpha})"


def _hover(
    name: object, age: float, mean: float, low: float, high: float, reached: float, currency: str
) -> str:
    return literal_lines(
        [
            name,
            f"day {age:.0f}: {money(mean, currency)}",
            f"interval {money_range(low, high, currency)}",
            f"{share(reached)} of customers have reached this age",
        ]
    )


def find_cumulative_value(
    table: pd.DataFrame, paid: dict[str, dict] | None = None, shown: list[str] | None = None
) -> str:
    """Finding of `cumulative_value` in one sentence."""
    drawn = table[has(table, "value_mean", "age_days")]
    shown = shown if shown is not None else _order(drawn)
    costly = set(drawn.loc[has(drawn, "cac"), "channel"])
    with_cost = [n for n in shown if n in costly]
    if not shown:
        return "No channel has a value curve yet."
    if not with_cost:
        return "No channel has spend, so no customer has a cost to pay back."
    known = {n: (paid or {})[n] for n in with_cost if n in (paid or {})}
    certain = [
        n
        for n, r in known.items()
        if is_number(r["payback_days_q95"]) and r["payback_days_q95"] <= YEAR
    ]
    if known:
        return (
            f"CAC comes back within a year over the whole interval in {len(certain)} of "
            f"{plural(len(known), 'channel')} with spend."
        )
    last = drawn.sort_values("age_days").groupby("channel").last()
    back = [n for n in with_cost if last.loc[n, "value_mean"] >= last.loc[n, "cac"]]
    return (
        f"Mean 12-month value reaches CAC in {len(back)} of "
        f"{plural(len(with_cost), 'channel')} with spend."
    )
