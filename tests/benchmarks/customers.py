"""Customer tables of any size for benchmarks, drawn from the model's own story.

Customers buy at gamma distributed rates on a clock that runs with the season and may drop out after
each purchase (MBG/NBD); channel, first product and first month shift rate, dropout and spend. All
steps are array operations, so that a million customers take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit, logit

AS_OF = date(2026, 6, 30)
COHORTS = ("channel", "first_product", "first_month")

MEAN_RATE = 2.0 / 365
"""Purchases a day while active."""
RATE_SHAPE, MEAN_DROPOUT, KAPPA = 0.8, 0.36, 2.5
TYPICAL_SPEND, SPEND_P, SPEND_Q = 60.0, 3.0, 4.0
FIRST_REVENUE, CONTRIBUTION = 60.0, 0.5
"""Revenue of a first order, and contribution per revenue."""
SD_CHANNEL, SD_PRODUCT, SD_MONTH_STEP, SD_SEASON, SD_DEPARTURE = 0.25, 0.2, 0.03, 0.12, 0.05


@dataclass(frozen=True)
class Purchases:
    """What customers did after their first day.

    Attributes
    ----------
    repeats, last : ndarray of int, shape (customers,)
        Repeat purchase days, and the last purchase day.
    by_day : ndarray, shape (days,)
        Repeat purchase days of all customers on each day.
    """

    repeats: np.ndarray
    last: np.ndarray
    by_day: np.ndarray


def _centred(effects: np.ndarray) -> np.ndarray:
    """Effects around zero, so that shops of all seeds are alike on the whole."""
    return effects - effects.mean(axis=0)


def buy(
    rng: np.random.Generator,
    first: np.ndarray,
    rate: np.ndarray,
    leave: np.ndarray,
    clock: np.ndarray,
) -> Purchases:
    """Run the process of all customers side by side, one purchase of each at a time."""
    repeats, last, time = np.zeros(len(first), dtype=np.int64), first.copy(), clock[first]
    by_day = np.zeros(len(clock))
    active = np.flatnonzero(rng.random(len(first)) >= leave)
    while len(active):
        time[active] += rng.exponential(1 / rate[active])
        active = active[time[active] <= clock[-1]]
        day = np.searchsorted(clock, time[active])
        new = day > last[active]
        bought, on = active[new], day[new]
        repeats[bought] += 1
        last[bought] = on
        by_day += np.bincount(on, minlength=len(clock))
        active = active[rng.random(len(active)) >= leave[active]]
    return Purchases(repeats, last, by_day)


def simulate_customers(
    n: int, seed: int = 1, channels: int = 6, products: int = 5, months: int = 24
) -> tuple[pd.DataFrame, pd.DataFrame, date]:
    """Draw the customers of a growing shop; about a third of them buy again.

    Parameters
    ----------
    n : int
        Customers.
    seed : int
    channels, products, months : int
        Levels of the cohort dimensions; the last month is that of the as-of date.

    Returns
    -------
    customers, daily : DataFrame
        As `Warehouse.customers` and `Warehouse.daily` give them.
    as_of : date
    """
    rng = np.random.default_rng(seed)
    end = pd.Timestamp(AS_OF)
    dates = pd.date_range((end.to_period("M") - months + 1).to_timestamp(), end)
    month_names = dates.strftime("%Y-%m").to_numpy()
    month = (dates.year - dates[0].year).to_numpy() * 12 + (dates.month - dates[0].month).to_numpy()

    channel = rng.choice(channels, n, p=rng.dirichlet(np.full(channels, 8.0)))
    product = rng.choice(products, n, p=rng.dirichlet(np.full(products, 8.0)))
    growth = np.linspace(1, 2, len(dates))
    first = rng.choice(len(dates), n, p=growth / growth.sum())
    effect = (
        _centred(rng.normal(0, SD_CHANNEL, (channels, 3)))[channel]
        + _centred(rng.normal(0, SD_PRODUCT, (products, 3)))[product]
        + _centred(rng.normal(0, SD_MONTH_STEP, (months, 3)).cumsum(axis=0))[month[first]]
    )
    season = _centred(rng.normal(0, SD_SEASON, 12))[dates.month.to_numpy() - 1]
    clock = np.cumsum(np.exp(season + rng.normal(0, SD_DEPARTURE, months)[month]))

    rate = rng.gamma(RATE_SHAPE, MEAN_RATE / RATE_SHAPE * np.exp(effect[:, 0]))
    dropout = expit(logit(MEAN_DROPOUT) + effect[:, 1])
    leave = np.maximum(rng.beta(KAPPA * dropout, KAPPA * (1 - dropout)), 1e-12)
    done = buy(rng, first, np.maximum(rate, 1e-12), leave, clock)

    some = np.maximum(done.repeats, 1)
    spend = rng.gamma(some * SPEND_P) / (some * rng.gamma(SPEND_Q, 1.0, n))
    mean_revenue = np.where(done.repeats > 0, spend * TYPICAL_SPEND * np.exp(effect[:, 2]), np.nan)
    repeat_revenue = np.nan_to_num(mean_revenue) * done.repeats
    customers = pd.DataFrame(
        {
            "customer_id": np.arange(n).astype(str),
            "channel": np.array([f"Channel {i}" for i in range(channels)])[channel],
            "first_product": np.array([f"Product {i}" for i in range(products)])[product],
            "first_month": month_names[first],
            "first_day": dates[first],
            "last_day": dates[done.last],
            "repeat_days": done.repeats,
            "recency_days": done.last - first,
            "age_days": len(dates) - 1 - first,
            "mean_repeat_revenue": mean_revenue,
            "repeat_revenue": repeat_revenue,
            "repeat_contribution": repeat_revenue * CONTRIBUTION,
            "first_revenue": FIRST_REVENUE,
            "first_contribution": FIRST_REVENUE * CONTRIBUTION,
            "revenue": FIRST_REVENUE + repeat_revenue,
            "contribution": (FIRST_REVENUE + repeat_revenue) * CONTRIBUTION,
        }
    )
    return customers, pd.DataFrame({"day": dates, "repeat_days": done.by_day}), AS_OF
