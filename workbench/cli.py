"""The command line: `workbench new | check | report | approve | batch | backtest | ...`.

Exit codes: 0 done; 1 done, but a check failed (`check`) or a brand failed (`batch`); 2 not done,
because of the input or the way the command was called; 3 an error inside the workbench.

Heavy modules are imported inside the commands, so that `workbench --help` answers at once.
"""

from __future__ import annotations

import functools
import shlex
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from workbench import __version__
from workbench.errors import DataWarning, WorkbenchError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from workbench.checks import Check

__all__ = ["app", "main"]

app = typer.Typer(
    name="workbench",
    help="What customers and channels are truly worth over 12 months, beside the reported ROAS.",
    epilog="Exit codes: 0 done, 1 a check or a brand failed, 2 bad input, 3 an error of ours.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

BrandFolder = Annotated[
    Path, typer.Argument(metavar="BRAND", help="Brand folder, or its brand.yaml.")
]
Out = Annotated[Path, typer.Option(help="Folder of the reports; what was read is kept there, too.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        help="Last day of observation; nothing after it is used. Default: as brand.yaml says.",
    ),
]
Fast = Annotated[bool, typer.Option("--fast", help="Fewer draws: a preview, not for a client.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def main() -> None:
    """Run the command line."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"workbench {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


def _command(run: Callable[..., None]) -> Callable[..., None]:
    """Turn errors of a command into one message and an exit code; make `--debug` show all."""

    @functools.wraps(run)
    def guarded(*args: Any, debug: bool, **kwargs: Any) -> None:
        with warnings.catch_warnings():
            if not debug:
                warnings.simplefilter("ignore")
                warnings.simplefilter("default", DataWarning)
                warnings.showwarning = _show_warning
            try:
                run(*args, debug=debug, **kwargs)
            except (typer.Exit, typer.Abort):
                raise
            except KeyboardInterrupt:
                _say("Stopped.", error=True)
                raise typer.Exit(130) from None
            except Exception as error:
                if debug:
                    raise
                known = isinstance(error, WorkbenchError)
                _say(str(error) if known else _unexpected(error), error=True)
                raise typer.Exit(2 if known else 3) from None

    return app.command()(guarded)


def _unexpected(error: Exception) -> str:
    told = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {told[0] if told else 'no details'}"
    return f"Something went wrong inside the workbench ({reason}).\nRun again with --debug for all."


def _console(error: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=error, markup=False, highlight=False, emoji=False)


def _plain(text: str) -> str:
    """Return text without control characters, which an exported file might carry."""
    return "".join(sign for sign in text if sign == "\n" or sign.isprintable())


def _say(text: str, *, error: bool = False) -> None:
    """Print text as it is: no markup, no line breaks of our own inside a path."""
    _console(error).print(_plain(text), style="red" if error else None, soft_wrap=True)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    _say(f"Note: {message}", error=True)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


@_command
def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder with the exports.")],
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Look at the exports in a folder and write a brand.yaml for them, with open questions."""
    from workbench.sources.new import write_brand
    from workbench.sources.new_words import new_words
    from workbench.spectrum.capabilities import questionnaire
    from workbench.store.cohort_choice import propose_cohorts

    written = write_brand(folder, questionnaire=questionnaire(), propose=propose_cohorts)
    if quiet:
        return
    _say("\n".join(new_words(written)))
    _say(f"Answer what you can, then run: workbench check {shlex.quote(str(folder))}")


@_command
def check(
    brand: BrandFolder,
    as_of: AsOf = None,
    out: Out = Path("reports"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Read everything and say whether the data may carry the decisions; exit code 1 on FAIL."""
    from workbench.analysis import open_analysis
    from workbench.checks import Status, worst

    analysis = open_analysis(brand, as_of=_day(as_of), out=out)
    checks = analysis.readiness
    status = worst(checks)
    if not quiet:
        _say("\n".join([*analysis.what_was_read, ""]))
        _print_checks(checks)
        _say(f"\nReadiness: {status}. {_READINESS[str(status)]}")
        _say(f"Next: workbench report {shlex.quote(str(brand))}")
    if status is Status.FAIL:
        raise typer.Exit(1)


_READINESS = {
    "PASS": "The data carries the report.",
    "REVIEW": "The report answers, and tells its reader what stands above.",
    "FAIL": "The report can be rendered, but leaves out every figure that a FAIL takes away.",
}


def _print_checks(checks: list[Check]) -> None:
    """Print what needs a look first, in full; then what passed, a line each."""
    from rich.table import Table
    from rich.text import Text

    style = {"FAIL": "bold red", "REVIEW": "yellow", "PASS": "green"}
    table = Table(box=None, pad_edge=False, show_header=False)
    for status in style:
        for one in checks:
            if one.status != status:
                continue
            told = one.message
            if status != "PASS":
                told += f"\nTo do: {one.recommendation}" if one.recommendation else ""
                told += f"\nPASS needs: {one.threshold}\n"
            word = Text(status, style=style[status])
            table.add_row(word, Text(_plain(one.check)), Text(_plain(told)))
    _console().print(table)


@_command
def report(
    brand: BrandFolder,
    as_of: AsOf = None,
    out: Out = Path("reports"),
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", metavar="NAME=VALUE", help="A parameter of the report notebooks."),
    ] = None,
    fast: Fast = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Run the report notebooks in order and write the client's page, PDF, slides and workbook."""
    parameters = _parameters(parameter or [])
    from workbench.report.run import render_report

    done = render_report(
        brand,
        as_of=_day(as_of),
        out=out,
        parameters=parameters,
        fast=fast,
        progress=not quiet,
        explorer=find_spec("anywidget") is not None,  # who has no widgets cannot open it
    )
    if not quiet:
        _say("\n".join([f"Status: {done.status}", *done.notes, f"Report: {done.page}"]))


@_command
def approve(
    brand: BrandFolder,
    actions: Annotated[
        list[str] | None, typer.Argument(metavar="[ACTION]...", help="Ids of actions of the plan.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who approves: a name or initials.")] = "",
    as_of: AsOf = None,
    out: Out = Path("reports"),
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Approve actions of a plan, for good; without ids, list them. Nothing is sent anywhere."""
    from workbench.analysis import open_analysis
    from workbench.outbox.approval import approve as approve_actions
    from workbench.outbox.approval import plan_state

    analysis = open_analysis(brand, as_of=_day(as_of), out=out)
    outbox = analysis.folder / "outbox"
    if not actions:
        _print_plan(plan_state(outbox))
        return
    now = datetime.now(ZoneInfo(analysis.brand.timezone))
    for done in approve_actions(outbox, actions, by=by, when=now):
        if not quiet:
            _say(f"Approved {done.action}: outbox/approved/{done.action}/{done.version}")


def _print_plan(state: pd.DataFrame) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "status", "due", "action", "approved", box=None, pad_edge=False)
    for row in state.itertuples():
        told = f"{row.approved_by}, {row.approved_at}" if row.approved_by else ""
        cells = (str(row.id), str(row.status), str(row.due), str(row.title), told)
        table.add_row(*(Text(_plain(cell)) for cell in cells))
    _console().print(table)


def _parameters(given: list[str]) -> dict[str, str]:
    """Return ``name=value`` pairs as text; the report checks names and types."""
    pairs = [pair.partition("=") for pair in given]
    names = [name.strip() for name, _, _ in pairs]
    for name, (_, sign, _), whole in zip(names, pairs, given, strict=True):
        if not name or not sign:
            raise WorkbenchError(f"-p {whole!r} is not NAME=VALUE.")
        if names.count(name) > 1:
            raise WorkbenchError(f"-p {name} is given twice.")
    return dict(zip(names, (value for _, _, value in pairs), strict=True))


@_command
def batch(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder whose subfolders are brands.")
    ],
    out: Out = Path("reports"),
    jobs: Annotated[int, typer.Option(min=1, help="Brands worked on at the same time.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave out brands whose report is still valid.")
    ] = False,
    fast: Fast = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Render the report of every brand in a folder and a page of all; exit code 1 if any failed."""
    from workbench.report.batch import run_batch

    done = run_batch(folder, out=out, jobs=jobs, resume=resume, fast=fast, progress=not quiet)
    if not quiet and not done.problem:
        _say(f"Portfolio: {done.page}")
    for name, reason in done.failed.items():
        _say(f"{name}: {reason}", error=True)
    if done.problem:
        _say(f"{done.page}: {done.problem}", error=True)
    if done.exit_code:
        raise typer.Exit(done.exit_code)


@_command
def backtest(
    brand: BrandFolder,
    cutoffs: Annotated[
        str, typer.Option(metavar="D[,D...]", help="Days from which to forecast, YYYY-MM-DD.")
    ],
    horizon: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Days forecast.")],
    out: Out = Path("reports"),
    ablation: Annotated[
        bool,
        typer.Option("--ablation", help="Fit complete pooling and none, too: three times as long."),
    ] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Forecast from earlier as-of dates and hold the forecasts against what happened."""
    days = _days(cutoffs)
    from workbench.value.backtest import run_backtest
    from workbench.value.cutoffs import POOLINGS

    poolings = POOLINGS if ablation else POOLINGS[:1]
    table = run_backtest(brand, days, horizon, out, poolings=poolings)
    if not quiet:
        _say(f"Backtest: {table}")


def _days(text: str) -> list[date]:
    try:
        days = [date.fromisoformat(part.strip()) for part in text.split(",")]
    except ValueError:
        raise WorkbenchError(
            f"--cutoffs {text!r} is not a list of days as YYYY-MM-DD,YYYY-MM-DD."
        ) from None
    return sorted(set(days))


@_command
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Brand folder to write.")],
    stage: Annotated[int, typer.Option(min=1, max=4, help="Revenue stage of the brand.")] = 3,
    customers: Annotated[int | None, typer.Option(min=1, help="Default: as the stage has.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same brand.")] = 1,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a synthetic brand in the real export formats, with its truth in truth.json."""
    from workbench.simulate import write_brand

    write_brand(folder, stage=stage, customers=customers, seed=seed)
    if not quiet:
        _say(f"Wrote {folder}\nNext: workbench report {folder}")


@_command
def lab(debug: Debug = False) -> None:
    """Open JupyterLab on the notebooks, at start.ipynb, which leads to the others."""
    import os

    from workbench.report.lab import lab_command, lab_environment

    command = lab_command()
    os.execve(command[0], command, lab_environment())  # noqa: S606 - our own Python, no shell


@_command
def present(
    brand: BrandFolder,
    as_of: AsOf = None,
    out: Out = Path("reports"),
    fast: Fast = False,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only tell the address, open no browser.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Show a brand's explorer as a page without code, for the room; Ctrl+C ends it."""
    import subprocess

    from workbench.cache import scratch_folder
    from workbench.report.parameters import ReportParameters
    from workbench.report.present import voila_command, voila_environment, write_notebook

    given = {"brand": brand, "as_of": _day(as_of) or "", "out": out, "fast": fast}
    with scratch_folder() as folder:
        book = write_notebook(folder, ReportParameters.from_values(given))
        command = voila_command(book, *(["--no-browser"] if no_browser else []))
        with suppress(KeyboardInterrupt):
            subprocess.run(command, env=voila_environment(), check=False)  # noqa: S603


if __name__ == "__main__":
    main()
