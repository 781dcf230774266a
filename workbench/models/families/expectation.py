"""Expectations over customers who differ: quadrature for Beta and Gamma heterogeneity.

A dropout probability p ~ Beta(a, b) is integrated over its log odds, a rate y ~ Gamma(k) over its
logarithm. What is averaged is analytic there within pi of the real axis, whatever the ratio of
horizon to time scale, so the trapezoidal rule converges exponentially and equally fast for all
customers (Trefethen and Weideman 2014, SIAM Review 56(3), doi:10.1137/130932132). A Gauss-Jacobi
rule in p does not: its error grows with that ratio.

Far tails decay like a geometric series and may be very long (a of 0.01). Each is summed exactly
and put on one node, at its mean, because the averaged functions are linear there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from workbench.models.families.blocks import in_blocks

STEPS = 80
"""Nodes of the trapezoidal rule; its step is about 0.6 at most."""
DROP = 30.0
"""Fall of the log density, from its mode, at which a tail may be cut: exp(-30) is 1e-13."""
NEAR_ZERO = -28.0
"""Log of a p or y below which averaged functions are linear: it is 7e-13."""
NEAR_ONE = 18.0
"""Log odds of a p above which averaged functions are linear in 1 - p, which is 2e-8."""
NEWTON_STEPS = 8

Curve = Callable[[np.ndarray], np.ndarray]


def beta_nodes(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for expectations under Beta(a, b), for many (a, b) at once.

    Parameters
    ----------
    a, b : ndarray, shape (n,)

    Returns
    -------
    nodes, weights : ndarray, shape (n, 82)
        Nodes in (0, 1]; weights sum to one.
    """

    def log_density(u: np.ndarray) -> np.ndarray:
        return -a * np.logaddexp(0.0, -u) - b * np.logaddexp(0.0, u)

    def slope(u: np.ndarray) -> np.ndarray:
        p = 1.0 / (1.0 + np.exp(-u))
        return a * (1.0 - p) - b * p

    with np.errstate(over="ignore", under="ignore"):
        target = log_density(np.log(a) - np.log(b)) - DROP
        # The density lies under exp(a u) and under exp(-b u): both starts are outside.
        low = _newton(target / a, target, log_density, slope)
        high = _newton(-target / b, target, log_density, slope)
        low = np.maximum(low, NEAR_ZERO - np.log1p(b))
        high = np.minimum(high, NEAR_ONE + np.log1p(a))
        step, u = _grid(low, high)
        log_weight = log_density(u.T).T
        left = log_weight[:, 0] + _log_tail(a * step)
        right = log_weight[:, -1] + _log_tail(b * step)
        p = 1.0 / (1.0 + np.exp(-u))
        first = p[:, 0] * np.exp(_log_tail((a + 1.0) * step) - _log_tail(a * step))
        rest = np.exp(_log_tail((b + 1.0) * step) - _log_tail(b * step)) / (1.0 + np.exp(high))
        nodes = np.column_stack([first, p, 1.0 - rest])
        return nodes, _normalised(np.column_stack([left, log_weight, right]))


