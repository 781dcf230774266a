"""A run: notebooks in one kernel, nothing half-written, the manifest last."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.report.synthetic import fake_analysis
from workbench.errors import InputError, WorkbenchError
from workbench.report import pdf, run
from workbench.report.manifest import done_key, read_manifest, write_atomically, write_manifest
from workbench.report.notebooks import NotebookError, check_notebooks, run_notebooks
from workbench.report.parameters import ReportParameters

SmallBrand = Callable[..., Path]
KINDS = {"brand": "str", "as_of": "str", "out": "str", "fast": "bool", "seed": "int"}
PARAMETERS = 'brand: str = "x"\nas_of: str = ""\nout: str = ""\nfast: bool = True\nseed: int = 1'


def notebook(folder: Path, name: str, *cells: str, parameters: str = PARAMETERS) -> Path:
    book = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            *map(nbformat.v4.new_code_cell, cells),
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, folder / name)
    return folder / name


def outputs(path: Path) -> str:
    book = nbformat.read(path, as_version=4)
    return "".join(
        out.get("text", "") or str(out.get("data", ""))
        for cell in book.cells
        if cell.cell_type == "code"
        for out in cell.outputs
    )


@pytest.mark.notebook
def test_notebooks_share_a_kernel_but_no_names(tmp_path: Path) -> None:
    books = [
        notebook(tmp_path, "01_a.ipynb", "left = 3", "import sys; print(sys.executable, seed)"),
        notebook(
            tmp_path,
            "02_b.ipynb",
            "print('left' in globals())",
            "import plotly.graph_objects as go; go.Figure(go.Scatter(y=[1, 2]))",
        ),
        notebook(tmp_path, "03_c.ipynb", "from workbench.errors import ModelError",
                 "raise ModelError('Too few customers.')"),
        notebook(tmp_path, "04_d.ipynb", "1 / 0"),
    ]  # fmt: skip
    begun: list[str] = []
    target = tmp_path / "executed"
    target.mkdir()
    with pytest.raises(NotebookError) as caught:
        run_notebooks(books, target, {"seed": 42}, begun.append)
    assert begun == ["01_a", "02_b", "03_c"], "nothing runs after a notebook that stopped"
    assert outputs(target / "01_a.ipynb") == f"{sys.executable} 42\n"
    second = outputs(target / "02_b.ipynb")
    assert second.startswith("False")
    assert "application/vnd.plotly.v1+json" in second
    assert "text/html" not in second, "a figure is kept as data, without plotly.js"
    assert caught.value.reason == "Too few customers."
    assert caught.value.executed == target / "03_c.ipynb"
    kept = nbformat.read(target / "01_a.ipynb", as_version=4)
    assert [cell.id for cell in kept.cells][1] == "injected-parameters", "no id drawn at random"
    assert str(tmp_path) not in json.dumps(kept.metadata)
    assert "duration" not in json.dumps([cell.metadata for cell in kept.cells])


def test_a_notebook_must_take_every_parameter(tmp_path: Path) -> None:
    good = notebook(tmp_path, "01_good.ipynb")
    check_notebooks([good], KINDS)
    bad = notebook(tmp_path, "02_bad.ipynb", parameters='brand: str = "x"\nfast: str = "no"')
    with pytest.raises(InputError) as caught:
        check_notebooks([good, bad], KINDS)
    message = str(caught.value)
    assert "01_good" not in message
    assert "02_bad.ipynb: its parameters cell declares fast as str" in message
    assert "declares seed as nothing" in message


class Fake:
    """Runs no kernel: writes a notebook and lets the analysis be a synthetic one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.analysis = fake_analysis(channels=("Meta Ads",), products=("Tea",), stack=False)
        self.analysis.folder = folder
        self.parameters: dict[str, Any] = {}
        self.fails = False
        monkeypatch.setattr(run, "run_notebooks", self.run)
        monkeypatch.setattr(ReportParameters, "open", lambda params: self.analysis)
        monkeypatch.setattr(pdf, "find_chromium", lambda: None)  # printing has tests of its own

    def run(self, books: Any, target: Path, parameters: Any, step: Any) -> list[Path]:
        self.parameters = parameters
        step("01_readiness")
        path = notebook(target, "01_readiness.ipynb", "1")
        if self.fails:
            raise NotebookError("01_readiness", "Too few customers.", path)
        return [path]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fake:
    return Fake(monkeypatch, tmp_path / "reports" / "juniper" / "2026-06-30")


