"""Sums over cohorts, draw by draw, and what is read off them: values, intervals, payback."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.explorer.material import Material
from workbench.explorer.view import Assumptions, View
from workbench.value.payback import payback_days

__all__ = [
    "KEPT",
    "Curves",
    "at_age",
    "curves_of",
    "groups_of",
    "interval_columns",
    "payback",
    "payback_columns",
    "totals_at",
]

KEPT = 8
"""Selections whose sums are kept."""
_WEEK, _YEAR = 7, 365


@dataclass(frozen=True)
class Curves:
    """Cumulative contribution of groups of customers by age; totals, not per customer.

    Attributes
    ----------
    ages : ndarray of int
    customers : ndarray, shape (groups,)
    observed : ndarray, shape (groups, ages)
        In currency.
    predicted : ndarray of float32, shape (groups, ages, draws)
    reached : ndarray, shape (groups, ages)
        Customers that have reached the age.
    """

    ages: np.ndarray
    customers: np.ndarray
    observed: np.ndarray
    predicted: np.ndarray
    reached: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Observed plus predicted, shape (groups, ages, draws)."""
        return self.observed[:, :, None] + self.predicted

    def under(self, assumptions: Assumptions) -> Curves:
        """Curves if margins and what is predicted of repeat orders were others."""
        margin = 1.0 + assumptions.margin_change
        ahead = margin * (1.0 + assumptions.retention_change)
        if margin == 1.0 and ahead == 1.0:
            return self
        return Curves(
            self.ages, self.customers, self.observed * margin, self.predicted * ahead, self.reached
        )


def groups_of(material: Material, view: View) -> tuple[list[str], np.ndarray]:
    """Names of the groups that the view splits into, and the group of every cell.

    Returns
    -------
    names : list of str
        Sorted; groups without a chosen cell are left out.
    group : ndarray of int, shape (cells,)
        -1 for cells that the filters leave out.
    """
    mask = material.chosen(view.filters)
    names, place = material.codes[view.by]
    present = np.unique(place[mask])
    group = np.where(mask, np.searchsorted(present, place), -1)
    return [str(names[i]) for i in present], group


def curves_of(material: Material, group: np.ndarray, n_groups: int) -> Curves:
    """Sum cohorts into groups.

    Parameters
    ----------
    material : Material
    group : ndarray of int, shape (cells,)
        Group of each cell, -1 for none.
    n_groups : int
    """
    key = (n_groups, group.tobytes())
    kept = material.kept.pop(key, None)
    if kept is None:
        kept = _summed(material, group, n_groups)
    material.kept[key] = kept  # the newest last
    while len(material.kept) > KEPT:
        material.kept.pop(next(iter(material.kept)))
    return kept


def _summed(material: Material, group: np.ndarray, n_groups: int) -> Curves:
    rows = np.flatnonzero(group >= 0)

    def summed(values: np.ndarray) -> np.ndarray:
        out = np.zeros((n_groups, *values.shape[1:]))
        np.add.at(out, group[rows], values[rows])
        return out

    ages, draws = material.ages, material.facts.draws
    predicted = np.zeros((n_groups, len(ages), draws), dtype=np.float32)
    for block in material.predicted:
        # row by row: each fits the processor's cache, and no block is copied to be filtered
        for row, of in zip(block.curves, group[block.rows], strict=True):
            if of >= 0:
                predicted[of, block.start :] += row
    return Curves(
        ages,
        summed(material.customers_of),
        summed(material.observed),
        predicted,
        summed(material.reached),
    )


