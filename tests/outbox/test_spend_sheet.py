"""The spend sheet: same cells in CSV and workbook, no formula in either."""

from __future__ import annotations

import csv

import numpy as np
import openpyxl
import pytest

from tests.outbox.people import BUDGET, SETTINGS
from workbench.outbox.spend_sheet import spend_sheet, write_spend_sheet


def test_change_and_verb_follow_from_the_spend():
    sheet = spend_sheet(BUDGET, currency="USD")
    assert sheet["change"].tolist() == [-200.0, 200.0, 0.0]
    assert sheet["verb"].tolist() == ["lower", "raise", "keep"]
    given = BUDGET.assign(verb=["cut", "test", "hold"], change=[-199.0, np.nan, 0.0])
    told = spend_sheet(given, currency="USD")
    assert told["verb"].tolist() == ["cut", "test", "hold"]
    assert told["change"].tolist() == [-199.0, 200.0, 0.0]


def test_both_files_hold_the_same(tmp_path):
    write_spend_sheet(tmp_path, BUDGET, SETTINGS)
    home = tmp_path / "spend_sheet"
    with (home / "spend_sheet.csv").open(encoding="utf-8", newline="") as stream:
        table = list(csv.reader(stream))
    page = openpyxl.load_workbook(home / "spend_sheet.xlsx").active
    cells = list(page.iter_rows(values_only=True))
    assert list(cells[0]) == table[0]
    for told, row in zip(cells[1:], table[1:], strict=True):
        for value, text in zip(told, row, strict=True):
            if isinstance(value, int | float):
                assert float(text) == pytest.approx(value, abs=0.005)
            else:
                assert (value or "") == text.replace("\t", " ")
    assert table[2][0] == "'=HYPERLINK(1)"
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n"}
    assert table[2][table[0].index("expected_profit_change")] == "-12.25"  # a number, not guarded


def test_the_workbook_has_no_clock_in_it(tmp_path):
    for name in ("a", "b"):
        write_spend_sheet(tmp_path / name, BUDGET, SETTINGS)
    a, b = (tmp_path / n / "spend_sheet" / "spend_sheet.xlsx" for n in "ab")
    assert a.read_bytes() == b.read_bytes()
    assert openpyxl.load_workbook(a).properties.modified is None or b"2026" not in a.read_bytes()
