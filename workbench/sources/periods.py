"""Which days a row of an ad report covers, and spreading a row over them.

Reports come by day, by week, by month or for their whole range. Only a brand that asks for it
(``options: {spread: true}``) has a longer period spread evenly over its days, and such rows are
marked ``daily = False``: no daily model may take them for observed days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.frames import LogRow
from workbench.sources.tabular import Table, rows_of, to_date

if TYPE_CHECKING:
    from workbench.brand import SourceSpec

__all__ = ["PERIOD_COLUMNS", "Periods", "on_days", "periods_of"]

PERIOD_COLUMNS = ("date", "week", "month", "starts", "ends")
"""Canonical names of the columns that tell a row's days, best first."""
_HINT = (
    "export again with a breakdown by day; or, to spread each amount evenly over its days, "
    "set in brand.yaml under the source: options: {spread: true}"
)


@dataclass(frozen=True)
class Periods:
    """First and last day of every row, and the grain that the file has.

    Attributes
    ----------
    start, end : Series of datetime64
        Both days included.
    grain : {"day", "week", "month", "range"}
    """

    start: pd.Series[Any]
    end: pd.Series[Any]
    grain: str


def periods_of(table: Table, covered: tuple[pd.Timestamp, pd.Timestamp] | None = None) -> Periods:
    """Return the days that each row covers.

    Parameters
    ----------
    table : Table
        With some of `PERIOD_COLUMNS`.
    covered : (first day, last day), optional
        Range that the report states above its header: it bounds weeks and months that the
        report cuts, and is the period of rows without any date.

    Raises
    ------
    SourceError
        No date at all, rows without date, or dates that cannot be read.
    """
    where = table.where
    if "date" in table.frame:
        day = _full(table.date("date").dt.normalize(), where("date"))
        return Periods(day, day, "day")
    if "week" in table.frame:
        start = _full(table.date("week").dt.normalize(), where("week"))
        return _cut(Periods(start, start + pd.Timedelta(days=6), "week"), covered)
    if "month" in table.frame:
        start = _full(_months(table), where("month"))
        return _cut(Periods(start, start + pd.offsets.MonthEnd(1), "month"), covered)
    if "starts" in table.frame and "ends" in table.frame:
        start = _full(table.date("starts").dt.normalize(), where("starts"))
        end = _full(table.date("ends").dt.normalize(), where("ends"))
        wrong = end < start
        if wrong.any():
            place = f"{where('ends')}, {rows_of(end.index[wrong])}"
            raise SourceError(Problem("the period ends before it starts", place))
        return Periods(start, end, "day" if bool((start == end).all()) else "range")
    if covered is not None:
        first, last = (pd.Series(day, index=table.frame.index) for day in covered)
        return Periods(first, last, "day" if covered[0] == covered[1] else "range")
    raise SourceError(
        Problem(
            "no column tells the day of a row, and the file states no date range",
            table.file,
            "a column with the day",
            "export again with a breakdown by day",
        )
    )


def _full(dates: pd.Series[Any], where: str) -> pd.Series[Any]:
    lost = dates.isna()
    if lost.any():
        raise SourceError(
            Problem(
                "rows have amounts but no date",
                f"{where}, {rows_of(dates.index[lost])}",
                "a date in every row but the totals",
                "fill in the date, or remove the rows if they are totals",
            )
        )
    return dates


def _months(table: Table) -> pd.Series[Any]:
    """Return the first day of each month: ``2026-09``, ``September 2026`` or a date in it."""
    text = table.text("month").str.replace(r"^(\d{4}-\d{2})$", r"\1-01", regex=True)
    text = text.str.replace(r"^([A-Za-z]{3,9})\.? (\d{4})$", r"1 \1 \2", regex=True)
    days = to_date(text, where=table.where("month"), order=table.date_order)
    return days.dt.to_period("M").dt.to_timestamp()


def _cut(periods: Periods, covered: tuple[pd.Timestamp, pd.Timestamp] | None) -> Periods:
    if covered is None:
        return periods
    first, last = covered
    inside = (periods.end >= first) & (periods.start <= last)
    start = periods.start.where(~inside | (periods.start >= first), first)
    end = periods.end.where(~inside | (periods.end <= last), last)
    return Periods(start, end, periods.grain)


def on_days(
    frame: pd.DataFrame,
    periods: Periods,
    *,
    amounts: Sequence[str],
    spec: SourceSpec,
    file: str,
) -> tuple[pd.DataFrame, list[LogRow]]:
    """Return the rows with `date` and `daily`, spread over their days where the brand says so.

    Parameters
    ----------
    amounts : sequence of str
        Columns that add up over days; each is divided by the number of days of its row.

    Raises
    ------
    SourceError
        Rows cover several days and the brand does not ask to spread them. Weeks and months
        stay at their first day instead.
    """
    days = (periods.end - periods.start).dt.days + 1
    long = days > 1
    if not long.any():
        return frame.assign(date=periods.start, daily=True), []
    wanted = spec.options.get("spread", False)
    if not isinstance(wanted, bool):
        place = f"brand.yaml, {spec.place}"
        raise SourceError(
            Problem(f"option 'spread' has the value {wanted!r}", place, "true, false")
        )
    count = int(long.sum())
    if not wanted and periods.grain == "range":
        raise SourceError(
            Problem(
                f"{count} rows cover several days (up to {int(days.max())}) and no column tells "
                "the day",
                f"{file}, {rows_of(frame.index[long])}",
                "one row per day",
                _HINT,
            )
        )
    if not wanted:
        note = f"kept at the first day of the {periods.grain}: no daily spend; {_HINT}"
        row = LogRow(spec.format, file, f"rows by {periods.grain}", count, note)
        return frame.assign(date=periods.start, daily=False), [row]
    repeat = np.repeat(np.arange(len(frame)), days)
    step = np.arange(len(repeat)) - np.repeat(np.cumsum(days) - days, days)
    spread = frame.iloc[repeat].copy()
    length = days.to_numpy()[repeat]
    for name in amounts:
        spread[name] = spread[name].to_numpy() / length
    spread["date"] = periods.start.to_numpy()[repeat] + step.astype("timedelta64[D]")
    spread["daily"] = length == 1
    note = f"up to {int(days.max())} days; amounts are even over the days, not observed"
    return spread, [LogRow(spec.format, file, "rows spread over their days", count, note)]
