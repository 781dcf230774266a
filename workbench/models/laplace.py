"""Where a posterior lies and how wide it is, roughly, before a single draw is made.

Effects are found at given spreads by L-BFGS and Newton's method, spreads by the EM algorithm: the
joint mode would not do, because there all spreads collapse to nothing. The sampler starts from the
result and takes its shape from it; no number that anybody sees rests on it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from workbench.models.density import LogDensity

__all__ = ["Approximation", "curvature", "laplace"]

ROUNDS = 4
#: The search before the first curvature: gradients kept, iterations, relative gain it ends at.
SEARCH, FAR = {"maxcor": 20, "maxiter": 150, "ftol": 1e-9}, 1e300
#: Newton's steps of a round end when one gains less than this, or after so many.
GAIN, MOST_STEPS = 1.0, 10
#: Longest step of a parameter, on its unconstrained scale.
LONGEST = 1.0
#: Step of the finite differences of gradients, taken to one side.
STEP = 1e-5


@dataclass(frozen=True)
class Approximation:
    """A point in the middle of the posterior.

    Attributes
    ----------
    point : ndarray, shape (size,)
        Mode of the effects at the spreads that EM finds.
    shrinkage : ndarray, shape (size,)
        For free values of effects: the share of their prior variance that the data leave if the
        other groups were known, near 1 where the data say little. Zero elsewhere.
    """

    point: np.ndarray
    shrinkage: np.ndarray


def curvature(
    density: Callable[[np.ndarray], tuple[float, np.ndarray]], point: np.ndarray, which: np.ndarray
) -> np.ndarray:
    """Negative second derivatives of a log density by some coordinates, symmetric."""
    here = density(point)[1]

    def row(i: int) -> np.ndarray:
        there = point.copy()
        there[i] += STEP
        return np.asarray((density(there)[1] - here)[which] / STEP)

    with ThreadPoolExecutor(2) as pool:
        slope = np.array(list(pool.map(row, which)))
    return -(slope + slope.T) / 2


def _spread(log_sd: float, squares: float, n: int, prior: np.ndarray) -> float:
    """Mode of a log spread, given the expected sum of squares of `n` effects and its prior."""
    for _ in range(20):
        weight = squares * np.exp(-2 * log_sd)
        slope = weight - n - (log_sd - prior[0]) / prior[1] ** 2
        log_sd += float(np.clip(slope / (2 * weight + 1 / prior[1] ** 2), -0.5, 0.5))
    return log_sd


def _newton(
    density: Callable[[np.ndarray], tuple[float, np.ndarray]], point: np.ndarray, which: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """One step of Newton's method: the new point, variances by the curvature, the gain."""
    value, gradient = density(point)
    values, vectors = np.linalg.eigh(curvature(density, point, which))
    values = np.maximum(np.abs(values), 1e-3)
    step = vectors @ ((vectors.T @ gradient[which]) / values)
    # Far out the density is flat or beyond what numbers can tell: no step is longer than that.
    size, gain = min(1.0, LONGEST / float(np.abs(step).max())), 0.0
    while gain <= 0.0 and size > 1e-3:
        tried = point.copy()
        tried[which] += size * step
        gain = density(tried)[0] - value
        size /= 2
    point = tried if gain > 0.0 else point
    variance = np.zeros(len(point))
    variance[which] = ((vectors / values) * vectors).sum(axis=1)
    return point, variance, gain


def _climb(
    density: Callable[[np.ndarray], tuple[float, np.ndarray]], point: np.ndarray, which: np.ndarray
) -> np.ndarray:
    """Coordinates `which` near the mode given the others, without a single curvature (L-BFGS)."""

    def downhill(values: np.ndarray) -> tuple[float, np.ndarray]:
        there = point.copy()
        there[which] = values
        value, gradient = density(there)
        if not np.isfinite(value):  # too far out for numbers: the search turns back
            return FAR, np.zeros(len(which))
        return -value, -gradient[which]

    found = minimize(downhill, point[which], jac=True, method="L-BFGS-B", options=SEARCH)
    return np.asarray(found.x)


def laplace(
    layout: LogDensity,
    density: Callable[[np.ndarray], tuple[float, np.ndarray]] | None = None,
    *,
    start: np.ndarray | None = None,
    rounds: int = ROUNDS,
) -> Approximation:
    """Approximate the posterior around its middle.

    Parameters
    ----------
    layout : LogDensity
        Says which parameters are spreads, and of what.
    density : callable, optional
        Log density and gradient of the same parameters; without it that of `layout`.
    start : ndarray, optional
        Where to begin; without it in the middle of the prior.
    rounds : int
        Of the EM algorithm.

    References
    ----------
    Dempster, Laird and Rubin (1977), JRSS B 39(1), on EM for variance components.
    """
    density = density or layout
    spread_of, centred = layout.spread_of, layout.centred
    spreads = np.unique(spread_of[spread_of >= 0])
    which = np.setdiff1d(np.arange(layout.size), spreads)
    point = layout.middle() if start is None else start.copy()
    variance = np.zeros(layout.size)
    point[which] = _climb(density, point, which)
    for _ in range(rounds):
        for _ in range(MOST_STEPS):
            point, variance, gain = _newton(density, point, which)
            if gain < GAIN:
                break
        for own in spreads:
            mine = spread_of == own
            # In standardised form a free value is the effect over its spread.
            unit = np.where(centred[mine], 1.0, np.exp(point[own]))
            squares = float((unit**2 * (point[mine] ** 2 + variance[mine])).sum())
            effect = point[mine] * unit
            point[own] = _spread(point[own], squares, int(mine.sum()), layout.positive_prior[own])
            point[mine] = effect / np.where(centred[mine], 1.0, np.exp(point[own]))
    shrinkage = np.zeros(layout.size)
    for own in spreads:
        mine = np.flatnonzero(spread_of == own)
        left = np.diag(np.linalg.pinv(curvature(density, point, mine), hermitian=True))
        prior = np.where(centred[mine], np.exp(2 * point[own]), 1.0)
        shrinkage[mine] = np.clip(left / prior, 0.0, 1.0)
    return Approximation(point, shrinkage)
