"""Shops that come from the model's own prior, day by day: see `tests/benchmarks/bench_sbc.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from workbench.models.calendar import clock
from workbench.models.data import ModelData, prepare
from workbench.models.histories import _counts
from workbench.models.prior_draws import by_cell, prior_draws
from workbench.models.priors import Priors
from workbench.models.spend_data import compress_spend
from workbench.value.parameters import HORIZON

PRIORS = Priors(log_rate=(-3.4, 0.3), logit_dropout=(-1.0, 0.6), shape=(0.2, 0.35))
"""Mean rate 1.1 to 2.8 orders a year while active, mean dropout 12 to 50%, r 0.7 to 2.2 (90%)."""
START, AS_OF = date(2025, 1, 6), date(2025, 8, 20)
COHORTS = ("channel", "first_product", "first_month")
CHANNELS, PRODUCTS = ("Email", "Meta Ads"), ("Cups", "Tea")
CHANNEL, PRODUCT = CHANNELS[0], PRODUCTS[0]
AHEAD = 180
"""Days after the as-of date in which the cohort's orders are counted."""


@dataclass(frozen=True)
class Shop:
    """A simulated shop: its customer and daily tables, and what cannot be seen in them.

    `purchases` and `last` (customers) and `by_day` count every purchase and place the last one at
    its moment, in days: the process itself, of which the tables hold purchase days.
    """

    customers: pd.DataFrame
    daily: pd.DataFrame
    truth: dict[str, np.ndarray]
    future: np.ndarray
    later_orders: int
    merged: float
    purchases: np.ndarray
    last: np.ndarray
    by_day: np.ndarray


def newcomers(rng: np.random.Generator, typical: int) -> pd.DataFrame:
    """Draw who comes when from where, 0.8 to 1.2 times `typical`; the model takes it as given."""
    n = int(rng.integers(typical * 4 // 5, typical * 6 // 5 + 1))
    days = (AS_OF - START).days
    offset = rng.integers(0, days - 14, n)
    offset[0] = 0
    first = pd.Timestamp(START) + pd.to_timedelta(offset, unit="D")
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i:05d}" for i in range(n)],
            "channel": rng.choice(CHANNELS, n, p=[0.45, 0.55]),
            "first_product": rng.choice(PRODUCTS, n, p=[0.5, 0.5]),
            "first_month": first.strftime("%Y-%m"),
            "first_day": first,
            "age_days": days - offset,
        }
    )
    return frame.assign(first_revenue=1.0, first_contribution=1.0, revenue=1.0)


def with_purchases(base: pd.DataFrame, last: np.ndarray, repeats: np.ndarray, mean: np.ndarray):
    """Return the customer table with what these customers bought."""
    revenue = np.nan_to_num(mean * repeats)
    return base.assign(
        last_day=pd.Timestamp(START) + pd.to_timedelta(last, unit="D"),
        repeat_days=repeats,
        mean_repeat_revenue=mean,
        repeat_revenue=revenue,
        repeat_contribution=revenue,
    )


def as_data(customers: pd.DataFrame, daily: pd.DataFrame, own_scale: bool) -> ModelData:
    """Return what the product's `prepare` makes of the tables, amounts on the prior's scale."""
    data = prepare(customers, daily, as_of=AS_OF, cohorts=COHORTS)
    if own_scale or data.spend is None:
        return data
    bought = customers["repeat_days"].to_numpy() > 0
    spend = compress_spend(
        data.cell[bought],
        customers["repeat_days"].to_numpy()[bought],
        customers["mean_repeat_revenue"].to_numpy()[bought],
        len(data.design.cells),
    )
    return replace(data, spend=spend, spend_scale=1.0)


def skeleton(base: pd.DataFrame) -> ModelData:
    """Return data with this design and calendar and arbitrary purchases, to draw the prior for."""
    age = base["age_days"].to_numpy()
    first = (AS_OF - START).days - age
    customers = with_purchases(base, first + 1, np.ones(len(base), int), np.ones(len(base)))
    days = pd.Timestamp(START) + pd.to_timedelta(first + 1, unit="D")
    daily = days.value_counts().rename_axis("day").rename("repeat_days").reset_index()
    return as_data(customers, daily, own_scale=False)


