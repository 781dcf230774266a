"""Any order log through a column map: one row per order or per line, refunds as negative rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import InputError, Problem, SourceError
from workbench.sources.database_table import PERSONAL, DatabaseTable
from workbench.sources.frames import LogRow, ReadResult, empty, fit
from workbench.sources.identities import clean_email, customer_key
from workbench.sources.reader_settings import TABLE_OPTIONS, check_settings
from workbench.sources.tabular import Table, match_columns, read_table

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["COLUMNS_OF_A_LOG", "MONEY", "REQUIRED", "columns_of", "includes_tax", "read"]

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
    **{name: () for name in COLUMNS_OF_A_LOG if name not in REQUIRED},
}


def read(path: Path | DatabaseTable, spec: SourceSpec, brand: Brand) -> ReadResult:
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
    _check(spec)
    table = read_table(
        path, required=REQUIRED, aliases=_ALIASES, columns=spec.columns, options=spec.options
    )
    rows = _typed(table, brand.timezone)
    log = table.doubts("orders", time="ordered_at", ids=["sku"])
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
    rows["includes_tax"] = includes_tax(spec)
    rows["source_file"] = table.file
    rows["customer_id"], people = _without_addresses(rows["customer_id"], table, brand.slug)
    return ReadResult(rows, log, people)


def includes_tax(spec: SourceSpec) -> bool:
    """Tell whether the amounts of a log contain the tax that stands beside them."""
    return bool(spec.options.get("revenue_includes_tax", False))


def columns_of(table: DatabaseTable, spec: SourceSpec) -> dict[str, str]:
    """Return our name -> column of a database table, checked as `read` checks a file.

    Raises
    ------
    SourceError
        Missing or unknown columns: all of them at once.
    """
    _check(spec)
    aliases = {name: more for name, more in _ALIASES.items() if name not in PERSONAL}
    places = match_columns(table.name, table.header, REQUIRED, aliases, spec.columns)
    return {name: table.header[place] for name, place in places.items()}


def _check(spec: SourceSpec) -> None:
    check_settings(
        spec, columns=COLUMNS_OF_A_LOG, options={**TABLE_OPTIONS, "revenue_includes_tax": bool}
    )


def _without_addresses(
    customer: pd.Series[Any], table: Table, slug: str
) -> tuple[pd.Series[str], pd.DataFrame]:
    """Return customer ids with keys in place of e-mail addresses, and who has which address."""
    address = customer.str.contains("@", regex=False).fillna(False).astype(bool)
    email = table.text("email")
    if not address.any() and email.isna().all():
        return customer, empty("identities")
    written = customer.str.strip().str.lower()
    email = clean_email(email).where(~address, written)
    known = customer.where(~address)
    known = known.where(known.notna(), customer_key(email, slug=slug))
    people = pd.DataFrame({"customer_id": known, "email": email}).dropna()
    return known, fit("identities", people.drop_duplicates("customer_id"))


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
