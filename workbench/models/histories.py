"""Customers collapsed to distinct purchase histories: the data of the purchase model."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
import pandas as pd

from workbench.errors import ModelError


@dataclass(frozen=True)
class Histories:
    """Distinct (cohort, first day, last day, repeat days) with the number of customers of each.

    Rows are sorted by cell, then first day. All customers of a row share one likelihood term, so
    the cost of a gradient depends on the number of rows, not of customers.

    Attributes
    ----------
    cell, first, last, repeats : ndarray of int, shape (rows,)
        Cohort cell; calendar day of the first and of the last purchase, counted from
        `Calendar.start`; number of distinct later purchase days (x).
    weight : ndarray of float, shape (rows,)
        Customers with this history.
    above : ndarray of float, shape (largest x,)
        Customers with more than j repeat days, j = 0, 1, ...
    cell_start : ndarray of int, shape (cells + 1,)
        Where each cell's counts begin in `cell_above`.
    cell_above : ndarray of float
        `above` for each cell, one after the other.
    cell_weight : ndarray of float, shape (cells,)
        Customers of each cell.
    """

    cell: np.ndarray
    first: np.ndarray
    last: np.ndarray
    repeats: np.ndarray
    weight: np.ndarray
    above: np.ndarray
    cell_start: np.ndarray
    cell_above: np.ndarray
    cell_weight: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name, in the order in which the likelihood takes them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def day_number(days: pd.Series, start: date) -> np.ndarray:
    """Whole days from `start` to each of `days`."""
    return (days - pd.Timestamp(start)).dt.days.to_numpy(dtype=np.int64)


def check_histories(customers: pd.DataFrame, as_of: date) -> None:
    """Refuse customers whose history cannot be: the gates of a purchase model.

    Raises
    ------
    ModelError
        Naming every rule broken with the number of customers: a last purchase before the first
        or after the as-of date, repeat days below zero, a repeat without a later day.
    """
    end = pd.Timestamp(as_of)
    rules = {
        "first purchase after the as-of date": customers["first_day"] > end,
        "last purchase after the as-of date": customers["last_day"] > end,
        "last purchase before the first": customers["last_day"] < customers["first_day"],
        "negative number of repeat days": customers["repeat_days"] < 0,
        "repeat days without a later purchase day": (customers["repeat_days"] > 0)
        & (customers["last_day"] == customers["first_day"]),
        "a later purchase day without repeat days": (customers["repeat_days"] == 0)
        & (customers["last_day"] > customers["first_day"]),
        "more repeat days than days between first and last purchase": customers["repeat_days"]
        > (customers["last_day"] - customers["first_day"]).dt.days,
    }
    broken = [f"{name}: {int(bad.sum())} customers" for name, bad in rules.items() if bad.any()]
    if broken:
        raise ModelError("Impossible purchase histories. " + "; ".join(broken) + ".")


def collapse(
    customers: pd.DataFrame, cell: np.ndarray, n_cells: int, start: date, as_of: date
) -> Histories:
    """Collapse customers to distinct histories.

    Parameters
    ----------
    customers : DataFrame
        With first_day, last_day (datetime64, midnight) and repeat_days.
    cell : ndarray of int, shape (customers,)
        Cohort cell of each customer, from `make_design`.
    n_cells : int
    start, as_of : date
        First day of the calendar, last day of observation.

    Raises
    ------
    ModelError
        If a history is impossible; see `check_histories`.
    """
    check_histories(customers, as_of)
    frame = pd.DataFrame(
        {
            "cell": cell,
            "first": day_number(customers["first_day"], start),
            "last": day_number(customers["last_day"], start),
            "repeats": customers["repeat_days"].to_numpy(dtype=np.int64),
        }
    )
    rows = frame.groupby(list(frame), sort=True).size().rename("weight").reset_index()
    largest = int(frame["repeats"].max()) if len(frame) else 0
    # Customers of cell c with exactly x repeats, then "more than j" as a reversed running sum.
    table = frame.groupby(["cell", "repeats"]).size()
    cell_above: list[np.ndarray] = []
    for c in range(n_cells):
        exact = table.loc[c] if c in table.index.get_level_values(0) else pd.Series(dtype=int)
        top = int(exact.index.max()) if len(exact) else 0
        counts = np.zeros(top + 1)
        counts[exact.index.to_numpy(dtype=int)] = exact.to_numpy()
        cell_above.append(counts[::-1].cumsum()[::-1][1:])
    exact_all = np.bincount(frame["repeats"], minlength=largest + 1)
    return Histories(
        cell=rows["cell"].to_numpy(dtype=np.int64),
        first=rows["first"].to_numpy(dtype=np.int64),
        last=rows["last"].to_numpy(dtype=np.int64),
        repeats=rows["repeats"].to_numpy(dtype=np.int64),
        weight=rows["weight"].to_numpy(dtype=float),
        above=exact_all[::-1].cumsum()[::-1][1:].astype(float),
        cell_start=np.concatenate([[0], np.cumsum([len(a) for a in cell_above])]).astype(np.int64),
        cell_above=np.concatenate([*cell_above, np.zeros(0)]),
        cell_weight=np.bincount(frame["cell"], minlength=n_cells).astype(float),
    )
