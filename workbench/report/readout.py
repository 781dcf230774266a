"""What a notebook shows and closes with: figures and sentences of a page of the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import pandas as pd
import plotly.graph_objects as go

from workbench.cards import AS_IT_IS
from workbench.plots import audience_ranges, prior_against_brand, segment_bands
from workbench.report.document import Page, Table
from workbench.report.facts import Facts
from workbench.report.page import cell
from workbench.report.pages.trust import readiness_page
from workbench.report.story import PAGES

__all__ = [
    "ReadOut",
    "ShownTable",
    "page_figures",
    "page_tables",
    "people_figures",
    "prior_figures",
    "read_out",
]


WORDS = ("told", "text", "status", "day")
"""Kinds of column that hold words."""


@dataclass(frozen=True)
class ReadOut:
    """An answer in words: a title and sentences; a notebook shows it as text."""

    title: str
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"- {sentence}" for sentence in self.sentences)])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
        return f"<div {AS_IT_IS}><p><b>{escape(self.title)}</b></p><ul>{items}</ul></div>"


@dataclass(frozen=True)
class ShownTable:
    """A table of the report as a notebook shows it: the printed texts, intervals behind them."""

    caption: str
    frame: pd.DataFrame
    numeric: tuple[bool, ...]
    note: str = ""

    def _repr_html_(self) -> str:
        sides = ["right" if numeric else "left" for numeric in self.numeric]

        def line(tag: str, texts: Iterable[str]) -> str:
            cells = zip(texts, sides, strict=True)
            return "".join(
                f'<{tag} style="text-align:{side}">{escape(text)}</{tag}>' for text, side in cells
            )

        rows = "".join(f"<tr>{line('td', row)}</tr>" for row in self.frame.to_numpy())
        head = f"<thead><tr>{line('th', self.frame.columns)}</tr></thead>"
        caption = f"<p><b>{escape(self.caption)}</b></p>"
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        table = f"<table>{head}<tbody>{rows}</tbody></table>"
        return f"<div {AS_IT_IS}>{caption}{table}{note}</div>"


def read_out(facts: Facts, page: str) -> ReadOut:
    """Return what a page says: title, warnings, sentences, moves, notes, what would turn it.

    Parameters
    ----------
    page : str
        A page of the report, or "readiness" for the data alone.
    """
    told = _page(facts, page)
    flags = tuple(flag.sentence.text for flag in told.flags)
    moves = (move.sentence for move in told.moves)
    said = tuple(sentence.text for sentence in (*told.lead, *moves, *told.notes))
    turns = tuple(
        f"What would change our mind: {figure.turns.text}"
        for figure in told.figures
        if figure.turns is not None
    )
    return ReadOut(told.title.text, (*flags, *said, *dict.fromkeys(turns)))


def page_figures(facts: Facts, page: str, *keys: str) -> list[go.Figure]:
    """Return the figures of a page as they stand on the client's page.

    Parameters
    ----------
    keys : str
        Which of them, in this order; all by default. One that the data cannot give is left out,
        as it is on the page.
    """
    drawn = {figure.key: go.Figure(figure.plot) for figure in _page(facts, page).figures}
    return [drawn[key] for key in keys or drawn if key in drawn]


def page_tables(facts: Facts, page: str, *keys: str) -> list[ShownTable]:
    """Return the tables of a page as they stand on the client's page.

    Parameters
    ----------
    keys : str
        Which of them, in this order; all by default. One that the data cannot give is left out.
    """
    found = {table.key: table for table in _page(facts, page).tables}
    return [_shown(found[key], facts.currency) for key in keys or found if key in found]


def _shown(table: Table, currency: str) -> ShownTable:
    kinds = [column.kind for column in table.columns]
    texts = [
        [
            f"{text} ({ends})" if ends else text
            for text, ends in (cell(x, k, currency) for x, k in zip(row, kinds, strict=True))
        ]
        for row in table.rows
    ]
    frame = pd.DataFrame(texts, columns=[column.label for column in table.columns])
    numeric = tuple(kind not in WORDS for kind in kinds)
    return ShownTable(table.caption, frame, numeric, table.note)


def people_figures(facts: Facts) -> list[go.Figure]:
    """Return the figures of segments and audiences; none where their values may not be printed."""
    if not facts.forecast or facts["segments"].empty or facts["audiences"].empty:
        return []
    return [
        segment_bands(facts["segments"], currency=facts.currency),
        audience_ranges(facts["audiences"], currency=facts.currency, interval=facts.voice.interval),
    ]


def prior_figures(facts: Facts) -> list[go.Figure]:
    """Return the figure of what the model believed beforehand; none where there is no model."""
    table = facts["prior_predictive"]
    return [] if table.empty else [prior_against_brand(table, currency=facts.currency)]


def _page(facts: Facts, name: str) -> Page:
    if name not in facts.pages:
        make = readiness_page if name == "readiness" else PAGES[name]
        facts.pages[name] = make(facts)
    return facts.pages[name]
