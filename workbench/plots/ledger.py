"""The forecast ledger: what was forecast and what happened, coverage, errors over as-of dates."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.backtest import calibration, horizon_of, inside, shared_value
from workbench.plots.coverage import interval_coverage
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
from workbench.plots.theme import ACCENT, GRID, INK, WARM
from workbench.plots.words import literal, literal_lines, money, nice_ticks, number, plural, share

KEYS = ["made_at", "horizon_days", "level", "metric", "pace", "state"]
_NOTHING = "There is no earlier forecast whose outcome is known yet."
_ENDS = ["q025", "q05", "q10", "q25", "q75", "q90", "q95", "q975"]


def ledger_by_channel(
    scores: pd.DataFrame, *, currency: str = "", title: str | None = None
) -> go.Figure:
    """What was forecast and what happened: the whole brand and its channels, dots on intervals.

    Parameters
    ----------
    scores
        Rows of the table ledger_scores. Of the forecasts that were due last, those of the longest
        horizon are shown, of contribution where the log has money.
    currency, title
        As in `calibration`, which draws it.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    need = [*KEYS, "due", "group", "actual", "mean", "q05", "q95"]
    table = _newest(_scored(scores, need, "ledger_by_channel", ["total", "channel"]))
    own = currency if shared_value(table, "metric") == "contribution" else ""
    drawn = calibration(table.rename(columns={"made_at": "cutoff"}), currency=own, title=title)
    return _of_kind(drawn, "ledger_by_channel")


def ledger_coverage(scores: pd.DataFrame, *, title: str | None = None) -> go.Figure:
    """How many cohorts ended inside their intervals, against what the intervals promised.

    Parameters
    ----------
    scores, title
        As in `ledger_by_channel`; rows of level "cohort" count. Cohorts share calendar and pace:
        the bars, which are for independent ones, are narrower than they should be.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    need = [*KEYS, "due", "group", "actual", "mean", "pit", *_ENDS]
    table = _newest(_scored(scores, need, "ledger_coverage", ["cohort"]))
    drawn = interval_coverage(table.rename(columns={"made_at": "cutoff"}), title=title)
    return _of_kind(drawn, "ledger_coverage")


def ledger_errors(
    scores: pd.DataFrame,
    *,
    horizon: int | None = None,
    currency: str = "",
    interval: float = 0.90,
    title: str | None = None,
    at_most: int = 24,
) -> go.Figure:
    """What happened as % of the forecast, as-of date by as-of date, for the whole brand.

    Parameters
    ----------
    scores
        Rows of the table ledger_scores; those of level "total" count, of contribution where the
        log has money.
    horizon
        Days forecast; by default the horizon with most as-of dates, the longest of them.
    currency, interval, title
        As in `calibration`; purchase randomness is inside.
    at_most
        As-of dates at most; the newest are kept and the subtitle counts the rest.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "ledger_errors"
    need = [*KEYS, "actual", "mean", "q05", "q95"]
    table = _preferred(_scored(scores, need, kind, ["total"]))
    if len(table):
        sizes = table.groupby("horizon_days").size().sort_index()
        usual = int(sizes.index[sizes == sizes.max()][-1])
        table = table[table["horizon_days"] == (usual if horizon is None else horizon)]
    drawn = table[has(table, "actual", "mean", "q05", "q95") & (table["mean"] > 0)]
    shown = drawn.sort_values("made_at").tail(at_most)
    subtitle = statement(
        f"All customers, observed {shared_value(drawn, 'metric')} in % of the forecast",
        horizon=horizon_of(drawn),
        currency=currency,
        interval=interval,
        purchase_randomness=True,
        notes=[
            "Bar: interval, dot: what happened, cross: outside the interval, by as-of date",
            "Windows of neighbouring dates may overlap",
            counted(len(drawn), len(shown), "as-of date"),
            left_out(table.drop(drawn.index)["made_at"], "Without forecast or outcome"),
        ],
    )
    if shown.empty:
        return empty_figure(kind, _NOTHING, title=title or "", subtitle=subtitle)
    finding = find_ledger_errors(shown, interval)
    own = currency if shared_value(drawn, "metric") == "contribution" else ""
    return finish(
        _dates(shown, own),
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Dots on intervals for {plural(len(shown), 'as-of date')}. {title or finding}",
        height=300,
        margin=(18, 18, 52, 52),
    )


