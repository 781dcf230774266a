"""Calendar time: purchases run on a clock that ticks faster in season.

The purchase rate of a customer on calendar day d is their own rate times the intensity m(d) that
all customers share. Measured on operational time, the running sum of m, the process is the plain
one again, so every formula of the purchase model holds with t_x and T read off this clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

DAYS_PER_WEEK = 7.0


@dataclass(frozen=True)
class Calendar:
    """Days of observation, with the month each belongs to.

    Attributes
    ----------
    start, end : date
        First customer's first day; as-of date (included).
    period : ndarray of int, shape (days,)
        Calendar month of each day, counted from the month of `start`.
    month_of_year : ndarray of int, shape (periods,)
        0 = January, for each calendar month.
    """

    start: date
    end: date
    period: np.ndarray
    month_of_year: np.ndarray

    @property
    def n_days(self) -> int:
        """Number of days observed, first and last included."""
        return len(self.period)

    @property
    def n_periods(self) -> int:
        """Number of calendar months touched."""
        return len(self.month_of_year)


def make_calendar(start: date, end: date) -> Calendar:
    """Build the calendar from the first day to the as-of date, both included."""
    days = pd.date_range(start, end, freq="D")
    absolute = days.year.to_numpy() * 12 + days.month.to_numpy() - 1
    period = (absolute - absolute[0]).astype(np.int64)
    months = (absolute[0] + np.arange(period[-1] + 1)) % 12
    return Calendar(start=start, end=end, period=period, month_of_year=months.astype(np.int64))


def clock(log_intensity: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Operational time at the end of each day, in weeks.

    Parameters
    ----------
    log_intensity : ndarray, shape (..., periods)
        Log of the shared intensity by calendar month.
    period : ndarray of int, shape (days,)
        Calendar month of each day.

    Returns
    -------
    ndarray, shape (..., days)
        Running sum of the daily intensities, in operational weeks.
    """
    return np.cumsum(np.exp(log_intensity)[..., period], axis=-1) / DAYS_PER_WEEK


def future_log_intensity(
    season: np.ndarray, sd_period: np.ndarray, months: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw the intensities of calendar months that have not happened yet.

    Parameters
    ----------
    season : ndarray, shape (draws, 12)
        Log season by month of the year.
    sd_period : ndarray, shape (draws,)
        How much a single month departs from its season, log scale.
    months : ndarray of int
        Month of the year of each future period.
    rng : Generator

    Returns
    -------
    ndarray, shape (draws, len(months))
    """
    noise = rng.normal(size=(len(sd_period), len(months))) * sd_period[:, None]
    return season[:, months] + noise
