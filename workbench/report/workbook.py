"""`report.xlsx`: the tables of a run as one workbook, for those who live in spreadsheets.

The cells are those of the files under ``tables/``: numbers as numbers, unrounded, days as days.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from workbench.plots.theme import ACCENT
from workbench.report.document import Report
from workbench.report.lexicon import count
from workbench.report.sheets import COLUMNS, SHEETS
from workbench.xlsx import workbook_bytes

__all__ = ["render_workbook"]

READ_ME = "Read me"
LEFT_OUT = "customers"
"""One row per customer, up to a million: it stays in ``tables/customers.parquet``."""
MOST_ROWS = 20_000
"""Rows of a table that enter the workbook, some 8 seconds of work; the rest stays in its file."""

_DAYS = ("cutoff", "week", "evidence_date", "due")
_MONTHS = ("first_month",)
_FORMATS = (
    (re.compile(r"^(p|share)_|_share$|^retention"), "0.0%"),
    (re.compile(r"^(value|true_profit|profit|expected_profit|marginal)_|^(cac|spend)"), "#,##0.00"),
    (re.compile(r"^(customers|active|groups|orders)"), "#,##0"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_LIKE_FORMULA = ("=", "+", "-", "@")


def render_workbook(report: Report, tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return ``report.xlsx``: a first sheet that explains the others, then one sheet per table.

    No cell is a formula, whatever a channel or campaign is called. The same tables give the same
    bytes; the document bears the as-of date.

    Parameters
    ----------
    report : Report
        Brand, as-of date, currency, interval, status and run id.
    tables : mapping of str to DataFrame
        Tables by name, in the order of the sheets. That of the customers is left out.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    shown = {
        name: frame for name, frame in tables.items() if name != LEFT_OUT and len(frame.columns)
    }
    names = _sheet_names(shown)
    customers = tables.get(LEFT_OUT)
    _read_me(book, report, shown, names, None if customers is None else len(customers))
    for name, frame in shown.items():
        _sheet(book, names[name], frame.head(MOST_ROWS))
    book.properties.creator = "CLV Workbench"
    book.properties.title = _text(f"{report.meta['brand']}: tables of the customer value report")
    return workbook_bytes(book, _day(report.meta["as_of"]))


def _sheet_names(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Name the sheets: at most 31 characters, none twice, none that spreadsheets refuse."""
    taken: dict[str, str] = {}
    for name in tables:
        whole = _FORBIDDEN.sub(" ", name).strip("' ") or "table"
        made, turn = whole[:31], 1
        while made.lower() in {READ_ME.lower(), *(other.lower() for other in taken.values())}:
            turn += 1
            made = f"{whole[: 30 - len(str(turn))]} {turn}"
        taken[name] = made
    return taken


def _read_me(
    book: Any,
    report: Report,
    tables: Mapping[str, pd.DataFrame],
    names: Mapping[str, str],
    customers: int | None,
) -> None:
    meta = report.meta
    sheet = book.create_sheet(READ_ME)
    for letter, width in zip("ABCDE", (24, 12, 62, 62, 30), strict=True):
        sheet.column_dimensions[letter].width = width
    interval = f"{100 * float(meta.get('interval') or 0.90):.0f}%, central credible interval"
    sheet.append([_cell(sheet, meta["brand"], bold=True, size=16)])
    sheet.append(["The tables of the customer value report; no cell is a formula."])
    sheet.append([])
    facts = [
        ("As of", _day(meta["as_of"])),
        ("Run", str(meta.get("run_id") or "")),
        ("Data and model", report.status),
        ("Currency", str(meta.get("currency") or "none: the orders carry no amounts")),
        ("Interval", interval),
    ]
    if meta.get("fast"):
        facts.append(("Preview", "made from few draws: for trying out, not for decisions"))
    for label, fact in facts:
        sheet.append([_cell(sheet, label, bold=True), _cell(sheet, fact, left=True)])
    sheet.append([])
    sheet.append(_heads(sheet, ("Sheet", "Rows", "What it holds", "Units and horizon", "File")))
    for name, frame in tables.items():
        what, units = SHEETS.get(name, ("", ""))
        if len(frame) > MOST_ROWS:
            what += f"; the first {count(MOST_ROWS)} rows, all of them in the file"
        row = (names[name], len(frame), what, units, f"tables/{name}.csv")
        sheet.append([_cell(sheet, value, "#,##0" if value is row[1] else "") for value in row])
    if customers is not None:
        sheet.append([])
        sheet.append([_cell(sheet, "Not in this workbook", bold=True)])
        what = "One row per customer; left out here because it can hold a million rows"
        row = (
            LEFT_OUT,
            customers,
            what,
            "currency per customer, 12 months",
            "tables/customers.parquet",
        )
        sheet.append([_cell(sheet, value, "#,##0" if value is row[1] else "") for value in row])
    sheet.append([])
    sheet.append(_heads(sheet, ("Columns", "", "Meaning")))
    for ending, meaning in COLUMNS:
        sheet.append([ending, None, meaning])


