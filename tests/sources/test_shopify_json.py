from __future__ import annotations

import gzip
import json
from typing import Any

import pandas as pd
import pytest

from tests.sources.reading import count, everything, note, order, read
from workbench.errors import SourceError


def money(amount: str, abroad: str = "999.00") -> dict[str, Any]:
    return {
        "shopMoney": {"amount": amount, "currencyCode": "USD"},
        "presentmentMoney": {"amount": abroad, "currencyCode": "JPY"},
    }


GRAPHQL = {
    "id": "gid://shopify/Order/501",
    "legacyResourceId": "501",
    "name": "#1001",
    "email": "ann@example.org",
    "customer": {"id": "gid://shopify/Customer/77", "firstName": "Ann", "lastName": "Lee"},
    "createdAt": "2025-10-09T07:50:26Z",
    "processedAt": "2025-10-08T02:50:26Z",
    "cancelledAt": None,
    "test": False,
    "displayFinancialStatus": "PARTIALLY_REFUNDED",
    "totalPriceSet": money("48.00"),
    "subtotalPriceSet": money("40.00"),
    "totalTaxSet": money("3.00"),
    "totalShippingPriceSet": money("5.00"),
    "totalDiscountsSet": money("10.00"),
    "totalRefundedSet": money("16.00"),
    "refunds": [
        {"createdAt": "2025-10-20T10:00:00Z", "totalRefundedSet": money("6.00")},
        {"createdAt": "2025-12-20T10:00:00Z", "totalRefundedSet": money("10.00")},
    ],
    "discountCodes": ["SARAH10"],
    "tags": ["vip", "wholesale"],
    "sourceName": "web",
    "customAttributes": [{"key": "utm_source", "value": "tiktok"}],
    "lineItems": {
        "edges": [
            {"node": {"name": "Tea", "sku": "T", "vendor": "J", "quantity": 2,
                      "originalTotalSet": money("40.00"), "discountedTotalSet": money("30.00")}},
        ]
    },
    "customerJourneySummary": {
        "ready": True,
        "firstVisit": {
            "landingPage": "https://shop.example/?utm_source=google&utm_medium=cpc",
            "source": "Facebook",
            "referrerUrl": "https://l.facebook.com/",
            "utmParameters": {"source": "fb", "medium": "paid_social", "campaign": "spring"},
        },
    },
}  # fmt: skip

REST = {
    "id": 601,
    "name": "#2001",
    "email": "bob@example.org",
    "customer": {"id": 88, "first_name": "Bob", "email_marketing_consent": {"state": "subscribed"}},
    "created_at": "2025-10-08T21:00:00-04:00",
    "processed_at": "2025-10-08T20:59:00-04:00",
    "financial_status": "partially_refunded",
    "total_price": "48.00",
    "subtotal_price": "40.00",
    "total_tax": "3.00",
    "total_discounts": "10.00",
    "shipping_lines": [{"price": "5.00"}],
    "currency": "USD",
    "landing_site": "/products/tea?utm_source=tiktok&utm_medium=cpc&utm_campaign=a+b",
    "referring_site": "https://www.google.com/",
    "source_name": "web",
    "tags": "vip, b2b",
    "note_attributes": [],
    "discount_codes": [{"code": "SARAH10", "amount": "10.00"}],
    "shipping_address": {"country_code": "US", "zip": "10001", "phone": "(650) 561-5622"},
    "line_items": [{"title": "Tea", "sku": "T", "quantity": 2, "price": "20.00",
                    "total_discount": "10.00"}],
    "refunds": [
        {"created_at": "2025-10-20T10:00:00Z",
         "transactions": [{"kind": "refund", "status": "success", "amount": "16.00"},
                          {"kind": "refund", "status": "failure", "amount": "99.00"}]}
    ],
}  # fmt: skip


def shop(small_brand, content, *, options=None, form="shopify_json", **changes):
    if not isinstance(content, str):
        content = json.dumps(content)
    spec = {"format": form, "path": "orders.json", "options": options or {}}
    return small_brand(files={"orders.json": content}, sources={"orders": spec}, **changes)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda order: {"data": {"orders": {"edges": [{"node": order}]}}},
        lambda order: {"orders": {"nodes": [order]}},
        lambda order: [order],
        lambda order: order,
        lambda order: [{"data": {"orders": {"edges": [{"node": order}]}}}, {"orders": []}],
    ],
)
@pytest.mark.parametrize(("source", "order_id"), [(GRAPHQL, "501"), (REST, "601")])
def test_every_wrapping_gives_the_same_order(small_brand, wrap, source, order_id):
    got = order(read(shop(small_brand, wrap(source))), order_id)
    parts = {name: got[name] for name in ("items", "discount", "shipping", "tax", "refund")}
    assert parts == {"items": 50, "discount": 10, "shipping": 5, "tax": 3, "refund": 15}
    assert got["revenue"] == 30.0
    assert got["currency"] == "USD"


