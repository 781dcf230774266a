"""Earlier forecasts against what happened: dots on intervals."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

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
from workbench.plots.theme import ACCENT, GRID, INK, MUTED, PAPER, WARM
from workbench.plots.words import (
    literal,
    literal_lines,
    money,
    nice_ticks,
    number,
    plural,
    share,
)

_NAMED = 12


def calibration(
    backtest: pd.DataFrame,
    *,
    currency: str = "",
    interval: float = 0.90,
    title: str | None = None,
    at_most: int = 60,
) -> go.Figure:
    """Forecast intervals of earlier as-of dates and what happened, each as % of its forecast.

    Parameters
    ----------
    backtest
        Rows of backtest.csv of one metric, level and pooling: group, actual, mean, q05, q95; if
        there, metric, horizon_days, level and cutoff word the subtitle. Rows are sorted from the
        largest forecast to the smallest. Up to 12 rows are all named, of more only the misses.
    currency
        ISO code where the metric is money, empty for orders.
    interval, title
        As in `value_by_channel`; purchase randomness is always inside, as actuals have it.
    at_most
        Rows at most; the largest forecasts are kept and the subtitle counts the rest.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "calibration"
    table = require(backtest, ["group", "actual", "mean", "q05", "q95"], kind)
    drawn = _comparable(table)
    subtitle = statement(
        f"Forecast against observed {shared_value(drawn, 'metric')}".rstrip()
        + ", in % of the forecast",
        horizon=horizon_of(drawn),
        currency=currency,
        interval=interval,
        purchase_randomness=True,
        notes=[
            "Bar: interval, tick: forecast, dot: what happened, cross: outside the interval",
            counted(len(drawn), min(len(drawn), at_most), "forecast"),
            left_out(table.drop(drawn.index)["group"], "Without forecast or outcome"),
        ],
    )
    if drawn.empty:
        why = "There is no earlier forecast whose outcome is known yet."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    shown = drawn.sort_values(["mean", "group"], ascending=[False, True]).head(at_most)
    fig, height = _rows(shown, currency)
    finding = find_calibration(table, interval)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Dots on intervals for {plural(len(shown), 'forecast')}. {title or finding}",
        height=height,
        margin=(10, 18, 48, 18),
    )


def _comparable(table: pd.DataFrame) -> pd.DataFrame:
    return table[has(table, "actual", "mean", "q05", "q95") & (table["mean"] > 0)]


def shared_value(table: pd.DataFrame, column: str) -> str:
    """The value of a column if the whole table shares it, else nothing."""
    if column not in table or len(set(table[column])) != 1:
        return ""
    return str(table[column].iloc[0])


def horizon_of(table: pd.DataFrame) -> str:
    """Word horizon and cutoff, each where the whole table shares it."""
    parts = []
    if shared_value(table, "horizon_days"):
        parts.append(f"{number(float(shared_value(table, 'horizon_days')), 0)} days")
    if shared_value(table, "cutoff"):
        parts.append(f"from {shared_value(table, 'cutoff')[:10]}")
    return " ".join(parts)


def inside(table: pd.DataFrame) -> pd.Series:
    """Mask of the forecasts whose outcome lies inside the interval, ends included."""
    return table["actual"].between(table["q05"], table["q95"])


