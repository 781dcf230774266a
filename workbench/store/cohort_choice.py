"""Which cohort dimensions the customers of a brand carry: one rule for its check and its proposal.

A dimension too many leaves every cohort too small to say anything by itself, and the check on
cohort sizes fails. So a proposal begins with the channel, which decides where the next dollar goes,
and takes in the month and the first product while any cohort is large enough.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import DataWarning
from workbench.store.readiness_facts import Thresholds

if TYPE_CHECKING:
    from workbench.brand import Brand

__all__ = ["carried", "cohort_counts", "propose_cohorts", "tells_apart"]

ORDER = ("channel", "first_month", "first_product")
"""In which dimensions join."""
_READ = ("orders", "customers", "channels", "products", "profiles")
"""Sources that decide who is a customer, and of which cohort."""


def tells_apart(sizes: pd.Series[int], least: int) -> bool:
    """Return whether any cohort holds `least` customers; without one the check fails."""
    return bool((sizes >= least).any())


def cohort_counts(customers: pd.DataFrame, dimensions: Sequence[str]) -> pd.Series[int]:
    """Return the customers of each cohort that has any; no dimension means one cohort."""
    if not dimensions:
        return pd.Series([len(customers)])
    return customers.groupby(list(dimensions)).size()


def carried(
    customers: pd.DataFrame, wanted: Sequence[str], least: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the dimensions that the customers carry, and those left out.

    Parameters
    ----------
    customers : DataFrame
        One row per customer with the columns named in `wanted`.
    wanted : sequence of {"channel", "first_product", "first_month"}
    least : int
        `Thresholds.cohort_size`.

    Returns
    -------
    chosen : tuple of str
        The first of `ORDER` that is wanted, and each next one while `tells_apart` holds; in the
        order of `wanted`.
    left : tuple of str
        The others, in the order in which they would join.
    """
    queue = [name for name in ORDER if name in wanted]
    number = min(1, len(queue))
    while number < len(queue) and tells_apart(cohort_counts(customers, queue[: number + 1]), least):
        number += 1
    return tuple(sorted(queue[:number], key=list(wanted).index)), tuple(queue[number:])


def propose_cohorts(brand: Brand) -> tuple[tuple[str, ...], str]:
    """Count who bought what, and propose the cohort dimensions that the customers carry.

    Parameters
    ----------
    brand : Brand
        Its `cohorts` are those that the exports can tell.

    Returns
    -------
    cohorts : tuple of str
    why : str
        What was left out, why, and how to have it; empty if nothing was.

    Raises
    ------
    SourceError
        If the orders cannot be read.
    """
    from workbench.sources.exports import read_exports
    from workbench.store.warehouse import Warehouse

    unread = {name: () for name in type(brand.sources).model_fields if name not in _READ}
    sources = brand.sources.model_copy(update={**unread, "stack": None})
    brand = brand.model_copy(update={"sources": sources})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # `workbench check` tells them
        exports = read_exports(brand)
        warehouse = Warehouse.open(brand, exports)
    customers = warehouse.customers(exports.amounts["day"].max().date())
    least = Thresholds().cohort_size
    chosen, left = carried(customers, brand.cohorts, least)
    return chosen, _why(customers, chosen, left, least)


def _why(
    customers: pd.DataFrame, chosen: tuple[str, ...], left: tuple[str, ...], least: int
) -> str:
    """Say what was left out, and which list has it."""
    if not left:
        return ""
    number = len(cohort_counts(customers, [*chosen, left[0]]))
    why = (
        f"{' and '.join(left)} {'is' if len(left) == 1 else 'are'} left out: with {left[0]} none "
        f"of {number:,} cohorts would hold {least} of the {len(customers):,} customers, and no "
        "cohort could be told from another. The model then learns no difference by "
        f"{' or '.join(left)}. Add {left[0]} when there are more customers"
    )
    others = [(chosen[0], name) for name in left if (chosen[0], name) != (*chosen, left[0])]
    lists = [
        f"[{', '.join(other)}]"
        for other in others
        if tells_apart(cohort_counts(customers, other), least)
    ]
    return f"{why}, or write {' or '.join(lists)}, which they carry now" if lists else why
