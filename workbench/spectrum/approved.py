"""Decisions that a person approved, as the log of the outbox keeps them."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from workbench.spectrum.facts import Facts

__all__ = ["BUDGET_KINDS", "LIST_KINDS", "LOG_COLUMNS", "LOG_DAYS", "SEED", "approved"]

LOG_DAYS = 90
"""Days to the as-of date in which an approval counts."""
LOG_COLUMNS = ("run", "action", "kind", "audience", "title", "holdout", "day")
"""Columns of the table decision_log: as-of date of the run, action, its kind and audience in the
plan, title as approved, people held out, and the day of the approval."""
BUDGET_KINDS = ("budget_change", "channel_above_share", "broken_economics")
LIST_KINDS = ("value_seed", "leaking_suppression")
SEED = "seed_value_v1"


def approved(facts: Facts, *kinds: str, days: int = LOG_DAYS) -> pd.DataFrame:
    """Return approvals of these kinds in the days to the as-of date, one row per action and day."""
    log = facts.table("decision_log")
    if log.empty:
        return pd.DataFrame(columns=list(LOG_COLUMNS))
    end = pd.Timestamp(facts.as_of) + timedelta(days=1)
    mine = (log["day"] < end) & (log["day"] >= end - timedelta(days=days))
    if kinds:
        mine &= log["kind"].isin(kinds)
    return log[mine].drop_duplicates(["action", "day"])
