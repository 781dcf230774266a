"""Customers collapsed to purchase histories: the data of the purchase model.

Customers of one cohort with the same repeats, first and last day share one row, without any loss.
The likelihood is smooth in both days, so that for a first look, and for the surrogate that the
sampler works on (`workbench.models.surrogate`), rows are made wider: those close to each other
share one at their mean days, and what it is off by grows with the square of its width alone. Rows
are narrow where the likelihood bends and wide where it is nearly straight. No row spans two months
of first purchase, so that the mean first day is the mean on the model's clock too, whatever the
months' intensities are.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
import pandas as pd

from workbench.errors import ModelError
from workbench.models.calendar import Calendar

#: Bounds of the time scale on which the likelihood bends, in days; between them it is half the
#: typical time between two purchases. Widths of rows are relative to it.
SCALE_DAYS = (7.0, 60.0)


@dataclass(frozen=True)
class Histories:
    """Rows of (cohort, first day, last day, repeat days) with the number of customers of each.

    Rows are sorted by cell, then repeats. All customers of a row share one likelihood term, so the
    cost of a gradient depends on the number of rows, not of customers.

    Attributes
    ----------
    cell, repeats : ndarray of int, shape (rows,)
        Cohort cell; number of distinct later purchase days (x).
    first, last : ndarray of float, shape (rows,)
        Calendar day of the first and of the last purchase, counted from `Calendar.start`: means
        over the customers of the row.
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


def _scale(first: np.ndarray, last: np.ndarray, repeats: np.ndarray) -> float:
    """Half the median time between two purchases, in days, within `SCALE_DAYS`."""
    again = repeats > 0
    if not again.any():
        return SCALE_DAYS[1]
    return float(np.clip(np.median((last - first)[again] / repeats[again]) / 2, *SCALE_DAYS))


def collapse(
    customers: pd.DataFrame,
    cell: np.ndarray,
    n_cells: int,
    calendar: Calendar,
    *,
    tolerance: float = 0.0,
) -> Histories:
    """Collapse customers to rows of like histories.

    Parameters
    ----------
    customers : DataFrame
        With first_day, last_day (datetime64, midnight) and repeat_days.
    cell : ndarray of int, shape (customers,)
        Cohort cell of each customer, from `make_design`.
    n_cells : int
    calendar : Calendar
        Its start is the day from which days are counted, its end the last day of observation.
    tolerance : float
        Widest row relative to the time scale; with 0 only equal histories share a row. What wider
        ones cost in exactness is measured by tests/benchmarks/bench_compression.py.

    Raises
    ------
    ModelError
        If a history is impossible; see `check_histories`.
    """
    check_histories(customers, calendar.end)
    repeats = customers["repeat_days"].to_numpy(dtype=np.int64)
    rows = _rows(
        np.asarray(cell, dtype=np.int64),
        day_number(customers["first_day"], calendar.start),
        day_number(customers["last_day"], calendar.start),
        repeats,
        np.ones(len(repeats)),
        calendar,
        tolerance,
    )
    counts, cell_start, cell_above = _counts(repeats, cell, n_cells)
    return Histories(
        **rows,
        above=counts[::-1].cumsum()[::-1][1:].astype(float),
        cell_start=cell_start,
        cell_above=cell_above,
        cell_weight=np.bincount(cell, minlength=n_cells).astype(float),
    )


def coarsen(histories: Histories, calendar: Calendar, tolerance: float) -> Histories:
    """Collapse rows further: cheaper, and not quite the same likelihood."""
    h = histories
    return replace(h, **_rows(h.cell, h.first, h.last, h.repeats, h.weight, calendar, tolerance))


def _rows(
    cell: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    repeats: np.ndarray,
    weight: np.ndarray,
    calendar: Calendar,
    tolerance: float,
) -> dict[str, np.ndarray]:
    """Rows at the mean days of the histories that share them, by name."""
    keys = {"cell": cell, "repeats": repeats}
    if tolerance > 0:
        scale = _scale(first, last, repeats)
        keys |= {
            "first_month": calendar.period[first.astype(np.int64)],
            "span": np.floor(np.log(scale + calendar.n_days - first) / tolerance),
            "recency": np.floor(np.log(scale + last - first) / tolerance),
        }
    else:
        keys |= {"first": first, "last": last}
    row = pd.DataFrame(keys).groupby(list(keys), sort=True).ngroup().to_numpy()
    n_rows = int(row.max()) + 1 if len(row) else 0
    total = np.bincount(row, weight, n_rows)
    example = np.zeros(n_rows, dtype=np.int64)
    example[row] = np.arange(len(row))
    return {
        "cell": cell[example],
        "first": np.bincount(row, weight * first, n_rows) / total,
        "last": np.bincount(row, weight * last, n_rows) / total,
        "repeats": repeats[example],
        "weight": total,
    }


def _counts(
    repeats: np.ndarray, cell: np.ndarray, n_cells: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Customers by repeats; by cell those with more than j repeats, laid one after the other."""
    largest = np.zeros(n_cells, dtype=np.int64)
    np.maximum.at(largest, cell, repeats)
    start = np.concatenate([[0], np.cumsum(largest)])
    # One slot more a cell while counting, for those without any repeat.
    open_start = start[:-1] + np.arange(n_cells)
    exact = np.bincount(open_start[cell] + repeats, minlength=int(start[-1]) + n_cells)
    above = [
        exact[begin : begin + top + 1][::-1].cumsum()[::-1][1:]
        for begin, top in zip(open_start, largest, strict=True)
    ]
    return np.bincount(repeats, minlength=1), start, np.concatenate([*above, np.zeros(0)])
