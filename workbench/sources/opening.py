"""Opening an export of a declared format: the right columns, or a message that helps.

A file of another format says what it looks like instead; a file without rows is refused, since an
empty export is nearly always a wrong date range; bad cells of all columns are reported together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.database_table import DatabaseTable
from workbench.sources.tabular import Table, read_table

if TYPE_CHECKING:
    from workbench.brand import SourceSpec

__all__ = ["UNIT", "keep_rows", "open_export", "together"]

UNIT = re.compile(r"\s*\((?P<code>[a-z]{3})\)$", re.IGNORECASE)
"""Currency at the end of a header: ``Amount spent (GBP)``."""

Aliases = Mapping[str, Sequence[str]]
_COMMON = ("decimal", "dates")
_CLEARLY = 0.8
_DATA = re.compile(r"@|^[\d\s.,:/+\-$€£%]+$")


def open_export(
    path: Path | DatabaseTable,
    spec: SourceSpec,
    *,
    required: Sequence[str],
    aliases: Aliases,
    header_scan: int = 0,
    options: Iterable[str] = (),
) -> Table:
    """Read a file that the brand declares to be of one format.

    Parameters
    ----------
    path : Path or DatabaseTable
    spec : SourceSpec
        Its column map beats the aliases.
    required : sequence of str
        Canonical names that must be there.
    aliases : mapping of str to sequence of str
        Canonical name -> headers, best first. A currency in brackets at the end of a header does
        not count.
    header_scan : int
        How many lines may stand above the header.
    options : iterable of str
        Names that the `options` of the source may hold, beside `decimal` and `dates`.

    Raises
    ------
    SourceError
        Unreadable, columns missing, another format than declared, no rows, or settings of the
        source that this format does not have.
    """
    _refuse_settings(path, spec, aliases, {*options, *_COMMON})
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
    if lost or (not spec.columns and _is_other(table, spec)):
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
    cells = [cell.strip() for cell in table.raw_header if cell.strip()]
    if any(_DATA.search(cell) for cell in cells):  # which may be people: not shown
        shown = "a first line that is data, not a header"
    else:
        shown = ", ".join(f"'{cell[:40]}'" for cell in cells) or "no header"
    return [
        Problem(
            f"column '{name}' is missing; the file has {shown}",
            table.file,
            "a header "
            + " or ".join(f"'{cell}'" for cell in dict.fromkeys([name, *aliases[name]])),
            f"export the file with this column, or name it in brand.yaml: columns: {{{name}: "
            "<header in the file>}",
        )
        for name in lost
    ]


def _refuse_settings(
    path: Path | DatabaseTable, spec: SourceSpec, aliases: Aliases, options: Collection[str]
) -> None:
    """Refuse names under `columns` and `options` that nobody would look at."""
    problems = []
    for kind, given, known in (
        ("columns", spec.columns, list(aliases)),
        ("options", spec.options, sorted(options)),
    ):
        for name in given:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                problems.append(
                    Problem(
                        f"{spec.format} has no {kind} named {name!r}",
                        f"brand.yaml, {spec.place}",
                        ", ".join(known),
                        f"did you mean {close[0]!r}?" if close else "remove it",
                    )
                )
    if problems:
        raise SourceError(problems)


def _is_other(table: Table, spec: SourceSpec) -> bool:
    """Say whether a file that can be read is nevertheless of another format."""
    from workbench.sources.signatures import best_signature, confidence_in

    confidence, signature = best_signature(table.raw_header)
    return (
        signature is not None
        and signature.format != spec.format
        and confidence >= _CLEARLY
        and confidence_in(spec.format, table.raw_header) == 0
    )


def _other_format(path: Path | DatabaseTable, spec: SourceSpec) -> list[Problem]:
    """Say what a file looks like when it is not what the brand declares."""
    if isinstance(path, DatabaseTable):
        return []
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
