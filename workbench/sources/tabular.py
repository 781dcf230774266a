"""Exported files as tables of text: encoding, delimiter, header. Every reader starts here.

What a cell means is settled by `to_number`, `to_date` and `to_id`, column by column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.amounts import (
    Decimal,
    is_rounded,
    rows_of,
    sniff_decimal,
    strip_apostrophe,
    to_id,
    to_number,
)
from workbench.sources.database_table import PERSONAL, DatabaseTable
from workbench.sources.dates import DateOrder, is_excel_serial, to_date
from workbench.sources.files import read_sheet
from workbench.sources.frames import LogRow

__all__ = [
    "Table",
    "is_excel_serial",
    "match_columns",
    "read_table",
    "rows_of",
    "sniff_decimal",
    "strip_apostrophe",
    "to_date",
    "to_id",
    "to_number",
]


@dataclass(frozen=True)
class Table:
    """One exported file as text.

    Attributes
    ----------
    frame : DataFrame
        Text cells, trimmed, NaN where empty. Columns: canonical names where matched, else the
        header in lower case. The index is the row of the file, as a spreadsheet counts it.
    raw_header : list of str
        The header as written.
    file : str
        File name without folder, for messages and `source_file`.
    first_row : int
        File row of the first data row.
    delimiter, encoding : str
        As found; empty for parquet and xlsx.
    preamble : list of str
        Lines above the header.
    headers : dict of str to str
        Canonical name -> header as written.
    decimal, date_order : str or None
        What the user stated; None lets each column settle it.
    """

    frame: pd.DataFrame
    raw_header: list[str]
    file: str
    first_row: int
    delimiter: str
    encoding: str
    preamble: list[str]
    headers: dict[str, str]
    decimal: Decimal | None = None
    date_order: DateOrder | None = None

    def where(self, column: str) -> str:
        """Return file and column as messages name them."""
        as_written = {_key(header): header.strip() for header in reversed(self.raw_header)}
        header = self.headers.get(column, as_written.get(column, column))
        return f"{self.file}, column '{header}'"

    def text(self, column: str) -> pd.Series[Any]:
        """Return a column as text; all empty where the file has no such column."""
        if column in self.frame:
            return self.frame[column]
        return pd.Series(pd.NA, index=self.frame.index, dtype="str")

    def number(self, column: str, *, integer: bool = False) -> pd.Series[float]:
        """Return a column as numbers; all NaN where the file has no such column."""
        return to_number(
            self.text(column),
            where=self.where(column),
            decimal=self.decimal,
            integer=integer,
            peers=(self.frame[name] for name in self.frame.columns if name != column),
        )

    def date(self, column: str, timezone: str | None = None) -> pd.Series[Any]:
        """Return a column as naive timestamps of the shop's wall clock."""
        return to_date(
            self.text(column), where=self.where(column), timezone=timezone, order=self.date_order
        )

    def doubts(self, source: str, *, time: str, ids: Sequence[str] = ()) -> list[LogRow]:
        """Return log rows for what a spreadsheet or an encoding may have changed.

        Parameters
        ----------
        source : str
            Format, as the log names it.
        time : str
            Column of dates that would come as day numbers.
        ids : sequence of str
            Columns of ids that nothing is joined by, so that damage is no reason to refuse them.
        """
        rows = len(self.frame)
        looks = [
            (
                "file not in UTF-8, read as Windows-1252",
                rows if self.encoding == "cp1252" else 0,
                "check names with accents",
            ),
            (
                "times rewritten by a spreadsheet",
                rows if is_excel_serial(self.text(time)) else 0,
                "day numbers converted as of the 1900 date system; time zone unknown",
            ),
        ]
        for name in ids:
            what = f"cells of '{self.headers.get(name, name)}' rounded by a spreadsheet"
            count = int(is_rounded(self.text(name)).sum())
            looks.append((what, count, "different ones may have become the same"))
        return [LogRow(source, self.file, *look) for look in looks if look[1]]

    def id(self, column: str) -> pd.Series[str]:
        """Return a column as ids, refused where a spreadsheet damaged them."""
        return to_id(self.text(column), where=self.where(column))


