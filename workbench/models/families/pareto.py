"""The Pareto/NBD purchase model: a customer may drop out at any time, not only after a purchase.

A customer buys at their own rate lambda ~ Gamma(r, rate alpha) until they drop out, at their own
hazard mu ~ Gamma(s, rate beta) per unit of time. Time is operational time in weeks
(`workbench.models.calendar`).

References
----------
Schmittlein, Morrison and Colombo (1987), Counting Your Customers: Who Are They and What Will They
Do Next?, Management Science 33(1), doi:10.1287/mnsc.33.1.1;
Fader and Hardie (2005), A Note on Deriving the Pareto/NBD Model, note 009;
Fader, Hardie and Lee (2005), RFM and CLV, Journal of Marketing Research 42(4),
doi:10.1509/jmkr.2005.42.4.415.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, exprel, gammaln

from workbench.models.families.dropout import log_dropout_integral
from workbench.models.families.expectation import discounted_lifetime


def natural(
    r: ArrayLike, log_rate: ArrayLike, spread: ArrayLike, drop: ArrayLike
) -> dict[str, np.ndarray]:
    """Parameters of the family from those of the hierarchical model.

    Parameters
    ----------
    r : array_like
        Shape of the purchase rates.
    log_rate : array_like
        Log of the mean purchase rate r / alpha, per week.
    spread : array_like
        Shape s of the hazards; the smaller, the more customers differ.
    drop : array_like
        Log of the mean hazard s / beta, per week.

    Returns
    -------
    dict of str to ndarray
        r, alpha (weeks), s, beta (weeks).
    """
    r, s = np.asarray(r, float), np.asarray(spread, float)
    return {
        "r": r,
        "alpha": np.asarray(r * np.exp(-np.asarray(log_rate, float))),
        "s": s,
        "beta": np.asarray(s * np.exp(-np.asarray(drop, float))),
    }


def _active_and_gone(
    x: ArrayLike, t_x: ArrayLike, T: ArrayLike, r: ArrayLike, alpha: ArrayLike, s: ArrayLike,
    beta: ArrayLike,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Log-likelihood, but for its factor without times, of being active at `T`; of not being."""
    x, t_x, T, r, alpha, s, beta = (np.asarray(v, float) for v in (x, t_x, T, r, alpha, s, beta))
    alive = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    gone = np.log(s) + log_dropout_integral(r + x, alpha, s + 1.0, beta, t_x, T)
    return alive, gone


def log_likelihood(
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    r: ArrayLike,
    alpha: ArrayLike,
    s: ArrayLike,
    beta: ArrayLike,
) -> np.ndarray:
    """Log-likelihood of a history: x repeats, the last at `t_x`, observed until `T`.

    All arguments broadcast; times in the unit of 1/alpha and 1/beta.
    """
    alive, gone = _active_and_gone(x, t_x, T, r, alpha, s, beta)
    x, r, alpha, s, beta = (np.asarray(v, float) for v in (x, r, alpha, s, beta))
    base = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return np.asarray(base + np.logaddexp(alive, gone))


def p_alive(
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    r: ArrayLike,
    alpha: ArrayLike,
    s: ArrayLike,
    beta: ArrayLike,
) -> np.ndarray:
    """Probability that the customer has not dropped out at `T`; falls with `T` even at x = 0."""
    alive, gone = _active_and_gone(x, t_x, T, r, alpha, s, beta)
    return np.asarray(expit(alive - gone))


def _mean_lifetime(t: np.ndarray, s: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Mean active time within `t` under a hazard ~ Gamma(s, rate beta); smooth through s = 1."""
    log_ratio = np.log1p(t / beta)
    return beta * log_ratio * exprel((1.0 - s) * log_ratio)


def expected_purchases_new(
    t: ArrayLike, *, r: ArrayLike, alpha: ArrayLike, s: ArrayLike, beta: ArrayLike
) -> np.ndarray:
    """Expected repeat purchases of a new customer in (0, t]."""
    t, r, alpha, s, beta = (np.asarray(v, float) for v in (t, r, alpha, s, beta))
    return np.asarray(r / alpha * _mean_lifetime(t, s, beta))


def expected_purchases(
    t: ArrayLike,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    r: ArrayLike,
    alpha: ArrayLike,
    s: ArrayLike,
    beta: ArrayLike,
) -> np.ndarray:
    """Expected purchases in (T, T + t] of a customer with history (x, t_x, T)."""
    alive = p_alive(x, t_x, T, r=r, alpha=alpha, s=s, beta=beta)
    t, x, T, r, alpha, s, beta = (np.asarray(v, float) for v in (t, x, T, r, alpha, s, beta))
    return np.asarray(alive * (r + x) / (alpha + T) * _mean_lifetime(t, s, beta + T))


def repeat_rate(
    t: ArrayLike, *, r: ArrayLike, alpha: ArrayLike, s: ArrayLike, beta: ArrayLike
) -> np.ndarray:
    """Probability that a new customer buys again within `t`: a free check on mature cohorts."""
    t, r, alpha, s, beta = (np.asarray(v, float) for v in (t, r, alpha, s, beta))
    # The first repeat is at u while active: r alpha^r (alpha + u)^-(r + 1) (beta / (beta + u))^s.
    first = log_dropout_integral(r + 1.0, alpha, s, beta, 0.0, t)
    return np.asarray(np.exp(np.log(r) + r * np.log(alpha) + s * np.log(beta) + first))


def dert(
    delta: ArrayLike,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    *,
    r: ArrayLike,
    alpha: ArrayLike,
    s: ArrayLike,
    beta: ArrayLike,
) -> np.ndarray:
    """Discounted expected residual transactions, over an infinite horizon.

    Purchases after `T`, each weighted by exp(-delta (its time from T)). This is not a value over
    12 months and must never be labelled as one.

    P(alive) (r + x) / (alpha + T) E[1 / (delta + hazard)], the closed form of Fader, Hardie and
    Lee (2005) with Tricomi's Psi(s, s; delta (beta + T)), computed as an integral that cannot
    overflow.

    Parameters
    ----------
    delta : array_like
        Continuous discount rate per unit of time, positive: ln(1 + annual rate) / 52.18 for weeks.
    x, t_x, T : array_like
        History.
    r, alpha, s, beta : array_like
        Parameters.

    Returns
    -------
    ndarray
        Number of discounted purchases.
    """
    alive = p_alive(x, t_x, T, r=r, alpha=alpha, s=s, beta=beta)
    x, T, r, alpha, beta = (np.asarray(v, float) for v in (x, T, r, alpha, beta))
    return np.asarray(alive * (r + x) / (alpha + T) * discounted_lifetime(delta, s, beta + T))
