"""The explorer as widgets: controls on the left, one tab of figures on the right.

All numbers come from pure functions of a bench and a view (`workbench.explorer.tabs`). A control
changes one part of the view; then the tab in sight is computed anew, no other, and the view is kept
in a file.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from workbench.errors import WorkbenchError
from workbench.explorer import controls as c
from workbench.explorer.bench import Bench
from workbench.explorer.bound import Bound, Silence, put, same
from workbench.explorer.choice import Choice
from workbench.explorer.desk_controls import budget_controls, experiment_controls
from workbench.explorer.export import export_view
from workbench.explorer.kept import KeptView, keep_view, views_folder
from workbench.explorer.kept_controls import KeptControls
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Panel, Shown
from workbench.explorer.stage import Stage, column, columns
from workbench.explorer.state import StateFile
from workbench.explorer.tabs import ANSWERS_TO, TABS, show_tab
from workbench.explorer.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Explorer", "served_by_voila"]

STATE = "explorer.json"
LARGE = 1.4
"""How much larger figures are when presenting."""
PRESENTED = ("by", "horizon")
"""Controls that are kept when presenting and none are named."""
_CSS = Path(__file__).with_name("app.css")
_HIDE_CODE = (
    ".jp-Notebook .jp-CodeCell > .jp-Cell-inputWrapper, "
    ".jp-Notebook .jp-CodeCell .jp-OutputPrompt { display: none }"
)


def served_by_voila() -> bool:
    """Tell whether Voila runs this notebook: it shows no code."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


