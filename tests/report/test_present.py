"""The explorer as a page of its own: notebook, template, words without Voila."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest

from tests.conftest import ROOT
from workbench.errors import InputError, WorkbenchError
from workbench.report import present
from workbench.report.parameters import ReportParameters


def test_the_notebook_is_that_of_the_brand_without_words_for_analysts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    params = ReportParameters(brand="data/sample/little_fern", out="reports", as_of="2026-03-31")
    book = nbformat.read(present.write_notebook(tmp_path, params), as_version=4)
    assert [one.cell_type for one in book.cells] == ["code"] * 3
    names: dict[str, object] = {}
    exec(book.cells[0].source, names)  # literals only
    assert names["brand"] == str(ROOT / "data" / "sample" / "little_fern")
    assert names["out"] == str(ROOT / "reports")
    assert names["as_of"] == "2026-03-31"
    assert names["fast"] is False, "the default of a notebook is the small case, not that of a room"
    assert "explore(" in book.cells[2].source


def test_the_template_is_found_and_names_no_other_machine() -> None:
    place = Path(present.voila_environment()["JUPYTER_PATH"].split(":")[0])
    text = (place / "voila" / "templates" / "workbench" / "index.html.j2").read_text("utf-8")
    assert "http" not in text


def test_without_voila_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "find_spec", lambda _: None)
    with pytest.raises(WorkbenchError, match=r"clv-workbench\[present\]"):
        present.voila_command(Path("explore.ipynb"))


def test_a_wrong_brand_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from workbench.cli import main

    monkeypatch.setattr(sys, "argv", ["workbench", "present", "nowhere"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "no brand.yaml is found" in capsys.readouterr().err
    with pytest.raises(InputError):
        ReportParameters(brand="nowhere")
