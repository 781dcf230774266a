"""The controls that turn the explorer to another brand or as-of date."""

from __future__ import annotations

import asyncio
import html
import re
import shlex
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from workbench.errors import WorkbenchError
from workbench.explorer.bench import Bench, lay_out
from workbench.explorer.bound import Silence, control
from workbench.explorer.places import brands_beside, dates_known, day_known, is_ready, last_day
from workbench.explorer.prepare import Preparation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.analysis import Analysis

__all__ = ["CHOICES", "Choice"]

CHOICES = ("brand", "as_of")
"""Names of its controls, as in `Explorer(presenting=...)`."""
OTHER = "other"
"""Choice of a date that is not in the list."""
WAIT = 0.5
"""Seconds between two looks at a preparation."""


class Choice(w.VBox):
    """Which brand and as-of date the explorer answers for.

    What was fitted before opens at once. For the rest a button prepares it in a process of its
    own, with words on how far it is, while the present brand goes on answering.

    Parameters
    ----------
    analysis : Analysis
        What is open.
    shown : sequence of str
        Which of `CHOICES` are offered.
    """

    def __init__(self, analysis: Analysis, *, shown: Sequence[str] = CHOICES) -> None:
        self._analysis = self._wanted = analysis
        self._open: Callable[[Bench], None] = lambda _: None
        self._preparation: Preparation | None = None
        self._following: Any = None
        self._silence = Silence()
        self.trouble: Exception | None = None
        home = analysis.brand.folder
        brands = brands_beside(home)
        if home not in brands.values():
            brands = {analysis.brand.name: home, **brands}
        self._brand = control(
            w.Dropdown, "Brand", "Brand folders beside that of the notebook.",
            options=list(brands.items()),
        )  # fmt: skip
        self._date = control(
            w.Dropdown, "As of", "Last day of observation: dates of earlier runs, or another."
        )
        self._other = control(w.DatePicker, "Another date", "Last day of observation.")
        self._go = w.Button(
            description="Fit and forecast",
            tooltip="Takes minutes, in the background; the figures go on answering",
        )
        self._stop = w.Button(description="Stop", tooltip="Stop fitting; what is open stays")
        self._note = w.HTML().add_class("wb-status")
        self._brand.observe(lambda change: self._brand_moved(change["new"]), "value")
        self._date.observe(lambda change: self._date_moved(change["new"]), "value")
        self._other.observe(lambda change: self._other_moved(change["new"]), "value")
        self._go.on_click(lambda _: self.prepare())
        self._stop.on_click(lambda _: self.stop())
        offered = {"brand": self._brand, "as_of": self._date}
        kept = [offered[name] for name in CHOICES if name in shown]
        row = w.HBox([*kept, self._other, self._go, self._stop]).add_class("wb-choices")
        super().__init__([row, self._note], _dom_classes=("wb-choice",))
        self._settle(analysis)

    def on_open(self, use: Callable[[Bench], None]) -> None:
        """Name who is handed the bench of another brand or date."""
        self._open = use

    def ask(self, analysis: Analysis) -> None:
        """Turn to an analysis: open it, or offer to prepare it; words where that goes wrong."""
        with self._told(_named(analysis)):
            self._wanted = analysis
            if self._is_open(analysis):
                self._settle(self._analysis)
            elif not self._turned():
                self._offer()

    def prepare(self) -> Any:
        """Fit and forecast what was asked for, beside the notebook; returns what follows it."""
        with self._told(_named(self._wanted)):
            self._preparation = Preparation.of(self._wanted)
        self._buttons()
        if self._preparation is not None:
            self._following = _scheduled(self._follow(self._wanted, self._preparation))
        return self._following

    def stop(self) -> None:
        """Stop the preparation."""
        if self._preparation is not None:
            preparation, self._preparation = self._preparation, None
            preparation.stop()
            self._settle(self._analysis)
            self._say("Stopped. What was done so far is kept.")

    # What a person moves

    def _brand_moved(self, folder: Path) -> None:
        if not self._silence.on:
            self._reopen(folder, None)

    def _date_moved(self, chosen: str) -> None:
        if self._silence.on:
            return
        if chosen == OTHER:
            self._other.layout.display, self._go.layout.display = None, "none"
            self._say("Choose a day: what happened after it is left out, as it was then.")
        else:
            self._reopen(self._wanted.brand.folder, date.fromisoformat(chosen) if chosen else None)

    def _other_moved(self, day: date | None) -> None:
        if day is not None and not self._silence.on:
            self._reopen(self._wanted.brand.folder, day)

    def _reopen(self, folder: Path, day: date | None) -> None:
        from workbench.analysis import open_analysis

        like = self._analysis
        with self._told(f"{folder.name} as of {day:%-d %B %Y}" if day else folder.name):
            analysis = open_analysis(
                folder, as_of=day, out=like.out, fast=like.fast, seed=like.seed
            )
            last = last_day(analysis)
            if day is not None and last is not None and day > last:
                raise WorkbenchError(
                    f"The exports end on {last:%-d %B %Y}. Choose that day or one before."
                )
            self.ask(analysis)

    # What follows

    def _is_open(self, analysis: Analysis) -> bool:
        """Tell whether this is what stands below already, of the same files."""
        from workbench.explorer.build import material_folder

        places = [one for one in (analysis, self._analysis) if day_known(one) is not None]
        return len(places) == 2 and len({material_folder(one) for one in places}) == 1

    def _turned(self) -> bool:
        """Open what is wanted, if it is ready."""
        from workbench.explorer.build import open_material

        if not is_ready(self._wanted):
            return False
        bench = lay_out(open_material(self._wanted), self._wanted)
        self._analysis = self._wanted
        self._open(bench)
        self._settle(self._analysis)
        return True

    def _offer(self) -> None:
        """Say that what is wanted must be fitted first, and what stands below meanwhile."""
        self._lists(self._wanted)
        self._buttons()
        home, day = self._wanted.brand.folder, self._wanted.given_as_of
        at = f" --as-of {day}" if day else ""
        self._say(
            f"{_named(self._wanted)} is not fitted yet: that takes minutes. Do it here, while "
            f"{_named(self._analysis)} goes on answering below, or in a terminal, with a report: "
            f"`workbench report {shlex.quote(str(home))}{at}`"
        )

    async def _follow(self, analysis: Analysis, preparation: Preparation) -> None:
        """Tell how far a preparation is, and open what it made."""
        while preparation.running:
            step = preparation.words or "starting"
            self._say(
                f"{_named(analysis)}: {step}, {preparation.seconds:.0f} s. "
                f"{_named(self._analysis)} goes on answering below."
            )
            await asyncio.sleep(WAIT)
        if self._preparation is not preparation:
            return  # stopped
        self._preparation = None
        why = preparation.words
        preparation.close()
        with self._told(_named(analysis)):
            if why:
                raise WorkbenchError(why)
            if self._wanted is analysis:
                self._turned()
            else:
                self._buttons()
                self._say(f"{_named(analysis)} is ready: choose it above.")

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Put what goes wrong into words, and the controls back to what is open."""
        self.trouble, why = None, ""
        try:
            yield
        except WorkbenchError as error:
            self.trouble, why = error, str(error)
        except OSError as error:
            self.trouble, why = error, f"Its files cannot be read: {error.strerror or error}."
        except Exception as error:
            self.trouble, why = error, f"It cannot be opened ({type(error).__name__})."
        if why:
            self._settle(self._analysis)
            self._say(f"{name} cannot be opened, and {_named(self._analysis)} stays. {why}")

    def _settle(self, analysis: Analysis) -> None:
        """Put the controls where an analysis is."""
        self._wanted = analysis
        self._lists(analysis)
        self._buttons()
        self._say("")

    def _lists(self, analysis: Analysis) -> None:
        own = day_known(analysis)
        options = [
            (f"{one.day:%-d %B %Y}" + ("" if one.ready else ", not fitted"), one.day.isoformat())
            for one in dates_known(analysis)
        ]
        if own is None:
            options.insert(0, ("day of the last order, not fitted", ""))
        with self._silence:
            self._brand.value = analysis.brand.folder
            self._date.options = [*options, ("Another date …", OTHER)]
            self._date.value = own.isoformat() if own else ""
            self._other.value = None
        self._other.layout.display = "none"

    def _buttons(self) -> None:
        """Show the buttons that apply."""
        busy = self._preparation is not None
        offered = self._wanted is not self._analysis and not busy
        self._go.layout.display = None if offered else "none"
        self._stop.layout.display = None if busy else "none"

    def _say(self, text: str) -> None:
        told = re.sub("`([^`]+)`", r"<code>\1</code>", f"<p>{html.escape(text)}</p>")
        self._note.value = f"<div role='status' aria-live='polite'>{told}</div>" if text else ""


def _named(analysis: Analysis) -> str:
    day = day_known(analysis)
    return f"{analysis.brand.name} as of {day:%-d %B %Y}" if day else analysis.brand.name


def _scheduled(work: Any) -> Any:
    """Run a coroutine beside the kernel's other work; at once where there is no kernel."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
        return None
    return loop.create_task(work)
