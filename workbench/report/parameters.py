"""The parameters that every report notebook takes, typed and checked before anything runs.

Papermill only labels types and merely logs a misspelt name, so both are checked here: against this
dataclass, and by `workbench.report.run` against the parameters cell of each notebook.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError, Problem
from workbench.report.notebooks import reports_folder, sample_folder

if TYPE_CHECKING:
    from workbench.analysis import Analysis

__all__ = ["ONE_RUN", "ReportParameters", "brand_folder"]

ONE_RUN = "WORKBENCH_ONE_RUN"
"""Set in the environment of a process that serves one run of the report and ends with it."""

_TYPES: dict[str, type] = {"str": str, "bool": bool, "int": int}


@dataclass(frozen=True)
class ReportParameters:
    """What a report notebook may be told; a wrong value is refused with its remedy.

    Parameters
    ----------
    brand : str
        Folder of a brand (or its brand.yaml), or the name of a sample brand.
    as_of : str
        Last day of observation, ``"2026-06-30"``; empty for the brand's own.
    out : str
        Folder that receives ``<brand>/<as-of>/``; empty for reports/ beside the notebooks.
    fast : bool
        Fewer draws: for trying out, never for a client.
    seed : int
        Seed of every random number.

    Raises
    ------
    InputError
        Naming every wrong parameter.
    """

    brand: str
    as_of: str = ""
    out: str = ""
    fast: bool = False
    seed: int = 20260630

    def __post_init__(self) -> None:
        problems = [
            _wrong_type(field.name, field.type, getattr(self, field.name))
            for field in fields(self)
            if type(getattr(self, field.name)) is not _TYPES[str(field.type)]
        ]
        if not problems:
            problems = [*self._brand_problems(), *self._date_problems()]
            if self.seed < 0:
                problems.append(Problem(f"is {self.seed}", "seed", "0 or a positive number"))
        if problems:
            raise InputError(problems, title="The report cannot start, because of its parameters")

    def _brand_problems(self) -> list[Problem]:
        if brand_folder(self.brand) is not None:
            return []
        samples = sorted(p.parent.name for p in sample_folder().glob("*/brand.yaml"))
        return [
            Problem(
                f"no brand.yaml is found at {self.brand!r}",
                "brand",
                "the folder of a brand, its brand.yaml, or a sample brand"
                + (f" ({', '.join(samples)})" if samples else ""),
                "check the path, or write a brand.yaml with `workbench new FOLDER`",
            )
        ]

    def _date_problems(self) -> list[Problem]:
        if not self.as_of:
            return []
        try:
            date.fromisoformat(self.as_of)
        except ValueError:
            return [Problem(f"{self.as_of!r} is not a date", "as_of", "a day such as 2026-06-30")]
        return []

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> ReportParameters:
        """Build from loose values, such as strings from a command line.

        Strings are read by the type of the parameter (``"true"`` and ``"no"`` for a bool, digits
        for an int); dates and paths become strings. Nothing else is converted.

        Raises
        ------
        InputError
            For an unknown name or a value of the wrong type, all at once.
        """
        known = {field.name: str(field.type) for field in fields(cls)}
        problems = [
            Problem("is not a parameter of the report", name, ", ".join(sorted(known)))
            for name in sorted(set(values) - set(known))
        ]
        if "brand" not in values:
            problems.append(Problem("is missing", "brand", "the folder of a brand"))
        read: dict[str, Any] = {}
        for name in known.keys() & values.keys():
            read[name] = _read(values[name], known[name])
            if type(read[name]) is not _TYPES[known[name]]:
                problems.append(_wrong_type(name, known[name], values[name]))
        if problems:
            raise InputError(problems, title="The report cannot start, because of its parameters")
        return cls(**read)

    def open(self) -> Analysis:
        """Open the analysis that these parameters ask for.

        Within one run of the report (`ONE_RUN`) it is opened once and serves all notebooks.
        """
        return _opened_once(self) if ONE_RUN in os.environ else self._open()

    def _open(self) -> Analysis:
        from workbench.analysis import open_analysis

        folder = brand_folder(self.brand)
        assert folder is not None  # checked on construction
        return open_analysis(
            folder,
            as_of=date.fromisoformat(self.as_of) if self.as_of else None,
            out=self.out or reports_folder(),
            fast=self.fast,
            seed=self.seed,
        )


@cache
def _opened_once(params: ReportParameters) -> Analysis:
    return params._open()


def brand_folder(brand: str) -> Path | None:
    """Return the folder that holds the brand's brand.yaml, or None where there is none."""
    if not brand:
        return None
    given = Path(brand)
    for folder in (given.parent if given.name == "brand.yaml" else given, sample_folder() / brand):
        if (folder / "brand.yaml").is_file():
            return folder
    return None


def _read(value: Any, kind: str) -> Any:
    if kind == "str" and isinstance(value, date | Path):
        return str(value)
    if kind == "bool" and isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(value.lower(), value)
    if kind == "int" and isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    return value


def _wrong_type(name: str, kind: Any, value: Any) -> Problem:
    allowed = {"str": "text", "bool": "true or false", "int": "a whole number"}[str(kind)]
    return Problem(f"is {value!r}, of type {type(value).__name__}", name, allowed)
