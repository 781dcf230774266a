"""The shared kernel: what happens when its process ends in the middle of a cell."""

from __future__ import annotations

import nbformat
import pytest

from workbench.report.kernel import running_kernel
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


def outputs(code: str) -> list[dict]:
    """Run a cell in a real kernel and return what it sent."""
    sent: list[dict] = []
    with running_kernel() as kernel:
        client = kernel.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        client.execute_interactive(code, timeout=120, output_hook=sent.append)
    return sent


@pytest.mark.notebook
def test_an_error_in_a_cell_is_its_sentences_and_progress_is_one_line():
    sent = outputs(
        "from workbench.report.progress import steps\n"
        "import workbench as wb\n"
        "with steps(2, shown=True) as work:\n"
        "    work.begin('reading <b>')\n"
        "    work.begin('fitting')\n"
        "wb.load_brand('no/such/folder')\n"
    )
    kinds = [message["msg_type"] for message in sent]
    assert kinds.count("display_data") == 1
    updates = [m["content"] for m in sent if m["msg_type"] == "update_display_data"]
    assert [update["data"]["text/plain"].partition(",")[0] for update in updates] == [
        "reading <b>: 0 of 2 steps", "fitting: 1 of 2 steps", "done: 2 of 2 steps",
    ]  # fmt: skip
    assert "<b>" not in updates[0]["data"]["text/html"]
    (error,) = [message["content"] for message in sent if message["msg_type"] == "error"]
    shown = "\n".join(error["traceback"])
    assert "there is no brand.yaml here" in shown
    assert "At line 6 of the cell: wb.load_brand('no/such/folder')" in shown
    assert "Traceback" not in shown
    assert "brand.py" not in shown
    assert error["ename"] == "BrandError"
    assert "there is no brand.yaml here" in error["evalue"], "papermill reports this"
