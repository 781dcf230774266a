"""Leaking suppression: paid orders of people who had just bought anyway."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from workbench.sources.arrow_text import is_in

__all__ = ["LEAK_DAYS", "suppression_leaks"]

LEAK_DAYS = 90


def suppression_leaks(
    orders: pd.DataFrame,
    spend: pd.DataFrame,
    suppress_days: pd.Series,
    as_of: date,
    *,
    channels: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Count orders that paid channels claim from customers within their own resting time.

    Parameters
    ----------
    orders : DataFrame
        Canonical orders: customer_id, ordered_at, day, channel, revenue.
    spend : DataFrame
        Canonical spend: date, channel, spend.
    suppress_days : Series
        Days that each customer is to be left alone after an order, by customer id.
    as_of : date
    channels : iterable of str, optional
        Paid channels; by default those with spend in the last 90 days.

    Returns
    -------
    DataFrame
        One row per channel with orders in the 90 days to the as-of date: channel, orders, recent
        (of these, orders less than `suppress_days` after the customer's previous purchase day),
        spend (in these days, currency).
    """
    end = pd.Timestamp(as_of) + timedelta(days=1)
    start = end - timedelta(days=LEAK_DAYS)
    paid = spend[(spend["date"] >= start) & (spend["date"] < end) & (spend["spend"] > 0)]
    by_channel = paid.groupby("channel")["spend"].sum()
    names = set(by_channel.index if channels is None else channels)
    seen = orders.loc[orders["day"] < end, ["customer_id", "day", "channel", "revenue"]]
    if seen["revenue"].notna().any():
        seen = seen[seen["revenue"] > 0]
    asked = seen[(seen["day"] >= start) & seen["channel"].isin(names)]
    of_them = seen[is_in(seen["customer_id"], asked["customer_id"])]
    days = of_them[["customer_id", "day"]].drop_duplicates().sort_values(["customer_id", "day"])
    days["since"] = days.groupby("customer_id")["day"].diff().dt.days
    table = asked.merge(days, on=["customer_id", "day"], how="left")
    rest = table["customer_id"].map(suppress_days).astype("float64")  # text where nobody is asked
    table["recent"] = (table["since"] < rest).fillna(False).astype(int)
    counts = table.groupby("channel").agg(orders=("recent", "size"), recent=("recent", "sum"))
    counts["spend"] = by_channel.reindex(counts.index).fillna(0.0)
    return counts.reset_index()
