"""One simulated brand in memory: customers, orders, sources, spend and their true values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.simulate.expectation import expected_value
from workbench.simulate.marketing import draw_spend, draw_visits
from workbench.simulate.money import draw_orders
from workbench.simulate.process import (
    HORIZON_DAYS,
    Calendar,
    Population,
    draw_customers,
    draw_population,
    draw_purchases,
)
from workbench.simulate.settings import BrandSettings

__all__ = ["Simulation", "simulate_process"]


@dataclass(frozen=True)
class Simulation:
    """Everything that is true about a simulated brand, the year after the as-of date included.

    Attributes
    ----------
    customers : pandas.DataFrame
        One row per customer: the columns of :func:`~workbench.simulate.process.draw_customers` and
        tracked (the first order has a source), repeat_90d, repeat_12m (bought again by that age),
        value_90d, value_12m (realised contribution to that age, both ends included),
        value_90d_expected, value_12m_expected (given the cohort only). Currency units.
    orders, visits, spend : pandas.DataFrame
        See :mod:`~workbench.simulate.money` and :mod:`~workbench.simulate.marketing`.
    """

    settings: BrandSettings
    seed: int
    population: Population
    calendar: Calendar
    customers: pd.DataFrame
    orders: pd.DataFrame
    visits: pd.DataFrame
    spend: pd.DataFrame

    @property
    def observed(self) -> npt.NDArray[np.bool_]:
        """Which orders lie on or before the as-of date."""
        return (self.orders["day"] < self.settings.days).to_numpy()

    def dates(self, day: pd.Series) -> pd.Series:
        """Return calendar dates of days since the start."""
        start = np.datetime64(self.settings.start, "D")
        return pd.Series(start + day.to_numpy().astype("timedelta64[D]"), index=day.index)


def simulate_process(settings: BrandSettings, seed: int) -> Simulation:
    """Simulate a brand.

    Parameters
    ----------
    settings : BrandSettings
        The truth; see :func:`workbench.simulate.stages.stage_settings`.
    seed : int
        Not negative. The same settings and seed give the same brand.
    """
    population = draw_population(settings, seed)
    calendar = Calendar.of(settings)
    customers = draw_customers(population, seed)
    purchases = draw_purchases(customers, calendar, settings.generator(seed, "purchases"))
    orders = draw_orders(population, customers, purchases, calendar, seed)
    visits = draw_visits(population, customers, orders, seed)
    spend = draw_spend(population, customers, orders, seed)
    customers = _add_values(customers, orders, visits, population, calendar)
    return Simulation(settings, seed, population, calendar, customers, orders, visits, spend)


def _add_values(
    customers: pd.DataFrame,
    orders: pd.DataFrame,
    visits: pd.DataFrame,
    population: Population,
    calendar: Calendar,
) -> pd.DataFrame:
    real = orders[orders["kind"].isin(["kept", "returned"])]
    age = real["day"] - customers["first_day"].to_numpy()[real["customer"]]
    first = real["number"] == 0
    sources = visits.loc[real.index[first], "source"]
    tracked = pd.Series(sources.to_numpy() != "", index=real.loc[first, "customer"].to_numpy())
    added: dict[str, Any] = {"tracked": tracked.reindex(customers.index)}
    for name, days in (("90d", 90), ("12m", HORIZON_DAYS)):
        within = real[age <= days]
        again = within[(within["number"] > 0) & (age[within.index] > 0)]
        value = within.groupby("customer")["contribution"].sum()
        added[f"repeat_{name}"] = customers.index.isin(again["customer"])
        added[f"value_{name}"] = value.reindex(customers.index)
        added[f"value_{name}_expected"] = expected_value(population, customers, calendar, days)
    return customers.assign(**added)
