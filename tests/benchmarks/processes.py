"""Batches in processes of their own, and what these start and need, as Linux tells it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["children", "memory", "run_batch_process", "runs"]


def run_batch_process(home: Path, *, jobs: int = 1, fast: bool = True) -> subprocess.Popen[bytes]:
    """Start ``workbench batch --resume`` over the folder ``brands`` beside `home`.

    The batch runs in `home`, writes to ``reports`` there, and leads a process group.
    """
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "workbench.cli", "batch", "../brands", "--out", "reports"]
    command += ["--jobs", str(jobs), "--resume", "--quiet", *(["--fast"] if fast else [])]
    return subprocess.Popen(command, cwd=home, start_new_session=True)


def children(process: int) -> dict[int, str]:
    """Return the command of every process that descends from one, without zombies."""
    parents, commands = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = _stat(path)
            commands[int(path.name)] = (path / "cmdline").read_bytes().decode(errors="replace")
        except OSError:  # ended meanwhile
            continue
        if state != "Z":
            parents[int(path.name)] = parent
    found, before = {process}, set[int]()
    while found != before:
        before = set(found)
        found |= {pid for pid, parent in parents.items() if parent in before}
    return {pid: commands[pid] for pid in found - {process}}


def runs(process: int) -> bool:
    """Tell whether a process runs and is no zombie."""
    try:
        return _stat(Path(f"/proc/{process}"))[0] != "Z"
    except OSError:
        return False


def memory(process: int) -> float:
    """Return the memory of a process in GB, what it shares with others divided among them."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    kilobytes = [line.split()[1] for line in text.splitlines() if line.startswith("Pss:")]
    return sum(map(int, kilobytes)) / 1e6


def _stat(path: Path) -> tuple[str, int]:
    fields = (path / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return fields[0], int(fields[1])
