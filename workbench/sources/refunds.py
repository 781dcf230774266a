"""Refunds that a log tells as rows of their own, booked against the orders they undo."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["book_refunds"]

_CENT = 0.005


def book_refunds(
    orders: pd.DataFrame, refunds: pd.DataFrame
) -> tuple[pd.Series[float], pd.Series[float]]:
    """Book each refund against earlier orders of the same customer.

    In this order: the order of the same id; the latest order of exactly that amount; the latest
    order that can carry it; else several orders, the latest first. An order never carries more
    than its amount.

    Parameters
    ----------
    orders : DataFrame
        order_id, customer_id, ordered_at, amount (currency, at least 0).
    refunds : DataFrame
        The same columns; amount is what was paid back, above 0.

    Returns
    -------
    booked : Series of float
        Refunds of each order, in the order's index.
    unbooked : Series of float
        What no earlier order could carry, in the refunds' index.
    """
    booked = pd.Series(0.0, index=orders.index)
    unbooked = pd.Series(0.0, index=refunds.index)
    own = orders[orders["customer_id"].isin(refunds["customer_id"])]
    own = own.sort_values(["customer_id", "ordered_at", "order_id"], kind="stable")
    claims = refunds.sort_values(["ordered_at", "order_id", "amount"], kind="stable")
    ranges = _ranges(own["customer_id"])
    times = own["ordered_at"].to_numpy()
    ids = own["order_id"].to_numpy(dtype=object)
    amount = own["amount"].to_numpy(dtype=float)
    left = amount.copy()
    rest = np.zeros(len(claims))
    columns = ("customer_id", "ordered_at", "order_id", "amount")
    for number, (customer, time, order_id, claim) in enumerate(
        zip(*(claims[name].to_numpy() for name in columns), strict=True)
    ):
        low, high = ranges.get(customer, (0, 0))
        high = low + int(np.searchsorted(times[low:high], time, side="right"))
        for place in _places(low, high, ids, amount, left, order_id, claim):
            taken = min(claim, left[place])
            left[place] -= taken
            claim -= taken
            if claim <= _CENT:
                break
        rest[number] = claim if claim > _CENT else 0.0
    booked[own.index] = amount - left
    unbooked[claims.index] = rest
    return booked, unbooked


def _ranges(customers: pd.Series[Any]) -> dict[Any, tuple[int, int]]:
    """Return customer -> first and last position of a sorted column."""
    names = customers.to_numpy(dtype=object)
    if not len(names):
        return {}
    starts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]])
    ends = np.r_[starts[1:], len(names)]
    return {names[start]: (int(start), int(end)) for start, end in zip(starts, ends, strict=True)}


def _places(
    low: int,
    high: int,
    ids: np.ndarray[Any, Any],
    amount: np.ndarray[Any, Any],
    left: np.ndarray[Any, Any],
    order_id: Any,
    claim: float,
) -> list[int]:
    """Return the orders to try, best first."""
    same = [place for place in range(low, high) if ids[place] == order_id]
    open_ = left[low:high]
    exact = np.flatnonzero((np.abs(open_ - claim) < _CENT) & (open_ == amount[low:high]))
    enough = np.flatnonzero(open_ >= claim - _CENT)
    best = [low + int(places[-1]) for places in (exact, enough) if len(places)]
    return [*same, *best[:1], *range(high - 1, low - 1, -1)]
