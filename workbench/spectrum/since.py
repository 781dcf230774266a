"""What closed and what opened between two runs: the gap rows of `since_last.csv`."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd

from workbench.spectrum.capabilities import load_capabilities
from workbench.spectrum.facts import day_text

__all__ = ["gaps_since", "previous_gaps"]

COLUMNS = ("kind", "subject", "before", "after", "words")
GAPS = ("gap", "gap_no_profit")
OPEN = ("ask", "unknown")
_MEANS = {
    "gap": "a gap",
    "gap_no_profit": "a gap",
    "ask": "not shown",
    "unknown": "not to be checked",
    "informative": "not needed",
    "not_applicable": "not applicable",
    "proven": "proven",
}


def gaps_since(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Compare two gap tables of one brand.

    Parameters
    ----------
    before, now : DataFrame
        gaps.csv of an earlier run and of this one: capability, level, state, evidenced, evidence.
        Capabilities that only one of them has are left out: the registry changed, not the brand.

    Returns
    -------
    DataFrame
        Columns as `workbench.value.since_last.COLUMNS`, kind "gap": one row per capability whose
        state or points changed, what closed first. before and after are points of evidence, 0 to
        2; 0 where nothing was shown.
    """
    if before.empty or now.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    both = now.merge(before, on="capability", suffixes=("", "_before"))
    titles = {item.id: item.title for item in load_capabilities()}
    rows = []
    for row in both.to_dict("records"):
        was, is_ = str(row["state_before"]), str(row["state"])
        points = [
            0.0 if pd.isna(row[c]) else float(row[c]) for c in ("evidenced_before", "evidenced")
        ]
        # with or without a figure it is the same gap
        if points[0] == points[1] and _MEANS.get(was, was) == _MEANS.get(is_, is_):
            continue
        order, change = _change(was, is_, *points)
        title = titles.get(row["capability"], row["capability"])
        words = f"{title} {change} ({points[0]:g} of 2 points before, {points[1]:g} now)."
        if isinstance(row["evidence"], str) and row["evidence"]:
            words += f" {row['evidence']}"
        rows.append((order, int(row["level"]) or 9, row["capability"], *points, words))
    rows.sort(key=lambda row: row[:3])
    return pd.DataFrame([("gap", *row[2:]) for row in rows], columns=list(COLUMNS))


def _change(was: str, is_: str, before: float, after: float) -> tuple[int, str]:
    """Say what became of one capability, and where it stands in the order."""
    if is_ == "proven" and was in GAPS:
        return 0, "closed: it was a gap and is proven"
    if was in GAPS and is_ not in GAPS:
        return 1, f"is no gap any more, but {_MEANS.get(is_, is_)}"
    if is_ in GAPS and was == "proven":
        return 2, "opened: it was proven and is a gap"
    if is_ in GAPS and was not in GAPS:
        return 2, f"opened: it was {_MEANS.get(was, was)} and is a gap"
    if is_ == "proven" and was != "proven":
        return 3, f"is proven now; it was {_MEANS.get(was, was)}"
    if was == "proven" and is_ != "proven":
        return 4, f"is {_MEANS.get(is_, is_)} now; it was proven"
    if after != before:
        return 5, f"is {'better' if after > before else 'less well'} shown"
    return 6, f"is {_MEANS.get(is_, is_)} now; it was {_MEANS.get(was, was)}"


def previous_gaps(folder: Path, as_of: date) -> tuple[pd.DataFrame, str]:
    """Read gaps.csv of the run before this one.

    Parameters
    ----------
    folder : Path
        ``reports/<brand folder name>``, which holds one folder per as-of date.
    as_of : date
        Of this run.

    Returns
    -------
    table : DataFrame
        Empty where no earlier run left one.
    day : str
        Its as-of date in words, "" without one.
    """
    found = [
        path
        for path in folder.glob("*/tables/gaps.csv")
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", path.parts[-3]) and path.parts[-3] < as_of.isoformat()
    ]
    if not found:
        return pd.DataFrame(), ""
    last = max(found, key=lambda path: path.parts[-3])
    table = pd.read_csv(last, keep_default_na=False, na_values=[""])
    return table, day_text(date.fromisoformat(last.parts[-3]))
