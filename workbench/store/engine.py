"""The one place that knows engines: connect, load frames, keep intermediate results.

Everything else writes ibis expressions and does not care where they run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.backends import BaseBackend

from workbench.database import keep, open_database, quiet, without_bar

__all__ = ["MONEY", "SCHEMAS", "connect", "fetch", "keep", "load", "to_frame", "total"]

MONEY = dt.Decimal(38, 9)
"""Type in which money is added up. Floating point sums depend on the order in which threads
finish, so that the same export would give different last digits on every run; decimals do not."""

_TEXT, _NUMBER = pa.string(), pa.float64()
SCHEMAS: dict[str, pa.Schema] = {
    "orders": pa.schema(
        {
            "order_id": _TEXT,
            "customer_id": _TEXT,
            "ordered_at": pa.timestamp("us"),
            "day": pa.date32(),
            "items": _NUMBER,
            "discount": _NUMBER,
            "shipping": _NUMBER,
            "tax": _NUMBER,
            "refund": _NUMBER,
            "revenue": _NUMBER,
            "guest": pa.bool_(),
            "channel": _TEXT,
            "channel_source": _TEXT,
        }
    ),
    "lines": pa.schema(
        {
            "order_id": _TEXT,
            "sku": _TEXT,
            "name": _TEXT,
            "vendor": _TEXT,
            "quantity": _NUMBER,
            "amount": _NUMBER,
        }
    ),
    "products": pa.schema({"key": _TEXT, "category": _TEXT, "unit_cost": _NUMBER}),
}
"""Columns of the canonical frames that the warehouse works with, and their types."""


def connect(engine: str) -> BaseBackend:
    """Open the engine that `brand.yaml` names.

    Parameters
    ----------
    engine : str
        ``"duckdb"``, the name of another ibis backend, or an ibis connection URL.

    Raises
    ------
    WorkbenchError
        If the engine is unknown, its driver is missing or it does not answer.
    """
    if engine != "duckdb":
        return open_database(engine, where="brand.yaml: engine (leave it out to use duckdb)")
    return without_bar(ibis.duckdb.connect())


def load(connection: BaseBackend, table: str, frame: pd.DataFrame) -> ir.Table:
    """Copy the columns of a canonical frame that the warehouse needs into the engine.

    Parameters
    ----------
    connection : ibis backend
    table : {"orders", "lines", "products"}
    frame : DataFrame
        May hold further columns; a column of `SCHEMAS` that is missing is filled with nulls.
    """
    schema = SCHEMAS[table]
    arrays = [_array(frame, field) for field in schema]
    rows = ibis.memtable(pa.Table.from_arrays(arrays, schema=schema))
    return keep(connection, rows, table)


def _array(frame: pd.DataFrame, field: pa.Field) -> pa.Array | pa.ChunkedArray:
    if field.name not in frame:
        return pa.nulls(len(frame), field.type)
    column = frame[field.name]
    if pa.types.is_string(field.type) and not pd.api.types.is_string_dtype(column.dtype):
        column = column.astype("string")
    return pa.Array.from_pandas(column, type=field.type)


def fetch(expression: ir.Expr) -> Any:
    """Run an expression: a table becomes a data frame, a scalar a Python value."""
    with quiet():
        return expression.to_pandas()


def total(money: ir.Value, where: ir.Value | None = None) -> ir.Value:
    """Add money up exactly; null where there is nothing to add."""
    return money.cast(MONEY).sum(where=where)


def to_frame(
    expression: ir.Table, columns: Mapping[str, Any], sort: list[str] | None = None
) -> pd.DataFrame:
    """Run an expression and return its columns in the given types and order.

    Rows are sorted here and not in the engine, whose collation of text may differ.
    """
    with quiet():
        rows = expression.select(*columns).to_pyarrow()
    frame = rows.to_pandas(date_as_object=False).astype(dict(columns))
    if sort:
        frame = frame.sort_values(sort, kind="stable", ignore_index=True)
    return frame
