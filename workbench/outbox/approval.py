"""From proposed to approved: a plan, and an append-only log of who approved which bytes, when.

`plan.json` lists actions with the hashes of their files. `approve` copies an action's files to
``approved/<action id>/<version>/`` and appends a line to ``approvals.jsonl``; every line holds the
hash of the line before, so that a changed or removed line shows. The log cannot show that its last
lines were cut off; their copies under ``approved/`` do. A run writes a new plan and new files, and
never touches the log or the copies: an action whose files differ from those approved is *changed*,
and may be approved again as its next version.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import InputError, Problem

__all__ = ["APPROVED", "LOG", "PLAN", "Approval", "approve", "plan_state", "plan_text", "read_log"]

PLAN, LOG, APPROVED = "plan.json", "approvals.jsonl", "approved"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}")
_START = "0" * 64
_CHECKS = "@checks"
"""Among what blocks an action, beside lists: `@` keeps it apart from any list's name."""


@dataclass(frozen=True)
class Approval:
    """One line of the log.

    Attributes
    ----------
    action : str
        Action id.
    title : str
        As it was approved.
    version : int
        1 for the first approval of the action.
    by : str
        Who approved.
    when : str
        ISO 8601 with offset.
    files : dict of str to str
        File, relative to the outbox -> SHA-256 of the bytes approved.
    action_sha256 : str
        SHA-256 of the action as the plan told it, files included, status left out.
    previous : str
        SHA-256 of the line before; zeros for the first.
    """

    action: str
    title: str
    version: int
    by: str
    when: str
    files: dict[str, str]
    action_sha256: str
    previous: str


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _action_hash(action: Mapping[str, Any]) -> str:
    told = {key: value for key, value in action.items() if key not in ("status", "blocked")}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


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
            blocked[_CHECKS] = f"failed: {action['blocked_by']}"
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


def read_log(folder: Path) -> list[Approval]:
    """Return the approvals of an outbox, oldest first, after checking the chain.

    Raises
    ------
    InputError
        A line that was changed, removed or added by hand; a copy that differs from what was
        approved, is missing, or belongs to no line.
    """
    log = _lines(folder)
    problems = []
    copies = {(a.action, str(a.version)): a for a in log}
    for approval in log:
        home = folder / APPROVED / approval.action / str(approval.version)
        for file, digest in approval.files.items():
            copy = home / file
            if not copy.is_file():
                problems.append(Problem("an approved file is missing", f"{_at(home)}/{file}"))
            elif file_hash(copy) != digest:
                what = "an approved file was changed after its approval"
                problems.append(Problem(what, f"{_at(home)}/{file}"))
    for home in sorted((folder / APPROVED).glob("*/*")):
        if (home.parent.name, home.name) not in copies and not home.name.startswith("."):
            what = "a copy of approved files has no line in the log: was a line cut off?"
            problems.append(Problem(what, _at(home)))
    if problems:
        raise InputError(problems, "The approvals cannot be trusted")
    return log


def _at(home: Path) -> str:
    return "/".join(home.parts[-3:])


def _lines(folder: Path) -> list[Approval]:
    path = folder / LOG
    if not path.is_file():
        return []
    told, previous = [], _START
    data = path.read_bytes()
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            approval = Approval(**json.loads(line))
        except (ValueError, TypeError):
            approval = None
        if approval is None or approval.previous != previous:
            raise InputError(
                Problem(
                    "the log of approvals was changed by hand",
                    f"{LOG}, line {number} or the one before",
                    "lines are only ever added, by `approve`",
                    "restore the file from a copy; nothing after this line can be trusted",
                ),
                "The approvals cannot be trusted",
            )
        told.append(approval)
        previous = hashlib.sha256(line).hexdigest()
    if data and not data.endswith(b"\n"):
        what = "the last line of the log is cut off"
        raise InputError(Problem(what, LOG, "", "restore the file from a copy"))
    return told


def _plan(folder: Path) -> list[dict[str, Any]]:
    path = folder / PLAN
    if not path.is_file():
        what = "there is no plan here, or its run was interrupted"
        raise InputError(Problem(what, path.name, "", "run the report again"))
    return list(json.loads(path.read_text(encoding="utf-8"))["actions"])


def plan_state(folder: Path) -> pd.DataFrame:
    """Return where each action of the plan, and each one ever approved, stands.

    Returns
    -------
    DataFrame
        id, title, kind, status, files, version, approved_by, approved_at. Status is ``proposed``,
        ``blocked`` (a list it needs was refused, or checks failed), ``approved`` (its files are
        those approved), ``changed since approval`` (its files, or what the plan says of it), or
        ``approved, no longer in the plan``.

    Raises
    ------
    InputError
        No plan, or a log or copies that were tampered with.
    """
    latest = {approval.action: approval for approval in read_log(folder)}
    rows = []
    for action in _plan(folder):
        approval = latest.pop(action["id"], None)
        rows.append(
            {
                "id": action["id"],
                "title": action.get("title", ""),
                "kind": action.get("kind", ""),
                "status": _status(action, approval),
                "files": len(action["files"]),
                "version": approval.version if approval else 0,
                "approved_by": approval.by if approval else "",
                "approved_at": approval.when if approval else "",
            }
        )
    for approval in latest.values():
        rows.append(
            {
                "id": approval.action,
                "title": approval.title,
                "kind": "",
                "status": "approved, no longer in the plan",
                "files": len(approval.files),
                "version": approval.version,
                "approved_by": approval.by,
                "approved_at": approval.when,
            }
        )
    columns = "id title kind status files version approved_by approved_at".split()
    return pd.DataFrame(rows, columns=columns)


