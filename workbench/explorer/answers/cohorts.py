"""The cohort heat map: value by first-purchase month and age, channel or first product."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from workbench.explorer.answers.common import basis, noted, refused
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.explorer.sums import curves_of, groups_of, interval_columns, totals_at
from workbench.explorer.view import View

__all__ = ["cohort_answer"]

_MONTH = 30


def cohort_answer(
    material: Material,
    view: View,
    across: Literal["age_days", "channel", "first_product"] = "age_days",
) -> pd.DataFrame | Sentence:
    """Value per customer by first-purchase month and, across, age or a dimension.

    Parameters
    ----------
    material : Material
    view : View
    across : {"age_days", "channel", "first_product"}
        Ages are every 30 days to the horizon.

    Returns
    -------
    DataFrame or Sentence
        first_month, `across`, customers, value_mean, value_low, value_high (currency per customer
        to the age, or to the horizon), observed_share (of the customers that have reached the age;
        of the expected value, observed, where across is a dimension), basis. With across
        "channel", at the default view, the report's `channel_months.csv`.
    """
    why = refused(material, view)
    if why is not None:
        return why
    if across == "age_days":
        return _by_age(material, view.change(by="first_month"))
    mask = material.chosen(view.filters)
    keys = material.cells[["first_month", across]]
    grouped = keys[mask].groupby(["first_month", across], sort=True)
    names = grouped.size().reset_index()[["first_month", across]]
    group = np.full(len(mask), -1, dtype=np.int64)
    group[mask] = grouped.ngroup().to_numpy()
    n, observed, total = totals_at(material, group, len(names), view.horizon, view.assumptions)
    expected = total.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(expected != 0, observed / expected, np.nan)
    table = names.assign(
        customers=n.astype(int),
        **interval_columns(total / n[:, None], "value", view.interval),
        observed_share=share,
        basis=basis(share),
    )
    return noted(table, material, view)


def _by_age(material: Material, view: View) -> pd.DataFrame:
    names, group = groups_of(material, view)
    curves = curves_of(material, group, len(names)).under(view.assumptions)
    ages = curves.ages
    at = np.flatnonzero((ages <= view.horizon) & ((ages % _MONTH == 0) | (ages == ages[-1])))
    n = curves.customers[:, None]
    value = (curves.observed[:, at, None] + curves.predicted[:, at]) / n[:, :, None]
    reached = (curves.reached[:, at] / n).ravel()
    table = pd.DataFrame(
        {
            "first_month": np.repeat(names, len(at)),
            "age_days": np.tile(ages[at], len(names)),
            "customers": np.repeat(curves.customers.astype(int), len(at)),
            **interval_columns(value.reshape(len(reached), -1), "value", view.interval),
            "observed_share": reached,
            "basis": basis(reached),
        }
    )
    return noted(table, material, view)
