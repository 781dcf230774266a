"""Which customers a channel is judged on: those won in the twelve months to the as-of date."""

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


def acquisition_window(as_of: date, first_day: date) -> AcquisitionWindow:
    """Twelve calendar months ending with that of `as_of`, or all there are."""
    last = pd.Period(as_of, "M")
    months = pd.period_range(max(last - 11, pd.Period(first_day, "M")), last, freq="M")
    start = max(months[0].start_time.date(), first_day)
    return AcquisitionWindow(tuple(months.astype(str)), start, as_of)
