"""Observed against expected repeat orders, week by week."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from workbench.locales import short_day, short_month
from workbench.plots.frame import empty_figure, finish, has, require, statement
from workbench.plots.theme import ACCENT, AXIS, INK, MUTED
from workbench.plots.words import is_number, literal_lines, number, plural

_COLUMNS = ["week", "observed", "expected_mean", "expected_q05", "expected_q95", "phase"]


def tracking(
    tracking: pd.DataFrame,
    *,
    interval: float = 0.90,
    purchase_randomness: bool | None = True,
    title: str | None = None,
) -> go.Figure:
    """Weekly repeat orders: observed dots, expected line and band, as-of line, forecast.

    Parameters
    ----------
    tracking
        tracking.csv: week (ISO date of its first day), observed (NaN after the as-of date),
        expected_mean, expected_q05, expected_q95 (repeat orders a week), phase ("fit" or
        "forecast"). A filled dot lies inside the interval, a cross outside.
    interval, purchase_randomness, title
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "tracking"
    table = require(tracking, _COLUMNS, kind)
    table = table.assign(week=pd.to_datetime(table["week"])).sort_values("week")
    drawn = table[has(table, "expected_mean") | has(table, "observed")]
    if drawn.empty:
        return empty_figure(kind, "There are no weeks to compare yet.", title=title or "")
    fig = go.Figure()
    _expected(fig, drawn)
    _observed(fig, drawn)
    _as_of(fig, drawn)
    tops = [v for c in _COLUMNS[1:5] for v in drawn[c] if is_number(v)]
    fig.update_xaxes(
        type="date",
        showgrid=False,
        showline=True,
        ticks="outside",
        ticklen=4,
        **_month_ticks(drawn["week"]),
    )
    fig.update_yaxes(range=[0, 1.08 * max([*tops, 1.0])], title_text="repeat orders a week")
    finding = find_tracking(table)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            "Repeat orders a week, observed and predicted",
            horizon=f"{short_day(drawn['week'].iloc[0])} to {short_day(drawn['week'].iloc[-1])}",
            interval=interval,
            purchase_randomness=purchase_randomness,
            notes=[
                "Line: expected, solid where the model was fitted, dashed ahead; dot: observed, "
                "cross: observed outside the interval"
            ],
        ),
        alt=f"Line chart of expected weekly repeat orders with interval and observed dots over "
        f"{plural(len(drawn), 'week')}. {title or finding}",
        height=340,
        margin=(26, 14, 46, 54),
    )


def _month_ticks(weeks: pd.Series) -> dict[str, list[str]]:
    """Return at most eight first days of months inside the weeks, and how they are written."""
    starts = pd.date_range(weeks.iloc[0], weeks.iloc[-1], freq="MS")
    shown = starts[:: max(1, -(-len(starts) // 8))]
    return {
        "tickvals": [f"{day:%Y-%m-%d}" for day in shown],
        "ticktext": [short_month(day).replace(" ", "<br>") for day in shown],
    }


def _expected(fig: go.Figure, drawn: pd.DataFrame) -> None:
    known = drawn[has(drawn, "expected_mean")]
    fit = known[known["phase"] != "forecast"]
    ahead = pd.concat([fit.tail(1), known[known["phase"] == "forecast"]])
    for part, is_fit in ((fit, True), (ahead, False)):
        if part.empty or (not is_fit and len(part) == len(fit.tail(1))):
            continue
        weeks = part["week"].dt.strftime("%Y-%m-%d").tolist()
        if has(part, "expected_q05", "expected_q95").all():
            fig.add_scatter(
                x=[*weeks, *weeks[::-1]],
                y=[*part["expected_q95"], *part["expected_q05"].tolist()[::-1]],
                mode="lines",
                line={"width": 0, "color": ACCENT},
                fill="toself",
                fillcolor="rgba(0,90,143,0.16)" if is_fit else "rgba(0,90,143,0.08)",
                fillpattern=None
                if is_fit
                else {
                    "shape": "/",
                    "fgcolor": ACCENT,
                    "fgopacity": 0.35,
                    "bgcolor": "rgba(0,90,143,0.06)",
                    "fillmode": "replace",
                    "size": 7,
                    "solidity": 0.18,
                },
                hoverinfo="skip",
                name="interval" if is_fit else "forecast interval",
            )
        fig.add_scatter(
            x=weeks,
            y=part["expected_mean"].tolist(),
            mode="lines",
            line={"color": ACCENT, "width": 2.2, "dash": "solid" if is_fit else "dash"},
            hoverinfo="skip",
            name="expected" if is_fit else "forecast",
        )


def inside(table: pd.DataFrame) -> pd.Series:
    """Mask of the weeks observed inside their interval."""
    return table["observed"].between(table["expected_q05"], table["expected_q95"])


def _observed(fig: go.Figure, drawn: pd.DataFrame) -> None:
    seen = drawn[has(drawn, "observed")]
    if seen.empty:
        return
    ok = inside(seen).tolist()
    fig.add_scatter(
        x=seen["week"].dt.strftime("%Y-%m-%d").tolist(),
        y=seen["observed"].tolist(),
        mode="markers",
        marker={
            "symbol": ["circle" if i else "x" for i in ok],
            "size": [6 if i else 8 for i in ok],
            "color": INK,
            "opacity": 1,
        },
        hoverinfo="text",
        hovertext=[
            literal_lines(
                [
                    f"week of {short_day(r['week'])}",
                    f"observed {number(r['observed'], 0)}",
                    f"expected {number(r['expected_mean'])} "
                    f"({number(r['expected_q05'])} to {number(r['expected_q95'])})",
                ]
            )
            for r in seen.to_dict("records")
        ],
        name="observed",
    )


def _as_of(fig: go.Figure, drawn: pd.DataFrame) -> None:
    ahead = drawn[drawn["phase"] == "forecast"]
    if ahead.empty or len(ahead) == len(drawn):
        return
    day = ahead["week"].iloc[0]
    fig.add_vline(x=f"{day:%Y-%m-%d}", line={"color": AXIS, "width": 1.2, "dash": "dot"})
    for text, anchor, shift in (("fitted", "right", -6), ("forecast", "left", 6)):
        fig.add_annotation(
            text=text,
            x=f"{day:%Y-%m-%d}",
            y=1,
            yref="paper",
            xanchor=anchor,
            yanchor="bottom",
            xshift=shift,
            showarrow=False,
            font={"size": 12, "color": MUTED},
        )


def find_tracking(table: pd.DataFrame) -> str:
    """Finding of `tracking` in one sentence."""
    seen = table[has(table, "observed", "expected_q05")]
    if seen.empty:
        return "No observed week can be compared with the model yet."
    return (
        f"{int(inside(seen).sum())} of {plural(len(seen), 'observed week')} lie inside the "
        f"interval: {number(seen['observed'].sum(), 0)} repeat orders came, "
        f"{number(seen['expected_mean'].sum(), 0)} were expected."
    )
