"""Fixtures that all tests share."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "fast",
    derandomize=True,  # the same examples in every run: a red suite has a cause in the change
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", parent=settings.get_profile("fast"), derandomize=False, max_examples=500
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


REQUIRE_ALL = os.environ.get("WORKBENCH_REQUIRE_ALL") == "1"
"""Set in CI: a test that is skipped for a missing extra or browser has failed."""

NO_SHARED_DATA = "real order logs are not beside the repository"


def require(module: str) -> ModuleType:
    """Import an optional module, or skip the test."""
    return pytest.importorskip(module, exc_type=ImportError)


def must_not_skip(reason: str) -> bool:
    """Say whether a skip counts as a failure here; only the real order logs may be missing."""
    return REQUIRE_ALL and NO_SHARED_DATA not in reason


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = str(report.longrepr)
    if report.skipped and not hasattr(report, "wasxfail") and must_not_skip(reason):
        report.outcome = "failed"
        report.longrepr = f"skipped, though WORKBENCH_REQUIRE_ALL is set: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test into a failure where all are required."""
    report = yield
    if isinstance(item, pytest.Function):  # a notebook's cell is skipped by a tag, on purpose
        _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module into a failure where all are required."""
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real order logs; they are not part of the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(NO_SHARED_DATA)
    return folder


RUN = "my_brand"
"""Name of the brand in a `finished_run`."""


@pytest.fixture(scope="session")
def _finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one run of all workers: whoever needs it first makes it, the others wait."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    home = base / "finished_run"
    with (base / "finished_run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.is_dir():
            draft = base / "finished_run.draft"
            shutil.rmtree(draft, ignore_errors=True)
            _report_on(draft)
            draft.rename(home)
    return home


def _report_on(home: Path) -> None:
    """Simulate a shop and run its report as a person would, from the folder above it."""
    from typer.testing import CliRunner

    from workbench.cli import app
    from workbench.simulate import write_brand

    write_brand(home / RUN, stage=3, customers=700, seed=5)
    with contextlib.chdir(home):
        done = CliRunner().invoke(app, ["report", RUN, "--fast", "--quiet"])
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def finished_run(_finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of the module's own with the brand `RUN` and its quick report in `reports`.

    The shop is simulated, the notebooks and the model are real: of all that tests share it takes
    longest, so the report is run once and copied.
    """
    return Path(shutil.copytree(_finished_run, tmp_path_factory.mktemp("run") / "home"))


ORDERS = """\
order_id,customer_id,ordered_at,revenue,channel,product
1,ann,2025-01-05 10:00,40.00,Meta Ads,Tea
2,bob,2025-01-20 11:30,25.50,Google Ads,Cups
3,ann,2025-03-02 09:15,38.00,Meta Ads,Tea
4,cy,2025-04-11 18:45,60.00,Meta Ads,Cups
5,bob,2025-09-30 08:00,30.00,Google Ads,Tea
"""

SmallBrand = Callable[..., Path]


@pytest.fixture
def small_brand(tmp_path: Path) -> SmallBrand:
    """Return a function that writes a brand folder with five orders of three customers.

    Keyword arguments replace settings of the brand.yaml; None removes one. `files` maps file
    names to their text and adds to, or replaces, the order log `orders.csv`.
    """

    def write(folder: str = "juniper", files: dict[str, str] | None = None, **changes: Any) -> Path:
        home = tmp_path / folder
        home.mkdir(parents=True, exist_ok=True)
        for name, text in {"orders.csv": ORDERS, **(files or {})}.items():
            (home / name).write_text(text, encoding="utf-8")
        brand = {
            "name": "Juniper Tea",
            "currency": "USD",
            "timezone": "America/New_York",
            "sources": {"orders": {"format": "orders", "path": "orders.csv"}},
            **changes,
        }
        kept = {key: value for key, value in brand.items() if value is not None}
        (home / "brand.yaml").write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")
        return home

    return write
