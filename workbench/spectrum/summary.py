"""Where a brand stands: stage, level needed, level declared, level evidenced."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from workbench.spectrum.capabilities import load_capabilities
from workbench.spectrum.gaps import STATES
from workbench.spectrum.levels import (
    Stage,
    level_reached,
    levels_table,
    stage_of,
    trailing_revenue,
)

__all__ = ["StageSummary", "stage_summary", "summary_table"]


@dataclass(frozen=True)
class StageSummary:
    """Stage, levels and gaps of a brand in one glance.

    Attributes
    ----------
    stage : Stage
        By trailing twelve months of net revenue.
    revenue_12m : float
        Net revenue of the 365 days that end with the as-of date, shop currency; NaN if unknown.
    revenue_days : int
        Days of these 365 that the log covers.
    required_level, declared_level, evidenced_level : int
        Level that the stage needs; highest level that holds without skipping, as declared and as
        evidenced; 0 = not even level 1.
    states : mapping of str to int
        Number of capabilities in each of the seven states.
    required_items, proven_items : int
        Capabilities of the levels that the stage needs (without the not applicable), and how many
        of them are proven.
    blockers : tuple of str
        Capabilities without which the next needed level cannot hold and that are not evidenced; if
        there are none and the level is still needed, it lacks points only.
    gaps : tuple of str
        Capabilities that are gaps, the largest profit at stake first, then lower levels first.
    notes : tuple of str
        What the reader must know about these figures, in sentences.
    """

    stage: Stage
    revenue_12m: float
    revenue_days: int
    required_level: int
    declared_level: int
    evidenced_level: int
    states: Mapping[str, int]
    required_items: int
    proven_items: int
    blockers: tuple[str, ...]
    gaps: tuple[str, ...]
    notes: tuple[str, ...]


def stage_summary(brand: Any, exports: Any, gaps: pd.DataFrame, as_of: date) -> StageSummary:
    """Summarise stage and level from the gap table.

    Parameters
    ----------
    brand : Brand
        Its stages are used.
    exports : Exports or mapping of str to DataFrame
        Its orders are used.
    gaps : DataFrame
        As `workbench.spectrum.gaps.capability_table` returns it.
    as_of : datetime.date
        Last day of observation.
    """
    orders = exports["orders"] if isinstance(exports, Mapping) else exports.amounts
    revenue = trailing_revenue(orders, as_of)
    stage = stage_of(revenue.amount, brand.stages)
    levels = levels_table(gaps, stage.required_level)
    evidenced = level_reached(levels)
    required = gaps[gaps["level"].between(1, stage.required_level)]
    required = required[required["state"] != "not_applicable"]
    missing = gaps[gaps["state"].isin(["gap", "gap_no_profit"])]
    ranked = missing.assign(profit=missing["profit_at_stake_mean"].fillna(-math.inf)).sort_values(
        ["profit", "level"], ascending=[False, True], kind="stable"
    )
    counts = gaps["state"].value_counts()
    return StageSummary(
        stage=stage,
        revenue_12m=revenue.amount,
        revenue_days=revenue.days,
        required_level=stage.required_level,
        declared_level=level_reached(levels, "declared"),
        evidenced_level=evidenced,
        states={state: int(counts.get(state, 0)) for state in STATES},
        required_items=len(required),
        proven_items=int((required["state"] == "proven").sum()),
        blockers=_blockers(gaps, evidenced + 1) if evidenced < stage.required_level else (),
        gaps=tuple(ranked["capability"]),
        notes=_notes(revenue.days, stage, missing),
    )


def _blockers(gaps: pd.DataFrame, level: int) -> tuple[str, ...]:
    """Return what keeps this level from holding: items of weight 2 that are not evidenced."""
    musts = {c.id for c in load_capabilities() if c.weight == 2}
    open_ = gaps[gaps["level"].between(1, level) & gaps["capability"].isin(musts)]
    open_ = open_[(open_["state"] != "not_applicable") & ~(open_["evidenced"] >= 1)]
    return tuple(open_["capability"])


def _notes(days: int, stage: Stage, missing: pd.DataFrame) -> tuple[str, ...]:
    notes = []
    if stage.number == 0:
        notes.append(
            "The orders hold no money, so the stage is not known; level 1 is needed at every stage."
        )
    elif days < 365:
        notes.append(
            f"The log covers {days} of the last 365 days: revenue and stage are lower bounds."
        )
    if missing["profit_at_stake_mean"].notna().sum() > 1:
        notes.append(
            "Profit at stake is not added up over gaps: some earn the same money. The joint total "
            "with overlaps removed is gaps_joint of summary.csv."
        )
    if missing["profit_at_stake_mean"].isna().any():
        notes.append("A gap without a figure is not quantified by this data; it is not zero.")
    return tuple(notes)


def summary_table(summary: StageSummary, currency: str) -> pd.DataFrame:
    """Return the rows that stage and level add to summary.csv.

    Parameters
    ----------
    summary : StageSummary
        As `stage_summary` returns it.
    currency : str
        The brand's, the unit of the revenue.

    Returns
    -------
    DataFrame
        Columns quantity, mean, q05, q95, unit, basis. These are no estimates: q05 and q95 are NaN.
    """
    rows = [
        ("stage", summary.stage.number, "stage, 0 = not known"),
        ("revenue_12m", summary.revenue_12m, currency),
        ("revenue_days", summary.revenue_days, "days of the last 365"),
        ("level_required", summary.required_level, "level"),
        ("level_declared", summary.declared_level, "level"),
        ("level_evidenced", summary.evidenced_level, "level"),
        ("capabilities_required", summary.required_items, "capabilities"),
        ("capabilities_proven", summary.proven_items, "capabilities"),
    ]
    return pd.DataFrame(
        [(name, float(value), math.nan, math.nan, unit, "observed") for name, value, unit in rows],
        columns=["quantity", "mean", "q05", "q95", "unit", "basis"],
    )
