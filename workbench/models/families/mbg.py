"""The MBG/NBD purchase model: a customer may drop out after any purchase, also the first.

A customer buys at their own rate lambda ~ Gamma(r, rate alpha) until they drop out, which may
happen right after the first purchase or after any later one, with their own probability
p ~ Beta(a, b). Time is operational time in weeks (`workbench.models.calendar`).

References
----------
Batislam, Denizel and Filiztekin (2007), Empirical Validation and Comparison of Models for Customer
Base Analysis, International Journal of Research in Marketing 24(3),
doi:10.1016/j.ijresmar.2006.12.005;
Wagner and Hoppe (2008), Erratum on the MBG/NBD Model, the same journal 25(3), 225-226.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, expit, gammaln

from workbench.models.families.expectation import discounted_purchases, mean_purchases


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
        kappa = a + b; the smaller, the more dropout differs between customers.
    drop : array_like
        Log odds of the mean dropout probability a / (a + b).

    Returns
    -------
    dict of str to ndarray
        r, alpha (weeks), a, b.
    """
    r, kappa, drop = np.asarray(r, float), np.asarray(spread, float), np.asarray(drop, float)
    return {
        "r": r,
        "alpha": np.asarray(r * np.exp(-np.asarray(log_rate, float))),
        "a": np.asarray(kappa * expit(drop)),
        "b": np.asarray(kappa * expit(-drop)),  # the difference kappa - a would lose digits
    }


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
    alive = betaln(a, b + x + 1) - (r + x) * np.log(alpha + T)
    gone = betaln(a + 1, b + x) - (r + x) * np.log(alpha + t_x)
    return np.asarray(base + np.logaddexp(alive, gone))


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
    x, t_x, T, r, alpha, a, b = (np.asarray(v, float) for v in (x, t_x, T, r, alpha, a, b))
    log_odds = np.log(a) - np.log(b + x) + (r + x) * np.log1p((T - t_x) / (alpha + t_x))
    return np.asarray(expit(-log_odds))


def expected_purchases_new(
    t: ArrayLike, *, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> np.ndarray:
    """Expected repeat purchases of a new customer in (0, t]."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return np.asarray(b / (a + b) * mean_purchases(r, alpha, t, a, b + 1.0))


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
    return np.asarray(alive * mean_purchases(r + x, alpha + T, t, a, b + x + 1.0))


def repeat_rate(
    t: ArrayLike, *, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike
) -> np.ndarray:
    """Probability that a new customer buys again within `t`: a free check on mature cohorts."""
    t, r, alpha, a, b = (np.asarray(v, float) for v in (t, r, alpha, a, b))
    return np.asarray(-b / (a + b) * np.expm1(-r * np.log1p(t / alpha)))


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
    return np.asarray(alive * discounted_purchases(delta, r + x, alpha + T, a, b + x + 1.0))
