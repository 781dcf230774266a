"""Retention triangle and history matrix: who comes back, who is still a customer."""

from __future__ import annotations

import re

import pandas as pd
import plotly.graph_objects as go

from workbench.plots.frame import empty_figure, finish, has, one_row_each, require, statement
from workbench.plots.tiles import Scale, Tile, tile_grid
from workbench.plots.words import month, number, plural, probability, share, share_tick


def retention_triangle(
    retention: pd.DataFrame, *, small: int = 50, title: str | None = None
) -> go.Figure:
    """Share of each first-purchase month that bought again in each later 30-day month of age.

    Parameters
    ----------
    retention
        retention.csv: first_month, month (age in 30-day months, 0 = first), customers (those
        with the whole month observed), active, retention (share, observed).
    small
        Cells with fewer customers get a small tile.
    title
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing or a cell stands in more than one row.
    """
    kind = "retention_triangle"
    table = require(retention, ["first_month", "month", "customers", "retention"], kind)
    table = table[has(table, "month")]
    one_row_each(table, ["first_month", "month"], kind)
    drawn = table[has(table, "retention") & (table["month"] > 0)]
    if drawn.empty:
        why = "No cohort is old enough to show whether customers come back."
        return empty_figure(kind, why, title=title or "")
    months = sorted(drawn["first_month"].astype(str).unique())
    last = int(drawn["month"].max())
    sizes = table.sort_values("month").groupby(table["first_month"].astype(str))["customers"]
    tiles = [
        Tile(
            column=int(r["month"]) - 1,
            row=months.index(str(r["first_month"])),
            value=float(r["retention"]),
            lines=[share(r["retention"])],
            hover=[
                f"First bought in {month(r['first_month'])}, month {int(r['month'])} after",
                f"{share(r['retention'])} of {number(r['customers'], 0)} customers bought",
            ],
            small=not r["customers"] >= small,
        )
        for r in drawn.to_dict("records")
    ]
    highest = max((t.value for t in tiles if not t.small), default=max(t.value for t in tiles))
    fig, frame = tile_grid(
        tiles,
        [str(m) for m in range(1, last + 1)],
        [month(m) for m in months],
        write=share_tick,
        colour_title="share of customers who bought in the month",
        column_title="month after the first order (30 days each)",
        first_column=[number(sizes.first()[m], 0) for m in months],
        scale=Scale(0.0, highest or 1.0),
    )
    finding = find_retention(table)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            "Observed",
            horizon="30-day months since the first order",
            notes=[
                "Only customers whose whole month is observed count",
                f"Small tile: fewer than {small} customers",
            ],
        ),
        alt=f"Triangle of retention for {plural(len(months), 'first-purchase month')} over "
        f"{plural(last, 'month')}. {title or finding}",
        **frame,  # type: ignore[arg-type]
    )


def find_retention(table: pd.DataFrame) -> str:
    """Finding of `retention_triangle` in one sentence."""
    known = table[has(table, "retention", "customers") & (table["month"] == 1)]
    count = known["customers"].sum()
    if known.empty or not count > 0:
        return "No cohort is old enough to show whether customers come back."
    rate = (known["retention"] * known["customers"]).sum() / count
    return (
        f"{share(rate)} of {number(count, 0)} customers bought again between day 30 and day 59 "
        "after their first order."
    )


_MATRIX = {
    "p_alive_mean": ("probability of still being a customer", probability),
    "next_12m_orders_mean": ("expected orders in the next 12 months", lambda v: number(v, 1)),
}


def history_matrix(
    history: pd.DataFrame, *, value: str = "p_alive_mean", title: str | None = None
) -> go.Figure:
    """Customers by repeat orders and weeks since the last order, with what the model expects.

    Parameters
    ----------
    history
        history_matrix.csv: repeat_orders ("0" .. "7+"), weeks_since_last ("0-4", ..), customers
        (observed), p_alive_mean, next_12m_orders_mean (predicted means).
    value
        Column that gives the colour: "p_alive_mean" or "next_12m_orders_mean".
    title
        As in `value_by_channel`.

    Raises
    ------
    WorkbenchError
        If columns are missing or a cell stands in more than one row.
    """
    kind = "history_matrix"
    keys = ["repeat_orders", "weeks_since_last"]
    table = require(history, [*keys, "customers", *_MATRIX], kind)
    one_row_each(table, keys, kind)
    meaning, write = _MATRIX[value]
    drawn = table[has(table, value, "customers") & (table["customers"] > 0)]
    if drawn.empty:
        return empty_figure(kind, "There is no customer history to show yet.", title=title or "")
    rows = sorted(drawn["repeat_orders"].astype(str).unique(), key=_leading)
    columns = sorted(drawn["weeks_since_last"].astype(str).unique(), key=_leading)
    tiles = [
        Tile(
            column=columns.index(str(r["weeks_since_last"])),
            row=rows.index(str(r["repeat_orders"])),
            value=float(r[value]),
            lines=[_short(write(r[value]))]
            + ([number(r["customers"], 0)] if r["customers"] >= 10 else []),
            hover=[
                f"{r['repeat_orders']} repeat orders, last {r['weeks_since_last']} weeks ago",
                f"{number(r['customers'], 0)} customers",
                f"P(still a customer): {probability(r['p_alive_mean'])}",
                f"Expected orders in 12 months: {number(r['next_12m_orders_mean'], 2)}",
            ],
            small=not r["customers"] >= 10,
        )
        for r in drawn.to_dict("records")
    ]
    fig, frame = tile_grid(
        tiles,
        columns,
        rows,
        write=lambda v: share_tick(v) if value == "p_alive_mean" else number(v, 1),
        colour_title=meaning,
        column_title="weeks since the last order",
        row_title="repeat orders",
        scale=Scale(0.0, 1.0 if value == "p_alive_mean" else max(t.value for t in tiles)),
    )
    finding = find_history(table)
    return finish(
        fig,
        kind=kind,
        title=title or finding,
        subtitle=statement(
            f"Customers observed, {meaning} predicted (posterior mean)",
            horizon="as of the last day of observation",
            notes=["Second number: customers", "Small tile: fewer than 10 customers"],
        ),
        alt=f"Grid of {number(drawn['customers'].sum(), 0)} customers by repeat orders and "
        f"weeks since the last order, coloured by {meaning}. {title or finding}",
        **frame,  # type: ignore[arg-type]
    )


def _short(words: str) -> str:
    """Write `more than 99%` in the width of a tile: `>99%`."""
    return words.replace("more than ", ">").replace("less than ", "<")


def _leading(label: str) -> tuple[float, str]:
    """Order labels such as "5-8" and "7+" by their first number."""
    match = re.search(r"\d+", label)
    return (float(match.group()) if match else float("inf"), label)


def find_history(table: pd.DataFrame) -> str:
    """Finding of `history_matrix` in one sentence."""
    known = table[has(table, "p_alive_mean", "customers") & (table["customers"] > 0)]
    total = known["customers"].sum()
    if known.empty:
        return "There is no customer history to show yet."
    alive = (known["p_alive_mean"] * known["customers"]).sum()
    orders = (known["next_12m_orders_mean"] * known["customers"]).sum()
    return (
        f"About {number(alive, 0)} of {number(total, 0)} customers are expected still to be "
        f"customers; together {number(orders, 0)} orders are expected in the next 12 months."
    )
