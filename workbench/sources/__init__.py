"""Files that tools export, as canonical frames. One module per tool."""

from __future__ import annotations

from workbench.sources.exports import Exports, read_exports
from workbench.sources.frames import COLUMNS, LogRow, ReadResult, empty

__all__ = ["COLUMNS", "Exports", "LogRow", "ReadResult", "empty", "read_exports"]
