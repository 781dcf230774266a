"""Everything the model learns from, prepared once from the customer table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workbench.errors import ModelError
from workbench.models.calendar import Calendar, make_calendar
from workbench.models.design import Design, make_design
from workbench.models.histories import Histories, collapse
from workbench.models.margin import Margins, make_margins


@dataclass(frozen=True)
class ModelData:
    """Collapsed histories, spend and margins of a brand to its as-of date.

    Attributes
    ----------
    design : Design
    cell : ndarray of int, shape (customers,)
        Cohort cell of each customer, in the order of the customer table.
    calendar : Calendar
    histories : Histories
    repeats_by_period : ndarray, shape (periods,)
        Repeat purchase days of all customers in each calendar month.
    spend_cell, spend_days : ndarray of int; spend_mean : ndarray of float
        Customers with repeat revenue: cell, repeat days, mean net revenue of those days.
    spend_scale : float
        Geometric mean of `spend_mean`; the model works on spend over this, in currency.
    margins : Margins or None
        None where the log holds no money.
    """

    design: Design
    cell: np.ndarray
    calendar: Calendar
    histories: Histories
    repeats_by_period: np.ndarray
    spend_cell: np.ndarray
    spend_days: np.ndarray
    spend_mean: np.ndarray
    spend_scale: float
    margins: Margins | None

    @property
    def has_spend(self) -> bool:
        """Whether any repeat revenue was seen to learn the spend model from."""
        return len(self.spend_mean) > 0


def prepare(
    customers: pd.DataFrame, daily: pd.DataFrame, *, as_of: date, cohorts: Sequence[str]
) -> ModelData:
    """Prepare the model's data.

    Parameters
    ----------
    customers : DataFrame
        One row per customer (`Warehouse.customers`).
    daily : DataFrame
        Per day: `day` and `repeat_days` (`Warehouse.daily`).
    as_of : date
        Last day of observation.
    cohorts : sequence of str
        Cohort dimensions of the brand.

    Raises
    ------
    ModelError
        With no customer at all, or an impossible history.
    """
    if customers.empty:
        raise ModelError(
            f"No customer with a purchase on or before {as_of}: there is nothing to learn from. "
            "Check the as-of date and the order export."
        )
    start = customers["first_day"].min().date()
    calendar = make_calendar(start, as_of)
    design, cell = make_design(customers, cohorts)
    histories = collapse(customers, cell, len(design.cells), start, as_of)

    seen = daily[(daily["day"] >= pd.Timestamp(start)) & (daily["day"] <= pd.Timestamp(as_of))]
    offset = (seen["day"] - pd.Timestamp(start)).dt.days.to_numpy()
    repeats = np.bincount(
        calendar.period[offset], seen["repeat_days"].to_numpy(float), calendar.n_periods
    )
    expected = float((histories.repeats * histories.weight).sum())
    if abs(repeats.sum() - expected) > 0.5:
        raise ModelError(
            f"The daily table counts {repeats.sum():.0f} repeat purchase days, the customer table "
            f"{expected:.0f}. Both must come from the same warehouse and as-of date."
        )

    has_money = bool(customers["revenue"].notna().any())
    paying = (customers["repeat_days"] > 0) & (customers["mean_repeat_revenue"] > 0)
    rows = np.flatnonzero(paying.to_numpy()) if has_money else np.zeros(0, dtype=int)
    spend = customers["mean_repeat_revenue"].to_numpy(dtype=float)[rows]
    if len(spend):
        scale = float(np.exp(np.log(spend).mean()))
    else:
        first = customers["first_revenue"].to_numpy(dtype=float) if has_money else np.ones(1)
        scale = float(np.exp(np.log(first[first > 0]).mean())) if (first > 0).any() else 1.0
    return ModelData(
        design=design,
        cell=cell,
        calendar=calendar,
        histories=histories,
        repeats_by_period=repeats,
        spend_cell=cell[rows],
        spend_days=customers["repeat_days"].to_numpy(dtype=np.int64)[rows],
        spend_mean=spend,
        spend_scale=scale,
        margins=make_margins(customers, design.cells, cell) if has_money else None,
    )
