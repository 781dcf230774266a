"""The schema of `report.json`: everything that the page, and later PDF, slides and workbook, print.

A `Report` is a list of pages; a page is a title, flags, sentences, figures, tables and cards. Every
sentence keeps the unrounded values behind its words, so that no number exists in prose only.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

__all__ = [
    "SCHEMA",
    "Card",
    "Column",
    "Figure",
    "Flag",
    "Kind",
    "Move",
    "Page",
    "Report",
    "Sentence",
    "Table",
    "Tile",
    "plain",
    "to_json",
]

SCHEMA = "clv-workbench-report/1"

Kind = Literal[
    "text", "told", "count", "money", "money_range", "ratio", "ratio_range", "chance", "share",
    "lift", "days", "days_range", "day", "number", "number_range", "status",
]  # fmt: skip
"""How a value is printed; ranges are (mean, low, high). See `workbench.report.page`.

"told" is a text that another part of the workbench wrote and that may hold numbers."""


@dataclass(frozen=True)
class Sentence:
    """A sentence and what it was made from.

    Parameters
    ----------
    pattern : str
        Name of the template in `workbench.report.prose`.
    text : str
        What is printed.
    values : dict
        Unrounded values by placeholder; a range is (mean, low, high).
    """

    pattern: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Flag:
    """A warning above the text of a page. Status is "FAIL", "REVIEW", "red" or "note"."""

    status: str
    sentence: Sentence


@dataclass(frozen=True)
class Tile:
    """One key figure: label, value with its interval, and what it rests on."""

    label: str
    kind: Kind
    value: Any
    basis: str


@dataclass(frozen=True)
class Move:
    """One thing to do next, with who does it and by when (empty where nobody has said yet)."""

    sentence: Sentence
    owner: str = ""
    due: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a printed table."""

    label: str
    kind: Kind = "text"
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A printed table. Rows hold raw values; `file` is the CSV that holds the rest.

    A folded table is closed on screen and open on paper.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    file: str = ""
    note: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure: finding as title, what and how as subtitle, the same data as a table.

    Parameters
    ----------
    plot : dict
        Plotly figure (data and layout), or empty where the table alone is drawn.
    turns : Sentence, optional
        What would change our mind.
    alt : str
        Text alternative: type of figure, data, finding.
    """

    key: str
    title: str
    subtitle: str
    alt: str
    plot: dict[str, Any]
    table: Table
    turns: Sentence | None = None


@dataclass(frozen=True)
class Card:
    """One gap: state, what was found, what it costs, what to do, how it was computed.

    `worth` is profit at stake over 12 months as (mean, low, high), None where it is not known.
    """

    key: str
    title: str
    state: str
    state_label: str
    summary: str
    worth: tuple[float, float, float] | None
    sentences: tuple[Sentence, ...]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Page:
    """One page of the report, printed in the order of the fields.

    `groups` are headed lists of terms with their explanation.
    """

    key: str
    kicker: str
    title: Sentence
    flags: tuple[Flag, ...] = ()
    lead: tuple[Sentence, ...] = ()
    tiles: tuple[Tile, ...] = ()
    moves: tuple[Move, ...] = ()
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    cards: tuple[Card, ...] = ()
    notes: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Report:
    """The whole report of one brand and one as-of date.

    Parameters
    ----------
    meta : dict
        brand, currency, as_of, stage, level proven and level_required, interval (0.90), run_id,
        seed, keys and versions: what the strip, the portfolio and the manifest say.
    strip : tuple
        Label and text of the line under the brand's name.
    status : str
        The worst of all readiness and model checks: PASS, REVIEW or FAIL.
    pages, appendix : tuple of Page
    """

    meta: dict[str, Any]
    strip: tuple[tuple[str, str], ...]
    status: str
    pages: tuple[Page, ...]
    appendix: tuple[Page, ...]
    schema: str = SCHEMA

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, in reading order."""
        return tuple(f for page in (*self.pages, *self.appendix) for f in page.figures)


def to_json(report: Any) -> str:
    """Return `report.json` of a report: sorted keys, null for NaN, same report, same text."""
    return json.dumps(plain(report), ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def plain(value: Any) -> Any:
    """Reduce to what JSON knows; what is not a number becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain({name: getattr(value, name) for name in value.__dataclass_fields__})
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, date | pd.Timestamp):
        return value.isoformat()[:10]
    return str(value)