def _rows(shown: pd.DataFrame, currency: str) -> tuple[go.Figure, int]:
    named = len(shown) <= _NAMED
    pitch = 40 if named else 17
    ok = inside(shown).tolist()
    records = shown.to_dict("records")
    relative = {c: (shown[c] / shown["mean"]).tolist() for c in ("actual", "q05", "q95")}
    limit = max(2.0, 1.15 * max(min(v, 4.0) for values in relative.values() for v in values))
    low = min(0.0, *(max(v, -limit) for v in relative["q05"]))
    clip = {c: [min(max(v, low), limit) for v in values] for c, values in relative.items()}
    ys = [-float(i) for i in range(len(records))]
    fig = go.Figure()
    fig.add_vline(x=1, line={"color": INK, "width": 1}, layer="below")
    ends = zip(clip["q05"], clip["q95"], strict=True)
    fig.add_scatter(
        x=[x for low_end, high_end in ends for x in (low_end, high_end, None)],
        y=[x for y in ys for x in (y, y, None)],
        mode="lines",
        line={"color": ACCENT, "width": 5 if named else 4},
        opacity=0.45,
        hoverinfo="skip",
        name="interval",
    )
    fig.add_scatter(
        x=clip["actual"],
        y=ys,
        mode="markers",
        marker={
            "symbol": ["circle" if i else "x" for i in ok],
            "size": [10 if named else 8 if i else 9 for i in ok],
            "color": [INK if i else WARM for i in ok],
            "opacity": 1,
            "line": {"color": "#FFFFFF", "width": 1},
        },
        hoverinfo="text",
        hovertext=[_hover(r, currency) for r in records],
        name="what happened",
        cliponaxis=False,
    )
    if named:
        add_notes(fig, _named_rows(records, ys, currency))
    else:
        add_notes(fig, _named_misses(records, ys, clip["actual"], low, limit))
    ticks = nice_ticks(low, limit, 4)
    fig.update_xaxes(
        range=[low, limit],
        title_text="% of the forecast (100% = as forecast)",
        gridcolor=GRID,
        ticks="outside",
        ticklen=4,
        **money_axis(ticks, [share(t) for t in ticks]),
    )
    fig.update_yaxes(visible=False, range=[-len(records) + (0.4 if named else 0.2), 0.9])
    return fig, round(pitch * (len(records) + 0.5)) + 60


def _named_rows(records: Sequence[dict], ys: Sequence[float], currency: str) -> list[Note]:
    notes = []
    side = {"xref": "paper", "yanchor": "bottom", "yshift": 7, "bgcolor": PAPER}
    for r, y in zip(records, ys, strict=True):
        words = f"{_amount(r['actual'], currency)} (forecast {_amount(r['mean'], currency)})"
        notes.append(note(bold(r["group"], 28), 0, y, xanchor="left", **side))
        notes.append(note(literal(words), 1, y, xanchor="right", color=MUTED, **side))
    return notes


def _named_misses(
    records: Sequence[dict],
    ys: Sequence[float],
    actual: Sequence[float],
    low: float,
    high: float,
) -> list[Note]:
    notes = []
    for r, y, x in zip(records, ys, actual, strict=True):
        if r["q05"] <= r["actual"] <= r["q95"]:
            continue
        # On the outer side of the cross if a name fits there on a phone, else over the bar.
        is_low = r["actual"] < r["q05"]
        fits = (x - low if is_low else high - x) > 0.42 * (high - low)
        left = is_low == fits
        side = {"xanchor": "right", "xshift": -9} if left else {"xanchor": "left", "xshift": 9}
        notes.append(note(bold(r["group"], 22), x, y, size=11, bgcolor=PAPER, **side))
    return notes


def _amount(value: float, currency: str) -> str:
    return money(value, currency) if currency else number(value, 0)


def _hover(r: dict, currency: str) -> str:
    ends = f"{_amount(r['q05'], currency)} to {_amount(r['q95'], currency)}"
    return literal_lines(
        [
            r["group"],
            f"happened {_amount(r['actual'], currency)}",
            f"forecast {_amount(r['mean'], currency)} ({ends})",
        ]
    )


def find_calibration(table: pd.DataFrame, interval: float = 0.90) -> str:
    """Finding of `calibration` in one sentence."""
    drawn = _comparable(table)
    if drawn.empty:
        return "There is no earlier forecast whose outcome is known yet."
    hits = int(inside(drawn).sum())
    return (
        f"{hits} of {plural(len(drawn), 'forecast')} ended inside their "
        f"{100 * interval:.0f}% interval; about {number(interval * len(drawn), 0)} would be "
        "expected."
    )
