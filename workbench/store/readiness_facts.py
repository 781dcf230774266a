"""What the readiness checks look at, what they hold it against, and how they speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from workbench.checks import NOT_APPLICABLE, Check, Status

if TYPE_CHECKING:
    from workbench.brand import Brand
    from workbench.sources import Exports
    from workbench.store.warehouse import Warehouse

__all__ = [
    "Facts",
    "Thresholds",
    "count",
    "grade",
    "listed",
    "opening",
    "percent",
    "undecided",
    "unneeded",
]


@dataclass(frozen=True)
class Thresholds:
    """Bounds of the readiness checks.

    A pair is (REVIEW from, FAIL from) unless said otherwise. They are conventions of this
    project, set so that REVIEW costs a reader a minute and FAIL means that the figure in question
    would mislead.

    Parameters
    ----------
    history_days : (int, int)
        Below the first FAIL, below the second REVIEW: days from the first order to the as-of
        date. 90 days are the least that shows a repeat rate, 365 the least that shows a year.
    year_customers : int
        REVIEW below this many customers observed for a whole year.
    first_month_excess : (float, float)
        New customers of the first 30 days over a usual 30 days.
    gap_days, gap_orders : (int, int), (float, float)
        Days without any order, and orders expected in them; both must be reached.
    regular_share : (float, float)
        Share of frequent buyers who buy at near-constant intervals; random buying shows up to 5%.
    regular_buyers : int
        Frequent buyers needed to tell.
    customers, repeat_buyers : int
        REVIEW below; FAIL at one customer, at no repeat buyer.
    cohort_size : int
        A cohort below it says little by itself.
    small_cohorts : float
        REVIEW from this share of cohorts below `cohort_size`; FAIL when all are.
    guests, unknown_channel : (float, float)
        Share of new customers.
    repeated_rows, alike_orders : float, (float, float)
        Dropped repeats and kept look-alikes as a share of the orders.
    giant_multiple : float
        Times the median order that make an order giant.
    giant_revenue, zero_orders : (float, float)
        Share of revenue in giant orders; share of orders that leave no revenue.
    missing_amounts : float
        REVIEW from this share of rows left out for want of an amount.
    refund_days : (int, int)
        Orders of the last days (recent) and those older than the second (mature).
    refund_lag : (float, float)
        Refunded share of mature minus recent orders, of gross revenue.
    margin : (float, float)
        REVIEW above the first, FAIL at or below the second: contribution over revenue.
    unmatched : (float, float)
        Share of spend in channel-months without customers, of paid customers in months without
        spend.
    claims : (float, float)
        Purchases claimed by a platform over new customers of the channel.
    claims_customers : int
        New customers that a channel needs for the factor to be judged.
    spread_spend : float
        REVIEW from this share of spend without a day of its own.
    """

    history_days: tuple[int, int] = (90, 365)
    year_customers: int = 100
    first_month_excess: tuple[float, float] = (1.5, 3.0)
    gap_days: tuple[int, int] = (4, 28)
    gap_orders: tuple[float, float] = (10.0, 30.0)
    regular_share: tuple[float, float] = (0.25, 0.6)
    regular_buyers: int = 50
    customers: int = 300
    repeat_buyers: int = 50
    cohort_size: int = 30
    small_cohorts: float = 0.5
    guests: tuple[float, float] = (0.1, 0.5)
    unknown_channel: tuple[float, float] = (0.1, 0.5)
    repeated_rows: float = 0.2
    alike_orders: tuple[float, float] = (0.001, 0.2)
    giant_multiple: float = 20.0
    giant_revenue: tuple[float, float] = (0.02, 0.5)
    zero_orders: tuple[float, float] = (0.1, 0.5)
    missing_amounts: float = 0.001
    refund_days: tuple[int, int] = (30, 60)
    refund_lag: tuple[float, float] = (0.01, 0.15)
    margin: tuple[float, float] = (0.9, 0.0)
    unmatched: tuple[float, float] = (0.02, 0.5)
    claims: tuple[float, float] = (1.5, 10.0)
    claims_customers: int = 30
    spread_spend: float = 0.01


@dataclass(frozen=True)
class Facts:
    """Everything that the checks read, up to the as-of date."""

    brand: Brand
    exports: Exports
    warehouse: Warehouse
    as_of: date

    @cached_property
    def customers(self) -> pd.DataFrame:
        """`Warehouse.customers`."""
        return self.warehouse.customers(self.as_of)

    @cached_property
    def daily(self) -> pd.DataFrame:
        """`Warehouse.daily`."""
        return self.warehouse.daily(self.as_of)

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Day, revenue, refund and currency of the orders up to the as-of date."""
        orders = self.exports.amounts
        return orders[orders["day"] <= pd.Timestamp(self.as_of)]

    @cached_property
    def spend(self) -> pd.DataFrame:
        """Canonical spend up to the as-of date, with `month` as in the customer table."""
        spend = self.exports.spend
        spend = spend[spend["date"] <= pd.Timestamp(self.as_of)]
        return spend.assign(month=spend["date"].dt.strftime("%Y-%m"))

    @property
    def has_money(self) -> bool:
        """Whether the log has amounts."""
        return self.warehouse.has_money

    def log_count(self, pattern: str) -> int:
        """Return how many things the readers of orders logged under words that match."""
        log = self.exports.log
        of_orders = log["source"].isin(["orders", "shopify"])
        return int(log.loc[of_orders & log["what"].str.contains(pattern), "count"].sum())


def grade(value: float, bounds: tuple[float, float]) -> Status:
    """Return PASS below the first bound, REVIEW from it on, FAIL from the second on."""
    review, fail = bounds
    if value >= fail:
        return Status.FAIL
    return Status.REVIEW if value >= review else Status.PASS


def unneeded(name: str, threshold: str, why: str) -> Check:
    """Return the answer of a check that this brand does not need."""
    return Check(name, Status.PASS, None, threshold, f"{NOT_APPLICABLE}{why}", "")


def undecided(name: str, threshold: str, why: str, recommendation: str) -> Check:
    """Return the answer of a check whose data is absent: never a PASS."""
    message = f"Could not be checked: {why}"
    return Check(name, Status.REVIEW, None, threshold, message, recommendation)


def percent(share: float) -> str:
    """Return a share in words; one that is not 0 or 1 never reads 0% or 100%."""
    if 0 < share < 0.01:
        return "less than 1%"
    if 0.99 < share < 1:
        return "more than 99%"
    return f"{share:.0%}"


def opening(share: float) -> str:
    """Return `percent` for the start of a sentence."""
    return percent(share).capitalize()


def count(number: int, thing: str) -> str:
    """Return a number with its noun, e.g. ``"1 order"``, ``"2,300 orders"``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def listed(names: list[str], most: int = 4) -> str:
    """Return names as a list in words, the rest counted."""
    shown = names[:most]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shown) + more