def test_customers_days_and_lines_of_graphql(small_brand):
    exports = read(shop(small_brand, [GRAPHQL]))
    got = order(exports, "501")
    assert got["customer_id"] == "77"
    assert got["day"] == pd.Timestamp(2025, 10, 7)  # processedAt, in New York
    assert exports.order_lines[["sku", "quantity", "amount"]].to_numpy().tolist() == [["T", 2, 30]]
    assert exports.identities["email"].tolist() == ["ann@example.org"]


def test_customers_days_and_lines_of_rest(small_brand):
    exports = read(shop(small_brand, [REST]))
    got = order(exports, "601")
    assert got["customer_id"] == "88"
    assert got["ordered_at"] == pd.Timestamp(2025, 10, 8, 20, 59)
    assert exports.order_lines[["name", "amount"]].to_numpy().tolist() == [["Tea", 30.0]]
    person = exports.identities.iloc[0]
    assert (person["phone"], person["zip"], bool(person["consent_email"])) == (
        "+16505615622", "10001", True,
    )  # fmt: skip
    assert "@" not in everything(exports)


def test_refunds_after_the_as_of_date_are_not_yet_known(small_brand):
    exports = read(shop(small_brand, [GRAPHQL], as_of="2025-11-30"))
    got = order(exports, "501")
    assert (got["refund"], got["status"]) == (pytest.approx(6 * 45 / 48), "partially_refunded")
    assert note(exports, "refunds after the as-of date") == "total 10.00"
    whole = {
        **GRAPHQL,
        "displayFinancialStatus": "REFUNDED",
        "totalRefundedSet": money("48.00"),
        "refunds": [{"createdAt": "2026-01-05T10:00:00Z", "totalRefundedSet": money("48.00")}],
    }
    got = order(read(shop(small_brand, [whole], as_of="2025-11-30")), "501")
    assert (got["refund"], got["revenue"], got["status"]) == (0.0, 45.0, "paid")
    assert order(read(shop(small_brand, [whole], as_of="2026-01-31")), "501")["revenue"] == 0.0


def test_refund_lines_and_adjustments_stand_in_for_payments(small_brand):
    refund = {
        "created_at": "2025-10-20T10:00:00Z",
        "refund_line_items": [{"subtotal": 10.0, "total_tax": 1.0}],
        "order_adjustments": [{"amount": "-5.00", "tax_amount": "0.00"}],
    }
    got = order(read(shop(small_brand, [{**REST, "refunds": [refund]}])), "601")
    assert got["refund"] == 15.0


def without(source: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in source.items() if key not in names}


JOURNEY = "customerJourneySummary"


PLAIN = without(GRAPHQL, JOURNEY, "customAttributes")
BING = "https://www.bing.com/"


def visit(**first: Any) -> dict[str, Any]:
    return {**PLAIN, JOURNEY: {"ready": True, "firstVisit": first}}


@pytest.mark.parametrize(
    ("source", "channel", "origin", "confidence"),
    [
        (GRAPHQL, "Meta Ads", "journey", "high"),
        (visit(landingPage="/?gclid=x", source="direct"), "Google Ads", "journey", "high"),
        (visit(source="Google", referrerUrl=BING), "Organic Search", "journey", "medium"),
        (visit(source="an unknown source", referrerUrl=BING), "Organic Search", "journey", "low"),
        (visit(source="direct"), "Direct", "journey", "medium"),
        (without(GRAPHQL, JOURNEY), "TikTok Ads", "note", "high"),
        (PLAIN, "Influencers", "tag", "medium"),
        (without(PLAIN, "tags"), "Creators", "discount_code", "medium"),
        (without(PLAIN, "tags", "discountCodes"), "Unknown", "unknown", "none"),
        (REST, "TikTok Ads", "landing", "high"),
        (without(REST, "landing_site"), "Organic Search", "landing", "low"),
        ({**REST, "landing_site": "/?fbclid=1"}, "Meta Ads", "landing", "medium"),
    ],
)  # fmt: skip
def test_the_channel_comes_from_the_best_signal(small_brand, source, channel, origin, confidence):
    options = {"tags": {"vip": "Influencers"}, "discount_codes": {"sarah": "Creators"}}
    orders = read(shop(small_brand, [source], options=options)).orders
    got = orders[["channel", "channel_source", "channel_confidence"]].iloc[0].tolist()
    assert got == [channel, origin, confidence]


