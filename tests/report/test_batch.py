"""A batch: every brand its own report, failures isolated, a portfolio over all."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.report.ended import ended
from tests.report.synthetic import fake_analysis
from tests.report.test_story import told
from workbench.errors import InputError, ModelError
from workbench.report import batch, portfolio, run
from workbench.report.batch import brand_folders, run_batch
from workbench.report.document import to_json
from workbench.report.manifest import write_atomically, write_manifest
from workbench.report.story import tell


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

    def here(brands: list[Path], out: Path, jobs: int, resume: bool, fast: bool) -> Any:
        return (batch._one(brand, out, resume, fast) for brand in brands)

    monkeypatch.setattr(batch, "_all", here)  # a process of its own would not know of the next line
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


def row_of(out: Path, **changes: Any) -> dict[str, Any]:
    folder = out / "alpha" / "2026-06-30"
    for name, text in changes.pop("tables", {}).items():
        write_atomically(folder / "tables" / f"{name}.csv", text)
    report = to_json(tell(fake_analysis(**changes)))  # type: ignore[arg-type]
    write_atomically(folder / "report.json", report)
    for name in ("report.html", "slides.html"):
        write_atomically(folder / name, name)
    note = "report.pdf was not written: no Chromium was found."
    write_manifest(folder, {"status": "done", "run_id": "abc", "notes": [note]})
    return portfolio.done_row("alpha", folder, out)


TABLES = {
    "plan": "rank,action,profit,q05,q95\n2,Later,,,\n1,<i>Move spend</i>,4000,-100,9000\n",
    "summary": "quantity,mean,q05,q95\nvalue_12m,1,1,1\ngaps_joint,52000,21000,90000\n",
}


def test_a_row_tells_gaps_first_action_forms_and_notes(tmp_path: Path) -> None:
    earlier = tmp_path / "alpha" / "2026-03-31"
    write_atomically(earlier / "report.json", to_json(tell(fake_analysis())))  # type: ignore[arg-type]
    write_atomically(earlier / "report.html", "page")
    write_manifest(earlier, {"status": "done", "run_id": "older"})
    row = row_of(tmp_path, tables=TABLES)
    assert row["gaps_12m"] == [52000, 21000, 90000]
    assert row["first_action"] == {
        "action": "<i>Move spend</i>",
        "profit_12m": [4000, -100, 9000],
    }
    assert row["previous"]["level"] == row["level"]
    page = BeautifulSoup(
        portfolio.write_portfolio(tmp_path, [row]).read_text(encoding="utf-8"), "html.parser"
    )
    cells = page.select("tbody tr > *")
    assert len(cells) == len(page.select("thead th"))
    assert [link["href"] for link in cells[0].select("a")] == [
        "alpha/2026-06-30/report.html",
        "alpha/2026-06-30/slides.html",
    ]
    assert "no Chromium was found" in cells[0].text
    assert not page.select("tbody i")
    text = page.get_text(" ", strip=True)
    assert "<i>Move spend</i> profit over 12 months: $4,000 -$100 to $9,000" in text
    assert "$52,000 $21,000 to $90,000" in text


def test_a_row_is_told_from_wherever_the_folders_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--out /elsewhere`: a run shortens its folder to ../elsewhere, the batch does not."""
    whole = row_of(tmp_path / "out", tables=TABLES)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    folder = Path("..", "out", "alpha", "2026-06-30")
    for from_here, out in ((folder, tmp_path / "out"), (folder, Path("../out"))):
        assert portfolio.done_row("alpha", from_here, out) == whole
    assert portfolio.done_row("alpha", folder.resolve(), Path("../out")) == whole
    assert whole["page"] == "alpha/2026-06-30/report.html"


def test_money_is_not_told_where_the_report_does_not_tell_it(tmp_path: Path) -> None:
    row = row_of(tmp_path, model_fails="R-hat", tables=TABLES)
    assert (row["status"], row["value_12m"], row["gaps_12m"]) == ("FAIL", None, None)
    assert row["first_action"]["profit_12m"] is None
    assert row["revenue_12m"] is not None, "what was observed is told all the same"


def test_brands_that_a_stopped_batch_did_not_reach_are_named(
    brands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> Any:
        yield batch._one(brands / "alpha", tmp_path / "out", False, False)
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "_all", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_batch(brands, out=tmp_path / "out", progress=False)
    rows = json.loads((tmp_path / "out" / "portfolio.json").read_text(encoding="utf-8"))["brands"]
    assert [row["status"] for row in rows[1:]] == ["waiting", "waiting"]
    page = tmp_path / "out" / "portfolio.html"
    assert "--resume" in page.read_text(encoding="utf-8")

    def stopped_at_once(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "_all", stopped_at_once)
    with pytest.raises(KeyboardInterrupt):
        run_batch(brands, out=tmp_path / "out", progress=False)
    text = page.read_text(encoding="utf-8")
    assert "1 of 3 brands have a report" in text
    assert portfolio.EARLIER in text


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_in_the_portfolio(
    brands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "render_report", full)
    done = run_batch(brands, out=tmp_path / "out", progress=False)
    assert set(done.failed) == {"alpha", "beta", "gamma"}
    assert "No space left on device" in done.page.read_text(encoding="utf-8")
    assert done.exit_code == 1


def test_a_portfolio_that_cannot_be_written_is_told(
    brands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio, "write_atomically", full)
    done = run_batch(brands, out=tmp_path / "out", progress=False)
    assert done.done == ("alpha",)
    assert done.problem == "No space left on device; the portfolio was not written"
    assert done.exit_code == 1
    assert not done.page.exists()


@pytest.mark.skipif(os.name != "posix", reason="ends a process by a signal")
def test_a_brand_whose_process_is_killed_takes_no_other_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_child", ended)
    told = {
        name: row["reason"]
        for name, row, _ in batch._all([tmp_path / n for n in "abc"], tmp_path, 2, False, False)
    }
    assert set(told) == {"a", "b", "c"}
    assert "exit code -9" in told["a"]
    assert (told["b"], told["c"]) == ("x", "x")
