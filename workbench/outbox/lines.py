"""Text files in columns: cells to lines, lines to parts within an importer's limits.

A line is built for all rows at once in Arrow; a file is a slice of its buffer, so a million rows
are written without a loop over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "BLOCK",
    "PartWriter",
    "Taken",
    "blocks",
    "cells",
    "csv_lines",
    "decimals",
    "guard",
    "header_line",
    "joined",
    "take",
    "write_csv",
]

BLOCK = 100_000
"""Rows turned into text at a time."""

_FORMULA = "^[=+\\-@\t\r\n]"


@dataclass(frozen=True)
class Taken:
    """A column of a file: given rows of given cells, made a block at a time; -1 gives none."""

    cells: pa.Array
    rows: np.ndarray

    def block(self, start: int) -> pa.Array:
        """Return the cells of `BLOCK` rows from `start` on as Arrow text."""
        rows = self.rows[start : start + BLOCK]
        part = self.cells.take(pa.array(rows, mask=rows < 0))
        if pa.types.is_dictionary(part.type):
            part = part.dictionary_decode()
        return part


def blocks(columns: Sequence[pa.Array | Taken], rows: int) -> Iterator[list[pa.Array]]:
    """Yield the columns of a file, `BLOCK` rows at a time."""
    for start in range(0, rows, BLOCK):
        yield [c.block(start) if isinstance(c, Taken) else c.slice(start, BLOCK) for c in columns]


def take(column: pd.Series[Any] | pa.Array, rows: np.ndarray) -> Taken:
    """Return a column made of given rows of text; -1 gives none."""
    return Taken(column if isinstance(column, pa.Array) else cells(column), rows)


def cells(column: Iterable[Any]) -> pa.Array:
    """Return text as an Arrow array."""
    array = pa.array(column, type=pa.large_string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def decimals(values: Any, places: int = 2) -> pa.Array:
    """Return numbers as plain decimals, ``1234.50``: no symbol, grouping or exponent."""
    numbers = np.asarray(values, dtype=float)
    numbers = pa.array(numbers, mask=~np.isfinite(numbers))
    return numbers.cast(pa.decimal128(28, places)).cast(pa.large_string())


def _holds(text: pa.Array, characters: bytes) -> bool:
    """Say whether one of some characters may be in a column; much faster than looking closer."""
    if not len(text) or text.buffers()[2] is None:
        return False
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int64)
    first, last = offsets[text.offset], offsets[text.offset + len(text)]
    data = text.buffers()[2].slice(first, last - first).to_pybytes()
    return any(bytes([character]) in data for character in characters)


def guard(text: pa.Array) -> pa.Array:
    """Put an apostrophe before what a spreadsheet would run as a formula."""
    if not _holds(text, b"=+-@\t\r\n"):
        return text
    return pc.if_else(
        pc.match_substring_regex(text, _FORMULA),
        joined("'", text),
        text,
    )


def joined(*parts: pa.Array | str) -> pa.Array:
    """Return texts end to end, row by row; missing where one of them is."""
    texts = [pa.scalar(p, pa.large_string()) if isinstance(p, str) else p for p in parts]
    return pc.binary_join_element_wise(*texts, pa.scalar("", pa.large_string()))


def _cell(text: pa.Array) -> pa.Array:
    if not _holds(text, b'",\r\n'):
        return pc.fill_null(text, "")
    quoted = joined('"', pc.replace_substring(text, '"', '""'), '"')
    text = pc.if_else(pc.match_substring_regex(text, '[",\r\n]'), quoted, text)
    return pc.fill_null(text, "")


def header_line(names: Sequence[str]) -> bytes:
    """Return the header line of a CSV file; a name may occur more than once."""
    return (",".join(names) + "\n").encode()


def csv_lines(columns: Sequence[pa.Array], raw: Iterable[int] = ()) -> pa.Array:
    """Return CSV lines, each ending with a line feed; missing cells are empty.

    Parameters
    ----------
    columns : sequence of Array of text
    raw : iterable of int
        Columns the importer needs as they are, not guarded: phones with their plus, numbers.
    """
    free = set(raw)
    made = [_cell(c if k in free else guard(c)) for k, c in enumerate(columns)]
    comma = pa.scalar(",", pa.large_string())
    lines = pc.binary_join_element_wise(*made, comma) if len(made) > 1 else made[0]
    return joined(lines, "\n")


def write_csv(
    path: Path,
    header: Sequence[str],
    columns: Sequence[pa.Array | Taken],
    *,
    rows: int,
    raw: Iterable[int] = (),
    preamble: str = "",
) -> int:
    """Write one CSV file, UTF-8 with line feeds; return its number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(preamble.encode() + header_line(header))
        for block in blocks(columns, rows):
            lines = csv_lines(block, raw)
            offsets = np.frombuffer(lines.buffers()[1], dtype=np.int64)
            first, last = offsets[lines.offset], offsets[lines.offset + len(lines)]
            stream.write(memoryview(lines.buffers()[2])[first:last])
    return rows