def _sheet(book: Any, name: str, frame: pd.DataFrame) -> None:
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    columns = [_values(str(column), frame[column]) for column in frame.columns]
    styles = [_number_format(str(column)) for column in frame.columns]
    for position, (column, values) in enumerate(zip(frame.columns, columns, strict=True), 1):
        widest = max((_width(value) for value in values[:200]), default=0)
        width = min(max(len(str(column)) + 4, widest + 2, 9), 60)
        sheet.column_dimensions[get_column_letter(position)].width = width
    if len(frame):
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(frame) + 1}"
    sheet.append(_heads(sheet, [str(column) for column in frame.columns]))
    for row in zip(*columns, strict=True):
        sheet.append([_cell(sheet, value, style) for value, style in zip(row, styles, strict=True)])


def _heads(sheet: Any, labels: Sequence[str]) -> list[Any]:
    from openpyxl.styles import PatternFill

    fill = PatternFill("solid", fgColor=ACCENT.removeprefix("#"))
    made = []
    for label in labels:
        cell = _cell(sheet, label, bold=True, colour="FFFFFF")
        cell.fill = fill
        made.append(cell)
    return made


def _cell(
    sheet: Any,
    value: Any,
    style: str = "",
    *,
    bold: bool = False,
    left: bool = False,
    size: int = 11,
    colour: str = "",
) -> Any:
    """Return a cell, or a bare value where it needs neither format nor guard."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    text = isinstance(value, str)
    guarded = text and value[:1] in (*_LIKE_FORMULA, "#")
    day = isinstance(value, date)
    if not (guarded or day or bold or left or (style and not text and value is not None)):
        return value
    cell = WriteOnlyCell(sheet, value=_text(value) if text else value)
    if text:
        cell.data_type = "s"  # never a formula, nor an error such as #N/A
        cell.quotePrefix = guarded  # nor one once somebody has edited it
    elif day:
        cell.number_format = style or "yyyy-mm-dd"
    elif style:
        cell.number_format = style
    if bold:
        cell.font = Font(bold=True, size=size, color=colour or None)
    if left:
        cell.alignment = Alignment(horizontal="left")
    return cell


def _values(name: str, column: pd.Series) -> list[Any]:
    """Return the values of a column as a spreadsheet knows them; None for what is not known."""
    if name in (*_DAYS, *_MONTHS) or column.dtype.kind == "M":
        given = column.astype("str").str.slice(0, 10).where(column.notna())
        if given.dropna().str.fullmatch(r"\d{4}-\d\d(-\d\d)?").all():
            days = pd.to_datetime(given, format="ISO8601", errors="coerce")
            if (days.notna() == column.notna()).all():
                return [None if pd.isna(day) else day.date() for day in days]
    return [_plain(value) for value in column]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else str(float(value))
    return _day(value) if isinstance(value, date) else _text(str(value))


def _text(text: object) -> str:
    """Leave out what no workbook may hold, and stay within the size of a cell."""
    return _CONTROL.sub(" ", str(text))[:32_767]


def _number_format(name: str) -> str:
    if name in _MONTHS:
        return "yyyy-mm"
    return next((style for pattern, style in _FORMATS if pattern.search(name)), "")


def _width(value: Any) -> int:
    """Return about how many characters a value takes up."""
    if isinstance(value, float):
        return 12
    return len(str(value)) if value is not None else 0


def _day(value: date | str) -> date:
    return date.fromisoformat(str(value)[:10])
