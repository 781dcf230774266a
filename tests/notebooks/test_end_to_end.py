"""From a brand's exports to the client page: the real notebooks, the real model, few draws."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from tests.conftest import RUN
from workbench.checks import Check
from workbench.health import DATA_CHECKS, health_score
from workbench.report.manifest import done_key
from workbench.report.run import render_report

pytestmark = [pytest.mark.slow, pytest.mark.notebook]


@pytest.fixture(scope="module")
def folder(finished_run: Path) -> Path:
    (page,) = (finished_run / "reports" / RUN).glob("*/report.html")
    return page.parent


def test_the_notebooks_ran_and_hold_no_path(folder: Path) -> None:
    executed = sorted((folder / "notebooks").glob("*.ipynb"))
    assert len(executed) >= 5
    for path in executed:
        book = nbformat.read(path, as_version=4)
        assert all(
            output.output_type != "error"
            for cell in book.cells
            if cell.cell_type == "code"
            for output in cell.outputs
        )
        text = path.read_text(encoding="utf-8")
        sizes = [
            len(json.dumps(output)) for cell in book.cells for output in cell.get("outputs", [])
        ]
        assert max(sizes) < 1_000_000, "a notebook must open at once"
        assert str(Path.home()) not in text
        assert "finished_run" not in text


def test_the_report_is_complete(folder: Path) -> None:
    content = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert [page["key"] for page in content["pages"]] == [
        "answer", "trust", "levels", "channels", "customers", "gaps", "budget", "experiments",
        "plan", "limits",
    ]  # fmt: skip
    assert 500 < content["meta"]["customers"] <= 700
    assert done_key(folder) == content["meta"]["run_id"]
    tables = {path.stem for path in (folder / "tables").iterdir()}
    assert {"readiness", "model_checks", "channels", "cohorts", "customers", "gaps"} <= tables


def test_the_health_of_the_model_is_the_sum_of_its_checks(folder: Path) -> None:
    table = pd.read_csv(folder / "tables" / "model_checks.csv", keep_default_na=False)
    assert table["check"].iloc[0] == "Health"
    assert table["check"].is_unique
    assert {"R-hat", "Learnt from data", "Weight of single cohorts", "Prior sensitivity"} <= set(
        table["check"]
    )
    checks = [Check(**row) for row in table.to_dict("records")]
    score = float(checks[0].value or 0)
    readiness = pd.read_csv(folder / "tables" / "readiness.csv", keep_default_na=False)
    data = [Check(**row) for row in readiness.to_dict("records") if row["check"] in DATA_CHECKS]
    assert score == health_score([*checks, *data])


def test_again_gives_the_same_bytes_from_the_stored_fit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder.parents[2]
    kept = ["report.html", "report.json", "tables/channels.csv", "tables/customers.parquet"]
    before = {name: (folder / name).read_bytes() for name in kept}
    fits = sorted((home / "reports" / RUN / "fits").iterdir())
    monkeypatch.chdir(home)
    monkeypatch.setattr("workbench.report.pdf.find_chromium", lambda: None)  # it has a test
    again = render_report(RUN, out="reports", fast=True, quiet=True)
    assert again.run_id == done_key(folder)
    assert {name: (again.folder / name).read_bytes() for name in kept} == before
    assert sorted((home / "reports" / RUN / "fits").iterdir()) == fits
