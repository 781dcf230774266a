"""Which customers a channel is judged on: those won in the last twelve months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd


@dataclass(frozen=True)
class AcquisitionWindow:
    """Calendar months whose new customers, and whose spend, are compared.

    Attributes
    ----------
    months : tuple of str
        "2026-01", ...; the last is the as-of date's own month, in part if the date is.
    start, end : date
        First and last day of spend.
    """

    months: tuple[str, ...]
    start: date
    end: date


def newest_day(customers: pd.DataFrame) -> date:
    """First purchase day by which all but the last hundredth of the customers had been won.

    A handful who came long after a shop stopped to acquire are no year's customers.
    """
    days = customers["first_day"].sort_values()
    return days.iloc[int(0.99 * (len(days) - 1))].date()


def acquisition_window(
    as_of: date, first_day: date, newest: date | None = None
) -> AcquisitionWindow:
    """Twelve calendar months ending with that of `as_of`, or all there are.

    Parameters
    ----------
    as_of : date
        Last day of observation.
    first_day : date
        First customer's first day.
    newest : date, optional
        Of `newest_day`. Where next to nobody was won in the twelve months to `as_of`, the
        window ends with this day's month: a shop that stopped to acquire is judged on those it
        won last.
    """
    last = pd.Period(as_of, "M")
    if newest is not None:
        won = pd.Period(newest, "M")
        last = won if won < last - 11 else last
    months = pd.period_range(max(last - 11, pd.Period(first_day, "M")), last, freq="M")
    start = max(months[0].start_time.date(), first_day)
    end = min(months[-1].end_time.date(), as_of)
    return AcquisitionWindow(tuple(months.astype(str)), start, end)
