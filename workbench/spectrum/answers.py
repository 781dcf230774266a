"""What a brand declares about its stack: the answers of ``stack.yaml``, checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from workbench.errors import InputError, Problem
from workbench.spectrum.capabilities import Capability, answer_states, load_capabilities

__all__ = ["SCORES", "Answer", "read_answers"]

SCORES: dict[str, float] = {"absent": 0.0, "basic": 1.0, "live": 2.0}
"""Points (0 to 2, before the weight) that a declared state claims; other states claim none."""
ARTEFACT_DAYS = 365
"""Age in days beyond which a declared artefact no longer counts."""


@dataclass(frozen=True)
class Answer:
    """One declared answer.

    Attributes
    ----------
    state : str
        absent, basic, live, not_applicable or unknown.
    evidence : str
        The artefact that the answer names: a file or a link.
    day : datetime.date or None
        Day of the artefact.
    hours, hourly_rate : float or None
        Only for ``hours_per_week``: hours a week, and money per hour in the brand's currency.
    """

    state: str = "unknown"
    owner: str = ""
    note: str = ""
    evidence: str = ""
    day: date | None = None
    hours: float | None = None
    hourly_rate: float | None = None

    @property
    def score(self) -> float:
        """Points claimed, 0 to 2; NaN where nothing is claimed."""
        return SCORES.get(self.state, math.nan)

    @property
    def positive(self) -> bool:
        """Whether the answer claims that the thing is there."""
        return self.score > 0

    def artefact_fault(self, as_of: date) -> str:
        """Say why the artefact does not count on the as-of date; empty if it counts."""
        if not self.evidence:
            return "no artefact is named"
        if not self.owner:
            return "no owner is named"
        if self.day is None:
            return "the artefact has no date"
        if self.day > as_of:
            return f"the artefact is dated {self.day}, after the as-of date"
        if self.day <= as_of - timedelta(days=ARTEFACT_DAYS):
            return f"the artefact of {self.day} is older than {ARTEFACT_DAYS} days"
        return ""


def read_answers(
    stack: Mapping[str, Any] | None, capabilities: Iterable[Capability] | None = None
) -> dict[str, Answer]:
    """Check the answers of a stack inventory; unanswered questions get an empty answer.

    Parameters
    ----------
    stack : mapping
        Capability id -> mapping with any of state, owner, note, date, evidence (and hours,
        hourly_rate for ``hours_per_week``). None or an empty mapping is a missing questionnaire.
    capabilities : iterable of Capability, optional
        The registry; that of the package by default.

    Returns
    -------
    dict of str to Answer
        One per capability, in the order of the questionnaire.

    Raises
    ------
    InputError
        With every unknown question, unknown key, unknown state, date and number that is none.
    """
    items = {c.id: c for c in capabilities or load_capabilities()}
    if not isinstance(stack, Mapping | None):
        raise InputError(Problem("the answers are no mapping", "stack.yaml", "question: answer"))
    problems: list[Problem] = []
    answers = {name: Answer() for name in items}
    for name, raw in (stack or {}).items():
        where = f"stack.yaml, {name}"
        if name not in items:
            close = get_close_matches(str(name), list(items), n=1)
            todo = f"did you mean {close[0]!r}?" if close else "remove it"
            problems.append(Problem("there is no such question", where, todo=todo))
        elif isinstance(raw, Mapping):
            answers[name] = _read_one(items[name], raw, where, problems)
        elif raw is not None:
            problems.append(Problem("the answer is no mapping", where, "state: live", "indent it"))
    if problems:
        raise InputError(problems, title=f"stack.yaml has {len(problems)} problem(s)")
    return answers


def _read_one(
    item: Capability, raw: Mapping[str, Any], where: str, problems: list[Problem]
) -> Answer:
    allowed = ", ".join(item.answer_fields)
    for key in raw:
        if key not in item.answer_fields:
            problems.append(Problem(f"unknown key {key!r}", where, allowed, "rename or remove it"))
    state = raw.get("state")
    if state is None:
        state = "unknown"
    elif state not in answer_states():
        states = ", ".join(answer_states())
        problems.append(Problem(f"unknown state {state!r}", where, states, "use one of these"))
        state = "unknown"
    number = {
        key: _number(raw.get(key), f"{where}, {key}", problems) for key in ("hours", "hourly_rate")
    }
    return Answer(
        state=state,
        owner=_text(raw.get("owner")),
        note=_text(raw.get("note")),
        evidence=_text(raw.get("evidence")),
        day=_day(raw.get("date"), where, problems),
        hours=number["hours"],
        hourly_rate=number["hourly_rate"],
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _day(value: Any, where: str, problems: list[Problem]) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        problems.append(
            Problem(f"{value!r} is no date", where, "YYYY-MM-DD, e.g. 2026-06-30", "correct it")
        )
        return None


def _number(value: Any, where: str, problems: list[Problem]) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        problems.append(
            Problem(f"{value!r} is no amount", where, "a number of at least 0", "correct it")
        )
        return None
    return number