def test_a_journey_that_is_not_ready_is_counted(small_brand):
    early = {**GRAPHQL, JOURNEY: {"ready": False, "firstVisit": None}}
    exports = read(shop(small_brand, [early]))
    assert count(exports, "journeys not ready") == 1
    assert exports.orders["channel_source"].tolist() == ["note"]


@pytest.mark.parametrize(
    ("change", "options", "what"),
    [
        ({"test": True}, {}, "test orders"),
        ({"displayFinancialStatus": "VOIDED"}, {}, "voided"),
        ({"displayFinancialStatus": "EXPIRED"}, {}, "unknown status 'expired'"),
        ({"sourceName": "pos"}, {"exclude_sources": ["POS"]}, "sales channel excluded: pos"),
        ({}, {"exclude_tags": ["Wholesale"]}, "tag excluded"),
    ],
)  # fmt: skip
def test_the_rules_of_the_csv_export_hold_here_too(small_brand, change, options, what):
    orders = [{**GRAPHQL, **change}, {**without(GRAPHQL, "tags"), "id": "gid://shopify/Order/9",
                                      "legacyResourceId": "9", "name": "#9"}]  # fmt: skip
    exports = read(shop(small_brand, orders, options=options))
    assert exports.orders["order_id"].tolist() == ["9"]
    assert count(exports, what) == 1


def bulk(*orders: dict[str, Any]) -> list[dict[str, Any]]:
    lines = []
    for order_ in orders:
        lines.append(without(order_, "lineItems"))
        for number, item in enumerate(order_["lineItems"]["edges"]):
            lines.append({"id": f"gid://shopify/LineItem/{number}", **item["node"],
                          "__parentId": order_["id"]})  # fmt: skip
    return lines


@pytest.mark.parametrize("rearranged", [lambda x: x, lambda x: x[::-1]])
def test_bulk_lines_find_their_order_wherever_they_stand(small_brand, rearranged):
    second = {**GRAPHQL, "id": "gid://shopify/Order/502", "legacyResourceId": "502", "name": "#2"}
    things = bulk(GRAPHQL, second)
    things += [
        {"id": "gid://shopify/LineItem/9", "quantity": 1, "__parentId": "gid://shopify/Order/404"},
        {"id": "gid://shopify/FulfillmentLineItem/9", "quantity": 1, "__parentId": GRAPHQL["id"]},
        {"id": "gid://shopify/Refund/9", "__parentId": GRAPHQL["id"]},
    ]
    content = "\n".join(json.dumps(thing) for thing in rearranged(things)) + "\n"
    folder = shop(small_brand, content, form="shopify_bulk")
    (folder / "orders.json").write_bytes(gzip.compress(content.encode()))
    exports = read(folder)
    assert exports.orders["order_id"].tolist() == ["501", "502"]
    assert exports.order_lines["order_id"].tolist() == ["501", "502"]
    assert count(exports, "lines whose order is not in the file") == 1


def test_an_order_that_lacks_its_total_is_counted(small_brand):
    exports = read(shop(small_brand, [REST, without({**REST, "id": 7}, "total_price")]))
    assert exports.orders["order_id"].tolist() == ["601"]
    assert count(exports, "lack their total") == 1


def test_orders_told_by_json_and_csv_count_once(small_brand):
    from tests.sources.shopify_rows import ORDER, text

    csv_row = {**ORDER, "Id": "501", "Created at": "2025-10-09 03:50:26 -0400"}
    folder = small_brand(
        files={"orders.json": json.dumps([GRAPHQL]), "export.csv": text([csv_row])},
        sources={"orders": [{"format": "shopify_json", "path": "orders.json"},
                            {"format": "shopify_orders", "path": "export.csv"}]},
    )  # fmt: skip
    exports = read(folder)
    assert exports.orders["order_id"].tolist() == ["501"]
    assert exports.orders["customer_id"].tolist() == ["77"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("[]", "holds no order"),
        ('{"orders": []}', "holds no order"),
        ('{"id": 1}\n{"id": ', "line 2 is no JSON"),
        ("Name,Email\n", "line 1 is no JSON"),
        (json.dumps([without(REST, "total_price")]), "holds no order"),
        (json.dumps([{**REST, "total_price": "abc"}]), "order 1: an amount or a list"),
        (json.dumps([{**REST, "total_price": None}]), "1 of 1 orders have no totalPriceSet"),
        (json.dumps([without(REST, "financial_status")]), "no displayFinancialStatus"),
        (json.dumps([{**REST, "currency": "EUR"}]), "1 orders are in EUR"),
    ],
)
def test_bad_files_say_what_is_wrong(small_brand, content, words):
    with pytest.raises(SourceError) as error:
        read(shop(small_brand, content))
    assert words in str(error.value)
    assert "@" not in str(error.value)
