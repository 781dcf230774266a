"""The docs site builds without a warning and asks the network for nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main

from tests.conftest import ROOT, require

pytestmark = pytest.mark.slow

LOADED = re.compile(r"<(?:script|img|iframe)[^>]*\ssrc=\"([^\"]+)\"|<link[^>]*\shref=\"([^\"]+)\"")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for package in ("sphinx", "myst_parser", "numpydoc", "furo"):
        require(package)
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", str(target / "doctrees"), str(ROOT / "docs"), str(target / "html")],
        capture_output=True,
        text=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "0"},
    )
    assert done.returncode == 0, done.stderr
    return target / "html"


def test_every_page_is_there_and_loads_nothing_from_elsewhere(site: Path) -> None:
    for source in (ROOT / "docs").rglob("*.md"):
        page = site / source.relative_to(ROOT / "docs").with_suffix(".html")
        found = LOADED.findall(page.read_text(encoding="utf-8"))
        assert [link for pair in found for link in pair if "//" in link] == []


def test_the_reference_holds_every_command_table_and_public_name(site: Path) -> None:
    import workbench
    from workbench.analysis import TABLES
    from workbench.cli import app

    def html(page: str) -> str:
        return (site / "reference" / page).read_text(encoding="utf-8")

    def text(page: str) -> str:
        return " ".join(re.sub(r"<[^>]+>", "", html(page)).split())

    commands, python, tables = text("commands.html"), html("python.html"), text("tables.html")
    group: Any = typer.main.get_command(app)
    for command in group.commands:
        assert f"workbench {command} " in commands
    for name in set(workbench.__all__) - {"__version__"}:
        assert f'id="workbench.{name}"' in python, name
    for name in TABLES:
        assert name in tables, name
