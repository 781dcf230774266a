"""The notebooks as files: thin, without outputs, typed parameters, an answer at the end."""

from __future__ import annotations

import ast
from dataclasses import MISSING, fields
from pathlib import Path

import nbformat
import pytest

from workbench.report.notebooks import check_notebooks, notebooks_folder, report_notebooks
from workbench.report.parameters import ReportParameters

NOTEBOOKS = report_notebooks()


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def book(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def test_the_report_has_its_notebooks() -> None:
    names = {path.stem for path in NOTEBOOKS}
    assert {
        "01_readiness", "02_cohort_value", "03_clv_model", "04_channel_value", "05_decisions",
        "06_automation_gap",
    } <= names  # fmt: skip
    assert notebooks_folder().is_dir()


def test_it_is_thin_and_committed_without_outputs(book: nbformat.NotebookNode) -> None:
    assert len(book.cells) <= 30
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert book.metadata.kernelspec.name == "python3"
    nbformat.validate(book)


def test_it_opens_with_its_question_and_closes_with_answer_and_versions(
    book: nbformat.NotebookNode,
) -> None:
    first, last = book.cells[0], book.cells[-1]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert first.source.rstrip("*").endswith("?")
    assert "read_out(" in book.cells[-2].source
    assert last.source == 'analysis.meta["versions"]'


def test_it_holds_no_logic(book: nbformat.NotebookNode) -> None:
    for cell in book.cells:
        if cell.cell_type == "code":
            for node in ast.walk(ast.parse(cell.source)):
                assert not isinstance(
                    node, ast.FunctionDef | ast.ClassDef | ast.If | ast.While | ast.BinOp
                ), cell.source


def test_its_parameters_are_those_of_the_dataclass(book: nbformat.NotebookNode) -> None:
    kinds = {field.name: str(field.type) for field in fields(ReportParameters)}
    check_notebooks(NOTEBOOKS, kinds)
    cell = next(cell for cell in book.cells if "parameters" in cell.metadata.get("tags", []))
    names: dict[str, object] = {}
    exec(cell.source, names)  # literals only, by the test above
    defaults = {name: names[name] for name in kinds}
    assert ReportParameters(**defaults).fast, "a notebook's default is the small case"  # type: ignore[arg-type]
    assert names["seed"] == next(f.default for f in fields(ReportParameters) if f.name == "seed")
    assert all(field.default is not MISSING for field in fields(ReportParameters)[1:])


def test_the_validating_cell_comes_first(book: nbformat.NotebookNode) -> None:
    code = [cell.source for cell in book.cells if cell.cell_type == "code"]
    assert "ReportParameters(brand=brand" in code[1]


def test_no_file_is_large() -> None:
    assert all(Path(path).stat().st_size < 20_000 for path in NOTEBOOKS)
