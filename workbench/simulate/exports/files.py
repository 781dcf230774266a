"""Writing files whose bytes depend on their content only."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["cents", "csv_text", "write_text"]


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write text with unix line ends; a name that ends in .gz is compressed, without a date."""
    data = text.encode(encoding)
    if path.suffix == ".gz":
        buffer = io.BytesIO()
        with gzip.GzipFile("", "wb", compresslevel=9, fileobj=buffer, mtime=0) as packed:
            packed.write(data)
        data = buffer.getvalue()
    path.write_bytes(data)


def csv_text(table: pd.DataFrame, header: Iterable[str] | None = None) -> str:
    """Return a table as CSV; `header` reorders the columns and adds blank ones."""
    if header is not None:
        table = table.reindex(columns=list(header))
    return table.to_csv(index=False, lineterminator="\n")


def cents(values: pd.Series | npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    """Return amounts as text with two decimals."""
    return np.array([f"{value:.2f}" for value in np.asarray(values, dtype=float)], dtype=object)
