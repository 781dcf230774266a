"""Bytes on disk to one sheet of text cells: gzip, encodings, delimiters, xlsx, parquet."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from workbench.errors import Problem, SourceError

__all__ = ["Sheet", "decode", "read_bytes", "read_sheet", "sheet_of"]

_DELIMITERS = (",", ";", "\t", "|")
_EXPORT_AGAIN = "export the file again as CSV (UTF-8)"
Missing = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True)
class Sheet:
    """Text cells by position, with the file row as index."""

    frame: pd.DataFrame
    header: list[str]
    first_row: int
    delimiter: str = ""
    encoding: str = ""
    preamble: list[str] = field(default_factory=list)


def _refuse(path: Path, what: str, todo: str = _EXPORT_AGAIN) -> SourceError:
    return SourceError(Problem(what, path.name, "csv, tsv, xlsx or parquet, also gzipped", todo))


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, unpacked when it is gzipped.

    Raises
    ------
    SourceError
        The file is missing, empty or a damaged archive.
    """
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise _refuse(path, "the gzip archive is damaged or cut off") from None
    except OSError as error:
        raise _refuse(
            path, f"the file cannot be read ({error.strerror})", "check path and permissions"
        ) from None
    if not data.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise _refuse(path, "the file is empty")
    return data


