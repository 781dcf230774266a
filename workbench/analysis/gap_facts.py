"""What the gap report looks at beside the exports: this run's tables, earlier runs, approvals."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.decisions import FACTS
from workbench.errors import InputError, ModelError

if TYPE_CHECKING:
    from workbench.analysis.tables import Tabled

__all__ = ["decision_log", "gap_facts"]

_TABLES = (
    "channels", "cohorts", "model_checks", "audiences", "budget_summary", "experiments",
    "experiment_rankings", "experiment_year", "plan",
)  # fmt: skip


def gap_facts(analysis: Tabled) -> dict[str, pd.DataFrame]:
    """Gather the tables that evidence and prices of gaps rest on.

    Parameters
    ----------
    analysis : Tabled

    Returns
    -------
    dict of str to DataFrame
        As `workbench.spectrum.facts.Facts.tables`; those that rest on a model are empty without.
    """
    known = {name: analysis.table(name) for name in ("readiness", "backtest", "ledger_scores")}
    refused = False  # a model that cannot be fitted is not tried again for each table
    for name in (*_TABLES, *FACTS):
        try:
            known[name] = pd.DataFrame() if refused else analysis.table(name)
        except ModelError:
            known[name], refused = pd.DataFrame(), True
    known["ledger"] = analysis.ledger.forecasts[["made_at"]].drop_duplicates()
    known["decision_log"] = decision_log(analysis.out / analysis.brand.slug, analysis.as_of)
    return known


def decision_log(folder: Path, as_of: date) -> pd.DataFrame:
    """Read the approvals that earlier runs of a brand left, up to the as-of date.

    What was approved after it is not known yet. A log that was changed by hand counts for nothing.

    Parameters
    ----------
    folder : Path
        ``reports/<brand folder name>``.
    as_of : date

    Returns
    -------
    DataFrame
        One row per approval, columns as `workbench.spectrum.approved.LOG_COLUMNS`; oldest first.
        Who approved is left out.
    """
    from workbench.outbox.approval_log import LOG, read_log
    from workbench.outbox.plan_file import PLAN
    from workbench.spectrum.approved import LOG_COLUMNS

    rows = []
    for log in sorted(folder.glob(f"*/outbox/{LOG}")):
        run = log.parts[-3]
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", run) or run > as_of.isoformat():
            continue
        try:
            approvals = read_log(log.parent)
            plan = json.loads((log.parent / PLAN).read_text(encoding="utf-8"))["actions"]
        except (InputError, OSError, ValueError, KeyError):
            continue
        actions = {action["id"]: action for action in plan}
        for approval in approvals:
            # the day where it was approved, not that of Greenwich
            day = datetime.fromisoformat(approval.when).replace(tzinfo=None)
            action = actions.get(approval.action, {})
            held = action.get("holdout")
            if day.date() <= as_of:
                rows.append(
                    (
                        run,
                        approval.action,
                        str(action.get("kind", "")),
                        str(action.get("audience", "")),
                        approval.title,
                        math.nan if held is None else float(held),
                        pd.Timestamp(day).normalize(),
                    )
                )
    table = pd.DataFrame(rows, columns=list(LOG_COLUMNS))
    table["day"] = pd.to_datetime(table["day"])
    return table.sort_values(["day", "run", "action"], kind="stable").reset_index(drop=True)
