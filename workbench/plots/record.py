"""Earlier forecasts of the whole brand, each with its interval, against what happened."""

from __future__ import annotations

from datetime import date
from statistics import NormalDist

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from workbench.locales import long_day
from workbench.plots.frame import empty_figure, finish, has, require, statement
from workbench.plots.ranges import SIDE, Row, dot_ranges
from workbench.plots.theme import ACCENT, WARM
from workbench.plots.words import literal, money, number, plural, share

__all__ = ["forecast_record_ranges", "record_rows"]

_NEED = ["cutoff", "horizon_days", "level", "actual", "mean", "log_mean", "log_sd",
         "actual_spend", "log_spend_mean", "log_spend_sd"]  # fmt: skip

WON_AFTER = "newcomers' orders"


def record_rows(record: pd.DataFrame, *, interval: float = 0.90) -> pd.DataFrame:
    """Return earlier forecasts of the whole brand with their intervals, and what happened.

    Parameters
    ----------
    record
        Table forecast_record; rows of level "total" count, and those of "newcomers", customers
        won after the date.
    interval
        Of the forecast as it was made, before the record widened it. Orders and net revenue per
        order are taken as log-normal, as the table keeps mean and deviation of their logs.

    Returns
    -------
    DataFrame
        cutoff, horizon_days, quantity ("repeat orders" and "newcomers' orders", repeat ones,
        in orders within the horizon, or "net revenue per order", in shop currency),
        forecast_mean, forecast_q05, forecast_q95, actual.
    """
    return _rows(require(record, _NEED, "record_rows"), interval)


def _rows(record: pd.DataFrame, interval: float) -> pd.DataFrame:
    total, won = (
        record[record["level"] == level].sort_values("cutoff", kind="stable")
        for level in ("total", "newcomers")
    )
    z = NormalDist().inv_cdf(0.5 + interval / 2)
    spend = total.assign(mean=np.exp(total["log_spend_mean"].astype(float)))
    tables = [
        pd.DataFrame(
            {
                "cutoff": made["cutoff"],
                "horizon_days": made["horizon_days"],
                "quantity": quantity,
                "forecast_mean": made["mean"].astype(float),
                "forecast_q05": np.exp(made[f"{log}mean"].astype(float) - z * made[f"{log}sd"]),
                "forecast_q95": np.exp(made[f"{log}mean"].astype(float) + z * made[f"{log}sd"]),
                "actual": made[actual].astype(float),
            }
        )
        for quantity, made, actual, log in (
            ("repeat orders", total, "actual", "log_"),
            ("net revenue per order", spend, "actual_spend", "log_spend_"),
            (WON_AFTER, won, "actual", "log_"),
        )
    ]
    rows = pd.concat(tables, ignore_index=True)
    told = has(rows, "forecast_mean", "forecast_q05", "forecast_q95", "actual")
    return rows[told & (rows["actual"] > 0)].reset_index(drop=True)


def forecast_record_ranges(
    record: pd.DataFrame, *, currency: str = "", interval: float = 0.90, title: str | None = None
) -> go.Figure:
    """How far forecasts from earlier dates were from what happened: a dot on its interval each.

    Parameters
    ----------
    record
        Table forecast_record (`record_rows`).
    currency
        ISO code of net revenue per order.
    interval, title
        As in `value_by_channel`; purchase randomness is inside.

    Raises
    ------
    WorkbenchError
        If columns are missing.
    """
    kind = "forecast_record_ranges"
    rows = _rows(require(record, _NEED, kind), interval)
    subtitle = statement(
        "Repeat orders and net revenue per order of all customers, and repeat orders of newcomers, "
        "won after the date: predicted from it, in % of what was then observed",
        currency=currency if (rows["quantity"] == "net revenue per order").any() else "",
        interval=interval,
        purchase_randomness=True,
        notes=["Intervals as forecast then, before this record widened those of today"],
    )
    if rows.empty:
        nothing = "History is too short to hold an earlier forecast against what happened."
        return empty_figure(kind, nothing, title=title or "", subtitle=subtitle)
    shown = rows.to_dict("records")
    fig, height = dot_ranges(
        [_row(row, currency) for row in shown],
        write_tick=_signed,
        axis_title="forecast too high (+) or too low (-), % of what happened",
        whole=True,
    )
    finding = title or find_forecast_record(rows, interval)
    return finish(
        fig,
        kind=kind,
        title=finding,
        subtitle=subtitle,
        alt=f"Dots on intervals for {plural(len(shown), 'earlier forecast')}. {finding}",
        height=height,
        margin=(6, SIDE, 48, SIDE),
    )


def find_forecast_record(rows: pd.DataFrame, interval: float = 0.90) -> str:
    """Finding of `forecast_record_ranges` in one sentence."""
    held = (rows["forecast_q05"] <= rows["actual"]) & (rows["actual"] <= rows["forecast_q95"])
    n = plural(len(rows), "earlier forecast")
    return f"{int(held.sum())} of {n} held what happened in the {100 * interval:.0f}% interval."


def _row(row: dict, currency: str) -> Row:
    def amount(value: float) -> str:
        orders = row["quantity"] != "net revenue per order"
        return number(value, 0) if orders or not currency else money(value, currency)

    mid, low, high = (row[f"forecast_{end}"] / row["actual"] - 1 for end in ("mean", "q05", "q95"))
    ends = f"{amount(row['forecast_q05'])} to {amount(row['forecast_q95'])}"
    told = (
        f"{_signed(mid)}: {amount(row['forecast_mean'])} forecast ({ends}), "
        f"{amount(row['actual'])} came"
    )
    since = long_day(date.fromisoformat(str(row["cutoff"])[:10]))
    what = str(row["quantity"]).removeprefix("net ").capitalize()
    name = f"{what}, {row['horizon_days']} days from {since}"
    inside = low <= 0 <= high
    return Row(
        name, told, mid, low, high, ACCENT if inside else WARM,
        symbol="circle" if inside else "x",
        hover=[name, told],
    )  # fmt: skip


def _signed(value: float) -> str:
    word = literal(share(abs(value)))
    return word if word == "0%" else f"{'+' if value > 0 else '-'}{word}"
