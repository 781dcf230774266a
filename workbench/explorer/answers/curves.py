"""Cumulative value by customer age, and when it has paid back what the customers cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.explorer.answers.common import (
    SAME_COST,
    basis,
    noted,
    refused,
    spend_of,
    split_note,
)
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.explorer.sums import (
    at_age,
    curves_of,
    groups_of,
    interval_columns,
    payback,
    payback_columns,
)
from workbench.explorer.view import View

__all__ = ["curve_answer", "payback_answer"]

_WEEK, _YEAR = 7, 365


def curve_answer(material: Material, view: View) -> pd.DataFrame | Sentence:
    """Cumulative contribution per customer by age; at the default view the report's `curves.csv`.

    Returns
    -------
    DataFrame or Sentence
        A row per group and age (weekly, and the horizon): the dimension of `view.by`, age_days,
        value_mean, value_low, value_high (currency per customer, purchase randomness included),
        observed_share (share of the group's customers that have reached the age), customers, cac
        (currency; NaN unless split by channel, where it is that of `channel_answer`), basis.
    """
    why = refused(material, view)
    if why is not None:
        return why
    names, group = groups_of(material, view)
    curves = curves_of(material, group, len(names)).under(view.assumptions)
    ages = curves.ages
    drawn = np.flatnonzero((ages <= view.horizon) & ((ages % _WEEK == 0) | (ages == _YEAR)))
    n = curves.customers[:, None]
    value = (curves.observed[:, drawn, None] + curves.predicted[:, drawn]) / n[:, :, None]
    reached = curves.reached[:, drawn] / n
    shown = ages[drawn]
    if shown[-1] != view.horizon:
        last = at_age(curves, view.horizon)[1] / n
        value = np.concatenate([value, last[:, None, :]], axis=1)
        older = np.searchsorted(ages, view.horizon)  # ages of customers are not kept day by day
        reached = np.concatenate([reached, curves.reached[:, [older]] / n], axis=1)
        shown = np.append(shown, view.horizon)
    cac = np.full(len(names), np.nan)
    if view.by == "channel":
        paid = spend_of(material, view.filters, group, len(names))
        cac = paid.cac.mean(axis=1) * (1.0 + view.assumptions.cac_change)
    each = len(shown)
    flat = value.reshape(len(names) * each, -1)
    columns = {
        view.by: np.repeat(names, each),
        "age_days": np.tile(shown, len(names)),
        **interval_columns(flat, "value", view.interval),
        "observed_share": reached.ravel(),
        "customers": np.repeat(curves.customers.astype(int), each),
        "cac": np.repeat(cac, each),
        "basis": basis(reached.ravel()),
    }
    return noted(pd.DataFrame(columns), material, view)


def payback_answer(material: Material, view: View) -> pd.DataFrame | Sentence:
    """When customers of channels with spend have paid back what they cost, by group.

    Returns
    -------
    DataFrame or Sentence
        The dimension of `view.by`, customers (of channels with spend only), spend, cac (currency),
        payback_days_median, payback_days_low, payback_days_high (infinite where a year is not
        enough), p_payback_12m. Groups without spend are left out and named in the notes.
    """
    why = refused(material, view)
    if why is not None:
        return why
    names, group = groups_of(material, view)
    monthly = view.by == "first_month"
    paid = spend_of(material, view.filters, group, len(names), monthly=monthly)
    known = np.flatnonzero(paid.customers > 0)
    if not len(known):
        return Sentence(
            "No money was spent on these customers as far as the exports tell, so there is "
            "nothing to pay back. Add spend exports, or choose a channel with spend."
        )
    place = np.full(len(names) + 1, -1)  # the last for cells that are left out
    place[known] = np.arange(len(known))
    curves = curves_of(material, np.where(paid.paid, place[group], -1), len(known))
    cac = paid.cac[known] * (1.0 + view.assumptions.cac_change)
    days = payback(curves.under(view.assumptions), cac)
    table = pd.DataFrame(
        {
            view.by: [names[i] for i in known],
            "customers": curves.customers.astype(int),
            "spend": paid.spend[known] * (1.0 + view.assumptions.cac_change),
            "cac": cac.mean(axis=1),
            **payback_columns(days, view.interval),
        }
    )
    notes = [
        split_note(material),
        f"Counted are customers of channels with spend. {SAME_COST}"
        if view.by != "channel" or "first_product" in view.filters
        else "",
        f"Without spend, left out: {', '.join(n for i, n in enumerate(names) if i not in known)}."
        if len(known) < len(names)
        else "",
    ]
    return noted(table, material, view, notes)
