"""The buying process of a simulated brand: who arrives when, buys how often, leaves when.

Purchases follow the MBG/NBD story (Batislam, Denizel and Filiztekin 2007,
doi:10.1016/j.ijresmar.2006.12.005): while active, a customer buys at a rate drawn from a Gamma
distribution; after every order, the first included, the customer leaves for good with a probability
drawn from a Beta distribution. The calendar enters as operational time: a season m(t) with mean 1
multiplies every rate, so that purchases happen at unit speed in M(t), the integral of m.

Times are in days since the first day of the history, in the shop's own clock; the integer part is
the day. Money is added in :mod:`workbench.simulate.money`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.simulate.settings import BrandSettings

__all__ = [
    "HORIZON_DAYS",
    "Calendar",
    "Population",
    "draw_customers",
    "draw_population",
    "draw_purchases",
]

HORIZON_DAYS = 365
"""Age of a customer, in days, up to which orders count as 12-month value (inclusive)."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Calendar:
    """Day by day: the calendar month, the season and operational time.

    Attributes
    ----------
    dates : array of datetime64[D]
        From the first day of the history to a year and a day after the as-of date.
    season : array of float
        m(t) of each day; its mean over 365 days from the start is 1.
    operational : array of float, one longer
        M at the start of each day and at the end of the last.
    """

    dates: npt.NDArray[np.datetime64]
    season: Floats
    operational: Floats

    @classmethod
    def of(cls, settings: BrandSettings) -> Calendar:
        """Return the calendar of a brand."""
        end = settings.as_of + timedelta(days=HORIZON_DAYS + 2)
        dates = np.arange(np.datetime64(settings.start, "D"), np.datetime64(end, "D"))
        season = by_month(settings.buying.season, dates)
        season = season / season[:365].mean()
        return cls(dates, season, np.concatenate([[0.0], season.cumsum()]))

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.dates)

    def to_operational(self, time: Floats) -> Floats:
        """Return operational time M(t) of a time in days."""
        return np.interp(time, np.arange(self.days + 1.0), self.operational)

    def to_days(self, operational: Floats) -> Floats:
        """Return the time in days of an operational time."""
        return np.interp(operational, self.operational, np.arange(self.days + 1.0))


def by_month(values: tuple[float, ...], dates: npt.NDArray[np.datetime64]) -> Floats:
    """Return the value of each date's calendar month; `values` start with January."""
    month = dates.astype("datetime64[M]").astype(np.int64) % 12
    return np.asarray(values, dtype=float)[month]


@dataclass(frozen=True)
class Population:
    """The true parameters of one brand: settings plus what the seed decides.

    Attributes
    ----------
    month_rate, month_dropout : array of float, one per first-purchase month
        Random walks with mean 0 on log rate and logit dropout.
    product_mix : array, channel x product
        Probability of the first product, given the channel.
    plan : array, day x channel
        Expected new customers, up to a factor.
    spend_plan : array, day x channel
        Ad spend per day before daily noise, up to a factor per channel.
    """

    settings: BrandSettings
    month_rate: Floats
    month_dropout: Floats
    product_mix: Floats
    plan: Floats
    spend_plan: Floats

    def mean_rate(self, channel: Ints, product: Ints, month: Ints) -> Floats:
        """Return the mean purchase rate r/alpha of cohorts, purchases a day while active."""
        buying = self.settings.buying
        return buying.mean_rate * np.exp(
            _effect(self.settings.channels, "rate")[channel]
            + _effect(self.settings.products, "rate")[product]
            + self.month_rate[month]
        )

    def mean_dropout(self, channel: Ints, product: Ints, month: Ints) -> Floats:
        """Return the mean dropout probability a/(a+b) of cohorts."""
        buying = self.settings.buying
        logit = (
            np.log(buying.mean_dropout / (1 - buying.mean_dropout))
            + _effect(self.settings.channels, "dropout")[channel]
            + _effect(self.settings.products, "dropout")[product]
            + self.month_dropout[month]
        )
        return 1 / (1 + np.exp(-logit))

    def mean_order_value(self, channel: Ints, product: Ints) -> Floats:
        """Return the mean value of repeat orders of cohorts, in currency."""
        return self.settings.spending.mean_order_value * np.exp(
            _effect(self.settings.channels, "order_value")[channel]
            + _effect(self.settings.products, "order_value")[product]
        )


def _effect(items: tuple[object, ...], name: str) -> Floats:
    return np.array([getattr(item, name) for item in items], dtype=float)


