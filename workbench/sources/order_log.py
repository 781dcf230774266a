"""Rows of an order log to orders: lines summed up, refunds booked, what is unusable counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.channels import from_names, resolve
from workbench.sources.frames import LogRow, fit, sort_rows
from workbench.sources.orders import MONEY
from workbench.sources.refunds import book_refunds

__all__ = ["commonest_categories", "settle"]

_KEY = ["order_id", "customer_id", "day"]


def settle(
    parts: Sequence[pd.DataFrame],
    *,
    currency: str,
    tax_included_rate: float,
    rules: Mapping[str, str],
    as_of: date | None = None,
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
    as_of : date, optional
        Refunds dated later are not booked.

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
    orders = _refunded(orders, as_of, log)
    orders["currency"] = orders["currency"].fillna(currency)
    signal = from_names(orders["channel"], orders["campaign"], confidence="high")
    orders = orders.drop(columns=["channel", "campaign"]).join(resolve([("column", signal)], rules))
    orders["guest"] = False
    orders, lines = _one_id_each(orders, lines, log)
    orders = sort_rows(orders, ["ordered_at", "order_id"])
    lines = sort_rows(lines, ["order_id", "amount", "name", "sku"], ["amount"])
    return fit("orders", orders), fit("order_lines", lines), _products(lines), log


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
                    f"{count} rows are in {_shown(code)}, the brand is in {currency}",
                    str(file),
                    f"rows in {currency} only",
                    "correct `currency` in brand.yaml, or read each currency as its own brand",
                )
                for (file, code), count in counts.items()
            ]
        )


def _shown(code: Any) -> str:
    """Return a currency code; anything else may be personal and is not repeated."""
    return str(code) if re.fullmatch(r"[A-Za-z]{3}", str(code)) else "no currency code"


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
    one_row = ~rows["order_id"].duplicated(keep=False)
    alike = one_row & rows.duplicated(["customer_id", "ordered_at", "revenue"])
    _count(log, rows[alike], "orders alike in customer, time and amount", "kept: their ids differ")
    return rows.copy()


def _whole_orders(rows: pd.DataFrame, log: list[LogRow]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sum up the lines of an order: same id, customer and day."""
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
    )
    named = lines["name"].notna() | lines["sku"].notna()
    lines = lines[named & ~(rows["revenue"] < 0)]
    orders = rows.drop(columns=["product", "category", "sku", "quantity"])
    several = orders.duplicated(_KEY, keep=False)
    if several.any():
        # the order of the input must not decide what the first line is
        some = sort_rows(
            orders[several],
            [*_KEY, "ordered_at", "revenue", "channel", "campaign", "source_file"],
            ["revenue"],
        )
        rest = [name for name in some if name not in {*_KEY, *MONEY}]
        grouped = some.groupby(_KEY, sort=False)
        whole = grouped[list(MONEY)].sum(min_count=1).join(grouped[rest].first()).reset_index()
        _count(log, whole, "orders of several lines summed up", f"{int(several.sum())} rows")
        orders = pd.concat([orders[~several], whole[orders.columns]])
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
    share = (1 - tax / revenue.where(revenue.ne(0))).where(within, 1.0).fillna(1.0).clip(0.0, 1.0)
    refund = orders["refund"].abs().fillna(0.0) * share
    net = revenue * share
    shipping = orders["shipping"].abs().fillna(0.0) * share
    discount = orders["discount"].abs().fillna(0.0) * share
    return orders.assign(
        items=net - shipping + discount,
        discount=discount,
        shipping=shipping,
        tax=tax.fillna(0.0).clip(0.0),
        refund=refund,
        revenue=net,
    )


def _refunded(orders: pd.DataFrame, as_of: date | None, log: list[LogRow]) -> pd.DataFrame:
    """Book negative rows as refunds, then take all refunds off revenue."""
    back = orders["revenue"] < 0
    late = back & (orders["day"] > pd.Timestamp(as_of or pd.Timestamp.max))
    _count(log, orders[late], "refunds after the as-of date not booked")
    kept, back = orders[~back].copy(), back & ~late
    told = kept["refund"] > 0
    _count(log, kept[told], "orders with a refund told beside them", "taken off their revenue")
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
    some = sort_rows(orders[twice], ["order_id", "day", "customer_id"]).copy()
    number = some.groupby("order_id").cumcount() + 1
    some["new_id"] = some["order_id"] + "-" + number.astype("str")
    new_id = some["new_id"].reindex(orders.index)
    orders = orders.assign(order_id=new_id.where(twice, orders["order_id"]))
    lines = lines.merge(some[[*_KEY, "new_id"]], on=_KEY, how="left", sort=False)
    lines["order_id"] = lines["new_id"].where(lines["new_id"].notna(), lines["order_id"])
    return orders, lines


def _products(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the category of each product that the log itself tells: the commonest."""
    both = lines[lines["category"].notna() & (lines["sku"].notna() | lines["name"].notna())]
    key = both["sku"].where(both["sku"].notna(), both["name"]).str.lower()
    return commonest_categories(
        pd.DataFrame({"key": key, "category": both["category"]}).value_counts().reset_index()
    )


def commonest_categories(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the `products` frame of (key, category, count): the commonest category of each key."""
    counts = counts.sort_values(
        ["key", "count", "category"], ascending=[True, False, True], kind="stable"
    )
    return fit("products", counts.drop_duplicates("key"))
