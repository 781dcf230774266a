"""Orders of a database table made canonical where they are, so that their rows need not leave it.

The same rules as `order_log.settle`, as expressions that the database computes. They cover a table
that holds one clean row per order. Anything else (lines of orders, refunds as rows of their own,
e-mail addresses as customers, dates or amounts as text) is read row by row instead, which gives the
same orders and is slower; the reading log says why.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.database import close, keep, ones, quiet
from workbench.sources.channel_names import name_channels
from workbench.sources.channels import UNKNOWN, one_spelling
from workbench.sources.database_table import DatabaseTable
from workbench.sources.dates import FIRST_YEAR, LAST_YEAR
from workbench.sources.doubts import ABSURD, DOUBTS
from workbench.sources.frames import COLUMNS, LogRow, empty, fit, sort_rows
from workbench.sources.order_log import commonest_categories
from workbench.sources.orders import columns_of, includes_tax

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.brand import Brand, SourceSpec

__all__ = ["AMOUNTS", "NotClean", "OrderTable", "order_table"]

AMOUNTS = ["day", "revenue", "refund", "currency"]
"""What questions about the orders as a whole need of each."""
_TEXTS = (
    "order_id",
    "customer_id",
    "channel",
    "campaign",
    "currency",
    "product",
    "category",
    "sku",
)
_NUMBERS = ("revenue", "refund", "discount", "shipping", "tax", "quantity")
_MOST_CHANNELS = 500
_ODD_ID = r"^'|^\d+\.0$|^\d([.,]\d+)?[eE]\+?\d{1,2}$|^#{2,}$|^#(REF|VALUE|NAME|DIV|NUM|NULL)"
_KEY = r"^[cg]_[0-9a-f]{16}$"


class NotClean(Exception):
    """Why a table cannot be made canonical by expressions alone."""


@dataclass(frozen=True, eq=False)
class OrderTable:
    """Canonical orders and lines as expressions on their own database.

    Attributes
    ----------
    source : DatabaseTable
        Its connection is closed when nothing refers to this object any more.
    orders, lines : ibis table
        The canonical frames `orders` and `order_lines`.
    products : DataFrame
        Categories that the table itself tells.
    log : list of LogRow
    has_money : bool
        Whether any order has an amount.
    number, unknown, keyed : int
        Orders; those without a known channel; those whose customer id looks like one of our keys.
    """

    source: DatabaseTable
    orders: ir.Table
    lines: ir.Table
    products: pd.DataFrame
    log: list[LogRow]
    has_money: bool
    number: int
    unknown: int
    keyed: int

    def __post_init__(self) -> None:
        weakref.finalize(self, close, self.source.connection)

    def amounts(self) -> pd.DataFrame:
        """Return day, revenue, refund and currency of each order, and nothing of its customer."""
        frame = _fetch(self.orders.select(*AMOUNTS))
        return frame.astype({name: COLUMNS["orders"][name] for name in AMOUNTS})

    def frame(self, name: str) -> pd.DataFrame:
        """Return the canonical frame `orders` or `order_lines`: every row is fetched."""
        if name == "orders":
            return fit("orders", sort_rows(_fetch(self.orders), ["ordered_at", "order_id"]))
        by = ["order_id", "amount", "name", "sku"]
        return fit("order_lines", sort_rows(_fetch(self.lines), by, ["amount"]))


def _fetch(table: ir.Table) -> pd.DataFrame:
    with quiet():
        return table.to_pyarrow().to_pandas(date_as_object=False)


def order_table(source: DatabaseTable, spec: SourceSpec, brand: Brand) -> OrderTable:
    """Make the orders of a table canonical by expressions.

    Raises
    ------
    NotClean
        With the reason, where rows must be read one by one.
    SourceError
        Missing or unknown columns.
    """
    import ibis

    rows = _typed(source, columns_of(source, spec), brand)
    facts = _facts(rows, brand)
    file, log = source.name, []

    def note(what: str, count: Any, amount: Any = None, more: str = "") -> None:
        if count:
            told = f"revenue {float(amount):,.2f}" if facts["priced"] and amount is not None else ""
            log.append(
                LogRow("orders", file, what, int(count), "; ".join(filter(None, [told, more])))
            )

    note("rows without an order id dropped", facts["no_id"], facts["no_id_sum"])
    note("rows without a date dropped", facts["no_date"], facts["no_date_sum"])
    note("rows without a customer left out", facts["no_customer"], facts["no_customer_sum"])
    rows = rows.filter(rows.order_id.notnull(), rows.ordered_at.notnull())
    rows = rows.filter(rows.customer_id.notnull())
    has_money = bool(facts["priced"])
    if has_money:
        note("rows without an amount left out", facts["no_amount"])
        rows = rows.filter(rows.revenue.notnull())
    within = includes_tax(spec) or bool(brand.costs and brand.costs.tax_included_rate)
    priced = _priced(rows, within, brand.costs.tax_included_rate if brand.costs else 0.0)
    named = _with_channels(priced, brand.channel_names())
    orders = named.mutate(
        currency=named.currency.coalesce(brand.currency),
        guest=ibis.literal(False),
        source_file=ibis.literal(file),
        day=named.ordered_at.date(),
    )
    orders = keep(source.connection, orders, "orders")
    lines = _lines(orders)
    told, kept = _told(orders, within), orders.select(*COLUMNS["orders"])
    alike = _alike(orders)
    note("orders alike in customer, time and amount", alike["count"], alike["sum"],
         "kept: their ids differ")  # fmt: skip
    note("orders with tax beside revenue", told["apart"], told["apart_sum"],
         "taken as not part of it; else set options: {revenue_includes_tax: true}")  # fmt: skip
    note("orders with a refund told beside them", told["told"], told["told_sum"],
         "taken off their revenue")  # fmt: skip
    note("refunds larger than their order", told["over"], told["over_sum"])
    looks = _looks(kept, brand)
    for name, (what, words) in DOUBTS.items():
        if looks[name]:
            said = words.format(typical=looks["typical"] or float("nan"))
            log.append(LogRow("orders", file, what, int(looks[name]), said))
    return OrderTable(
        source, kept, lines, _products(lines), log, has_money,
        number=int(facts["rows"]), unknown=int(looks["unknown"]), keyed=int(facts["keyed"]),
    )  # fmt: skip


def _typed(source: DatabaseTable, found: Mapping[str, str], brand: Brand) -> ir.Table:
    """Return the columns that are asked for under our names, in our types."""
    import ibis

    table = source.table
    columns: dict[str, ir.Value] = {}
    for name in _TEXTS:
        if name not in found:
            columns[name] = ibis.null("string")
            continue
        column = table[found[name]]
        kind = column.type()
        if not (kind.is_string() or kind.is_integer()):
            raise NotClean(f"column {found[name]!r} is of type {kind}")
        columns[name] = column.cast("string").strip().nullif("")
    for name in _NUMBERS:
        if name not in found:
            columns[name] = ibis.null("float64")
            continue
        column = table[found[name]]
        if not column.type().is_numeric():
            raise NotClean(f"column {found[name]!r} is of type {column.type()}")
        columns[name] = column.cast("float64")
    columns["ordered_at"] = _clock(source, table[found["ordered_at"]], brand.timezone)
    return table.select(**columns)


def _clock(source: DatabaseTable, column: ir.Value, timezone: str) -> ir.Value:
    """Return a date or time as the wall clock of the shop."""
    import ibis
    import ibis.expr.datatypes as dt

    kind = column.type()
    if kind.is_date() or (kind.is_timestamp() and kind.timezone is None):
        return column.cast("timestamp(6)")
    engine, wall = source.connection.name, dt.Timestamp(scale=6)
    if kind.is_timestamp() and engine in ("duckdb", "postgres"):
        local = ibis.udf.scalar.builtin(
            lambda zone, at: at, name="timezone", signature=((dt.string, kind), wall)
        )
        return local(timezone, column)
    if kind.is_timestamp() and engine == "pyspark":  # ibis sets the clock of its session to UTC
        local = ibis.udf.scalar.builtin(
            lambda at, zone: at, name="from_utc_timestamp", signature=((kind, dt.string), wall)
        )
        return local(column, timezone)
    raise NotClean(f"column {column.get_name()!r} is of type {kind}")


def _facts(rows: ir.Table, brand: Brand) -> dict[str, Any]:
    """Count in one question all that decides how the table is read; refuse what is not clean."""
    at, amount = rows.ordered_at, rows.revenue
    no_id = rows.order_id.isnull()
    no_date = ~no_id & at.isnull()
    no_customer = ~no_id & ~at.isnull() & rows.customer_id.isnull()
    whole = ~no_id & ~at.isnull() & ~rows.customer_id.isnull()
    numbers = [rows[name] for name in _NUMBERS]
    unusual = reduce(
        or_, [(number.isnan() | number.isinf()).fill_null(False) for number in numbers]
    )
    code = rows.currency.upper()
    masks = {
        "no_id": no_id,
        "no_date": no_date,
        "no_customer": no_customer,
        "no_amount": whole & amount.isnull(),
        "priced": whole & amount.notnull(),
        "negative": amount < 0,
        "unusual": unusual,
        "addresses": rows.customer_id.contains("@"),
        "odd": rows.order_id.re_search(_ODD_ID) | rows.customer_id.re_search(_ODD_ID),
        "keyed": rows.customer_id.re_search(_KEY),
        "foreign": code != brand.currency,
        "absurd": (at.year() < FIRST_YEAR) | (at.year() > LAST_YEAR),
    }
    sums = ("no_id", "no_date", "no_customer")
    found: dict[str, Any] = _row(
        rows.agg(
            rows=rows.count(),
            ids=rows.order_id.nunique(),
            **{name: ones(mask).sum() for name, mask in masks.items()},
            **{f"{name}_sum": amount.sum(where=masks[name]) for name in sums},
        )
    )
    found |= {name: 0 for name in masks if found[name] is None}
    reasons = {
        "several rows share an order id": found["rows"] - found["no_id"] != found["ids"],
        "several rows have no order id": found["no_id"] > 1,
        "refunds are rows of their own": found["negative"],
        "some amounts are no numbers": found["unusual"],
        "customers are e-mail addresses": found["addresses"],
        "some ids look as a spreadsheet leaves them": found["odd"],
        "rows are in another currency": found["foreign"],
        "some dates are absurd": found["absurd"],
        "the table holds no usable row": found["rows"] == 0,
    }
    for reason, so in reasons.items():
        if so:
            raise NotClean(reason)
    return found


def _row(table: ir.Table) -> dict[str, Any]:
    with quiet():
        return dict(table.to_pyarrow().to_pylist()[0])


def _priced(rows: ir.Table, within: bool, rate: float) -> ir.Table:
    """Take tax and refunds off revenue, as `order_log` does."""
    import ibis

    revenue = rows.revenue
    tax = rows.tax.coalesce(revenue * rate / (1 + rate))
    share = ibis.literal(1.0)
    if within:
        share = (1 - tax / revenue.nullif(0.0)).coalesce(1.0).clip(0.0, 1.0)
    net = revenue * share
    parts = {
        name: rows[name].abs().coalesce(0.0) * share for name in ("refund", "discount", "shipping")
    }
    rows = rows.mutate(
        raw=revenue, told_tax=rows.tax, net=net, tax=tax.coalesce(0.0).clip(lower=0.0),
        items=net - parts["shipping"] + parts["discount"], **parts,
    )  # fmt: skip
    status = ibis.cases(
        ((rows.refund > 0) & (rows.refund >= rows.net - 0.005), "refunded"),
        (rows.refund > 0, "partially_refunded"),
        else_="paid",
    )
    rounded = {
        name: rows[name].round(6).cast("float64") + 0.0
        for name in ("items", "discount", "shipping", "tax", "refund")
    }
    left = (rows.net - rows.refund).round(6).cast("float64") + 0.0
    return rows.mutate(status=status, revenue=left, full=rows.refund, **rounded)


def _with_channels(rows: ir.Table, rules: Mapping[str, str]) -> ir.Table:
    """Name the channels: each raw source once, in Python, as there are few."""
    import ibis

    counts = _fetch(rows.group_by("channel").agg(number=rows.count()))
    counts = counts[counts["channel"].notna()].sort_values("channel").reset_index(drop=True)
    if len(counts) > _MOST_CHANNELS:
        raise NotClean(f"column channel holds {len(counts):,} different values")
    raw = counts["channel"].astype("str")
    silent = pd.Series(pd.NA, index=raw.index, dtype="str")
    names = name_channels(raw, silent, pd.Series("name", index=raw.index, dtype="str"), rules)
    names = one_spelling(names, counts["number"])
    pairs = [(one, name) for one, name in zip(raw, names, strict=True) if pd.notna(name)]
    nothing = ibis.null("string")
    channel = rows.channel.cases(*pairs, else_=nothing) if pairs else nothing
    rows = rows.mutate(channel=channel)
    known = rows.channel.notnull()
    return rows.mutate(
        channel=rows.channel.coalesce(UNKNOWN),
        channel_source=ibis.ifelse(known, "column", "unknown"),
        channel_confidence=ibis.ifelse(known, "high", "none"),
        campaign=ibis.ifelse(known, rows.campaign, nothing),
    )


def _lines(rows: ir.Table) -> ir.Table:
    import ibis

    lines = rows.select(
        "order_id",
        "sku",
        "category",
        "quantity",
        name=rows["product"].coalesce(rows.category),
        vendor=ibis.null("string"),
        amount=rows.raw,
    )
    return lines.filter(lines.name.notnull() | lines.sku.notnull())


def _products(lines: ir.Table) -> pd.DataFrame:
    known = lines.filter(lines.category.notnull())
    known = known.mutate(key=known.sku.coalesce(known.name).lower())
    counts = _fetch(known.group_by("key", "category").agg(count=known.count()))
    if counts.empty:
        return empty("products")
    return commonest_categories(counts)


def _alike(rows: ir.Table) -> dict[str, Any]:
    same = rows.group_by("customer_id", "ordered_at", "raw").agg(number=rows.count())
    same = same.filter(same.number > 1)
    more = same.number - 1
    return _row(same.agg(count=more.sum(), sum=(same.raw * more).sum()))


def _told(orders: ir.Table, within: bool) -> dict[str, Any]:
    masks = {"told": orders.full > 0, "over": orders.full > orders.net + 0.005}
    if not within:
        masks["apart"] = orders.told_tax > 0
    sums = {name: orders.raw if name == "apart" else orders.net for name in masks}
    found = _row(
        orders.agg(
            **{name: ones(mask).sum() for name, mask in masks.items()},
            **{f"{name}_sum": sums[name].sum(where=mask) for name, mask in masks.items()},
        )
    )
    return {"apart": 0, "apart_sum": None, **found}


def _looks(orders: ir.Table, brand: Brand) -> dict[str, Any]:
    """Count what `doubts` counts."""
    import ibis

    revenue = orders.revenue
    paid = ibis.ifelse(revenue > 0, revenue, ibis.null("float64"))  # Spark's median has no `where`
    first = _row(
        orders.agg(priced=revenue.count(), rows=orders.count(),
                   typical=paid.median())
    )  # fmt: skip
    masks = {
        "negative": revenue < 0,
        "nothing": revenue == 0,
        "unknown": orders.channel_source == "unknown",
    }
    if brand.as_of is not None:
        masks["late"] = orders.day > ibis.date(brand.as_of)
    if first["typical"] is not None:
        masks["absurd"] = revenue > float(first["typical"]) * ABSURD
    found = _row(orders.agg(**{name: ones(mask).sum() for name, mask in masks.items()}))
    moneyless = 0 if first["priced"] else first["rows"]
    nothing = {"late": 0, "absurd": 0, "moneyless": moneyless, "typical": first["typical"]}
    return {**nothing, **found}
