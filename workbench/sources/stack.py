"""The stack inventory: what a brand declares in `stack.yaml`, read and checked.

The questions stand in `workbench.spectrum.capabilities`, a registry of plain data that imports
nothing of the house; what the answers mean for levels and gaps is decided in `spectrum`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from workbench.errors import Problem, SourceError
from workbench.spectrum.capabilities import Capability, answer_states, load_capabilities
from workbench.yaml_file import YamlFile, read_yaml

__all__ = ["read_stack"]

_SYNONYMS = {"0": "absent", "1": "basic", "2": "live", "no": "absent", "yes": "live",
             "false": "absent", "true": "live"}  # fmt: skip
_NUMBERS = ("hours", "hourly_rate")
_AMOUNT = "a number of at least 0"
_ALLOWED = {
    "state": ", ".join([*answer_states(), "or 0, 1, 2, yes, no"]),
    "date": "a day as YYYY-MM-DD, e.g. 2026-06-30",
}


def read_stack(path: Path) -> dict[str, dict[str, Any]]:
    """Read the answers of a stack inventory.

    Parameters
    ----------
    path : Path
        YAML: question id -> mapping with any of state, owner, note, date, evidence (and hours,
        hourly_rate where a question asks for them), or the state alone. A state is one of the
        registry's words, or 0, 1, 2, or yes and no.

    Returns
    -------
    dict
        Question id -> {"state": word, and the other keys that were filled in}. `date` is a
        `datetime.date`, hours and hourly_rate are floats, the rest is text. Unanswered questions
        are left out.

    Raises
    ------
    SourceError
        With every problem of the file: unknown questions, keys and states, dates and numbers that
        are none, each with its line.
    """
    written = read_yaml(path)
    problems = list(written.problems)
    answers: dict[str, dict[str, Any]] = {}
    if isinstance(written.data, Mapping):
        questions = {item.id: item for item in load_capabilities()}
        for name, raw in written.data.items():
            if name not in questions:
                problems.append(_unknown("question", name, list(questions), written.where((name,))))
                continue
            answer = _answer(questions[name], raw, written, problems)
            if answer:
                answers[name] = answer
    elif written.data is not None:
        problems.append(
            Problem(
                "the file is no questionnaire", path.name, "question: {state: live, owner: ...}",
                "remove it and run: workbench new FOLDER",
            )
        )  # fmt: skip
    if problems:
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        raise SourceError(problems, title=f"{path.name} has {count}")
    return answers


def _unknown(kind: str, name: Any, known: list[str], where: str) -> Problem:
    close = get_close_matches(str(name), known, n=1)
    todo = f"did you mean {close[0]!r}?" if close else "remove it"
    allowed = "" if kind == "question" else ", ".join(known)
    return Problem(f"there is no {kind} {str(name)!r}", where, allowed, todo)


def _answer(
    item: Capability, raw: Any, written: YamlFile, problems: list[Problem]
) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raw = {} if raw is None else {"state": raw}
    answer: dict[str, Any] = {}
    for key, value in raw.items():
        where = written.where((item.id, key) if (item.id, key) in written.lines else (item.id,))
        if key not in item.answer_fields:
            problems.append(_unknown("key", key, list(item.answer_fields), where))
        elif value is None or value == "":
            continue
        elif isinstance(value, Mapping | list):
            problems.append(Problem(f"{key} is no single value", where, todo="write it as text"))
        else:
            wrong, answer[key] = _value(key, value)
            if wrong:
                problems.append(Problem(wrong, where, _ALLOWED.get(key, _AMOUNT)))
    return answer


def _value(key: str, value: Any) -> tuple[str, Any]:
    """Return what is wrong with a value (empty if nothing), and the value."""
    if key == "state":
        word = str(value).strip().lower()  # YAML has made a truth value of yes and no
        word = _SYNONYMS.get(word, word)
        return ("", word) if word in answer_states() else (f"there is no state {value!r}", None)
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
