"""What an evidence rule may look at, and what it answers with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import PurePath
from typing import Any, Literal

import pandas as pd

from workbench.spectrum.settings import GapSettings

__all__ = ["Evidence", "Facts", "count", "day_text", "matches", "normalise", "quote"]

State = Literal["proven", "absent", "unknown", "not_applicable"]

# Frames of dated rows and the column that dates them.
DATED = {"orders": "day", "spend": "date", "flows": "day", "campaigns": "send_time"}
SNAPSHOTS = ("profiles", "experiments")
UNDATED = ("order_lines", "products")
SNAPSHOT_DAYS = 30
"""An undated snapshot is taken to be as old as the last order; days it may be past the as-of."""


@dataclass(frozen=True)
class Evidence:
    """What exports and tables say about one capability.

    Attributes
    ----------
    state : {"proven", "absent", "unknown", "not_applicable"}
        unknown = no export holds it; it is never counted as passed.
    words : str
        One or two sentences with number, day and file.
    score : int
        0 to 2: 0 not proven, 1 proven in part, 2 proven in full.
    day : datetime.date or None
        Last day that the evidence speaks of.
    applies : bool
        The exports show that the question applies, so that "not applicable" contradicts them.
    open_part : bool
        Proven in part, and the rest stands in no export: a dated, owned artefact may complete it.
    short : bool
        Proven in part, and exports or this run show that the rest is not there: it is a gap with
        the points of that part.
    """

    state: State
    words: str
    score: int = 0
    day: date | None = None
    applies: bool = False
    open_part: bool = False
    short: bool = False

    def __post_init__(self) -> None:
        if (self.state == "proven") != (self.score > 0):
            raise ValueError(f"score must be above 0 just where proven, got {self}.")

    @classmethod
    def proven(
        cls, words: str, *, score: int = 2, day: date | None = None, open_part: bool = False
    ) -> Evidence:
        """Return evidence that it is there: in full (2) or in part (1)."""
        return cls("proven", words, score, day, applies=True, open_part=open_part)

    @classmethod
    def fallen_short(cls, words: str, *, day: date | None = None) -> Evidence:
        """Return evidence that a part of it is there and the rest is not."""
        return cls("proven", words, 1, day, applies=True, short=True)

    @classmethod
    def absent(cls, words: str, *, day: date | None = None) -> Evidence:
        """Return evidence that it is not there."""
        return cls("absent", words, 0, day, applies=True)

    @classmethod
    def unknown(cls, words: str, *, day: date | None = None, applies: bool = False) -> Evidence:
        """Return that the exports cannot tell."""
        return cls("unknown", words, 0, day, applies)


@dataclass(frozen=True)
class Facts:
    """Exports and tables as they stood on the as-of date: nothing later is inside.

    Attributes
    ----------
    brand : Brand
        Its cohorts, costs, currency and sources are used.
    frames : mapping of str to DataFrame
        Canonical frames of the exports, by name.
    tables : mapping of str to DataFrame
        Tables of this run by name: channels, cohorts, readiness, model_checks, backtest; leaks
        (`workbench.decisions.leaks.suppression_leaks`), audiences, budget_summary, experiments,
        experiment_rankings, plan; ledger and ledger_scores of earlier runs; decision_log
        (approvals). A table that is missing or empty leaves what it would prove unknown.
    as_of : datetime.date
        Last day of observation.
    settings : GapSettings
        Limits and assumptions.
    """

    brand: Any
    frames: Mapping[str, pd.DataFrame]
    tables: Mapping[str, pd.DataFrame]
    as_of: date
    settings: GapSettings = field(default_factory=GapSettings)

    @classmethod
    def gather(
        cls,
        brand: Any,
        exports: Any,
        tables: Mapping[str, pd.DataFrame] | None,
        as_of: date,
        settings: GapSettings | None = None,
    ) -> Facts:
        """Cut the exports at the as-of date.

        Parameters
        ----------
        exports : Exports or mapping of str to DataFrame
            The canonical frames; a frame that is missing counts as an absent export.
        """
        get = exports.get if isinstance(exports, Mapping) else partial(getattr, exports)
        found = {name: get(name, None) for name in (*DATED, *SNAPSHOTS, *UNDATED)}
        frames = {name: pd.DataFrame() if frame is None else frame for name, frame in found.items()}
        end = pd.Timestamp(as_of) + timedelta(days=1)  # a send at 23:59 of the last day is inside
        orders = frames["orders"]
        if len(orders) and orders["day"].max() >= end + timedelta(days=SNAPSHOT_DAYS):
            frames.update({name: pd.DataFrame() for name in SNAPSHOTS})
        for name, column in DATED.items():
            if len(frames[name]):
                frames[name] = frames[name][frames[name][column] < end]
        return cls(brand, frames, dict(tables or {}), as_of, settings or GapSettings())

    def recent(self, name: str, days: int) -> pd.DataFrame:
        """Return the rows of a dated frame in the `days` days that end with the as-of date."""
        frame = self.frames[name]
        if frame.empty:
            return frame
        start = pd.Timestamp(self.as_of) - timedelta(days=days - 1)
        return frame[frame[DATED[name]] >= start]

    def last_day(self, name: str) -> date | None:
        """Return the last day that a dated frame speaks of, up to the as-of date."""
        frame = self.frames[name]
        last = None if frame.empty else frame[DATED[name]].max()
        return None if last is None or pd.isna(last) else last.date()

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of this run; an empty one where it was not made."""
        return self.tables.get(name, pd.DataFrame())

    def file(self, source: str) -> str:
        """Name the files of a source as brand.yaml does, for the end of a sentence."""
        specs = getattr(getattr(self.brand, "sources", None), source, ()) or ()
        return (
            ", ".join(PurePath(spec.path or spec.table).name for spec in specs)
            or f"the {source} export"
        )

    @property
    def tools(self) -> tuple[str, ...]:
        """Tools that the exports show, as the registry's remedies name them."""
        sources = getattr(self.brand, "sources", None)
        found = set()
        for spec in getattr(sources, "orders", ()) or ():
            if spec.format.startswith("shopify"):
                found.add("Shopify")
        if any(not self.frames[name].empty for name in ("flows", "campaigns", "profiles")):
            found.add("Klaviyo")
        spend = self.frames["spend"]
        if not spend.empty:
            found.update(str(name) for name in spend["platform"].dropna().unique())
        return tuple(sorted(found))