def true_clock(
    truth: dict[str, np.ndarray], data: ModelData, rng: np.random.Generator
) -> np.ndarray:
    """Operational time at the end of each day, to `HORIZON` days after the as-of date, in weeks.

    Departures of months to come are independent, as the forecast has them.
    """
    days = pd.date_range(data.calendar.start, periods=data.calendar.n_days + HORIZON)
    period = (days.year - days[0].year).to_numpy() * 12 + days.month.to_numpy() - days[0].month
    month = (days[0].month - 1 + np.arange(period[-1] + 1)) % 12
    new = rng.normal(0.0, truth["sd_period"], period[-1] + 1 - data.calendar.n_periods)
    intensity = truth["season"][month] + np.concatenate([truth["departure"], new])
    return clock(intensity, period)


def simulate_shop(rng: np.random.Generator, typical: int = 500) -> Shop:
    """Draw parameters from the prior and a shop of some `typical` customers from them."""
    base = newcomers(rng, typical)
    data = skeleton(base)
    truth = {name: values[0] for name, values in prior_draws(data, PRIORS, 1, rng).items()}
    running = true_clock(truth, data, rng)
    log_rate, logit_drop, log_spend = by_cell(truth, data.design)[:, data.cell]
    n, n_days = len(base), data.calendar.n_days
    rate = rng.gamma(truth["r"], np.exp(log_rate) / truth["r"])
    drop = 1.0 / (1.0 + np.exp(-logit_drop))
    leave = rng.beta(truth["kappa"] * drop, truth["kappa"] * (1.0 - drop))
    nu = rng.gamma(truth["q"], truth["p"] / (np.exp(log_spend) * (truth["q"] - 1.0)))
    first = n_days - 1 - base["age_days"].to_numpy()
    limit = n_days - 1 + AHEAD
    last, repeats, mean = first.copy(), np.zeros(n, int), np.full(n, np.nan)
    seen, made, lost, later = [], 0, 0, 0
    purchases, moment, every = repeats.copy(), first.astype(float), []
    cohort = ((base["channel"] == CHANNEL) & (base["first_product"] == PRODUCT)).to_numpy()
    for i in range(n):
        t, days, times = running[first[i]], [], []
        while rng.random() >= leave[i]:
            t += rng.exponential(1.0 / rate[i])
            if t > running[limit]:
                break
            days.append(int(np.searchsorted(running, t)))
            times.append(t)
        known = [day for day in days if day < n_days]
        if known:
            # the moment of the last purchase before the as-of date's end, as a fraction of its day
            purchases[i], begin = len(known), running[known[-1] - 1]
            moment[i] = (
                known[-1] - 1 + (times[len(known) - 1] - begin) / (running[known[-1]] - begin)
            )
            every += known
        distinct = sorted(set(days))
        made, lost = made + len(days), lost + len(days) - len(distinct)
        past = [day for day in distinct if day < n_days]
        later += (len(distinct) - len(past)) * bool(cohort[i])
        seen += past
        if past:
            last[i], repeats[i] = past[-1], len(past)
            mean[i] = rng.gamma(truth["p"], 1.0 / nu[i], len(past)).mean()
    counts = np.bincount(np.array(seen, int), minlength=n_days)
    daily = pd.DataFrame({"day": pd.date_range(START, AS_OF), "repeat_days": counts})
    future = running[n_days - 1 :] - running[n_days - 1]
    bought = with_purchases(base, last, repeats, mean)
    by_day = np.bincount(np.array(every, int), minlength=n_days)
    return Shop(bought, daily, truth, future, later, lost / max(made, 1), purchases, moment, by_day)


def as_process(shop: Shop, data: ModelData) -> ModelData:
    """Exchange purchase days for the purchases themselves, one row a customer."""
    first = (shop.customers["first_day"] - pd.Timestamp(START)).dt.days.to_numpy(float)
    counts, start, above = _counts(shop.purchases, data.cell, len(data.design.cells))
    order = np.lexsort((shop.purchases, data.cell))
    histories = replace(
        data.histories,
        cell=data.cell[order].astype(np.int64),
        first=first[order],
        last=shop.last[order],
        repeats=shop.purchases[order].astype(np.int64),
        weight=np.ones(len(order)),
        above=counts[::-1].cumsum()[::-1][1:].astype(float),
        cell_start=start,
        cell_above=above,
    )
    repeats = np.bincount(data.calendar.period, shop.by_day, data.calendar.n_periods)
    return replace(data, histories=histories, repeats_by_period=repeats)
