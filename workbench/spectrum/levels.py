"""Revenue stages, what each needs, and the levels of automation that a brand holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd

from workbench.errors import InputError, Problem, WorkbenchError
from workbench.spectrum.capabilities import (
    LEVEL_NAMES,
    Capability,
    load_capabilities,
    stage_texts,
)

__all__ = [
    "HOLDS_SHARE",
    "STAGE_BOUNDS",
    "Stage",
    "TrailingRevenue",
    "level_reached",
    "levels_table",
    "stage_of",
    "stages_table",
    "trailing_revenue",
]

STAGE_BOUNDS = (0.0, 1_000_000.0, 3_000_000.0, 10_000_000.0)
"""Lower bounds of the four stages, net revenue of twelve months, inclusive."""
HOLDS_SHARE = 0.8
"""Share of a level's points that must be earned."""
YEAR_DAYS = 365


@dataclass(frozen=True)
class Stage:
    """A revenue stage.

    Attributes
    ----------
    number : int
        1 to 4; 0 where the revenue is not known.
    name : str
        Its bounds in words, without currency: "1M to 3M".
    lower, upper : float
        Bounds of net revenue over twelve months; the lower one is inside.
    required_level : int
        Highest level that the stage needs. Level 1 is needed everywhere, hence also where the
        revenue is not known.
    needs, not_yet : str
        What the stage needs, and what it should not buy yet.
    """

    number: int
    name: str
    lower: float
    upper: float
    required_level: int
    needs: str
    not_yet: str


@dataclass(frozen=True)
class TrailingRevenue:
    """Net revenue of the 365 days that end with the as-of date.

    Attributes
    ----------
    amount : float
        In shop currency, tax excluded; NaN where the log holds no money.
    days : int
        Days of these 365 that the log covers. Below 365 the amount is a lower bound of a year.
    """

    amount: float
    days: int


def trailing_revenue(orders: pd.DataFrame, as_of: date) -> TrailingRevenue:
    """Add up the net revenue of the 365 days that end with the as-of date.

    Parameters
    ----------
    orders : DataFrame
        Columns day and revenue; what is later than the as-of date is left out.
    as_of : date
        Last day of observation.
    """
    end = pd.Timestamp(as_of)
    known = orders[orders["day"] <= end]
    if known.empty:
        return TrailingRevenue(math.nan, 0)
    days = min((end - known["day"].min()).days + 1, YEAR_DAYS)
    year = known.loc[known["day"] > end - timedelta(days=YEAR_DAYS), "revenue"]
    without_money = (known["revenue"] if year.empty else year).isna().all()
    return TrailingRevenue(math.nan if without_money else float(year.sum()), days)


def stage_of(revenue_12m: float, thresholds: Sequence[float] = STAGE_BOUNDS) -> Stage:
    """Return the revenue stage of a brand.

    Parameters
    ----------
    revenue_12m : float
        Net revenue of the last twelve months, shop currency. NaN gives the stage "not known",
        which asks for level 1 only; less than 0 (more refunds than sales) the first stage.
    thresholds : sequence of float
        Lower bounds of the four stages, ascending from 0; a bound belongs to the stage above it.

    Raises
    ------
    InputError
        If the thresholds are not four ascending numbers from 0.
    """
    bounds = tuple(thresholds)
    if len(bounds) != 4 or bounds[0] != 0 or any(not low < high for low, high in pairwise(bounds)):
        raise InputError(
            Problem(
                f"stages must be the lower bounds of four stages, got {list(bounds)}",
                "brand.yaml, stages",
                "four ascending numbers from 0",
            )
        )
    if math.isnan(revenue_12m):
        return Stage(0, "not known (no revenue in the data)", math.nan, math.nan, 1, "", "")
    number = max(1, sum(revenue_12m >= bound for bound in bounds))
    lower, upper = bounds[number - 1], (*bounds, math.inf)[number]
    if number == 1:
        name = f"under {_short(upper)}"
    elif number == 4:
        name = f"{_short(lower)} and more"
    else:
        name = f"{_short(lower)} to {_short(upper)}"
    texts = stage_texts()[number]
    return Stage(number, name, lower, upper, number, texts["needs"], texts["not_yet"])


def _short(amount: float) -> str:
    """Write a bound exactly: 1M, 2.5M, 750k, 1,234."""
    for unit, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if amount >= unit and round(amount / unit, 2) * unit == amount:
            return f"{amount / unit:.10g}{letter}"
    return f"{amount:,.10g}"


