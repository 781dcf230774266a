"""One customer's story: what they bought, whether they are active, what is still expected."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.explorer.answers.common import noted
from workbench.explorer.levels import level_columns
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.explorer.view import View

__all__ = ["customer_answer", "order_answer"]

_YEAR = 365
TIERS = ((0.10, "top 10%"), (0.30, "next 20%"), (0.60, "middle 30%"), (1.0, "last 40%"))
"""Tiers by contribution expected in the next 12 months: share of customers down to each."""


def order_answer(material: Material, view: View) -> pd.DataFrame | Sentence:
    """Orders of the customer in view: all observed.

    Returns
    -------
    DataFrame or Sentence
        order (1 is the first), day, age_days (from the first purchase day), revenue,
        contribution, contribution_to_date (currency; NaN in a log without money).
    """
    at = material.position(view.customer)
    if at is None:
        return _nobody(material, view)
    who = material.orders["customer"].to_numpy()
    rows = material.orders.iloc[slice(*np.searchsorted(who, [at, at + 1]))]
    first = pd.Timestamp(material.facts.as_of) - pd.Timedelta(
        days=int(material.customers["age_days"].iloc[at])
    )
    table = pd.DataFrame(
        {
            "order": np.arange(1, len(rows) + 1),
            "day": rows["day"].to_numpy(),
            "age_days": (rows["day"] - first).dt.days.to_numpy(),
            "revenue": rows["revenue"].to_numpy(),
            "contribution": rows["contribution"].to_numpy(),
            "contribution_to_date": rows["contribution"].cumsum().to_numpy(),
        }
    )
    return noted(table, material, View())


def customer_answer(material: Material, view: View) -> pd.DataFrame | Sentence:
    """What is known and expected of the customer in view.

    Returns
    -------
    DataFrame or Sentence
        One row: customer_id, channel, first_product, first_month, age_days, orders and
        contribution_to_date (observed, currency), p_active (probability to be still active),
        value_12m_mean, value_12m_low, value_12m_high (first order to day 365, chance of single
        purchases included), next_12m_mean and next_12m_orders (expected in the 365 days after the
        as-of date), next_order_date (median if active; NaT beyond a year), segment (new, active,
        lapsing, lapsed), tier (`TIERS`, by next_12m_mean among all customers), basis. The view's
        interval applies, its horizon and assumptions do not.
    """
    at = material.position(view.customer)
    if at is None:
        return _nobody(material, view)
    scores = material.customers
    row = scores.iloc[[at]].reset_index(drop=True)
    # past a year all is observed and the quantiles of what comes are 0
    observed = float(row["value_12m_mean"].iloc[0] - row["future_mean"].iloc[0])
    low, high = level_columns(row, "future", view.interval)
    expected = scores["next_12m_mean" if material.facts.has_money else "next_12m_orders"]
    rank = float((expected > expected.iloc[at]).mean())
    told = {
        name: row[name]
        for name in (
            "customer_id", "channel", "first_product", "first_month", "age_days", "orders",
            "contribution_to_date",
        )
    }  # fmt: skip
    told |= {
        "p_active": row["p_alive"],
        "value_12m_mean": row["value_12m_mean"],
        "value_12m_low": observed + low,
        "value_12m_high": observed + high,
        "next_12m_mean": row["next_12m_mean"],
        "next_12m_orders": row["next_12m_orders"],
        "next_order_date": row["next_order_date"],
        "segment": row["segment"],
        "tier": next(name for share, name in TIERS if rank < share),
        "basis": "observed" if int(row["age_days"].iloc[0]) >= _YEAR else "observed + predicted",
    }
    notes = [
        "Value counts from the first order to day 365, the chance of single purchases included.",
        "Expected over the next 12 months is counted from the as-of date, a mean over what is "
        "not known of this customer.",
    ]
    return noted(pd.DataFrame(told), material, View(), notes)


def _nobody(material: Material, view: View) -> Sentence:
    if not view.customer:
        return Sentence("No customer is chosen. Give the id of a customer, as in the order export.")
    return Sentence(
        "No customer of this id had bought by the as-of date. Ids are those of the order export; "
        f"{len(material.customers):,} are known."
    )
