"""The profit of all gaps together: joint draws, overlaps removed.

The tables keep a mean and a 90% interval of each gap, not its draws, so draws are made again: a
split normal that has exactly that mean and interval, one per gap, tied by an assumed correlation
(`GapSettings.correlation`). Gaps of one overlap group earn the same money: of their gains the
largest counts in each draw, not the sum; losses do not stand in for each other and all count.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from workbench.spectrum.settings import GapSettings

__all__ = ["JOINT_DRAWS", "SplitNormal", "gap_money", "joint_draws", "priced_gaps"]

JOINT_DRAWS = 20_000
Z95 = 1.6448536269514722
_STAKE = ("profit_at_stake_mean", "profit_at_stake_q05", "profit_at_stake_q95")
_HALF = 1.0 / math.sqrt(2.0 * math.pi)  # mean of the positive part of a standard normal


@dataclass(frozen=True)
class SplitNormal:
    """Normal scores stretched by one factor below the median and by another above it.

    Attributes
    ----------
    median, below, above : float
        Median, and the stretch on either side, in currency.
    """

    median: float
    below: float
    above: float

    @classmethod
    def of(cls, mean: float, q05: float, q95: float) -> SplitNormal:
        """Return the one with this mean and 90% interval.

        Its mean is median + (above - below) / sqrt(2 pi). A mean so far to one side that no
        median inside the interval gives it (beyond 24% of the interval from its end) keeps the
        interval, and gets the nearest mean.
        """
        part = _HALF / Z95
        median = (mean - part * (q05 + q95)) / (1.0 - 2.0 * part)
        median = min(max(median, q05), q95)
        return cls(median, (median - q05) / Z95, (q95 - median) / Z95)

    def at(self, score: np.ndarray) -> np.ndarray:
        """Turn standard normal scores into amounts."""
        return self.median + np.where(score < 0, self.below, self.above) * score

    @property
    def p_above_0(self) -> float:
        """Probability of an amount above 0."""
        stretch = self.below if self.median > 0 else self.above
        if stretch <= 0:
            return float(self.median > 0)
        return float(ndtr(self.median / stretch))


def priced_gaps(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the gaps that a total may hold: those with a profit above 0 and its interval.

    Hours of manual coordination have no interval and are a cost, not a saving: they stay out.
    A gap whose closing is expected to lose money is not closed, so it stays out too.
    """
    known = gaps[list(_STAKE)].notna().all(axis=1)
    return gaps[(gaps["state"] == "gap") & known & (gaps[_STAKE[0]] > 0)]


def joint_draws(
    gaps: pd.DataFrame, settings: GapSettings | None = None, *, seed: int = 20260630
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the profit of all priced gaps, line by line and together.

    Parameters
    ----------
    gaps : DataFrame
        As `workbench.spectrum.gaps.capability_table` returns it.
    settings : GapSettings, optional
        Its correlation.
    seed : int
        A gap's draws depend on this and on its name alone, so that another gap that closes
        changes none of them.

    Returns
    -------
    lines : ndarray, shape (gaps, draws)
        Profit a year in currency, in the order of `priced_gaps`.
    together : ndarray, shape (draws,)
        Their sum over overlap groups: of each group the largest gain, and all losses.
    overlap : ndarray, shape (draws,)
        What the lines hold beyond that, never below 0.
    """
    rows = priced_gaps(gaps)
    rho = (settings or GapSettings()).correlation
    common = np.random.default_rng([seed, 71]).normal(size=JOINT_DRAWS)
    lines = np.empty((len(rows), JOINT_DRAWS))
    for at, row in enumerate(rows.to_dict("records")):
        own = int.from_bytes(hashlib.sha256(row["capability"].encode()).digest()[:4], "big")
        noise = np.random.default_rng([seed, 71, own]).normal(size=JOINT_DRAWS)
        score = math.sqrt(rho) * common + math.sqrt(1.0 - rho) * noise
        # ranks in place of raw scores: every line keeps its mean and interval exactly
        rank = np.empty(JOINT_DRAWS)
        rank[np.argsort(score, kind="stable")] = (np.arange(JOINT_DRAWS) + 0.5) / JOINT_DRAWS
        lines[at] = SplitNormal.of(*(float(row[name]) for name in _STAKE)).at(ndtri(rank))
    groups = rows["overlap_group"].to_numpy()
    together, overlap = np.zeros(JOINT_DRAWS), np.zeros(JOINT_DRAWS)
    for group in sorted(set(groups)):
        own = lines[groups == group]
        gain = own.clip(min=0.0)
        largest = gain.max(axis=0)
        together += largest + own.clip(max=0.0).sum(axis=0)
        overlap += gain.sum(axis=0) - largest
    return lines, together, overlap


def gap_money(
    gaps: pd.DataFrame,
    currency: str,
    settings: GapSettings | None = None,
    *,
    seed: int = 20260630,
) -> pd.DataFrame:
    """Return what the gaps add to summary.csv: lines, overlap, together.

    Parameters
    ----------
    gaps : DataFrame
        As `workbench.spectrum.gaps.capability_table` returns it.
    currency : str
        ISO code.
    settings : GapSettings, optional
    seed : int

    Returns
    -------
    DataFrame
        Columns quantity, mean, q05, q95, unit, basis. gaps_lines is the plain sum of the priced
        gaps, gaps_overlap what of it is counted more than once, gaps_joint the rest: what closing
        all of them brings within 12 months. manual_hours is the declared cost of manual
        coordination, in none of the three. Rows without anything to say are left out.
    """
    unit = f"{currency} a year"
    rows: list[tuple[str, float, float, float, str, str]] = []
    if len(priced_gaps(gaps)):
        _, together, overlap = joint_draws(gaps, settings, seed=seed)
        rho = (settings or GapSettings()).correlation
        basis = (
            "split normal draws from the mean and 90% interval of each gap, "
            f"correlation {rho:g} assumed; of one overlap group the largest gain counts"
        )
        for name, draws in (
            ("gaps_lines", together + overlap),
            ("gaps_overlap", overlap),
            ("gaps_joint", together),
        ):
            low, high = np.quantile(draws, [0.05, 0.95])
            rows.append((name, float(draws.mean()), float(low), float(high), unit, basis))
    hours = gaps[(gaps["capability"] == "hours_per_week") & gaps[_STAKE[0]].notna()]
    for cost in hours[_STAKE[0]]:
        basis = "declared hours x assumed rate, not measured; in no total"
        rows.append(("manual_hours", float(cost), math.nan, math.nan, unit, basis))
    return pd.DataFrame(rows, columns=["quantity", "mean", "q05", "q95", "unit", "basis"])
