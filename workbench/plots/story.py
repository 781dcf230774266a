"""One customer's story: orders as they came in, and when the next is expected."""

from __future__ import annotations

from datetime import date

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import empty_figure, finish, money_axis, note, require, statement
from workbench.plots.theme import ACCENT, AXIS, GRID, INK, MUTED
from workbench.plots.words import (
    estimate,
    is_number,
    literal,
    literal_lines,
    money,
    money_tick,
    nice_ticks,
    number,
    plural,
    probability,
)


def customer_story(
    orders: pd.DataFrame,
    customer: pd.DataFrame,
    *,
    currency: str,
    as_of: date,
    interval: float = 0.90,
    title: str | None = None,
) -> go.Figure:
    """Orders of one customer: cumulative contribution by day, or their count without money.

    Parameters
    ----------
    orders
        order, day, revenue, contribution, contribution_to_date.
    customer
        One row: p_active, next_12m_orders, next_12m_mean, next_order_date (NaT: none expected
        within a year), value_12m_mean, value_12m_low, value_12m_high (to day 365).
    currency
        ISO code.
    as_of
        Last day of observation.
    interval
        As in `value_by_channel`.
    title
        Replaces the finding.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "customer_story"
    told = require(orders, ["order", "day", "revenue", "contribution_to_date"], kind)
    told = told.sort_values(["day", "order"], kind="stable").reset_index(drop=True)
    needed = ["p_active", "next_12m_orders", "next_12m_mean", "next_order_date"]
    who = require(customer, [*needed, "value_12m_mean", "value_12m_low", "value_12m_high"], kind)
    if told.empty or who.empty:
        return empty_figure(kind, "This customer has no order.", title=title or "")
    r = who.iloc[0].to_dict()
    has_money = bool(told["contribution_to_date"].map(is_number).all())
    finding = find_customer_story(told, r, currency)
    return finish(
        _figure(told, r, currency, pd.Timestamp(as_of), has_money),
        kind=kind,
        title=title or finding,
        subtitle=statement(
            "Contribution of orders so far, observed" if has_money else "Orders so far, observed",
            horizon="what is expected in the next 12 months, predicted",
            currency=currency if has_money else "",
            interval=interval,
            purchase_randomness=True,
            notes=[
                f"First order to day 365: {_value(r, currency)}" if has_money else "",
                "Dot: an order; upright line: as-of date",
                "Diamond: median day of the next order if the customer is still active, predicted"
                if _next(r) is not None
                else "",
            ],
        ),
        alt=f"Step line of {plural(len(told), 'order')} over time. {title or finding}",
        height=280,
        margin=(12, 24, 40, 60),
    )


def _value(r: dict, currency: str) -> str:
    return estimate(r["value_12m_mean"], r["value_12m_low"], r["value_12m_high"], currency)


def _next(r: dict) -> pd.Timestamp | None:
    day = r["next_order_date"]
    return None if pd.isna(day) else pd.Timestamp(day)


def _figure(
    told: pd.DataFrame, r: dict, currency: str, as_of: pd.Timestamp, has_money: bool
) -> go.Figure:
    days = [day.date().isoformat() for day in pd.to_datetime(told["day"])]
    counts = [float(i + 1) for i in range(len(told))]
    y = told["contribution_to_date"].astype(float).tolist() if has_money else counts
    hover = [
        literal_lines(
            [f"order {number(row['order'], 0)}, {day}"]
            + ([f"revenue {money(row['revenue'], currency)}"] if has_money else [])
            + ([f"contribution so far {money(row['contribution_to_date'], currency)}"]
               if has_money else [])
        )
        for row, day in zip(told.to_dict("records"), days, strict=True)
    ]  # fmt: skip
    end = as_of.date().isoformat()
    traces: list[dict] = [
        {
            "type": "scatter",
            "x": [*days, end],
            "y": [*y, y[-1]],
            "mode": "lines",
            "line": {"color": ACCENT, "width": 2, "shape": "hv"},
            "hoverinfo": "skip",
            "name": "so far",
        },
        {
            "type": "scatter",
            "x": days,
            "y": y,
            "mode": "markers",
            "marker": {"size": 9, "color": ACCENT},
            "hoverinfo": "text",
            "hovertext": hover,
            "name": "orders",
        },
    ]
    coming = _next(r)
    if coming is not None:
        words = [f"next order, if still active: {coming.date().isoformat()} (median)"]
        traces.append(
            {
                "type": "scatter",
                "x": [coming.date().isoformat()],
                "y": [y[-1]],
                "mode": "markers",
                "marker": {
                    "symbol": "diamond",
                    "size": 12,
                    "color": "#FFFFFF",
                    "line": {"color": INK, "width": 2},
                },
                "hoverinfo": "text",
                "hovertext": [literal_lines(words)],
                "name": "next order",
            }
        )
    low, high = min(0.0, *y), max(0.0, *y) or 1.0
    ticks = nice_ticks(low, high * 1.1, 4)
    labels = [money_tick(t, currency) if has_money else number(t, 0) for t in ticks]
    line = {"color": AXIS, "width": 1.2, "dash": "dot"}
    top = {"xanchor": "right", "yanchor": "top", "xshift": -4, "color": MUTED, "size": 11}
    label = literal(f"as of {as_of:%-d %B %Y}")
    layout = {
        "xaxis": {"type": "date", "showgrid": False, "showline": True},
        "yaxis": {"range": [low, high * 1.12], "gridcolor": GRID, **money_axis(ticks, labels)},
        "shapes": [
            {"type": "line", "x0": end, "x1": end, "yref": "paper", "y0": 0, "y1": 1, "line": line}
        ],
        "annotations": [note(label, end, 1, yref="paper", **top)],
    }
    return go.Figure(data=traces, layout=layout)


def find_customer_story(orders: pd.DataFrame, r: dict, currency: str) -> str:
    """Finding of `customer_story` in one sentence.

    A day without revenue makes no order, as in the customer table: it was refunded, or free.
    """
    revenue = orders.groupby("day")["revenue"].transform("sum", min_count=1)
    nothing = int((revenue <= 0.0).sum())
    text = f"{plural(len(orders) - nothing, 'order')} so far"
    if nothing:
        text += f" and {nothing} refunded in full or free"
    last = orders["contribution_to_date"].iloc[-1]
    if is_number(last):
        text += f" left {money(last, currency)}"
    text += f"; active with probability {probability(r['p_active'])}"
    if is_number(r["next_12m_orders"]):
        text += f", {number(r['next_12m_orders'])} orders expected in the next 12 months"
    if is_number(r["next_12m_mean"]):
        text += f", worth {money(r['next_12m_mean'], currency)}"
    return text + "."
