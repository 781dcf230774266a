"""The registry of the automation spectrum: what is asked, at which level, and what proves it.

The data stands in ``capabilities.yaml``; this module reads it into frozen dataclasses. It imports
nothing but the standard library and yaml, so that the questionnaire can be written, and answers
can be checked, without loading pandas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

REGISTRY = Path(__file__).with_name("capabilities.yaml")
ANSWER_FIELDS = ("state", "owner", "note", "date", "evidence")
LEVEL_NAMES = {
    1: "Rule-based triggers",
    2: "Audience-based automation",
    3: "CLV-weighted automation",
    4: "Autonomous growth execution",
}


@dataclass(frozen=True)
class Capability:
    """One question to a brand's stack.

    Attributes
    ----------
    id : str
        Key of the answer in ``stack.yaml``.
    number : int
        1 to 34, the order of the questionnaire.
    level : int
        1 to 4; 0 where the question belongs to every level and is part of none.
    stage : int
        First revenue stage, 1 to 4, that needs it.
    rule : str
        Name of the evidence rule in :mod:`workbench.spectrum.evidence`.
    proof : {"export", "person"}
        What can prove it: an export or this run, or only a person's dated, owned artefact.
    weight : int
        2 = the level cannot hold without it, 1 = it adds points, 0 = not scored.
    effort_hours : float
        Estimated hours of work to close the gap: an assumption, edited in the registry.
    overlap_group : str
        Gaps of one group earn the same money.
    names, names_not, names_against : tuple of str
        Regular expressions over normalised names: proof, exclusion, proof of the opposite.
    fields : tuple of str
        Further keys that its answer may carry.
    """

    id: str
    number: int
    level: int
    stage: int
    title: str
    question: str
    rule: str
    proof: str
    weight: int
    effort_hours: float
    overlap_group: str
    remedy: str
    to_prove: str
    may_not_apply: bool = False
    names: tuple[str, ...] = ()
    names_not: tuple[str, ...] = ()
    names_against: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    tools: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = []
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.id):
            problems.append(f"id must be a snake_case word, got {self.id!r}")
        for name, value, allowed in (
            ("level", self.level, (0, 1, 2, 3, 4)),
            ("stage", self.stage, (1, 2, 3, 4)),
            ("weight", self.weight, (0, 1, 2)),
            ("proof", self.proof, ("export", "person")),
        ):
            if value not in allowed:
                problems.append(f"{name} must be one of {allowed}, got {value!r}")
        if self.effort_hours < 0:
            problems.append(f"effort_hours must not be negative, got {self.effort_hours!r}")
        if problems:
            raise ValueError(f"capability {self.id!r}: " + "; ".join(problems))

    @property
    def answer_fields(self) -> tuple[str, ...]:
        """Keys that an answer to this question may carry in ``stack.yaml``."""
        return ANSWER_FIELDS + self.fields


@cache
def _registry(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def load_capabilities(path: Path | None = None) -> tuple[Capability, ...]:
    """Read the registry, in the order of the questionnaire.

    Parameters
    ----------
    path : Path, optional
        Another registry of the same form; the one of the package by default.

    Returns
    -------
    tuple of Capability
        Sorted by number; ids and numbers are unique.

    Raises
    ------
    ValueError
        If an item is malformed, or an id or number occurs twice.
    """
    items = []
    for raw in _registry(path or REGISTRY)["capabilities"]:
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}
        items.append(Capability(**fields))
    for key in ("id", "number"):
        values = [getattr(item, key) for item in items]
        twice = sorted({str(v) for v in values if values.count(v) > 1})
        if twice:
            raise ValueError(f"the registry holds {key} {', '.join(twice)} more than once")
    return tuple(sorted(items, key=lambda item: item.number))


def answer_states(path: Path | None = None) -> dict[str, str]:
    """Words that ``state`` may hold in ``stack.yaml``, each with its meaning."""
    return dict(_registry(path or REGISTRY)["answers"])


def stage_texts(path: Path | None = None) -> dict[int, dict[str, str]]:
    """What each stage (1 to 4) `needs` and what it should `not_yet` buy, in words."""
    return {
        item["number"]: {"needs": item["needs"], "not_yet": item["not_yet"]}
        for item in _registry(path or REGISTRY)["stages"]
    }


def questionnaire() -> str:
    """Text of an unanswered ``stack.yaml``: every question as a comment above its answer."""
    lines = [
        "# What the stack can do. Change each state to one of:",
        *(f"#   {state}: {meaning}" for state, meaning in answer_states().items()),
        "# An answer counts more with an owner, a date (YYYY-MM-DD) and evidence (a file or link).",
    ]
    for item in load_capabilities():
        heading = f"level {item.level}" if item.level else "every level"
        lines += ["", f"# {item.number}. ({heading}) {item.question}"]
        lines += [f"#   to prove it: {item.to_prove}", f"{item.id}:", "  state: unknown"]
        lines += [f"  {name}:" for name in (*item.fields, "owner", "date", "evidence", "note")]
    return "\n".join(lines) + "\n"
