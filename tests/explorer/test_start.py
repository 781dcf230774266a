"""One line to start, and what it says where there is nothing to explore."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import workbench
from tests.conftest import ROOT, require
from tests.explorer.benches import bench_of
from workbench.analysis import open_analysis
from workbench.errors import ModelError
from workbench.explorer import bench as bench_module
from workbench.explorer import start
from workbench.explorer.sentence import Sentence

SAMPLE = ROOT / "data" / "sample" / "little_fern"


def test_it_is_reached_from_the_package_without_loading_a_model() -> None:
    code = (
        "import sys, workbench; workbench.explore; import workbench.explorer.tabs\n"
        "heavy = {'pymc', 'pytensor', 'ipywidgets', 'anywidget'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=ROOT)


def test_a_kept_material_opens_without_what_fits_and_simulates(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from tests.explorer.handmade import handmade
from workbench.analysis import open_analysis
from workbench.explorer.build import material_folder
from workbench.explorer.material import write_material
import workbench

analysis = open_analysis({str(SAMPLE)!r}, out={str(tmp_path)!r}, fast=True)
write_material(handmade(), material_folder(analysis))
told = workbench.explore(analysis)
assert type(told).__name__ == "Explorer", told
heavy = {{"pymc", "numba", "scipy.stats", "xarray", "ibis", "duckdb"}} & set(sys.modules)
assert not heavy, heavy
"""
    require("ipywidgets")
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=ROOT)


def test_a_brand_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    told = workbench.explore(tmp_path / "gone", out=tmp_path)
    assert isinstance(told, Sentence)
    assert "nothing to explore" in told.text
    assert "brand.yaml" in told.text


def test_what_opens_it_may_fail_in_words(tmp_path: Path) -> None:
    from workbench.report.parameters import ReportParameters

    told = workbench.explore(lambda: ReportParameters(brand=str(tmp_path / "gone")).open())
    assert isinstance(told, Sentence)
    assert "no brand.yaml is found" in told.text


def test_files_deleted_after_the_brand_was_opened_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysis = open_analysis(SAMPLE, out=tmp_path, fast=True)

    def gone(*_: Any) -> Any:
        raise FileNotFoundError(2, "No such file", "orders_export_1.csv.gz")

    monkeypatch.setattr(type(analysis), "as_of", property(gone))
    told = start.explore(analysis)
    assert isinstance(told, Sentence)
    assert "moved or deleted" in told.text
    assert "orders_export_1.csv.gz" in told.text


def test_data_that_no_model_fits_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ModelError("Nothing can be learned from 3 customers.")

    monkeypatch.setattr(bench_module, "open_bench", fail)
    told = start.explore(open_analysis(SAMPLE, out=tmp_path, fast=True))
    assert isinstance(told, Sentence)
    assert "3 customers" in told.text


def test_without_widgets_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    told = start.explore(SAMPLE)
    assert isinstance(told, Sentence)
    assert "clv-workbench[lab]" in told.text


def test_it_opens_what_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require("ipywidgets")
    monkeypatch.setattr(bench_module, "open_bench", lambda *_: bench_of(tmp_path))
    explorer = start.explore(open_analysis(SAMPLE, out=tmp_path, fast=True), presenting=True)
    assert type(explorer).__name__ == "Explorer"