def count(value: float) -> str:
    """Write a count with grouped thousands."""
    return f"{value:,.0f}"


def day_text(day: date) -> str:
    """Write a day as 3 June 2026."""
    return f"{day.day} {day:%B} {day.year}"


def normalise(name: object) -> str:
    """Lower-case a name and turn every sign but letters and digits into one space."""
    if not isinstance(name, str):
        return ""
    return " ".join(re.sub(r"[\W_]+", " ", name[:300].casefold()).split())


def quote(name: str) -> str:
    """Quote a name from an export: one line, short, without anything like an e-mail address."""
    flat = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", name).split())
    flat = re.sub(r"\S+@\S+", "[e-mail]", flat)
    return f"'{flat[:57]}...'" if len(flat) > 60 else f"'{flat}'"


def matches(
    names: pd.Series, patterns: tuple[str, ...], excluded: tuple[str, ...] = ()
) -> pd.Series:
    """Tell which names match a pattern and no excluded one.

    Parameters
    ----------
    names : Series of str
        Raw names from an export; missing ones match nothing.
    patterns, excluded : tuple of str
        Regular expressions over the names as `normalise` writes them.

    Returns
    -------
    Series of bool
    """
    wanted = [re.compile(pattern) for pattern in patterns]
    unwanted = [re.compile(pattern) for pattern in excluded]

    def hit(name: object) -> bool:
        text = normalise(name)
        return any(p.search(text) for p in wanted) and not any(p.search(text) for p in unwanted)

    by_name = {name: hit(name) for name in names.dropna().unique()}
    return names.map(lambda name: by_name.get(name, False)).astype(bool)
