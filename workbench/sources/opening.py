"""Opening an export of a declared format: the right columns, or a message that helps.

A file of another format says what it looks like instead; a file without rows is refused, since an
empty export is nearly always a wrong date range; bad cells of all columns are reported together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.tabular import Table, read_table

if TYPE_CHECKING:
    from workbench.brand import SourceSpec

__all__ = ["UNIT", "keep_rows", "open_export", "together"]

UNIT = re.compile(r"\s*\((?P<code>[a-z]{3})\)$", re.IGNORECASE)
"""Currency at the end of a header: ``Amount spent (GBP)``."""

Aliases = Mapping[str, Sequence[str]]


def open_export(
    path: Path,
    spec: SourceSpec,
    *,
    required: Sequence[str],
    aliases: Aliases,
    header_scan: int = 0,
) -> Table:
    """Read a file that the brand declares to be of one format.

    Parameters
    ----------
    path : Path
    spec : SourceSpec
        Its column map beats the aliases.
    required : sequence of str
        Canonical names that must be there.
    aliases : mapping of str to sequence of str
        Canonical name -> headers, best first. A currency in brackets at the end of a header does
        not count.
    header_scan : int
        How many lines may stand above the header.

    Raises
    ------
    SourceError
        Unreadable, columns missing (with the format that the file has instead), or no rows.
    """
    try:
        table = read_table(
            path,
            required=required if header_scan else (),
            aliases=aliases,
            columns=spec.columns,
            header_scan=header_scan,
            options=spec.options,
        )
    except SourceError as error:
        raise SourceError([*_other_format(path, spec), *error.problems]) from None
    table = _without_units(table, aliases, spec.columns)
    lost = [name for name in required if name not in table.frame]
    if lost:
        raise SourceError([*_other_format(path, spec), *_missing(table, lost, aliases)])
    if table.frame.empty:
        raise SourceError(
            Problem(
                "the file has a header but no rows",
                path.name,
                "an export with at least one row",
                "export again with a date range that holds data, or take the file out of "
                "brand.yaml",
            )
        )
    return table


def _without_units(table: Table, aliases: Aliases, columns: Mapping[str, str]) -> Table:
    """Name the columns whose header carries a currency: ``Amount spent (GBP)`` -> spend."""
    bare: dict[str, str] = {}
    for name in table.frame.columns:
        bare.setdefault(UNIT.sub("", name), name)
    written = {" ".join(cell.replace("\ufeff", "").lower().split()): cell.strip()
               for cell in table.raw_header}  # fmt: skip
    renamed: dict[str, str] = {}
    for name, others in aliases.items():
        if name in table.frame or name in columns:
            continue
        found = next((bare[other] for other in (name, *others) if other in bare), None)
        if found is not None and found not in table.headers and found not in renamed:
            renamed[found] = name
    headers = {name: written.get(found, found) for found, name in renamed.items()}
    return replace(
        table, frame=table.frame.rename(columns=renamed), headers=table.headers | headers
    )


def _missing(table: Table, lost: Sequence[str], aliases: Aliases) -> list[Problem]:
    shown = ", ".join(f"'{c.strip()[:40]}'" for c in table.raw_header if "@" not in c and c.strip())
    return [
        Problem(
            f"column '{name}' is missing; the file has {shown or 'no header'}",
            table.file,
            "a header "
            + " or ".join(f"'{cell}'" for cell in dict.fromkeys([name, *aliases[name]])),
            f"export the file with this column, or name it in brand.yaml: columns: {{{name}: "
            "<header in the file>}",
        )
        for name in lost
    ]


def _other_format(path: Path, spec: SourceSpec) -> list[Problem]:
    """Say what a file looks like when it is not what the brand declares."""
    from workbench.sources.recognise import recognise  # it knows every format, readers only theirs

    found = recognise(path)
    if found.format is None or found.format == spec.format or found.confidence < 0.5:
        return []
    return [
        Problem(
            f"brand.yaml says {spec.format}, but the file is {found.reason}",
            path.name,
            todo=f"set format: {found.format} for this file, or name the right file",
        )
    ]


def keep_rows(table: Table, keep: pd.Series[Any]) -> Table:
    """Return the table with some rows only; file rows keep their numbers."""
    return replace(table, frame=table.frame[keep])


def together(steps: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Run all steps and return their results by name.

    Raises
    ------
    SourceError
        With the problems of all steps.
    """
    results: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, step in steps.items():
        try:
            results[name] = step()
        except SourceError as error:
            problems += error.problems
    if problems:
        raise SourceError(problems)
    return results
