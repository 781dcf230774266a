"""All exports of a brand, read, joined and counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import InputError, Problem, SourceError
from workbench.sources.doubts import doubts, no_order
from workbench.sources.frames import LogRow, ReadResult, empty, fit, log_frame, sort_rows

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec
    from workbench.sources.order_table import OrderTable
    from workbench.sources.shop_orders import ShopOrders

__all__ = ["Exports", "TableExports", "orders_in_database", "read_exports"]


@dataclass(frozen=True)
class Exports:
    """Everything a brand's exports say, as canonical frames (columns in `COLUMNS`).

    A frame whose source is absent is empty, with its columns. Money is in the brand's currency,
    dates are naive and in the brand's time zone. `identities` holds e-mails, phones and names:
    it stays in memory and goes nowhere but to the outbox.
    """

    orders: pd.DataFrame = field(default_factory=partial(empty, "orders"))
    order_lines: pd.DataFrame = field(default_factory=partial(empty, "order_lines"))
    products: pd.DataFrame = field(default_factory=partial(empty, "products"))
    spend: pd.DataFrame = field(default_factory=partial(empty, "spend"))
    attributed: pd.DataFrame = field(default_factory=partial(empty, "attributed"))
    profiles: pd.DataFrame = field(default_factory=partial(empty, "profiles"))
    flows: pd.DataFrame = field(default_factory=partial(empty, "flows"))
    campaigns: pd.DataFrame = field(default_factory=partial(empty, "campaigns"))
    experiments: pd.DataFrame = field(default_factory=partial(empty, "experiments"))
    test_results: pd.DataFrame = field(default_factory=partial(empty, "test_results"))
    stack: dict[str, Any] = field(default_factory=dict)
    identities: pd.DataFrame = field(default_factory=partial(empty, "identities"), repr=False)
    log: pd.DataFrame = field(default_factory=partial(empty, "log"))

    @property
    def amounts(self) -> pd.DataFrame:
        """Orders with at least day, revenue, refund, currency: enough for questions about them all.

        Where orders stay in a database nothing else of them is fetched for it.
        """
        return self.orders


class TableExports(Exports):
    """Exports whose orders stay in their database until someone asks for rows of them.

    `Warehouse.open` computes in that database. `orders` and `order_lines` fetch all rows, once.
    """

    table: OrderTable

    def __init__(self, table: OrderTable, **frames: Any) -> None:
        super().__init__(**frames)
        for name in ("orders", "order_lines"):
            del vars(self)[name]  # so that __getattr__ is asked
        vars(self)["table"] = table

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name not in ("orders", "order_lines"):
            raise AttributeError(name)
        found = self.table.frame(name)
        vars(self)[name] = found
        return found

    def __repr__(self) -> str:
        return f"<Exports with {self.table.number:,} orders in {self.table.source.name}>"

    @property
    def amounts(self) -> pd.DataFrame:
        """Day, revenue, refund and currency of each order, fetched without the rest."""
        if "_amounts" not in vars(self):
            vars(self)["_amounts"] = self.table.amounts()
        return vars(self)["_amounts"]


_READERS = {
    "shopify_orders": "shopify_csv:read",
    "shopify_json": "shopify_json:read",
    "shopify_bulk": "shopify_json:read",
    "customers": "identities:read",
    "klaviyo_profiles": "klaviyo:read",
    "klaviyo_flows": "klaviyo_sends:read_flows",
    "klaviyo_campaigns": "klaviyo_sends:read_campaigns",
}
"""Format -> module and function, where they are not called as the format and ``read``."""
_READERS_BY_KEY = {
    ("spend", "northbeam"): "northbeam:read_spend",
    ("channels", "ga4"): "ga4:read_transactions",
}
_COMBINED = (
    "spend", "attributed", "profiles", "flows", "campaigns", "experiments", "test_results",
)  # fmt: skip


@contextmanager
def _collecting(problems: list[Problem]) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        problems.extend(error.problems)


def read_exports(brand: Brand) -> Exports:
    """Read every source that a brand names.

    The result depends on the content of the files alone: not on the order of rows or files, and
    not on how often it is read.

    Parameters
    ----------
    brand : Brand

    Returns
    -------
    Exports
        With everything dropped, repaired or doubtful in `log`.

    Raises
    ------
    SourceError
        The problems of all files together.
    """
    problems: list[Problem] = []
    in_database = _order_spec(brand)
    read = {
        key: _read_all(brand, key, problems)
        for key in type(brand.sources).model_fields
        if key != "stack" and not (key == "orders" and in_database)
    }
    stack: dict[str, Any] = {}
    if brand.stack_file is not None:
        with _collecting(problems):
            stack = import_module("workbench.sources.stack").read_stack(brand.stack_file)
    combined: dict[str, ReadResult] = {}
    combine = import_module("workbench.sources.merge").combine
    for key in _COMBINED:
        with _collecting(problems):
            combined[key] = combine(key, read[key])
    known = [r.identities for *_, r in read["customers"]]
    profiles = combined.get("profiles", ReadResult(empty("profiles")))
    known.append(profiles.identities)
    table: OrderTable | None = None
    why: list[LogRow] = []
    orders = _Orders()
    if in_database:
        with _collecting(problems):
            outside = bool(read["channels"])
            table, why = _orders_in_database(brand, in_database, outside, profiles.frame, known)
            if table is None:
                read["orders"] = _read_all(brand, "orders", problems)
    if table is not None:
        orders = _Orders(products=table.products, log=table.log)
    elif "orders" in read:
        with _collecting(problems):
            orders = _settled(brand, read["orders"])
    if problems:
        raise SourceError(problems, title=f"the exports of {brand.name} cannot be read")
    if table is None and orders.orders.empty:
        raise SourceError(no_order(brand, orders.log))
    people = [orders.identities, *known]
    frames = {key: result.frame for key, result in combined.items()}
    log = [
        *orders.log,
        *why,
        *(
            row
            for key in ("customers", "channels", "products")
            for *_, result in read[key]
            for row in result.log_rows
        ),
    ]
    log += [row for result in combined.values() for row in result.log_rows]
    found, identities = _with_real_ids(orders.orders, frames, people, brand.slug)
    found, rows = _with_outside_channels(
        found, read["channels"], frames["profiles"], identities, brand
    )
    log += rows + (doubts(found, brand) if table is None else [])
    rest: dict[str, Any] = {
        "products": _products([result.frame for *_, result in read["products"]], orders.products),
        "stack": stack,
        "identities": identities,
        "log": log_frame(log),
        **frames,
    }
    if table is not None:
        return TableExports(table, **rest)
    return Exports(orders=fit("orders", found), order_lines=orders.lines, **rest)


def _order_spec(brand: Brand) -> SourceSpec | None:
    """Return the one source of orders, if it is a table of a database."""
    specs = brand.sources.orders
    return specs[0] if len(specs) == 1 and specs[0].table else None


def orders_in_database(brand: Brand) -> OrderTable | None:
    """Return the orders of a brand as they stand in its database; None where they do not."""
    spec = _order_spec(brand)
    return _orders_in_database(brand, spec, False, empty("profiles"), [])[0] if spec else None


def _orders_in_database(
    brand: Brand,
    spec: SourceSpec,
    outside: bool,
    profiles: pd.DataFrame,
    people: list[pd.DataFrame | None],
) -> tuple[OrderTable | None, list[LogRow]]:
    """Make the orders canonical in the database, or say in the log why rows are read one by one."""
    from workbench.sources.database_table import connected_table
    from workbench.sources.identities import merge_identities, real_ids
    from workbench.sources.order_table import NotClean, order_table

    source = connected_table(brand, spec)
    try:
        if outside:
            raise NotClean("channels come from another source")
        if "email" in spec.columns:
            raise NotClean("e-mail addresses are asked for")
        table = order_table(source, spec, brand)
        if table.unknown and profiles["source"].notna().any():
            raise NotClean("profiles tell channels that the table does not")
        identities = merge_identities([part for part in people if part is not None])
        if table.keyed and len(real_ids(identities, slug=brand.slug)):
            raise NotClean("customer ids are keys of the workbench")
    except SourceError:
        source.close()
        raise
    except Exception as error:  # an engine may lack an operation; reading rows needs none
        source.close()
        why = (
            error if isinstance(error, NotClean) else f"the engine refused ({type(error).__name__})"
        )
        what = "rows of a table read one by one"
        return None, [LogRow("orders", spec.table, what, 1, f"not in the database: {why}")]
    return table, []


def _read_all(brand: Brand, key: str, problems: list[Problem]) -> list[tuple[SourceSpec, str, Any]]:
    """Return source, file name and what its reader made of it, for every file of a key."""
    found = []
    for spec in getattr(brand.sources, key):
        place = _READERS_BY_KEY.get((key, spec.format), _READERS.get(spec.format, ""))
        module, _, function = (place or f"{spec.format}:read").partition(":")
        reader = getattr(import_module(f"workbench.sources.{module}"), function)
        for path in brand.files(spec):
            with _collecting(problems):
                found.append((spec, Path(path).name, reader(path, spec, brand)))
        if spec.table:
            with _collecting(problems):
                open_table = import_module("workbench.sources.database_table").open_table
                with open_table(brand, spec) as table:
                    found.append((spec, spec.table, reader(table, spec, brand)))
    return found


@dataclass
class _Orders:
    """What all order files of a brand come to."""

    orders: pd.DataFrame = field(default_factory=partial(empty, "orders"))
    lines: pd.DataFrame = field(default_factory=partial(empty, "order_lines"))
    products: pd.DataFrame = field(default_factory=partial(empty, "products"))
    identities: pd.DataFrame = field(default_factory=partial(empty, "identities"))
    log: list[LogRow] = field(default_factory=list)


def _settled(brand: Brand, read: list[tuple[SourceSpec, str, Any]]) -> _Orders:
    from workbench.sources import order_log, shop_orders
    from workbench.sources.identities import merge_identities

    rate = brand.costs.tax_included_rate if brand.costs else 0.0
    rules = brand.channel_names()
    shop: list[ShopOrders] = [result for spec, _, result in read if spec.format != "orders"]
    rows = [result for spec, _, result in read if spec.format == "orders"]
    problems: list[Problem] = []
    parts = []
    if shop:
        with _collecting(problems):
            found, lines, people, log = shop_orders.settle(
                shop, slug=brand.slug, currency=brand.currency, tax_included_rate=rate
            )
            parts.append(_Orders(found, lines, empty("products"), people, log))
    if rows:
        with _collecting(problems):
            found, lines, products, log = order_log.settle(
                [result.frame for result in rows],
                currency=brand.currency,
                tax_included_rate=rate,
                rules=rules,
                as_of=brand.as_of,
            )
            log = [row for result in rows for row in result.log_rows] + log
            people = merge_identities([result.identities for result in rows])
            found["order_name"] = found["order_id"]
            parts.append(_Orders(found, lines, products, people, log))
    if problems:
        raise SourceError(problems)
    if len(parts) < 2:
        return parts[0] if parts else _Orders()
    return _both(*parts)


def _both(shop: _Orders, other: _Orders) -> _Orders:
    """Join the orders of a shop and of a log; an order in both counts as the shop's."""
    again = other.orders["order_id"].isin(shop.orders["order_id"])
    log = [*shop.log, *other.log]
    if again.any():
        log.append(
            LogRow(
                "orders", "", "orders that the shop's export holds, too, dropped", int(again.sum())
            )
        )
    kept = other.orders[~again]
    if shop.orders["revenue"].notna().any():
        blank = kept["revenue"].isna()
        if blank.any():
            log.append(
                LogRow(
                    "orders",
                    "",
                    "orders without an amount left out",
                    int(blank.sum()),
                    "the shop's export has amounts, the log has none",
                )
            )
        kept = kept[~blank]
    lines = other.lines[other.lines["order_id"].isin(kept["order_id"])]
    orders = pd.concat([shop.orders, kept], ignore_index=True)
    return _Orders(
        sort_rows(orders, ["ordered_at", "order_id"]).reset_index(drop=True),
        pd.concat([shop.lines, lines], ignore_index=True),
        other.products,
        pd.concat([shop.identities, other.identities], ignore_index=True),
        log,
    )


