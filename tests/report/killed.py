"""Batches of two small brands that end themselves, as by kill -9, at given touches of the disk.

``python -m tests.report.killed HOME POINTS`` is a process of its own, that forks. HOME/whole
receives a batch and, after the brands have changed, a second one; HOME/killed_1, _2, ... the same,
but the second batch is killed at one of POINTS moments spread over its touches of the disk, and
then resumed. HOME/touches.json tells where each was killed.

Notebooks, pages and workbook are replaced by short texts and the model by tables made up, so that
a run takes a second; outbox, ledger, tables, manifest and portfolio are written by what writes them
always.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from tests.outbox import people
from tests.report.synthetic import FakeAnalysis, fake_analysis
from workbench.cache import write_frame
from workbench.outbox.approval import approve
from workbench.report import batch, page, pdf, run, slides, story, workbook
from workbench.report.document import Report, to_json
from workbench.report.parameters import ReportParameters
from workbench.report.story import tell

BRANDS = ("alpha", "beta")
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}


@cache
def report_of(name: str, seed: int) -> Report:
    """Return what is told of a brand: once, before anything is forked."""
    return tell(made_up(name, seed))  # type: ignore[arg-type]


def made_up(name: str, seed: int) -> FakeAnalysis:
    """Return a brand that differs by seed."""
    analysis = fake_analysis(brand=name, seed=seed)
    analysis.meta.update(input_hash=f"inputs {seed}", seed=seed)
    return analysis


class Brand:
    """A brand of made-up tables that leaves a real outbox and a real ledger."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.analysis: FakeAnalysis = made_up(folder.parent.name, seed)
        self.analysis.folder = folder
        self.analysis.record_forecasts = self.record_forecasts  # type: ignore[method-assign]
        self.analysis.write_outbox = self.write_outbox  # type: ignore[method-assign]
        self.seed = seed

    def record_forecasts(self) -> None:
        """Add a file to the ledger."""
        path = self.analysis.folder.parent / "ledger" / f"2026-06-30-{self.seed}.parquet"
        write_frame(pd.DataFrame({"mean": [float(self.seed)]}), path)

    def write_outbox(self) -> None:
        """Write an outbox whose actions change with the brand."""
        actions = [{**action, "title": f"{self.seed}"} for action in people.ACTIONS]
        rows = [
            {"customer_id": f"c{n}", "email": f"c{n}@example.com", "consent_email": True}
            for n in range(self.seed, 40)
        ]
        people.write(self.analysis.folder / "outbox", rows, actions=actions)


def render(home: Path, seed: int, *, last: int = 0) -> int:
    """Run a batch in a process of its own, killed at a touch; return how many there were."""
    process = os.fork()
    if process:
        _, status = os.waitpid(process, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert killed == bool(last), status
        return 0 if killed else int((home.parent / "count").read_text(encoding="utf-8"))
    code = 1
    try:
        seen = touches(home, last)
        batch.run_batch(home.parent / "brands", out=home, resume=True, progress=False)
        (home.parent / "count").write_text(str(seen()), encoding="utf-8")
        code = 0
    finally:
        os._exit(code)


def touches(home: Path, last: int) -> Callable[[], int]:
    """Count what changes files below a folder, and kill this process at the last."""
    seen = 0

    def look(event: str, given: tuple[Any, ...]) -> None:
        nonlocal seen
        writes = event in CHANGES or (
            event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if not writes or not str(given[0]).startswith(str(home)):
            return
        seen += 1
        if seen == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)
    return lambda: seen


def main() -> None:
    """Run all batches."""
    home, points = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    for name in BRANDS:
        (home / "brands" / name).mkdir(parents=True)
        (home / "brands" / name / "brand.yaml").write_text("name: x\n", encoding="utf-8")
    seed = 1

    def notebooks(_: Any, target: Path, *__: Any) -> None:
        (target / "01_readiness.ipynb").write_text(f"{seed}", encoding="utf-8")

    def opened(params: ReportParameters) -> FakeAnalysis:
        folder = Path(params.out).resolve() / Path(params.brand).name / "2026-06-30"
        return Brand(folder, seed).analysis

    run.run_notebooks = notebooks  # type: ignore[assignment,attr-defined]
    ReportParameters.open = opened  # type: ignore[assignment,method-assign]
    pdf.find_chromium = lambda: None
    page.render_page = slides.render_slides = to_json
    workbook.render_workbook = lambda report, tables: to_json(report).encode()
    batch._all = lambda brands, out, jobs, resume, fast: (  # type: ignore[assignment]
        batch._one(brand, out, resume, fast) for brand in brands
    )

    run.check_notebooks = lambda *_: None  # type: ignore[attr-defined]
    story.tell = lambda analysis, _: report_of(  # type: ignore[assignment,misc]
        analysis.meta["brand"], analysis.meta["seed"]
    )
    for name in BRANDS:
        for made in (1, 2):
            report_of(name, made)

    former = home / "former"
    batch.run_batch(home / "brands", out=former, resume=True, progress=False)
    approve(
        former / "alpha/2026-06-30/outbox",
        ["budget"],
        by="A",
        when=datetime(2026, 7, 1, tzinfo=UTC),
    )
    seed = 2
    shutil.copytree(former, home / "whole")
    total = render(home / "whole", seed)
    told = {}
    for number in range(1, points + 1):
        here = home / f"killed_{number}"
        shutil.copytree(former, here)
        last = 1 + (number - 1) * (total - 1) // max(points - 1, 1)
        render(here, seed, last=last)
        shutil.copytree(here, home / f"left_{number}")
        render(here, seed)
        told[here.name] = last
    text = json.dumps({"touches": total, "killed": told})
    (home / "touches.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
