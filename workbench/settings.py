"""From a failed pydantic validation to problems in the user's words, with place and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from workbench.errors import Problem
from workbench.yaml_file import Key, YamlFile

__all__ = ["SettingsModel", "setting_problem", "to_problems"]


class SettingsModel(BaseModel):
    """Settings that cannot be changed, know all their keys and hold finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def setting_problem(what: str, *, allowed: str = "", todo: str = "") -> PydanticCustomError:
    """Return an error to raise in a validator; `to_problems` adds its place."""
    parts = {"what": what, "allowed": allowed, "todo": todo}
    return PydanticCustomError("setting", "{what}", parts)


def to_problems(
    error: ValidationError, written: YamlFile, model: type[BaseModel]
) -> Iterator[Problem]:
    """Yield one problem per validation error, in the order of the file.

    Parameters
    ----------
    error : ValidationError
        What pydantic found.
    written : YamlFile
        The file that was validated, for lines.
    model : type of BaseModel
        The model of the whole file, for the settings it knows.
    """
    placed = [(_key(detail, written.data), detail) for detail in error.errors()]
    for key, detail in sorted(placed, key=lambda pair: written.line(pair[0])):
        yield _in_words(key, detail, written.where(key), model)


_EXPECTED = {
    "date_type": "a date as YYYY-MM-DD",
    "dict_type": "settings as 'key: value'",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "model_attributes_type": "settings as 'key: value'",
    "model_type": "settings as 'key: value'",
    "string_too_short": "text that is not empty",
    "string_type": "text",
    "tuple_type": "a list",
}


def _in_words(key: Key, detail: ErrorDetails, where: str, model: type[BaseModel]) -> Problem:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "setting":
        return Problem(context["what"], where, context["allowed"], context["todo"])
    if kind == "missing":
        return Problem("is missing", where, todo=f"add {key[-1]!r}")
    if kind == "extra_forbidden":
        known = _known_settings(key, model)
        close = get_close_matches(str(key[-1]), known, n=1)
        todo = f"did you mean {close[0]!r}?" if close else "remove it"
        return Problem("is no setting", where, ", ".join(known), todo)
    if given is None:
        todo = f"write a value after {str(key[-1])!r}, or remove the line if it may be left out"
        return Problem("has no value", where, _EXPECTED.get(kind, detail["msg"]), todo)
    shown = repr(given) if isinstance(given, str | int | float | None) else type(given).__name__
    if kind in _EXPECTED:
        todo = ""
        if kind == "string_type" and isinstance(given, bool | int | float):
            todo = "put quotes around it"
        elif kind in ("float_type", "int_type") and isinstance(given, str):
            todo = "write a plain number, without quotes or signs"
        return Problem(f"{shown} does not fit", where, _EXPECTED[kind], todo)
    if kind == "less_than_equal":
        return Problem(f"{shown} is too large", where, f"at most {context['le']:g}")
    if kind == "greater_than_equal":
        return Problem(f"{shown} is too small", where, f"at least {context['ge']:g}")
    if kind == "literal_error":
        return Problem(f"{shown} is not known", where, context["expected"])
    return Problem(f"{shown} does not fit", where, detail["msg"])


def _key(detail: ErrorDetails, data: Any) -> Key:
    """Return the place of an error as a path in the file, without pydantic's own steps."""
    key: list[int | str] = []
    here = data
    for part in detail["loc"]:
        is_item = isinstance(here, list) and isinstance(part, int) and part < len(here)
        if is_item or (isinstance(here, Mapping) and part in here):
            here = here[part]
            key.append(part)
    if detail["type"] == "missing":
        key.append(detail["loc"][-1])
    return tuple(key)


def _known_settings(key: Key, model: type[BaseModel]) -> list[str]:
    """Return the settings that are known beside the last part of a key."""
    for part in key[:-1]:
        if part in model.model_fields:
            model = next(_models(model.model_fields[str(part)].annotation), model)
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models inside a type such as ``tuple[Spec, ...]`` or ``float | Table``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
