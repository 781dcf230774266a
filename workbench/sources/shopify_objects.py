"""One Shopify order as JSON, GraphQL- or REST-shaped, as one flat row and its lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["flat_lines", "flat_order", "is_order", "nodes"]

Json = dict[str, Any]


def nodes(value: Any) -> list[Json]:
    """Return the objects of a list, or of a connection (``edges`` or ``nodes``)."""
    if isinstance(value, dict):
        if "edges" in value:
            value = [edge.get("node") for edge in value["edges"] if isinstance(edge, dict)]
        else:
            value = value.get("nodes", [])
    return [item for item in value or [] if isinstance(item, dict)]


def is_order(thing: Any) -> bool:
    """Say whether an object is an order of either shape."""
    return isinstance(thing, dict) and (
        str(thing.get("id", "")).startswith("gid://shopify/Order/")
        or "total_price" in thing
        or "totalPriceSet" in thing
    )


def _at(thing: Any, *names: str) -> Any:
    """Return the first of several fields that is there and not empty."""
    for name in names:
        value: Any = thing
        for key in name.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None and value != "":
            return value
    return None


def _money(thing: Any, *names: str) -> Any:
    """Return an amount in the shop's own currency, as written."""
    for name in names:
        value = _at(thing, name)
        if isinstance(value, dict):
            value = _at(value, "shopMoney.amount", "shop_money.amount", "amount")
        if value is not None:
            return value
    return None


def _number(value: Any) -> float:
    return float(value) if value is not None else 0.0


def _id(value: Any) -> str | None:
    """Return the number of ``gid://shopify/Order/123``, or a plain id, as text."""
    return None if value is None else str(value).rsplit("/", 1)[-1].split("?")[0]


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or None
    return None if value is None else str(value)


def _attributes(listed: Any) -> str | None:
    lines = [
        f"{_at(item, 'key', 'name')}: {item.get('value')}"
        for item in nodes(listed)
        if item.get("value") not in (None, "")
    ]
    return "\n".join(lines) or None


def _codes(listed: Any) -> str | None:
    if isinstance(listed, list):
        return _text([_at(item, "code") if isinstance(item, dict) else item for item in listed])
    return _text(listed)


def _refunds(order: Json) -> list[tuple[str | None, float]]:
    """Return date and amount of each refund, tax included."""
    return [
        (_at(refund, "processedAt", "createdAt", "processed_at", "created_at"), _refund(refund))
        for refund in nodes(order.get("refunds"))
    ]


def _refund(refund: Json) -> float:
    told = _money(refund, "totalRefundedSet")
    if told is not None:
        return float(told)
    paid = [
        _number(_money(payment, "amountSet", "amount"))
        for payment in nodes(refund.get("transactions"))
        if str(payment.get("kind", "refund")).lower() == "refund"
        and str(payment.get("status", "success")).lower() == "success"
    ]
    if paid:
        return sum(paid)
    goods = sum(
        _number(_money(line, "subtotalSet", "subtotal_set", "subtotal"))
        + _number(_money(line, "totalTaxSet", "total_tax_set", "total_tax"))
        for line in nodes(_at(refund, "refundLineItems", "refund_line_items"))
    )
    # an adjustment is negative where more was paid back, e.g. shipping
    adjusted = sum(
        _number(_money(item, "amountSet", "amount_set", "amount"))
        + _number(_money(item, "taxAmountSet", "tax_amount_set", "tax_amount"))
        for item in nodes(_at(refund, "orderAdjustments", "order_adjustments"))
    )
    return goods - adjusted


def _shipping(order: Json) -> Any:
    told = _money(order, "totalShippingPriceSet", "total_shipping_price_set")
    if told is None and "shipping_lines" in order:
        return sum(_number(_money(line, "price")) for line in nodes(order["shipping_lines"]))
    return told


def _outstanding(order: Json) -> Any:
    told = _money(order, "totalOutstandingSet", "total_outstanding")
    net = _money(order, "netPaymentSet")
    if told is None and net is not None:
        refunded = _number(_money(order, "totalRefundedSet"))
        return _number(_money(order, "totalPriceSet")) - float(net) - refunded
    return told