def find_ledger_errors(shown: pd.DataFrame, interval: float = 0.90) -> str:
    """Finding of `ledger_errors` in one sentence."""
    hits, n = int(inside(shown).sum()), len(shown)
    off = float(shown["actual"].sum() / shown["mean"].sum()) - 1.0
    way = f"{share(abs(off))} {'more' if off > 0 else 'less'} came than was forecast"
    if abs(off) < 0.005:
        way = "what came is what was forecast"
    return f"{hits} of {plural(n, 'forecast')} held in the {100 * interval:.0f}% interval; {way}."


def _of_kind(figure: go.Figure, kind: str) -> go.Figure:
    return figure.update_layout(meta={**figure.layout.meta, "kind": kind})


def _scored(
    scores: pd.DataFrame, need: Sequence[str], kind: str, levels: Sequence[str]
) -> pd.DataFrame:
    table = require(scores, need, kind)
    ours = (table["state"] == "scored") & (table["pace"] == "learned")
    return table[ours & table["level"].isin(list(levels))]


def _preferred(table: pd.DataFrame) -> pd.DataFrame:
    """Rows about money, where there are any."""
    money_rows = table[table["metric"] == "contribution"]
    return table if money_rows.empty else money_rows


def _newest(table: pd.DataFrame) -> pd.DataFrame:
    """Of the forecasts due last, those with the longest horizon."""
    table = _preferred(table)
    table = table[table["due"] == table["due"].max()]
    return table[table["horizon_days"] == table["horizon_days"].max()]


def _dates(shown: pd.DataFrame, currency: str) -> go.Figure:
    xs = list(range(len(shown)))
    part = {c: (shown[c] / shown["mean"]).tolist() for c in ("actual", "q05", "q95")}
    ok = inside(shown).tolist()
    values = [1.0, *(v for column in part.values() for v in column)]
    pad = 0.08 * (max(values) - min(values) or 1.0)
    low, high = min(values) - pad, max(values) + pad
    fig = go.Figure()
    fig.add_hline(y=1, line={"color": INK, "width": 1}, layer="below")
    ends = zip(part["q05"], part["q95"], strict=True)
    fig.add_scatter(
        x=[end for x in xs for end in (x, x, None)],
        y=[y for pair in ends for y in (*pair, None)],
        mode="lines",
        line={"color": ACCENT, "width": 6 if len(xs) <= 12 else 4},
        opacity=0.45,
        hoverinfo="skip",
        name="interval",
    )
    fig.add_scatter(
        x=xs,
        y=part["actual"],
        mode="markers",
        marker={
            "symbol": ["circle" if hit else "x" for hit in ok],
            "size": 10,
            "color": [INK if hit else WARM for hit in ok],
            "line": {"color": "#FFFFFF", "width": 1},
        },
        hoverinfo="text",
        hovertext=[_hover(row, currency) for row in shown.to_dict("records")],
        name="what happened",
        cliponaxis=False,
    )
    if len(xs) <= 8:
        words = [literal(share(value)) for value in part["actual"]]
        add_notes(
            fig,
            [
                note(word, x, y, xanchor="left", xshift=9)
                for word, x, y in zip(words, xs, part["actual"], strict=True)
            ],
        )
    step = -(-len(xs) // 6)
    dates = [str(day)[:10] for day in shown["made_at"]]
    fig.update_xaxes(
        range=[-0.6, len(xs) - 0.3],
        showgrid=False,
        title_text="as-of date of the forecast",
        **money_axis(xs[::step], dates[::step]),
    )
    ticks = nice_ticks(low, high, 5)
    fig.update_yaxes(
        range=[low, high], gridcolor=GRID, **money_axis(ticks, [share(tick) for tick in ticks])
    )
    return fig


def _hover(row: dict, currency: str) -> str:
    def amount(value: float) -> str:
        return money(value, currency) if currency else number(value, 0)

    return literal_lines(
        [
            f"as of {row['made_at']}, {row['horizon_days']} days",
            f"happened {amount(row['actual'])}",
            f"forecast {amount(row['mean'])} ({amount(row['q05'])} to {amount(row['q95'])})",
        ]
    )
