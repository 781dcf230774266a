"""The BG/NBD purchase model: dropout only after a repeat purchase.

The classic that results are compared with. Under it nobody who bought once can ever be lost, which
flatters one-time buyers; `workbench.models.families.mbg` is the default for that reason. Parameters
and times are those of MBG/NBD.

References
----------
Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2),
doi:10.1287/mksc.1040.0098;
Fader, Hardie and Lee (2008), Computing P(alive) Using the BG/NBD Model, note 021;
Fader and Hardie (2013), Overcoming the BG/NBD Model's #NUM! Error Problem, note 027.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, expit, gammaln

from workbench.models.families.expectation import discounted_purchases, mean_purchases
from workbench.models.families.mbg import natural

__all__ = [
    "dert",
    "expected_purchases",
    "expected_purchases_new",
    "log_likelihood",
    "natural",
    "p_alive",
    "repeat_rate",
]


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
    x, t_x, T, r, alpha, a, b = (np.asarray(v, float) for v in (x, t_x, T, r, alpha, a, b))
    base = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + T)
    gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
    return np.asarray(base + np.where(x > 0, np.logaddexp(alive, gone), alive))


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
    x, t_x, T, r, alpha, a, b = (np.asarray(v, float) for v in (x, t_x, T, r, alpha, a, b))
    log_odds = np.log(a) - np.log(b + np.maximum(x, 1) - 1)
    log_odds = log_odds + (r + x) * np.log1p((T - t_x) / (alpha + t_x))
    return np.asarray(np.where(x > 0, expit(-log_odds), 1.0))


def expected_purchases_new(
    t: ArrayLike, *, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> np.ndarray:
    """Expected repeat purchases of a new customer in (0, t]."""
    return mean_purchases(r, alpha, t, a, b)


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
    alive = p_alive(x, t_x, T, r=r, alpha=alpha, a=a, b=b)
    x, T, r, alpha, b = (np.asarray(v, float) for v in (x, T, r, alpha, b))
    return np.asarray(alive * mean_purchases(r + x, alpha + T, t, a, b + x))


def repeat_rate(
    t: ArrayLike, *, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> np.ndarray:
    """Probability that a new customer buys again within `t`; dropout has no part in it."""
    t, r, alpha, _, _ = (np.asarray(v, float) for v in np.broadcast_arrays(t, r, alpha, a, b))
    return np.asarray(-np.expm1(-r * np.log1p(t / alpha)))


def dert(
    delta: ArrayLike,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    r: ArrayLike,
    alpha: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
) -> np.ndarray:
    """Discounted expected residual transactions, over an infinite horizon.

    Purchases after `T`, each weighted by exp(-delta (its time from T)). This is not a value over
    12 months and must never be labelled as one.

    A customer active at `T` with a known rate and p buys at time t from then with intensity
    rate exp(-rate p t), so that the discounted number is rate / (delta + rate p); its mean over
    both, given the history, is taken by quadrature.

    Parameters
    ----------
    delta : array_like
        Continuous discount rate per unit of time, positive: ln(1 + annual rate) / 52.18 for weeks.
    x, t_x, T : array_like
        History.
    r, alpha, a, b : array_like
        Parameters.

    Returns
    -------
    ndarray
        Number of discounted purchases.
    """
    alive = p_alive(x, t_x, T, r=r, alpha=alpha, a=a, b=b)
    x, T, r, alpha, b = (np.asarray(v, float) for v in (x, T, r, alpha, b))
    return np.asarray(alive * discounted_purchases(delta, r + x, alpha + T, a, b + x))