def levels_table(
    gaps: pd.DataFrame,
    required_level: int | None = None,
    capabilities: Iterable[Capability] | None = None,
) -> pd.DataFrame:
    """Say for each level whether it holds, as declared and as evidenced.

    A level holds when at least 80% of its points are earned and every item of weight 2 of it and
    of the levels below has at least 1 of 2. An item gives its score (0 to 2) times its weight;
    what is unknown gives 0 and stays in the denominator, so that it never lifts a share; what is
    not applicable leaves both.

    Parameters
    ----------
    gaps : DataFrame
        As `workbench.spectrum.gaps.capability_table` returns it.
    required_level : int, optional
        Level that the stage needs; that of the table's own stage by default.
    capabilities : iterable of Capability, optional
        The registry; that of the package by default.

    Returns
    -------
    DataFrame
        Columns level (1 to 4), name, required, declared_points, evidenced_points,
        share_declared, share_evidenced (0 to 1), holds_declared, holds_evidenced,
        reached_declared, reached_evidenced (holds, and all levels below do), role: the level is
        foundation (needed by an earlier stage), present (first needed by the brand's) or road
        (needed by a later one).

    Raises
    ------
    WorkbenchError
        If the required level is neither given nor kept in the table.
    """
    required = gaps.attrs.get("required_level") if required_level is None else required_level
    if required is None:
        raise WorkbenchError(
            "the table of gaps no longer knows the level its stage needs (it was read from a "
            "file); give required_level=stage_of(...).required_level"
        )
    weights = {c.id: c.weight for c in capabilities or load_capabilities()}
    items = gaps[gaps["state"] != "not_applicable"]
    items = items.assign(weight=items["capability"].map(weights)).fillna(
        {"declared": 0.0, "evidenced": 0.0}
    )
    rows: list[dict[str, Any]] = []
    for level, name in LEVEL_NAMES.items():
        own = items[items["level"] == level]
        musts = items[items["level"].between(1, level) & (items["weight"] == 2)]
        possible = 2.0 * own["weight"].sum()
        row: dict[str, Any] = {"level": level, "name": name, "required": level <= required}
        for kind in ("declared", "evidenced"):
            points = float((own[kind] * own["weight"]).sum())
            share = points / possible if possible else math.nan
            row[f"{kind}_points"] = points
            row[f"share_{kind}"] = share
            # points are whole numbers: the margin only takes up the division's rounding
            row[f"holds_{kind}"] = bool(share >= HOLDS_SHARE - 1e-12 and (musts[kind] >= 1).all())
            row[f"reached_{kind}"] = row[f"holds_{kind}"] and all(r[f"holds_{kind}"] for r in rows)
        rows.append(row | {"role": _role(level, required)})
    columns = [
        "level",
        "name",
        "required",
        "declared_points",
        "evidenced_points",
        "share_declared",
        "share_evidenced",
        "holds_declared",
        "holds_evidenced",
        "reached_declared",
        "reached_evidenced",
        "role",
    ]
    return pd.DataFrame(rows, columns=columns)


def _role(number: int, present: int) -> str:
    return "foundation" if number < present else "present" if number == present else "road"


def stages_table(
    gaps: pd.DataFrame, revenue_12m: float, thresholds: Sequence[float] = STAGE_BOUNDS
) -> pd.DataFrame:
    """Judge the same capabilities at each of the four stages.

    Parameters
    ----------
    gaps : DataFrame
        As `workbench.spectrum.gaps.capability_table` returns it.
    revenue_12m : float
        As for `stage_of`; it says which stage is the present one, none where it is not known.
    thresholds : sequence of float
        As for `stage_of`.

    Returns
    -------
    DataFrame
        One row per stage: stage, name, lower, upper (net revenue of twelve months; the lower
        bound is inside), role (foundation, present, road), required_level, level_evidenced (no
        higher than the stage needs, none skipped), met (the brand would have what this stage
        needs), the number of capabilities by what they would be at this stage, without the not
        applicable: items, proven, gaps, ask, unknown; open, the capabilities that would be gaps or
        not shown, by level; needs, not_yet.
    """
    present = stage_of(revenue_12m, thresholds)
    reached = level_reached(levels_table(gaps, present.required_level))
    rows = []
    for number, lower in enumerate(thresholds, start=1):
        stage = stage_of(lower, thresholds)
        own = gaps[gaps["level"].between(1, stage.required_level)]
        own = own[own["state_if_needed"] != "not_applicable"]
        state = own["state_if_needed"]
        missing = own[state != "proven"].sort_values("level", kind="stable")
        rows.append(
            {
                "stage": number,
                "name": stage.name,
                "lower": stage.lower,
                "upper": stage.upper,
                "role": _role(number, present.number) if present.number else "not known",
                "required_level": stage.required_level,
                "level_evidenced": min(reached, stage.required_level),
                "met": reached >= stage.required_level,
                "items": len(own),
                "proven": int((state == "proven").sum()),
                "gaps": int(state.isin(["gap", "gap_no_profit"]).sum()),
                "ask": int((state == "ask").sum()),
                "unknown": int((state == "unknown").sum()),
                "open": ", ".join(missing["capability"]),
                "needs": stage.needs,
                "not_yet": stage.not_yet,
            }
        )
    return pd.DataFrame(rows)


def level_reached(levels: pd.DataFrame, kind: str = "evidenced") -> int:
    """Return the highest level that holds without skipping one; 0 if level 1 does not hold.

    Parameters
    ----------
    levels : DataFrame
        As `levels_table` returns it.
    kind : {"evidenced", "declared"}
        Which answers to go by.
    """
    holds = levels.sort_values("level")[f"holds_{kind}"].astype(bool)
    return int(holds.cumprod().sum())
