"""The experiment backlog: ideas with their scores."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from workbench.errors import SourceError
from workbench.sources.frames import COLUMNS, LogRow, ReadResult, fit
from workbench.sources.opening import open_export, together
from workbench.sources.tabular import Table, rows_of, to_number

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
        (0.0, math.inf),
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
    """Read an experiment backlog; what cannot be in a row is left out and counted in the log.

    Ideas are typed by hand, so one bad cell is no reason to stop: a number out of its range, or a
    cell that is no number, becomes missing. Without an id nothing can be joined: such a row is
    dropped. Of rows with the same id the first counts.

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
        `experiments`, sorted by id; `status` in lower case. The log names rows, column and what
        is allowed.

    Raises
    ------
    SourceError
        Columns missing, ids damaged by a spreadsheet, or a column of numbers whose decimal sign
        nothing settles: all at once.
    """
    table = open_export(path, spec, required=["id", "title"], aliases=ALIASES)
    kinds = COLUMNS["experiments"]
    log: list[LogRow] = []

    def left_out(what: str, rows: pd.Index, note: str = "") -> None:
        if len(rows):
            text = f"{rows_of(rows)}; {note}" if note else rows_of(rows)
            log.append(LogRow(spec.format, table.file, what, len(rows), text))

    numbers = [name for name, kind in kinds.items() if kind == "float64"]
    steps = {name: partial(_number, table, name, left_out) for name in numbers}
    frame = pd.DataFrame(together({"id": partial(table.id, "id"), **steps}))
    for name in set(kinds) - set(frame):
        frame[name] = table.text(name)
    frame["status"] = frame["status"].str.lower()
    nameless = frame["id"].isna()
    again = frame["id"].duplicated() & ~nameless
    left_out("experiments without id dropped", frame.index[nameless], "one id per experiment")
    left_out("experiments whose id occurs before dropped", frame.index[again],
             "one id per experiment: the first row counts")  # fmt: skip
    frame = frame[~(nameless | again)]
    left_out("experiments without title", frame.index[frame["title"].isna()])
    return ReadResult(fit("experiments", frame.sort_values("id", kind="stable")), log)


def _number(
    table: Table, name: str, left_out: Callable[[str, pd.Index, str], None]
) -> pd.Series[float]:
    """Return a column as numbers; what is none, or out of range, becomes missing."""
    header = table.headers.get(name, name)
    text = table.text(name)
    try:
        values = table.number(name)
    except SourceError:
        bad = ~text.map(_is_number).astype(bool)
        if not bad.any():  # it is the column that cannot be read, not a cell
            raise
        kept = replace(table, frame=table.frame.assign(**{name: text.where(~bad)}))
        values = kept.number(name)
        left_out(f"cells of '{header}' that are no numbers left out", text.index[bad],
                 "a number such as 12.5, or empty")  # fmt: skip
    low, high = RANGES.get(name, (-math.inf, math.inf))
    span = "a number"
    if low > -math.inf:
        span = f"at least {low:g}" if high == math.inf else f"{low:g} to {high:g}"
    if name in _PERCENT:
        signed = text.str.contains("%", regex=False).fillna(False).astype(bool)
        values = values.where(~signed, values / 100)
        span += ", or a percentage with its sign, such as 3.2%"
    wrong = values.notna() & ~(values.between(low, high) & (values.abs() < math.inf))
    left_out(f"cells of '{header}' out of range left out", values.index[wrong], f"allowed: {span}")
    return values.mask(wrong)


def _is_number(cell: object) -> bool:
    """Say whether a cell is a number under either decimal sign, or empty."""
    signs: tuple[Literal[".", ","], ...] = (".", ",")
    for sign in signs:
        try:
            to_number(pd.Series([cell], dtype="str"), where="", decimal=sign)
        except SourceError:
            continue
        return True
    return False
