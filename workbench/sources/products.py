"""The products map: sku or name -> category and unit cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.frames import LogRow, ReadResult, fit
from workbench.sources.reader_settings import TABLE_OPTIONS, check_settings
from workbench.sources.tabular import read_table, rows_of

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec
    from workbench.sources.database_table import DatabaseTable

__all__ = ["read"]

_ALIASES = {
    "sku": ("variant sku", "lineitem sku", "product_sku"),
    "name": ("title", "product", "product name", "product_name", "lineitem name", "product title"),
    "category": ("type", "product type", "product category", "collection"),
    "unit_cost": ("cost", "cost per item", "unit cost", "cogs"),
}


def read(path: Path | DatabaseTable, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read one products file; Shopify's products export is understood, too.

    Parameters
    ----------
    spec : SourceSpec
        columns: sku, name, category, unit_cost -> header; sku or name, and category or unit_cost
        are needed.

    Returns
    -------
    ReadResult
        Rows of the `products` frame, one per key; a row with sku and name gives two keys.

    Raises
    ------
    SourceError
        Missing columns, or a cost below 0.
    """
    check_settings(spec, columns=set(_ALIASES), options=TABLE_OPTIONS)
    table = read_table(path, aliases=_ALIASES, columns=spec.columns, options=spec.options)
    has = set(table.frame)
    problems = [
        Problem(
            f"no column holds {what}",
            table.file,
            allowed,
            "add it, or map it in brand.yaml under columns",
        )
        for what, allowed, either in (
            ("the sku or name of a product", "sku, name", {"sku", "name"}),
            ("category or cost", "category, unit_cost", {"category", "unit_cost"}),
        )
        if not either & has
    ]
    if problems:
        raise SourceError(problems)
    cost = table.number("unit_cost")
    if (cost < 0).any():
        raise SourceError(
            Problem(
                "costs are below 0",
                f"{table.where('unit_cost')}, {rows_of(cost.index[cost < 0])}",
                "0 or more, in the brand's currency per piece",
                "correct these cells",
            )
        )
    # further variants of a product leave its title and type blank
    name, category = table.text("name"), table.text("category")
    if "handle" in has:
        handle = table.text("handle")
        name = name.where(name.notna(), name.groupby(handle).transform("first"))
        category = category.where(category.notna(), category.groupby(handle).transform("first"))
    parts = [
        pd.DataFrame({"key": key.str.strip().str.lower(), "category": category, "unit_cost": cost})
        for key in (table.text("sku").str.removeprefix("'"), name)
    ]
    told = pd.concat(parts).dropna(subset="key").dropna(subset=["category", "unit_cost"], how="all")
    log: list[LogRow] = []
    repeated = told.drop_duplicates()["key"].duplicated().sum()
    if repeated:
        log.append(
            LogRow(
                "products",
                table.file,
                "products told in two ways",
                int(repeated),
                "the first of each counts",
            )
        )
    return ReadResult(fit("products", told.drop_duplicates("key")), log)
