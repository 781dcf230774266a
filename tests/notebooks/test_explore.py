"""The explorer's notebook as a file: thin, without outputs, with the report's parameters."""

from __future__ import annotations

import ast
from dataclasses import fields

import nbformat
import pytest

from workbench.report.notebooks import notebooks_folder, report_notebooks
from workbench.report.parameters import ReportParameters

PATH = notebooks_folder() / "explore.ipynb"


@pytest.fixture
def book() -> nbformat.NotebookNode:
    return nbformat.read(PATH, as_version=4)


def test_it_is_no_notebook_of_the_report() -> None:
    assert PATH not in report_notebooks(), "widgets have no kernel in a report"


def test_it_is_thin_and_committed_without_outputs(book: nbformat.NotebookNode) -> None:
    nbformat.validate(book)
    assert PATH.stat().st_size < 20_000
    assert "widgets" not in book.metadata
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
            for node in ast.walk(ast.parse(cell.source)):
                assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If | ast.While)


def test_it_takes_the_parameters_of_the_report_and_starts_in_one_line(
    book: nbformat.NotebookNode,
) -> None:
    cell = next(one for one in book.cells if "parameters" in one.metadata.get("tags", []))
    names: dict[str, object] = {}
    exec(cell.source, names)  # literals only
    kept = {field.name: names[field.name] for field in fields(ReportParameters)}
    assert ReportParameters(**kept).fast, "a notebook's default is the small case"  # type: ignore[arg-type]
    assert names["presenting"] is False
    assert sum("explore(" in one.source for one in book.cells if one.cell_type == "code") == 1
    assert book.cells[0].source.startswith("# ")
    assert book.cells[0].source.rstrip("*").endswith("?")
