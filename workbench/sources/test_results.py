"""Results of finished experiments: one row per test and arm."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.frames import COLUMNS, LogRow, ReadResult, fit
from workbench.sources.opening import open_export, together
from workbench.sources.tabular import Table, rows_of

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["ALIASES", "ARMS", "read"]

ALIASES = {
    "id": ("experiment id", "test id", "key"),
    "arm": ("variation", "group", "branch"),
    "exposed": ("visitors", "users", "sessions", "recipients", "participants"),
    "converted": ("conversions", "orders", "buyers"),
    "value_90d_mean": ("value 90d mean", "mean 90-day value"),
    "value_90d_sd": ("value 90d sd", "sd of 90-day value"),
    "started": ("start", "start date"),
    "ended": ("end", "end date"),
}
ARMS = {
    **dict.fromkeys(("control", "a", "original", "baseline", "holdout"), "control"),
    **dict.fromkeys(("variant", "b", "treatment", "challenger", "variation 1"), "variant"),
}
"""Words for an arm -> what it is."""


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read the results of finished experiments.

    Parameters
    ----------
    path : Path
        Columns id (as in the backlog), arm (control or variant), exposed and converted; if known,
        value_90d_mean and value_90d_sd: contribution per exposed person within 90 days of the
        exposure, 0 for who did not order; started and ended. A test without `ended` still runs.
    spec : SourceSpec
    brand : Brand

    Returns
    -------
    ReadResult
        `test_results`, sorted by id and arm.

    Raises
    ------
    SourceError
        Columns missing, rows without id, unknown arms, an arm twice, numbers below 0, more
        conversions than people, a test that ends before it starts: all at once.
    """
    required = ["id", "arm", "exposed", "converted"]
    table = open_export(path, spec, required=required, aliases=ALIASES)
    numbers = [n for n, kind in COLUMNS["test_results"].items() if kind == "float64"]
    steps = {name: partial(_number, table, name) for name in numbers}
    days = {name: partial(table.date, name, brand.timezone) for name in ("started", "ended")}
    cells = together({"id": partial(table.id, "id"), "arm": partial(_arm, table), **steps, **days})
    frame = pd.DataFrame(cells)
    problems = [
        Problem(what, f"{table.where(column)}, {rows_of(frame.index[wrong])}", allowed)
        for column, what, allowed, wrong in (
            ("id", "rows have no id", "the id of the backlog", frame["id"].isna()),
            ("arm", "an arm occurs twice", "one row per test and arm",
             frame.duplicated(["id", "arm"]) & frame["id"].notna()),
            ("converted", "more people converted than were exposed", "at most exposed",
             frame["converted"] > frame["exposed"]),
            ("ended", "tests end before they start", "a day on or after started",
             frame["ended"] < frame["started"]),
        )
        if wrong.any()
    ]  # fmt: skip
    if problems:
        raise SourceError(problems)
    arms = frame.groupby("id")["arm"].transform("nunique")
    log = []
    if (arms < 2).any():
        single = frame.index[arms < 2]
        log.append(
            LogRow(spec.format, table.file, "arms without the other arm of their test",
                   len(single), rows_of(single))
        )  # fmt: skip
    return ReadResult(fit("test_results", frame.sort_values(["id", "arm"], kind="stable")), log)


def _number(table: Table, name: str) -> pd.Series[float]:
    values = table.number(name)
    wrong = values < 0
    if name != "value_90d_mean" and wrong.any():  # contribution may be lost
        place = f"{table.where(name)}, {rows_of(values.index[wrong])}"
        raise SourceError(Problem("numbers are out of range", place, "0 or more"))
    return values


def _arm(table: Table) -> pd.Series[str]:
    written = table.text("arm")
    arm = written.str.strip().str.lower().map(ARMS)
    wrong = arm.isna()
    if wrong.any():
        raise SourceError(
            Problem(
                "arms are not known",
                f"{table.where('arm')}, {rows_of(arm.index[wrong])}",
                "control or variant",
                "split a test of several variants into tests of one variant each",
            )
        )
    return arm
