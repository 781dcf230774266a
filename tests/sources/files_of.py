"""Small export files, and the brand that reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.brand import Brand, SourceSpec
from workbench.brand_sources import Sources
from workbench.sources.frames import ReadResult

Reader = Callable[[Path, SourceSpec, Brand], ReadResult]


def brand_of(folder: Path, currency: str = "USD", **changes: Any) -> Brand:
    orders = SourceSpec(format="orders", path="orders.csv")
    settings = {"name": "Juniper Tea", "currency": currency, "timezone": "America/New_York"}
    return Brand(folder=folder, sources=Sources(orders=(orders,)), **(settings | changes))


def file_of(folder: Path, text: str | bytes, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def read_file(
    reader: Reader,
    form: str,
    path: Path,
    brand: Brand | None = None,
    columns: dict[str, str] | None = None,
    **options: Any,
) -> ReadResult:
    spec = SourceSpec(format=form, path=path.name, columns=columns or {}, options=options)
    return reader(path, spec, brand or brand_of(path.parent))


def logged(result: ReadResult) -> dict[str, int]:
    """Return what was logged -> how often."""
    return {row.what: row.count for row in result.log_rows}
