"""Where everything is required, as in CI, a skip for something missing is a failure."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

TESTS = """\
import pytest
from tests.conftest import NO_SHARED_DATA, require

def test_that_runs():
    require("json")

def test_without_an_extra():
    require("no_such_package")

def test_without_the_real_logs():
    pytest.skip(NO_SHARED_DATA)
"""
MODULE = "import pytest\npytest.importorskip('no_such_package')\n"


@pytest.mark.parametrize(
    ("required", "outcome"),
    [("0", "1 passed, 3 skipped"), ("1", "1 failed, 1 passed, 1 skipped, 1 error")],
)
def test_a_skip_for_an_extra_fails_where_all_are_required(tmp_path, required, outcome):
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "test_module.py").write_text(MODULE)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --continue-on-collection-errors\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "WORKBENCH_REQUIRE_ALL": required,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1].startswith(f"{outcome} in ")
    assert (done.returncode == 0) == (required == "0")
