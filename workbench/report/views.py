"""Views that the analyst added in the explorer, as the report of this date answers them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

__all__ = ["NO_VIEWS", "AddedViews", "added_views"]


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

    def view(self, one: KeptView) -> tuple[View, tuple[str, ...]]:
        """A view at this report's months, and words on what of it no longer exists."""
        if isinstance(self.bench, Sentence):
            return one.view, ()
        return self.bench.material.known(one.view)

    def shown(self, one: KeptView) -> Shown:
        """What a view shows."""
        from workbench.explorer.tabs import show_tab

        if isinstance(self.bench, Sentence):
            return Shown((Panel("nothing", self.bench),))
        try:
            return show_tab(one.tab, self.bench, self.view(one)[0])
        except WorkbenchError as error:
            return Shown((Panel("nothing", Sentence(str(error))),))

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield path below ``tables/`` and frame of every table behind the views."""
        for one in self.views:
            for name, table in self.shown(one).tables.items():
                yield table_path(one, name), table


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
