"""Customers as the compiled passes over draws take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.fit import Fit
from workbench.models.histories import day_number
from workbench.value.parameters import Parameters

__all__ = ["GROUP_COLUMNS", "LaidOut", "lay_out"]

GROUP_COLUMNS = ["channel", "first_product", "first_month"]
"""Columns of a cohort, whatever of them is modelled."""


@dataclass(frozen=True)
class LaidOut:
    """Customers in arrays.

    Attributes
    ----------
    groups : DataFrame
        Cohorts with their number of customers, sorted.
    group : ndarray of int, shape (customers,)
        Row of `groups` of each customer.
    columns : dict of str to ndarray
        By customer: cell, ratio_group, group, first, last (days from the calendar's start),
        repeats and spend (mean a repeat day, 0 without), in the order that the passes take.
    pace, spend_pace : ndarray, shape (draws, groups)
        Factors after the as-of date on purchase rates and on net revenue per purchase day: the
        common pace and a cohort's departure.
    """

    groups: pd.DataFrame
    group: np.ndarray
    columns: dict[str, np.ndarray]
    pace: np.ndarray
    spend_pace: np.ndarray


def lay_out(fit: Fit, parameters: Parameters, customers: pd.DataFrame, seed: int) -> LaidOut:
    """Lay out customers, and draw how cohorts depart from the common pace.

    Parameters
    ----------
    fit : Fit
        Fitted on the same `customers`, in the same order.
    parameters : Parameters
    customers : DataFrame
        The warehouse's customer table.
    seed : int
        The same seed gives the same departures, whatever is asked of the customers.
    """
    grouped = customers.groupby(GROUP_COLUMNS, sort=True)
    groups = grouped.size().rename("customers").reset_index()
    group = grouped.ngroup().to_numpy()
    data, start = fit.data, fit.data.calendar.start

    def paced(common: np.ndarray, spread: np.ndarray, stream: int) -> np.ndarray:
        shape = (parameters.n_draws, len(groups))
        departure = np.random.default_rng([seed, stream]).normal(size=shape)
        return np.asarray(common[:, None] * np.exp(spread[:, None] * departure))

    margins = data.margins
    nobody = np.zeros(len(data.cell), dtype=np.int64)
    columns = {
        "cell": data.cell,
        "ratio_group": nobody if margins is None else margins.group_of_cell[data.cell],
        "group": group,
        "first": day_number(customers["first_day"], start),
        "last": day_number(customers["last_day"], start),
        "repeats": customers["repeat_days"].to_numpy(dtype=np.int64),
        "spend": customers["mean_repeat_revenue"].fillna(0.0).to_numpy(float).clip(min=0.0),
    }
    return LaidOut(
        groups,
        group,
        columns,
        paced(parameters.pace, parameters.pace_spread, 19),
        paced(parameters.spend_pace, parameters.spend_pace_spread, 29),
    )
