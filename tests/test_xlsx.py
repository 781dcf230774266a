"""Spreadsheet files hold no clock, and bear a day only where one is given."""

from __future__ import annotations

import zipfile
from datetime import date
from io import BytesIO

import openpyxl

from workbench.xlsx import workbook_bytes


def made(day: date | None = None) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["a", 1.5])
    return workbook_bytes(book, day)


def test_without_a_day_there_is_none_inside():
    body = made()
    with zipfile.ZipFile(BytesIO(body)) as parts:
        core = parts.read("docProps/core.xml")
        assert all(entry.compress_type == zipfile.ZIP_DEFLATED for entry in parts.infolist())
    assert b"dcterms:created" not in core
    assert b"dcterms:modified" not in core
    assert body == made()


def test_a_given_day_is_the_day_it_was_made():
    properties = openpyxl.load_workbook(BytesIO(made(date(2026, 6, 30)))).properties
    assert (
        properties.created.isoformat() == properties.modified.isoformat() == ("2026-06-30T00:00:00")
    )
