"""Customer-days and the customer table, as ibis expressions.

The unit of time is the day in shop time. A *purchase day* is a customer's day whose orders leave
revenue > 0 together, after refunds; in a log without money any order makes one. Less than
`SMALLEST_REVENUE` is what rounding leaves of a full refund, not a purchase. Several orders of
a day are one purchase day, which is what the purchase models of Fader, Hardie and Lee (2005,
doi:10.1287/mksc.1040.0098) count.

Age is the number of days since the first purchase day, which itself has age 0. A customer's
orders before it (all refunded in full, or free) count at age 0: they are what it cost to win the
first purchase. Customers without any purchase day are no customers; their orders appear in the
daily table only.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from workbench.database import ones
from workbench.store.contribution import ALL_PRODUCTS, OTHER, month_of
from workbench.store.engine import total

__all__ = [
    "COHORT",
    "COLUMNS",
    "NINETY_DAYS",
    "SMALLEST_REVENUE",
    "TWELVE_MONTHS",
    "UNKNOWN",
    "aged_days",
    "customer_days",
    "customer_table",
    "first_purchases",
    "named_products",
]

UNKNOWN = "Unknown"
"""Channel of an order whose source could not be resolved."""
SMALLEST_REVENUE = 0.0005
"""Half of the smallest coin of any currency (three decimals), in shop currency."""
NINETY_DAYS, TWELVE_MONTHS = 90, 365
COHORT = {"channel": "str", "first_product": "str", "first_month": "str"}
"""The dimensions of a cohort, and their types."""
COLUMNS = {
    "customer_id": "str",
    **COHORT,
    "first_day": "datetime64[us]",
    "last_day": "datetime64[us]",
    "repeat_days": "int64",
    "recency_days": "int64",
    "age_days": "int64",
    "orders": "int64",
    "revenue": "float64",
    "contribution": "float64",
    "first_revenue": "float64",
    "first_contribution": "float64",
    "mean_repeat_revenue": "float64",
    "repeat_revenue": "float64",
    "repeat_contribution": "float64",
    "contribution_90d": "float64",
    "contribution_12m": "float64",
    "repeat_days_90d": "int64",
    "guest": "bool",
    "channel_source": "str",
}
"""Columns of the customer table, and their types."""


def customer_days(orders: ir.Table) -> ir.Table:
    """Collapse orders to one row per customer and day.

    Parameters
    ----------
    orders : ibis table
        Orders with contribution, `is_purchase` and `product`.

    Returns
    -------
    ibis table
        customer_id, day, revenue, contribution (currency, exact decimals), orders (that are a
        purchase), is_purchase (of the day), and of the day's first order that is a purchase
        channel, channel_source, product, guest. Where that order's channel is unknown, the first
        known one of the same day is taken, never one of a later day.
    """
    sums = orders.group_by("customer_id", "day").agg(
        revenue=total(orders.revenue),
        contribution=total(orders.contribution),
        orders=ones(orders.is_purchase).sum(),
        number=orders.count(),
    )
    paid = sums.revenue.cast("float64") > SMALLEST_REVENUE
    sums = sums.mutate(is_purchase=paid.coalesce(sums.orders > 0))

    traits = ["channel", "channel_source", "product", "guest"]
    joined = orders.inner_join(sums.select("customer_id", "day", "number"), ["customer_id", "day"])
    joined = joined.mutate(
        no_purchase=ones(~joined.is_purchase),
        no_channel=ones(joined.channel == UNKNOWN),
    )
    single = joined.filter(joined.number == 1).select("customer_id", "day", *traits)
    several = joined.filter(joined.number > 1)
    in_order = ["no_purchase", "ordered_at", "order_id"]
    first, sourced = (
        several.filter(ibis.row_number().over(_per_day(order)) == 0)
        for order in (in_order, ["no_channel", *in_order])
    )
    of_several = first.select("customer_id", "day", "product", "guest").inner_join(
        sourced.select("customer_id", "day", "channel", "channel_source"), ["customer_id", "day"]
    )
    traits_of_days = single.union(of_several.select(*single.columns))
    return sums.drop("number").inner_join(traits_of_days, ["customer_id", "day"])


def _per_day(order_by: list[str]) -> ibis.expr.builders.WindowBuilder:
    return ibis.window(group_by=["customer_id", "day"], order_by=order_by)


def first_purchases(days: ir.Table, as_of: date) -> ir.Table:
    """Return customer_id, first_day, last_day and purchase_days up to the as-of date."""
    bought = days.filter(days.day <= ibis.date(as_of), days.is_purchase)
    return bought.group_by("customer_id").agg(
        first_day=bought.day.min(), last_day=bought.day.max(), purchase_days=bought.count()
    )


def aged_days(days: ir.Table, as_of: date) -> ir.Table:
    """Return the days of acquired customers with first_day, last_day and `age` (days, >= 0)."""
    seen = days.filter(days.day <= ibis.date(as_of))
    aged = seen.inner_join(first_purchases(days, as_of), "customer_id")
    return aged.mutate(age=ibis.greatest(aged.day.delta(aged.first_day, unit="day"), 0))


def customer_table(days: ir.Table, as_of: date) -> ir.Table:
    """Return one row per customer acquired on or before the as-of date.

    The columns are those of `Warehouse.customers`, except that `product` is not yet reduced to
    the most frequent ones.
    """
    aged = aged_days(days, as_of)
    repeat = aged.is_purchase & (aged.age > 0)
    sums = aged.group_by("customer_id").agg(
        orders=aged.orders.sum(),
        revenue=total(aged.revenue),
        contribution=total(aged.contribution),
        first_contribution=total(aged.contribution, where=aged.age == 0),
        repeat_day_revenue=total(aged.revenue, where=repeat),
        repeat_revenue=total(aged.revenue, where=aged.age > 0),
        repeat_contribution=total(aged.contribution, where=aged.age > 0),
        contribution_90d=total(aged.contribution, where=aged.age <= NINETY_DAYS),
        contribution_12m=total(aged.contribution, where=aged.age <= TWELVE_MONTHS),
        repeat_days_90d=ones(repeat & (aged.age <= NINETY_DAYS)).sum(),
    )
    opening = aged.filter(aged.day == aged.first_day).select(
        "customer_id",
        "first_day",
        "last_day",
        "channel",
        "channel_source",
        "product",
        "guest",
        first_revenue=aged.revenue,
        repeat_days=aged.purchase_days - 1,
    )
    sums = sums.inner_join(opening, "customer_id")
    # no order after the first day is 0 money, but a log without money has none to add
    later = ("repeat_revenue", "repeat_contribution")
    zero = ibis.ifelse(sums.revenue.isnull(), ibis.null("float64"), 0.0)
    repeat_mean = sums.repeat_day_revenue.cast("float64") / sums.repeat_days.nullif(0)
    return sums.mutate(
        first_month=month_of(sums.first_day),
        recency_days=sums.last_day.delta(sums.first_day, unit="day"),
        age_days=ibis.date(as_of).delta(sums.first_day, unit="day"),
        mean_repeat_revenue=repeat_mean,
        **{name: sums[name].cast("float64").coalesce(zero) for name in later},
        **{
            name: sums[name].cast("float64")
            for name in sums.columns
            if ("revenue" in name or "contribution" in name) and name not in later
        },
    ).drop("repeat_day_revenue")


def named_products(customers: ir.Table, *, top: int, has_products: bool) -> ir.Table:
    """Turn `product` into `first_product`: the `top` most frequent ones by name, then "Other".

    Ties go to the first by name. Frequency counts the customers of this table only, so nothing
    after its as-of date has a say. Where no order has a product all are "All products".
    """
    if not has_products:
        return customers.mutate(first_product=ibis.literal(ALL_PRODUCTS)).drop("product")
    counted = customers.filter(customers["product"].notnull(), customers["product"] != OTHER)
    counts = counted.group_by("product").agg(number=counted.count())
    ranked = counts.order_by(counts.number.desc(), counts["product"].asc()).limit(top)
    kept = ranked.select(kept="product")
    joined = customers.left_join(kept, customers["product"] == kept.kept)
    return joined.mutate(first_product=joined.kept.coalesce(OTHER)).drop("product", "kept")
