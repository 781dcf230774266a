"""When a customer has paid back what winning them cost."""

from __future__ import annotations

import numpy as np

__all__ = ["payback_days"]


def payback_days(curves: np.ndarray, ages: np.ndarray, cac: np.ndarray) -> np.ndarray:
    """First age at which cumulative contribution per customer covers CAC, in days.

    Parameters
    ----------
    curves : ndarray, shape (groups, ages, draws)
        In currency per customer.
    ages : ndarray, shape (ages,)
        In days.
    cac : ndarray, shape (groups, draws) or (groups, 1)
        In currency per customer; NaN where nothing was spent.

    Returns
    -------
    ndarray, shape (groups, draws)
        In between two ages evenly; infinite where the last age is not enough; NaN without CAC.
    """
    ages = ages.astype(float)
    above = curves >= cac[:, None]
    found = above.any(axis=1)
    at = above.argmax(axis=1)
    i, d = np.indices(at.shape)
    before_at = np.maximum(at - 1, 0)
    after, before = curves[i, at, d], curves[i, before_at, d]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(after > before, (cac - before) / (after - before), 1.0)
    days = np.where(at > 0, ages[before_at] + part * (ages[at] - ages[before_at]), ages[at])
    return np.where(np.isnan(cac), np.nan, np.where(found, days, np.inf))
