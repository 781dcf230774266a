"""The part of page 3 on the four revenue stages: foundation, gap, road, what not to buy yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.plots.words import money_tick
from workbench.report.facts import Facts, known

__all__ = ["stage_sections"]

AT_MOST, ELSEWHERE = 4, 2
"""Capabilities named in one list, where the brand stands and at other stages; the rest is counted,
and the figure names them all."""
ROLES = {
    "foundation": "behind you, the foundation",
    "present": "where you are, the gap",
    "road": "ahead, the road",
    "not known": "your size is not known",
}

Section = tuple[str, tuple[tuple[str, str], ...]]


def stage_sections(facts: Facts) -> Iterator[Section]:
    """Yield one headed list per stage: what it needs, what stands, what is open, what can wait.

    The same capabilities are judged at each stage; each names only what comes on top of the one
    before. What can wait is said where the brand stands, or of every stage if nobody knows where.
    """
    if not facts.has("stages") or not facts.has("gaps"):
        return
    seen: set[str] = set()
    for row in facts["stages"].sort_values("stage").to_dict("records"):
        missing = [name for name in str(row["open"] or "").split(", ") if has_text(name)]
        added = [name for name in missing if name not in seen]
        seen.update(missing)
        here = row["role"] in ("present", "not known")
        waits = here and has_text(row["not_yet"])
        terms = (
            ("Needs", str(row["needs"]) if row["role"] != "foundation" else ""),
            ("Stands", _stands(facts, row)),
            (
                "Open as well" if row["stage"] > 1 else "Open",
                _named(facts, added, AT_MOST if here else ELSEWHERE),
            ),
            ("Not to be bought yet", str(row["not_yet"]) if waits else ""),
        )
        yield _heading(facts, row), tuple((term, text) for term, text in terms if text)


def has_text(value: Any) -> bool:
    """Tell whether a cell of text holds any; an empty one may have become NaN."""
    return isinstance(value, str) and value.strip() != ""


def _heading(facts: Facts, row: dict[Any, Any]) -> str:
    low, high = (money_tick(row[name], facts.currency) for name in ("lower", "upper"))
    if not row["lower"]:
        size = f"under {high}"
    elif known(row["upper"]):
        size = f"{low} to {high}"
    else:
        size = f"{low} and more"
    role = ROLES.get(str(row["role"]), str(row["role"]))
    return f"Stage {int(row['stage'])}, {size} net revenue a year: {role}"


def _stands(facts: Facts, row: dict[Any, Any]) -> str:
    say = facts.voice.say
    counts = {name: int(row[name]) for name in ("proven", "items", "gaps")}
    other = int(row["ask"]) + int(row["unknown"])
    level = int(row["required_level"])
    ends = (
        say("stage_met", level=level)
        if row["met"]
        else say("stage_open", level=level, reached=int(row["level_evidenced"]))
        if row["level_evidenced"]
        else say("stage_none")
    )
    return f"{say('stage_stands', other=other, **counts).text} {ends.text}"


def _named(facts: Facts, names: list[str], most: int) -> str:
    if not names:
        return ""
    told = ", ".join(facts.capability(name) for name in names[:most])
    left = len(names) - most
    return f"{told} and {left} more." if left > 0 else f"{told}."