def at_age(curves: Curves, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Totals by an age: observed, shape (groups,), and observed plus predicted, (groups, draws).

    Exact at the ages that are kept; in between, the contribution of the days of a step is taken
    to come in evenly.
    """
    i, part = _place(curves.ages, horizon)
    observed, predicted = curves.observed[:, i], curves.predicted[:, i].astype(float)
    if part > 0.0:
        observed = observed + part * (curves.observed[:, i + 1] - observed)
        predicted = predicted + part * (curves.predicted[:, i + 1] - predicted)
    return observed, observed[:, None] + predicted


def totals_at(
    material: Material, group: np.ndarray, n_groups: int, horizon: int, assumptions: Assumptions
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum cohorts into groups at one age alone: for many groups, of which no curve is wanted.

    Returns
    -------
    customers, observed : ndarray, shape (groups,)
    total : ndarray, shape (groups, draws)
        Observed plus predicted contribution by the age, in currency.
    """
    i, part = _place(material.ages, horizon)
    rows = np.flatnonzero(group >= 0)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(group[rows], weights=values[rows], minlength=n_groups)

    def at(values: np.ndarray) -> np.ndarray:
        here = values[:, i]
        return here if part == 0.0 else here + part * (values[:, i + 1] - here)

    predicted = np.zeros((n_groups, material.facts.draws))
    for block in material.predicted:
        of = group[block.rows]
        inside = np.flatnonzero(of >= 0)
        first = i - block.start
        if not len(inside) or first + (part > 0.0) < 0:
            continue
        here = block.curves[inside, first] if first >= 0 else np.zeros((len(inside), 1))
        if part > 0.0:
            here = here + part * (block.curves[inside, first + 1] - here)
        order = np.argsort(of[inside], kind="stable")
        names, starts = np.unique(of[inside][order], return_index=True)
        predicted[names] += np.add.reduceat(here[order].astype(float), starts, axis=0)
    margin = 1.0 + assumptions.margin_change
    observed = summed(at(material.observed)) * margin
    ahead = margin * (1.0 + assumptions.retention_change)
    customers = summed(material.customers_of)
    return customers, observed, observed[:, None] + ahead * predicted


def _place(ages: np.ndarray, horizon: int) -> tuple[int, float]:
    """Last of `ages` not above the horizon, and how far the horizon is on the way to the next."""
    i = int(np.searchsorted(ages, horizon, side="right")) - 1
    if ages[i] == horizon:
        return i, 0.0
    return i, float(horizon - ages[i]) / float(ages[i + 1] - ages[i])


def interval_columns(
    draws: np.ndarray, prefix: str, interval: float, *, middle: bool = False
) -> dict[str, np.ndarray]:
    """Mean and the ends of a central interval over the last axis of (rows, draws).

    Infinite draws keep their rank; a mean over them is infinite.
    """
    tail = (1.0 - interval) / 2.0
    levels = [tail, 1.0 - tail]
    method = "linear" if np.isfinite(draws).all() else "inverted_cdf"
    low, high = np.quantile(draws, levels, axis=-1, method=method)  # type: ignore[call-overload]
    columns = {
        f"{prefix}_mean": draws.mean(axis=-1),
        f"{prefix}_low": low,
        f"{prefix}_high": high,
    }
    if middle:
        half = np.quantile(draws, [0.25, 0.5, 0.75], axis=-1, method=method)  # type: ignore[call-overload]
        columns |= dict(zip((f"{prefix}_q{q}" for q in (25, 50, 75)), half, strict=True))
    return columns


def payback(curves: Curves, cac: np.ndarray) -> np.ndarray:
    """First age at which cumulative contribution per customer covers CAC, in days.

    Parameters
    ----------
    curves : Curves
    cac : ndarray, shape (groups, draws) or (groups, 1)
        In currency per customer; NaN where nothing was spent.

    Returns
    -------
    ndarray, shape (groups, draws)
        Read off at weekly ages, as in the report, in between evenly; infinite where a year is not
        enough; NaN without CAC.
    """
    keep = (curves.ages % _WEEK == 0) | (curves.ages == _YEAR)
    each = (curves.observed[:, keep, None] + curves.predicted[:, keep]) / curves.customers[
        :, None, None
    ]
    return payback_days(each, curves.ages[keep], cac)


def payback_columns(days: np.ndarray, interval: float) -> dict[str, np.ndarray]:
    """Median and interval of payback in days, and the chance that a year is enough.

    The mean of a payback that may never come is infinite; the median says more.
    """
    tail = (1.0 - interval) / 2.0
    paid = ~np.isnan(days).any(axis=-1)
    known = np.where(paid[:, None], days, 0.0)
    # as in the report: "lower" interpolation where draws are infinite, and for every median
    method = "linear" if paid.all() and np.isfinite(days).all() else "inverted_cdf"
    low, high = np.quantile(known, [tail, 1.0 - tail], axis=-1, method=method)  # type: ignore[call-overload]
    middle = np.quantile(known, 0.5, axis=-1, method="inverted_cdf")
    finite = np.isfinite(known).mean(axis=-1)
    columns = {
        "payback_days_median": middle,
        "payback_days_low": low,
        "payback_days_high": high,
        "p_payback_12m": finite,
    }
    return {name: np.where(paid, values, np.nan) for name, values in columns.items()}
