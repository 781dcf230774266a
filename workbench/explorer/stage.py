"""The part of the page that one tab fills: its own controls, tiles, figures, small tables."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as w

from workbench.explorer.bound import Bound
from workbench.explorer.chart import Chart
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Shown, grid_html, notes_html, tiles_html

__all__ = ["Stage", "column", "columns"]


class Stage:
    """The widgets of one tab, made once and filled anew."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._tiles = w.HTML()
        self._charts: list[Chart] = []
        self._chart_box = w.VBox()
        self._below = w.HTML()
        self.box = w.VBox()

    def head(self, own: w.Widget) -> None:
        """Put controls above what the tab shows."""
        self.box.children = (own, *self._parts)

    @property
    def _parts(self) -> tuple[w.Widget, ...]:
        return (self._tiles, self._chart_box, self._below)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Charts in sight, from top to bottom."""
        return tuple(self._chart_box.children)

    def show(self, shown: Shown) -> None:
        """Fill the tab."""
        self._tiles.value = tiles_html(shown.tiles)
        grids = "".join(f"<div class='wb-scroll'>{grid_html(one)}</div>" for one in shown.grids)
        self._below.value = grids + notes_html(shown.notes)
        while len(self._charts) < len(shown.panels):
            self._charts.append(Chart(scale=self._scale))
        if self.charts != tuple(self._charts[: len(shown.panels)]):
            self._chart_box.children = tuple(self._charts[: len(shown.panels)])
        if not self.box.children:
            self.box.children = self._parts
        # each is on its way to the page while the next is drawn
        for chart, panel in zip(self._charts, shown.panels, strict=False):
            if isinstance(panel.figure, Sentence):
                chart.say(panel.figure.text)
            else:
                chart.show(panel.figure)


def column(controls: Sequence[Bound]) -> w.Widget:
    """Controls below each other."""
    return w.VBox([one.widget for one in controls], layout={"flex": "1 1 0"}).add_class("wb-own")


def columns(controls: Sequence[Bound]) -> w.Widget:
    """Controls side by side, as many as there is room for."""
    return w.Box([one.widget for one in controls]).add_class("wb-own-grid")