def _with_real_ids(
    orders: pd.DataFrame,
    frames: dict[str, pd.DataFrame],
    people: list[pd.DataFrame | None],
    slug: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the shop's own customer ids wherever a person was known by e-mail or phone only."""
    from workbench.sources.identities import merge_identities, real_ids

    identities = merge_identities([part for part in people if part is not None])
    ids = real_ids(identities, slug=slug)
    if ids.empty:
        return orders, identities

    def joined(frame: pd.DataFrame) -> pd.DataFrame:
        known = frame["customer_id"].map(ids)
        return frame.assign(customer_id=known.where(known.notna(), frame["customer_id"]))

    profiles = joined(frames["profiles"]).drop_duplicates("customer_id")
    frames["profiles"] = fit("profiles", profiles.sort_values("customer_id", kind="stable"))
    return joined(orders), merge_identities([joined(identities)])


def _with_outside_channels(
    orders: pd.DataFrame,
    read: list[tuple[SourceSpec, str, ReadResult]],
    profiles: pd.DataFrame,
    identities: pd.DataFrame,
    brand: Brand,
) -> tuple[pd.DataFrame, list[LogRow]]:
    from workbench.sources.identities import real_ids
    from workbench.sources.order_channels import apply, from_ga4, from_profiles

    ids = real_ids(identities, slug=brand.slug)
    parts = []
    for spec, _, result in read:
        told = from_ga4(result.frame) if spec.format == "ga4" else result.frame
        known = told["key"].map(ids) if len(ids) else told["key"]
        parts.append(told.assign(key=known.where(known.notna(), told["key"])))
    log: list[LogRow] = []
    for told in [*parts, from_profiles(profiles)]:
        orders, rows = apply(orders, told, brand.channel_names())
        log += rows
    return orders, log


def _products(files: list[pd.DataFrame], told_by_log: pd.DataFrame) -> pd.DataFrame:
    """Return one row per key; a products file beats what an order log says."""
    together = pd.concat([*files, told_by_log], ignore_index=True)
    return fit("products", together.drop_duplicates("key").sort_values("key", kind="stable"))
