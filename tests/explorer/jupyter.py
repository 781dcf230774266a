"""A JupyterLab (or Voila) of one's own in Chromium, cut off from every other network."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from tests.conftest import ROOT
from workbench.report.lab import lab_command, lab_environment
from workbench.report.notebooks import notebooks_folder
from workbench.report.present import voila_command, voila_environment

__all__ = [
    "ARGS", "Tab", "add_cell", "lab_server", "notebook", "open_notebook", "open_tab", "run_all",
    "voila_server",
]  # fmt: skip

TOKEN = "only-for-this-test"
ARGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
]  # fmt: skip


@dataclass
class Tab:
    """A page, what its console complained of, and what it asked of other machines."""

    page: Any
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(
    command: Sequence[str], url: str, home: Path, environment: Mapping[str, str] = os.environ
) -> Iterator[str]:
    """Run a server with its settings under `home` until the block ends; yields its address."""
    home.mkdir(parents=True, exist_ok=True)
    environment = dict(environment) | {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "PYTHONWARNINGS": "ignore",
    }
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(list(command), env=environment, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 300
            while True:
                try:
                    urllib.request.urlopen(url, timeout=5).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        told = (home / "server.log").read_text()[-2000:]
                        raise RuntimeError(f"the server did not start:\n{told}") from None
                    time.sleep(0.2)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def lab_server(folder: Path, home: Path) -> Iterator[str]:
    """JupyterLab as `workbench lab` opens it; yields the address up to the port."""
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    command = lab_command(
        folder, "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}",
    )  # fmt: skip
    with served(command, f"{base}/api?token={TOKEN}", home, lab_environment()):
        yield base


@contextmanager
def voila_server(notebook: Path, home: Path) -> Iterator[str]:
    """Voila on one notebook, as `workbench present` serves it; yields its address."""
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    command = voila_command(
        notebook, "--no-browser", f"--port={port}", "--Voila.port_retries=0",
        f"--Voila.token={TOKEN}",
    )  # fmt: skip
    with served(command, f"{base}/static/", home, voila_environment()):
        yield base


def notebook(folder: Path, **parameters: object) -> Path:
    """Write the shipped notebook with other parameters, as a person would type them."""
    book = nbformat.read(notebooks_folder() / "explore.ipynb", as_version=4)
    cell = next(one for one in book.cells if "parameters" in one.metadata.get("tags", []))
    cell.source += "\n" + "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, folder / "explore.ipynb")
    return folder / "explore.ipynb"


def add_cell(path: Path, source: str) -> None:
    """Put a cell at the end of a notebook."""
    book = nbformat.read(path, as_version=4)
    book.cells.append(nbformat.v4.new_code_cell(source))
    nbformat.write(book, path)


def open_tab(browser: Any, address: str, *, width: int = 1440, height: int = 1000) -> Tab:
    """Open an address; a request to any other machine is refused and kept."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    tab = Tab(page)
    page.on("pageerror", lambda error: tab.errors.append(str(error)))
    page.on(
        "console",
        lambda message: tab.errors.append(message.text) if message.type == "error" else None,
    )

    def sort_out(route: Any) -> None:
        if route.request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            route.continue_()
        else:
            tab.foreign.append(route.request.url)
            route.abort()

    page.route("**/*", sort_out)
    page.goto(address, timeout=90_000, wait_until="commit")
    return tab


def open_notebook(browser: Any, base: str, name: str, **more: Any) -> Tab:
    """Open a notebook in JupyterLab and wait for its kernel."""
    tab = open_tab(browser, f"{base}/lab/tree/{name}?reset&token={TOKEN}", **more)
    tab.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    tab.page.wait_for_selector(
        '.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=90_000
    )
    return tab


def run_all(tab: Tab) -> None:
    """Run all cells from the menu."""
    page = tab.page
    page.wait_for_selector("#jp-main-statusbar >> text=| Idle", timeout=90_000)
    page.click(".lm-MenuBar-item >> text=Run")
    page.click('.lm-Menu-item[data-command="runmenu:run-all"]')
    page.wait_for_timeout(500)
    dialog = page.locator(".jp-Dialog .jp-mod-accept")
    if dialog.count():  # a session that is still being set up asks which kernel to take
        dialog.first.click()
