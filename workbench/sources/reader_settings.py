"""The `columns` and `options` of a source, checked: what nobody would look at is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from workbench.errors import Problem, SourceError

if TYPE_CHECKING:
    from workbench.brand import SourceSpec

__all__ = ["TABLE_OPTIONS", "check_settings"]

TABLE_OPTIONS: dict[str, Any] = {"decimal": (".", ","), "dates": ("day_first", "month_first")}
"""Options of every source that is a table of text."""


def check_settings(
    spec: SourceSpec, *, columns: Collection[str] = (), options: Mapping[str, Any]
) -> None:
    """Refuse names and values under `columns` and `options` that the reader does not know.

    Parameters
    ----------
    columns : collection of str
        Names that may be mapped.
    options : mapping
        Option -> its allowed words (a tuple), or its type.

    Raises
    ------
    SourceError
        All that is wrong, with what is allowed.
    """
    problems = []
    for kind, given, known in (
        ("columns", list(spec.columns), sorted(columns)),
        ("options", list(spec.options), sorted(options)),
    ):
        for name in given:
            if name in known:
                continue
            close = get_close_matches(name, known, n=1)
            problems.append(
                Problem(
                    f"{spec.format} has no {kind} named {name!r}",
                    f"brand.yaml, {spec.place}",
                    ", ".join(known) or "none",
                    f"did you mean {close[0]!r}?" if close else "remove it",
                )
            )
    for name, value in spec.options.items():
        allowed = options.get(name)
        if allowed is None or _fits(value, allowed):
            continue
        words = " or ".join(map(repr, allowed)) if isinstance(allowed, tuple) else _TYPES[allowed]
        problems.append(
            Problem(f"option {name} is {value!r}", f"brand.yaml, {spec.place}", words, "correct it")
        )
    if problems:
        raise SourceError(problems)


_TYPES = {bool: "true or false", list: "a word or a list of words", dict: "pattern: channel name"}


def _fits(value: Any, allowed: Any) -> bool:
    if isinstance(allowed, tuple):
        return value in allowed
    if allowed is list:
        items = [value] if isinstance(value, str) else value
        return isinstance(items, list) and all(isinstance(item, str) for item in items)
    if allowed is dict:
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    return isinstance(value, allowed)
