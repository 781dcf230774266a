"""Scores of forecasts whose outcome is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["QUANTILES", "backtest_summary"]

QUANTILES = {
    "q025": 0.025, "q05": 0.05, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q95": 0.95, "q975": 0.975,
}  # fmt: skip


def backtest_summary(table: pd.DataFrame) -> pd.DataFrame:
    """How good the forecasts of a backtest were.

    Parameters
    ----------
    table : DataFrame
        Rows of ``backtest.csv``.

    Returns
    -------
    DataFrame
        One row per cutoff, horizon, level, metric and pooling: groups, actual and mean (sums),
        bias (forecast over actual total, less one), wape (absolute errors of the groups over the
        actual total), covered (share of groups whose actual lies inside the 90% interval, ends
        included), pinball (twice the mean pinball loss over `QUANTILES`, summed over the groups,
        over the actual total: the lower the sharper at equal honesty; Gneiting and Raftery 2007,
        Journal of the American Statistical Association 102(477)). Shares as plain ratios, NaN
        where the actual total is not positive.
    """
    loss = np.zeros(len(table))
    for name, level in QUANTILES.items():
        short = (table["actual"] - table[name]).to_numpy(dtype=float)
        loss += np.maximum(level * short, (level - 1.0) * short)
    scored = table.assign(
        error=(table["mean"] - table["actual"]).abs(),
        covered=table["actual"].between(table["q05"], table["q95"]).astype(float),
        loss=2.0 * loss / len(QUANTILES),
    )
    keys = ["cutoff", "horizon_days", "level", "metric", "pooling"]
    sums = scored.groupby(keys, sort=True).agg(
        groups=("group", "size"),
        actual=("actual", "sum"),
        mean=("mean", "sum"),
        error=("error", "sum"),
        covered=("covered", "mean"),
        loss=("loss", "sum"),
    )
    total = sums["actual"].where(sums["actual"] > 0)
    return sums.assign(
        bias=sums["mean"] / total - 1.0, wape=sums["error"] / total, pinball=sums["loss"] / total
    )[["groups", "actual", "mean", "bias", "wape", "covered", "pinball"]].reset_index()
