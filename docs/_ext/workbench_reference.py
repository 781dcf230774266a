"""Directives that write the reference from the package itself, so that it cannot fall behind.

``workbench-api`` documents the public names of modules, ``workbench-commands`` the command line,
``workbench-tables`` the tables of a run, ``workbench-formats`` what `sources` accepts.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

_KEPT = "workbench_documented"
"""Attribute of the build that holds what each page documents."""


class _Written(SphinxDirective):
    """A directive that stands for lines of reStructuredText."""

    optional_arguments = 100
    has_content = False

    def run(self) -> list[nodes.Node]:
        from docutils.statemachine import StringList

        lines = StringList(list(self.lines()), source=self.get_source_info()[0])
        holder = nodes.section()
        holder.document = self.state.document
        self.state.nested_parse(lines, self.content_offset, holder, match_titles=1)
        return holder.children

    def lines(self) -> Iterator[str]:
        raise NotImplementedError


class Api(_Written):
    """Every name of `__all__` of the modules given, with its docstring."""

    def lines(self) -> Iterator[str]:
        kept: dict[str, set[tuple[str, str]]] = vars(self.env).setdefault(_KEPT, {})
        here = kept.setdefault(self.env.docname, set())
        for name in self.arguments:
            module = import_module(name)
            yield from (f"``{name}``: {_first_paragraph(module.__doc__)}", "")
            for public in getattr(module, "__all__", None) or _own(module):
                thing = getattr(module, public)
                home = (getattr(thing, "__module__", name), getattr(thing, "__qualname__", public))
                seen = any(home in names for names in kept.values())
                if callable(thing) and not seen:  # each once, where it comes first
                    here.add(home)
                    yield from _documented(name, public, thing)


def _own(module: ModuleType) -> list[str]:
    """Return the public names that a module defines itself."""
    return [
        name
        for name, thing in vars(module).items()
        if getattr(thing, "__module__", "") == module.__name__ and not name.startswith("_")
    ]


def _documented(module: str, name: str, thing: Any) -> Iterator[str]:
    if inspect.isclass(thing):
        kind = "autoexception" if issubclass(thing, Exception) else "autoclass"
        own = all(base.__module__.startswith("workbench") for base in thing.__mro__[:-1])
        more = ["   :inherited-members:"] if own else []  # not those of pydantic or ValueError
        hidden = "   :exclude-members: model_config"
        yield from (f".. {kind}:: {module}.{name}", "   :members:", *more, hidden, "")
    else:
        yield from (f".. autofunction:: {module}.{name}", "")


def _first_paragraph(doc: str | None) -> str:
    return " ".join((doc or "").split("\n\n")[0].split())


class Commands(_Written):
    """Every command with its words, arguments and options."""

    def lines(self) -> Iterator[str]:
        import typer.main

        from workbench.cli import app

        for name, command in typer.main.get_command(app).commands.items():
            given = [one for one in command.params if one.param_type_name == "argument"]
            usage = " ".join(["workbench", name, *map(_metavar, given)])
            yield from (f".. _command-{name}:", "", f".. object:: {usage} [OPTIONS]", "")
            yield from (f"   {' '.join(command.help.split())}", "")
            for one in command.params:
                option = one.param_type_name == "option"
                names = _option(one) if option else _metavar(one)
                yield from (f"   {_code(names)}", f"      {_told(one)}", "")


def _metavar(parameter: Any) -> str:
    return parameter.metavar or f"[{parameter.name.upper()}]"


def _option(parameter: Any) -> str:
    names = ", ".join(parameter.opts)
    if getattr(parameter, "is_flag", False):
        return names
    return f"{names} {parameter.metavar or parameter.name.upper()}"


def _told(parameter: Any) -> str:
    told = " ".join((parameter.help or "").split())
    default = parameter.default
    if default in (None, False, "", ()) or callable(default) or "Default" in told:
        return told
    return f"{told} Default: {_code(str(default))}."


def _code(text: str) -> str:
    return f"``{text}``"


_NO_SHEETS = {
    "customers": (
        "One row per customer: history, channel, value, probability to be active, segment",
        "currency per customer; 12 months from the first order, and the next 12 months, predicted",
    ),
    "segments": (
        "One row per customer: segment and the probabilities behind it; from Python only",
        "probabilities, predicted",
    ),
    "audience_members": ("Who is in which list; from Python only", "customers"),
    "prior_predictive": (
        "What the model believed before it saw the brand, beside brand and fit; from Python only",
        "unit stands in each row",
    ),
}
"""Tables that the workbook leaves out."""


class Tables(_Written):
    """Every table of a run: file, one row per what, and its units."""

    def lines(self) -> Iterator[str]:
        from workbench.report.sheets import SHEETS

        rows = {**SHEETS, **_NO_SHEETS}
        yield from _table(("Table", "What it holds", "Units; observed or predicted"),
                          [(_code(name), *rows[name]) for name in sorted(rows)])  # fmt: skip


class Formats(_Written):
    """What each key of `sources` accepts."""

    def lines(self) -> Iterator[str]:
        from workbench.brand_sources import FORMATS

        rows = [(_code(key), ", ".join(map(_code, names))) for key, names in FORMATS.items()]
        yield from _table(("Key of sources", "Formats"), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield from (".. list-table::", "   :header-rows: 1", "")
    for row in [head, *rows]:
        for number, cell in enumerate(row):
            yield f"   {'* -' if number == 0 else '  -'} {cell}"
    yield ""


def _forget(_: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget what a page documented before it is read again."""
    vars(env).setdefault(_KEPT, {}).pop(page, None)


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directives known."""
    for name, directive in {
        "workbench-api": Api,
        "workbench-commands": Commands,
        "workbench-formats": Formats,
        "workbench-tables": Tables,
    }.items():
        app.add_directive(name, directive)
    app.connect("env-purge-doc", _forget)
    return {"parallel_read_safe": False}
