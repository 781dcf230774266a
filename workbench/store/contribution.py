"""Contribution: the money an order leaves after goods, fulfilment and payment.

All amounts are in shop currency, per order, tax excluded, dated to the day of the order::

    revenue       items - discount - refund + shipping charged
    merchandise   items - discount - refund, at least 0
    goods_cost    unit cost x quantity where the products table knows the unit cost, else
                  goods rate x merchandise; returned goods go back to stock, so that a refund
                  takes its share of the goods cost with it
    fulfilment    per order that was sent, also when it was refunded later or cost nothing
    payment_fee   rate x amount charged (items - discount + shipping + tax) + fixed amount;
                  processors keep it after a refund; nothing charged, nothing paid
    contribution  revenue - goods_cost - fulfilment - payment_fee

A fully refunded order therefore leaves -(fulfilment + payment_fee), an order given away for free
-(goods known by unit cost + fulfilment). Acquisition spend is subtracted later and once, from the
value of the customer, not here. A brand without `costs` has contribution equal to revenue, and an
order without money has none at all (null, never 0).
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from workbench.brand import Costs, RateTable
from workbench.database import ones
from workbench.store.engine import total

__all__ = [
    "ALL_PRODUCTS",
    "OTHER",
    "catalogue",
    "label_lines",
    "main_products",
    "month_of",
    "order_money",
]

ALL_PRODUCTS = "All products"
"""First product of every customer of a log without order lines."""
OTHER = "Other"
"""First product of customers whose first order held a rare product, or no line."""


def catalogue(lines: ir.Table, products: ir.Table) -> ir.Table:
    """Return each article that was ever sold with its product and unit cost.

    An article finds its entry of the products table by sku, else by name, in lower case. Its
    product is the category there, else its own name, vendor or sku, whichever is filled first.

    Returns
    -------
    ibis table
        sku, name, vendor (as in the lines, "" for null), product, unit_cost (currency per piece,
        null if unknown). Far fewer rows than lines.
    """
    known = products.group_by(key=products.key.strip().lower()).agg(
        category=_text(products.category).min(), unit_cost=products.unit_cost.max()
    )
    by_sku = known.rename(sku_key="key", sku_category="category", sku_cost="unit_cost")
    by_name = known.rename(name_key="key", name_category="category", name_cost="unit_cost")
    articles = _without_nulls(lines).select(*_ARTICLE).distinct()
    articles = articles.mutate(
        of_sku=articles.sku.strip().lower(), of_name=articles.name.strip().lower()
    )
    articles = articles.left_join(by_sku, articles.of_sku == by_sku.sku_key)
    articles = articles.left_join(by_name, articles.of_name == by_name.name_key)
    return articles.select(
        *_ARTICLE,
        product=ibis.coalesce(
            articles.sku_category,
            articles.name_category,
            *(_text(articles[name]) for name in ("name", "vendor", "sku")),
        ),
        unit_cost=articles.sku_cost.coalesce(articles.name_cost),
    )


def label_lines(lines: ir.Table, articles: ir.Table) -> ir.Table:
    """Give every order line the product and unit cost of its article.

    Returns
    -------
    ibis table
        order_id, product, amount (currency, at least 0), quantity, unit_cost (currency per piece,
        null if unknown).
    """
    found = _without_nulls(lines).inner_join(articles, _ARTICLE)
    return found.select(
        "order_id",
        "product",
        "unit_cost",
        amount=ibis.greatest(found.amount.coalesce(0.0), 0.0),
        quantity=found.quantity.coalesce(1.0),
    )


_ARTICLE = ["sku", "name", "vendor"]


def _without_nulls(lines: ir.Table) -> ir.Table:
    return lines.mutate(**{name: lines[name].coalesce("") for name in _ARTICLE})


def _text(column: ir.StringValue) -> ir.StringValue:
    """Return the text without blanks around it; an empty one counts as missing."""
    return column.strip().nullif("")


def main_products(labelled: ir.Table) -> ir.Table:
    """Return the product of the largest line of each order; of equal lines the first by name."""
    named = labelled.filter(labelled["product"].notnull())
    largest = ibis.window(group_by="order_id", order_by=[ibis.desc("amount"), ibis.asc("product")])
    ranked = named.mutate(position=ibis.row_number().over(largest))
    first = ranked.filter(ranked.position == 0)
    return first.select("order_id", "product")


def order_money(orders: ir.Table, labelled: ir.Table, costs: Costs | None) -> ir.Table:
    """Add costs and contribution to orders.

    Parameters
    ----------
    orders : ibis table
        Canonical orders with the column `product` of the largest line (may be null).
    labelled : ibis table
        Lines as `label_lines` returns them.
    costs : Costs, optional
        Without them the three costs are 0 and contribution equals revenue.

    Returns
    -------
    ibis table
        The orders with goods_cost, fulfilment, payment_fee, contribution (currency per order) and
        unit_cost_share (0 to 1: part of the merchandise whose unit cost is known).
    """
    if costs is None:
        nothing = ibis.ifelse(orders.revenue.isnull(), ibis.null("float64"), 0.0)
        return orders.mutate(
            goods_cost=nothing,
            fulfilment=nothing,
            payment_fee=nothing,
            contribution=orders.revenue,
            unit_cost_share=ibis.literal(0.0),
        )
    goods = _goods_by_order(labelled, costs.goods_rate)
    joined = orders.left_join(goods, orders.order_id == goods.goods_order).drop("goods_order")
    refund, no_money = joined.refund.coalesce(0.0), joined.revenue.isnull()
    # logs that name nothing but a revenue hold it all in goods
    sold = (joined["items"] - joined.discount.coalesce(0.0)).coalesce(joined.revenue + refund)
    charged = sold + joined.shipping.coalesce(0.0) + joined.tax.coalesce(0.0)
    merchandise = ibis.greatest(sold - refund, 0.0)
    kept = ibis.ifelse(sold > 0, merchandise / sold.nullif(0.0), 1.0)
    month_or_flat = _rate(costs.goods_rate, joined)
    rate = joined.line_rate.coalesce(month_or_flat * joined.rated_share.coalesce(1.0))
    priced = joined.mutate(
        goods_cost=kept * joined.known_cost.coalesce(0.0) + merchandise * rate,
        fulfilment=_rate(costs.fulfilment_per_order, joined),
        payment_fee=ibis.ifelse(
            charged > 0, charged * costs.payment.rate + costs.payment.fixed, 0.0
        ),
        unit_cost_share=1.0 - joined.rated_share.coalesce(1.0),
    ).drop("known_cost", "rated_share", "line_rate")
    priced = priced.mutate(
        **{
            cost: ibis.ifelse(no_money, ibis.null("float64"), priced[cost])
            for cost in ("goods_cost", "fulfilment", "payment_fee")
        }
    )
    spent = priced.goods_cost + priced.fulfilment + priced.payment_fee
    return priced.mutate(contribution=priced.revenue - spent)


def _goods_by_order(labelled: ir.Table, goods_rate: float | RateTable) -> ir.Table:
    """Sum up lines: goods known by unit cost, and the share of the order left to a rate.

    Lines weigh by their amount; where no line of an order has an amount they weigh equally.
    `line_rate` is the rate times that share where rates differ by product, else null.
    """
    lines = labelled.mutate(whole=1.0, rated=ones(labelled.unit_cost.isnull()).cast("float64"))
    parts = ["whole", "rated"]
    by_product = isinstance(goods_rate, RateTable) and goods_rate.by_product is not None
    if by_product:
        lines = lines.mutate(cost=lines.rated * _rate(goods_rate, lines))
        parts.append("cost")
    sums = lines.group_by("order_id").agg(
        known_cost=total(lines.unit_cost * lines.quantity),
        **{part: total(lines.amount * lines[part]) for part in parts},
        **{f"{part}_lines": total(lines[part]) for part in parts},
    )
    sums = sums.mutate(
        **{name: sums[name].cast("float64") for name in sums.columns if name != "order_id"}
    )

    def share(part: str) -> ir.Value:
        by_amount = sums[part] / sums.whole.nullif(0.0)
        return by_amount.coalesce(sums[f"{part}_lines"] / sums.whole_lines)

    return sums.select(
        goods_order="order_id",
        known_cost="known_cost",
        rated_share=share("rated"),
        line_rate=share("cost") if by_product else ibis.null("float64"),
    )


def _rate(rate: float | RateTable, table: ir.Table) -> ir.Value:
    """Return the rate of each row: flat, by the month of `day`, or by `product` in lower case."""
    if not isinstance(rate, RateTable):
        return ibis.literal(float(rate))
    if rate.by_month is not None:
        key, listed = month_of(table.day), rate.by_month
    else:
        key = table["product"].strip().lower()
        listed = {name.strip().lower(): value for name, value in (rate.by_product or {}).items()}
    if not listed:
        return ibis.literal(float(rate.default))
    branches = [(name, float(value)) for name, value in sorted(listed.items())]
    return key.cases(*branches, else_=float(rate.default))


def month_of(day: ir.DateValue) -> ir.StringValue:
    """Return the calendar month of a day as text, e.g. ``"2026-01"``."""
    return day.year().cast("string") + "-" + day.month().cast("string").lpad(2, "0")
