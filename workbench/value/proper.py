"""Scores of a whole predictive distribution, from its draws: CRPS, PIT, distance from uniform.

References
----------
Gneiting and Raftery (2007), Strictly Proper Scoring Rules, Prediction, and Estimation, Journal of
the American Statistical Association 102(477); Ferro (2014), Fair scores for ensemble forecasts,
Quarterly Journal of the Royal Meteorological Society 140(683); Czado, Gneiting and Held (2009),
Predictive Model Assessment for Count Data, Biometrics 65(4).
"""

from __future__ import annotations

import numpy as np
from scipy.stats import kstest

__all__ = ["crps", "pit", "uniformity"]


def crps(draws: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of each row, fair for any number of draws.

    mean |X - y| - mean over pairs of different draws |X - X'| / 2: without bias for the score of
    the distribution that the draws come from (Ferro 2014); pairs of a draw with itself would punish
    few draws. Its expectation is never negative, a single value may be.

    Parameters
    ----------
    draws : ndarray, shape (rows, draws)
        At least two draws.
    actual : ndarray, shape (rows,)

    Returns
    -------
    ndarray, shape (rows,)
        In the unit of `actual`; the lower the better; the absolute error of a sure forecast.
    """
    m = draws.shape[1]
    if m < 2:
        raise ValueError(f"a fair score needs two draws or more, got {m}.")
    ordered = np.sort(draws, axis=1)
    # Sum over pairs of |X - X'| of sorted draws: the k-th counts 2 k - m - 1 times.
    spread = ordered @ (2.0 * np.arange(1, m + 1) - m - 1.0) / (m * (m - 1.0))
    error = np.abs(draws - np.asarray(actual, dtype=float)[:, None]).mean(axis=1)
    return error - spread


def pit(draws: np.ndarray, actual: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Randomised probability integral transform of each row.

    Where the outcome falls among the draws, as a share: (draws below it + U (draws equal to it +
    1)) / (draws + 1) with U uniform on (0, 1). Exactly uniform when outcome and draws come from
    one distribution, also a discrete one (Czado, Gneiting and Held 2009) and for few draws.

    Parameters
    ----------
    draws : ndarray, shape (rows, draws)
    actual : ndarray, shape (rows,)
    rng : Generator
        Breaks ties; one number per row is taken.

    Returns
    -------
    ndarray, shape (rows,)
        In (0, 1): near 0 where the forecast was too high, near 1 where it was too low.
    """
    outcome = np.asarray(actual, dtype=float)[:, None]
    below = (draws < outcome).sum(axis=1)
    equal = (draws == outcome).sum(axis=1)
    return (below + rng.uniform(size=len(draws)) * (equal + 1)) / (draws.shape[1] + 1)


def uniformity(values: np.ndarray) -> tuple[float, float]:
    """Distance of PIT values from the uniform distribution, and the chance of a larger one.

    Returns
    -------
    distance : float
        Of Kolmogorov and Smirnov: largest gap between the share of values up to a point and the
        point, 0 to 1.
    p : float
        Its exact p-value for independent values. Groups of one cutoff share parameters and the
        calendar, so a small one is weaker evidence than it looks.
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        return np.nan, np.nan
    test = kstest(known, "uniform")
    return float(test.statistic), float(test.pvalue)
