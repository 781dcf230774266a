"""What the explorer answers from: sums over customers by cohort, draw by draw, kept on disk.

Everything is additive over cohorts, so that any filter is a sum of draws; an interval is always
read off summed draws, never put together from intervals.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.cache import FrameCache, draft_of, write_atomically
from workbench.explorer.spending import SpendGrid, spend_grid
from workbench.explorer.view import DIMENSIONS, WINDOW, Segment, View

__all__ = ["FRAMES", "Facts", "Material", "MonthCurves", "read_material", "write_material"]

FRAMES = ("cells", "spend", "customers", "orders", "shrinkage")
_ARRAYS = ("ages", "observed", "reached")


@dataclass(frozen=True)
class Facts:
    """What every answer says about its numbers.

    Attributes
    ----------
    brand, currency : str
        Name; ISO code.
    as_of : date
        Last day of observation.
    months : tuple of str
        First-purchase months of the acquisition window, on which the report judges channels.
    has_money : bool
        False in a log without amounts: purchases are answered, money is refused.
    draws, draws_of : int
        Draws kept, and those of the report. Fewer are kept where all would not fit in memory.
    fast : bool
        Whether the fit is a quick look.
    notes : tuple of str
        What was pooled or thinned, in words.
    """

    brand: str
    currency: str
    as_of: date
    months: tuple[str, ...]
    has_money: bool
    draws: int
    draws_of: int
    fast: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MonthCurves:
    """Predicted contribution of the cohorts of one first-purchase month.

    Attributes
    ----------
    rows : ndarray of int
        Rows of `Material.cells`.
    start : int
        First place of `Material.ages` at which anything can be predicted: no earlier age lies
        after the as-of date for any customer of the month.
    curves : ndarray of float32, shape (rows, ages from start, draws)
        Cumulative predicted contribution of all customers of a cohort to each age, in currency.
    """

    rows: np.ndarray
    start: int
    curves: np.ndarray


@dataclass(frozen=True)
class Material:
    """Compact arrays from one analysis.

    Attributes
    ----------
    facts : Facts
    cells : DataFrame
        One row per cohort: channel, first_product, first_month, customers, age_days (sum over
        customers), orders (observed), customers_90d, retained_90d (customers at least 90 days
        old; those of them with an order on a later day within 90).
    ages : ndarray of int
        Ages in days at which curves are kept: weekly, every 30 days, and 365.
    observed : ndarray, shape (cells, ages)
        Cumulative contribution that has come in by each age, in currency, all customers.
    reached : ndarray, shape (cells, ages)
        Customers that have reached the age.
    predicted : tuple of MonthCurves
        Months with customers younger than 365 days; elsewhere the first year is all observed.
    spend : DataFrame
        channel, first_month (the month of the spend), spend, claimed_value, claimed_spend (spend
        of the rows that report a value), attribution (a list of settings).
    customers : DataFrame
        The report's customer table sorted by customer_id, with `future_q*` quantiles of the
        contribution from the as-of date to day 365 in place of its interval.
    orders : DataFrame
        customer (row of `customers`), day, revenue, contribution; sorted by both.
    shrinkage : DataFrame
        Raw and partially pooled value of the cohorts that the model knows, by horizon.
    budget : dict
        Draws of the response to spend; empty where the data cannot carry a budget.
    per_counted : ndarray, shape (channels, draws), optional
        Customers won for each one counted, by channel in sorted order, as in the acquisition window
        (`ChannelDraws.per_counted`); None where no channel is unknown. For other months it is an
        approximation.
    """

    facts: Facts
    cells: pd.DataFrame
    ages: np.ndarray
    observed: np.ndarray
    reached: np.ndarray
    predicted: tuple[MonthCurves, ...]
    spend: pd.DataFrame
    customers: pd.DataFrame
    orders: pd.DataFrame
    shrinkage: pd.DataFrame
    budget: dict[str, Any] = field(default_factory=dict)
    per_counted: np.ndarray | None = None
    kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """Sums of the last few selections, so that a slider does not add them up again."""

    @property
    def horizon(self) -> int:
        """Largest customer age, in days, that the forecast reaches."""
        return int(self.ages[-1])

    @property
    def nbytes(self) -> int:
        """Bytes of the draws, the largest part."""
        return sum(block.curves.nbytes for block in self.predicted)

    @property
    def untold(self) -> tuple[str, ...]:
        """Dimensions that the model knows no effect of.

        A brand's cohorts leave them out, or, the first month, earlier forecasts did better without.
        """
        known = self.shrinkage
        if known.empty:
            return ()
        return tuple(
            name for name in DIMENSIONS if name not in known or (known[name] == "All").all()
        )

    def values(self, dimension: str) -> list[str]:
        """Values of a cohort dimension: months in order, others by customers, largest first."""
        size = self.cells.groupby(dimension)["customers"].sum()
        if dimension == "first_month":
            return sorted(size.index.astype(str))
        return sorted(size.index.astype(str), key=lambda name: (-size[name], name))

    def default_view(self) -> View:
        """The view whose figures are those of the report.

        Customers won in the acquisition window, split by channel; compared are the two channels
        with the most customers.
        """
        window = {"first_month": self.facts.months}
        channels = self.values("channel")
        pair = (channels[0], channels[1 if len(channels) > 1 else 0]) if channels else ("A", "B")
        first, second = (Segment(name, {"channel": (name,), **window}) for name in pair)
        told = ""
        if len(self.customers):
            told = str(self.customers["customer_id"].iloc[int(self.customers["orders"].argmax())])
        return View(filters=window, segments=(first, second), customer=told)

    def relative(self, view: View) -> View:
        """Return the view as it is kept: the acquisition window is named, not its months."""
        return view.with_months(self.facts.months, WINDOW)

    def known(self, view: View) -> tuple[View, tuple[str, ...]]:
        """Return the view without values that this material lacks, and notes on them in words.

        A kept view may come from other data: a channel was renamed, a month left the log. The
        acquisition window is that of this material.
        """
        view = view.with_months(WINDOW, self.facts.months)
        notes: list[str] = []
        filters = self._known_filters(view.filters, notes)
        first, second = (
            Segment(one.name, self._known_filters(one.filters, notes)) for one in view.segments
        )
        customer = view.customer
        if customer and not self.has_customer(customer):
            notes.append("The customer of the stored view is not in this data.")
            customer = ""
        view = view.change(filters=filters, segments=(first, second), customer=customer)
        return view, tuple(dict.fromkeys(notes))

    def _known_filters(
        self, filters: Mapping[str, tuple[str, ...]], notes: list[str]
    ) -> dict[str, tuple[str, ...]]:
        out = {}
        for dimension, values in filters.items():
            known = set(self.cells[dimension])
            gone = [value for value in values if value not in known]
            noun = dimension.replace("_", " ")
            notes.extend(f"No {noun} is called {value!r} in this data." for value in gone)
            left = tuple(value for value in values if value in known)
            if left or not values:
                out[dimension] = left
            else:
                notes.append(f"The filter on {noun} named none that exists, and was lifted.")
        return out

    def has_customer(self, customer_id: str) -> bool:
        """Tell whether a customer is known."""
        return self.position(customer_id) is not None

    def position(self, customer_id: str) -> int | None:
        """Row of a customer in `customers`, or None."""
        at = int(np.searchsorted(self.ids, customer_id))
        return at if at < len(self.ids) and self.ids[at] == customer_id else None

    @cached_property
    def ids(self) -> np.ndarray:
        """Customer ids in order, shape (customers,)."""
        return self.customers["customer_id"].to_numpy(dtype=object)

    @cached_property
    def codes(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Sorted values of every dimension, and the place of each cell among them."""
        return {
            name: np.unique(
                self.cells[name].to_numpy(dtype=object).astype(str), return_inverse=True
            )
            for name in DIMENSIONS
        }

    @cached_property
    def customers_of(self) -> np.ndarray:
        """Customers of every cell, shape (cells,)."""
        return self.cells["customers"].to_numpy(dtype=float)

    def won_by(self, group: np.ndarray, n_groups: int) -> np.ndarray:
        """Customers won in each group, those of unknown channel included.

        Parameters
        ----------
        group : ndarray of int, shape (cells,)
            -1 for cells that are left out.
        n_groups : int

        Returns
        -------
        ndarray, shape (n_groups, draws), or (n_groups, 1) where no channel is unknown
        """
        rows = np.flatnonzero(group >= 0)
        names, channel = self.codes["channel"]
        counted = np.bincount(
            group[rows] * len(names) + channel[rows],
            weights=self.customers_of[rows],
            minlength=n_groups * len(names),
        ).reshape(n_groups, len(names))
        if self.per_counted is None:
            return counted.sum(axis=1, keepdims=True)
        return counted @ self.per_counted

    @cached_property
    def grid(self) -> SpendGrid:
        """Spend by channel and month."""
        return spend_grid(self.cells, self.spend)

    def chosen(self, filters: Mapping[str, tuple[str, ...]]) -> np.ndarray:
        """Which cells pass the filters, shape (cells,)."""
        mask = np.ones(len(self.cells), dtype=bool)
        for dimension in DIMENSIONS:
            if dimension in filters:
                names, place = self.codes[dimension]
                mask &= np.isin(names, list(filters[dimension]))[place]
        return mask


