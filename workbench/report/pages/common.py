"""What several pages say: warnings, basis of the figures, the level reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from workbench.report.document import Flag, Sentence
from workbench.report.facts import Facts, known, triple
from workbench.report.lexicon import day
from workbench.report.wording import WITHHELD, check_label
from workbench.spectrum.levels import level_reached

__all__ = [
    "NOT_TOLD",
    "UNKNOWN",
    "basis_notes",
    "cac_range",
    "check_flags",
    "contradicted",
    "ended",
    "gate_flags",
    "level_facts",
    "printed_day",
    "ranked_gaps",
    "unknown_share",
    "withheld_flags",
]


UNKNOWN = "Unknown"
NOT_TOLD = ("All products", "All channels")
"""Names of a dimension that a brand does not have: they say nothing about a cohort."""


def level_facts(facts: Facts) -> tuple[int, int] | None:
    """Return the level evidenced and the level required; None where no evidence was given."""
    if not facts.has("levels") or not facts.has("gaps"):
        return None
    if not facts["gaps"]["state"].isin(["proven", "gap", "gap_no_profit"]).any():
        return None
    levels = facts["levels"]
    required = levels.loc[levels["required"].astype(bool), "level"]
    return level_reached(levels), int(required.max()) if len(required) else 1


def gate_flags(facts: Facts) -> Iterator[Flag]:
    """Yield every failed check, in words, with how to fix it; what it takes away first."""
    say = facts.voice.say
    if facts.no_model:
        yield Flag("FAIL", say("no_model", reason=facts.no_model))
    yield from check_flags(facts, facts.checks, "FAIL")
    if facts.provisional:
        yield Flag("FAIL", say("provisional"))


def basis_notes(facts: Facts) -> Iterator[Sentence]:
    """Yield what the figures lack, so that each page that prints money says it."""
    say, meta = facts.voice.say, facts.meta
    if meta.get("history_start", "") is None:
        return
    if not meta.get("has_money", True):
        yield say("no_money")
    elif not meta.get("has_costs", True):
        yield say("no_costs")
    if not meta.get("has_spend", True):
        yield say("no_spend")
    if not meta.get("has_channels", True):
        named = set(facts["channels"].get("channel", ())) - {*NOT_TOLD, UNKNOWN}
        yield say("one_channel" if named else "no_channels")


def withheld_flags(facts: Facts, *scopes: str) -> Iterator[Flag]:
    """Yield what a page lacks because a check failed."""
    for scope in scopes:
        failed = facts.withheld.get(scope)
        if failed:
            names = ", ".join(check_label(name) for name in failed)
            yield Flag("FAIL", facts.voice.say("withheld", what=WITHHELD[scope], failed=names))


def ranked_gaps(rows: list[dict[Any, Any]]) -> list[dict[Any, Any]]:
    """Sort gaps: those with an interval by profit per hour, the others by level and effort.

    Level 0, which belongs to every level, comes after the levels.
    """

    def rank(row: dict[Any, Any]) -> tuple[float, int, float, str]:
        profit, hours = triple(row, "profit_at_stake_"), float(row["effort_hours"])
        per_hour = profit[0] / max(hours, 1.0) if profit else 0.0
        return (-per_hour, int(row["level"]) or 9, hours, str(row["capability"]))

    return sorted(rows, key=rank)


def contradicted(gaps: pd.DataFrame) -> list[str]:
    """Return the capabilities whose declared answer the exports contradict."""
    if "contradicts" not in gaps:
        return []
    return [str(name) for name in gaps.loc[gaps["contradicts"].eq(True), "capability"]]


def unknown_share(facts: Facts) -> float:
    """Return the share of the customers won in the window of whom no export names the channel."""
    channels = facts["channels"]
    if channels.empty:
        return 0.0
    won = channels.loc[channels["channel"] == UNKNOWN, "customers"].sum()
    return float(won / channels["customers"].sum())


def cac_range(row: Mapping[Any, Any]) -> tuple[float, float, float]:
    """Return a channel's CAC: mean and interval, which are one where no channel is unknown."""
    low, high = row.get("cac_q05"), row.get("cac_q95")
    cac = float(row["cac"])
    return (cac, low, high) if known(low) and known(high) else (cac, cac, cac)


def printed_day(value: Any) -> str:
    """Return a date in words, empty where there is none."""
    return "" if value is None or pd.isna(value) or value == "" else day(str(value))


def ended(text: Any) -> str:
    """Return a text that ends as a sentence does."""
    words = " ".join(str(text).split())
    return words if not words or words[-1] in ".!?" else f"{words}."


def check_flags(
    facts: Facts, checks: pd.DataFrame, *statuses: str, fix: bool = True
) -> Iterator[Flag]:
    """Yield the checks with one of these statuses, with `fix` each with what to do."""
    for status in statuses:
        for row in checks[checks["status"] == status].to_dict("records"):
            yield Flag(status, _gate(facts, row, fix))


def _gate(facts: Facts, row: dict[Any, Any], fix: bool) -> Sentence:
    """Say one check, with what to do about it."""
    values = {
        "check": check_label(str(row["check"])),
        "status": str(row["status"]),
        "message": ended(row["message"]),
    }
    if not row["recommendation"] or not fix:
        return facts.voice.say("gate", **values)
    return facts.voice.say("gate_fix", recommendation=ended(row["recommendation"]), **values)
