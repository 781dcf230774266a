"""No page of the report has a serious fault of accessibility in the eyes of axe-core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import require
from tests.report.test_browser import browser, opened  # noqa: F401 - a fixture
from tests.report.test_story import told
from workbench.report.document import to_json
from workbench.report.manifest import write_atomically, write_manifest
from workbench.report.page import render_page
from workbench.report.portfolio import done_row, refused_row, waiting_row, write_portfolio
from workbench.report.slides import render_slides

pytestmark = pytest.mark.browser
SIZES = [(1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")]
OPEN = """() => {
  document.querySelectorAll("details").forEach(item => { item.open = true; });
  document.querySelectorAll("tbody").forEach(  // one row is like the next
    body => [...body.rows].slice(4).forEach(row => row.remove()));
}"""


def faults(tab: Any) -> list[str]:
    """Return every fault that axe calls serious or critical, with the element it names."""
    axe = require("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(tab, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{fault['id']} at {node['target']}: {node['failureSummary']}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("full", *size) for size in SIZES] + [("hostile", 390, "light"), ("nobody", 1200, "dark")],
)
def test_the_page(browser: Any, tmp_path: Path, name: str, width: int, scheme: str) -> None:  # noqa: F811
    path = tmp_path / "report.html"
    path.write_text(render_page(told(name)), encoding="utf-8")
    tab, _, _ = opened(browser, path, width, color_scheme=scheme)
    tab.evaluate(OPEN)
    assert faults(tab) == []


def test_every_slide(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "slides.html"
    path.write_text(render_slides(told("full")), encoding="utf-8")
    tab, _, _ = opened(browser, path, 1280)
    tab.keyboard.press("n")
    for _ in range(tab.locator(".slide").count()):
        assert faults(tab) == []
        tab.keyboard.press("ArrowRight")


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_portfolio(browser: Any, tmp_path: Path, width: int, scheme: str) -> None:  # noqa: F811
    folder = tmp_path / "juniper" / "2026-06-30"
    write_atomically(folder / "report.json", to_json(told("hostile")))
    write_manifest(folder, {"status": "done", "run_id": "abc", "notes": ["No PDF. None."]})
    rows = [
        done_row("juniper", folder, tmp_path),
        refused_row("alder", "its `brand.yaml` names no currency"),
        waiting_row("fern", tmp_path),
    ]
    tab, _, _ = opened(browser, write_portfolio(tmp_path, rows), width, color_scheme=scheme)
    assert faults(tab) == []


def test_a_fault_is_found(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "report.html"
    page = render_page(told("nobody")).replace("--muted: #52606D", "--muted: #C9CED4")
    path.write_text(page, encoding="utf-8")
    tab, _, _ = opened(browser, path, 1200)
    assert any(fault.startswith("color-contrast") for fault in faults(tab))
