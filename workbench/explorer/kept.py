"""Views that an analyst adds to the client's report: a file each, drawn anew by every run.

Only settings are kept, never numbers: a report of another date draws the same view from its own
data, so that it cannot contradict the pages before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workbench.cache import write_atomically
from workbench.errors import InputError, Problem
from workbench.explorer.tabs import TABS
from workbench.explorer.view import View

__all__ = [
    "KeptView",
    "keep_view",
    "kept_views",
    "read_kept",
    "remove_view",
    "view_stem",
    "views_folder",
]

LONGEST = 120
"""Characters of a title."""


@dataclass(frozen=True)
class KeptView:
    """One view of the client's report.

    Attributes
    ----------
    name : str
        Of its file, without ending.
    tab : str
        One of `TABS`.
    title : str
        As the analyst wrote it, or the tab and what it shows.
    added : str
        Day and time in ISO format, the order of views in the report.
    view : View
        As `Material.relative` tells it; `Material.known` turns it into that of one report.
    """

    name: str
    tab: str
    title: str
    added: str
    view: View


def views_folder(runs: Path) -> Path:
    """Where the views of a brand's report are kept; `runs` holds all its runs."""
    return runs / "views"


def view_stem(tab: str, view: View) -> str:
    """Name of the files of a view: equal for equal settings."""
    told = json.dumps([tab, view.to_dict()], sort_keys=True)
    key = hashlib.sha256(told.encode()).hexdigest()[:8]
    return f"{tab.lower().replace(' ', '-')}-{key}"


def keep_view(folder: Path, tab: str, view: View, *, title: str = "", now: datetime) -> KeptView:
    """Add a view to the client's report; the same view again only takes the new title.

    Parameters
    ----------
    folder : Path
        Of `views_folder`.
    tab : str
    view : View
        Of `Material.relative`.
    title : str
        Empty for that of the tab.
    now : datetime

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    name = view_stem(tab, view)
    path = folder / f"{name}.json"
    added = now.isoformat(timespec="milliseconds")
    if path.is_file():
        with suppress(InputError):  # damaged: written anew
            added = read_kept(path).added
    one = KeptView(name, tab, " ".join(title.split())[:LONGEST] or tab, added, view)
    told = {"tab": one.tab, "title": one.title, "added": one.added, "view": view.to_dict()}
    write_atomically(path, json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    return one


def remove_view(folder: Path, name: str) -> None:
    """Take a view out of the report; one that is gone already is no trouble."""
    (folder / f"{name}.json").unlink(missing_ok=True)


def read_kept(path: Path) -> KeptView:
    """Read one view.

    Raises
    ------
    InputError
        If it cannot be read or is no view.
    """
    title = f"The view {path.name} of the report cannot be used"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        tab, name, added = (str(told[key]) for key in ("tab", "title", "added"))
        datetime.fromisoformat(added)
        view = told["view"]
    except (OSError, ValueError, KeyError, TypeError):
        problem = Problem(
            "cannot be read", path.name, todo="remove it, and add the view again in the explorer"
        )
        raise InputError(problem, title) from None
    if tab not in TABS:
        raise InputError(Problem(f"{tab!r} is no tab", path.name, ", ".join(TABS)), title)
    if not isinstance(view, Mapping):
        raise InputError(Problem("holds no settings", path.name), title)
    return KeptView(path.stem, tab, name, added, View.from_dict(view))


def kept_views(folder: Path) -> tuple[tuple[KeptView, ...], tuple[str, ...]]:
    """Return the views of a report in the order in which they were added, and words on the rest."""
    views, notes = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            views.append(read_kept(path))
        except InputError as error:
            notes.append(str(error))
    return tuple(sorted(views, key=lambda one: (one.added, one.name))), tuple(notes)
