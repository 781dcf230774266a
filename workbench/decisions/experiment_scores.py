"""ICE, PIE and PXL: the scores that backlogs are usually ranked by, for comparison only."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["PXL", "ice", "pie", "pxl", "rank_down"]

PXL = (
    "above_fold", "noticeable_5s", "add_remove_element", "motivation", "high_traffic",
    "user_testing", "qual_feedback", "analytics", "heatmaps",
)  # fmt: skip
"""PXL's questions beside ease; the file holds their points (0 or 1, two of them 0 or 2)."""

_PXL_EASE = 3.0
_EASE_DAYS = (0.5, 1.0, 2.0)


def _column(backlog: pd.DataFrame, name: str) -> pd.Series:
    if name not in backlog:
        return pd.Series(np.nan, index=backlog.index)
    return pd.to_numeric(backlog[name], errors="coerce").astype(float)


def ice(backlog: pd.DataFrame) -> pd.Series:
    """Impact x confidence x ease, each 1 to 10; NaN where one is missing."""
    return _column(backlog, "impact") * _column(backlog, "confidence") * _column(backlog, "ease")


def pie(backlog: pd.DataFrame) -> pd.Series:
    """Mean of potential, importance and ease, each 1 to 10; NaN where one is missing."""
    names = ("potential", "importance", "ease")
    return sum((_column(backlog, name) for name in names), start=0.0) / len(names)


def pxl(backlog: pd.DataFrame) -> pd.Series:
    """Sum of the answers (at most 14); NaN where one is missing.

    Ease counts 0 to 3. Where the backlog has it on the scale of ICE, it is taken from the days of
    work: 3 points up to half a day, 2 up to one, 1 up to two.
    """
    ease = _column(backlog, "ease")
    if (ease > _PXL_EASE).any():
        days = _column(backlog, "effort_days")
        points = sum((days <= limit).astype(float) for limit in _EASE_DAYS)
        ease = points.where(days >= 0)
    return sum((_column(backlog, name) for name in PXL), start=ease)


def rank_down(score: pd.Series, among: pd.Series) -> pd.Series:
    """Rank from the highest score (1) down; ties share the better rank, NaN has none."""
    return score.where(among).rank(method="min", ascending=False)
