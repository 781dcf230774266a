"""Any order log through a column map: one row per order or per line, refunds as negative rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import InputError, Problem, SourceError
from workbench.sources.frames import LogRow, ReadResult, fit
from workbench.sources.identities import clean_email, customer_key
from workbench.sources.tabular import Table, is_excel_serial, read_table

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["COLUMNS_OF_A_LOG", "MONEY", "REQUIRED", "read"]

REQUIRED = ("order_id", "customer_id", "ordered_at", "revenue")
MONEY = ("revenue", "refund", "discount", "shipping", "tax")
_TEXT = ("channel", "campaign", "currency", "product", "category", "sku")
COLUMNS_OF_A_LOG = (*REQUIRED, *MONEY[1:], *_TEXT, "quantity", "email", "contribution")
"""Names that `columns` of a source with ``format: orders`` may map."""

_ALIASES = {
    "order_id": ("order id", "order_number", "order number", "invoice", "transaction_id"),
    "customer_id": ("customer id", "customer"),
    "ordered_at": ("order_date", "order date", "created_at", "created at", "date"),
    "revenue": ("net_revenue", "amount", "total"),
}


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read one file of an order log into typed rows; `order_log.settle` makes orders of them.

    Parameters
    ----------
    spec : SourceSpec
        columns: names of `COLUMNS_OF_A_LOG` -> header in the file. revenue is the amount of the
        order before refunds, discounts taken off, shipping charged included; it may be empty
        throughout. options: revenue_includes_tax (bool), decimal, dates.

    Raises
    ------
    SourceError
        Missing or unknown columns, unreadable dates or amounts: all of them at once.
    """
    unknown = sorted(set(spec.columns) - set(COLUMNS_OF_A_LOG))
    if unknown:
        raise SourceError(
            Problem(
                f"brand.yaml maps {', '.join(unknown)}, which an order log does not have",
                path.name,
                ", ".join(COLUMNS_OF_A_LOG),
                "use these names on the left of `columns`",
            )
        )
    table = read_table(
        path,
        required=REQUIRED,
        aliases=_ALIASES | {name: () for name in COLUMNS_OF_A_LOG if name not in _ALIASES},
        columns=spec.columns,
        options=spec.options,
    )
    rows = _typed(table, brand.timezone)
    log = []
    if is_excel_serial(table.text("ordered_at")):
        log.append(
            LogRow(
                "orders",
                table.file,
                "order times rewritten by a spreadsheet",
                len(rows),
                "day numbers converted as of the 1900 date system",
            )
        )
    if "contribution" in table.headers:
        log.append(
            LogRow(
                "orders",
                table.file,
                "column contribution not used",
                len(rows),
                "contribution is computed from revenue and the costs in brand.yaml",
            )
        )
    rows["includes_tax"] = bool(spec.options.get("revenue_includes_tax", False))
    rows["source_file"] = table.file
    address = rows["customer_id"].str.contains("@", regex=False).fillna(False).astype(bool)
    email = clean_email(table.text("email"))
    email = email.where(~address, clean_email(rows["customer_id"]))
    rows["customer_id"] = rows["customer_id"].where(~address)
    rows["customer_id"] = rows["customer_id"].where(
        rows["customer_id"].notna(), customer_key(email, slug=brand.slug)
    )
    people = pd.DataFrame({"customer_id": rows["customer_id"], "email": email}).dropna()
    return ReadResult(rows, log, fit("identities", people.drop_duplicates("customer_id")))


def _typed(table: Table, timezone: str) -> pd.DataFrame:
    problems: list[Problem] = []
    rows = pd.DataFrame(index=table.frame.index)

    def attempt(name: str, read: Any) -> None:
        try:
            rows[name] = read()
        except InputError as error:
            problems.extend(error.problems)

    for name in ("order_id", "customer_id"):
        attempt(name, lambda name=name: table.id(name))
    attempt("ordered_at", lambda: table.date("ordered_at", timezone))
    for name in MONEY:
        attempt(name, lambda name=name: table.number(name))
    attempt("quantity", lambda: table.number("quantity", integer=True))
    if problems:
        raise SourceError(problems)
    for name in _TEXT:
        rows[name] = table.text(name)
    return rows
