"""The start notebook: thin, typed, links that lead somewhere; and what its first cell says."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import nbformat
import pytest

from tests.conftest import ORDERS, SmallBrand
from workbench.brand import load_brand
from workbench.errors import InputError
from workbench.report.notebooks import check_notebooks, notebooks_folder, report_notebooks
from workbench.report.parameters import ReportParameters
from workbench.report.start import begin, next_steps

START = notebooks_folder() / "start.ipynb"


@pytest.fixture(scope="module")
def book() -> nbformat.NotebookNode:
    return nbformat.read(START, as_version=4)


def test_it_takes_the_parameters_of_the_report_and_is_no_part_of_it() -> None:
    check_notebooks([START], {field.name: str(field.type) for field in fields(ReportParameters)})
    assert START not in report_notebooks()


def test_it_is_thin_without_outputs_and_without_logic(book: nbformat.NotebookNode) -> None:
    nbformat.validate(book)
    assert len(book.cells) <= 30
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
            for node in ast.walk(ast.parse(cell.source)):
                assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If | ast.BinOp)


def test_it_leads_to_every_notebook_of_the_report(book: nbformat.NotebookNode) -> None:
    text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    links = set(re.findall(r"\]\(([^)]+\.ipynb)\)", text))
    assert {path.name for path in report_notebooks()} <= links


def test_a_folder_of_exports_becomes_a_brand(tmp_path: Path) -> None:
    (tmp_path / "Export (3).csv").write_text(ORDERS, encoding="utf-8")
    told = begin(str(tmp_path))
    assert told.title == "A brand.yaml was written"
    assert any("Export (3).csv: orders" in line for line in told.sentences)
    assert any("QUESTION" in line for line in told.sentences)
    file = tmp_path / "brand.yaml"
    file.write_text(file.read_text("utf-8").replace("currency:", "currency: USD", 1), "utf-8")
    assert load_brand(tmp_path).currency == "USD"


def test_a_brand_is_left_as_it_is(small_brand: SmallBrand) -> None:
    folder = small_brand()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "nothing was written" in begin(str(folder)).sentences[0]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert f"workbench report {folder} --fast" in str(next_steps(str(folder)))


def test_the_name_of_a_sample_brand_will_do() -> None:
    assert "little_fern" in str(begin("little_fern"))


@pytest.mark.parametrize("brand", ["", "nowhere"])
def test_no_folder_is_a_sentence_with_the_samples(brand: str) -> None:
    with pytest.raises(InputError, match="little_fern"):
        begin(brand)
