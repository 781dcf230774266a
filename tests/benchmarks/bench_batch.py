"""How long does a batch take per brand, and does its memory stay flat?

Simulated brands of all four stages go through `workbench batch`, cold. Twice a second the memory of
the batch and of everything that it has started is added up (proportional set size, so that shared
pages count once).

``python -m tests.benchmarks.bench_batch [--brands 6] [--customers 1000] [--jobs 1] [--fast]``
``--brands 50 --customers 5000`` is what a portfolio may be.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

from tests.benchmarks.processes import children, memory, run_batch_process
from workbench.simulate import write_brand


def finished(home: Path) -> int:
    """Return how many brands the portfolio lists with a report or a reason."""
    path = home / "reports" / "portfolio.json"
    if not path.is_file():
        return 0
    rows = json.loads(path.read_text(encoding="utf-8"))["brands"]
    return sum(row["status"] != "waiting" for row in rows)


def main() -> None:
    """Print a line per brand that has finished, then the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("brands", 6), ("customers", 1000), ("jobs", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--fast", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-batch-") as folder:
        home = Path(folder)
        for number in range(given.brands):
            write_brand(
                home / "brands" / f"brand_{number:03d}",
                stage=1 + number % 4,
                customers=given.customers,
                seed=1 + number,
            )
        print("brands  at s  s since  peak GB since  of which the batch itself", flush=True)
        start = last = time.perf_counter()
        running = run_batch_process(home / "batch", jobs=given.jobs, fast=given.fast)
        done, peak, alone, most = 0, 0.0, 0.0, 0.0
        code = None
        while code is None:
            try:
                code = running.wait(0.5)
            except subprocess.TimeoutExpired:
                mine = memory(running.pid)
                total = mine + sum(map(memory, children(running.pid)))
                peak, alone, most = max(peak, total), max(alone, mine), max(most, total)
            now, count = time.perf_counter(), finished(home / "batch")
            if count > done:
                line = f"{count:6d} {now - start:5.0f} {now - last:8.1f} {peak:14.2f} {alone:17.2f}"
                print(line, flush=True)
                done, last, peak, alone = count, now, 0.0, 0.0
        seconds = time.perf_counter() - start
        each = seconds / given.brands
        print(f"exit code {code}; {each:.1f} s per brand; peak {most:.2f} GB")


if __name__ == "__main__":
    main()
