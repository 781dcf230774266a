"""Several files of one kind as one frame: what a later export restates replaces the earlier.

Ad platforms and e-mail tools restate past days, and exports overlap. Rows are replaced by
(source, entity, day), so that reading a file twice, or an overlapping one, changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.frames import LogRow, ReadResult, empty, fit
from workbench.sources.merge_spend import combine_spend

if TYPE_CHECKING:
    from workbench.brand import SourceSpec

__all__ = ["Part", "combine", "natural"]

Part = tuple["SourceSpec", str, ReadResult]
"""Source, file name, what its reader made of it."""

_KEYS = {
    "attributed": ("date", "tool", "model", "window", "mode", "channel"),
    "profiles": ("customer_id",),
    "flows": ("day", "flow_id", "flow", "message", "channel"),
    "campaigns": ("campaign_id", "campaign", "send_time"),
    "experiments": ("id",),
    "test_results": ("id", "arm"),
}
_IDS = {"flows": (("flow_id", "flow"),), "campaigns": (("campaign_id", "campaign"),)}
_TIME = {"attributed": "date", "profiles": "created", "flows": "day", "campaigns": "send_time"}


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a sort key under which ``export(3).csv`` stands before ``export(12).csv``."""
    return tuple(
        (int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)
    )


def combine(kind: str, parts: Sequence[Part]) -> ReadResult:
    """Return the rows of all files of a kind, restated ones once.

    Parameters
    ----------
    kind : str
        "spend" or a key of `_KEYS`.
    parts : sequence of (SourceSpec, file name, ReadResult)
        In any order: the file whose last day is later wins, then the one whose name sorts later.

    Returns
    -------
    ReadResult
        Log rows of all files, and what was replaced. `identities` are those of all files.

    Raises
    ------
    SourceError
        Files that cannot stand side by side without counting money twice.
    """
    log = [row for *_, result in parts for row in result.log_rows]
    people = [result.identities for *_, result in parts if result.identities is not None]
    identities = pd.concat(people, ignore_index=True) if people else None
    parts = [part for part in parts if len(part[2].frame)]
    if not parts:
        return ReadResult(empty(kind), log, identities)
    time = _TIME.get(kind)
    if kind == "spend":
        frame, rows = combine_spend(sorted(parts, key=lambda part: _age(part, "date")))
    else:
        frame, rows = _replaced(kind, sorted(parts, key=lambda part: _age(part, time)))
    return ReadResult(fit(kind, frame), log + rows, identities)


def _age(part: Part, time: str | None) -> tuple[pd.Timestamp, tuple[tuple[int, str], ...]]:
    _, file, result = part
    last = result.frame[time].max() if time else pd.NaT
    return (pd.Timestamp.min if pd.isna(last) else last, natural(file))


def _replaced(kind: str, parts: Sequence[Part]) -> tuple[pd.DataFrame, list[LogRow]]:
    """Return the rows of all files; of rows with the same key the last file's."""
    if kind == "attributed":
        _one_combination(parts)
    rows = pd.concat(
        [
            result.frame.assign(rank=rank, format=spec.format)
            for rank, (spec, _, result) in enumerate(parts)
        ],
        ignore_index=True,
    )
    keys = list(_KEYS[kind])
    for number, name in _IDS.get(kind, ()):
        keys.remove(name if rows[number].notna().all() else number)  # a name may have changed
    last = rows.groupby(keys, dropna=False, sort=False)["rank"].transform("max")
    old = rows["rank"] < last
    log = [
        LogRow(str(form), "", f"{kind} rows replaced by a later file", int(count))
        for form, count in rows.loc[old, "format"].value_counts().sort_index().items()
    ]
    return rows[~old].sort_values(list(_KEYS[kind]), kind="stable"), log


def _one_combination(parts: Sequence[Part]) -> None:
    """Refuse files of one tool that were pinned to different models."""
    problems = []
    pinned: dict[str, dict[str, str]] = {}
    for _, file, result in parts:
        frame = result.frame[["tool", "model", "window", "mode"]].drop_duplicates().fillna("")
        for tool, *words in frame.itertuples(index=False):
            pinned.setdefault(tool, {})[" / ".join(words)] = file
    for tool, found in pinned.items():
        if tool != "GA4" and len(found) > 1:
            shown = "; ".join(f"{words} in {file}" for words, file in sorted(found.items()))
            problems.append(
                Problem(
                    f"files of {tool} are taken under different attribution: {shown}",
                    allowed="one model, window and mode for all files",
                    todo="pin one under the source: options: {model: ..., window: ..., mode: ...}",
                )
            )
    if problems:
        raise SourceError(problems)
