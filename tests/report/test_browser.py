"""The client page in Chromium with the network blocked: every figure drawn, nothing requested."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import require
from tests.report.test_story import told
from workbench.report.page import render_page

pytestmark = pytest.mark.browser
ARGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = require("playwright.sync_api")
    path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if path is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=ARGS)
        yield running
        running.close()


def opened(browser: Any, page: Path, width: int, **more: Any) -> tuple[Any, list[str], list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, **more)
    requests: list[str] = []
    errors: list[str] = []
    tab = context.new_page()
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda message: errors.append(message.text))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
    tab.goto(page.as_uri())
    return tab, requests, errors


@pytest.mark.parametrize("name", ["full", "hostile", "no money", "readiness fails"])
def test_every_figure_is_drawn_without_any_request(browser: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_page(told(name)), encoding="utf-8")
    tab, requests, errors = opened(browser, path, 1200)
    figures = len(told(name).figures)
    tab.wait_for_function(
        f"document.querySelectorAll('.js-plotly-plot').length === {figures}"
        " && [...document.querySelectorAll('.js-plotly-plot')]"
        ".every(plot => plot.querySelector('.main-svg'))"
    )
    assert requests == [path.as_uri()]
    assert errors == []


def test_a_phone_is_not_scrolled_sideways(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_page(told("hostile")), encoding="utf-8")
    tab, _, _ = opened(browser, path, 390)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_everything_folded_is_on_paper(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_page(told("full")), encoding="utf-8")
    tab, _, errors = opened(browser, path, 1200)
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("details:not([open])").count() == 0
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.locator("details:not([open])").count() > 0
    assert tab.pdf(format="A4").startswith(b"%PDF")
    assert errors == []


def test_without_script_the_data_tables_can_be_opened(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_page(told("full")), encoding="utf-8")
    tab, _, _ = opened(browser, path, 1200, java_script_enabled=False)
    first = tab.locator("figure + details, .block details").first
    first.locator("summary").click()
    assert first.locator("tbody tr").first.is_visible()


def test_a_table_is_sorted_by_its_headings(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_page(told("full")), encoding="utf-8")
    tab, _, _ = opened(browser, path, 1200)
    table = tab.locator("#table-channel-value")
    head = table.locator("thead th", has_text="Customers")
    head.locator("button").click()
    cells = table.locator("tbody tr td:nth-child(2)").all_inner_texts()
    numbers = [int(text.replace(",", "")) for text in cells]
    assert numbers == sorted(numbers)
    assert head.get_attribute("aria-sort") == "ascending"


def test_headings_of_a_long_table_are_repeated_on_paper(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_page(told("full")), encoding="utf-8")
    tab, _, _ = opened(browser, path, 1200)
    tab.emulate_media(media="print")
    button = tab.locator("main table th button").first
    assert button.evaluate("item => getComputedStyle(item).display") == "contents"
