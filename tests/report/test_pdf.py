"""The PDF: printed where a Chromium is, never stale, without a clock, never a reason to fail."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.report.test_browser import browser, opened  # noqa: F401 - a fixture
from tests.report.test_story import told
from workbench.report import pdf
from workbench.report.page import render_page
from workbench.report.pdf import find_chromium, print_pdf


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text("<html><head><title>Tea</title></head><body>Tea</body></html>", "utf-8")
    return path


def browser_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "bin" / "chromium"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("CHROMIUM", str(program))


def test_without_a_browser_a_note_says_so_and_no_old_pdf_stays(
    page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    old = tmp_path / "report.pdf"
    old.write_bytes(b"%PDF of an earlier run")
    note = print_pdf(page, old, as_of="2026-06-30")
    assert "no Chromium was found" in note
    assert not old.exists()


@pytest.mark.parametrize(
    ("script", "said"),
    [("exit 1", "ended without printing"), ("sleep 60 & sleep 60", "longer than 1 seconds")],
)
def test_a_browser_that_fails_or_hangs_leaves_a_note(
    page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, said: str
) -> None:
    browser_that(tmp_path, monkeypatch, script)
    note = print_pdf(page, tmp_path / "report.pdf", as_of="2026-06-30", seconds=1)
    assert said in note
    assert not (tmp_path / "report.pdf").exists()
    assert str(tmp_path) not in note


def test_the_browser_gets_no_network_and_a_profile_of_its_own(
    page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    browser_that(tmp_path, monkeypatch, f'echo "$@" > {tmp_path}/called')
    print_pdf(page, tmp_path / "report.pdf", as_of="2026-06-30")
    called = (tmp_path / "called").read_text(encoding="utf-8")
    assert "--user-data-dir=" in called
    assert "MAP * ~NOTFOUND" in called
    assert "--disable-background-networking" in called


def test_dates_and_browser_are_replaced_without_moving_a_byte() -> None:
    body = (
        b"%PDF-1.4\n<</Creator (Mozilla/5.0 \\(X11; Linux\\) Chrome/156.0)\n/Producer (Skia)\n"
        b"/CreationDate (D:20261126003410+00'00')\n/ModDate (D:20261126003410+00'00')>>\nrest"
    )
    clean = pdf._without_clock(body, "2026-06-30")
    assert len(clean) == len(body)
    assert clean.count(b"D:20260630000000+00'00'") == 2
    assert b"20261126" not in clean
    assert b"Mozilla" not in clean
    assert clean.endswith(b">>\nrest")


@pytest.mark.browser
def test_the_page_is_printed_whole_and_twice_the_same(tmp_path: Path) -> None:
    if find_chromium() is None:
        pytest.skip("no Chromium is installed")
    page, made = tmp_path / "report.html", tmp_path / "report.pdf"
    report = replace(told("hostile"), pages=told("hostile").pages[:3])
    page.write_text(render_page(report), encoding="utf-8")
    assert print_pdf(page, made, as_of="2026-06-30", currency="EUR") == ""
    body = made.read_bytes()
    assert body.startswith(b"%PDF")
    (box,) = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)", body))
    assert [float(side) for side in box] == pytest.approx([595, 842], abs=1), "A4"
    pages = len(re.findall(rb"/Type /Page\b(?!s)", body))
    assert pages > len(report.pages), "each page of the report begins on a new one"
    assert str(tmp_path).encode() not in body
    assert b"file:" not in body
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.pdf"}
    assert print_pdf(page, made, as_of="2026-06-30", currency="EUR") == ""
    assert made.read_bytes() == body


@pytest.mark.browser
def test_on_paper_details_are_open_or_name_their_file_and_the_ground_is_light(
    browser: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    page = tmp_path / "report.html"
    page.write_text(render_page(told("full")), encoding="utf-8")
    tab, _, _ = opened(browser, page, 1200, java_script_enabled=False, color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = (
        "[...document.querySelectorAll('details')]"
        ".map(item => item.querySelector('table, .inside').checkVisibility() || "
        "(matches => matches && item.nextElementSibling.checkVisibility() && "
        "item.nextElementSibling.textContent.includes('tables/'))(item.matches('.data')))"
    )
    assert tab.evaluate(ground) == "rgb(20, 25, 31)"
    assert not any(tab.evaluate(seen)), "folded on screen"
    tab.emulate_media(media="print")
    assert tab.evaluate(ground) == "rgb(255, 255, 255)"
    assert all(tab.evaluate(seen))
    kept = "[...document.querySelectorAll('details:not(.data)')]"
    kept += ".map(item => item.querySelector('table, .inside').checkVisibility())"
    assert len(tab.evaluate(kept)) > 3
    assert all(tab.evaluate(kept))
