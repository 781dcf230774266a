"""Contribution of single orders, computed by hand. Currency units, tolerance 1e-9."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from tests.store.logs import COSTS, lines, orders, products
from workbench.brand import Costs, Payment, RateTable
from workbench.store.engine import fetch
from workbench.store.warehouse import Warehouse

FREE = Costs(goods_rate=0.0)


def priced(*rows, bought=None, known=None, costs=COSTS):
    store = Warehouse.from_frames(orders(*rows), bought, known, costs=costs)
    return fetch(store.orders(date(2026, 1, 1))).set_index("order_id").sort_index()


def first(*rows, **options):
    return priced(*rows, **options).iloc[0]


def test_an_order_with_everything():
    order = first({"items": 100.0, "discount": 10.0, "shipping": 5.0, "tax": 8.0, "refund": 15.0})
    assert order["revenue"] == 80
    assert order["goods_cost"] == pytest.approx(0.34 * 75)  # shipping charged holds no goods
    assert order["fulfilment"] == 6.4
    assert order["payment_fee"] == pytest.approx(0.029 * 103 + 0.3)  # on what was charged
    assert order["contribution"] == pytest.approx(80 - 0.34 * 75 - 6.4 - 0.029 * 103 - 0.3)


def test_without_costs_contribution_is_revenue():
    order = first({"items": 100.0}, known=products(("mug", "Cups", 9.0)), costs=None)
    assert order[["goods_cost", "fulfilment", "payment_fee", "contribution"]].to_list() == [
        0,
        0,
        0,
        100,
    ]


def test_a_fully_refunded_order_leaves_fulfilment_and_fees():
    order = first({"items": 100.0, "shipping": 5.0, "refund": 105.0})
    assert order["contribution"] == pytest.approx(-(6.4 + 0.029 * 105 + 0.3))
    assert not order["is_purchase"]


def test_a_gift_has_no_fee_but_its_goods_cost():
    gift = {"items": 60.0, "discount": 60.0}
    order = first(gift, bought=lines(("001", "Mug", 0.0)), known=products(("mug", "Cups", 9.0)))
    assert order["contribution"] == pytest.approx(-(9 + 6.4))


def test_a_log_of_revenue_alone_takes_the_rate_on_revenue():
    log = orders({"revenue": 50.0})
    log[["items", "discount", "shipping", "tax", "refund"]] = float("nan")
    order = fetch(Warehouse.from_frames(log, costs=COSTS).orders(date(2026, 1, 1))).iloc[0]
    assert order["contribution"] == pytest.approx(50 * (1 - 0.34 - 0.029) - 6.4 - 0.3)


def test_known_unit_costs_come_before_the_rate():
    bought = lines(("001", "Mug", 30.0, 2.0), ("001", "Tea", 70.0, 1.0))
    order = first({"items": 100.0}, bought=bought, known=products(("mug", "Cups", 9.0)))
    assert order["goods_cost"] == pytest.approx(2 * 9 + 0.34 * 70)
    assert order["unit_cost_share"] == pytest.approx(0.3)


def test_an_order_discount_is_spread_over_lines_by_amount():
    bought = lines(("001", "Mug", 30.0), ("001", "Tea", 70.0))
    order = first(
        {"items": 100.0, "discount": 20.0}, bought=bought, known=products(("mug", "Cups", 9.0))
    )
    assert order["goods_cost"] == pytest.approx(9 + 0.34 * 70 * 0.8)


def test_a_partial_refund_returns_its_share_of_the_goods():
    bought = lines(("001", "Mug", 100.0, 4.0))
    order = first(
        {"items": 100.0, "refund": 25.0}, bought=bought, known=products(("mug", "Cups", 9.0))
    )
    assert order["goods_cost"] == pytest.approx(4 * 9 * 0.75)


def test_rates_by_product_follow_each_line_and_the_default():
    rates = Costs(goods_rate=RateTable(by_product={"Tea": 0.2}, default=0.5))
    bought = lines(("001", "Green", 40.0), ("001", "Mug", 60.0), ("002", "Mug", 10.0))
    table = priced(
        {"items": 100.0}, {"items": 10.0}, {"items": 10.0},
        bought=bought, known=products(("green", "tea ", None)), costs=rates,
    )  # fmt: skip
    assert table["goods_cost"].to_list() == pytest.approx([0.2 * 40 + 0.5 * 60, 5, 5])


def test_rates_by_month_follow_the_day_of_the_order():
    rates = Costs(
        goods_rate=RateTable(by_month={"2025-02": 0.1}, default=0.5),
        fulfilment_per_order=RateTable(by_month={"2025-01": 3.0}, default=4.0),
    )
    table = priced({"ordered_at": "2025-01-31 23:59"}, {"ordered_at": "2025-02-01"}, costs=rates)
    assert table["goods_cost"].to_list() == pytest.approx([25, 5])
    assert table["fulfilment"].to_list() == [3, 4]


def test_fulfilment_by_product_follows_the_largest_line():
    rates = Costs(
        goods_rate=0.0, fulfilment_per_order=RateTable(by_product={"sofa": 90.0}, default=5.0)
    )
    bought = lines(("001", "Sofa", 300.0), ("001", "Mug", 10.0), ("002", "Mug", 10.0))
    assert priced({}, {}, bought=bought, costs=rates)["fulfilment"].to_list() == [90, 5]


def test_nothing_charged_costs_no_fixed_fee():
    fees = Costs(goods_rate=0.0, payment=Payment(fixed=0.3))
    assert priced({"items": 0.0}, {"items": 1.0}, costs=fees)["payment_fee"].to_list() == [0, 0.3]


def test_a_line_is_found_by_sku_before_its_name():
    bought = lines(("001", "Mug", 10.0))
    bought["sku"] = "SKU-1"
    known = products(("mug", "By name", 1.0), ("sku-1", "By sku", 2.0))
    order = first({"items": 10.0}, bought=bought, known=known, costs=FREE)
    assert (order["product"], order["goods_cost"]) == ("By sku", 2)


def test_a_product_listed_twice_does_not_double_the_order():
    known = products(("mug", "Cups", 1.0), ("mug", "Cups", 3.0))
    table = priced({"items": 10.0}, bought=lines(("001", "Mug", 10.0)), known=known, costs=FREE)
    assert len(table) == 1
    assert table.iloc[0]["goods_cost"] == 3  # of two prices the cautious one


def test_an_order_without_money_has_no_costs_either():
    log = orders({})
    log["revenue"] = float("nan")
    order = fetch(Warehouse.from_frames(log, costs=COSTS).orders(date(2026, 1, 1))).iloc[0]
    assert pd.isna(order[["goods_cost", "fulfilment", "payment_fee", "contribution"]]).all()
