"""Any order log through a column map: one row per order or per line, refunds as negative rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import InputError, Problem, SourceError
from workbench.sources.channels import from_names, resolve
from workbench.sources.frames import LogRow, ReadResult, fit
from workbench.sources.identities import clean_email, customer_key
from workbench.sources.refunds import book_refunds
from workbench.sources.tabular import Table, is_excel_serial, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.brand import Brand, SourceSpec

__all__ = ["COLUMNS_OF_A_LOG", "REQUIRED", "read", "settle"]

REQUIRED = ("order_id", "customer_id", "ordered_at", "revenue")
_MONEY = ("revenue", "refund", "discount", "shipping", "tax")
_TEXT = ("channel", "campaign", "currency", "product", "category", "sku")
COLUMNS_OF_A_LOG = (*REQUIRED, *_MONEY[1:], *_TEXT, "quantity", "email", "contribution")
"""Names that `columns` of a source with ``format: orders`` may map."""

_ALIASES = {
    "order_id": ("order id", "order_number", "order number", "invoice", "transaction_id"),
    "customer_id": ("customer id", "customer"),
    "ordered_at": ("order_date", "order date", "created_at", "created at", "date"),
    "revenue": ("net_revenue", "amount", "total"),
}


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read one file of an order log into typed rows; `settle` makes orders of them.

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
        log.append(LogRow("orders", table.file, "order times rewritten by a spreadsheet", len(rows),
                          "day numbers converted as of the 1900 date system"))
    if "contribution" in table.headers:
        log.append(LogRow("orders", table.file, "column contribution not used", len(rows),
                          "contribution is computed from revenue and the costs in brand.yaml"))
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
    for name in _MONEY:
        attempt(name, lambda name=name: table.number(name))
    attempt("quantity", lambda: table.number("quantity", integer=True))
    if problems:
        raise SourceError(problems)
    for name in _TEXT:
        rows[name] = table.text(name)
    return rows


def settle(
    parts: Sequence[pd.DataFrame],
    *,
    currency: str,
    tax_included_rate: float,
    rules: Mapping[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, list[LogRow]]:
    """Return canonical orders, order lines, products and log of one order log.

    Parameters
    ----------
    parts : sequence of DataFrame
        Rows as `read` returns them, of all files of the log; their order does not matter.
    currency : str
        `Brand.currency`.
    tax_included_rate : float
        Tax within prices, taken off where the log tells no tax.
    rules : mapping
        `Brand.channel_names()`.

    Raises
    ------
    SourceError
        Rows in another currency than the brand's.
    """
    rows = pd.concat(parts, ignore_index=True)
    log: list[LogRow] = []
    _refuse_other_currencies(rows, currency)
    rows = _usable(rows, log)
    rows["day"] = rows["ordered_at"].dt.normalize()
    orders, lines = _whole_orders(rows, log)
    orders = _net_of_tax(orders, tax_included_rate, log)
    orders = _refunded(orders, log)
    orders["currency"] = orders["currency"].fillna(currency)
    signal = from_names(orders["channel"], orders["campaign"], confidence="high")
    orders = orders.drop(columns=["channel", "campaign"]).join(resolve([("column", signal)], rules))
    orders["guest"] = False
    orders, lines = _one_id_each(orders, lines, log)
    orders = orders.sort_values(["ordered_at", "order_id"], kind="stable", ignore_index=True)
    named = lines[lines["name"].notna() | lines["sku"].notna()]
    named = named.sort_values(
        ["order_id", "amount", "name", "sku"], ascending=[True, False, True, True], kind="stable"
    )
    return fit("orders", orders), fit("order_lines", named), _products(lines), log


def _count(log: list[LogRow], rows: pd.DataFrame, what: str, note: str = "") -> None:
    """Log rows by file, with what they amount to."""
    for file, some in rows.groupby("source_file"):
        amount = some["revenue"].sum()
        told = f"revenue {amount:,.2f}" if some["revenue"].notna().any() else ""
        log.append(
            LogRow("orders", str(file), what, len(some), "; ".join(filter(None, [told, note])))
        )


def _refuse_other_currencies(rows: pd.DataFrame, currency: str) -> None:
    code = rows["currency"].str.upper()
    counts = rows[code.notna() & code.ne(currency)].groupby(["source_file", "currency"]).size()
    if len(counts):
        raise SourceError(
            [
                Problem(
                    f"{count} rows are in {code}, the brand is in {currency}",
                    str(file),
                    f"rows in {currency} only",
                    "correct `currency` in brand.yaml, or read each currency as its own brand",
                )
                for (file, code), count in counts.items()
            ]
        )


def _usable(rows: pd.DataFrame, log: list[LogRow]) -> pd.DataFrame:
    """Leave out, and count, rows that cannot be an order of anybody."""
    repeated = rows["order_id"].duplicated(keep=False)
    if repeated.any():
        same = rows.drop(columns="source_file")[repeated].duplicated()
        copies = same[same].index
        _count(log, rows.loc[copies], "exact duplicate rows dropped")
        rows = rows.drop(index=copies)
    for name, what in (
        ("order_id", "rows without an order id dropped"),
        ("ordered_at", "rows without a date dropped"),
        ("customer_id", "rows without a customer left out"),
    ):
        lost = rows[name].isna()
        if lost.any():
            _count(log, rows[lost], what)
            rows = rows[~lost]
    if rows["revenue"].notna().any():
        empty = rows["revenue"].isna()
        _count(log, rows[empty], "rows without an amount left out")
        rows = rows[~empty]
    alike = rows.duplicated(["customer_id", "ordered_at", "revenue"]) & ~rows["order_id"].duplicated(
        keep=False
    )
    _count(log, rows[alike], "orders alike in customer, time and amount", "kept: their ids differ")
    return rows.copy()


def _whole_orders(
    rows: pd.DataFrame, log: list[LogRow]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum up the lines of an order: same id, customer and day."""
    key = ["order_id", "customer_id", "day"]
    lines = pd.DataFrame(
        {
            "order_id": rows["order_id"],
            "customer_id": rows["customer_id"],
            "day": rows["day"],
            "sku": rows["sku"],
            "name": rows["product"].where(rows["product"].notna(), rows["category"]),
            "vendor": pd.Series(pd.NA, index=rows.index, dtype="str"),
            "category": rows["category"],
            "quantity": rows["quantity"],
            "amount": rows["revenue"],
        }
    )[~(rows["revenue"] < 0)]
    orders = rows.drop(columns=["product", "category", "sku", "quantity"])
    several = orders.duplicated(key, keep=False)
    if several.any():
        # the order of the input must not decide what the first line is
        some = orders[several].sort_values(
            [*key, "ordered_at", "revenue", "channel", "campaign", "source_file"], kind="stable"
        )
        sums = dict.fromkeys(_MONEY, lambda values: values.sum(min_count=1))
        rest = dict.fromkeys((c for c in some if c not in {*key, *_MONEY}), "first")
        grouped = some.groupby(key, sort=False)
        summed = grouped[list(_MONEY)].sum(min_count=1)
        whole = summed.join(grouped[list(rest)].first()).reset_index()
        _count(log, whole, "orders of several lines summed up", f"{int(several.sum())} rows")
        orders = pd.concat([orders[~several], whole[orders.columns]])
        del sums
    return orders.reset_index(drop=True), lines


