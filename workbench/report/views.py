"""Views that the analyst added in the explorer, as the report of this date answers them."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import WorkbenchError
from workbench.explorer.kept import KeptView, kept_views, views_folder
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Panel, Shown
from workbench.explorer.view import View

if TYPE_CHECKING:
    from workbench.analysis import Analysis
    from workbench.explorer.bench import Bench

__all__ = ["NO_VIEWS", "AddedViews", "AnsweredView", "added_views"]


@dataclass(frozen=True)
class AnsweredView:
    """A view as the report of one date answers it.

    Attributes
    ----------
    kept : KeptView
    view : View
        At this report's months.
    gone : tuple of str
        Words on what of it no longer exists.
    shown : Shown
    """

    kept: KeptView
    view: View
    gone: tuple[str, ...]
    shown: Shown


@dataclass(frozen=True)
class AddedViews:
    """The views of a report, in the order in which they were added.

    Attributes
    ----------
    views : tuple of KeptView
    bench : Bench or Sentence
        What they answer from; a sentence where there is nothing.
    notes : tuple of str
        What could not be read, for whoever runs the report.
    """

    views: tuple[KeptView, ...]
    bench: Bench | Sentence
    notes: tuple[str, ...] = ()

    @cached_property
    def answered(self) -> tuple[AnsweredView, ...]:
        """All views answered, once for their pages and their tables."""
        return tuple(map(self._answer, self.views))

    def _answer(self, one: KeptView) -> AnsweredView:
        from workbench.explorer.tabs import show_tab

        if isinstance(self.bench, Sentence):
            return AnsweredView(one, one.view, (), Shown((Panel("nothing", self.bench),)))
        view, gone = self.bench.material.known(one.view)
        try:
            shown = show_tab(one.tab, self.bench, view)
        except WorkbenchError as error:
            shown = Shown((Panel("nothing", Sentence(str(error))),))
        return AnsweredView(one, view, gone, shown)

    def tables(self, withheld: Container[str] = ()) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield path below ``tables/`` and frame of every table behind the views.

        Parameters
        ----------
        withheld : container of str
            Names of views that the report does not show: their tables are not to be had either.
        """
        for one in self.answered:
            if one.kept.name in withheld:
                continue
            for name, table in one.shown.tables.items():
                yield table_path(one.kept, name), table


NO_VIEWS = AddedViews((), Sentence("No view was added."))


def table_path(one: KeptView, name: str) -> str:
    """Path of a view's table below ``tables/``."""
    return f"views/{one.name}-{name}.csv"


def added_views(analysis: Analysis) -> AddedViews:
    """Return the views of a brand's report; without any nothing is laid out for them."""
    from workbench.explorer.bench import open_bench

    views, notes = kept_views(views_folder(Path(analysis.folder).parent))
    if not views:
        return AddedViews((), NO_VIEWS.bench, notes)
    try:
        return AddedViews(views, open_bench(analysis), notes)
    except WorkbenchError as error:
        return AddedViews(views, Sentence(str(error)), notes)
