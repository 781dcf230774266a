"""The report notebooks: where they are, whether they take the parameters, and how they run."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError, Problem, WorkbenchError
from workbench.report.imports import GRAMMARS, not_installed

if TYPE_CHECKING:
    from workbench.report.kernel import SharedKernel

__all__ = [
    "NotebookError",
    "check_notebooks",
    "notebooks_folder",
    "report_notebooks",
    "reports_folder",
    "run_notebooks",
    "sample_folder",
    "samples",
]

INJECTED = "injected-parameters"
"""Tag of the cell in which papermill hands the parameters over."""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SPOKEN = {"InputError", "BrandError", "SourceError", "ModelError", "WorkbenchError"}


class NotebookError(WorkbenchError):
    """A notebook that stopped; `executed` is the notebook up to there, if any was written."""

    def __init__(self, name: str, reason: str, executed: Path | None = None) -> None:
        self.name, self.reason, self.executed = name, reason, executed
        super().__init__(f"Notebook {name} stopped.\n{reason}")


def notebooks_folder() -> Path:
    """Return the folder of the notebooks, in an installed package or in a clone."""
    return _shipped("notebooks")


def sample_folder() -> Path:
    """Return the folder of the sample brands, in an installed package or in a clone."""
    return _shipped("data/sample")


def samples() -> dict[str, Path]:
    """Return the sample brands: name -> folder.

    Examples
    --------
    >>> import workbench as wb
    >>> brand = wb.load_brand(wb.samples()["little_fern"])
    """
    return {file.parent.name: file.parent for file in sorted(sample_folder().glob("*/brand.yaml"))}


def reports_folder() -> Path:
    """Return the folder reports/ of a clone; in an installed package, of the current folder."""
    clone = notebooks_folder().parent / "reports"
    return clone if clone.is_dir() else Path("reports")


def _shipped(name: str) -> Path:
    package = Path(__file__).resolve().parents[1]
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def report_notebooks() -> list[Path]:
    """Return the notebooks of the report in the order of the work: those that carry a number."""
    found = sorted(notebooks_folder().glob("[0-9][0-9]_*.ipynb"))
    if not found:
        raise WorkbenchError(
            "No report notebook is found beside the package. Install the whole project: the "
            "folder notebooks/ belongs to it."
        )
    return found


def check_notebooks(notebooks: Sequence[Path], wanted: Mapping[str, str]) -> None:
    """Check that the parameters cell of each notebook declares each wanted name with its type.

    Papermill itself would run a notebook on its defaults and only log what it does not know.

    Parameters
    ----------
    wanted : mapping
        Type by parameter, e.g. ``{"brand": "str"}``.

    Raises
    ------
    InputError
        Naming each notebook and parameter that do not fit.
    """
    with not_installed(GRAMMARS):
        from papermill import inspect_notebook

    problems = []
    for notebook in notebooks:
        with _silent_papermill():
            found = inspect_notebook(notebook)
        kinds = {name: entry["inferred_type_name"] for name, entry in found.items()}
        problems += [
            Problem(
                f"its parameters cell declares {name} as {kinds.get(name, 'nothing')}",
                notebook.name,
                f"{name}: {kind}",
            )
            for name, kind in wanted.items()
            if kinds.get(name) != kind
        ]
    if problems:
        raise InputError(problems, title="The report notebooks do not take these parameters")


def run_notebooks(
    notebooks: Sequence[Path],
    target: Path,
    parameters: Mapping[str, Any],
    step: Callable[[str], None],
) -> list[Path]:
    """Execute the notebooks one by one in a folder, each in an empty namespace of one kernel.

    Parameters
    ----------
    target : Path
        Receives the executed notebooks under their own names, without times or paths of files.
    parameters : mapping
        Checked values, see `check_notebooks`.
    step : callable
        Told the name of each notebook before it runs.

    Raises
    ------
    NotebookError
        At the first notebook that stops; later ones are not run.
    """
    from workbench.report.kernel import empty_namespace, running_kernel

    executed = []
    with running_kernel() as kernel:
        import_module("workbench.report.story")  # for what follows, while the kernel starts
        for notebook in notebooks:
            step(notebook.stem)
            empty_namespace(kernel)
            executed.append(_run_one(notebook, target / notebook.name, parameters, kernel))
    return executed


def _run_one(
    notebook: Path, target: Path, parameters: Mapping[str, Any], kernel: SharedKernel
) -> Path:
    import nbformat
    from nbclient.exceptions import DeadKernelError
    from papermill import PapermillExecutionError, execute_notebook

    from workbench.report.engine import ENGINE
    from workbench.report.kernel import KERNEL

    reason = ""
    try:
        with _silent_papermill():
            execute_notebook(
                notebook,
                target,
                parameters=dict(parameters),
                engine_name=ENGINE,
                kernel_name=KERNEL,
                progress_bar=False,
                km=kernel,
            )
    except PapermillExecutionError as error:
        message = _ANSI.sub("", str(error.evalue)).strip()
        if error.ename in _SPOKEN:
            reason = message
        else:
            reason = f"{error.ename}: {message.partition(chr(10))[0][:200]}"
    except DeadKernelError:
        reason = _ended(target)
    finally:
        kernel.close_clients()
    if not target.is_file():
        raise NotebookError(notebook.stem, reason or "It left no result.")
    finished = nbformat.read(target, as_version=4)
    if finished.metadata.get("papermill", {}).get("exception") and not reason:
        reason = "It reports an exception."
    _strip(finished)
    nbformat.write(finished, target)
    if reason:
        raise NotebookError(notebook.stem, reason, target)
    return target


def _ended(executed: Path) -> str:
    """Say in which cell the Python process of a notebook ended, and what to do."""
    import nbformat

    place = ""
    if executed.is_file():
        begun = [
            (number, cell)
            for number, cell in enumerate(nbformat.read(executed, as_version=4).cells, start=1)
            if cell.metadata.get("papermill", {}).get("start_time")
        ]
        if begun:
            number, cell = begun[-1]
            first = next(filter(None, map(str.strip, cell.source.splitlines())), "")
            place = f" in cell {number} ({first[:60]})"
    return (
        f"Its Python process ended{place}, most likely for want of memory.\n"
        "To do: close other programs, or give the machine more memory, and run the report again: "
        "it goes on from what is done. If it ends there again, open the notebook in JupyterLab "
        "(workbench lab) and run that cell by itself."
    )


def _strip(notebook: Any) -> None:
    """Take times, file paths, widgets and random ids out; parameters and an exception stay."""
    run = notebook.metadata.get("papermill", {})
    kept = ("parameters", "exception", "version")
    notebook.metadata["papermill"] = {key: run[key] for key in kept if key in run}
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if INJECTED in cell.metadata.get("tags", ()):  # papermill draws it an id at random
            cell["id"] = INJECTED
        if not cell.metadata.pop("papermill", {}).get("exception"):
            continue
        cell.metadata["papermill"] = {"exception": True}


@contextmanager
def _silent_papermill() -> Iterator[None]:
    """Keep the log lines of papermill and nbclient off the terminal: what matters is raised."""
    quiet = {"papermill": logging.ERROR, "traitlets": logging.CRITICAL}
    before = {name: logging.getLogger(name).level for name in quiet}
    for name, level in quiet.items():
        logging.getLogger(name).setLevel(level)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
