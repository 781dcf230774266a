"""12-month value over first-purchase months, above the share of it already observed."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import (
    empty_figure,
    finish,
    has,
    left_out,
    money_axis,
    one_row_each,
    require,
    statement,
)
from workbench.plots.ranges import axis_range
from workbench.plots.theme import ACCENT, GRID, INK, MUTED
from workbench.plots.value import BASIS, HORIZON, VALUE, value_note
from workbench.plots.words import (
    is_number,
    literal_lines,
    money_tick,
    month,
    nice_ticks,
    number,
    plural,
    share,
)


def value_by_month(
    months: pd.DataFrame,
    *,
    currency: str,
    interval: float = 0.90,
    purchase_randomness: bool | None = True,
    title: str | None = None,
) -> go.Figure:
    """12-month value over first-purchase months, above the share of it already observed.

    Parameters
    ----------
    months
        One row per first_month: first_month, customers, value_12m_mean, value_12m_q05,
        value_12m_q95, observed_share. Intervals of several cohorts cannot be averaged: aggregate
        draw by draw before calling.
    currency, interval, purchase_randomness, title
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing or a month stands in more than one row.
    """
    kind = "value_by_month"
    table = require(months, ["first_month", "customers", *VALUE, "observed_share"], kind)
    one_row_each(table, ["first_month"], kind)
    drawn = table[has(table, "value_12m_mean")].sort_values("first_month")
    if drawn.empty:
        return empty_figure(kind, "No cohort has a 12-month value yet.", title=title or "")
    fig = _month_dots(drawn, currency)
    finding = find_value_by_month(table, currency)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            BASIS,
            horizon=HORIZON,
            currency=currency,
            interval=interval,
            purchase_randomness=purchase_randomness,
            notes=[
                "Filled dot: at least half of the value observed, hollow dot: mostly predicted",
                left_out(map(month, table.drop(drawn.index)["first_month"]), "No value yet for"),
            ],
        ),
        alt=f"Dot plot of 12-month value with interval for "
        f"{plural(len(drawn), 'first-purchase month')}, with bars of the observed share. "
        f"{title or finding}",
        height=380,
        margin=(24, 12, 44, 58),
    )


def _month_dots(drawn: pd.DataFrame, currency: str) -> go.Figure:
    xs = list(range(len(drawn)))
    hover = [
        literal_lines(
            [
                month(r["first_month"]),
                value_note(r, currency),
                f"{number(r['customers'], 0)} customers",
                f"{share(r['observed_share'])} of the value already observed",
            ]
        )
        for r in drawn.to_dict("records")
    ]
    seen = [bool(s >= 0.5) for s in drawn["observed_share"]]
    low, high = axis_range(
        [*drawn["value_12m_q05"], *drawn["value_12m_q95"]], list(drawn["value_12m_mean"])
    )
    fig = go.Figure()
    for x, r in zip(xs, drawn.to_dict("records"), strict=True):
        ends = [r["value_12m_q05"], r["value_12m_q95"]]
        if all(map(is_number, ends)):
            fig.add_scatter(
                x=[x, x],
                y=[min(max(e, low), high) for e in ends],
                mode="lines",
                line={"color": ACCENT, "width": 2},
                hoverinfo="skip",
                name="interval",
            )
    fig.add_scatter(
        x=xs,
        y=drawn["value_12m_mean"].tolist(),
        mode="markers",
        name="12-month value",
        marker={
            "size": 9 if len(xs) <= 18 else 7,
            "color": [ACCENT if s else "#FFFFFF" for s in seen],
            "line": {"color": ACCENT, "width": 2},
        },
        hoverinfo="text",
        hovertext=hover,
    )
    fig.add_bar(
        x=xs,
        y=drawn["observed_share"].fillna(0).clip(0, 1).tolist(),
        yaxis="y2",
        marker={"color": "#9FB3C8", "line": {"width": 0}},
        width=0.7,
        hoverinfo="text",
        hovertext=hover,
        name="observed share",
    )
    ticks = nice_ticks(low, high, 5)
    step = max(1, -(-len(xs) // 6))
    fig.add_hline(y=0, line={"color": INK, "width": 1}, layer="below")
    fig.update_layout(
        xaxis={
            "range": [-0.6, len(xs) - 0.4],
            "anchor": "y2",
            "showgrid": False,
            **money_axis(xs[::step], [month(m) for m in drawn["first_month"].tolist()[::step]]),
        },
        yaxis={
            "domain": [0.3, 1],
            "range": [low, high],
            **money_axis(ticks, [money_tick(t, currency) for t in ticks]),
        },
        yaxis2={
            "domain": [0, 0.2],
            "range": [0, 1],
            "gridcolor": GRID,
            **money_axis([0, 0.5, 1], ["0%", "50%", "100%"]),
            "tickfont": {"size": 11, "color": MUTED},
        },
    )
    fig.update_xaxes(ticktext=[t.replace(" ", "<br>") for t in fig.layout.xaxis.ticktext])
    for y, text in ((1, "12-month value per customer"), (0.2, "Share of the value observed")):
        fig.add_annotation(
            text=text,
            x=0,
            y=y,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            yshift=4,
            showarrow=False,
            font={"size": 12, "color": MUTED},
        )
    return fig


def find_value_by_month(table: pd.DataFrame, currency: str) -> str:
    """Finding of `value_by_month` in one sentence."""
    known = table[has(table, "value_12m_mean")].sort_values("first_month")
    if known.empty:
        return "No cohort has a 12-month value yet."
    first, last = known.iloc[0], known.iloc[-1]
    text = (
        f"Customers first won in {month(first['first_month'])} bring "
        f"{value_note(dict(first), currency)} within 12 months"
    )
    if len(known) == 1:
        return text + "."
    return f"{text}, those of {month(last['first_month'])} {value_note(dict(last), currency)}."
