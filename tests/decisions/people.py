"""Customers of any number with everything that audiences ask for, without a fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from tests.benchmarks.customers import COHORTS, simulate_customers
from tests.models.handmade import handmade
from workbench.models.data import prepare
from workbench.models.fit import Fit
from workbench.value.customers import segments
from workbench.value.next_purchase import Outlooks, customer_outlook, make_outlooks
from workbench.value.parameters import make_parameters


@dataclass(frozen=True)
class People:
    """A synthetic customer base on its last day."""

    customers: pd.DataFrame
    values: pd.DataFrame
    outlooks: Outlooks
    fit: Fit
    as_of: date


def people(n: int, *, seed: int = 1, draws: int = 40, months: int = 24) -> People:
    """Draw customers of a growing shop and a posterior that knows their mean behaviour."""
    customers, daily, as_of = simulate_customers(n, seed=seed, months=months)
    year = np.where(customers["age_days"] > 365, 0.7, 1.0) * customers["contribution"]
    customers = customers.assign(orders=customers["repeat_days"] + 1, contribution_12m=year)
    data = prepare(customers, daily, as_of=as_of, cohorts=COHORTS)
    fit = handmade(data, draws=draws, r=0.8, kappa=2.5, level=np.array([-3.25, -0.57, 0.0]))
    parameters = make_parameters(fit, draws=draws, seed=seed)
    outlooks = make_outlooks(fit, parameters, customers, seed=seed)
    ahead = customer_outlook(outlooks)
    mean = year + ahead["next_12m_mean"].to_numpy()
    alive = ahead["p_alive"].to_numpy()
    values = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "segment": segments(customers, alive),
            "p_alive": alive,
            "next_order_date": pd.Timestamp(as_of + timedelta(40)),
            "value_12m_mean": mean,
            "value_12m_q95": mean + 100.0,
            "next_12m_mean": ahead["next_12m_mean"],
        }
    )
    return People(customers, values, outlooks, fit, as_of)


def consents(ids: pd.Series, seed: int = 3) -> pd.DataFrame:
    """Return profiles with a third each of yes, no and unknown."""
    at = np.random.default_rng(seed).integers(0, 3, len(ids))
    told = pd.array([True, False, pd.NA], dtype="boolean").take(at)
    return pd.DataFrame({"customer_id": ids, "consent_email": told, "consent_sms": told})


def no_refunds() -> pd.DataFrame:
    """Return an empty refund history."""
    return pd.DataFrame(
        {
            "customer_id": pd.Series(dtype="str"),
            "orders": pd.Series(dtype=int),
            "refunded_orders": pd.Series(dtype=int),
            "refund_share": pd.Series(dtype=float),
        }
    )