def test_a_run_leaves_page_tables_notebooks_and_manifest(
    fake: Fake, small_brand: SmallBrand, tmp_path: Path
) -> None:
    done = run.render_report(small_brand(), out=tmp_path / "reports", quiet=True)
    assert done.page == done.folder / "report.html"
    assert (done.status, done.seconds > 0) == ("REVIEW", True)
    left = {path.relative_to(done.folder).as_posix() for path in done.folder.rglob("*.*")}
    assert {"report.json", "report.html", "slides.html", "report.xlsx", "manifest.json",
            "notebooks/01_readiness.ipynb",
            "tables/channels.csv", "tables/readiness.csv"} <= left  # fmt: skip
    assert not any(Path(name).name.startswith(".") for name in left), "no draft is left behind"
    manifest = read_manifest(done.folder)
    assert manifest["status"] == "done"
    assert manifest["run_id"] == done.run_id == done_key(done.folder)
    assert list(manifest["forms"]) == ["report.html", "slides.html", "report.xlsx"]
    assert "no Chromium was found" in done.notes[0]
    assert manifest["notes"] == list(done.notes)
    assert set(manifest["seconds"]) == {
        "01_readiness", "client page", "slides", "workbook", "ledger and outbox", "PDF",
        "putting in place",
    }  # fmt: skip
    assert manifest["input_hash"] == "abc123"


def test_two_runs_leave_the_same_bytes(fake: Fake, small_brand: SmallBrand, tmp_path: Path) -> None:
    brand = small_brand()
    first = run.render_report(brand, out=tmp_path / "reports", quiet=True)
    names = ("report.html", "report.json", "slides.html", "report.xlsx")
    before = {name: (first.folder / name).read_bytes() for name in names}
    again = run.render_report(brand, out=tmp_path / "reports", quiet=True)
    assert before == {name: (again.folder / name).read_bytes() for name in before}


@pytest.mark.parametrize("place", ["report.json", "report.xlsx", "manifest.json", "outbox"])
def test_a_full_disk_leaves_the_last_report_as_it_was(
    fake: Fake,
    small_brand: SmallBrand,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    brand, out = small_brand(), tmp_path / "reports"
    first = run.render_report(brand, out=out, quiet=True)
    (first.folder / "report.pdf").write_bytes(b"%PDF of an earlier run")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    write = Path.write_bytes

    def full_disk(path: Path, body: bytes) -> int:
        if place in path.name:
            write(path, body[:100])  # as far as it goes
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, body)

    def no_outbox() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    if place == "outbox":
        fake.analysis.write_outbox = no_outbox  # type: ignore[method-assign]
    with pytest.raises(OSError, match="No space left"):
        run.render_report(brand, out=out, quiet=True)
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert done_key(first.folder) == first.run_id
    assert not list(out.rglob(".*")), "no draft is left behind"


def test_a_run_takes_away_what_an_earlier_one_left(
    fake: Fake, small_brand: SmallBrand, tmp_path: Path
) -> None:
    brand, out = small_brand(), tmp_path / "reports"
    first = run.render_report(brand, out=out, quiet=True)
    (first.folder / "report.pdf").write_bytes(b"%PDF of an earlier run")
    (first.folder / "tables" / "gone.csv").write_text("a table this run does not make")
    drafts = [
        out / "juniper" / ".run.999999999" / "tables" / "x.csv",
        first.folder / ".a.999999999",
    ]
    for path in drafts:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("of a run that was killed")
    run.render_report(brand, out=out, quiet=True)
    assert not (first.folder / "report.pdf").exists()
    assert not (first.folder / "tables" / "gone.csv").exists()
    assert not any(path.exists() for path in drafts)


