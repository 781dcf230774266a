"""`plan.json`: the actions of a run, each with the hashes of its files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.errors import InputError, Problem

__all__ = ["CHECKS", "PLAN", "action_hash", "file_hash", "files_of", "plan_text", "read_plan"]

PLAN = "plan.json"
CHECKS = "@checks"
"""Among what blocks an action, beside lists: `@` keeps it apart from any list's name."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def action_hash(action: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an action as the plan tells it, files included, status left out."""
    told = {key: value for key, value in action.items() if key not in ("status", "blocked")}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def files_of(action: Mapping[str, Any]) -> dict[str, str]:
    """Return the files of an action of a plan, with the SHA-256 of each."""
    return {file["file"]: file["sha256"] for file in action["files"]}


def plan_text(
    folder: Path,
    actions: Sequence[Mapping[str, Any]],
    lists: Mapping[str, Sequence[str]],
    refused: Mapping[str, str],
) -> str:
    """Return `plan.json` for actions whose files are written in a folder.

    Parameters
    ----------
    folder : Path
        Where the files are.
    actions : sequence of dict
        id, title, kind and files; other keys are kept as they are, and ``blocked_by`` names failed
        checks that the action waits for. An entry of ``files`` is a file
        relative to the outbox or the name of a list, which stands for all files of the list.
    lists : dict of str to list of str
        List name -> its files.
    refused : dict of str to str
        List name -> why no file was written.

    Raises
    ------
    InputError
        Ids that are missing, unfit as a folder name or given twice; files nobody wrote.
    """
    problems, seen, told = [], set[str](), []
    for number, action in enumerate(actions, start=1):
        name = str(action.get("id", ""))
        if not _ID.fullmatch(name):
            allowed = "letters, digits, _ - . (at most 80, a letter or digit first)"
            problems.append(Problem(f"action id {name!r} is no name", f"action {number}", allowed))
        if name in seen:
            problems.append(Problem(f"action id {name!r} is given twice", f"action {number}"))
        seen.add(name)
        files: dict[str, str] = {}
        blocked = {}
        for entry in action.get("files") or []:
            if entry in lists:
                files.update({file: file_hash(folder / file) for file in lists[entry]})
            elif entry in refused:
                blocked[entry] = refused[entry]
            elif _inside(folder, entry):
                files[entry] = file_hash(folder / entry)
            else:
                known = ", ".join(sorted(lists)) or "none"
                todo = "name a list or a file of the outbox"
                what = f"no list or file {entry!r} was written"
                problems.append(Problem(what, f"action {name}", known, todo))
        listed = [
            {"file": file, "sha256": digest, "bytes": (folder / file).stat().st_size}
            for file, digest in sorted(files.items())
        ]
        if action.get("blocked_by"):
            blocked[CHECKS] = f"failed: {action['blocked_by']}"
        rest = {k: v for k, v in action.items() if k not in ("id", "files", "status", "blocked")}
        status = {"status": "blocked", "blocked": blocked} if blocked else {"status": "proposed"}
        told.append({"id": name, **rest, "files": listed, **status})
    if problems:
        raise InputError(problems, "The plan cannot be written")
    plan = {"format": 1, "actions": told}
    return json.dumps(plan, indent=1, ensure_ascii=False, default=str) + "\n"


def _inside(folder: Path, file: str) -> bool:
    path = Path(file)
    return not path.is_absolute() and ".." not in path.parts and (folder / path).is_file()


def read_plan(folder: Path) -> list[dict[str, Any]]:
    """Return the actions of the plan in an outbox.

    Raises
    ------
    InputError
        Without a plan.
    """
    path = folder / PLAN
    if not path.is_file():
        what = "there is no plan here, or its run was interrupted"
        raise InputError(Problem(what, path.name, "", "run the report again"))
    return list(json.loads(path.read_text(encoding="utf-8"))["actions"])