def flat_order(order: Json) -> Json:
    """Return an order's fields under plain names, as written; ``refunds`` is a list of pairs.

    Raises
    ------
    (TypeError, ValueError)
        An amount that is no number.
    """
    journey = _at(order, "customerJourneySummary") or {}
    visit = _at(journey, "firstVisit") or {}
    address = _at(order, "shippingAddress", "shipping_address", "billingAddress", "billing_address")
    address = address or _at(order, "customer.defaultAddress", "customer.default_address")
    return {
        "shop_id": _id(_at(order, "legacyResourceId", "id")),
        "order_name": _text(_at(order, "name", "order_number", "legacyResourceId", "id")),
        "ordered_at": _at(order, "processedAt", "processed_at", "createdAt", "created_at"),
        "real_id": _id(_at(order, "customer.legacyResourceId", "customer.id")),
        "email": _at(order, "email", "contact_email", "customer.email",
                     "customer.defaultEmailAddress.emailAddress"),
        "phone": _at(order, "phone", "customer.phone",
                     "customer.defaultPhoneNumber.phoneNumber"),
        "address_phone": _at(address, "phone"),
        "first_name": _at(order, "customer.firstName", "customer.first_name"),
        "last_name": _at(order, "customer.lastName", "customer.last_name"),
        "city": _at(address, "city"),
        "province": _at(address, "provinceCode", "province_code"),
        "zip": _at(address, "zip"),
        "country": _at(address, "countryCodeV2", "countryCode", "country_code"),
        "consent_email": _at(order, "customer.emailMarketingConsent.marketingState",
                             "customer.email_marketing_consent.state"),
        "consent_sms": _at(order, "customer.smsMarketingConsent.marketingState",
                           "customer.sms_marketing_consent.state"),
        "status": _at(order, "displayFinancialStatus", "financial_status"),
        "cancelled": _at(order, "cancelledAt", "cancelled_at") is not None,
        "test": bool(order.get("test")),
        "total": _money(order, "totalPriceSet", "total_price"),
        "subtotal": _money(order, "subtotalPriceSet", "subtotal_price"),
        "taxes": _money(order, "totalTaxSet", "total_tax"),
        "shipping": _shipping(order),
        "discount": _money(order, "totalDiscountsSet", "total_discounts"),
        "refunded": _money(order, "totalRefundedSet"),
        "outstanding": _outstanding(order),
        "refunds": _refunds(order),
        "currency": _at(order, "totalPriceSet.shopMoney.currencyCode",
                        "total_price_set.shop_money.currency_code", "currencyCode", "currency"),
        "sales_channel": _at(order, "sourceName", "source_name"),
        "tags": _text(order.get("tags")),
        "discount_code": _codes(_at(order, "discountCodes", "discount_codes", "discountCode")),
        "notes": _attributes(_at(order, "customAttributes", "note_attributes")),
        "landing": _at(order, "landingPageUrl", "landing_site"),
        "referrer": _at(order, "referrerUrl", "referring_site"),
        "journey_ready": journey.get("ready"),
        "utm_source": _at(visit, "utmParameters.source"),
        "utm_medium": _at(visit, "utmParameters.medium"),
        "utm_campaign": _at(visit, "utmParameters.campaign"),
        "visit_source": _at(visit, "source"),
        "visit_landing": _at(visit, "landingPage"),
        "visit_referrer": _at(visit, "referrerUrl"),
    }  # fmt: skip


def flat_lines(lines: Iterable[Json]) -> list[Json]:
    """Return sku, name, vendor, quantity and amount (after line discount) of order lines."""
    flat = []
    for line in lines:
        quantity = _number(_at(line, "quantity")) if "quantity" in line else 1.0
        amount = _money(line, "discountedTotalSet", "originalTotalSet")
        if amount is None:
            price = _number(_money(line, "discountedUnitPriceSet", "originalUnitPriceSet", "price"))
            amount = quantity * price - _number(_money(line, "totalDiscountSet", "total_discount"))
        name = _at(line, "name", "title")
        flat.append(
            {
                "sku": _text(_at(line, "sku")),
                "name": _text(name),
                "vendor": _text(_at(line, "vendor")),
                "quantity": quantity,
                "amount": float(amount),
            }
        )
    return flat
