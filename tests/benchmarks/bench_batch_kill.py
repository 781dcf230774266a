"""Is a batch that was killed and resumed the same as one that was not, byte for byte?

Simulated brands go through `workbench batch` twice: once undisturbed, and once killed (SIGKILL of
the whole process group) at random moments and resumed each time. All files that both leave are
compared, the seconds in the manifests left out. Every process that a killed batch had started must
end with it. Half of the resumed batches start at once, while kernels of the killed one may still
be about to end.

``python -m tests.benchmarks.bench_batch_kill [--brands 8] [--customers 300] [--kills 10]
[--jobs 1] [--seed 1]``
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.processes import children, run_batch_process, runs
from workbench.simulate import write_brand

EARLY = "2025-03-31"
PATIENCE = 15.0
"""Seconds until a process that outlives its batch counts as left behind."""


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder; manifests without their seconds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            body = path.read_bytes()
            if path.name == "manifest.json":
                content = json.loads(body)
                del content["seconds"]
                body = json.dumps(content, sort_keys=True).encode()
            found[path.relative_to(folder).as_posix()] = body
    return found


def told(home: Path) -> str:
    """Return what the portfolio says after a kill; it must be whole and its links must hold."""
    path = home / "reports" / "portfolio.json"
    if not path.is_file():
        return "no portfolio yet"
    rows = json.loads(path.read_text(encoding="utf-8"))["brands"]
    done = [row for row in rows if "page" in row]
    for row in done:
        assert (home / "reports" / row["page"]).is_file(), row
    return f"{len(done)} with a report, {sum(r['status'] == 'waiting' for r in rows)} waiting"


def outlived(started: list[int], since: float) -> float:
    """Return the seconds that processes outlived their batch; infinite for one left behind."""
    while any(map(runs, started)):
        if time.perf_counter() - since > PATIENCE:
            return float("inf")
        time.sleep(0.05)
    return time.perf_counter() - since


def main() -> None:
    """Print a line per kill and the comparison; exit code 1 where something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("brands", 8), ("customers", 300), ("kills", 10), ("jobs", 1), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    with tempfile.TemporaryDirectory(prefix="kill-test-") as folder:
        home = Path(folder)
        for number in range(given.brands):
            brand = home / "brands" / f"brand_{number}"
            write_brand(
                brand,
                stage=1 + number % 4,
                customers=given.customers,
                seed=given.seed + number,
            )
            if number > 1:  # a short history has no earlier forecasts to make: half the time
                settings = (brand / "brand.yaml").read_text(encoding="utf-8")
                early = re.sub(r"^as_of: \S+", f"as_of: {EARLY}", settings, flags=re.MULTILINE)
                (brand / "brand.yaml").write_text(early, encoding="utf-8")
        whole, killed = home / "whole", home / "killed"
        start = time.perf_counter()
        code = run_batch_process(whole, jobs=given.jobs).wait()
        seconds = time.perf_counter() - start
        print(f"undisturbed: exit code {code}, {seconds:.0f} s", flush=True)
        print("kill  after s  processes  outlived s  portfolio then", flush=True)
        for kill in range(1, given.kills + 1):
            running = run_batch_process(killed, jobs=given.jobs)
            after = rng.uniform(0.02, 2.0) * seconds / given.kills
            try:
                code = running.wait(after)
                print(f"{kill:4d}  ended before with exit code {code}", flush=True)
                continue
            except subprocess.TimeoutExpired:
                pass
            started = list(children(running.pid))
            now = time.perf_counter()
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            late = outlived(started, now) if kill % 2 else float("nan")
            line = f"{kill:4d} {after:8.1f} {1 + len(started):10d} {late:11.1f}  {told(killed)}"
            print(line, flush=True)
        start = time.perf_counter()
        code = run_batch_process(killed, jobs=given.jobs).wait()
        print(f"last resume: exit code {code}, {time.perf_counter() - start:.0f} s", flush=True)
        one, other = files(whole), files(killed)
        names = sorted(set(one) | set(other))
        differ = [name for name in names if one.get(name) != other.get(name)]
        print(f"{len(names)} files, {sum(map(len, one.values())) / 1e6:.0f} MB compared")
        for name in differ:
            sides = "/".join("there" if name in side else "missing" for side in (one, other))
            print(f"differs: {name} ({sides})")
        print("equal" if not differ else f"{len(differ)} files differ")
        sys.exit(1 if differ or code else 0)


if __name__ == "__main__":
    main()
