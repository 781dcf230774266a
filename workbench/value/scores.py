"""Scores of forecasts whose outcome is known.

Two conventions hold for every table here. Amounts (actual, mean, absolute error, pinball loss,
CRPS) are *sums* over the groups of a row, and a ratio of amounts (bias, wape, pinball, crps) is a
ratio of these sums, never a mean of ratios: large groups weigh as much as they bring. Coverage is
a *mean* over groups, each counting once.

Small groups often do nothing at all, which is then an end of their interval, too. With its ends
included such an interval covers more than it promises, however honest it is. The same share of
randomised PIT values counts a tie in part and has no such excess (Czado, Gneiting and Held 2009).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.value.proper import uniformity

__all__ = [
    "INTERVALS",
    "MORE_QUANTILES",
    "QUANTILES",
    "SIZES",
    "ablation_by_size",
    "backtest_summary",
    "compare_models",
]

QUANTILES = {
    "q025": 0.025, "q05": 0.05, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q95": 0.95, "q975": 0.975,
}  # fmt: skip
"""Quantiles over which the pinball loss is averaged."""
MORE_QUANTILES = {"q10": 0.10, "q90": 0.90}
"""Further quantiles of ``backtest.csv``: the ends of the 80% interval."""
INTERVALS = {
    50: ("q25", "q75"), 80: ("q10", "q90"), 90: ("q05", "q95"), 95: ("q025", "q975"),
}  # fmt: skip
"""Columns that end each central interval, by its percentage; both ends belong to it."""
SIZES = {"<30": 0, "30-99": 30, "100-299": 100, "300-999": 300, ">=1000": 1000}
"""Bins of cohort size, by their least number of customers."""

KEYS = ("cutoff", "horizon_days", "level", "metric", "pooling")
SCORES = (
    "groups", "actual", "mean", "bias", "wape", "covered", "pinball",
    "covered_50", "covered_80", "covered_90", "covered_95", "crps", "pit_distance", "pit_p",
    "pit_50", "pit_80", "pit_90", "pit_95",
)  # fmt: skip


def pinball_loss(actual: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Twice the mean pinball loss over `QUANTILES`.

    Parameters
    ----------
    actual : ndarray, shape (rows,)
    quantiles : ndarray, shape (len(QUANTILES), rows)
        Of the forecasts, in the order of `QUANTILES`.

    Returns
    -------
    ndarray, shape (rows,)
        In the unit of `actual`.
    """
    loss = np.zeros(len(actual))
    for level, quantile in zip(QUANTILES.values(), quantiles, strict=True):
        short = actual - quantile
        loss += np.maximum(level * short, (level - 1.0) * short)
    return 2.0 * loss / len(QUANTILES)


def backtest_summary(table: pd.DataFrame) -> pd.DataFrame:
    """How good the forecasts of a backtest were.

    Parameters
    ----------
    table : DataFrame
        Rows of ``backtest.csv``, of ``backtest_baselines.csv``, or of both. Columns that it lacks
        (an older file has neither q10, q90, crps nor pit) leave their scores NaN, and so do the
        quantiles of a point forecast.

    Returns
    -------
    DataFrame
        One row per model (if the table has this column), cutoff, horizon, level, metric and
        pooling: groups; actual and mean, summed over the groups; bias (forecast over actual total,
        less one); wape (absolute errors over the actual total); covered (share of groups whose
        actual lies inside the 90% interval, ends included); pinball (twice the mean pinball loss
        over `QUANTILES`, over the actual total: the lower the sharper at equal honesty; Gneiting
        and Raftery 2007, Journal of the American Statistical Association 102(477));
        covered_50, covered_80, covered_90 (again `covered`), covered_95; crps (over the actual
        total); pit_distance and pit_p (`workbench.value.proper.uniformity` of the PIT values of
        the groups); pit_50, pit_80, pit_90, pit_95 (share of PIT values in that middle part of
        (0, 1): coverage with an outcome on an end of the interval counted in part). Shares as
        plain ratios, NaN where the actual total is not positive.
    """
    keys = ["model", *KEYS] if "model" in table else list(KEYS)
    return _scored(table, keys)


def ablation_by_size(table: pd.DataFrame) -> pd.DataFrame:
    """How good each kind of pooling was, by the size of the cohorts.

    Parameters
    ----------
    table : DataFrame
        Rows of ``backtest.csv`` fitted with several poolings; those of level "cohort" count.

    Returns
    -------
    DataFrame
        Sorted from the smallest bin to the largest: horizon_days, metric, size (`SIZES`, customers
        of a cohort at its cutoff), pooling, and the scores of `backtest_summary` over the cohorts
        of all cutoffs. A cohort counts once per cutoff.
    """
    cohorts = table[table["level"] == "cohort"]
    bins = [*SIZES.values(), np.inf]
    size = pd.cut(cohorts["customers"], bins, right=False, labels=list(SIZES))
    keys = ["horizon_days", "metric", "size", "pooling"]
    return _scored(cohorts.assign(size=size), keys).astype({"size": str})


