"""The append-only log of approvals, and the copies of what was approved.

Every line of ``approvals.jsonl`` holds the hash of the line before, so that a changed or removed
line shows. The log cannot show that its last lines were cut off; their copies under ``approved/``
do.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.errors import InputError, Problem
from workbench.outbox.plan_file import action_hash, file_hash, files_of

__all__ = ["APPROVED", "LOG", "Approval", "append", "locked", "read_log"]

LOG, APPROVED = "approvals.jsonl", "approved"
_START = "0" * 64


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


def append(
    folder: Path, action: Mapping[str, Any], before: Approval | None, by: str, when: datetime
) -> Approval:
    """Copy the files of an action and add its line to the log, in a `locked` outbox."""
    files = files_of(action)
    path = folder / LOG
    last = path.read_bytes().split(b"\n")[-2:-1] if path.is_file() else []
    approval = Approval(
        action["id"],
        str(action.get("title", "")),
        before.version + 1 if before else 1,
        by.strip(),
        when.isoformat(timespec="seconds"),
        files,
        action_hash(action),
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
def locked(folder: Path) -> Iterator[None]:
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
