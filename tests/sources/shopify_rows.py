"""Rows of Shopify's orders export, written as the admin writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,"
    "Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,"
    "Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,"
    "Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,"
    "Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,"
    "Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
).split(",")
"""The 79 columns of today's export."""

PARTIAL = ["Name", "Email", "Financial Status", "Currency", "Total", "Created at"]
"""The least that can be read."""

ORDER = {
    "Name": "#1001",
    "Email": "ann@example.org",
    "Financial Status": "paid",
    "Paid at": "2025-10-07 09:50:26 +0200",
    "Accepts Marketing": "yes",
    "Currency": "USD",
    "Subtotal": "40.00",
    "Shipping": "5.00",
    "Taxes": "3.00",
    "Total": "48.00",
    "Discount Amount": "10.00",
    "Created at": "2025-10-07 09:50:26 +0200",
    "Lineitem quantity": "2",
    "Lineitem name": "Oolong - 100 g",
    "Lineitem price": "20.00",
    "Lineitem sku": "OOL-100",
    "Lineitem discount": "0.00",
    "Billing Name": "Ann Lee",
    "Billing Zip": "'75008",
    "Billing City": "Paris",
    "Billing Country": "FR",
    "Refunded Amount": "0.00",
    "Vendor": "Juniper",
    "Outstanding Balance": "0.00",
    "Id": "5400000000001",
    "Source": "web",
}
"""One paid order of 50.00 in goods, 10.00 off."""

REPEATED = ["Name", "Email", "Created at", "Vendor"]
"""What the export repeats on the further rows of an order."""


def further(order: dict[str, str], **line: str) -> dict[str, str]:
    """Return a further row of an order: only its line, and what every row repeats."""
    names = {"quantity": "1", "name": "Cup", "price": "10.00", "sku": "CUP", "discount": "0.00"}
    cells = {f"Lineitem {key}": value for key, value in (names | line).items()}
    return {name: order[name] for name in REPEATED if name in order} | cells


def text(
    rows: Iterable[dict[str, str]], header: Sequence[str] = HEADER, delimiter: str = ","
) -> str:
    """Return an export of these rows."""
    file = io.StringIO()
    writer = csv.DictWriter(
        file,
        list(header),
        restval="",
        extrasaction="ignore",
        lineterminator="\n",
        delimiter=delimiter,
    )
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
