"""The experiment backlog: ideas with their scores."""

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

__all__ = ["ALIASES", "RANGES", "read"]

ALIASES = {
    "id": ("experiment id", "test id", "key"),
    "title": ("name", "experiment", "experiment name", "test name", "idea"),
    "evidence_links": ("evidence", "evidence links", "links"),
    "primary_metric": ("primary metric", "metric"),
    "baseline_rate": ("baseline rate", "baseline", "baseline conversion rate"),
    "weekly_traffic": ("weekly traffic", "traffic per week"),
    "aov_or_clv": ("aov or clv", "aov", "clv"),
    "mde": ("minimum detectable effect",),
    "effort_days": ("effort days", "effort (days)"),
    **{
        name: (name.replace("_", " "),)
        for name in (
            "above_fold", "add_remove_element", "high_traffic", "user_testing", "qual_feedback",
            "exp_profit_90d", "exp_profit_12m", "p_win", "cost_to_run", "profit_per_week",
        )
    },
    "noticeable_5s": ("noticeable 5s", "noticeable within 5 sec"),
}  # fmt: skip
ALIASES = {name: ALIASES.get(name, ()) for name in COLUMNS["experiments"]}
_PERCENT = ("baseline_rate", "mde", "p_win")
RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(
        ("impact", "confidence", "ease", "potential", "importance", "baseline_rate", "mde",
         "weekly_traffic", "aov_or_clv", "effort_days", "effort", "reach", "cost_to_run"),
        (0.0, float("inf")),
    ),
    **dict.fromkeys(_PERCENT, (0.0, 1.0)),
    **dict.fromkeys(
        ("above_fold", "high_traffic", "user_testing", "qual_feedback", "analytics", "heatmaps",
         "motivation"),
        (0.0, 1.0),
    ),
    **dict.fromkeys(("noticeable_5s", "add_remove_element"), (0.0, 2.0)),
}  # fmt: skip
"""Smallest and largest value that a column may hold."""


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read an experiment backlog.

    Parameters
    ----------
    path : Path
        Columns id and title; any of the columns of the `experiments` frame. Rates may be written
        as 3.2% or 0.032.
    spec : SourceSpec
    brand : Brand

    Returns
    -------
    ReadResult
        `experiments`, sorted by id; `status` in lower case.

    Raises
    ------
    SourceError
        Columns missing, rows without id, ids twice, numbers outside their range: all at once.
    """
    table = open_export(path, spec, required=["id", "title"], aliases=ALIASES)
    kinds = COLUMNS["experiments"]
    numbers = [name for name, kind in kinds.items() if kind == "float64"]
    steps = {name: partial(_number, table, name) for name in numbers}
    cells = together({"ids": partial(_ids, table), **steps})
    frame = pd.DataFrame({"id": cells.pop("ids"), **cells})
    for name in set(kinds) - set(frame):
        frame[name] = table.text(name)
    frame["status"] = frame["status"].str.lower()
    untitled = frame["title"].isna()
    log = []
    if untitled.any():
        log.append(
            LogRow(
                spec.format,
                table.file,
                "experiments without title",
                int(untitled.sum()),
                rows_of(frame.index[untitled]),
            )
        )
    return ReadResult(fit("experiments", frame.sort_values("id", kind="stable")), log)


def _number(table: Table, name: str) -> pd.Series[float]:
    values = table.number(name)
    if name in _PERCENT:
        signed = table.text(name).str.contains("%", regex=False).fillna(False).astype(bool)
        values = values.where(~signed, values / 100)
    low, high = RANGES.get(name, (-float("inf"), float("inf")))
    wrong = (values < low) | (values > high)
    if wrong.any():
        span = f"at least {low:g}" if high == float("inf") else f"{low:g} to {high:g}"
        if name in _PERCENT and high == 1:
            span += ", or a percentage with its sign, such as 3.2%"
        raise SourceError(
            Problem(
                "numbers are out of range",
                f"{table.where(name)}, {rows_of(values.index[wrong])}",
                span,
            )
        )
    return values


def _ids(table: Table) -> pd.Series[str]:
    ids = table.id("id")
    problems = []
    for wrong, what in ((ids.isna(), "rows have no id"), (ids.duplicated() & ids.notna(), "ids "
                        "occur twice")):  # fmt: skip
        if wrong.any():
            place = f"{table.where('id')}, {rows_of(ids.index[wrong])}"
            problems.append(Problem(what, place, "one id per experiment"))
    if problems:
        raise SourceError(problems)
    return ids
