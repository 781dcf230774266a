"""From proposed to approved: who approved which bytes of a plan, and where each action stands.

`approve` copies an action's files to ``approved/<action id>/<version>/`` and appends to the log. A
run writes a new plan and new files, and never touches the log or the copies: an action whose files
differ from those approved is *changed*, and may be approved again as its next version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import InputError, Problem
from workbench.outbox.approval_log import Approval, append, locked, read_log
from workbench.outbox.plan_file import CHECKS, action_hash, file_hash, files_of, read_plan

__all__ = ["approve", "plan_state"]


def plan_state(folder: Path) -> pd.DataFrame:
    """Return where each action of the plan, and each one ever approved, stands.

    Returns
    -------
    DataFrame
        id, title, kind, due (YYYY-MM-DD; empty where the plan names none), status, files, version,
        approved_by, approved_at. Status is ``proposed``,
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
    for action in read_plan(folder):
        approval = latest.pop(action["id"], None)
        rows.append(
            {
                "id": action["id"],
                "title": action.get("title", ""),
                "kind": action.get("kind", ""),
                "due": action.get("due") or "",
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
                "due": "",
                "status": "approved, no longer in the plan",
                "files": len(approval.files),
                "version": approval.version,
                "approved_by": approval.by,
                "approved_at": approval.when,
            }
        )
    columns = "id title kind due status files version approved_by approved_at".split()
    return pd.DataFrame(rows, columns=columns)


def _status(action: Mapping[str, Any], approval: Approval | None) -> str:
    if approval is None:
        return str(action["status"])
    same = approval.action_sha256 == action_hash(action)
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
    with locked(folder):
        log, plan = read_log(folder), {action["id"]: action for action in read_plan(folder)}
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
        return [append(folder, plan[name], latest.get(name), by, when) for name in ids]


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
        lists = {key: why for key, why in action["blocked"].items() if key != CHECKS}
        problems = []
        if CHECKS in action["blocked"]:
            what = f"it waits for checks that {action['blocked'][CHECKS]}"
            todo = "do what the checks recommend, then run the report again"
            problems.append(Problem(what, where, "", todo))
        if lists:
            what = "a list it needs was not written: " + "; ".join(lists.values())
            problems.append(Problem(what, where))
        return problems
    return [
        Problem("its file differs from the plan", f"{where}, {file}", "", "run the report again")
        for file, digest in files_of(action).items()
        if not (folder / file).is_file() or file_hash(folder / file) != digest
    ]
