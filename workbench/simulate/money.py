"""From purchases to orders with money: lines, discounts, tax, refunds, costs, contribution.

Order values follow the Gamma-Gamma model (Fader and Hardie 2013, brucehardie.com/notes/025): each
customer has an own mean, orders vary around it. All amounts are rounded to cents as a shop rounds
them, and everything after that is computed from the rounded amounts, so that the truth can be
recomputed from the exports to the cent.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.simulate.process import Calendar, Population, by_month
from workbench.simulate.settings import BrandSettings

__all__ = ["draw_orders"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_RETURN_DAYS = (1.0, 10.0)
_CODES = ("WELCOME10", "SAVE10", "CYBER10")


def draw_orders(
    population: Population,
    customers: pd.DataFrame,
    purchases: pd.DataFrame,
    calendar: Calendar,
    seed: int,
) -> pd.DataFrame:
    """Draw the orders of a brand, with money.

    Returns
    -------
    pandas.DataFrame
        One row per order, sorted by time, to a year after the as-of date. Columns:

        order : position in time; customer : row of `customers`, or beyond its end for an account
        that never made a purchase; number : 0 for the first purchase, -1 for no purchase;
        kind : "kept", "returned" (fully refunded), "voided", "cancelled" or "pending";
        time, day : days since the start; product, second_product : categories of the lines, -1 for
        no second line; article, second_article; quantity, price, second_price; items (before
        discount), discount, code, shipping, tax, total (charged); refunded (with tax), refund
        (without tax), refund_day; revenue (net), goods, fulfilment, payment, contribution.
        Money in currency units. The refund of an order counts wherever its day lies.
    """
    settings = population.settings
    random = settings.generator(seed, "money")
    orders = pd.concat(
        [
            purchases.assign(kind="kept"),
            _returned(purchases, settings, calendar, random),
            _noise(purchases, customers, settings, random),
        ]
    ).sort_values(["time", "customer"], kind="stable", ignore_index=True)
    orders.insert(0, "order", np.arange(len(orders)))
    mean_value = _customer_means(population, customers, len(orders), random)
    orders = _add_lines(orders, customers, mean_value, population, random)
    orders = _add_discount_and_tax(orders, calendar, settings, random)
    orders = _add_refunds(orders, settings, random)
    return _add_costs(orders, settings)


def _returned(
    purchases: pd.DataFrame,
    settings: BrandSettings,
    calendar: Calendar,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Draw extra orders that are fully refunded, a few days after a kept one."""
    chosen = purchases[random.random(len(purchases)) < settings.spending.returned_rate]
    time = chosen["time"].to_numpy() + random.uniform(*_RETURN_DAYS, len(chosen))
    returned = chosen.assign(kind="returned", number=-1, time=time, day=time.astype(np.int64))
    return returned[returned["day"] < calendar.days]


