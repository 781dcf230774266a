"""Imports never go up: the floors of the house, as CONTRIBUTING.md names them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.conftest import ROOT

FLOORS = [
    {"errors"},
    {"cache", "checks", "plots", "xlsx", "yaml_file"},
    {"health"},
    {"settings"},
    {"brand_costs", "brand_sources"},
    {"brand"},
    {"sources"},
    {"store", "simulate"},
    {"models"},
    {"value"},
    {"decisions"},
    {"outbox", "spectrum"},
    {"run_facts"},
    {"analysis"},
    {"explorer"},
    {"report"},
    {"cli"},
]
"""From the bottom up; one floor holds parts that do not know each other."""

FLOOR_OF = {part: number for number, parts in enumerate(FLOORS) for part in parts}


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield what a module imports at run time."""
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "workbench":
            yield from (f"workbench.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_every_part_has_a_floor():
    parts = {path.stem for path in (ROOT / "workbench").iterdir() if path.suffix in ("", ".py")}
    assert parts - {"__init__", "__pycache__"} == set(FLOOR_OF)


def test_no_import_goes_up():
    wrong = []
    for file in sorted((ROOT / "workbench").rglob("*.py")):
        part = file.relative_to(ROOT / "workbench").parts[0].removesuffix(".py")
        for name in imports(ast.parse(file.read_text(encoding="utf-8"))):
            target = name.split(".")[1] if name.startswith("workbench.") else part
            if target == part or target not in FLOOR_OF:
                continue
            if FLOOR_OF[target] >= FLOOR_OF[part]:
                wrong.append(f"{file.relative_to(ROOT)} imports {name}")
    assert wrong == []