def gamma_nodes(k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for expectations under Gamma(k) with rate one, for many k at once.

    Parameters
    ----------
    k : ndarray, shape (n,)

    Returns
    -------
    nodes, weights : ndarray, shape (n, 81)
        Nodes are positive; weights sum to one.
    """

    def log_density(w: np.ndarray) -> np.ndarray:
        return k * w - np.exp(w)

    def slope(w: np.ndarray) -> np.ndarray:
        return k - np.exp(w)

    with np.errstate(over="ignore", under="ignore"):
        target = k * np.log(k) - k - DROP
        low = _newton(target / k, target, log_density, slope)
        low = np.maximum(low, NEAR_ZERO)
        high = np.log(k + np.sqrt(2.0 * DROP * k) + DROP)  # Chernoff's bound of the tail
        step, w = _grid(low, high)
        log_weight = log_density(w.T).T
        y = np.exp(w)
        left = log_weight[:, 0] + _log_tail(k * step)
        first = y[:, 0] * np.exp(_log_tail((k + 1.0) * step) - _log_tail(k * step))
        nodes = np.column_stack([first, y])
        return nodes, _normalised(np.column_stack([left, log_weight]))


def _newton(start: np.ndarray, target: np.ndarray, value: Curve, slope: Curve) -> np.ndarray:
    """Where a concave function reaches `target`; from outside, every step stays outside."""
    at = start
    for _ in range(NEWTON_STEPS):
        at = at + (target - value(at)) / slope(at)
    return at


def _grid(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    step = (high - low) / (STEPS - 1)
    return step, low[:, None] + step[:, None] * np.arange(STEPS)


def _log_tail(fall: np.ndarray) -> np.ndarray:
    """Log of the sum over j = 1, 2, ... of exp(-j fall)."""
    return -fall - np.log(-np.expm1(-fall))


def _normalised(log_weights: np.ndarray) -> np.ndarray:
    """Weights that sum to one: the rule's own sum is the density's constant, without its error."""
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _distinct(*columns: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Distinct rows, column by column, and where each row of the block is among them."""
    rows, inverse = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    return list(rows.T), inverse.ravel()


def mean_purchases(
    m: ArrayLike, scale: ArrayLike, t: ArrayLike, a: ArrayLike, b: ArrayLike
) -> np.ndarray:
    """Purchases within `t` of active customers who drop out with p after each of them.

    The mean over p ~ Beta(a, b) of h(m, A, t) = (1 - (A/(A + p t))^m) / p, which is the mean over
    a rate ~ Gamma(m, rate A) of (1 - exp(-rate p t)) / p. It has no pole at a = 1, where the
    hypergeometric form returns infinity. Relative error below 2e-8.

    Parameters
    ----------
    m, scale, t, a, b : array_like
        Broadcast; `scale` is A, in the unit of `t`.

    Returns
    -------
    ndarray
        Expected number of purchases in (0, t].
    """

    def block(m, scale, t, a, b):  # type: ignore[no-untyped-def]
        pairs, inverse = _distinct(a, b)
        nodes, weights = beta_nodes(*pairs)
        p = nodes[inverse]
        gone = -np.expm1(-m[:, None] * np.log1p(p * (t / scale)[:, None]))
        return (gone / p * weights[inverse]).sum(axis=1)

    return in_blocks(block, m, scale, t, a, b)


def discounted_purchases(
    delta: ArrayLike, m: ArrayLike, scale: ArrayLike, a: ArrayLike, b: ArrayLike
) -> np.ndarray:
    """Discounted purchases, without end, of active customers who drop out with p after each.

    The mean over p ~ Beta(a, b) and a rate ~ Gamma(m, rate A) of rate / (delta + rate p), the
    integral of exp(-delta t) rate exp(-rate p t) over t > 0. Moving the factor `rate` into the
    Gamma density makes it Gamma(m + 1). Relative error below 2e-8.

    Parameters
    ----------
    delta, m, scale, a, b : array_like
        Broadcast; `delta` > 0 per unit of time, `scale` is A in that unit.

    Returns
    -------
    ndarray
        Expected number of purchases after now, each times exp(-delta (its time from now)).
    """

    def block(delta, m, scale, a, b):  # type: ignore[no-untyped-def]
        pairs, inverse = _distinct(a, b)
        nodes, weights = beta_nodes(*pairs)
        p = nodes[inverse]
        shapes, at = _distinct(m + 1.0)
        y, y_weight = gamma_nodes(*shapes)
        rate, rate_weight = y[at] / scale[:, None], y_weight[at] * (m / scale)[:, None]
        # weight / (delta + rate p), node by node of the rate, without new arrays
        over_p, weight_over_p = delta[:, None] / p, weights[inverse] / p
        each = np.empty_like(p)
        total = np.zeros(len(m))
        for j in range(rate.shape[1]):
            np.add(over_p, rate[:, j, None], out=each)
            np.divide(weight_over_p, each, out=each)
            total += rate_weight[:, j] * each.sum(axis=1)
        return total

    return in_blocks(block, delta, m, scale, a, b)


def discounted_lifetime(delta: ArrayLike, s: ArrayLike, scale: ArrayLike) -> np.ndarray:
    """Discounted time until dropout of active customers with a hazard ~ Gamma(s, rate `scale`).

    The mean of 1 / (delta + hazard), equal to scale Psi(1, 2 - s; delta scale) with Tricomi's
    function, which SciPy's `hyperu` does not deliver over the whole range.

    Parameters
    ----------
    delta, s, scale : array_like
        Broadcast; `delta` > 0 per unit of time, `scale` in that unit.

    Returns
    -------
    ndarray
        In units of time.
    """

    def block(delta, s, scale):  # type: ignore[no-untyped-def]
        shapes, at = _distinct(s)
        y, weight = gamma_nodes(*shapes)
        return (weight[at] / (delta[:, None] + y[at] / scale[:, None])).sum(axis=1)

    return in_blocks(block, delta, s, scale)
