"""What one tab of the explorer shows: plain values, the same for screen, page and CSV."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
import plotly.graph_objects as go

from workbench.explorer.sentence import Sentence

__all__ = ["Grid", "Panel", "Shown", "Tile", "grid_html", "notes_html", "tiles_html"]


@dataclass(frozen=True)
class Tile:
    """One number said large: what it is, the number, what belongs to it."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class Panel:
    """One figure or a sentence in its place, and the table it is drawn from.

    Attributes
    ----------
    slug : str
        Stable name: lower-case letters, digits and dashes.
    content : callable or Sentence
        What draws the figure, when it is first asked for: a page shows one while the next is drawn.
    table : DataFrame, optional
        Written as CSV with the view.
    """

    slug: str
    content: Callable[[], go.Figure] | Sentence
    table: pd.DataFrame | None = None

    @cached_property
    def figure(self) -> go.Figure | Sentence:
        """The figure, or the sentence in its place."""
        return self.content if isinstance(self.content, Sentence) else self.content()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a reader of the table must know."""
        return () if self.table is None else tuple(self.table.attrs.get("notes", ()))


@dataclass(frozen=True)
class Grid:
    """A small table for people: texts, the first column names the row."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Shown:
    """Everything on one tab; `more` holds tables behind tiles and grids that no figure draws."""

    panels: tuple[Panel, ...]
    tiles: tuple[Tile, ...] = ()
    grids: tuple[Grid, ...] = ()
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name."""
        drawn = {one.slug: one.table for one in self.panels if one.table is not None}
        return {**drawn, **self.more}

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes of all panels, each once."""
        return tuple(dict.fromkeys(note for panel in self.panels for note in panel.notes))


def tiles_html(tiles: Sequence[Tile]) -> str:
    """Tiles side by side, each read as label, number, detail."""
    if not tiles:
        return ""
    parts = [
        f"<div class='wb-tile'><p>{html.escape(one.label)}</p>"
        f"<b>{html.escape(one.value)}</b><span>{html.escape(one.detail)}</span></div>"
        for one in tiles
    ]
    return f"<div class='wb-tiles'>{''.join(parts)}</div>"


def grid_html(grid: Grid) -> str:
    """A table with caption and headings that a screen reader can tell apart."""
    head = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in grid.header)
    body = "".join(
        f"<tr><th scope='row'>{html.escape(str(row[0]))}</th>"
        + "".join(f"<td>{_breaking(str(cell))}</td>" for cell in row[1:])
        + "</tr>"
        for row in grid.rows
    )
    return (
        f"<table class='wb-grid'><caption>{html.escape(grid.caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _breaking(cell: str) -> str:
    """Let a cell break before its interval, not inside it."""
    return re.sub(r"\([^()]*\)", r"<span class='wb-whole'>\g<0></span>", html.escape(cell))


def notes_html(notes: Sequence[str]) -> str:
    """Notes as a list."""
    if not notes:
        return ""
    return "<ul class='wb-notes'>" + "".join(f"<li>{html.escape(n)}</li>" for n in notes) + "</ul>"
