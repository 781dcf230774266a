"""When an action is due: so many weeks after the as-of date, by the work that its kind takes."""

from __future__ import annotations

from datetime import date, timedelta

__all__ = ["RULE", "WEEKS", "due_day"]

WEEKS = {
    # what loses money every day, and what others wait for
    "data_gate": 1,
    "broken_economics": 1,
    # a change inside a tool that is there: spend, an exclusion, a list
    "budget_change": 2,
    "channel_above_share": 2,
    "leaking_suppression": 2,
    "value_seed": 2,
    # messages to write, a cause to find, a report to change, a test to start
    "lapsing_high_value": 4,
    "win_back": 4,
    "second_order": 4,
    "cohort_decay": 4,
    "rank_flip": 4,
    "next_experiment": 4,
    # a flow to build
    "core_flow": 6,
}
"""Weeks from the as-of date by the kind of an action; a test is started by then."""
REPAIR = WEEKS["data_gate"]
"""Weeks that an action waits longer while failed checks block it: those of their repair."""
RULE = (
    "Due: repairs and broken economics 1 week after the as-of date, changes of spend and lists 2, "
    "messages and the start of a test 4, a flow 6."
)


def due_day(kind: str, as_of: date, *, blocked: bool = False) -> date:
    """Return the day by which an action is to be done; a weekend becomes the Monday after.

    Parameters
    ----------
    kind : str
        Of the action, among `WEEKS`.
    as_of : date
    blocked : bool
        Whether it waits for the repair of failed checks, which comes first.
    """
    day = as_of + timedelta(weeks=WEEKS[kind] + (REPAIR if blocked else 0))
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day
