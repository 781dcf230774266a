"""Spreadsheet files (.xlsx) without a clock in them: the same cells, the same bytes."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from io import BytesIO
from typing import Any

__all__ = ["workbook_bytes"]

_CLOCK = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def workbook_bytes(book: Any, day: date | None = None) -> bytes:
    """Return an openpyxl workbook as the bytes of its file.

    Parameters
    ----------
    book : openpyxl.Workbook
    day : date, optional
        Stands in the document's properties as the day it was made; without it they bear no date.
    """
    made, out = BytesIO(), BytesIO()
    book.save(made)
    stamp = rb"\g<1>" + f"{day:%Y-%m-%d}T00:00:00Z".encode() + rb"\g<3>" if day else b""
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(out, "w") as target:
        for part in sorted(parts.namelist()):
            body = parts.read(part)
            if part == "docProps/core.xml":
                body = _CLOCK.sub(stamp, body)
            entry = zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, body)
    return out.getvalue()