def draw_population(settings: BrandSettings, seed: int) -> Population:
    """Draw what differs between two brands of the same settings."""
    random = settings.generator(seed, "population")
    months = len(settings.months)
    walks = []
    for step in (settings.buying.month_rate_step, settings.buying.month_dropout_step):
        walk = random.normal(0.0, step, months).cumsum()
        walks.append(walk - walk.mean())

    weights = _effect(settings.products, "share") * np.exp(
        random.normal(0.0, settings.product_tilt, (len(settings.channels), len(settings.products)))
    )
    mix = weights / weights.sum(axis=1, keepdims=True)

    days = settings.days
    dates = np.datetime64(settings.start, "D") + np.arange(days)
    growth = settings.growth ** (np.arange(days) / days)
    trend = growth * by_month(settings.acquisition_season, dates)
    weekday = np.array([1.0, 0.97, 0.96, 0.98, 1.05, 1.08, 1.06])  # a Thursday first: the epoch
    trend = trend * weekday[dates.astype(np.int64) % 7]

    weeks = np.arange(days) // 7
    swing = random.normal(0.0, settings.spend_swing, (weeks[-1] + 1, len(settings.channels)))[weeks]
    shares = _effect(settings.channels, "share")
    return Population(
        settings=settings,
        month_rate=walks[0],
        month_dropout=walks[1],
        product_mix=mix,
        plan=trend[:, None] * shares / shares.sum() * np.exp(settings.response * swing),
        spend_plan=trend[:, None] * np.exp(swing),
    )


def draw_customers(population: Population, seed: int) -> pd.DataFrame:
    """Draw the customers of a brand, in order of arrival.

    Returns
    -------
    pandas.DataFrame
        One row per customer; index `customer`. Columns channel, product, month (positions in the
        settings), first_day, first_time (days since the start), rate (purchases per operational
        day while active), dropout (probability of leaving after an order).
    """
    settings = population.settings
    random = settings.generator(seed, "customers")
    channels = len(settings.channels)

    plan = population.plan.ravel()
    cells = random.choice(plan.size, size=settings.customers, p=plan / plan.sum())
    cells.sort()
    first_day, channel = np.divmod(cells, channels)
    first_time = first_day + random.random(settings.customers)
    order = np.argsort(first_time, kind="stable")
    first_day, channel, first_time = first_day[order], channel[order], first_time[order]

    cumulative = population.product_mix.cumsum(axis=1)[channel]
    drawn = (random.random(settings.customers)[:, None] > cumulative).sum(axis=1)
    product = np.minimum(drawn, len(settings.products) - 1)
    dates = np.datetime64(settings.start, "D") + first_day
    month = dates.astype("datetime64[M]").astype(np.int64)
    month = month - np.datetime64(settings.start, "M").astype(np.int64)

    shape = settings.buying.rate_shape
    rate = random.standard_gamma(shape, settings.customers) / shape
    mean_dropout = population.mean_dropout(channel, product, month)
    concentration = settings.buying.dropout_concentration
    return pd.DataFrame(
        {
            "channel": channel,
            "product": product,
            "month": month,
            "first_day": first_day,
            "first_time": first_time,
            "rate": rate * population.mean_rate(channel, product, month),
            "dropout": random.beta(
                concentration * mean_dropout, concentration * (1 - mean_dropout)
            ),
        }
    ).rename_axis(index="customer")


def draw_purchases(
    customers: pd.DataFrame, calendar: Calendar, random: np.random.Generator
) -> pd.DataFrame:
    """Draw every purchase of every customer, to the end of the calendar.

    Returns
    -------
    pandas.DataFrame
        One row per purchase, sorted by time. Columns customer, number (0 is the first), time, day.
    """
    active = customers.index.to_numpy()
    rate, dropout = customers["rate"].to_numpy(), customers["dropout"].to_numpy()
    time = customers["first_time"].to_numpy()
    now = calendar.to_operational(time)
    end = calendar.operational[-1]

    found = [(active, np.zeros(len(active), dtype=np.int64), time)]
    number = 0
    while len(active):
        number += 1
        active = active[random.random(len(active)) >= dropout[active]]
        now[active] += random.standard_exponential(len(active)) / rate[active]
        active = active[now[active] < end]
        found.append((active, np.full(len(active), number), calendar.to_days(now[active])))

    columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    purchases = pd.DataFrame(dict(zip(("customer", "number", "time"), columns, strict=True)))
    purchases["day"] = purchases["time"].astype(np.int64)
    return purchases.sort_values(["time", "customer"], kind="stable", ignore_index=True)
