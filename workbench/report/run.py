"""One brand's report: the notebooks through papermill, then tables, report.json and its forms."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cache import draft_of, sweep_drafts, write_bytes, write_frame
from workbench.checks import Status
from workbench.errors import InputError, ModelError, Problem, WorkbenchError
from workbench.report.manifest import FILE, run_id, write_atomically, write_manifest
from workbench.report.notebooks import (
    NotebookError,
    check_notebooks,
    report_notebooks,
    reports_folder,
    run_notebooks,
)
from workbench.report.parameters import ReportParameters, brand_folder
from workbench.report.progress import Steps, steps

if TYPE_CHECKING:
    from workbench.analysis import Analysis

FORMS = ("slides.html", "report.xlsx", "report.pdf")
"""What is rendered from the report besides its page, in this order."""
LEFT = ("tables", "posterior.nc", "notebooks", "report.json", "report.html", *FORMS)
"""What a run leaves besides its outbox and manifest, and the next one takes away."""

__all__ = ["ReportResult", "current_run", "render_report"]


@dataclass(frozen=True)
class ReportResult:
    """What a run left.

    Parameters
    ----------
    page : Path
        The client page, `report.html`.
    folder : Path
        ``<out>/<brand>/<as-of>``.
    status : Status
        The worst of all readiness and model checks.
    seconds : float
        Duration of the run.
    run_id : str
        Name of the run; equal for equal inputs, settings and versions.
    notes : tuple of str
        What could not be made on this machine, such as the PDF without a Chromium.
    """

    page: Path
    folder: Path
    status: Status
    seconds: float
    run_id: str
    notes: tuple[str, ...] = ()


def render_report(
    brand: str | Path,
    *,
    as_of: date | str | None = None,
    out: str | Path = "reports",
    parameters: Mapping[str, Any] | None = None,
    fast: bool = False,
    progress: bool = True,
    quiet: bool = False,
    explorer: bool = False,
) -> ReportResult:
    """Run the report notebooks in order and render page, slides, workbook and PDF.

    All is made in a draft beside the brand's reports and put in place at the end, the manifest
    last: a notebook that stops or a full disk leaves the former report as it was, and what a
    killed run left is no report and is removed by the next.

    Parameters
    ----------
    brand : str or Path
        Folder of the brand or its brand.yaml.
    as_of : date or str, optional
        Last day of observation; by default that of the brand.
    out : str or Path
        Receives ``<brand>/<as-of>/``.
    parameters : mapping, optional
        Further notebook parameters by name; strings are read by the parameter's type.
    fast : bool
        Fewer draws: to try things out, never for a client.
    progress, quiet : bool
        Show a progress bar on the terminal, unless `quiet`.
    explorer : bool
        Also lay out what `workbench.explore` answers from, so that it opens within seconds. Where
        that is not possible the report stands as it is.

    Raises
    ------
    InputError
        For an unknown or wrong parameter, before anything runs.
    WorkbenchError
        If a notebook stops: its message, and where the executed notebook is kept.
    """
    started = time.perf_counter()
    params = _parameters(brand, as_of, out, fast, parameters or {})
    notebooks = report_notebooks()
    check_notebooks(notebooks, {field.name: str(field.type) for field in fields(params)})
    with (
        _drafted(params) as draft,
        steps(len(notebooks) + 6 + explorer, shown=progress and not quiet) as work,
    ):
        (draft / "notebooks").mkdir()
        try:
            run_notebooks(notebooks, draft / "notebooks", asdict(params), work.begin)
        except NotebookError as error:
            raise _kept(error, params) from None
        work.begin("client page")
        analysis = params.open()
        result = _publish(analysis, params, draft, work)
        if explorer:
            work.begin("explorer")
            _lay_out_explorer(analysis)
    return replace(result, seconds=time.perf_counter() - started)


def current_run(
    brand: str | Path, *, out: str | Path = "reports", fast: bool = False
) -> tuple[Path, str]:
    """Return the folder of a brand's report and the id that a run would have now.

    Nothing is fitted: inputs, settings and versions decide.
    """
    analysis = _parameters(brand, None, out, fast, {}).open()
    return Path(analysis.folder), run_id(analysis.meta)


def _parameters(
    brand: str | Path,
    as_of: date | str | None,
    out: str | Path,
    fast: bool,
    more: Mapping[str, Any],
) -> ReportParameters:
    given = {"brand": brand, "as_of": as_of or "", "out": out, "fast": fast}
    twice = [name for name in ("brand", "out", "as_of", "fast") if name in more and given[name]]
    if twice:
        raise InputError(
            [Problem("is given twice", name, "one of the two") for name in twice],
            title="The report cannot start, because of its parameters",
        )
    params = ReportParameters.from_values({**given, **more})
    return replace(params, brand=_relative(params.brand), out=_relative(params.out))


def _relative(path: str) -> str:
    """Shorten an absolute path to one from here, so that no home folder enters a notebook."""
    if not Path(path).is_absolute():
        return path
    try:
        return os.path.relpath(path)
    except ValueError:  # another drive
        return path


def _kept(error: NotebookError, params: ReportParameters) -> WorkbenchError:
    """Keep a stopped notebook where nobody takes it for a finished one, and say so."""
    folder = brand_folder(params.brand)
    if error.executed is None or folder is None:
        return error
    kept = Path(params.out) / folder.resolve().name / "failed" / error.executed.name
    _put(error.executed, kept)
    return WorkbenchError(f"{error}\nThe executed notebook is kept: {kept.as_posix()}")


@contextmanager
def _drafted(params: ReportParameters) -> Iterator[Path]:
    """Yield a folder for what a run makes, on the disk where it is to stay."""
    folder = brand_folder(params.brand)
    assert folder is not None  # checked on construction
    home = Path(params.out or reports_folder()) / folder.resolve().name
    sweep_drafts(home, own=True)
    draft = home / f".run.{os.getpid()}"
    draft.mkdir(parents=True)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        sweep_drafts(home)  # of a kernel that outlived its killed run by a second


def _publish(
    analysis: Analysis, params: ReportParameters, draft: Path, work: Steps
) -> ReportResult:
    """Write tables, report.json and its forms; put them in place, after them the manifest."""
    from workbench.report.document import to_json
    from workbench.report.page import render_page
    from workbench.report.pages.views import withheld_views
    from workbench.report.pdf import print_pdf
    from workbench.report.slides import render_slides
    from workbench.report.story import TABLES, tell
    from workbench.report.views import added_views
    from workbench.report.workbook import render_workbook

    folder = Path(analysis.folder)
    added = added_views(analysis)
    report = tell(analysis, added)
    analysis.save(*TABLES, folder=draft)
    for path, table in added.tables(withheld_views(report.appendix, added)):
        write_frame(table, draft / "tables" / path)
    write_atomically(draft / "report.json", to_json(report))
    page = write_atomically(draft / "report.html", render_page(report))
    meta = report.meta
    with ThreadPoolExecutor(1) as browser:  # prints in a process of its own
        printed = browser.submit(
            print_pdf,
            page,
            draft / "report.pdf",
            as_of=str(meta["as_of"]),
            currency=str(meta.get("currency") or ""),
        )
        work.begin("slides")
        write_atomically(draft / "slides.html", render_slides(report))
        work.begin("workbook")
        tables = {name: analysis.table(name) for name in TABLES if _is_there(analysis, name)}
        write_bytes(draft / "report.xlsx", render_workbook(report, tables))
        work.begin("ledger and outbox")
        analysis.prepare_outbox()
        work.begin("PDF")
        note = printed.result()
    notes = (*added.notes, note) if note else added.notes
    work.begin("putting in place")
    analysis.record_forecasts()
    analysis.write_outbox()
    write_manifest(
        draft,
        {
            "status": "done",
            "checks": report.status,
            "settings": {"fast": params.fast, "seed": params.seed},
            "seconds": work.seconds(),
            "forms": ["report.html", *(name for name in FORMS if (draft / name).is_file())],
            "notes": notes,
            **{
                name: meta[name]
                for name in ("run_id", "brand", "as_of", "input_hash", "fit_key", "versions")
            },
        },
    )
    _put_in_place(draft, folder)
    return ReportResult(
        folder / page.name, folder, Status(report.status), 0.0, str(meta["run_id"]), notes
    )


def _lay_out_explorer(analysis: Analysis) -> None:
    from workbench.explorer.build import open_material

    with suppress(OSError, WorkbenchError):
        open_material(analysis)


def _put_in_place(draft: Path, folder: Path) -> None:
    """Swap in what was written: the manifest goes first and comes last, so that a run is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).unlink(missing_ok=True)
    old = draft / "old"
    old.mkdir()
    for name in LEFT:
        if (folder / name).exists():
            (folder / name).rename(old / name)
        if (draft / name).exists():
            (draft / name).rename(folder / name)
    (draft / FILE).rename(folder / FILE)


def _is_there(analysis: Analysis, name: str) -> bool:
    """Tell whether a run has a table: without a model, those that need one are missing."""
    try:
        analysis.table(name)
    except ModelError:
        return False
    return True


def _put(source: Path, target: Path) -> None:
    """Copy a finished file into place in one step."""
    with draft_of(target) as draft:
        shutil.copyfile(source, draft)
