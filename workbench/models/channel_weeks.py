"""Spend and new customers by channel and week: what the response to spend is learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from workbench.errors import InputError, ModelError, Problem
from workbench.sources.channel_names import UNASSIGNED

__all__ = ["FEWEST_WEEKS", "ChannelWeeks", "channel_weeks"]

FEWEST_WEEKS = 8
"""Full weeks below which no response is fitted: level and drift alone take as many."""
_UNKNOWN = "Unknown"


@dataclass(frozen=True)
class ChannelWeeks:
    """Weekly spend and counted new customers; weeks are seven days ending with `end`.

    Attributes
    ----------
    starts : DatetimeIndex, length weeks
        First day of each week; the last ends on `end`, so that every week is full.
    channels : list of str
        Channels with spend in these weeks, sorted.
    spend : ndarray, shape (weeks, channels)
        Currency a week.
    customers : ndarray, shape (weeks, channels)
        New customers whose first order is counted under the channel.
    unpaid : ndarray, shape (weeks,)
        New customers of channels without spend, those of unknown channel left out: a part of
        them are paid channels' customers whose source was lost.
    unpaid_channels : list of str
        Channels with customers and no spend: they have no budget.
    coarse : ndarray of bool, shape (channels,)
        Channels whose spend came by week or month and was spread over days: its movement within
        the period is not observed.
    left_out : dict of str to int
        What was not used, and how many rows, weeks or customers.
    """

    starts: pd.DatetimeIndex
    channels: list[str]
    spend: np.ndarray
    customers: np.ndarray
    unpaid: np.ndarray
    unpaid_channels: list[str]
    coarse: np.ndarray
    left_out: dict[str, int]

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return len(self.starts)

    @property
    def end(self) -> date:
        """Last day of the last week."""
        return (self.starts[-1] + pd.Timedelta(days=6)).date()


def channel_weeks(
    spend: pd.DataFrame, customers: pd.DataFrame, as_of: date, *, weeks: int = 104
) -> ChannelWeeks:
    """Add up spend and new customers by channel and full week.

    The last week ends on the as-of date, or on the last day with spend if that is earlier: days
    that an export does not cover are not days without spend. In the same way the first week
    starts where both spend and customers are seen.

    Parameters
    ----------
    spend : DataFrame
        Canonical spend rows: date, channel, spend and, if known, daily.
    customers : DataFrame
        The warehouse's customer table: channel, first_day.
    as_of : date
        Last day of observation.
    weeks : int
        Most recent weeks kept.

    Raises
    ------
    InputError
        If columns are missing or ``weeks`` is too small.
    ModelError
        Without any spend, or with fewer than `FEWEST_WEEKS` full weeks.
    """
    _require(spend, customers, weeks)
    rows, left_out = _usable(spend, pd.Timestamp(as_of))
    if rows.empty:
        raise ModelError(
            "No channel has spend up to the as-of date, so there is no budget to divide. Add the "
            "ad platforms' exports under `sources: spend` in brand.yaml."
        )
    won = customers[["channel", "first_day"]].copy()
    won["first_day"] = pd.to_datetime(won["first_day"])
    won["channel"] = won["channel"].astype(str)
    won = won[won["first_day"] <= pd.Timestamp(as_of)]
    end = min(pd.Timestamp(as_of), rows["date"].max())
    begin = rows["date"].min()
    if len(won):
        begin = max(begin, won["first_day"].min())
    count = min(((end - begin).days + 1) // 7, weeks)
    if count < FEWEST_WEEKS:
        raise ModelError(
            f"Only {max(count, 0)} full weeks have both spend and customers; a response to spend "
            f"needs {FEWEST_WEEKS}, and says little before some 26. Export spend from further back."
        )
    starts = pd.date_range(end=end - pd.Timedelta(days=6), periods=count, freq="7D")
    money = _by_week(rows, "date", starts, rows["spend"])
    people = _by_week(won, "first_day", starts, pd.Series(1.0, index=won.index))
    channels = sorted(name for name in money.columns if money[name].sum() > 0)
    others = sorted(set(people.columns) - set(channels))
    unpaid = [name for name in others if name != _UNKNOWN]
    if _UNKNOWN in others:
        left_out["new customers of unknown channel"] = int(people[_UNKNOWN].sum())
    paid_rows = rows[rows["date"] >= starts[0]]
    coarse_spend = paid_rows[~paid_rows["daily"]].groupby("channel")["spend"].sum()
    paid = money[channels]
    idle = int((paid == 0).sum().sum())
    if idle:
        left_out["channel-weeks without spend"] = idle
    return ChannelWeeks(
        starts=starts,
        channels=channels,
        spend=paid.to_numpy(dtype=float),
        customers=people.reindex(columns=channels, fill_value=0.0).to_numpy(dtype=float),
        unpaid=people[unpaid].sum(axis=1).to_numpy(dtype=float),
        unpaid_channels=unpaid,
        coarse=(coarse_spend.reindex(channels).fillna(0.0) > 0.5 * paid.sum()).to_numpy(),
        left_out=left_out,
    )


def _require(spend: pd.DataFrame, customers: pd.DataFrame, weeks: int) -> None:
    problems = [
        Problem(f"column {name!r} is missing", where, ", ".join(map(str, table.columns)))
        for where, table, names in (
            ("spend", spend, ("date", "channel", "spend")),
            ("customers", customers, ("channel", "first_day")),
        )
        for name in names
        if name not in table
    ]
    if weeks < FEWEST_WEEKS:
        problems.append(Problem(f"{weeks} weeks are too few", "weeks", f"at least {FEWEST_WEEKS}"))
    if problems:
        raise InputError(problems, "The response to spend cannot be prepared")


def _usable(spend: pd.DataFrame, as_of: pd.Timestamp) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows with a day, a channel and an amount above zero, and counts of the others."""
    rows = pd.DataFrame(
        {
            "date": pd.to_datetime(spend["date"]),
            "channel": spend["channel"].astype("str"),
            "spend": pd.to_numeric(spend["spend"], errors="coerce"),
            "daily": spend["daily"].astype(bool) if "daily" in spend else True,
        }
    )
    named = spend["channel"].notna() & (rows["channel"] != "")
    tests = {
        "spend rows that name no channel": rows["channel"] == UNASSIGNED,
        "spend rows after the as-of date": rows["date"] > as_of,
        "spend rows without a day, channel or amount": rows["date"].isna()
        | ~named
        | ~np.isfinite(rows["spend"]),
        "spend rows below zero": rows["spend"] < 0,
    }
    keep = pd.Series(True, index=rows.index)
    left_out: dict[str, int] = {}
    for words, wrong in tests.items():
        count = int((keep & wrong).sum())
        if count:
            left_out[words] = count
        keep &= ~wrong
    return rows[keep & (rows["spend"] > 0)], left_out


def _by_week(
    rows: pd.DataFrame, day: str, starts: pd.DatetimeIndex, amount: pd.Series
) -> pd.DataFrame:
    """Sum of an amount, one row per week and one column per channel."""
    week = (rows[day] - starts[0]).dt.days // 7
    inside = (week >= 0) & (week < len(starts))
    sums = amount[inside].groupby([week[inside], rows["channel"][inside]]).sum()
    return sums.unstack(fill_value=0.0).reindex(range(len(starts)), fill_value=0.0)
