"""Which module reads which format, and all files of a source, read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError, Problem

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["collecting", "read_all"]

_READERS = {
    "shopify_orders": "shopify_csv:read",
    "shopify_json": "shopify_json:read",
    "shopify_bulk": "shopify_json:read",
    "customers": "identities:read",
    "klaviyo_profiles": "klaviyo:read",
    "klaviyo_flows": "klaviyo_sends:read_flows",
    "klaviyo_campaigns": "klaviyo_sends:read_campaigns",
}
"""Format -> module and function, where they are not called as the format and ``read``."""
_READERS_BY_KEY = {
    ("spend", "northbeam"): "northbeam:read_spend",
    ("channels", "ga4"): "ga4:read_transactions",
}


@contextmanager
def collecting(problems: list[Problem]) -> Iterator[None]:
    """Add the problems of an input error to others, and go on."""
    try:
        yield
    except InputError as error:
        problems.extend(error.problems)


def read_all(brand: Brand, key: str, problems: list[Problem]) -> list[tuple[SourceSpec, str, Any]]:
    """Return source, file name and what its reader made of it, for every file of a key."""
    found = []
    for spec in getattr(brand.sources, key):
        place = _READERS_BY_KEY.get((key, spec.format), _READERS.get(spec.format, ""))
        module, _, function = (place or f"{spec.format}:read").partition(":")
        reader = getattr(import_module(f"workbench.sources.{module}"), function)
        for path in brand.files(spec):
            with collecting(problems):
                found.append((spec, Path(path).name, reader(path, spec, brand)))
        if spec.table:
            with collecting(problems):
                open_table = import_module("workbench.sources.database_table").open_table
                with open_table(brand, spec) as table:
                    found.append((spec, spec.table, reader(table, spec, brand)))
    return found
