"""A table of a database as a source: found, checked, its needed columns alone selected.

Columns that nobody asked for are never selected. What changed in a table is told by aggregates
that the database computes, so that no row leaves it for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.brand_sources import FORMATS
from workbench.database import close, open_database, quiet, with_points_in_time
from workbench.errors import Problem, SourceError
from workbench.sources.files import Sheet, sheet_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

    from workbench.brand import Brand, SourceSpec

__all__ = [
    "PERSONAL",
    "DatabaseTable",
    "connected_table",
    "find_table",
    "fingerprints",
    "open_table",
]

PERSONAL = frozenset({"email"})
"""Canonical names that are selected only where `columns` of brand.yaml maps them."""


@dataclass(frozen=True)
class DatabaseTable:
    """A table or view of an open database.

    Attributes
    ----------
    name : str
        As brand.yaml names it; messages and `source_file` repeat it.
    connection : ibis backend
    table : ibis table
        All of its columns; nothing is read yet.
    """

    name: str
    connection: BaseBackend
    table: ir.Table

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        return list(self.table.columns)

    def sheet(self, places: Sequence[int]) -> Sheet:
        """Select the columns at these places and return them as text cells.

        Raises
        ------
        SourceError
            If the database refuses the question.
        """
        header = self.header
        wanted = [header[place] for place in places]
        if not wanted:
            return Sheet(pd.DataFrame(), header, 1)
        with self._refusing():
            rows = self._castable(wanted).to_pyarrow()
        return sheet_of(rows)

    def close(self) -> None:
        """Close the connection."""
        close(self.connection)

    def fingerprint(self) -> str:
        """Return a text that changes when a row of the table does.

        Number of rows and, over all columns that a source may use, an order-free sum of row
        hashes, both computed by the database. An engine without a hash function gives counts,
        distinct counts, smallest and largest values and sums of every column instead, which a
        change that leaves all of those alike would escape.
        """
        with self._refusing():
            found = _summary(self.table).to_pyarrow().to_pylist()[0]
        schema = [(name, str(kind)) for name, kind in self.table.schema().items()]
        return repr((self.name, schema, sorted((key, str(value)) for key, value in found.items())))

    def _castable(self, wanted: Sequence[str]) -> ir.Table:
        """Return the columns; those of types that Arrow has no text for, as the engine writes."""
        columns = {}
        for name in wanted:
            column = self.table[name]
            kind = column.type()
            plain = kind.is_string() or kind.is_numeric() or kind.is_temporal() or kind.is_boolean()
            columns[name] = column if plain else column.cast("string")
        return self.table.select(**columns)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn what a driver raises into one message; it may quote cells, so it is not repeated."""
        try:
            with quiet():
                yield
        except Exception as error:
            raise SourceError(
                Problem(
                    f"the database did not answer ({type(error).__name__})",
                    self.name,
                    "a table or view that this user may read",
                    f"try it in the database: SELECT count(*) FROM {self.name}",
                )
            ) from None


def _summary(table: ir.Table) -> ir.Table:
    import ibis
    import ibis.expr.operations as ops

    kinds = table.schema()
    used = [name for name in table.columns if not kinds[name].is_nested()]
    if _has_hash(table, ops.Hash):
        text = ibis.literal("")
        for name in used:
            cell = table[name].cast("string").fill_null("\u0001")
            text = text + cell + "\u0002"
        return table.agg(
            rows=table.count(), hashes=text.hash().cast("decimal(38, 0)").sum().cast("string")
        )
    parts: dict[str, Any] = {"rows": table.count()}
    for number, name in enumerate(used):
        column = table[name]
        parts[f"n{number}"] = column.count()
        parts[f"d{number}"] = column.nunique()
        if kinds[name].is_boolean():
            parts[f"s{number}"] = column.cast("int64").sum()
            continue
        parts[f"a{number}"], parts[f"z{number}"] = column.min(), column.max()
        if kinds[name].is_numeric():
            parts[f"s{number}"] = column.sum()
        elif kinds[name].is_string():
            parts[f"s{number}"] = column.length().sum()
    return table.agg(**parts)


def _has_hash(table: ir.Table, operation: type) -> bool:
    return bool(table.get_backend().has_operation(operation))


@contextmanager
def open_table(brand: Brand, spec: SourceSpec) -> Iterator[DatabaseTable]:
    """Open the database of a source, yield its table, and close the connection.

    Yields
    ------
    DatabaseTable

    Raises
    ------
    SourceError
        If the database cannot be opened, or holds no such table.
    """
    table = connected_table(brand, spec)
    try:
        yield table
    finally:
        table.close()


def connected_table(brand: Brand, spec: SourceSpec) -> DatabaseTable:
    """Open the database of a source and return its table; the caller closes it."""
    where = f"brand.yaml, connect of {spec.table}"
    connection = open_database(spec.connect, folder=brand.folder, where=where)
    try:
        return DatabaseTable(spec.table, connection, find_table(connection, spec.table))
    except SourceError:
        close(connection)
        raise


def find_table(connection: BaseBackend, table: str) -> ir.Table:
    """Return the table of that name, with its schema or without, as an ibis table.

    Raises
    ------
    SourceError
        If the database holds no such table; it names those that there are.
    """
    *schema, name = table.split(".")
    place = tuple(schema) if len(schema) > 1 else "".join(schema) or None
    try:
        with quiet():
            return with_points_in_time(connection, connection.table(name, database=place))
    except Exception as error:
        there = _tables(connection)
        close = get_close_matches(table, there, n=1) or get_close_matches(
            name, [known.rpartition(".")[2] for known in there], n=1
        )
        raise SourceError(
            Problem(
                f"the database has no table {table!r} that this user sees ({type(error).__name__})",
                "brand.yaml, table",
                ", ".join(there[:12]) + (", ..." if len(there) > 12 else ""),
                f"did you mean {close[0]!r}?"
                if close
                else "name the table with its schema, e.g. analytics.orders",
            )
        ) from None


def fingerprints(brand: Brand) -> str:
    """Return a text that changes when a table that the brand names does; "" without tables.

    Raises
    ------
    SourceError
        The problems of all tables together.
    """
    specs = [spec for key in FORMATS for spec in getattr(brand.sources, key) if spec.table]
    problems: list[Problem] = []
    told = []
    for spec in specs:
        try:
            with open_table(brand, spec) as table:
                told.append(table.fingerprint())
        except SourceError as error:
            problems += error.problems
    if problems:
        raise SourceError(problems, title=f"the tables of {brand.name} cannot be read")
    return "".join(told)


def _tables(connection: BaseBackend) -> list[str]:
    """Return the tables of a database, as far as it tells."""
    rows: list[Mapping[str, str]] = []
    with suppress(Exception), quiet():
        rows = (
            connection.sql(
                "SELECT table_schema AS s, table_name AS t FROM information_schema.tables",
                schema={"s": "string", "t": "string"},
            )
            .to_pyarrow()
            .to_pylist()
        )
    hidden = ("information_schema", "pg_catalog", "sys")
    plain = ("main", "public")
    names = (
        row["t"] if row["s"] in plain else f"{row['s']}.{row['t']}"
        for row in rows
        if row["s"] not in hidden and not row["t"].startswith(("ibis_", "workbench_"))
    )
    return sorted(set(names))
