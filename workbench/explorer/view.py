"""The state of an exploration: what is filtered, split, assumed; small, frozen, kept in a file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from workbench.cache import write_atomically
from workbench.errors import InputError, Problem

__all__ = ["DIMENSIONS", "NAMES", "WINDOW", "Assumptions", "Segment", "View"]

DIMENSIONS = ("channel", "first_product", "first_month")
"""Dimensions of a cohort, by which a view is filtered and split."""
NAMES = {"channel": "Channel", "first_product": "First product", "first_month": "First month"}
"""What a dimension is called on the page."""
WINDOW = ("(acquisition window)",)
"""Stands for the months on which a report judges channels: they move with its as-of date."""
HORIZONS = (30, 1095)
INTERVALS = (0.5, 0.95)
LARGEST_CHANGE = 5.0

Filters = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Assumptions:
    """Relative changes that a what-if supposes; 0.0 leaves things as they are, 0.1 adds 10%.

    Attributes
    ----------
    cac_change : float
        Of the spend that won the customers.
    margin_change : float
        Of the contribution of every order of these customers, those observed included.
    retention_change : float
        Of the predicted contribution of repeat orders after the as-of date.
    """

    cac_change: float = 0.0
    margin_change: float = 0.0
    retention_change: float = 0.0


@dataclass(frozen=True)
class Segment:
    """A named set of filters, one side of a comparison.

    Attributes
    ----------
    name : str
    filters : dict of str to tuple of str
        As `View.filters`.
    """

    name: str
    filters: Filters = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """The whole state of an exploration.

    Attributes
    ----------
    filters : dict of str to tuple of str
        Chosen values by dimension (`DIMENSIONS`); a dimension that is missing is not filtered, one
        with an empty tuple lets nothing through.
    by : str
        Dimension that splits figures.
    horizon : int
        Days of customer age, from the first order.
    interval : float
        Probability inside a central credible interval.
    assumptions : Assumptions
    segments : tuple of two Segment
    customer : str
        Id of the customer whose story is told.
    budget : dict of str to float
        Weekly spend by channel on the budget desk, in currency.
    experiment : dict of str to float
        Settings of the experiment desk.
    """

    filters: Filters = field(default_factory=dict)
    by: str = "channel"
    horizon: int = 365
    interval: float = 0.9
    assumptions: Assumptions = Assumptions()
    segments: tuple[Segment, Segment] = (Segment("A"), Segment("B"))
    customer: str = ""
    budget: dict[str, float] = field(default_factory=dict)
    experiment: dict[str, float] = field(default_factory=dict)

    def change(self, **changes: Any) -> View:
        """Return a view with some fields exchanged."""
        return replace(self, **changes)

    def with_months(self, old: tuple[str, ...], new: tuple[str, ...]) -> View:
        """Return the view with other first months wherever exactly the old ones are chosen."""

        def swap(filters: Filters) -> Filters:
            if filters.get("first_month") != tuple(old):
                return filters
            return {**filters, "first_month": tuple(new)}

        first, second = (replace(one, filters=swap(one.filters)) for one in self.segments)
        return self.change(filters=swap(self.filters), segments=(first, second))

    def to_dict(self) -> dict[str, Any]:
        """Return the view in the types of JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> View:
        """Build a view from the types of JSON; what is missing keeps its default.

        Raises
        ------
        InputError
            With every problem, each at its place.
        """
        reader = _Reader([])
        view = reader.view(told)
        if reader.problems:
            raise InputError(reader.problems, "The state of the explorer cannot be used")
        return view

    def save(self, path: Path) -> Path:
        """Write the view to a small JSON file, whole or not at all."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False, sort_keys=True)
        return write_atomically(path, text + "\n")

    @classmethod
    def load(cls, path: Path) -> View:
        """Read a view from a file of `save`.

        Raises
        ------
        InputError
            If the file is missing, is no JSON or names what no view can hold.
        """
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            problem = Problem("cannot be read as JSON", path.name, "a file written by View.save")
            raise InputError(problem) from None
        if not isinstance(told, dict):
            raise InputError(Problem("holds no settings", path.name, "a file of View.save"))
        return cls.from_dict(told)


@dataclass
class _Reader:
    """Reads plain values and gathers what is wrong with them."""

    problems: list[Problem]

    def view(self, told: Mapping[str, Any]) -> View:
        known = [one.name for one in fields(View)]
        for name in told:
            if name not in known:
                self._wrong("is no setting of a view", str(name), ", ".join(known))
        default = View()
        by = told.get("by", default.by)
        if by not in DIMENSIONS:
            self._wrong(f"{by!r} is no dimension", "by", ", ".join(DIMENSIONS))
        horizon = self._number(told.get("horizon", default.horizon), "horizon", *HORIZONS)
        interval = self._number(told.get("interval", default.interval), "interval", *INTERVALS)
        if horizon != int(horizon):
            self._wrong(f"{horizon!r} is no whole number of days", "horizon")
        customer = told.get("customer", "")
        if not isinstance(customer, str):
            self._wrong("is no text", "customer", "a customer id in quotes")
        return View(
            filters=self._filters(told.get("filters", {}), "filters"),
            by=str(by),
            horizon=int(horizon),
            interval=interval,
            assumptions=self._assumptions(told.get("assumptions", {})),
            segments=self._segments(told.get("segments"), default.segments),
            customer=str(customer),
            budget=self._amounts(told.get("budget", {}), "budget", lowest=0.0),
            experiment=self._amounts(told.get("experiment", {}), "experiment"),
        )

    def _wrong(self, what: str, where: str, allowed: str = "") -> None:
        self.problems.append(Problem(what, where, allowed))

    def _number(self, value: Any, where: str, low: float, high: float) -> float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        if fits and low <= value <= high:
            return float(value)
        self._wrong(f"{value!r} does not fit", where, f"a number from {low:g} to {high:g}")
        return low

    def _mapping(self, value: Any, where: str) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self._wrong("is no set of names and values", where)
        return {}

    def _filters(self, value: Any, where: str) -> Filters:
        chosen: Filters = {}
        for name, values in self._mapping(value, where).items():
            place = f"{where}.{name}"
            if name not in DIMENSIONS:
                self._wrong("is no dimension", place, ", ".join(DIMENSIONS))
            elif not isinstance(values, list | tuple) or not all(
                isinstance(one, str) for one in values
            ):
                self._wrong("is no list of texts", place)
            else:
                chosen[str(name)] = tuple(values)
        return chosen

    def _assumptions(self, value: Any) -> Assumptions:
        told = self._mapping(value, "assumptions")
        known = [one.name for one in fields(Assumptions)]
        for name in told:
            if name not in known:
                self._wrong("is no assumption", f"assumptions.{name}", ", ".join(known))
        given = {
            name: self._number(told[name], f"assumptions.{name}", -1.0, LARGEST_CHANGE)
            for name in known
            if name in told
        }
        return Assumptions(**given)

    def _segments(self, value: Any, default: tuple[Segment, Segment]) -> tuple[Segment, Segment]:
        if value is None:
            return default
        if not isinstance(value, list | tuple) or len(value) != 2:
            self._wrong("are not two segments", "segments", "two, each with name and filters")
            return default
        first, second = (self._segment(one, f"segments.{i}") for i, one in enumerate(value))
        return first, second

    def _segment(self, value: Any, where: str) -> Segment:
        told = self._mapping(value, where)
        name = told.get("name", "")
        if not isinstance(name, str) or not name.strip():
            self._wrong("has no name", where)
        return Segment(str(name), self._filters(told.get("filters", {}), f"{where}.filters"))

    def _amounts(self, value: Any, where: str, lowest: float = -math.inf) -> dict[str, float]:
        amounts = {}
        for name, one in self._mapping(value, where).items():
            place = f"{where}.{name}"
            fits = isinstance(one, int | float) and not isinstance(one, bool)
            if fits and math.isfinite(one) and one >= lowest:
                amounts[str(name)] = float(one)
            else:
                at_least = f", at least {lowest:g}" if math.isfinite(lowest) else ""
                self._wrong(f"{one!r} does not fit", place, f"a finite number{at_least}")
        return amounts
