"""Forecast and outcome of customers, from those promised most to those promised least."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.backtest import horizon_of, shared_value
from workbench.plots.frame import (
    empty_figure,
    finish,
    has,
    left_out,
    money_axis,
    require,
    statement,
)
from workbench.plots.theme import ACCENT, GRID, WARM
from workbench.plots.words import is_number, literal, money, money_tick, nice_ticks, number, share


def decile_chart(
    customers: pd.DataFrame,
    *,
    gini: float | None = None,
    currency: str = "",
    title: str | None = None,
) -> go.Figure:
    """Mean forecast and mean outcome per customer, in ten parts by forecast.

    Parameters
    ----------
    customers
        Rows of backtest_customers.csv of one metric and pooling: decile (1 holds the highest
        forecasts), customers, predicted, actual (means per customer); if there, metric,
        horizon_days and cutoff word the subtitle. Several cutoffs are averaged over their
        customers.
    gini
        Normalised Gini coefficient of the same forecasts, named in the subtitle.
    currency
        ISO code where the metric is money, empty for orders.
    title
        Replaces the finding.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "decile_chart"
    table = require(customers, ["decile", "customers", "predicted", "actual"], kind)
    known = table[has(table, "decile", "customers", "predicted", "actual")]
    known = known[known["customers"] > 0]
    drawn = _by_decile(known)
    words = "Predicted against observed " + (shared_value(known, "metric") or "outcome")
    ranking = ""
    if is_number(gini):
        ranking = f"Ranking: normalised Gini {number(gini, 2)}, where 1 is perfect and 0 is chance"
    subtitle = statement(
        f"{words} per customer, tenths of the customers by forecast",
        horizon=horizon_of(known),
        currency=currency,
        notes=[
            "Bar: observed, diamond: predicted",
            ranking,
            left_out(_without(table, known), "Without forecast or outcome, tenth"),
        ],
    )
    if drawn.empty:
        why = "There is no earlier forecast of customers whose outcome is known yet."
        return empty_figure(kind, why, title=title or "", subtitle=subtitle)
    finding = find_decile_chart(drawn)
    return finish(
        _bars(drawn, currency),
        kind=kind,
        title=title or finding,
        subtitle=subtitle,
        alt=f"Bars of outcome and diamonds of forecast for {len(drawn)} tenths of the customers. "
        f"{title or finding}",
        height=270,
        margin=(12, 14, 48, 58),
        max_width=760,
    )


def _without(table: pd.DataFrame, known: pd.DataFrame) -> list[str]:
    lost = table.drop(known.index)["decile"]
    return sorted({number(value, 0) for value in lost if is_number(value)})


def _by_decile(known: pd.DataFrame) -> pd.DataFrame:
    sums = known.assign(
        predicted=known["predicted"] * known["customers"],
        actual=known["actual"] * known["customers"],
    )
    # sorted first: sums of floats depend on their order
    sums = sums.sort_values(["decile", "predicted", "actual"])
    table = sums.groupby("decile", sort=True)[["customers", "predicted", "actual"]].sum()
    for name in ("predicted", "actual"):
        table[name] = table[name] / table["customers"]
    return table.reset_index()


def _bars(drawn: pd.DataFrame, currency: str) -> go.Figure:
    x = [int(d) for d in drawn["decile"]]
    hover = [
        literal(
            f"tenth {int(r['decile'])}: observed {_amount(r['actual'], currency)}, predicted "
            f"{_amount(r['predicted'], currency)}, {number(r['customers'], 0)} customers"
        )
        for r in drawn.to_dict("records")
    ]
    fig = go.Figure()
    fig.add_bar(
        x=x, y=drawn["actual"].tolist(), width=0.62, marker={"color": ACCENT, "opacity": 0.75},
        hoverinfo="text", hovertext=hover, name="observed",
    )  # fmt: skip
    fig.add_scatter(
        x=x,
        y=drawn["predicted"].tolist(),
        mode="markers",
        marker={
            "symbol": "diamond", "size": 12, "color": WARM,
            "line": {"color": "#FFFFFF", "width": 1.5},
        },
        hoverinfo="text",
        hovertext=hover,
        name="predicted",
        cliponaxis=False,
    )  # fmt: skip
    low = min(0.0, drawn["actual"].min(), drawn["predicted"].min())
    high = max(drawn["actual"].max(), drawn["predicted"].max(), low + 1e-9)
    ticks = nice_ticks(low, high, 4)
    write = (
        (lambda v: money_tick(v, currency)) if currency else (lambda v: number(v, _digits(high)))
    )
    fig.update_yaxes(
        range=[low * 1.08, high * 1.08],
        gridcolor=GRID,
        **money_axis(ticks, [write(t) for t in ticks]),
    )
    fig.update_xaxes(
        range=[0.4, 10.6],
        showgrid=False,
        title_text="tenth of the customers, 1 has the highest forecasts",
        **money_axis(list(range(1, 11)), [str(i) for i in range(1, 11)]),
    )
    return fig


def _digits(high: float) -> int:
    return 0 if high >= 10 else 1 if high >= 1 else 2


def _amount(value: float, currency: str) -> str:
    return money(value, currency) if currency else number(value, 2)


def find_decile_chart(drawn: pd.DataFrame) -> str:
    """Finding of `decile_chart` in one sentence, from its tenths."""
    actual = (drawn["actual"] * drawn["customers"]).sum()
    predicted = (drawn["predicted"] * drawn["customers"]).sum()
    top = drawn[drawn["decile"] == 1]
    if top.empty or actual <= 0 or predicted <= 0:
        return "What customers were promised can be set beside what they did."
    first = top.iloc[0]
    return (
        "The tenth of customers with the highest forecasts brought "
        f"{share(first['actual'] * first['customers'] / actual)} of what all brought; "
        f"{share(first['predicted'] * first['customers'] / predicted)} was forecast."
    )
