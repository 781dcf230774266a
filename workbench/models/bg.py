"""The BG/NBD purchase model: dropout only after a repeat purchase.

The classic that results are compared with. Here it serves as a reference; the workbench fits
MBG/NBD (`workbench.models.mbg`), because under BG/NBD nobody who bought once can ever be lost.

References
----------
Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln


def log_likelihood(
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    r: ArrayLike,
    alpha: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
) -> np.ndarray:
    """Log-likelihood of a history: x repeats, the last at `t_x`, observed until `T`.

    All arguments broadcast; times in the unit of 1/alpha.
    """
    x, t_x, T, r, alpha, a, b = np.broadcast_arrays(x, t_x, T, r, alpha, a, b)
    base = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + T)
    gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
    return base + np.where(x > 0, np.logaddexp(alive, gone), alive)


def p_alive(
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    r: ArrayLike,
    alpha: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
) -> np.ndarray:
    """Probability that the customer has not dropped out at `T`; 1 for ever at x = 0."""
    x, t_x, T, r, alpha, a, b = np.broadcast_arrays(x, t_x, T, r, alpha, a, b)
    odds = a / (b + np.maximum(x, 1) - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x)
    return np.where(x > 0, 1.0 / (1.0 + odds), 1.0)