def decode(data: bytes, path: Path) -> tuple[str, str]:
    """Return the text of a file and its encoding: byte-order marks, UTF-16, UTF-8, cp1252.

    Raises
    ------
    SourceError
        The bytes are no text in any of them.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        ladder = ["utf-8-sig"]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        ladder = ["utf-16"]
    elif b"\x00" in data[:4000]:
        ladder = ["utf-16-le" if data[1:2] == b"\x00" else "utf-16-be"]
    else:
        ladder = ["utf-8", "cp1252"]
    for encoding in ladder:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, encoding
    raise _refuse(path, f"the bytes are not text (tried {', '.join(ladder)})")


def read_sheet(path: Path, missing: Missing, header_scan: int = 0) -> Sheet:
    """Read a file into text cells.

    Parameters
    ----------
    path : Path
        csv, tsv, xlsx or parquet, also gzipped.
    missing : callable
        Header cells -> required names not among them; picks delimiter and header line.
    header_scan : int
        How many lines may stand above the header.
    """
    data = read_bytes(path)
    if data.startswith(b"PAR1"):
        return _from_parquet(data, path)
    if data.startswith(b"PK\x03\x04"):
        return _from_xlsx(data, path, missing, header_scan)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refuse(path, "the file is an old Excel workbook (.xls)", "save it as .xlsx or CSV")
    text, encoding = decode(data, path)
    if text.lstrip()[:1] in ("{", "[", "<"):
        raise _refuse(
            path,
            "the file holds JSON or a web page, not a table",
            "check format and path in brand.yaml",
        )
    place, delimiter = _find_header(text, missing, header_scan)
    return _from_text(text, path, encoding, delimiter, place)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _find_header(text: str, missing: Missing, header_scan: int) -> tuple[int, str]:
    """Return position of the header among the lines and the delimiter.

    The best line lacks the fewest required names; among equals the first, and the delimiter
    that makes the most cells.
    """
    head = "".join(islice(io.StringIO(text[: 1 << 20], newline=""), header_scan + 50))
    best: tuple[tuple[int, int, int], int, str] | None = None
    for delimiter in _DELIMITERS:
        try:
            lines = list(islice(_records(head, delimiter), header_scan + 20))
        except csv.Error:
            continue
        tried = 0
        for place, cells in enumerate(lines):
            if not any(cell.strip() for cell in cells) or cells[0].lower().startswith("sep="):
                continue  # blank, or the delimiter as Excel states it
            if tried > header_scan:
                break
            tried += 1
            score = (len(missing(cells)), place, -len(cells))
            if best is None or score < best[0]:
                best = score, place, delimiter
    return (best[1], best[2]) if best else (0, ",")


def _from_text(text: str, path: Path, encoding: str, delimiter: str, place: int) -> Sheet:
    top = io.StringIO(text[: 1 << 20], newline="")  # a copy of the whole would be four times as big
    reader = csv.reader(top, delimiter=delimiter)
    above = list(islice(reader, place))
    header = next(reader, [])
    body = text[top.tell() :].rstrip("\r\n\x1a ")
    frame = _parse_fast(body, delimiter, len(header))
    if frame is None:
        frame = _parse_ragged(body, delimiter, len(header), path, place + 2)
    return Sheet(
        frame=_finish(frame, place + 2),
        header=header,
        first_row=place + 2,
        delimiter=delimiter,
        encoding=encoding,
        preamble=[delimiter.join(cells) for cells in above],
    )


def _parse_fast(body: str, delimiter: str, width: int) -> pd.DataFrame | None:
    """Parse a regular body with Arrow; None when its rows differ in length."""
    names = [str(number) for number in range(width)]
    if not body:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in names})
    try:
        table = pa_csv.read_csv(
            io.BytesIO(body.encode()),
            read_options=pa_csv.ReadOptions(column_names=names, block_size=1 << 24),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values='"' in body, ignore_empty_lines=False
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return _to_frame(table)


def _parse_ragged(
    body: str, delimiter: str, width: int, path: Path, first_row: int
) -> pd.DataFrame:
    """Parse row by row: short rows are filled, long rows must hold nothing beyond the header."""
    rows, long = [], []
    try:
        for number, cells in enumerate(_records(body, delimiter), start=first_row):
            if any(cell.strip() for cell in cells[width:]):
                long.append(number)
            rows.append((cells + [""] * width)[:width])
    except csv.Error:
        raise _refuse(path, f"row {first_row + len(rows)} cannot be parsed as CSV") from None
    if long:
        shown = ", ".join(map(str, long[:5]))
        raise SourceError(
            Problem(
                f"{len(long)} rows have more cells than the header ({width})",
                f"{path.name}, row{'' if len(long) == 1 else 's'} {shown}",
                "one cell per column; cells that contain the delimiter stand in quotes",
                _EXPORT_AGAIN,
            )
        )
    return pd.DataFrame(rows, columns=[str(number) for number in range(width)], dtype="str")


def _finish(frame: pd.DataFrame, first_row: int) -> pd.DataFrame:
    """Trim cells, make empty ones NaN, number rows as in the file, drop rows without content."""
    table = {}
    for name in frame.columns:
        cells = pc.utf8_trim_whitespace(pa.array(frame[name], pa.string(), from_pandas=True))
        empty = pc.equal(cells, "")
        table[name] = pc.if_else(empty, pa.scalar(None, pa.string()), cells)
    frame = _to_frame(pa.table(table))
    frame.index = pd.RangeIndex(first_row, first_row + len(frame), name="row")
    blank = frame.isna().all(axis=1)
    return frame[~blank] if blank.any() else frame


def _to_frame(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper={pa.string(): pd.StringDtype(na_value=float("nan"))}.get)


def _from_parquet(data: bytes, path: Path) -> Sheet:
    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError):
        raise _refuse(path, "the parquet file is damaged") from None
    return sheet_of(table)


def sheet_of(table: pa.Table) -> Sheet:
    """Return the text cells of an Arrow table; columns of nested values are left out."""
    columns, header = [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_nested(column.type):
            continue  # no reader of tables asks for nested values
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        header.append(name)
        columns.append(column.cast(pa.string()))
    frame = _to_frame(pa.table(columns, names=[str(number) for number in range(len(columns))]))
    return Sheet(_finish(frame, 1), header, 1, preamble=[])


def _from_xlsx(data: bytes, path: Path, missing: Missing, header_scan: int) -> Sheet:
    """Read the first sheet with content; a workbook keeps real dates and numbers."""
    import openpyxl  # only workbooks need it

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = (
            [[_cell_text(v) for v in row] for row in s.iter_rows(values_only=True)]
            for s in book.worksheets
        )
        rows = next((s for s in sheets if any(any(row) for row in s)), [])
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise _refuse(
            path,
            "the file is a zip archive but no Excel workbook",
            "unpack it, and use the file inside",
        ) from None
    filled = [place for place, row in enumerate(rows) if any(row)][: header_scan + 1]
    if not filled:
        raise _refuse(path, "the workbook is empty")
    place = min(filled, key=lambda at: (len(missing(rows[at])), at))
    header = rows[place]
    while header and not header[-1]:
        header = header[:-1]
    width = len(header)
    body = [(row + [""] * width)[:width] for row in rows[place + 1 :]]
    frame = pd.DataFrame(body, columns=[str(number) for number in range(width)], dtype="str")
    return Sheet(
        frame=_finish(frame, place + 2),
        header=header,
        first_row=place + 2,
        preamble=["\t".join(row).rstrip("\t") for row in rows[:place]],
    )


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds").removesuffix(" 00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
