"""Shopify's orders export: one row per line item, order fields on the first row only."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from workbench.simulate.exports.files import cents, csv_text, write_text
from workbench.simulate.exports.shop import article_names, article_sku, date_ranges, exported_orders
from workbench.simulate.simulation import Simulation

__all__ = ["CURRENT_HEADER", "OLDER_HEADER", "write_shopify_csv"]

CURRENT_HEADER = [
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at",
    "Accepts Marketing", "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code",
    "Discount Amount", "Shipping Method", "Created at", "Lineitem quantity", "Lineitem name",
    "Lineitem price", "Lineitem compare at price", "Lineitem sku", "Lineitem requires shipping",
    "Lineitem taxable", "Lineitem fulfillment status", "Billing Name", "Billing Street",
    "Billing Address1", "Billing Address2", "Billing Company", "Billing City", "Billing Zip",
    "Billing Province", "Billing Country", "Billing Phone", "Shipping Name", "Shipping Street",
    "Shipping Address1", "Shipping Address2", "Shipping Company", "Shipping City", "Shipping Zip",
    "Shipping Province", "Shipping Country", "Shipping Phone", "Notes", "Note Attributes",
    "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount", "Vendor",
    "Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level",
    "Source", "Lineitem discount", "Tax 1 Name", "Tax 1 Value", "Tax 2 Name", "Tax 2 Value",
    "Tax 3 Name", "Tax 3 Value", "Tax 4 Name", "Tax 4 Value", "Tax 5 Name", "Tax 5 Value", "Phone",
    "Receipt Number", "Duties", "Billing Province Name", "Shipping Province Name", "Payment ID",
    "Payment Terms Name", "Next Payment Due At", "Payment References",
]  # fmt: skip
"""The 79 columns of today's export, in order."""

_YOUNGER = [
    "Outstanding Balance", "Employee", "Location", "Device ID", "Duties", "Billing Province Name",
    "Shipping Province Name", "Payment ID", "Payment Terms Name", "Next Payment Due At",
    "Payment References", "Receipt Number",
]  # fmt: skip
OLDER_HEADER = [name for name in CURRENT_HEADER if name not in _YOUNGER]
"""Columns of exports of some years ago."""


def write_shopify_csv(
    folder: Path,
    simulation: Simulation,
    *,
    header: list[str] = CURRENT_HEADER,
    with_sources: bool = True,
    files: int = 2,
) -> list[Path]:
    """Write the orders as exports of consecutive, slightly overlapping date ranges.

    Parameters
    ----------
    folder : Path
        Where `orders_export_1.csv.gz` and so on go.
    simulation : Simulation
        The brand.
    header : list of str
        Columns to write.
    with_sources : bool
        Whether an app wrote the source of each order into Note Attributes.
    files : int
        Number of files.
    """
    orders = exported_orders(simulation)
    rows = _rows(orders, simulation, with_sources)
    written = []
    for number, inside in enumerate(date_ranges(rows, simulation, files), start=1):
        path = folder / f"orders_export_{number}.csv.gz"
        # an export lists the latest order first
        part = rows[inside].sort_values(["order", "line"], ascending=[False, True])
        write_text(path, csv_text(part, header))
        written.append(path)
    return written


def _rows(orders: pd.DataFrame, simulation: Simulation, with_sources: bool) -> pd.DataFrame:
    first = _order_fields(orders, simulation, with_sources)
    first = _line(first, orders, simulation, "product", "article", "price", orders["quantity"])
    second = orders[orders["second_product"] >= 0]
    more = pd.DataFrame({"Name": second["order_name"], "Email": second["email"]})
    more["Created at"] = first.loc[second.index, "Created at"]
    more = _line(more, second, simulation, "second_product", "second_article", "second_price", "1")
    first["line"], more["line"] = 1, 2
    return pd.concat([first, more])


def _line(
    rows: pd.DataFrame,
    orders: pd.DataFrame,
    simulation: Simulation,
    product: str,
    article: str,
    price: str,
    quantity: pd.Series | str,
) -> pd.DataFrame:
    names = article_names(simulation, orders[product], orders[article])
    sent = _is_sent(orders, simulation)
    has_skus = any(item.articles for item in simulation.settings.products)
    return rows.assign(
        **{
            "order": orders["order"],
            "day": orders["day"],
            "Lineitem quantity": quantity,
            "Lineitem name": names,
            "Lineitem price": cents(orders[price]),
            "Lineitem sku": [article_sku(name) if has_skus else "" for name in names],
            "Lineitem requires shipping": "true",
            "Lineitem taxable": "true",
            "Lineitem fulfillment status": np.where(sent, "fulfilled", "pending"),
            "Vendor": simulation.settings.name,
            "Lineitem discount": "0.00",
        }
    )


