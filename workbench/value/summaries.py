"""Draws to means and quantiles, and sums over cohorts: the one place where both are done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q95": 0.95}


def summary_columns(
    draws: np.ndarray, prefix: str, names: Sequence[str] = ("q05", "q25", "q50", "q75", "q95")
) -> dict[str, np.ndarray]:
    """Mean and quantiles along the last axis, as columns `prefix`_mean, `prefix`_q05, ...

    Parameters
    ----------
    draws : ndarray, shape (rows, draws)
        Infinite draws are allowed (a cost never paid back): quantiles keep them, and a mean over
        them is infinite.
    """
    columns = {f"{prefix}_mean": draws.mean(axis=1)}
    levels = [QUANTILES[name] for name in names]
    # "Lower" interpolation where draws can be infinite, since inf - inf has no value.
    method: Literal["linear", "inverted_cdf"] = "linear"
    if not np.isfinite(draws).all():
        method = "inverted_cdf"
    values = np.quantile(draws, levels, axis=1, method=method) if len(draws) else [[]] * len(names)
    for name, row in zip(names, values, strict=True):
        columns[f"{prefix}_{name}"] = np.asarray(row)
    return columns


def sum_by(groups: pd.DataFrame, by: Sequence[str], values: np.ndarray) -> np.ndarray:
    """Sum rows of `values` over the groups that share the columns `by`, in sorted order."""
    index = groups.groupby(list(by), sort=True).ngroup().to_numpy()
    out = np.zeros((int(index.max()) + 1 if len(index) else 0, *values.shape[1:]))
    np.add.at(out, index, values)
    return out
