"""One progress bar for long work: on the error stream of a terminal, or one line in a notebook."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

__all__ = ["Steps", "in_notebook", "steps"]


class Steps:
    """The steps of a run: told when one begins, it moves the bar and keeps the seconds."""

    def __init__(self, show: Callable[[str, int], None]) -> None:
        self._show = show
        self._begun: list[tuple[str, float]] = []

    def begin(self, name: str) -> None:
        """Say that a step begins, and so that the one before has ended."""
        self._show(name, len(self._begun))
        self._begun.append((name, time.perf_counter()))

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each step so far, by name."""
        ends = [*(start for _, start in self._begun[1:]), time.perf_counter()]
        return {
            name: round(end - start, 2)
            for (name, start), end in zip(self._begun, ends, strict=True)
        }


@contextmanager
def steps(total: int, *, shown: bool) -> Iterator[Steps]:
    """Show a bar over `total` steps while the block runs.

    A notebook gets one output that is replaced in place and stays as one plain line: it has no
    thread and no widget, so that a cell that is run again, stopped or saved leaves nothing behind.
    """
    if shown and in_notebook():
        yield from _line_of_a_cell(total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description:<20}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not shown,
    )
    with bar:
        task = bar.add_task("starting", total=total)
        yield Steps(lambda name, done: bar.update(task, description=name, completed=done))
        bar.update(task, description="done", completed=total)


def in_notebook() -> bool:
    """Tell whether this code runs in the cell of a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


def _line_of_a_cell(total: int) -> Iterator[Steps]:
    from IPython.display import display

    begun = time.perf_counter()
    handle = display(_Line("starting", 0, total, 0.0), display_id=True)

    def show(name: str, done: int) -> None:
        handle.update(_Line(name, done, total, time.perf_counter() - begun))

    state: list[tuple[str, int]] = [("starting", 0)]

    def remember(name: str, done: int) -> None:
        state.append((name, done))
        show(name, done)

    try:
        yield Steps(remember)
    except BaseException:
        name, done = state[-1]
        show(f"stopped at {name}", done)
        raise
    show("done", total)


class _Line:
    """One line of progress, as text and as HTML."""

    def __init__(self, name: str, done: int, total: int, seconds: float) -> None:
        self._words = f"{name}: {done} of {total} steps, {seconds:.0f} s"
        self._share = done / total if total else 1.0

    def __repr__(self) -> str:
        return self._words

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        bar = f'<progress value="{self._share:.3f}" max="1" aria-label="progress"></progress>'
        return {"text/plain": self._words, "text/html": f"{bar} {escape(self._words)}"}