def _order_fields(orders: pd.DataFrame, simulation: Simulation, with_sources: bool) -> pd.DataFrame:
    settings = simulation.settings
    kind = orders["kind"]
    created = orders["created"].dt.strftime("%Y-%m-%d %H:%M:%S %z")
    paid = ~kind.isin(["voided", "pending"])
    sent = _is_sent(orders, simulation)
    place = {
        "Name": "Sample Customer",
        "Street": "1 Example Street",
        "Address1": "1 Example Street",
        "City": orders["city"],
        "Zip": "'" + orders["zip"],
        "Province": orders["province"],
        "Country": "US",
        "Phone": _apostrophe(orders["phone"]),
        "Province Name": orders["province_name"],
    }
    fields: dict[str, object] = {
        "Name": orders["order_name"],
        "Email": orders["email"],
        "Financial Status": orders["status"],
        "Paid at": created.where(paid, ""),
        "Fulfillment Status": np.where(sent, "fulfilled", "unfulfilled"),
        "Fulfilled at": _next_day(orders).where(sent, ""),
        "Accepts Marketing": np.where(orders["consent_email"], "yes", "no"),
        "Currency": settings.currency,
        "Subtotal": cents(orders["items"] - orders["discount"]),
        "Shipping": cents(orders["shipping"]),
        "Taxes": cents(orders["tax"]),
        "Total": cents(orders["total"]),
        "Discount Code": orders["code"],
        "Discount Amount": cents(orders["discount"]),
        "Shipping Method": np.where(orders["shipping"] > 0, "Standard", "Free Shipping"),
        "Created at": created,
        "Note Attributes": _note(orders) if with_sources else "",
        "Cancelled at": created.where(kind == "cancelled", ""),
        "Payment Method": np.where(paid, "Shopify Payments", ""),
        "Refunded Amount": cents(orders["refunded"]),
        "Outstanding Balance": cents(orders["total"].where(kind == "pending", 0.0)),
        "Id": orders["order_id"].astype(str),
        "Risk Level": "Low",
        "Source": "web",
        "Phone": _apostrophe(orders["phone"]),
    }
    for side in ("Billing", "Shipping"):
        fields |= {f"{side} {name}": value for name, value in place.items()}
    return pd.DataFrame(fields, index=orders.index)


def _is_sent(orders: pd.DataFrame, simulation: Simulation) -> pd.Series:
    """Return which orders left the warehouse; those of the last day leave after the export."""
    never = orders["kind"].isin(["voided", "pending", "cancelled"])
    return ~never & (orders["day"] < simulation.settings.days - 1)


def _next_day(orders: pd.DataFrame) -> pd.Series:
    """Return the time at which the parcel left: four in the afternoon of the next day."""
    day = orders["created"].dt.tz_localize(None).dt.normalize() + pd.Timedelta(hours=40)
    return day.dt.tz_localize(orders["created"].dt.tz).dt.strftime("%Y-%m-%d %H:%M:%S %z")


def _apostrophe(phone: pd.Series) -> pd.Series:
    """Return phones as Shopify writes them, so that a spreadsheet keeps them as text."""
    return ("'" + phone).where(phone != "", "")


def _note(orders: pd.DataFrame) -> list[str]:
    """Return the lines that an app writes into Note Attributes; empty without a source.

    Every fifth order has the landing page instead of tags on lines of their own.
    """
    notes = []
    for order, *tags in zip(
        orders["order"], orders["source"], orders["medium"], orders["campaign"], strict=True
    ):
        named = dict(zip(("utm_source", "utm_medium", "utm_campaign"), tags, strict=True))
        named = {name: value for name, value in named.items() if value}
        if not named:
            notes.append("")
        elif order % 5 == 0:
            notes.append(f"landing_page: /?{urlencode(named)}")
        else:
            notes.append("\n".join(f"{name}: {value}" for name, value in named.items()))
    return notes