def compare_models(scores: pd.DataFrame, ours: str = "workbench") -> pd.DataFrame:
    """How far every model was off, beside ours at the same cutoffs.

    A baseline that cannot be made at some cutoffs is not held against our score at others.

    Parameters
    ----------
    scores : DataFrame
        Rows of ``backtest_scores.csv``; of ours those of partial pooling count.
    ours : str
        The model in use.

    Returns
    -------
    DataFrame
        Sorted by its first four columns: horizon_days, level, metric, model; cutoffs (number that
        the model was scored at), wape and bias (over the sums of all its cutoffs) and ours_wape
        (ours at these cutoffs). Klaviyo is scored on customers with a prediction only, ours on
        all.
    """
    keys = ["horizon_days", "level", "metric"]
    known = scores[(scores["model"] != ours) | (scores["pooling"] == "partial")]
    known = known.dropna(subset=["wape"])
    known = known.assign(error=known["wape"] * known["actual"])
    mine = known[known["model"] == ours]
    mine = mine[[*keys, "cutoff", "error", "actual"]]
    paired = known.merge(mine, on=[*keys, "cutoff"], suffixes=("", "_ours"))
    columns = ["error", "actual", "mean", "error_ours", "actual_ours"]
    grouped = paired.groupby([*keys, "model"], sort=True)
    sums = grouped[columns].sum().assign(cutoffs=grouped.size())
    return sums.assign(
        wape=sums["error"] / sums["actual"],
        bias=sums["mean"] / sums["actual"] - 1.0,
        ours_wape=sums["error_ours"] / sums["actual_ours"],
    )[["cutoffs", "wape", "bias", "ours_wape"]].reset_index()


def _scored(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Score the rows that share `keys`."""
    scored = table.assign(
        error=(table["mean"] - table["actual"]).abs(),
        loss=_pinball(table),
        crps=_column(table, "crps"),
        pit=_column(table, "pit"),
        **{f"covered_{share}": _inside(table, *ends) for share, ends in INTERVALS.items()},
        **{f"pit_{share}": _central(_column(table, "pit"), share) for share in INTERVALS},
    )
    grouped = scored.groupby(list(keys), sort=True, observed=True)
    sums = grouped.agg(groups=("actual", "size"), actual=("actual", "sum"))
    # A sum over what is not known is not known: NaN must not count as zero.
    for name in ("mean", "error", "loss", "crps"):
        known = grouped[name].count() == sums["groups"]
        sums[name] = grouped[name].sum().where(known)
    for share in INTERVALS:
        for name in (f"covered_{share}", f"pit_{share}"):
            sums[name] = grouped[name].mean()
    tested = [uniformity(values.to_numpy()) for _, values in grouped["pit"]]
    sums["pit_distance"], sums["pit_p"] = np.array(tested).reshape(-1, 2).T
    total = sums["actual"].where(sums["actual"] > 0)
    return sums.assign(
        bias=sums["mean"] / total - 1.0,
        wape=sums["error"] / total,
        covered=sums["covered_90"],
        pinball=sums["loss"] / total,
        crps=sums["crps"] / total,
    )[list(SCORES)].reset_index()


def _column(table: pd.DataFrame, name: str) -> pd.Series:
    return table[name] if name in table else pd.Series(np.nan, index=table.index)


def _inside(table: pd.DataFrame, low: str, high: str) -> pd.Series:
    """1 where the outcome lies inside the interval, NaN where there is none."""
    ends = _column(table, low).notna() & _column(table, high).notna()
    inside = table["actual"].between(_column(table, low), _column(table, high))
    return inside.astype(float).where(ends)


def _central(pit: pd.Series, share: int) -> pd.Series:
    """1 where a PIT value lies in the middle part of (0, 1), NaN where there is none."""
    return ((pit - 0.5).abs() <= share / 200.0).astype(float).where(pit.notna())


def _pinball(table: pd.DataFrame) -> np.ndarray:
    """Twice the mean pinball loss over `QUANTILES` of each row."""
    found = table[list(QUANTILES)].to_numpy(dtype=float).T
    return pinball_loss(table["actual"].to_numpy(dtype=float), found)
