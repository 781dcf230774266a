"""All settings of decisions, from `decisions:` in brand.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from typing import Any, TypeVar

from workbench.decisions.audience_settings import AudienceSettings
from workbench.decisions.budget_settings import BudgetSettings
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.opportunity_settings import OpportunitySettings
from workbench.errors import InputError, Problem

__all__ = ["DecisionSettings", "decision_settings", "section"]

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class DecisionSettings:
    """Settings of every decision; the defaults are documented where each is defined."""

    budget: BudgetSettings = field(default_factory=BudgetSettings)
    audiences: AudienceSettings = field(default_factory=AudienceSettings)
    opportunities: OpportunitySettings = field(default_factory=OpportunitySettings)
    experiments: ExperimentSettings = field(default_factory=ExperimentSettings)


def decision_settings(given: Mapping[Any, Mapping[str, Any]]) -> DecisionSettings:
    """Read the sections budget, audiences, opportunities and experiments.

    Parameters
    ----------
    given : mapping
        Section -> name -> value, as brand.yaml holds them; other sections are left to others.

    Raises
    ------
    InputError
        With every setting that is unknown, of the wrong kind or out of range.
    """
    problems: list[Problem] = []
    made = {}
    for part in fields(DecisionSettings):
        kind: Any = part.default_factory
        try:
            made[part.name] = section(kind, given.get(part.name, {}), f"decisions.{part.name}")
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems, title="brand.yaml")
    return DecisionSettings(**made)


def section(kind: type[Settings], given: Mapping[str, Any], where: str) -> Settings:
    """Make one dataclass of settings from a mapping, its unknown names and kinds refused.

    Raises
    ------
    InputError
        With every problem and its place.
    """
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    problems, values = [], {}
    for name, value in given.items():
        if name not in known:
            close = get_close_matches(name, known, n=1)
            todo = f"did you mean {close[0]!r}?" if close else ""
            problems.append(Problem("unknown setting", f"{where}.{name}", ", ".join(known), todo))
            continue
        one = known[name]
        make = one.default_factory
        default = one.default if make is MISSING else make()
        fitted = _fitted(value, default)
        if fitted is None and value is not None:
            what = f"{value!r} is of the wrong kind"
            problems.append(Problem(what, f"{where}.{name}", f"like {_example(default)}"))
        else:
            values[name] = fitted
    if problems:
        raise InputError(problems, title="brand.yaml")
    try:
        return kind(**values)
    except InputError as error:
        raise InputError([_placed(p, where) for p in error.problems], title="brand.yaml") from None


def _fitted(value: Any, default: Any) -> Any:
    """Return the value in the kind of the default; None where it is of another."""
    if isinstance(default, Mapping):
        numbers = isinstance(value, Mapping) and all(_is_number(v) for v in value.values())
        return {str(k): float(v) for k, v in value.items()} if numbers else None
    if isinstance(default, tuple):
        words = isinstance(value, list) and all(isinstance(v, str) for v in value)
        return tuple(value) if words else None
    if isinstance(default, bool | str):
        return value if isinstance(value, type(default)) else None
    if isinstance(default, int):
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    # numbers, and settings that are nothing by default
    return float(value) if _is_number(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _example(default: Any) -> str:
    if isinstance(default, Mapping):
        return "{Meta Ads: 0.2}"
    if isinstance(default, tuple):
        return "[" + ", ".join(default[:2]) + "]"
    return "a number" if default is None else repr(default)


def _placed(problem: Problem, where: str) -> Problem:
    place = problem.where.rsplit(".", 1)[-1]
    return Problem(problem.what, f"{where}.{place}", problem.allowed, problem.todo)
