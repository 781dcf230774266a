"""All exports of a brand, read, joined and counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.doubts import doubts, no_order
from workbench.sources.frames import LogRow, ReadResult, empty, fit, log_frame
from workbench.sources.readers import collecting, read_all
from workbench.sources.settled import (
    Settled,
    all_products,
    settled,
    with_outside_channels,
    with_real_ids,
)

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec
    from workbench.sources.order_table import OrderTable

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


_COMBINED = (
    "spend", "attributed", "profiles", "flows", "campaigns", "experiments", "test_results",
)  # fmt: skip


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
        key: read_all(brand, key, problems)
        for key in type(brand.sources).model_fields
        if key != "stack" and not (key == "orders" and in_database)
    }
    stack: dict[str, Any] = {}
    if brand.stack_file is not None:
        with collecting(problems):
            stack = import_module("workbench.sources.stack").read_stack(brand.stack_file)
    combined: dict[str, ReadResult] = {}
    combine = import_module("workbench.sources.merge").combine
    for key in _COMBINED:
        with collecting(problems):
            combined[key] = combine(key, read[key])
    known = [r.identities for *_, r in read["customers"]]
    profiles = combined.get("profiles", ReadResult(empty("profiles")))
    known.append(profiles.identities)
    table: OrderTable | None = None
    why: list[LogRow] = []
    orders = Settled()
    if in_database:
        with collecting(problems):
            outside = bool(read["channels"])
            table, why = _orders_in_database(brand, in_database, outside, profiles.frame, known)
            if table is None:
                read["orders"] = read_all(brand, "orders", problems)
    if table is not None:
        orders = Settled(products=table.products, log=table.log)
    elif "orders" in read:
        with collecting(problems):
            orders = settled(brand, read["orders"])
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
    found, identities = with_real_ids(orders.orders, frames, people, brand.slug)
    found, rows = with_outside_channels(
        found, read["channels"], frames["profiles"], identities, brand
    )
    log += rows + (doubts(found, brand) if table is None else [])
    rest: dict[str, Any] = {
        "products": all_products(
            [result.frame for *_, result in read["products"]], orders.products
        ),
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
