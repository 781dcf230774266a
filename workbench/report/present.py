"""The explorer of one brand as a page of its own, through Voila, without code or network."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from workbench.cache import write_atomically
from workbench.errors import WorkbenchError
from workbench.report.notebooks import notebooks_folder, reports_folder
from workbench.report.parameters import ReportParameters, brand_folder

__all__ = ["voila_command", "voila_environment", "write_notebook"]

NOTEBOOK = "explore.ipynb"
_TEMPLATES = Path(__file__).parent / "jupyter"


def write_notebook(folder: Path, params: ReportParameters) -> Path:
    """Write the explorer's notebook for one brand into a folder, without the words for analysts.

    Paths in it become absolute, as it lies elsewhere.
    """
    import nbformat

    told = asdict(params)
    home = brand_folder(params.brand)
    assert home is not None  # checked on construction
    told |= {
        "brand": str(home.resolve()),
        "out": str(Path(params.out or reports_folder()).resolve()),
    }
    book = nbformat.read(notebooks_folder() / NOTEBOOK, as_version=4)
    cell = next(one for one in book.cells if "parameters" in one.metadata.get("tags", []))
    cell.source += "\n" + "\n".join(f"{name} = {value!r}" for name, value in told.items())
    book.cells = [one for one in book.cells if one.cell_type == "code"][:-1]  # and its versions
    return write_atomically(folder / NOTEBOOK, nbformat.writes(book))


def voila_command(notebook: Path, *more: str) -> list[str]:
    """Return the command that serves a notebook; to be run in `voila_environment`.

    Raises
    ------
    WorkbenchError
        If Voila is not installed.
    """
    if find_spec("voila") is None:
        raise WorkbenchError(
            "Voila is not installed. It comes with an extra:\n"
            "    pip install 'clv-workbench[present]'"
        )
    return [sys.executable, "-m", "voila", str(notebook), "--template=workbench", *more]


def voila_environment() -> dict[str, str]:
    """Return the environment in which Voila finds the template of this package."""
    paths = [str(_TEMPLATES), os.environ.get("JUPYTER_PATH", "")]
    return os.environ | {"JUPYTER_PATH": os.pathsep.join(filter(None, paths))}
