"""Every brand of a folder: one report each, and a portfolio page over all of them."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from workbench.errors import InputError, Problem, WorkbenchError
from workbench.report.manifest import done_key
from workbench.report.portfolio import done_row, refused_row, waiting_row, write_portfolio
from workbench.report.progress import steps

__all__ = ["BatchResult", "brand_folders", "run_batch"]

LAST_SECONDS = 60.0
"""A process that has told its result is given so long to end."""


@dataclass(frozen=True)
class BatchResult:
    """What a batch left.

    Parameters
    ----------
    page : Path
        The portfolio page.
    problem : str
        Empty, or why the portfolio could not be written.
    done, skipped : tuple of str
        Brands (folder names) rendered now, and left out because their report is still valid.
    failed : dict
        Reason in words by brand.
    """

    page: Path
    done: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def exit_code(self) -> int:
        """1 if a brand failed or the portfolio could not be written, else 0."""
        return 1 if self.failed or self.problem else 0


def run_batch(
    folder: str | Path,
    *,
    out: str | Path = "reports",
    jobs: int = 1,
    resume: bool = False,
    fast: bool = False,
    progress: bool = True,
) -> BatchResult:
    """Render the report of every brand in a folder; the failure of one stops no other.

    Each brand has a process of its own; a script calls this under ``if __name__ == "__main__"``.

    Parameters
    ----------
    folder : str or Path
        Its subfolders that hold a brand.yaml are the brands.
    out : str or Path
        Receives ``<brand>/<as-of>/`` for each brand, portfolio.html and portfolio.json.
    jobs : int
        Brands worked on at the same time.
    resume : bool
        Leave out brands whose finished report was made from the inputs, settings and versions
        that they have now.
    fast : bool
        Fewer draws.

    Raises
    ------
    InputError
        If the folder holds no brand, or `jobs` is no positive number.
    """
    brands = brand_folders(folder)
    if jobs < 1:
        raise InputError(Problem(f"is {jobs}", "jobs", "1 or more"))
    home = Path(out)
    failed: dict[str, str] = {}
    done: list[str] = []
    skipped: list[str] = []
    rows = {brand.name: waiting_row(brand.name, home) for brand in brands}
    problem = _tell(home, rows)
    with steps(len(brands), shown=progress) as work:
        work.begin(f"{len(brands)} brands")
        for name, row, valid in _all(brands, home, jobs, resume, fast):
            if "page" not in row:
                failed[name] = row["reason"]
            else:
                (skipped if valid else done).append(name)
            rows[name] = row
            problem = _tell(home, rows)
            work.begin(name)
    return BatchResult(
        home / "portfolio.html",
        tuple(sorted(done)),
        tuple(sorted(skipped)),
        dict(sorted(failed.items())),
        problem,
    )


def _tell(out: Path, rows: dict[str, dict[str, Any]]) -> str:
    """Write the portfolio, after every brand: a batch that is stopped leaves one, too."""
    try:
        write_portfolio(out, rows.values())
    except OSError as error:
        return f"{error.strerror or type(error).__name__}; the portfolio was not written"
    return ""


def brand_folders(folder: str | Path) -> list[Path]:
    """Return the subfolders that hold a brand.yaml, sorted by name.

    Raises
    ------
    InputError
        If there is none.
    """
    found = sorted(path.parent for path in Path(folder).glob("*/brand.yaml"))
    if not found:
        raise InputError(
            Problem(
                "no brand.yaml is found in its subfolders",
                str(folder),
                "a folder with one subfolder per brand, each with its brand.yaml",
                "write them with `workbench new FOLDER`",
            )
        )
    return found


def _all(
    brands: Sequence[Path], out: Path, jobs: int, resume: bool, fast: bool
) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Render brands, each in a process of its own, so that none takes memory or faults along."""
    # spawn: a forked process would share the threads of the numerical libraries
    context = get_context("spawn")
    todo, running = list(brands), dict[Connection, tuple[BaseProcess, Path]]()
    try:
        while todo or running:
            while todo and len(running) < jobs:
                brand = todo.pop(0)
                ours, theirs = context.Pipe(duplex=False)
                process: BaseProcess = context.Process(
                    target=_child, args=(theirs, brand, out, resume, fast)
                )
                process.start()
                theirs.close()
                running[ours] = process, brand
            ready = wait(list(running))
            for ours in [ours for ours in running if ours in ready]:
                yield _heard(ours, *running.pop(ours))
    finally:
        for process, _ in running.values():
            process.terminate()


def _heard(ours: Connection, process: BaseProcess, brand: Path) -> tuple[str, dict[str, Any], bool]:
    """Return what a process says of its brand; one that ended without a word was ended."""
    with ours:
        try:
            told: tuple[str, dict[str, Any], bool] = ours.recv()
        except EOFError:
            process.join()
            reason = f"its process ended (exit code {process.exitcode}), most likely for want of "
            return _refused(brand, reason + "memory")
    process.join(LAST_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
    return told


def _child(theirs: Connection, brand: Path, out: Path, resume: bool, fast: bool) -> None:
    """Render one brand and say how it went."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warnings.simplefilter("ignore")  # what they say of the data stands in the report
    with theirs, suppress(KeyboardInterrupt):
        theirs.send(_one(brand, out, resume, fast))


def _end_with_parent() -> None:
    """End this process with the batch, even one that was killed; its kernel ends with it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _one(brand: Path, out: Path, resume: bool, fast: bool) -> tuple[str, dict[str, Any], bool]:
    """Render one brand; whatever goes wrong stays its own. True where its report was valid."""
    from workbench.report.run import current_run, render_report

    try:
        if resume:
            folder, run = current_run(brand, out=out, fast=fast)
            if run is not None and done_key(folder) == run:
                return brand.name, done_row(brand.name, folder, out), True
        result = render_report(brand, out=out, fast=fast, progress=False)
        return brand.name, done_row(brand.name, result.folder, out), False
    except WorkbenchError as error:
        return _refused(brand, str(error))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # nor may a fault of ours, or a panic of a compiled library
        if isinstance(error, OSError) and error.errno:  # a full disk, a folder not to be written to
            return _refused(brand, f"{os.strerror(error.errno)}; its former report is unchanged")
        where = f"`workbench report {brand} --debug` shows where"
        return _refused(brand, f"unexpected {type(error).__name__}; {where}")  # no row's content


def _refused(brand: Path, reason: str) -> tuple[str, dict[str, Any], bool]:
    return brand.name, refused_row(brand.name, reason), False
