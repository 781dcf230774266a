"""Shopify's bulk operation result: JSON lines, an order per line, its line items as children."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.simulate.exports.files import write_text
from workbench.simulate.exports.shop import article_names, article_sku, date_ranges, exported_orders
from workbench.simulate.simulation import Simulation

__all__ = ["write_shopify_bulk"]


def write_shopify_bulk(folder: Path, simulation: Simulation, *, files: int = 2) -> list[Path]:
    """Write the orders as bulk results of consecutive date ranges, sharing a few days.

    The journey of an order holds its first visit, or none where nothing was recorded; some journeys
    of the last two days are not put together yet, and `ready` is false.
    """
    orders = exported_orders(simulation)
    lines = _lines(orders, simulation)
    written = []
    for number, inside in enumerate(date_ranges(orders, simulation, files), start=1):
        path = folder / f"bulk_orders_{number}.jsonl.gz"
        write_text(path, "".join(text for text, kept in zip(lines, inside, strict=True) if kept))
        written.append(path)
    return written


def _lines(orders: pd.DataFrame, simulation: Simulation) -> list[str]:
    """Return the text of each order: its own line and those of its line items."""
    utc = orders["created"].dt.tz_convert("UTC")
    day = np.datetime64(simulation.settings.start, "s") + np.timedelta64(15, "h")
    refunded = pd.Series(day + orders["refund_day"].to_numpy().astype("timedelta64[D]"))
    refunded = refunded.dt.tz_localize(simulation.settings.timezone)
    orders = orders.assign(
        created_text=utc.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        refunded_text=refunded.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        first_name=article_names(simulation, orders["product"], orders["article"]),
        second_name=article_names(simulation, orders["second_product"], orders["second_article"]),
    )
    currency = simulation.settings.currency
    vendor = simulation.settings.name
    orders["ready"] = (orders["source"] != "") | (orders["day"] < simulation.settings.days - 2)
    return [_order(row, currency, vendor) for row in orders.itertuples(index=False)]


def _order(row: Any, currency: str, vendor: str) -> str:
    def money(amount: float) -> dict[str, Any]:
        return {"shopMoney": {"amount": f"{amount:.2f}", "currencyCode": currency}}

    gid = f"gid://shopify/Order/{row.order_id}"
    cancelled = row.kind == "cancelled"
    order = {
        "id": gid,
        "name": row.order_name,
        "email": row.email or None,
        "phone": row.phone or None,
        "createdAt": row.created_text,
        "processedAt": row.created_text,
        "cancelledAt": row.created_text if cancelled else None,
        "test": False,
        "displayFinancialStatus": row.status.upper(),
        "taxesIncluded": False,
        "totalPriceSet": money(row.total),
        "totalDiscountsSet": money(row.discount),
        "totalShippingPriceSet": money(row.shipping),
        "totalTaxSet": money(row.tax),
        "totalRefundedSet": money(row.refunded),
        "refunds": [{"createdAt": row.refunded_text, "totalRefundedSet": money(row.refunded)}]
        if row.refunded > 0
        else [],
        "discountCodes": [row.code] if row.code else [],
        "tags": [],
        "sourceName": "web",
        "customer": {"id": f"gid://shopify/Customer/{7_000_000_000_000 + row.customer_number}"},
        "customerJourneySummary": _journey(row),
    }
    items = [(row.first_name, row.quantity, row.price)]
    if row.second_name:
        items.append((row.second_name, 1, row.second_price))
    children = [
        {
            "id": f"gid://shopify/LineItem/{row.order_id}{position}",
            "name": name,
            "sku": article_sku(name),
            "vendor": vendor,
            "quantity": int(quantity),
            "originalUnitPriceSet": money(price),
            "__parentId": gid,
        }
        for position, (name, quantity, price) in enumerate(items)
    ]
    return "".join(json.dumps(item, separators=(",", ":")) + "\n" for item in (order, *children))


def _journey(row: Any) -> dict[str, Any]:
    if not row.source:
        return {"ready": row.ready, "firstVisit": None}
    if row.medium in ("organic", "none"):
        # search engines and direct visits come without tags: only source and referrer tell
        found = row.medium == "organic"
        visit = {
            "source": row.source,
            "sourceType": "SEO" if found else None,
            "referrerUrl": f"https://www.{row.source}.com/" if found else None,
            "utmParameters": None,
        }
    else:
        visit = {
            "source": row.source,
            "sourceType": None,
            "referrerUrl": None,
            "utmParameters": {
                "source": row.source,
                "medium": row.medium,
                "campaign": row.campaign or None,
            },
        }
    return {"ready": True, "firstVisit": visit}
