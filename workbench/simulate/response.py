"""Shops whose response to spend is known: spend and new customers by day, and the truth behind.

The truth is not the model that is fitted. Curves are Hill curves, demand has a yearly season with
a peak before Christmas, a trend and shocks, planners spend more when they expect more demand, and
some channels never change their spend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["ResponseShop", "simulate_response"]


@dataclass(frozen=True)
class ResponseShop:
    """A simulated shop and its truth.

    Attributes
    ----------
    spend : DataFrame
        date, channel, spend, daily: canonical rows.
    customers : DataFrame
        channel, first_day: one row per new customer.
    end : Timestamp
        Last day.
    channels : list of str
        Channels with spend, sorted.
    base : ndarray, shape (channels,)
        Spend a week around which the channel's spend moves, in currency.
    volume : ndarray, shape (channels,)
        Counted customers a week at base spend and mean demand.
    hill, half : ndarray, shape (channels,)
        Hill exponent (at most 1: concave) and half-saturation spend, currency a week.
    incremental : ndarray, shape (channels,)
        Share of counted customers that spend caused.
    value : ndarray, shape (channels,)
        12-month value of a customer, currency.
    ahead : ndarray, shape (channels,)
        Mean demand of the `horizon` weeks after the last, relative to mean demand 1.
    """

    spend: pd.DataFrame
    customers: pd.DataFrame
    end: pd.Timestamp
    channels: list[str]
    base: np.ndarray
    volume: np.ndarray
    hill: np.ndarray
    half: np.ndarray
    incremental: np.ndarray
    value: np.ndarray
    ahead: np.ndarray

    def counted(self, spend: np.ndarray) -> np.ndarray:
        """Expected counted customers a week at a weekly spend, mean of the weeks ahead."""
        return self.ahead * self.volume * _hill(spend, self.hill, self.half, self.base)

    def elasticity(self, spend: np.ndarray) -> np.ndarray:
        """True elasticity of counted customers at a weekly spend."""
        part = (np.asarray(spend) / self.half) ** self.hill
        return self.hill / (1.0 + part)

    def profit(self, spend: np.ndarray) -> float:
        """Expected True Profit of what spend caused, currency a week of the weeks ahead."""
        return float((self.counted(spend) * self.incremental * self.value - spend).sum())


def _hill(spend: np.ndarray, hill: np.ndarray, half: np.ndarray, base: np.ndarray) -> np.ndarray:
    at = np.asarray(spend) ** hill
    return at / (at + half**hill) * (base**hill + half**hill) / base**hill


def simulate_response(
    seed: int,
    *,
    channels: int = 6,
    weeks: int = 104,
    horizon: int = 13,
    volume: float = 60.0,
    constant: int = 1,
    swing: float = 0.25,
    planning: float = 0.5,
    incremental: tuple[float, float] = (0.8, 0.2),
    end: str = "2026-06-30",
) -> ResponseShop:
    """Draw a shop.

    Parameters
    ----------
    seed : int
    channels : int
        With spend; one more without ("Direct").
    weeks : int
        Weeks before and including `end`.
    horizon : int
        Weeks ahead that the truth is asked for.
    volume : float
        Median counted customers a week of a channel.
    constant : int
        Channels that spend the same every week.
    swing : float
        Median sd of the log of the others' spend, each its own.
    planning : float
        Elasticity of planned spend to expected demand, all channels alike.
    incremental : tuple of float
        Mean and sd of the share of counted customers that spend caused (gamma).
    end : str
        Last day.
    """
    rng = np.random.default_rng([seed, 41])
    last = pd.Timestamp(end)
    days = pd.date_range(end=last, periods=7 * weeks, freq="D")
    elasticity = 1.0 / (1.0 + np.exp(-rng.normal(0.4, 0.7, channels)))
    hill = elasticity + (1.0 - elasticity) * rng.uniform(0.2, 0.9, channels)
    size = volume * rng.lognormal(0.0, 0.6, channels)
    value = rng.lognormal(np.log(100.0), 0.3, channels)
    cac = value * rng.lognormal(np.log(0.45), 0.45, channels)
    base = size * cac
    half = base * (elasticity / (hill - elasticity)) ** (1.0 / hill)
    mean, sd = incremental
    share = rng.gamma((mean / sd) ** 2, sd**2 / mean, channels)

    demand, drift = _demand(rng, days[-1], weeks, horizon, channels)
    now = slice(0, weeks)
    wave = rng.normal(size=(weeks, channels))
    for t in range(1, weeks):
        wave[t] = 0.6 * wave[t - 1] + 0.8 * wave[t]
    swings = (
        swing
        * rng.lognormal(0.0, 0.4, channels)
        * np.where(np.arange(channels) < constant, 0.0, 1.0)
    )
    moves = planning * (np.arange(channels) >= constant)
    expected = np.log(demand[now]) + rng.normal(0.0, 0.05, weeks)
    weekly = base * np.exp(wave * swings + expected[:, None] * moves)
    mu = size * _hill(weekly, hill, half, base) * demand[now, None] * drift[now]
    over = rng.lognormal(-4.5, 0.6, channels)
    counts = rng.poisson(mu * rng.gamma(1.0 / over, over, (weeks, channels)))
    direct = rng.poisson(volume * demand[now] * rng.gamma(100.0, 0.01, weeks))

    names = [f"Channel {chr(65 + i)}" for i in range(channels)]
    spend = pd.DataFrame(
        {
            "date": np.repeat(days, channels),
            "channel": np.tile(names, len(days)),
            "spend": np.repeat(weekly / 7.0, 7, axis=0).ravel(),
            "daily": True,
        }
    )
    table = np.column_stack([counts, direct])
    week, channel = np.indices(table.shape).reshape(2, -1)
    week, channel = np.repeat(week, table.ravel()), np.repeat(channel, table.ravel())
    won = pd.DataFrame(
        {
            "channel": np.array([*names, "Direct"])[channel],
            "first_day": days.to_numpy()[7 * week + rng.integers(0, 7, len(week))],
        }
    )
    ahead = (demand[weeks:, None] * drift[weeks:]).mean(axis=0)
    return ResponseShop(spend, won, last, names, base, size, hill, half, share, value, ahead)


def _demand(
    rng: np.random.Generator, last: pd.Timestamp, weeks: int, horizon: int, channels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Demand of all weeks, shape (weeks + horizon,), and each channel's own drift."""
    total = weeks + horizon
    start = last - pd.Timedelta(days=7 * weeks - 1)
    day = (start + pd.to_timedelta(7 * np.arange(total), unit="D")).day_of_year.to_numpy()
    season = 0.12 * np.cos(2 * np.pi * (day - 330) / 365.25)
    season += 0.35 * np.exp(-0.5 * ((day - 332) / 9.0) ** 2)
    trend = rng.normal(0.0, 0.12) * np.arange(total) / 52.0
    shocks = rng.normal(0.0, 0.06, total)
    demand = np.exp(season + trend + np.cumsum(rng.normal(0.0, 0.015, total)) + shocks)
    own = np.cumsum(rng.normal(0.0, 0.02, (total, channels)), axis=0)
    return demand / demand[:weeks].mean(), np.exp(own - own[:weeks].mean(axis=0))