def test_a_failed_notebook_leaves_the_last_report_as_it_was(
    fake: Fake, small_brand: SmallBrand, tmp_path: Path
) -> None:
    brand, out = small_brand(), tmp_path / "reports"
    good = run.render_report(brand, out=out, quiet=True)
    before = good.page.read_bytes()
    fake.fails = True
    with pytest.raises(WorkbenchError) as caught:
        run.render_report(brand, out=out, quiet=True)
    message = str(caught.value)
    assert "Notebook 01_readiness stopped.\nToo few customers." in message
    kept = out / "juniper" / "failed" / "01_readiness.ipynb"
    assert kept.is_file()
    assert kept.name in message
    assert good.page.read_bytes() == before
    assert done_key(good.folder) == good.run_id


def test_unknown_and_doubled_parameters_stop_before_anything_runs(
    fake: Fake, small_brand: SmallBrand
) -> None:
    brand = small_brand()
    with pytest.raises(InputError, match="draws: is not a parameter"):
        run.render_report(brand, parameters={"draws": "5"}, quiet=True)
    with pytest.raises(InputError, match="as_of: is given twice"):
        run.render_report(brand, as_of="2026-06-30", parameters={"as_of": "2026-05-31"}, quiet=True)
    assert fake.parameters == {}
    assert not fake.analysis.folder.exists()


def test_no_absolute_path_is_handed_to_a_notebook(
    fake: Fake, small_brand: SmallBrand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand = small_brand()
    monkeypatch.chdir(tmp_path)
    run.render_report(brand.resolve(), out=tmp_path / "reports", quiet=True)
    assert (fake.parameters["brand"], fake.parameters["out"]) == ("juniper", "reports")


def test_a_manifest_counts_only_when_done_and_with_its_page(tmp_path: Path) -> None:
    assert done_key(tmp_path) is None
    write_manifest(tmp_path, {"status": "done", "run_id": "abc"})
    assert done_key(tmp_path) is None, "the page is missing"
    write_atomically(tmp_path / "report.html", "<p>page")
    assert done_key(tmp_path) == "abc"
    write_manifest(tmp_path, {"status": "done", "run_id": "abc", "forms": ["slides.html"]})
    assert done_key(tmp_path) is None, "the slides are missing"
    write_manifest(tmp_path, {"status": "failed", "run_id": "abc"})
    assert done_key(tmp_path) is None
    (tmp_path / "manifest.json").write_text("half", encoding="utf-8")
    assert read_manifest(tmp_path) == {}
    with pytest.raises(ValueError, match="status must be"):
        write_manifest(tmp_path, {"status": "perhaps"})


@pytest.mark.slow
def test_a_backtest_and_earlier_forecasts_make_another_run(
    small_brand: SmallBrand, tmp_path: Path
) -> None:
    brand, out = small_brand(as_of="2025-12-31"), tmp_path / "reports"

    def now(**settings: bool) -> str:
        return run.current_run(brand, out=out, **settings)[1]

    first = now()
    assert now(fast=True) != first
    write_atomically(out / "juniper" / "ledger" / "2025-12-31-0a.parquet", "its own forecasts")
    assert now() == first
    write_atomically(out / "juniper" / "ledger" / "2025-06-30-0b.parquet", "earlier forecasts")
    second = now()
    assert second != first
    write_atomically(out / "juniper" / "backtest" / "backtest.csv", "cutoff\n")
    third = now()
    assert third not in (first, second)
    write_atomically(out / "juniper" / "2025-06-30" / "tables" / "gaps.csv", "capability\nx\n")
    assert now() not in (first, second, third)
