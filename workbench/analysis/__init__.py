"""One brand at one as-of date: every table of the report, computed when first asked for.

This is what notebooks, reports and the command line work with. Each table is kept on disk under
a key of its inputs, so that opening the same analysis again costs little.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from workbench.analysis.results import Analysis
from workbench.analysis.tables import DECISION_TABLES, TABLES
from workbench.brand import Brand, load_brand
from workbench.errors import BrandError, Problem

__all__ = ["DECISION_TABLES", "TABLES", "Analysis", "open_analysis"]


def open_analysis(
    brand: str | Path | Brand,
    *,
    as_of: str | date | None = None,
    out: str | Path = "reports",
    fast: bool = False,
    seed: int = 20260630,
) -> Analysis:
    """Open the analysis of a brand at an as-of date.

    Parameters
    ----------
    brand : str, Path or Brand
        Brand folder, its brand.yaml, or settings already loaded.
    as_of : str or date, optional
        Last day of observation; by default the brand's own, else the day of its last order.
    out : str or Path
        Receives ``<brand folder name>/<as-of>/``.
    fast : bool
        Fewer draws: to try things out, never for a client.
    seed : int
        Seed of every random number.

    Raises
    ------
    BrandError
        With every problem of brand.yaml.
    """
    loaded = brand if isinstance(brand, Brand) else load_brand(brand)
    if isinstance(as_of, str):
        try:
            as_of = date.fromisoformat(as_of)
        except ValueError:
            problem = Problem(f"{as_of!r} is not a date", "as_of", "a day such as 2026-06-30")
            raise BrandError(problem) from None
    analysis = Analysis(loaded, as_of=as_of, out=Path(out), fast=fast, seed=seed)
    analysis.check_settings()
    return analysis
