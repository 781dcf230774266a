"""The integral over the time of dropout that Pareto/NBD's likelihood rests on.

Its usual form is a difference of two hypergeometric functions, in one branch for alpha >= beta and
another for alpha < beta, which loses all digits where they nearly cancel and which SciPy's `hyp2f1`
does not deliver for a few hundred purchases. The integral itself has neither problem.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from workbench.models.families.blocks import in_blocks

NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)
FALL = 30.0
"""Fall of the log integrand, from its start, beyond which it is left out: exp(-30) is 1e-13."""
NEWTON_STEPS = 6


def log_dropout_integral(
    m: ArrayLike, alpha: ArrayLike, q: ArrayLike, beta: ArrayLike, begin: ArrayLike, end: ArrayLike
) -> np.ndarray:
    """Log of the integral of (alpha + u)^-m (beta + u)^-q over u from `begin` to `end`.

    With g the smaller of alpha and beta, the variable is v = log((g + u) / (g + begin)): in it the
    integrand is the exponential of a concave function of slope between -(m + q) and 1, which 48
    Gauss-Legendre nodes integrate to 1e-10 for ends up to 10^8 (g + begin).

    Parameters
    ----------
    m, q : array_like
        Exponents, positive, with m + q > 1.
    alpha, beta : array_like
        Positive, in the unit of time.
    begin, end : array_like
        Times, 0 <= begin <= end.

    Returns
    -------
    ndarray
        Minus infinity where begin = end.
    """
    return in_blocks(_block, m, alpha, q, beta, begin, end)


def _block(
    m: np.ndarray,
    alpha: np.ndarray,
    q: np.ndarray,
    beta: np.ndarray,
    begin: np.ndarray,
    end: np.ndarray,
) -> np.ndarray:
    smaller, larger = np.minimum(alpha, beta), np.maximum(alpha, beta)
    power = np.where(alpha <= beta, q, m)  # of the larger
    fall = m + q - 1.0
    start = smaller + begin
    gap = (larger - smaller) / start
    length = np.log1p((end - begin) / start)

    # The integrand, relative to its start, is exp(-fall v) ((1 + gap) / (1 + gap exp(-v)))^power.
    # Where it falls by FALL, Newton's method finds from beyond; concave, so it stays beyond.
    full = np.log1p(gap)
    reach = length
    for _ in range(NEWTON_STEPS):
        shrunk = gap * np.exp(-reach)
        height = -fall * reach + power * (full - np.log1p(shrunk))
        slope = power * shrunk / (1.0 + shrunk) - fall
        beyond = (height < -FALL) & (slope < 0.0)
        step = np.where(beyond, (-FALL - height) / np.where(beyond, slope, 1.0), 0.0)
        reach = reach + step

    v = reach[:, None] * (0.5 + 0.5 * NODES)
    height = -fall[:, None] * v
    height += power[:, None] * (full[:, None] - np.log1p(gap[:, None] * np.exp(-v)))
    top = height.max(axis=1)
    total = (np.exp(height - top[:, None]) * WEIGHTS).sum(axis=1)
    with np.errstate(divide="ignore"):
        return (
            top
            + np.log(total * 0.5 * reach)
            - (m - 1.0) * np.log(alpha + begin)
            - q * np.log(beta + begin)
            + np.log(start / (alpha + begin))
        )
