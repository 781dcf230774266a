"""Read a YAML file that a person wrote, keeping the line of every setting.

Habits of YAML that surprise people are dealt with: a key written twice is a problem, not a silent
override; keys are text, also ``no`` and ``2026``; dates stay text, so that 31 June becomes a clear
message; ``12:30`` is no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from workbench.errors import Problem

__all__ = ["Key", "YamlFile", "place", "read_yaml"]

Key = tuple[str | int, ...]
"""Path of a setting: keys and list positions from the top of the file."""


class _Loader(yaml.SafeLoader):
    """SafeLoader without dates and base-60 numbers."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if not tag.endswith((":timestamp", ":int"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9][0-9_]*$"), list("-+0123456789")
)


def _whole_number(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node).replace("_", ""))


_Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)


@dataclass(frozen=True)
class YamlFile:
    """A parsed file: its data, the line of every setting, and what is wrong with the writing."""

    path: Path
    data: Any = None
    lines: dict[Key, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, key: Key) -> int:
        """Return the line of a setting, or of the nearest one above it; 0 when there is none."""
        return next(
            (self.lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self.lines), 0
        )

    def where(self, key: Key) -> str:
        """Return file, line and path of a setting, e.g. ``brand.yaml line 7, sources.orders``."""
        line, name = self.line(key), place(key)
        return f"{self.path.name}{f' line {line}' if line else ''}{f', {name}' if name else ''}"


def place(key: Key) -> str:
    """Return the path of a setting in words, e.g. ``sources.spend[0].path``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return text.removeprefix(".")


def read_yaml(path: Path) -> YamlFile:
    """Read a YAML file; problems of the writing are returned, not raised."""
    if not path.is_file():
        return YamlFile(path, problems=(Problem("the file does not exist", str(path)),))
    try:
        loader = _Loader(path.read_bytes().decode("utf-8-sig"))
        node = loader.get_single_node()
        lines: dict[Key, int] = {}
        problems: list[Problem] = []
        if node is not None:
            _walk(node, (), path.name, lines, problems, set())
        data = loader.construct_document(node) if node is not None else None
    except UnicodeDecodeError as error:
        return YamlFile(
            path,
            problems=(
                Problem(
                    f"the file is not UTF-8 text (byte {error.start})",
                    path.name,
                    todo="save it again as UTF-8",
                ),
            ),
        )
    except yaml.YAMLError as error:
        return YamlFile(path, problems=(_syntax_problem(error, path.name),))
    return YamlFile(path, data, lines, tuple(problems))


def _walk(
    node: yaml.Node,
    key: Key,
    file: str,
    lines: dict[Key, int],
    problems: list[Problem],
    inside: set[int],
) -> None:
    """Note the line of every setting below a node and each key written twice; make keys text."""
    if id(node) in inside:  # an alias that contains itself
        problems.append(
            Problem(
                "an alias contains itself",
                f"{file} line {node.start_mark.line + 1}",
                todo="write the values out",
            )
        )
        return
    inside = inside | {id(node)}
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            text = str(name.value)
            if isinstance(name, yaml.ScalarNode) and not name.tag.endswith(":merge"):
                name.tag = "tag:yaml.org,2002:str"
            line = name.start_mark.line + 1
            if text in seen:
                problems.append(
                    Problem(
                        "is written twice",
                        f"{file} line {line}, {place((*key, text))}",
                        todo="keep one of the two",
                    )
                )
            seen.add(text)
            lines[(*key, text)] = line
            _walk(value, (*key, text), file, lines, problems, inside)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[(*key, number)] = value.start_mark.line + 1
            _walk(value, (*key, number), file, lines, problems, inside)


def _syntax_problem(error: yaml.YAMLError, file: str) -> Problem:
    """Return the message of a file that is not YAML."""
    todo = "check indentation, quotes and brackets there; a value with ': ' or '#' needs quotes"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return Problem(
            f"not readable as YAML: {error.problem}",
            f"{file} line {mark.line + 1}, column {mark.column + 1}",
            todo=todo,
        )
    return Problem(f"not readable as YAML: {str(error).splitlines()[0]}", file, todo=todo)
