"""What became of each file: written, with how many rows, or refused, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

__all__ = ["REFUSED", "WRITTEN", "Written", "files_table", "left_out_table"]

WRITTEN, REFUSED = "written", "refused"


@dataclass(frozen=True)
class Written:
    """One file, or the refusal to write it.

    Attributes
    ----------
    name : str
        List, such as ``seed_value_v1``; an action may name it instead of its files.
    tool : str
    file : str
        Relative to the outbox, ``/`` between folders; empty when refused.
    rows : int
        People, orders or channels in the file.
    note : str
        Why it was refused, or what its reader should know. Holds no personal data.
    left_out : dict of str to int
        Reason -> customers (or orders) that are in no file of the list. Parts and variants of
        one list repeat it.
    """

    name: str
    tool: str
    file: str
    rows: int
    note: str = ""
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """``written`` or ``refused``."""
        return WRITTEN if self.file else REFUSED


def files_table(written: Sequence[Written], folder: Path) -> pd.DataFrame:
    """Return one row per file: file, list, tool, status, rows, bytes, left_out, reasons, note."""
    rows = [
        {
            "file": w.file,
            "list": w.name,
            "tool": w.tool,
            "status": w.status,
            "rows": w.rows,
            "bytes": (folder / w.file).stat().st_size if w.file else 0,
            "left_out": sum(w.left_out.values()),
            "reasons": "; ".join(f"{count} {reason}" for reason, count in w.left_out.items()),
            "note": w.note,
        }
        for w in written
    ]
    columns = "file list tool status rows bytes left_out reasons note".split()
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"rows": "int64", "bytes": "int64", "left_out": "int64"})


def left_out_table(written: Sequence[Written]) -> pd.DataFrame:
    """Return one row per tool, list and reason: tool, list, reason, count."""
    rows = [
        {"tool": w.tool, "list": w.name, "reason": reason, "count": count}
        for w in written
        for reason, count in w.left_out.items()
    ]
    table = pd.DataFrame(rows, columns=["tool", "list", "reason", "count"])
    return table.drop_duplicates(["tool", "list", "reason"], ignore_index=True)
