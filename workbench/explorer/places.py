"""Which brands and as-of dates the explorer can turn to, told from folders; nothing is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.explorer.build import material_folder
from workbench.yaml_file import read_yaml

if TYPE_CHECKING:
    from workbench.analysis import Analysis

__all__ = ["Dated", "brands_beside", "dates_known", "day_known", "is_ready", "last_day"]


@dataclass(frozen=True)
class Dated:
    """An as-of date of a brand; `ready` where its material is kept, so that it opens at once."""

    day: date
    ready: bool


def brands_beside(folder: Path) -> dict[str, Path]:
    """Return the brand folders beside a brand's own, itself included, by name, sorted.

    A name that two brands bear is followed by the folder's; a brand.yaml that cannot be read goes
    by its folder's name, and says what is wrong with it when it is opened.
    """
    found = sorted(file.parent for file in folder.resolve().parent.glob("*/brand.yaml"))
    names = {one: _name(one) for one in found}
    often = [name for name in names.values() if list(names.values()).count(name) > 1]
    labels = {f"{name} ({one.name})" if name in often else name: one for one, name in names.items()}
    return dict(sorted(labels.items(), key=lambda item: item[0].casefold()))


def _name(folder: Path) -> str:
    try:
        told = read_yaml(folder / "brand.yaml").data
    except (OSError, ValueError):
        return folder.name
    name = told.get("name") if isinstance(told, Mapping) else None
    return name if isinstance(name, str) and name.strip() else folder.name


def day_known(analysis: Analysis) -> date | None:
    """Return the as-of date of an analysis, or None where exports must be read to tell it."""
    if analysis.given_as_of is not None or analysis.exports_kept:
        return analysis.as_of
    return None


def last_day(analysis: Analysis) -> date | None:
    """Return the last day that a brand's exports cover, None where they must be read to tell it."""
    if analysis.brand.as_of is not None or not analysis.exports_kept:
        return analysis.brand.as_of
    day = analysis.exports.amounts["day"].max()
    return None if pd.isna(day) else day.date()


def is_ready(analysis: Analysis) -> bool:
    """Tell whether an analysis opens within seconds: its material is kept."""
    return day_known(analysis) is not None and _is_whole(material_folder(analysis))


def dates_known(analysis: Analysis) -> tuple[Dated, ...]:
    """Return the as-of dates that a report or the explorer has been at, newest first.

    The date of the analysis itself is among them where it is known.
    """
    own = day_known(analysis)
    runs = {_day(file.parent) for file in analysis.runs.glob("*/manifest.json")}
    laid = set(map(_day, analysis.dated_folder.parent.glob("*"))) if own else set()
    days = {day for day in runs | laid | {own} if day is not None}
    dated = [
        Dated(day, own is not None and _is_whole(material_folder(analysis, day)))
        for day in sorted(days, reverse=True)
    ]
    return tuple(one for one in dated if one.ready or one.day == own or one.day in runs)


def _is_whole(folder: Path) -> bool:
    return (folder / "material.json").is_file()


def _day(folder: Path) -> date | None:
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        return None