def _hashes(action: Mapping[str, Any]) -> dict[str, str]:
    return {file["file"]: file["sha256"] for file in action["files"]}


def _status(action: Mapping[str, Any], approval: Approval | None) -> str:
    if approval is None:
        return str(action["status"])
    same = approval.action_sha256 == _action_hash(action)
    return "approved" if same else "changed since approval"


def approve(folder: Path, ids: Sequence[str], *, by: str, when: datetime) -> list[Approval]:
    """Approve actions of a plan: copy their files and append to the log.

    Nothing is approved when one of the actions cannot be.

    Parameters
    ----------
    folder : Path
        The outbox.
    ids : sequence of str
        Action ids.
    by : str
        Who approves: a name or initials.
    when : datetime
        With time zone.

    Raises
    ------
    InputError
        Unknown ids, actions approved already, blocked, or whose files differ from the plan; no
        name; a time without zone or before the last approval; a log that was tampered with.
    """
    with _locked(folder):
        log, plan = read_log(folder), {action["id"]: action for action in _plan(folder)}
        latest = {approval.action: approval for approval in log}
        problems = [] if ids else [Problem("no action is named", "", ", ".join(plan))]
        if not by.strip():
            problems.append(Problem("nobody approves", "by", "a name or initials"))
        if when.tzinfo is None:
            problems.append(Problem("the time has no time zone", "when", "2026-07-01T09:30+02:00"))
        elif log and when < datetime.fromisoformat(log[-1].when):
            what = "the time lies before the last approval"
            problems.append(Problem(what, "when", f"after {log[-1].when}"))
        for name in ids:
            problems += _refusals(folder, name, plan, latest)
        for name in {name for name in ids if list(ids).count(name) > 1}:
            problems.append(Problem("named twice", f"action {name}"))
        if problems:
            raise InputError(problems, "Nothing was approved")
        return [_append(folder, plan[name], latest.get(name), by, when) for name in ids]


def _refusals(
    folder: Path,
    name: str,
    plan: Mapping[str, dict[str, Any]],
    latest: Mapping[str, Approval],
) -> list[Problem]:
    where = f"action {name}"
    if name not in plan:
        return [Problem("the plan has no such action", where, ", ".join(plan))]
    action, before = plan[name], latest.get(name)
    if before is not None and _status(action, before) == "approved":
        what = f"it was approved already, by {before.by} at {before.when}"
        todo = "nothing: a run that changes its files makes it approvable again"
        return [Problem(what, where, "", todo)]
    if action["status"] == "blocked":
        lists = {key: why for key, why in action["blocked"].items() if key != _CHECKS}
        problems = []
        if _CHECKS in action["blocked"]:
            what = f"it waits for checks that {action['blocked'][_CHECKS]}"
            todo = "do what the checks recommend, then run the report again"
            problems.append(Problem(what, where, "", todo))
        if lists:
            what = "a list it needs was not written: " + "; ".join(lists.values())
            problems.append(Problem(what, where))
        return problems
    return [
        Problem("its file differs from the plan", f"{where}, {file}", "", "run the report again")
        for file, digest in _hashes(action).items()
        if not (folder / file).is_file() or file_hash(folder / file) != digest
    ]


def _append(
    folder: Path, action: Mapping[str, Any], before: Approval | None, by: str, when: datetime
) -> Approval:
    files = _hashes(action)
    path = folder / LOG
    last = path.read_bytes().split(b"\n")[-2:-1] if path.is_file() else []
    approval = Approval(
        action["id"],
        str(action.get("title", "")),
        before.version + 1 if before else 1,
        by.strip(),
        when.isoformat(timespec="seconds"),
        files,
        _action_hash(action),
        hashlib.sha256(last[0]).hexdigest() if last else _START,
    )
    home = folder / APPROVED / approval.action / str(approval.version)
    draft = home.with_name(f".{home.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for file in files:
        (draft / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / file, draft / file)
    draft.rename(home)
    try:
        with path.open("ab") as stream:
            stream.write(json.dumps(asdict(approval), ensure_ascii=False).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        shutil.rmtree(home)
        raise
    return approval


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one approval at a time append, so that the chain has no two lines with one parent."""
    lock = folder / ".approving"
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        what = "another approval is under way"
        todo = f"wait for it; if none is running, delete {lock.name}"
        raise InputError(Problem(what, lock.name, "", todo)) from None
    except FileNotFoundError:
        raise InputError(Problem("there is no outbox here", folder.name)) from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
