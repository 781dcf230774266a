"""The MBG/NBD purchase model in closed form, without and with its expectations over dropout.

A customer buys at their own rate lambda ~ Gamma(r, rate alpha) until they drop out, which may
happen right after the first purchase or after any later one, with their own probability
p ~ Beta(a, b). Time is operational time in weeks (`workbench.models.calendar`).

References
----------
Batislam, Denizel and Filiztekin (2007), International Journal of Research in Marketing 24(3);
Wagner and Hoppe (2008), Erratum on the MBG/NBD model, IJRM 25(3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln

NODES = 16


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
    alive = betaln(a, b + x + 1) - (r + x) * np.log(alpha + T)
    gone = betaln(a + 1, b + x) - (r + x) * np.log(alpha + t_x)
    return base + np.logaddexp(alive, gone)


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
    """Probability that the customer has not dropped out at `T`; falls with `T` even at x = 0."""
    x, t_x, T, r, alpha, a, b = np.broadcast_arrays(x, t_x, T, r, alpha, a, b)
    log_odds = np.log(a) - np.log(b + x) + (r + x) * (np.log(alpha + T) - np.log(alpha + t_x))
    return 1.0 / (1.0 + np.exp(np.minimum(log_odds, 700.0)))


def beta_quadrature(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for expectations under Beta(a, b), for many (a, b) at once.

    Golub-Welsch: eigenvalues of the recurrence matrix of the Jacobi polynomials on (0, 1), whose
    coefficients have a closed form.

    Parameters
    ----------
    a, b : ndarray, shape (n,)

    Returns
    -------
    nodes, weights : ndarray, shape (n, 16)
        Weights sum to one.
    """
    low, high = b[:, None] - 1.0, a[:, None] - 1.0
    k = np.arange(NODES, dtype=float)[None, :]
    total = 2.0 * k + low + high
    with np.errstate(divide="ignore", invalid="ignore"):
        diagonal = (high**2 - low**2) / (total * (total + 2.0))
        diagonal[:, 0] = ((high - low) / (low + high + 2.0))[:, 0]
        j = k[:, 1:]
        s = total[:, 1:]
        square = 4 * j * (j + low) * (j + high) * (j + low + high) / (s**2 * (s + 1) * (s - 1))
        # At k = 1 numerator and denominator share a factor that may be zero.
        square[:, 0] = (
            4.0 * (1.0 + low) * (1.0 + high) / ((2.0 + low + high) ** 2 * (3.0 + low + high))
        )[:, 0]
    matrix = np.zeros((len(a), NODES, NODES))
    i = np.arange(NODES)
    matrix[:, i, i] = np.where(np.isfinite(diagonal), diagonal, 0.0)
    off = np.sqrt(square)
    matrix[:, i[1:], i[:-1]] = off
    matrix[:, i[:-1], i[1:]] = off
    value, vector = np.linalg.eigh(matrix)
    return (value + 1.0) / 2.0, vector[:, 0, :] ** 2


def _mean_purchases(
    m: np.ndarray, scale: np.ndarray, t: np.ndarray, a: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """E over p ~ Beta(a, b) of (1 - (A/(A + p t))^m) / p, A being `scale`.

    Has no pole at a = 1, where the hypergeometric form returns infinity.
    """
    out = np.empty(m.size)
    pairs = np.stack([a.ravel(), b.ravel()], axis=1)
    distinct, inverse = np.unique(pairs, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    flat_m, ratio = m.ravel(), (t / scale).ravel()
    # In slices, so that a million customers need no more memory than a thousand.
    nodes, weights = beta_quadrature(distinct[:, 0], distinct[:, 1])
    for begin in range(0, m.size, 100_000):
        rows = slice(begin, begin + 100_000)
        p, w = nodes[inverse[rows]], weights[inverse[rows]]
        drop = -np.expm1(-flat_m[rows, None] * np.log1p(p * ratio[rows, None]))
        out[rows] = (drop / p * w).sum(axis=1)
    return out.reshape(m.shape)


def expected_purchases_new(
    t: ArrayLike, *, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> np.ndarray:
    """Expected repeat purchases of a new customer in (0, t]."""
    t, r, alpha, a, b = (np.asarray(v, float) for v in np.broadcast_arrays(t, r, alpha, a, b))
    return b / (a + b) * _mean_purchases(r, alpha, t, a, b + 1.0)


def expected_purchases(
    t: ArrayLike,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    r: ArrayLike,
    alpha: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
) -> np.ndarray:
    """Expected purchases in (T, T + t] of a customer with history (x, t_x, T)."""
    t, x, t_x, T, r, alpha, a, b = (
        np.asarray(v, float) for v in np.broadcast_arrays(t, x, t_x, T, r, alpha, a, b)
    )
    alive = p_alive(x, t_x, T, r=r, alpha=alpha, a=a, b=b)
    return alive * _mean_purchases(r + x, alpha + T, t, a, b + x + 1.0)


def repeat_rate(
    t: ArrayLike, *, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> np.ndarray:
    """Probability that a new customer buys again within `t`: a free check on mature cohorts."""
    t, r, alpha, a, b = np.broadcast_arrays(t, r, alpha, a, b)
    return b / (a + b) * (1.0 - (alpha / (alpha + t)) ** r)