class PartWriter:
    """Files ``stem-001.csv``, ``stem-002.csv``, ... within a size and a number of lines.

    One that is enough for all is called ``stem.csv``.

    Parameters
    ----------
    stem : Path
        Path without number and ending.
    ending : str
        ``.csv`` or ``.json``.
    opening, closing : bytes
        Before the first line and after the last of every file.
    max_bytes, max_lines : int
        Of one file, opening and closing included. A longer single line gets a file of its own.
    separated : bool
        Lines begin with a separator of one byte, which the first of a file goes without.
    """

    def __init__(
        self,
        stem: Path,
        ending: str,
        *,
        opening: bytes,
        closing: bytes = b"",
        max_bytes: int,
        max_lines: int,
        separated: bool = False,
    ) -> None:
        self.stem, self.ending = stem, ending
        self.opening, self.closing = opening, closing
        self.max_bytes, self.max_lines = max_bytes, max_lines
        self.separated = separated
        self.parts: list[tuple[Path, int]] = []
        self._stream: Any = None
        self._bytes = self._lines = 0

    def _open(self) -> None:
        path = self.stem.with_name(f"{self.stem.name}-{len(self.parts) + 1:03d}{self.ending}")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("wb")
        self._stream.write(self.opening)
        self._bytes, self._lines = len(self.opening) + len(self.closing), 0
        self.parts.append((path, 0))

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.write(self.closing)
            self._stream.close()
            self._stream = None

    def finish(self) -> list[tuple[Path, int]]:
        """Return each file with its number of lines; an only file goes without a number."""
        self._close()
        if len(self.parts) == 1:
            path, rows = self.parts[0]
            self.parts = [(path.rename(self.stem.with_name(self.stem.name + self.ending)), rows)]
        return self.parts

    def add(self, lines: pa.Array) -> None:
        """Write lines, starting new files where limits say so."""
        if not len(lines):
            return
        offsets = np.frombuffer(lines.buffers()[1], dtype=np.int64)
        offsets = offsets[lines.offset : lines.offset + len(lines) + 1]
        data = memoryview(lines.buffers()[2])
        start = 0
        while start < len(lines):
            if self._stream is None:
                self._open()
            room = offsets[start] + self.max_bytes - self._bytes
            stop = int(np.searchsorted(offsets, room, side="right")) - 1
            stop = min(stop, start + self.max_lines - self._lines, len(lines))
            if stop <= start and self._lines:
                self._close()
                continue
            stop = max(stop, start + 1)
            skip = 1 if self.separated and not self._lines else 0
            self._stream.write(data[offsets[start] + skip : offsets[stop]])
            self._bytes += int(offsets[stop] - offsets[start])
            self._lines += stop - start
            self.parts[-1] = (self.parts[-1][0], self._lines)
            start = stop