def _net_of_tax(orders: pd.DataFrame, rate: float, log: list[LogRow]) -> pd.DataFrame:
    """Take tax off revenue where it contains any, and name the parts of the order."""
    revenue, told = orders["revenue"], orders["tax"]
    within = orders["includes_tax"] | (rate > 0)
    tax = told.where(told.notna(), revenue * rate / (1 + rate))
    apart = told.gt(0) & ~within
    _count(
        log,
        orders[apart],
        "orders with tax beside revenue",
        "taken as not part of it; else set options: {revenue_includes_tax: true}",
    )
    share = (1 - tax / revenue.where(revenue.ne(0))).where(within, 1.0).fillna(1.0)
    refund = orders["refund"].abs().fillna(0.0) * share
    net = revenue * share
    shipping, discount = (orders[name].abs().fillna(0.0) * share for name in ("shipping", "discount"))
    return orders.assign(
        items=net - shipping + discount,
        discount=discount,
        shipping=shipping,
        tax=tax.fillna(0.0),
        refund=refund,
        revenue=net,
    )


def _refunded(orders: pd.DataFrame, log: list[LogRow]) -> pd.DataFrame:
    """Book negative rows as refunds, then take all refunds off revenue."""
    back = orders["revenue"] < 0
    kept = orders[~back].copy()
    if back.any():
        refunds = orders[back].assign(amount=-orders["revenue"])
        booked, unbooked = book_refunds(
            kept.assign(amount=(kept["revenue"] - kept["refund"]).clip(0.0)), refunds
        )
        kept["refund"] += booked
        _count(log, refunds, "negative rows booked as refunds of earlier orders")
        left = refunds.assign(revenue=-unbooked)[unbooked > 0]
        _count(log, left, "refunds without an earlier order to carry them, left out")
    over = kept["refund"] > kept["revenue"] + 0.005
    _count(log, kept[over], "refunds larger than their order")
    refund, revenue = kept["refund"], kept["revenue"]
    status = pd.Series("paid", index=kept.index, dtype="str")
    status = status.mask(refund.gt(0), "partially_refunded")
    kept["status"] = status.mask(refund.gt(0) & refund.ge(revenue - 0.005), "refunded")
    # a full refund must leave 0, not 1e-15; adding 0 turns -0.0 into 0.0
    for name in ("items", "discount", "shipping", "tax", "refund"):
        kept[name] = kept[name].round(6) + 0.0
    kept["revenue"] = (revenue - refund).round(6) + 0.0
    return kept


def _one_id_each(
    orders: pd.DataFrame, lines: pd.DataFrame, log: list[LogRow]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tell orders apart that share an id but not customer and day."""
    twice = orders["order_id"].duplicated(keep=False)
    if not twice.any():
        return orders, lines
    _count(log, orders[twice], "orders that share an id with another", "told apart by a suffix")
    key = ["order_id", "customer_id", "day"]
    some = orders[twice].sort_values(["order_id", "day", "customer_id"], kind="stable")
    number = some.groupby("order_id").cumcount() + 1
    some["new_id"] = some["order_id"] + "-" + number.astype("str")
    orders = orders.copy()
    orders.loc[some.index, "order_id"] = some["new_id"]
    lines = lines.merge(some[[*key, "new_id"]], on=key, how="left", sort=False)
    lines["order_id"] = lines["new_id"].where(lines["new_id"].notna(), lines["order_id"])
    return orders, lines


def _products(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the category of each product that the log itself tells: the commonest."""
    both = lines[lines["category"].notna() & (lines["sku"].notna() | lines["name"].notna())]
    key = both["sku"].where(both["sku"].notna(), both["name"]).str.lower()
    counts = pd.DataFrame({"key": key, "category": both["category"]}).value_counts().reset_index()
    counts = counts.sort_values(
        ["key", "count", "category"], ascending=[True, False, True], kind="stable"
    )
    return fit("products", counts.drop_duplicates("key"))
