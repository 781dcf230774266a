"""Every brand of a folder: one report each, and a portfolio page over all of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from workbench.errors import InputError, Problem, WorkbenchError
from workbench.report.manifest import done_key, write_atomically
from workbench.report.progress import steps

__all__ = ["BatchResult", "brand_folders", "run_batch"]

SCHEMA = "clv-workbench-portfolio/1"


@dataclass(frozen=True)
class BatchResult:
    """What a batch left.

    Parameters
    ----------
    page : Path
        The portfolio page.
    done, skipped : tuple of str
        Brands (folder names) rendered now, and left out because their report is still valid.
    failed : dict
        Reason in words by brand.
    """

    page: Path
    done: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """1 if a brand failed, else 0."""
        return 1 if self.failed else 0


def run_batch(
    folder: str | Path,
    *,
    out: str | Path = "reports",
    jobs: int = 1,
    resume: bool = False,
    fast: bool = False,
    progress: bool = True,
) -> BatchResult:
    """Render the report of every brand in a folder; the failure of one stops no other.

    Parameters
    ----------
    folder : str or Path
        Its subfolders that hold a brand.yaml are the brands.
    out : str or Path
        Receives ``<brand>/<as-of>/`` for each brand, portfolio.html and portfolio.json.
    jobs : int
        Brands worked on at the same time, each in a process of its own.
    resume : bool
        Leave out brands whose finished report was made from the inputs, settings and versions
        that they have now.
    fast : bool
        Fewer draws.

    Raises
    ------
    InputError
        If the folder holds no brand, or `jobs` is no positive number.
    """
    brands = brand_folders(folder)
    if jobs < 1:
        raise InputError(Problem(f"is {jobs}", "jobs", "1 or more"))
    failed: dict[str, str] = {}
    done: list[str] = []
    skipped: list[str] = []
    rows: list[dict[str, Any]] = []
    with steps(len(brands), shown=progress) as work:
        work.begin(f"{len(brands)} brands")
        for name, row, reason in _all(brands, Path(out), jobs, resume, fast):
            if reason:
                failed[name] = reason
            else:
                (skipped if row.get("skipped") else done).append(name)
            rows.append(row)
            work.begin(name)
    page = _write_portfolio(Path(out), rows)
    return BatchResult(
        page, tuple(sorted(done)), tuple(sorted(skipped)), dict(sorted(failed.items()))
    )


def brand_folders(folder: str | Path) -> list[Path]:
    """Return the subfolders that hold a brand.yaml, sorted by name.

    Raises
    ------
    InputError
        If there is none.
    """
    found = sorted(path.parent for path in Path(folder).glob("*/brand.yaml"))
    if not found:
        raise InputError(
            Problem(
                "no brand.yaml is found in its subfolders",
                str(folder),
                "a folder with one subfolder per brand, each with its brand.yaml",
                "write them with `workbench new FOLDER`",
            )
        )
    return found


def _all(
    brands: Sequence[Path], out: Path, jobs: int, resume: bool, fast: bool
) -> Iterator[tuple[str, dict[str, Any], str]]:
    if jobs == 1 or len(brands) == 1:
        for brand in brands:
            yield _one(brand, out, resume, fast)
        return
    # spawn: a forked process would share the threads of the numerical libraries
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_one, brand, out, resume, fast): brand for brand in brands}
        for future in as_completed(waiting):
            try:
                yield future.result()
            except Exception as error:  # the process itself ended
                yield _refused(waiting[future], f"{type(error).__name__}: {error}")


def _one(brand: Path, out: Path, resume: bool, fast: bool) -> tuple[str, dict[str, Any], str]:
    """Render one brand; whatever goes wrong stays its own."""
    from workbench.report.run import current_run, render_report

    try:
        if resume:
            folder, run = current_run(brand, out=out, fast=fast)
            if run is not None and done_key(folder) == run:
                return brand.name, {**_row(brand.name, folder, out), "skipped": True}, ""
        result = render_report(brand, out=out, fast=fast, progress=False)
        return brand.name, _row(brand.name, result.folder, out), ""
    except WorkbenchError as error:
        return _refused(brand, str(error))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # nor may a fault of ours, or a panic of a compiled library
        where = f"`workbench report {brand} --debug` shows where"
        return _refused(brand, f"unexpected {type(error).__name__}; {where}")  # no row's content


def _refused(brand: Path, reason: str) -> tuple[str, dict[str, Any], str]:
    return brand.name, {"brand": brand.name, "status": "not done", "reason": reason}, reason


def _row(name: str, folder: Path, out: Path) -> dict[str, Any]:
    """Return a brand's line of the portfolio, from its report.json."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    meta = report["meta"]
    cards = [card for page in report["pages"] for card in page["cards"]]
    gap = next((card for card in cards if card["state"] in ("gap", "gap_no_profit")), None)
    return {
        "brand": meta["brand"],
        "folder": name,
        "as_of": meta["as_of"],
        "status": report["status"],
        "stage": meta["stage"],
        "level": meta["level"],
        "level_required": meta["level_required"],
        "revenue_12m": meta["revenue_12m"],
        "currency": meta["currency"],
        "value_12m": _value(report),
        "largest_gap": gap["title"] if gap else None,
        "page": (folder / "report.html").relative_to(out).as_posix(),
        "run_id": meta["run_id"],
    }


def _value(report: dict[str, Any]) -> list[float] | None:
    """Return 12-month value per customer (mean, low, high), where the report states one."""
    tiles = report["pages"][0]["tiles"]
    return next((t["value"] for t in tiles if t["label"].startswith("12-month value")), None)


def _write_portfolio(out: Path, rows: Sequence[dict[str, Any]]) -> Path:
    from workbench.report.page import render_portfolio

    def rank(row: dict[str, Any]) -> tuple[bool, float, str]:
        revenue = row.get("revenue_12m")
        return ("page" not in row, -float(revenue) if revenue else math.inf, str(row["brand"]))

    ordered = [
        {key: value for key, value in row.items() if key != "skipped"}
        for row in sorted(rows, key=rank)
    ]
    days = [date.fromisoformat(row["as_of"]) for row in ordered if row.get("as_of")]
    content = {
        "schema": SCHEMA,
        "as_of": max(days).isoformat() if days else None,
        "brands": ordered,
    }
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomically(out / "portfolio.json", text)
    return write_atomically(out / "portfolio.html", render_portfolio(content))
