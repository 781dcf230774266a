"""One progress bar for long work, on the error stream so that output can be piped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Steps", "steps"]


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
    """Show a bar over `total` steps while the block runs."""
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
