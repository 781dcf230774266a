"""One outbox from all parts: everything is written aside, then put in place; plan.json last."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.cache import write_frame
from workbench.decisions.tools import FOLDERS
from workbench.errors import InputError, Problem
from workbench.outbox import google_values, klaviyo, spend_sheet
from workbench.outbox.approval_log import APPROVED, LOG
from workbench.outbox.contacts import contacts
from workbench.outbox.lists import write_lists, write_profiles
from workbench.outbox.outcome import Written, files_table, left_out_table
from workbench.outbox.plan_file import PLAN, plan_text
from workbench.outbox.settings import OutboxSettings

__all__ = ["Outbox", "withdraw_outbox", "write_outbox"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_\-]{0,79}")
_RESERVED = {"profiles", "conversion_adjustments", "new_customer_value", "value_rules"}
_KEPT = {LOG, APPROVED, ".approving"}
"""What a run never touches."""


@dataclass(frozen=True)
class Outbox:
    """What a run left in the outbox.

    Attributes
    ----------
    folder : Path
    files : DataFrame
        One row per file or refusal: file, list, tool, status (written, refused), rows, bytes,
        left_out, reasons, note. Also in ``files.csv``.
    left_out : DataFrame
        tool, list, reason, count (customers; orders for conversion adjustments). Also in
        ``left_out.csv``.
    """

    folder: Path
    files: pd.DataFrame
    left_out: pd.DataFrame

    def files_of(self, name: str) -> list[str]:
        """Return the files of one list, relative to the outbox; empty when it was refused."""
        mine = self.files[(self.files["list"] == name) & (self.files["status"] == "written")]
        return list(mine["file"])


def write_outbox(
    folder: Path,
    *,
    identities: pd.DataFrame,
    customers: pd.DataFrame,
    members: pd.DataFrame,
    audiences: pd.DataFrame,
    as_of: date,
    settings: OutboxSettings,
    model_version: str,
    profiles: pd.DataFrame | None = None,
    budget: pd.DataFrame | None = None,
    orders: pd.DataFrame | None = None,
    new_customer_values: pd.DataFrame | None = None,
    unused: pd.DataFrame | None = None,
    actions: Sequence[Mapping[str, Any]] = (),
) -> Outbox:
    """Write every file of the outbox, and the plan, beside what was approved before.

    Same inputs, same bytes. A failure leaves the former outbox as it was. ``approvals.jsonl`` and
    ``approved/`` are never touched.

    Parameters
    ----------
    folder : Path
        The outbox of one run.
    identities : DataFrame
        Canonical `identities`; may be empty, then no list is written and the table says so.
    customers : DataFrame
        Customer table (`workbench.value.customers.customer_table`).
    members : DataFrame
        audience, customer_id, value (currency; NaN where the audience has none).
    audiences : DataFrame
        audience (a-z, 0-9, ``_``, ``-``), purpose, tool; one row per audience and tool, or tools
        side by side (``"Meta Ads, Google Ads"``). A purpose or name with ``suppress`` or
        ``exclu`` is an exclusion list. Others whose members have values get Meta's value column.
        A column ``holdout`` with ``customers`` says how many of a Klaviyo list are withheld;
        without it `OutboxSettings.holdout` does.
    as_of : date
    settings : OutboxSettings
    model_version : str
        Written to every Klaviyo profile.
    profiles : DataFrame, optional
        Canonical `profiles`, for the consent the e-mail tool knows of.
    budget : DataFrame, optional
        See `spend_sheet.spend_sheet`.
    orders : DataFrame, optional
        Canonical orders, for Google's conversion adjustments.
    new_customer_values : DataFrame, optional
        See `google_values.write_value_sheet`.
    unused : DataFrame, optional
        audience, tool, reason, customers: lists that are not made, as the brand does not use the
        tool. Nothing at all is written for such a tool.
    actions : sequence of dict
        See `approval.plan_text`.

    Raises
    ------
    InputError
        Audience names unfit as file names or given twice, members of unknown audiences, or a plan
        that cannot be written.
    """
    _check_audiences(audiences, members)
    for left in folder.parent.glob(f".{folder.name}.*"):  # by a run that was killed: holds contacts
        shutil.rmtree(left, ignore_errors=True)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    draft.mkdir(parents=True)
    try:
        people = contacts(identities, profiles, shared_limit=settings.shared_contact_limit)
        told = klaviyo.properties(customers, as_of=as_of, model_version=model_version)
        written, closed = _not_made(unused, len(customers))
        if "klaviyo" not in closed:
            written += write_profiles(draft, people, customers, told, settings)
        known = set(unused["audience"]) if unused is not None else set()
        written += write_lists(draft, people, members, audiences, told, settings, known)
        if orders is not None and len(orders) and "google" not in closed:
            written += google_values.write_adjustments(
                draft, orders, customers, settings, as_of=as_of
            )
        if new_customer_values is not None and len(new_customer_values) and "google" not in closed:
            written += google_values.write_value_sheet(draft, new_customer_values, settings)
        if budget is not None and len(budget):
            written += spend_sheet.write_spend_sheet(draft, budget, settings)
        files, left_out = files_table(written, draft), left_out_table(written)
        write_frame(files, draft / "files.csv")
        write_frame(left_out, draft / "left_out.csv")
        lists: dict[str, list[str]] = {}
        for w in written:
            if w.file:
                for key in (w.name, f"{w.tool}/{w.name}"):
                    lists.setdefault(key, []).append(w.file)
        refused = {
            key: w.note
            for w in written
            for key in (w.name, f"{w.tool}/{w.name}")
            if key not in lists
        }
        (draft / PLAN).write_text(
            plan_text(draft, actions, lists, refused), encoding="utf-8", newline="\n"
        )
        _put_in_place(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Outbox(folder, files, left_out)


def withdraw_outbox(folder: Path) -> None:
    """Remove what an earlier run proposed, where this one proposes nothing; approvals stay."""
    if not folder.is_dir():
        return
    (folder / PLAN).unlink(missing_ok=True)
    for entry in sorted(folder.iterdir()):
        if entry.name in _KEPT:
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _check_audiences(audiences: pd.DataFrame, members: pd.DataFrame) -> None:
    names = audiences["audience"].astype("str")
    rows = audiences[["audience", "tool"]].astype("str")
    problems = [
        Problem(f"audience {name!r} cannot name a file", "audiences", "a-z, 0-9, _ and -")
        for name in names.unique()
        if not _NAME.fullmatch(name) or name in _RESERVED
    ]
    problems += [
        Problem(f"audience {name!r} is given twice for one tool", "audiences")
        for name in names[rows.duplicated()].unique()
    ]
    problems += [
        Problem(f"members of an audience {name!r} that is not defined", "members")
        for name in sorted(set(members["audience"].dropna().unique()) - set(names))
    ]
    if problems:
        raise InputError(problems, "The outbox cannot be written")


def _put_in_place(draft: Path, folder: Path) -> None:
    """Swap in what was written: the plan goes first and comes last, so that a plan is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PLAN).unlink(missing_ok=True)
    old = draft / ".old"
    old.mkdir()
    for entry in sorted(folder.iterdir()):
        if entry.name not in _KEPT:
            entry.rename(old / entry.name)
    for entry in sorted(draft.iterdir()):
        if entry.name not in (".old", PLAN):
            entry.rename(folder / entry.name)
    (draft / PLAN).rename(folder / PLAN)


def _not_made(unused: pd.DataFrame | None, customers: int) -> tuple[list[Written], set[str]]:
    """Say of each list of a tool that is not used that it is not made; return the tools, too."""
    told, closed = [], dict[str, str]()
    for row in () if unused is None else unused.itertuples(index=False):
        tool = FOLDERS.get(str(row.tool), "")
        closed[tool] = row.reason
        told.append(Written(row.audience, tool, "", 0, row.reason, {row.reason: row.customers}))
    if "klaviyo" in closed:
        why = closed["klaviyo"]
        told.append(Written("profiles", "klaviyo", "", 0, why, {why: customers}))
    if "google" in closed:
        told.append(Written("conversion_adjustments", "google", "", 0, closed["google"]))
    return told, set(closed)
