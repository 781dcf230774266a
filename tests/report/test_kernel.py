"""The shared kernel: what happens when its process ends in the middle of a cell."""

from __future__ import annotations

import nbformat
import pytest

from workbench.report.notebooks import NotebookError, run_notebooks


@pytest.mark.notebook
@pytest.mark.parametrize("end", ["os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_kernel_that_dies_ends_the_run_with_the_cell_and_a_remedy(tmp_path, end):
    cells = [
        nbformat.v4.new_code_cell("level = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("level"),
        nbformat.v4.new_code_cell(f"# fit the model\nimport os\n{end}"),
        nbformat.v4.new_code_cell("'never reached'"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "name": "python3", "language": "python", "display_name": "Python 3",
    }  # fmt: skip
    source = tmp_path / "09_dies.ipynb"
    nbformat.write(notebook, source)
    (tmp_path / "out").mkdir()
    begun: list[str] = []
    with pytest.raises(NotebookError) as caught:
        run_notebooks([source, source], tmp_path / "out", {"level": 2}, begun.append)
    said = str(caught.value)
    assert begun == ["09_dies"], "the second is not run"
    assert said.startswith("Notebook 09_dies stopped.\nIts Python process ended in cell 4 (# fit")
    assert "To do:" in said
    executed = nbformat.read(caught.value.executed, as_version=4)
    assert "2" in executed.cells[2].outputs[0]["data"]["text/plain"], "what was done is kept"
