"""Shopify's orders export: one row per line item, order-level cells on the first row only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import InputError, Problem, SourceError
from workbench.sources.channels import from_notes, from_patterns, resolve
from workbench.sources.consent import to_bool
from workbench.sources.frames import LogRow, fit
from workbench.sources.identities import clean_email, customer_key
from workbench.sources.order_states import SHOP_OPTIONS, drop_reasons
from workbench.sources.phones import clean_phone
from workbench.sources.reader_settings import TABLE_OPTIONS, check_settings
from workbench.sources.shop_orders import MONEY, RAW, ShopOrders
from workbench.sources.tabular import Table, read_table

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["REQUIRED", "read"]

REQUIRED = ("name", "financial status", "created at", "total", "currency")
"""Columns without which an orders export cannot be read; e-mail or phone come on top."""

_MONEY_COLUMNS = {
    "total": "total",
    "subtotal": "subtotal",
    "taxes": "taxes",
    "shipping": "shipping",
    "discount": "discount amount",
    "refunded": "refunded amount",
    "outstanding": "outstanding balance",
}
_FIRST = (
    "id", "email", "phone", "billing phone", "shipping phone", "billing country",
    "shipping country", "financial status", "currency", "note attributes", "discount code", "tags",
    "source", "cancelled at", "payment method", "accepts marketing", "billing name",
    "shipping name", "billing city", "shipping city", "billing province", "shipping province",
    "billing zip", "shipping zip",
)  # fmt: skip

_LINE = ("quantity", "name", "price", "sku", "discount")
_COLUMNS = (
    *REQUIRED,
    *_FIRST,
    *_MONEY_COLUMNS.values(),
    *(f"lineitem {name}" for name in _LINE),
    "vendor",
)


def read(path: Path, spec: SourceSpec, brand: Brand) -> ShopOrders:
    """Read one orders export, of any age of the header.

    Parameters
    ----------
    spec : SourceSpec
        options: keep, exclude_sources, exclude_tags (see `drop_reasons`), tags and discount_codes
        (pattern -> channel), decimal, dates.

    Raises
    ------
    SourceError
        Missing columns, damaged ids, unreadable dates or amounts: all of them at once.
    """
    check_settings(spec, columns=_COLUMNS, options=TABLE_OPTIONS | SHOP_OPTIONS)
    table = read_table(path, required=REQUIRED, columns=spec.columns, options=spec.options)
    if not {"email", "phone", "billing phone", "shipping phone"} & set(table.frame):
        raise SourceError(
            Problem(
                "neither Email nor Phone is in the file, so customers cannot be told apart",
                table.file,
                "the columns of Shopify's orders export",
                "export the orders again with all columns",
            )
        )
    cells = _parsed(table, brand.timezone)
    order, log_rows = _order_labels(cells, table)
    firsts = _first_known(cells, order)
    firsts["order"] = firsts.index
    firsts["source_file"] = table.file
    log_rows += table.doubts("shopify", time="created at", ids=["lineitem sku"])
    return _shaped(firsts, _lines(cells, order), log_rows, spec, brand)


def _parsed(table: Table, timezone: str) -> pd.DataFrame:
    """Return the needed cells by row, typed; every problem of the file is raised together."""
    frame = table.frame
    cells = pd.DataFrame({name: table.text(name) for name in _FIRST}, index=frame.index)
    cells["name"] = table.text("name")
    problems: list[Problem] = []

    def attempt(name: str, read: Any) -> None:
        try:
            cells[name] = read()
        except InputError as error:
            problems.extend(error.problems)

    attempt("ordered_at", lambda: table.date("created at", timezone))
    attempt("id", lambda: table.id("id"))
    attempt("name", lambda: table.id("name"))
    for name, column in _MONEY_COLUMNS.items():
        attempt(name, lambda column=column: table.number(column))
    for name in ("lineitem price", "lineitem discount"):
        attempt(name, lambda name=name: table.number(name))
    attempt("lineitem quantity", lambda: table.number("lineitem quantity", integer=True))
    for name in ("lineitem name", "lineitem sku", "vendor"):
        cells[name] = table.text(name)
    if problems:
        raise SourceError(problems)
    return cells


def _order_labels(cells: pd.DataFrame, table: Table) -> tuple[pd.Series[Any], list[LogRow]]:
    """Number the order of each row; NaN for rows that belong to none.

    An order is its name and time, so that an old order of the same name stays another one. Its
    further rows may leave both blank. An order that stands twice in the file (exports pasted
    together) gets two numbers, each with its own rows.
    """
    rows: list[LogRow] = []

    def report(what: str, count: int) -> None:
        if count:
            rows.append(LogRow("shopify", table.file, what, count))

    name = cells["name"].ffill()
    report("rows before the first order name dropped", int(name.isna().sum()))
    run = name.ne(name.shift()).cumsum()
    time = cells["ordered_at"].groupby(run).ffill()
    time = time.where(time.notna(), time.groupby(name).transform("first"))
    undated = name.notna() & time.isna()
    report("orders without a creation time dropped", int(name[undated].nunique()))
    usable = name.notna() & time.notna()
    full = cells["total"].notna()
    filled_down = bool(full.all())  # by a tool that repeats order-level cells on every row
    key = [name, time, cells["id"].fillna("")] if filled_down else [name, time]
    order = pd.Series(pd.MultiIndex.from_arrays(key).factorize()[0], index=cells.index)
    if filled_down:
        copy = cells.duplicated() & usable
        report("rows repeated within the file dropped", int(copy.sum()))
        usable &= ~copy
    block = (order.ne(order.shift()) | (full & (not filled_down))).cumsum()
    complete = full.groupby(block).transform("any")
    first_complete = block.where(complete).groupby(order).transform("min")
    number = block.where(complete, first_complete.fillna(block)).astype("float64")
    return number.where(usable), rows


def _first_known(cells: pd.DataFrame, order: pd.Series[Any]) -> pd.DataFrame:
    """Return one row per order with the first value known of each order-level column."""
    known = order.notna()
    cells, order = cells.loc[known, [*_FIRST, "name", "ordered_at", *MONEY]], order[known]
    first = ~order.duplicated()
    heads = cells[first].set_axis(pd.Index(order[first].astype("int64")))
    for column in heads:
        later = cells.loc[~first & cells[column].notna(), column]
        if len(later) and heads[column].isna().any():
            later.index = pd.Index(order[later.index].astype("int64"))
            heads[column] = heads[column].fillna(later[~later.index.duplicated()])
    return heads


def _lines(cells: pd.DataFrame, order: pd.Series[Any]) -> pd.DataFrame:
    held = order.notna() & (cells["lineitem name"].notna() | cells["lineitem sku"].notna())
    part = cells[held]
    quantity = part["lineitem quantity"].fillna(1.0)
    amount = quantity * part["lineitem price"] - part["lineitem discount"].fillna(0.0)
    return pd.DataFrame(
        {
            "order": order[held].astype("int64"),
            "sku": part["lineitem sku"].str.removeprefix("'"),
            "name": part["lineitem name"],
            "vendor": part["vendor"],
            "quantity": quantity,
            "amount": amount,
        }
    )


def _shaped(
    firsts: pd.DataFrame,
    lines: pd.DataFrame,
    log_rows: list[LogRow],
    spec: SourceSpec,
    brand: Brand,
) -> ShopOrders:
    either = {
        field: firsts[f"shipping {field}"].where(
            firsts[f"shipping {field}"].notna(), firsts[f"billing {field}"]
        )
        for field in ("name", "city", "province", "zip", "country")
    }
    email = clean_email(firsts["email"])
    phone = firsts["phone"]
    for other in ("billing phone", "shipping phone"):
        phone = phone.where(phone.notna(), firsts[other])
    phone = clean_phone(phone, either["country"])
    names = either["name"].str.extract(r"^\s*(\S+)\s*(.*)$")
    people = pd.DataFrame(
        {
            "customer_id": customer_key(email, phone, slug=brand.slug),
            "email": email,
            "phone": phone,
            "first_name": names[0],
            "last_name": names[1],
            "city": either["city"],
            "province": either["province"],
            "zip": either["zip"].str.removeprefix("'"),
            "country": either["country"],
            "consent_email": to_bool(firsts["accepts marketing"]),
            "at": firsts["ordered_at"],
        }
    )
    orders = firsts.rename(
        columns={"name": "order_name", "id": "shop_id", "source": "sales_channel"}
    )
    orders["customer_id"] = people["customer_id"]
    orders["status"] = orders["financial status"].str.lower().str.replace(" ", "_", regex=False)
    orders["cancelled"] = orders["cancelled at"].notna()
    test = orders["payment method"].str.contains("bogus", case=False).fillna(False).astype(bool)
    orders["drop"] = drop_reasons(orders, spec.options, test=test)
    signals = [
        ("note", from_notes(orders["note attributes"])),
        (
            "tag",
            from_patterns(
                orders["tags"], spec.options.get("tags", {}), prefix=False, confidence="medium"
            ),
        ),
        (
            "discount_code",
            from_patterns(
                orders["discount code"],
                spec.options.get("discount_codes", {}),
                prefix=True,
                confidence="medium",
            ),
        ),
    ]
    channels = resolve(signals, brand.channel_names())
    known = people.dropna(subset="customer_id").sort_values("at", kind="stable")
    return ShopOrders(orders.join(channels)[list(RAW)], lines, fit("identities", known), log_rows)
