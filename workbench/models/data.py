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
from workbench.models.families import family as purchase_family
from workbench.models.histories import Histories, collapse
from workbench.models.margin import Margins, make_margins
from workbench.models.spend_data import SpendData, compress_spend


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
    spend : SpendData or None
        Mean spends of the customers with repeat revenue; None where there is no such customer.
    spend_scale : float
        Geometric mean of their mean net revenue a repeat day; the model works on spend over
        this, in currency.
    margins : Margins or None
        None where the log holds no money.
    family : {"mbg", "bg", "pareto"}
        Purchase model.
    """

    design: Design
    cell: np.ndarray
    calendar: Calendar
    histories: Histories
    repeats_by_period: np.ndarray
    spend: SpendData | None
    spend_scale: float
    margins: Margins | None
    family: str = "mbg"

    @property
    def has_spend(self) -> bool:
        """Whether any repeat revenue was seen to learn the spend model from."""
        return self.spend is not None


def prepare(
    customers: pd.DataFrame,
    daily: pd.DataFrame,
    *,
    as_of: date,
    cohorts: Sequence[str],
    pooling: str = "partial",
    family: str = "mbg",
    tolerance: float = 0.0,
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
    pooling : {"partial", "complete", "none"}
        How much cohorts learn from each other.
    family : {"mbg", "bg", "pareto"}
        Purchase model.
    tolerance : float
        How far histories may differ and share a row; see `workbench.models.histories`.

    Raises
    ------
    ModelError
        With no customer at all, an impossible history, or a setting that does not exist.
    """
    if customers.empty:
        raise ModelError(
            f"No customer with a purchase on or before {as_of}: there is nothing to learn from. "
            "Check the as-of date and the order export."
        )
    start = customers["first_day"].min().date()
    model = purchase_family(family)
    calendar = make_calendar(start, as_of)
    design, cell = make_design(customers, cohorts, pooling)
    histories = collapse(customers, cell, len(design.cells), calendar, tolerance=tolerance)

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
        spend=compress_spend(
            cell[rows],
            customers["repeat_days"].to_numpy(dtype=np.int64)[rows],
            spend / scale,
            len(design.cells),
        )
        if len(spend)
        else None,
        spend_scale=scale,
        margins=make_margins(customers, design.cells, cell) if has_money else None,
        family=model.name,
    )
