"""JupyterLab on the notebooks, as `workbench lab` starts it: at the start, and without dialogs."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.report.notebooks import notebooks_folder

__all__ = ["lab_command", "lab_environment"]

_SETTINGS = Path(__file__).parent / "jupyter" / "lab"


def lab_command(folder: Path | None = None, *more: str) -> list[str]:
    """Return the command that opens JupyterLab; to be run in `lab_environment`.

    Parameters
    ----------
    folder : Path, optional
        Of the notebooks; by default those of the package.
    *more : str
        Further options of JupyterLab.

    Raises
    ------
    WorkbenchError
        If JupyterLab is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise WorkbenchError(
            "JupyterLab is not installed. It comes with an extra:\n"
            "    pip install 'clv-workbench[lab]'\n"
            "or, in a clone: make lab"
        )
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder or notebooks_folder()}",
        "--LabApp.default_url=/lab/tree/start.ipynb",
        *more,
    ]


def lab_environment() -> dict[str, str]:
    """Return the environment in which JupyterLab does not ask about news or look for updates.

    Defaults of its settings: whoever has chosen otherwise in JupyterLab keeps that.
    """
    paths = [os.environ.get("JUPYTER_CONFIG_PATH", ""), str(_SETTINGS)]
    return os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths))}
