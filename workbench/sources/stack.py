"""The stack inventory: what a brand declares in `stack.yaml`, read with the line of each answer.

Which questions there are, and what the answers mean for levels and gaps, is known to `spectrum`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from workbench.errors import Problem, SourceError
from workbench.yaml_file import YamlFile, read_yaml

__all__ = ["FIELDS", "STATES", "read_stack"]

STATES = ("absent", "basic", "live", "not_applicable", "unknown")
"""What an answer may say; 0, 1, 2 and no, yes are read as the first three."""
FIELDS = ("state", "owner", "note", "date", "evidence", "hours", "hourly_rate")
"""What an answer may hold; the last two only where a question asks for them."""
_SYNONYMS = {"0": "absent", "1": "basic", "2": "live", "no": "absent", "yes": "live",
             "false": "absent", "true": "live"}  # fmt: skip
_NUMBERS = ("hours", "hourly_rate")
_ALLOWED = {
    "state": ", ".join([*STATES, "or 0, 1, 2, yes, no"]),
    "date": "a day as YYYY-MM-DD, e.g. 2026-06-30",
    **dict.fromkeys(_NUMBERS, "a number of at least 0"),
}


def read_stack(path: Path) -> dict[str, dict[str, Any]]:
    """Read the answers of a stack inventory.

    Parameters
    ----------
    path : Path
        YAML: question id -> mapping of `FIELDS`, or the state alone.

    Returns
    -------
    dict
        Question id -> the fields that were filled in: `state` one of `STATES`, `date` a
        `datetime.date`, `hours` and `hourly_rate` floats, the rest text. Questions without an
        answer are left out.

    Raises
    ------
    SourceError
        With every problem of the file: unknown fields and states, dates and numbers that are
        none, each with its line.
    """
    written = read_yaml(path)
    problems = list(written.problems)
    answers: dict[str, dict[str, Any]] = {}
    if isinstance(written.data, Mapping):
        for name, raw in written.data.items():
            answer = _answer(str(name), raw, written, problems)
            if answer:
                answers[str(name)] = answer
    elif written.data is not None:
        problems.append(
            Problem(
                "the file is no questionnaire",
                path.name,
                "question: {state: live, owner: ...}",
                "answer in the form: question, and below it state, owner, date, evidence",
            )
        )
    if problems:
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        raise SourceError(problems, title=f"{path.name} has {count}")
    return answers


def _answer(name: str, raw: Any, written: YamlFile, problems: list[Problem]) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raw = {} if raw is None else {"state": raw}
    answer: dict[str, Any] = {}
    for key, value in raw.items():
        where = written.where((name, key) if (name, key) in written.lines else (name,))
        if key not in FIELDS:
            close = get_close_matches(str(key), FIELDS, n=1)
            todo = f"did you mean {close[0]!r}?" if close else "remove it"
            problems.append(Problem(f"unknown field {str(key)!r}", where, ", ".join(FIELDS), todo))
        elif value is None or value == "":
            continue
        elif isinstance(value, Mapping | list):
            problems.append(Problem(f"{key} is no single value", where, todo="write it as text"))
        else:
            wrong, answer[key] = _value(key, value)
            if wrong:
                problems.append(Problem(wrong, where, _ALLOWED[key]))
    return answer


def _value(key: str, value: Any) -> tuple[str, Any]:
    """Return what is wrong with a value (empty if nothing), and the value."""
    if key == "state":
        word = str(value).strip().lower()  # YAML has made a truth value of yes and no
        word = _SYNONYMS.get(word, word)
        return ("", word) if word in STATES else (f"there is no state {value!r}", None)
    if key == "date":
        try:
            return "", date.fromisoformat(str(value))
        except ValueError:
            return f"{value!r} is no date", None
    if key in _NUMBERS:
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
        good = math.isfinite(number) and number >= 0
        return ("", float(number)) if good else (f"{value!r} is no amount", None)
    return "", str(value).strip()
