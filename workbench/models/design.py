"""Cohort cells and the crossed dimensions that describe them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ModelError

#: Dimensions whose levels are exchangeable; `first_month` is ordered and follows a random walk.
EXCHANGEABLE = ("channel", "first_product", "channel_product", "cohort")
MONTH = "first_month"
INTERACTION = "channel_product"
#: The only dimension where cohorts are not pooled: each has effects of its own.
ALONE = "cohort"
#: How much cohorts learn from each other: partially (the model in use); completely, as if they
#: were one; not at all. The last two are there to be compared with.
POOLINGS = ("partial", "complete", "none")


@dataclass(frozen=True)
class Design:
    """Which cohort cells exist, and which level of each modelled dimension each belongs to.

    Attributes
    ----------
    cells : DataFrame
        One row per cohort with customers: the cohort columns, sorted.
    levels : dict of str to tuple of str
        Levels of every *modelled* dimension. A dimension with a single level carries no
        information and is left out; months run without gaps from the first to the last. Where
        channel and product are modelled both, their combinations are a dimension as well.
    index : dict of str to ndarray of int
        For each modelled dimension, the level of each cell; shape (cells,).
    """

    cells: pd.DataFrame
    levels: dict[str, tuple[str, ...]]
    index: dict[str, np.ndarray]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Modelled exchangeable dimensions, in order."""
        return tuple(name for name in EXCHANGEABLE if name in self.levels)

    @property
    def has_months(self) -> bool:
        """Whether first-purchase month is modelled."""
        return MONTH in self.levels


def month_range(months: Sequence[str]) -> tuple[str, ...]:
    """Every calendar month from the first to the last of `months`, as "2026-01"."""
    span = pd.period_range(min(months), max(months), freq="M")
    return tuple(span.astype(str))


def make_design(
    customers: pd.DataFrame, cohorts: Sequence[str], pooling: str = "partial"
) -> tuple[Design, np.ndarray]:
    """Find the cohort cells of `customers`.

    Parameters
    ----------
    customers : DataFrame
        The warehouse's customer table, with the columns named in `cohorts`.
    cohorts : sequence of str
        Cohort dimensions that the brand asks for; any subset of channel, first_product and
        first_month. All three columns appear in `Design.cells`; one that is not asked for holds
        the single value "All".
    pooling : {"partial", "complete", "none"}
        How much cohorts learn from each other.

    Returns
    -------
    design : Design
    cell : ndarray of int, shape (customers,)
        Cell of each customer.

    Raises
    ------
    ModelError
        For a pooling that does not exist.
    """
    if pooling not in POOLINGS:
        raise ModelError(f"No pooling {pooling!r}; allowed: {', '.join(POOLINGS)}.")
    columns = {}
    for name in ("channel", "first_product", MONTH):
        columns[name] = (
            customers[name].astype(str).to_numpy()
            if name in cohorts
            else np.full(len(customers), "All", dtype=object)
        )
    keys = pd.DataFrame(columns)
    grouped = keys.groupby(list(columns), sort=True)
    cell = grouped.ngroup().to_numpy()
    cells = grouped.size().reset_index()[list(columns)]

    levels: dict[str, tuple[str, ...]] = {}
    index: dict[str, np.ndarray] = {}
    if pooling == "none" and len(cells) > 1:
        levels[ALONE] = tuple(cells.agg(" · ".join, axis=1))
        index[ALONE] = np.arange(len(cells), dtype=np.int64)
    for name in columns if pooling == "partial" else ():
        found = sorted(cells[name].unique())
        if len(found) < 2:
            continue
        levels[name] = month_range(found) if name == MONTH else tuple(found)
        position = {level: i for i, level in enumerate(levels[name])}
        index[name] = cells[name].map(position).to_numpy(dtype=np.int64)
    if "channel" in levels and "first_product" in levels:
        both = cells["channel"] + " · " + cells["first_product"]
        levels[INTERACTION] = tuple(sorted(both.unique()))
        position = {level: i for i, level in enumerate(levels[INTERACTION])}
        index[INTERACTION] = both.map(position).to_numpy(dtype=np.int64)
    return Design(cells=cells, levels=levels, index=index), cell