def read_table(
    path: Path | str | DatabaseTable,
    *,
    required: Sequence[str] = (),
    aliases: Mapping[str, Sequence[str]] | None = None,
    columns: Mapping[str, str] | None = None,
    header_scan: int = 0,
    options: Mapping[str, Any] | None = None,
) -> Table:
    """Read one exported file, or those columns of a database table that are asked for.

    Parameters
    ----------
    path : Path or DatabaseTable
        csv, tsv, xlsx or parquet, also gzipped; recognised by content, not by name. Of a table
        columns in `PERSONAL` are read only where `columns` maps them.
    required : sequence of str
        Canonical names that must be found.
    aliases : mapping of str to sequence of str
        Canonical name -> further headers it may have. The canonical name itself always matches.
    columns : mapping of str to str
        Canonical name -> header in this file, as the user states it; beats aliases.
    header_scan : int
        How many lines may stand above the header.
    options : mapping
        ``decimal`` ("." or ",") and ``dates`` ("day_first" or "month_first").

    Raises
    ------
    SourceError
        Unreadable, empty, not a table, or columns missing: all of them at once.
    """
    aliases, columns, options = aliases or {}, columns or {}, options or {}
    if isinstance(path, DatabaseTable):
        aliases = {n: a for n, a in aliases.items() if n not in PERSONAL or n in columns}

    def missing(header: Sequence[str]) -> list[str]:
        found = _match(header, required, aliases, columns)
        return [name for name in required if name not in found]

    if isinstance(path, DatabaseTable):
        name = path.name
        found = match_columns(name, path.header, required, aliases, columns)
        sheet = path.sheet(sorted(set(found.values())))
    else:
        path = Path(path)
        name = path.name
        sheet = read_sheet(path, missing, header_scan)
    found = match_columns(name, sheet.header, required, aliases, columns)
    places = _name_columns(sheet.header, found)
    cells = {name: sheet.frame.iloc[:, place] for name, place in places.items()}
    return Table(
        frame=pd.DataFrame(cells, index=sheet.frame.index),
        raw_header=sheet.header,
        file=name,
        first_row=sheet.first_row,
        delimiter=sheet.delimiter,
        encoding=sheet.encoding,
        preamble=sheet.preamble,
        headers={name: sheet.header[place].strip() for name, place in found.items()},
        decimal=options.get("decimal"),
        date_order=options.get("dates"),
    )


def match_columns(
    file: str,
    header: Sequence[str],
    required: Sequence[str],
    aliases: Mapping[str, Sequence[str]],
    columns: Mapping[str, str],
) -> dict[str, int]:
    """Return canonical name -> position of its column in a header.

    Raises
    ------
    SourceError
        Columns that are required, or that the user names, and are not there: all of them at once.
    """
    known = _match(header, required, aliases, columns)
    lost, unknown = [name for name in required if name not in known], _unknown(header, columns)
    if lost or unknown:
        raise SourceError(_header_problems(file, header, lost, unknown, aliases, columns))
    return _match(header, [*aliases, *columns, *required], aliases, columns)


def _key(header: str) -> str:
    """Return a header as it is compared: trimmed, lower case, single spaces."""
    return " ".join(header.replace("\ufeff", "").strip().strip('"').lower().split())


def _match(
    header: Sequence[str],
    names: Sequence[str],
    aliases: Mapping[str, Sequence[str]],
    columns: Mapping[str, str],
) -> dict[str, int]:
    """Return canonical name -> position of its column: the user's word, the name, an alias."""
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        places.setdefault(_key(cell), place)
    found: dict[str, int] = {}
    for name in names:
        wanted = [columns[name]] if name in columns else [name, *aliases.get(name, ())]
        for candidate in wanted:
            if _key(candidate) in places:
                found[name] = places[_key(candidate)]
                break
    return found


def _unknown(header: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    known = {_key(cell) for cell in header}
    return [name for name, cell in columns.items() if _key(cell) not in known]


def _header_problems(
    file: str,
    header: Sequence[str],
    lost: Sequence[str],
    unknown: Sequence[str],
    aliases: Mapping[str, Sequence[str]],
    columns: Mapping[str, str],
) -> list[Problem]:
    # A file without header shows data here, and data may hold e-mail addresses.
    named = [cell.strip()[:40] for cell in header if "@" not in cell and cell.strip()]
    shown = ", ".join(f"'{cell}'" for cell in named)
    problems = []
    for name in dict.fromkeys([*lost, *unknown]):
        if name in columns:
            what = f"brand.yaml maps {name} to '{columns[name]}', which the file does not have"
            allowed = f"a column of this file: {shown}"
        else:
            what = f"column '{name}' is missing; the file has {shown or 'no header'}"
            allowed = "a header " + " or ".join(
                f"'{cell}'" for cell in dict.fromkeys([name, *aliases.get(name, ())])
            )
        problems.append(
            Problem(
                what,
                file,
                allowed,
                f"export the file with this column, or name it in brand.yaml: columns: {{{name}: "
                "<header in the file>}",
            )
        )
    return problems


def _name_columns(header: Sequence[str], found: Mapping[str, int]) -> dict[str, int]:
    """Return name -> position: canonical names first, then other headers in lower case."""
    places = dict(found)
    used = set(found.values())
    for place, cell in enumerate(header):
        if place in used:
            continue
        name = base = _key(cell) or f"column {place + 1}"
        copy = 0
        while name in places:
            copy += 1
            name = f"{base}.{copy}"
        places[name] = place
    return places
