"""What happened, summed up by day, by age, by month of age and by cohort, as ibis expressions.

Inputs are the customer-days of `workbench.store.customers` and the customer table of the same
as-of date.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from workbench.database import ones
from workbench.store.customers import (
    COHORT,
    NINETY_DAYS,
    TWELVE_MONTHS,
    aged_days,
    first_purchases,
)
from workbench.store.engine import total

__all__ = [
    "BY_AGE",
    "COHORTS",
    "DAILY",
    "MONTH_DAYS",
    "REPEATS_BY_AGE",
    "RETENTION",
    "WINDOW",
    "by_age",
    "by_cohort",
    "by_day",
    "by_month_of_age",
    "first_year",
    "in_window",
    "regularity",
    "repeats_by_age",
]

MONTH_DAYS = 30
"""Length of a month of age in retention, in days: month m covers ages 30 m to 30 m + 29."""

_MONEY = {"revenue": "float64", "contribution": "float64"}
DAILY = {
    "day": "datetime64[us]",
    "new_customers": "int64",
    "repeat_days": "int64",
    "orders": "int64",
    **_MONEY,
}
BY_AGE = {**COHORT, "age_days": "int64", "contribution": "float64", "orders": "int64"}
REPEATS_BY_AGE = {"age_days": "int64", "purchase_days": "int64", **_MONEY}
RETENTION = {
    "first_month": "str",
    "month": "int64",
    "customers": "int64",
    "active": "int64",
    "retention": "float64",
}
WINDOW = {"customer_id": "str", "purchase_days": "int64", **_MONEY}
COHORTS = {
    **COHORT,
    "customers": "int64",
    "customers_90d": "int64",
    "retained_90d": "int64",
    "value_90d_observed": "float64",
    "value_12m_observed": "float64",
    "age_days": "float64",
}
"""Columns of the answers, and their types."""


def by_day(days: ir.Table, as_of: date) -> ir.Table:
    """Return orders, money, first and repeat purchase days per calendar day with any order."""
    seen = days.filter(days.day <= ibis.date(as_of))
    dated = seen.left_join(
        first_purchases(days, as_of).select("customer_id", "first_day"), "customer_id"
    )
    return dated.group_by("day").agg(
        new_customers=ones(dated.is_purchase & (dated.day == dated.first_day)).sum(),
        repeat_days=ones(dated.is_purchase & (dated.day > dated.first_day)).sum(),
        orders=dated.orders.sum(),
        revenue=total(dated.revenue).cast("float64"),
        contribution=total(dated.contribution).cast("float64"),
    )


def by_age(days: ir.Table, customers: ir.Table, as_of: date) -> ir.Table:
    """Return contribution and orders summed over the customers of a cohort at each age."""
    cohort = customers.select("customer_id", "channel", "first_product", "first_month")
    aged = aged_days(days, as_of).select("customer_id", "age", "contribution", "orders")
    aged = aged.inner_join(cohort, "customer_id")
    return aged.group_by("channel", "first_product", "first_month", age_days=aged.age).agg(
        contribution=total(aged.contribution).cast("float64"), orders=aged.orders.sum()
    )


def repeats_by_age(days: ir.Table, as_of: date) -> ir.Table:
    """Return purchase days and money after the first day at each age, over all customers."""
    aged = aged_days(days, as_of)
    aged = aged.filter(aged.age > 0)
    return aged.group_by(age_days=aged.age).agg(
        purchase_days=ones(aged.is_purchase).sum(),
        revenue=total(aged.revenue).cast("float64"),
        contribution=total(aged.contribution).cast("float64"),
    )


def first_year(days: ir.Table, customers: ir.Table, as_of: date) -> ir.Table:
    """Return what customers who have reached age 365 days did by then, as means.

    Returns
    -------
    ibis table
        One row of float64: customers; per customer repeat_share (with a purchase on a later day),
        orders_12m (purchase days, the first included) and value_12m (contribution, currency).
    """
    aged = aged_days(days, as_of)
    within = aged.is_purchase & (aged.age > 0) & (aged.age <= TWELVE_MONTHS)
    repeats = aged.group_by("customer_id").agg(repeats=ones(within).sum())
    old = customers.filter(customers.age_days >= TWELVE_MONTHS)
    old = old.select("customer_id", "contribution_12m").inner_join(repeats, "customer_id")
    return old.agg(
        customers=old.count().cast("float64"),
        repeat_share=ones(old.repeats > 0).cast("float64").mean(),
        orders_12m=1.0 + old.repeats.cast("float64").mean(),
        value_12m=old.contribution_12m.cast("float64").sum() / old.count().nullif(0),
    )


def by_month_of_age(days: ir.Table, customers: ir.Table, as_of: date, months: int) -> ir.Table:
    """Return, per first-purchase month and month of age, who could and who did buy.

    A customer counts in month m only when all of it is observed: age on the as-of date of at
    least 30 m + 29 days.
    """
    whole = ((customers.age_days + 1) / MONTH_DAYS).floor().cast("int64")
    cohort = customers.select("customer_id", "first_month", whole_months=whole)
    grid = ibis.memtable(pa.table({"month": pa.array(range(months), pa.int64())}))
    sizes = cohort.group_by("first_month", "whole_months").agg(number=cohort.count())
    pairs = sizes.cross_join(grid)
    pairs = pairs.filter(pairs.month < pairs.whole_months)
    at_risk = pairs.group_by("first_month", "month").agg(customers=pairs.number.sum())

    bought = aged_days(days, as_of).filter(lambda t: t.is_purchase).select("customer_id", "age")
    bought = bought.inner_join(cohort, "customer_id")
    bought = bought.mutate(month=(bought.age / MONTH_DAYS).floor().cast("int64"))
    bought = bought.filter(bought.month < bought.whole_months)
    active = bought.group_by("first_month", "month").agg(active=bought.customer_id.nunique())

    joined = at_risk.left_join(active, ["first_month", "month"])
    active_customers = joined.active.coalesce(0)
    return joined.select(
        "first_month",
        "month",
        "customers",
        active=active_customers,
        retention=active_customers.cast("float64") / joined.customers,
    )


def in_window(days: ir.Table, start: date, end: date) -> ir.Table:
    """Return what customers acquired by `start` did after it, up to and including `end`."""
    acquired = first_purchases(days, start).select("customer_id")
    window = days.filter(days.day > ibis.date(start), days.day <= ibis.date(end))
    done = window.group_by("customer_id").agg(
        purchase_days=ones(window.is_purchase).sum(),
        revenue=total(window.revenue),
        contribution=total(window.contribution),
    )
    joined = acquired.left_join(done, "customer_id")
    return joined.select(
        "customer_id",
        purchase_days=joined.purchase_days.coalesce(0),
        revenue=joined.revenue.cast("float64"),
        contribution=joined.contribution.cast("float64"),
    )


def regularity(days: ir.Table, as_of: date, *, gaps: int, variation: float) -> ir.Table:
    """Count frequent buyers, and those of them who buy at near-constant intervals.

    Parameters
    ----------
    gaps : int
        Intervals between purchase days that make a buyer frequent.
    variation : float
        Coefficient of variation of the intervals below which they count as constant.

    Returns
    -------
    ibis table
        One row: frequent, regular (customers).
    """
    bought = days.filter(days.day <= ibis.date(as_of), days.is_purchase)
    before = bought.day.lag().over(ibis.window(group_by="customer_id", order_by="day"))
    spans = bought.mutate(gap=bought.day.delta(before, unit="day").cast("float64"))
    of_customer = spans.group_by("customer_id").agg(
        number=spans.gap.count(), mean=spans.gap.mean(), square=(spans.gap * spans.gap).mean()
    )
    often = of_customer.filter(of_customer.number >= gaps)
    constant = often.square / (often.mean * often.mean) - 1.0 < variation**2
    return often.agg(frequent=often.count(), regular=ones(constant).sum().coalesce(0))


def by_cohort(customers: ir.Table, dimensions: tuple[str, ...]) -> ir.Table:
    """Return sizes and observed value per cohort; dimensions that it lacks read "All"."""
    pooled = {
        name: ibis.literal("All")
        for name in ("channel", "first_product", "first_month")
        if name not in dimensions
    }
    table = customers.mutate(**pooled)
    old, year = table.age_days >= NINETY_DAYS, table.age_days >= TWELVE_MONTHS
    sums = table.group_by("channel", "first_product", "first_month").agg(
        customers=table.count(),
        customers_90d=ones(old).sum(),
        customers_12m=ones(year).sum(),
        retained_90d=ones(old & (table.repeat_days_90d > 0)).sum(),
        money_90d=total(table.contribution_90d, where=old),
        money_12m=total(table.contribution_12m, where=year),
        ages=table.age_days.sum(),
    )
    return sums.mutate(
        value_90d_observed=sums.money_90d.cast("float64") / sums.customers_90d.nullif(0),
        value_12m_observed=sums.money_12m.cast("float64") / sums.customers_12m.nullif(0),
        age_days=sums.ages.cast("float64") / sums.customers,
    ).drop("money_90d", "money_12m", "ages", "customers_12m")
