"""Intervals of single customers and cohorts, whose draws are not kept: read off kept quantiles."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["LEVELS", "level_columns"]

LEVELS = tuple(round(0.025 * k, 3) for k in range(1, 40) if k <= 10 or k >= 30)
"""Quantiles that are kept: the ends of intervals of 50%, 55%, ... 95%."""


def level_columns(
    table: pd.DataFrame, prefix: str, interval: float
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of a central interval from columns such as ``pooled_q050``.

    Exact for intervals that are a multiple of 5% from 50% to 95%, whose ends are kept; in between
    the quantile function is taken to be straight.

    Parameters
    ----------
    table : DataFrame
        Columns ``<prefix>_q<per mille>``, as `workbench.explorer.shrinkage_material` makes them.
    prefix : str
    interval : float
    """
    start = f"{prefix}_q"
    names = sorted(name for name in table if str(name).startswith(start))
    levels = np.array([int(name.removeprefix(start)) / 1000.0 for name in names])
    kept = table[names].to_numpy(dtype=float)
    tail = (1.0 - interval) / 2.0
    return _between(levels, kept, tail), _between(levels, kept, 1.0 - tail)


def _between(levels: np.ndarray, kept: np.ndarray, level: float) -> np.ndarray:
    right = int(np.clip(np.searchsorted(levels, level - 1e-9), 1, len(levels) - 1))
    left = right - 1
    part = np.clip((level - levels[left]) / (levels[right] - levels[left]), 0.0, 1.0)
    return np.asarray(kept[:, left] + part * (kept[:, right] - kept[:, left]))
