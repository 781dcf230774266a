"""A check: one question about data, model or tools, answered PASS, REVIEW or FAIL.

Readiness, model diagnostics and the gap report all speak in checks, so that one table and one
renderer serve them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum

import pandas as pd

from workbench.cards import card, pill

__all__ = [
    "COLUMNS",
    "NOT_APPLICABLE",
    "Check",
    "Checks",
    "Status",
    "measured",
    "to_table",
    "worst",
]


NOT_APPLICABLE = "Not applicable: "
"""Begins the message of a check that asks nothing of this brand; it does not count as passed."""


class Status(StrEnum):
    """Outcome of a check, from best to worst: PASS, REVIEW, FAIL."""

    PASS = "PASS"
    REVIEW = "REVIEW"
    FAIL = "FAIL"


_SEVERITY = {Status.PASS: 0, Status.REVIEW: 1, Status.FAIL: 2}


@dataclass(frozen=True)
class Check:
    """The result of one check.

    Parameters
    ----------
    check : str
        Short name, stable over time, e.g. ``"history_length"``.
    status : Status
        PASS, REVIEW or FAIL.
    value : float, str or None
        What was measured; None when it could not be.
    threshold : str
        What the value was held against, with its unit, e.g. ``">= 90 days"``.
    message : str
        What was found, for a reader who sees nothing else.
    recommendation : str
        What to do; empty when there is nothing to do.
    """

    check: str
    status: Status
    value: float | str | None
    threshold: str
    message: str
    recommendation: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", Status(self.status))

    def _repr_html_(self) -> str:
        """Show the check in a notebook."""
        facts = {
            "status": pill(self.status),
            "measured": measured(self.value),
            "held against": self.threshold,
            "found": self.message,
            "to do": self.recommendation,
        }
        return card(self.check.replace("_", " "), facts)


class Checks(list[Check]):
    """A list of checks that a notebook shows as a table, the worst first."""

    def _repr_html_(self) -> str:
        """Show the checks in a notebook."""
        counts = {status: sum(check.status is status for check in self) for status in Status}
        told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        ranked = sorted(self, key=lambda check: -_SEVERITY[check.status])
        rows = [
            (check.check.replace("_", " "), pill(check.status), check.message, check.recommendation)
            for check in ranked
        ]
        title = f"{len(self)} check{'' if len(self) == 1 else 's'}"
        header = ("check", "status", "found", "to do")
        return card(f"{title}: {told}" if told else "No checks", header=header, rows=rows)


def measured(value: float | str | None) -> str:
    """Write what a check measured: counts in full, other numbers to four digits, "" if nothing."""
    if value is None or isinstance(value, str):
        return value or ""
    if value != value:
        return ""
    whole = float(value).is_integer() or abs(value) >= 1000
    return f"{value:,.0f}" if whole else f"{value:,.4g}"


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Check))
"""Columns of the table of checks, in order."""


def worst(checks: Iterable[Check]) -> Status:
    """Return the worst status among the checks; PASS when there are none."""
    return max((check.status for check in checks), key=_SEVERITY.__getitem__, default=Status.PASS)


def to_table(checks: Iterable[Check]) -> pd.DataFrame:
    """Return the checks as a table, one row per check, in the given order.

    Returns
    -------
    DataFrame
        Columns check, status, value, threshold, message, recommendation. `value` keeps numbers
        and words side by side, hence dtype object.
    """
    rows = [
        (c.check, str(c.status), c.value, c.threshold, c.message, c.recommendation) for c in checks
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["value"] = pd.Series([row[2] for row in rows], index=table.index, dtype=object)
    return table
