"""A batch that is killed leaves nothing half-written that counts, and goes on as if it had not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.processes import children, runs
from workbench.outbox.approval import plan_state
from workbench.outbox.approval_log import read_log
from workbench.report.kernel import PROGRAM
from workbench.report.manifest import done_key

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").is_file() or not hasattr(os, "fork"), reason="Linux only"
)
POINTS = 8


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that `tests.report.killed` leaves."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-W", "ignore", "-m", "tests.report.killed"]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [*command, str(folder), str(POINTS)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Return all files; manifests without their seconds."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            if path.name == "manifest.json":
                content = json.loads(body)
                del content["seconds"]
                body = json.dumps(content).encode()
            found[path.relative_to(folder).as_posix()] = body
    return found


@pytest.mark.slow
def test_a_resumed_batch_equals_one_that_was_not_killed(home: Path) -> None:
    whole = files(home / "whole")
    assert {"portfolio.json", "alpha/2026-06-30/manifest.json", "beta/ledger/2026-06-30-2.parquet",
            "alpha/2026-06-30/outbox/approvals.jsonl"} <= set(whole)  # fmt: skip
    assert whole != files(home / "former")
    for number in range(1, POINTS + 1):
        resumed = files(home / f"killed_{number}")
        differ = [n for n in {*whole, *resumed} if whole.get(n) != resumed.get(n)]
        assert differ == [], number


@pytest.mark.slow
def test_what_counts_as_finished_after_a_kill_is_whole(home: Path) -> None:
    sides = [files(home / name) for name in ("former", "whole")]
    finished = 0
    for number in range(1, POINTS + 1):
        left = home / f"left_{number}"
        for name in ("alpha", "beta"):
            run = f"{name}/2026-06-30"
            if done_key(left / run) is not None:
                finished += 1
                names = [n for n in sides[0] if n.startswith(run) and "/outbox/" not in n]
                ours = files(left)
                assert any(all(ours[n] == side[n] for n in names) for side in sides), number
            if (left / run / "outbox" / "plan.json").is_file():
                plan_state(left / run / "outbox")
                plan = json.loads((left / run / "outbox" / "plan.json").read_text(encoding="utf-8"))
                listed = [file["file"] for action in plan["actions"] for file in action["files"]]
                assert all((left / run / "outbox" / file).is_file() for file in listed), number
        json.loads((left / "portfolio.json").read_text(encoding="utf-8"))
        assert len(read_log(left / "alpha/2026-06-30/outbox")) == 1, "approvals outlive a kill"
    assert 0 < finished < 2 * POINTS + 1


def awaited(what: Callable[[], object], seconds: float) -> bool:
    """Return whether something comes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.notebook
@pytest.mark.slow
def test_kernels_end_with_a_killed_batch(small_brand: Callable[..., Path], tmp_path: Path) -> None:
    small_brand("brands/juniper")
    batch = subprocess.Popen(
        [sys.executable, "-m", "workbench.cli", "batch", "brands", "--out", "out", "-q"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    kernel = PROGRAM
    try:
        assert awaited(lambda: any(kernel in c for c in children(batch.pid).values()), 60)
        started = list(children(batch.pid))
    finally:
        os.kill(batch.pid, signal.SIGKILL)  # it alone: its group may be another's
        batch.wait()
    assert awaited(lambda: not any(map(runs, started)), 20)
