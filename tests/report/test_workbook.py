"""The workbook: every number of the tables, no formula, no clock, a first sheet that explains."""

from __future__ import annotations

import math
import zipfile
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from io import BytesIO

import numpy as np
import openpyxl
import pandas as pd
import pytest

from tests.report.synthetic import FakeAnalysis
from tests.report.test_story import CASES, HOSTILE, told
from workbench.report import workbook
from workbench.report.facts import TABLES
from workbench.report.sheets import SHEETS
from workbench.report.story import tell
from workbench.report.workbook import render_workbook


def rendered(analysis: FakeAnalysis) -> bytes:
    return render_workbook(tell(analysis), analysis.tables)  # type: ignore[arg-type]


@cache
def case(name: str) -> tuple[FakeAnalysis, bytes]:
    analysis = CASES[name]()
    return analysis, rendered(analysis)


def opened(body: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(body))


@pytest.mark.parametrize("name", ["full", "hostile", "nobody"])
def test_every_cell_is_that_of_its_table(name):
    analysis, body = case(name)
    book = opened(body)
    shown = {k: t for k, t in analysis.tables.items() if k != "customers" and len(t.columns)}
    assert book.sheetnames == ["Read me", *shown]
    compared = 0
    for key, table in shown.items():
        rows = list(book[key].iter_rows(values_only=True))
        assert list(rows[0]) == list(table.columns)
        assert len(rows) == len(table) + 1
        for shown_row, kept in zip(rows[1:], table.itertuples(index=False), strict=True):
            for cell, value in zip(shown_row, kept, strict=True):
                compared += same(cell, value)
    assert compared > 50


def same(cell: object, value: object) -> int:
    """Compare a cell with a value of a table; return 1 for a number."""
    if value is None or (not isinstance(value, str) and pd.isna(value)) or value == "":
        assert cell in (None, "")
    elif isinstance(value, float | int | np.number) and not isinstance(value, bool | np.bool_):
        if math.isinf(value):
            assert cell == "inf"
            return 0
        assert type(cell) in (int, float), (cell, value)
        # a spreadsheet keeps 15 to 16 digits
        assert cell == pytest.approx(float(value), rel=1e-14, abs=0)
        return 1
    elif isinstance(cell, datetime):
        assert f"{cell:%Y-%m-%d}".startswith(str(value)[:10])
    else:
        assert cell == (value if isinstance(value, bool | np.bool_) else str(value))
    return 0


def test_days_are_days_and_the_heading_stays_in_view():
    book = opened(case("full")[1])
    months, record = book["months"], book["backtest"]
    first = {cell.value: cell.column for cell in months[1]}["first_month"]
    assert months.cell(2, first).value == datetime(2024, 7, 1)
    assert months.cell(2, first).number_format == "yyyy-mm"
    cutoff = {cell.value: cell.column for cell in record[1]}["cutoff"]
    assert record.cell(2, cutoff).value == datetime(2025, 12, 31)
    assert {sheet.freeze_panes for sheet in book.worksheets[1:]} == {"A2"}
    assert all(9 <= side.width <= 60 for side in months.column_dimensions.values())


def test_what_looks_like_a_formula_is_text():
    body = case("hostile")[1]
    book = opened(body)
    seen = {c.value for sheet in book for row in sheet for c in row if isinstance(c.value, str)}
    assert set(HOSTILE) <= seen
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d", "b", "inlineStr"}
    with zipfile.ZipFile(BytesIO(body)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
        assert not any("externalLink" in name for name in parts.namelist())


def test_no_text_becomes_anything_else():
    texts = ["=1+1", "+49", "-2", "@SUM(A1)", "#N/A", "#REF!", "a\x00b\x0bc", "plain", "2024"]
    frame = pd.DataFrame({"first_month": texts, "note": texts})
    report = told("full")
    named = replace(report, meta={**report.meta, "brand": "=1+1"})
    book = opened(render_workbook(named, {"months": frame}))
    for text, row in zip(texts, book["months"].iter_rows(min_row=2), strict=True):
        clean = text.replace("\x00", " ").replace("\x0b", " ")
        assert [(cell.value, cell.data_type) for cell in row] == [(clean, "s")] * 2
        assert {bool(cell.quotePrefix) for cell in row} == {text[0] in "=+-@#"}
    assert (book["Read me"]["A1"].value, book["Read me"]["A1"].data_type) == ("=1+1", "s")


def test_the_first_sheet_says_whose_numbers_of_when_and_what_each_sheet_holds():
    analysis, body = case("full")
    rows = list(opened(body)["Read me"].iter_rows(values_only=True))
    assert rows[0][0] == "Juniper Tea"
    facts = {row[0]: row[1] for row in rows if row[0]}
    assert facts["As of"] == datetime(2026, 6, 30)
    assert facts["Run"] == tell(analysis).meta["run_id"]  # type: ignore[arg-type]
    assert (facts["Currency"], facts["Data and model"]) == ("USD", "REVIEW")
    lines = {row[0]: row for row in rows}
    for name, table in analysis.tables.items():
        if len(table.columns):
            assert lines[name][1:] == (len(table), *SHEETS[name], f"tables/{name}.csv")


def test_every_table_of_a_run_is_explained():
    assert set(SHEETS) == set(TABLES) - {"customers"}


def test_the_customers_stay_out_and_the_first_sheet_says_so():
    book = opened(
        render_workbook(told("full"), {"customers": pd.DataFrame({"customer_id": ["c1", "c2"]})})
    )
    assert "customers" not in book.sheetnames
    rows = list(book["Read me"].iter_rows(values_only=True))
    assert ("customers", 2, "tables/customers.parquet") in [(r[0], r[1], r[4]) for r in rows]


def test_same_tables_same_bytes_and_the_as_of_date_for_a_clock():
    first, again = case("full")[1], rendered(CASES["full"]())
    assert first == again
    properties = opened(first).properties
    assert properties.created.date() == properties.modified.date() == date(2026, 6, 30)
    with zipfile.ZipFile(BytesIO(first)) as parts:
        assert {entry.date_time[:3] for entry in parts.infolist()} == {(1980, 1, 1)}


def test_long_and_doubled_names_of_sheets(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    frame = pd.DataFrame({"a": [1, 2, 3]})
    names = ("x" * 40, "x" * 40 + "y", "read me", "a/b:c")
    book = opened(render_workbook(told("full"), dict.fromkeys(names, frame)))
    assert book.sheetnames == ["Read me", "x" * 31, "x" * 29 + " 2", "read me 2", "a b c"]
    assert book["a b c"].max_row == 3, "two of three rows"
    assert "the first 2 rows" in str(list(book["Read me"].iter_rows(values_only=True)))