def _noise(
    purchases: pd.DataFrame,
    customers: pd.DataFrame,
    settings: BrandSettings,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Draw orders that never became one, half of them of accounts without any purchase."""
    observed = purchases[purchases["day"] < settings.days]
    count = round(settings.noise_order_rate * len(observed))
    chosen = observed.sort_values("time").iloc[np.sort(random.integers(0, len(observed), count))]
    kind = random.choice(["voided", "cancelled", "pending"], size=count, p=[0.5, 0.4, 0.1])
    time = chosen["time"].to_numpy() + random.uniform(0, 0.2, count)
    time = np.minimum(time, settings.days - 0.01)
    stranger = random.random(count) < 0.5
    number = len(customers) + np.cumsum(stranger) - 1
    return pd.DataFrame(
        {
            "customer": np.where(stranger, number, chosen["customer"].to_numpy()),
            "number": -1,
            "time": time,
            "day": time.astype(np.int64),
            "kind": kind,
        }
    )


def _customer_means(
    population: Population, customers: pd.DataFrame, most: int, random: np.random.Generator
) -> Floats:
    """Draw each customer's mean order value; strangers behind the real ones get the average."""
    spending = population.settings.spending
    shape = spending.customer_shape
    factor = (shape - 1) / random.standard_gamma(shape, len(customers))
    means = factor * population.mean_order_value(
        customers["channel"].to_numpy(), customers["product"].to_numpy()
    )
    return np.concatenate([means, np.full(most, spending.mean_order_value)])


def _add_lines(
    orders: pd.DataFrame,
    customers: pd.DataFrame,
    mean_value: Floats,
    population: Population,
    random: np.random.Generator,
) -> pd.DataFrame:
    settings, spending = population.settings, population.settings.spending
    count = len(orders)
    shares = product_shares(settings)
    number, customer = orders["number"].to_numpy(), orders["customer"].to_numpy()

    first = np.concatenate([customers["product"].to_numpy(), np.zeros(count, dtype=np.int64)])
    other = random.choice(len(shares), size=count, p=shares)
    same = (number == 0) | (random.random(count) < spending.same_product_rate)
    same &= customer < len(customers)
    second = random.choice(len(shares), size=count, p=shares)
    has_second = random.random(count) < spending.second_line_rate

    value = mean_value[customer] * random.standard_gamma(spending.shape, count) / spending.shape
    value = np.maximum(np.where(number == 0, spending.first_order_factor, 1.0) * value, 1.0)
    late = np.where(number == 0, spending.discount_rate_first, spending.discount_rate_repeat)
    discount_share = np.where(random.random(count) < late, spending.discount_share, 0.0)
    gross = value / (1 - discount_share)
    # the second line stays the smaller one, so that the first product is that of the first line
    second_share = np.where(has_second, random.uniform(0.15, 0.45, count), 0.0)
    quantity = np.where(random.random(count) < 0.2, 2, 1)

    orders["product"] = np.where(same, first[customer], other)
    orders["second_product"] = np.where(has_second, second, -1)
    articles = np.array([max(len(product.articles), 1) for product in settings.products])
    orders["article"] = (random.random(count) * articles[orders["product"]]).astype(np.int64)
    orders["second_article"] = (random.random(count) * articles[second]).astype(np.int64)
    orders["quantity"] = quantity
    orders["price"] = np.round(gross * (1 - second_share) / quantity, 2)
    orders["second_price"] = np.round(gross * second_share, 2)
    orders["items"] = np.round(orders["price"] * quantity + orders["second_price"], 2)
    orders["discount"] = np.round(orders["items"] * discount_share, 2)
    return orders


def product_shares(settings: BrandSettings) -> Floats:
    """Return the shares of the products among lines that are not the first product's."""
    shares = np.array([product.share for product in settings.products], dtype=float)
    return shares / shares.sum()


def _add_discount_and_tax(
    orders: pd.DataFrame, calendar: Calendar, settings: BrandSettings, random: np.random.Generator
) -> pd.DataFrame:
    spending = settings.spending
    november = by_month((0,) * 10 + (1, 0), calendar.dates)[orders["day"]] == 1
    code = np.where(orders["number"] == 0, _CODES[0], _CODES[1])
    code = np.where(november, _CODES[2], code)
    orders["code"] = np.where(orders["discount"] > 0, code, "")
    pays_shipping = random.random(len(orders)) < spending.shipping_rate
    orders["shipping"] = np.where(pays_shipping, spending.shipping_charge, 0.0)
    net = orders["items"] - orders["discount"] + orders["shipping"]
    orders["tax"] = np.round(net * spending.tax_rate, 2)
    orders["total"] = np.round(net + orders["tax"], 2)
    return orders


def _add_refunds(
    orders: pd.DataFrame, settings: BrandSettings, random: np.random.Generator
) -> pd.DataFrame:
    spending, count = settings.spending, len(orders)
    partly = random.random(count) < spending.partial_refund_rate
    share = np.where(partly, random.uniform(*spending.partial_refund_range, count), 0.0)
    share = np.where(orders["kind"] == "kept", share, 0.0)
    share = np.where(orders["kind"].isin(["returned", "cancelled"]), 1.0, share)
    after = random.integers(2, spending.refund_days + 1, count)
    after = np.where(orders["kind"] == "cancelled", 0, after)
    orders["refunded"] = np.round(orders["total"] * share, 2)
    # a refund holds tax in the proportion in which it was charged
    net = orders["items"] - orders["discount"] + orders["shipping"]
    orders["refund"] = orders["refunded"] * net / orders["total"]
    orders["refund_day"] = np.where(share > 0, orders["day"] + after, -1)
    orders["revenue"] = np.where(share == 1, 0.0, net - orders["refund"])
    return orders


def _add_costs(orders: pd.DataFrame, settings: BrandSettings) -> pd.DataFrame:
    """Add costs and contribution.

    Goods cost is a rate, by line, on items after discount and refund: returned goods go back to
    stock. Fulfilment and payment fees are not refunded.
    """
    rates = np.array([product.goods_rate for product in settings.products] + [0.0])
    second = orders["second_price"] / orders["items"]
    goods_rate = rates[orders["product"]] * (1 - second) + rates[orders["second_product"]] * second
    real = orders["kind"].isin(["kept", "returned"])
    orders["revenue"] = orders["revenue"].where(real, 0.0)
    merchandise = (orders["items"] - orders["discount"] - orders["refund"]).clip(lower=0.0)
    orders["goods"] = merchandise.where(real, 0.0) * goods_rate
    orders["fulfilment"] = np.where(real, settings.costs.fulfilment_per_order, 0.0)
    fee = settings.costs.payment_rate * orders["total"] + settings.costs.payment_fixed
    orders["payment"] = np.where(real, fee, 0.0)
    orders["contribution"] = (
        orders["revenue"] - orders["goods"] - orders["fulfilment"] - orders["payment"]
    )
    return orders
