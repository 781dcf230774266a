"""A batch: every brand its own report, failures isolated, a portfolio over all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.report.test_story import told
from workbench.errors import InputError, ModelError
from workbench.report import run
from workbench.report.batch import brand_folders, run_batch
from workbench.report.document import to_json
from workbench.report.manifest import write_atomically, write_manifest


@dataclass
class Result:
    folder: Path


@pytest.fixture
def brands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("alpha", "beta", "gamma"):
        (tmp_path / "brands" / name).mkdir(parents=True)
        (tmp_path / "brands" / name / "brand.yaml").write_text("name: x\n", encoding="utf-8")
    (tmp_path / "brands" / "notes").mkdir()

    def render(brand: Path, *, out: Path, fast: bool, progress: bool) -> Result:
        if brand.name == "beta":
            raise ModelError("One customer is too few.")
        if brand.name == "gamma":
            raise KeyError("a fault of ours")
        folder = out / brand.name / "2026-06-30"
        write_atomically(folder / "report.json", to_json(told("hostile")))
        write_atomically(folder / "report.html", "<p>page")
        write_manifest(folder, {"status": "done", "run_id": "abc"})
        return Result(folder)

    monkeypatch.setattr(run, "render_report", render)
    monkeypatch.setattr(
        run, "current_run", lambda brand, out, fast: (out / brand.name / "2026-06-30", "abc")
    )
    return tmp_path / "brands"


def test_the_failure_of_one_brand_stops_no_other(brands: Path, tmp_path: Path) -> None:
    done = run_batch(brands, out=tmp_path / "out", progress=False)
    assert done.done == ("alpha",)
    assert list(done.failed) == ["beta", "gamma"]
    assert done.failed["beta"] == "One customer is too few."
    assert "unexpected KeyError" in done.failed["gamma"]
    assert done.exit_code == 1
    portfolio = json.loads((tmp_path / "out" / "portfolio.json").read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = portfolio["brands"]
    assert [row["brand"] for row in rows] == ["<b>Tea</b> & co", "beta", "gamma"]
    assert rows[0]["level"] == 1
    assert rows[0]["level_required"] == 3
    assert rows[0]["revenue_12m"] == pytest.approx(5.1e6)
    assert rows[0]["largest_gap"]


def test_the_portfolio_page_links_and_escapes(brands: Path, tmp_path: Path) -> None:
    done = run_batch(brands, out=tmp_path / "out", progress=False)
    page = BeautifulSoup(done.page.read_text(encoding="utf-8"), "html.parser")
    assert page.select_one("h1").text == "1 of 3 brands have a report"  # type: ignore[union-attr]
    assert not page.select("script, tbody b, [src], link")
    link = page.select_one("tbody a")
    assert link
    assert link.text == "<b>Tea</b> & co"
    assert (done.page.parent / str(link["href"])).is_file()
    assert "One customer is too few." in page.text


def test_resume_leaves_out_what_is_still_valid(
    brands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    run_batch(brands, out=out, progress=False)
    again = run_batch(brands, out=out, resume=True, progress=False)
    assert (again.skipped, again.done) == (("alpha",), ())
    assert json.loads((out / "portfolio.json").read_text(encoding="utf-8"))["brands"][0]["page"]
    monkeypatch.setattr(run, "current_run", lambda brand, out, fast: (out / "alpha/x", "new"))
    assert run_batch(brands, out=out, resume=True, progress=False).done == ("alpha",)


def test_processes_isolate_failures_too(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "brand.yaml").write_text("name: [broken", encoding="utf-8")
    done = run_batch(tmp_path, out=tmp_path / "out", jobs=2, progress=False)
    assert sorted(done.failed) == ["a", "b"]
    assert "0 of 2 brands" in done.page.read_text(encoding="utf-8")


def test_a_folder_without_brands_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no brand\.yaml is found"):
        brand_folders(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "brand.yaml").write_text("name: x\n", encoding="utf-8")
    with pytest.raises(InputError, match="jobs: is 0"):
        run_batch(tmp_path, jobs=0)