def write_material(material: Material, folder: Path) -> Path:
    """Keep a material in a folder; the file that says it is whole is written last."""
    frames = FrameCache(folder)
    for name in FRAMES:
        frames.put(name, getattr(material, name))
    arrays = {name: getattr(material, name) for name in _ARRAYS}
    for i, block in enumerate(material.predicted):
        arrays |= {f"rows_{i}": block.rows, f"curves_{i}": block.curves}
    plain: dict[str, Any] = {}
    for name, value in material.budget.items():
        if isinstance(value, np.ndarray):
            arrays[f"budget_{name}"] = value
        else:
            plain[name] = value
    if material.per_counted is not None:
        arrays["per_counted"] = material.per_counted
    with draft_of(folder / "arrays.npz") as draft, draft.open("wb") as stream:
        np.savez(stream, **arrays)
    facts = material.facts
    told = {
        "facts": {**vars(facts), "as_of": facts.as_of.isoformat()},
        "starts": [block.start for block in material.predicted],
        "budget": plain,
    }
    return write_atomically(folder / "material.json", json.dumps(told))


def read_material(folder: Path) -> Material | None:
    """Read a material that was kept, or None: what is damaged or half-written counts as absent."""
    frames = FrameCache(folder)
    try:
        told = json.loads((folder / "material.json").read_text(encoding="utf-8"))
        tables = {name: frames.get(name) for name in FRAMES}
        path = folder / "arrays.npz"
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        facts = told["facts"]
        facts = Facts(
            **{
                **facts,
                "as_of": date.fromisoformat(facts["as_of"]),
                "months": tuple(facts["months"]),
                "notes": tuple(facts["notes"]),
            }
        )
        blocks = tuple(
            MonthCurves(arrays[f"rows_{i}"], int(start), arrays[f"curves_{i}"])
            for i, start in enumerate(told["starts"])
        )
        own = {k.removeprefix("budget_"): v for k, v in arrays.items() if k.startswith("budget_")}
        budget = {**told["budget"], **own}
        parts = {name: arrays[name] for name in _ARRAYS}
        parts["per_counted"] = arrays.get("per_counted")
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    if any(table is None for table in tables.values()):
        return None
    return Material(facts=facts, predicted=blocks, budget=budget, **parts, **tables)  # type: ignore[arg-type]