class Explorer(w.VBox):
    """The live workbench of one brand.

    Parameters
    ----------
    bench : Bench
    presenting : bool or sequence of str
        Large type, no code, and of the controls on the left only `PRESENTED`, or those named
        (channel, first_product, first_month, by, horizon, interval, cac_change, ...).
    tab : str
        The tab to begin with, one of `TABS`.
    choice : Choice, optional
        Controls that turn the explorer to another brand or as-of date.

    Attributes
    ----------
    view : View
        The present state; set it to move every control.
    trouble : Exception or None
        What last went wrong behind a sentence, for whoever mends it.
    """

    children: Any

    def __init__(
        self,
        bench: Bench,
        *,
        presenting: bool | Sequence[str] = False,
        tab: str = TABS[0],
        choice: Choice | None = None,
    ) -> None:
        self._presenting = bool(presenting)
        self._named = PRESENTED if presenting is True else tuple(presenting or ())
        self._choice = choice
        self.trouble: Exception | None = None
        self._silence = Silence()
        super().__init__(_dom_classes=self._classes())
        self._lay_out(bench, tab)
        if choice is not None:
            choice.on_open(self.turn_to)

    def turn_to(self, bench: Bench) -> None:
        """Turn to another bench: of another brand, whose own view is found again, or another date.

        The tab in sight stays; so does the view at another date of the same brand.
        """
        self._lay_out(bench, self.tab)

    def _lay_out(self, bench: Bench, tab: str) -> None:
        """Make every control and every tab anew for a bench."""
        old = self.children
        self._bench = bench
        self._state = StateFile(bench.folder / STATE)
        self._view, notes = self._first_view()
        self._assumed = c.assumption_controls()
        everywhere = [*c.view_controls(bench.material), *self._assumed]
        left = everywhere
        if self._presenting:
            left = [one for one in everywhere if one.name in self._named]
        self._left = left
        self._bound: list[Bound] = []
        self._status = w.HTML().add_class("wb-status")
        scale = LARGE if self._presenting else 1.0
        self._stages = {name: Stage(scale) for name in TABS}
        self._laid: set[str] = set()
        self._tabs = w.Tab(
            [stage.box for stage in self._stages.values()],
            titles=TABS,
            selected_index=TABS.index(tab),
        ).add_class("wb-tabs")
        self._bind(everywhere)
        self._tabs.observe(lambda _: self._refresh(), "selected_index")
        self.children = tuple(self._frame(left))
        self._refresh()
        self._say(notes)
        _close(old, but=self._choice)

    @property
    def view(self) -> View:
        """The present state."""
        return self._view

    @view.setter
    def view(self, view: View) -> None:
        self._view = view
        self._sync(self._bound)
        self._changed()

    @property
    def tab(self) -> str:
        """The tab in sight, one of `TABS`."""
        return TABS[self._tabs.selected_index]

    @tab.setter
    def tab(self, name: str) -> None:
        self._tabs.selected_index = TABS.index(name)

    def shown(self) -> Shown:
        """What the tab in sight shows: tables, figures, sentences."""
        return self._show(lambda shown: [panel.figure for panel in shown.panels])

    def export(self) -> Path:
        """Write the tab in sight as an offline page and CSV files; returns the page.

        Raises
        ------
        OSError
            If the folder cannot be written.
        """
        return export_view(self._bench, self._view, self.tab, self.shown())

    def keep(self, title: str = "") -> KeptView:
        """Add the tab in sight to the client's report, under a title or the tab's own.

        The next `workbench report` of the brand draws it anew in its appendix, with its settings.

        Raises
        ------
        OSError
            If the folder cannot be written.
        """
        view = self._bench.material.relative(self._view)
        folder = views_folder(self._bench.folder)
        return keep_view(folder, self.tab, view, title=title, now=datetime.now())

    # Building

    def _classes(self) -> tuple[str, ...]:
        return ("wb-explorer", "wb-presenting") if self._presenting else ("wb-explorer",)

    def _frame(self, left: Sequence[Bound]) -> Iterator[w.Widget]:
        facts = self._bench.material.facts
        many = len(self._bench.material.customers)
        fast = " · a quick look, never for a client" if facts.fast else ""
        yield w.HTML(f"<style>{_CSS.read_text(encoding='utf-8')}</style>")
        yield w.HTML(
            f"<div class='wb-head'><h2>{html.escape(facts.brand)}</h2>"
            f"<p>as of {facts.as_of:%-d %B %Y} · {many:,} customers · {facts.currency}{fast}</p>"
            "</div>"
        )
        if self._choice is not None:
            yield self._choice
        buttons = w.HBox(self._buttons()).add_class("wb-buttons")
        greyed = w.HTML("<p class='wb-small'>Greyed controls do not change the open tab.</p>")
        parts = [*(one.widget for one in left), greyed, buttons]
        if not self._presenting:
            parts.append(KeptControls(views_folder(self._bench.folder), self.keep, self._say))
        parts.append(self._status)
        side = w.VBox(parts).add_class("wb-side")
        yield w.HBox([side, self._tabs]).add_class("wb-body")

    def _buttons(self) -> list[w.Widget]:
        reset = w.Button(description="Reset", tooltip="Back to the view of the report")
        reset.on_click(lambda _: setattr(self, "view", self._bench.material.default_view()))
        export = w.Button(
            description="Export this tab", tooltip="An offline page for the client and CSV files"
        )
        export.on_click(lambda _: self._export())
        if not self._presenting or served_by_voila():
            return [reset, export]
        self._code = w.HTML(f"<style>{_HIDE_CODE}</style>")
        code = w.ToggleButton(description="Show code", tooltip="Show the code of the notebook")
        code.observe(
            lambda change: setattr(
                self._code, "value", "" if change["new"] else f"<style>{_HIDE_CODE}</style>"
            ),
            "value",
        )
        return [reset, export, code, self._code]

    def _bind(self, controls: Sequence[Bound]) -> None:
        """Move controls to where the view is, and the view with them from then on."""
        self._sync(controls)
        for one in controls:
            one.widget.observe(self._moved(one), "value")
        self._bound += controls

    def _lay(self, tab: str) -> None:
        """Put a tab's own controls on it, on first sight: a page with all of them opens late."""
        if tab in self._laid:
            return
        self._laid.add(tab)
        material, own, controls = self._bench.material, None, []
        if tab == "Customer":
            controls = c.customer_controls(material)
            own = columns(controls)
        elif tab == "What if" and self._presenting:
            own = columns(self._assumed)
        elif tab == "Compare":
            first, second = c.compare_controls(material)
            controls = [*first, *second]
            own = w.HBox([column(first), column(second)]).add_class("wb-own")
        elif tab == "Budget desk":
            controls = budget_controls(self._bench)
            buttons = [self._budget_buttons()] if controls else []
            own = w.VBox([columns(controls), *buttons]).add_class("wb-own")
        elif tab == "Experiment desk":
            controls = experiment_controls(self._bench)
            own = columns(controls)
        self._bind(controls)
        if own is not None:
            self._stages[tab].head(own)

    def _budget_buttons(self) -> w.Widget:
        today = w.Button(description="Today's spend", tooltip="Every slider back to today's spend")
        today.on_click(lambda _: setattr(self, "view", self._view.change(budget={})))
        buttons = [today]
        if self._bench.proposal:
            proposal = w.Button(
                description="Proposal of the report", tooltip="The split that the report proposes"
            )
            proposal.on_click(
                lambda _: setattr(self, "view", self._view.change(budget=self._bench.proposal))
            )
            buttons.append(proposal)
        return w.HBox(buttons).add_class("wb-buttons")

    def _first_view(self) -> tuple[View, list[str]]:
        material = self._bench.material
        kept, note = self._state.load()
        if kept is None:
            return material.default_view(), [note] if note else []
        view, notes = material.known(kept)
        return view, list(notes)

    # Answering

    def _moved(self, one: Bound) -> Any:
        def answer(change: dict[str, Any]) -> None:
            if self._silence.on or same(change["new"], one.read(self._view)):
                return
            view = one.write(self._view, change["new"])
            if view != self._view:
                self._view = view
                self._changed()

        return answer

    def _sync(self, controls: Sequence[Bound]) -> None:
        """Move controls to where the view is."""
        with self._silence:
            for one in controls:
                put(one.widget, one.read(self._view))

    def _changed(self) -> None:
        self._refresh()
        note = self._state.save(self._bench.material.relative(self._view))
        self._say([note] if note else [])

    def _show(self, use: Callable[[Shown], object]) -> Shown:
        """Hand what the tab in sight shows to `use`, or a sentence where that went wrong."""
        self.trouble = None
        try:
            shown = show_tab(self.tab, self._bench, self._view)
            use(shown)
            return shown
        except WorkbenchError as error:
            self.trouble, why = error, str(error)
        except Exception as error:
            self.trouble = error
            why = (
                "This tab cannot be shown for these settings. The others go on working; Reset "
                f"brings the report's view back. ({type(error).__name__})"
            )
        shown = Shown((Panel("nothing", Sentence(why)),))
        use(shown)
        return shown

    def _refresh(self) -> None:
        self._lay(self.tab)
        for one in self._left:
            one.widget.disabled = one.name not in ANSWERS_TO[self.tab]
        self._show(self._stages[self.tab].show)

    def _export(self) -> None:
        try:
            page = self.export()
        except OSError as error:
            self._say([f"The view could not be exported: {error.strerror or error}."])
            return
        self._say([f"Exported to {page.parent.name}/{page.name} in {page.parent.parent}."])

    def _say(self, notes: Sequence[str]) -> None:
        kept = f"View kept at {datetime.now():%H:%M:%S}."
        told = [note for note in notes if note] or [kept]
        self._status.value = (
            "<div role='status' aria-live='polite'>"
            + "".join(f"<p>{html.escape(one)}</p>" for one in told)
            + "</div>"
        )


def _close(widgets: Sequence[w.Widget], *, but: w.Widget | None) -> None:
    """Let go of widgets that were replaced, with all inside them: a page keeps what is open."""
    for one in widgets:
        if one is not but:
            _close(getattr(one, "children", ()), but=but)
            one.close()
