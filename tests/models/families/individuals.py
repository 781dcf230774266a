"""The three families from the story of one customer, averaged over customers by plain quadrature.

No closed form of a family is used: what a customer of known rate and dropout does is elementary,
and the average over rates and dropouts is a composite Gauss-Legendre rule on a grid in two
dimensions, whose own sums are checked to 1e-9 by the priors they must reproduce.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta as beta_distribution
from scipy.stats import gamma as gamma_distribution

POINTS, WEIGHTS = np.polynomial.legendre.leggauss(12)
TAIL = 34.0  # exp(-34) is 2e-15


def composite(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of panels no wider than 2.5, at least 24 of them."""
    edges = np.linspace(low, high, max(24, int((high - low) / 2.5)) + 1)
    half = np.diff(edges)[:, None] / 2
    middle = (edges[:-1, None] + edges[1:, None]) / 2
    return (middle + half * POINTS).ravel(), (half * WEIGHTS).ravel()


def rates(shape: float, slow: float, fast: float) -> tuple[np.ndarray, np.ndarray]:
    """Grid in the log of a Gamma(shape) rate whose own rate lies between `fast` and `slow`."""
    low = np.log(shape / slow) - TAIL / shape - 2.0
    high = np.log((shape + np.sqrt(2 * TAIL * shape) + TAIL) / fast)
    u, weight = composite(low, high)
    return np.exp(u), weight * np.exp(u)


def dropouts(a: float, b: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grid in the log odds of p: p, 1 - p and weights."""
    low = -np.log((b + np.sqrt(2 * TAIL * b) + TAIL) / a) - TAIL / a
    high = np.log((a + np.sqrt(2 * TAIL * a) + TAIL) / b) + TAIL / b
    u, weight = composite(low, high)
    p, q = 1 / (1 + np.exp(-u)), 1 / (1 + np.exp(u))
    return p, q, weight * p * q


@dataclass(frozen=True)
class Answers:
    """What is asked of a family about one history."""

    log_likelihood: float
    p_alive: float
    expected_purchases: float
    dert: float


def answers(
    log_alive: np.ndarray, log_gone: np.ndarray, log_prior: np.ndarray, future: np.ndarray,
    discounted: np.ndarray,
) -> Answers:  # fmt: skip
    """Integrate over customers; arguments have one entry per point of the grid."""
    top = max((log_prior + log_alive).max(), (log_prior + log_gone).max())
    alive, gone = np.exp(log_prior + log_alive - top), np.exp(log_prior + log_gone - top)
    total = alive.sum() + gone.sum()
    return Answers(
        log_likelihood=float(np.log(total) + top),
        p_alive=float(alive.sum() / total),
        expected_purchases=float((alive * future).sum() / total),
        dert=float((alive * discounted).sum() / total),
    )


def per_purchase(
    name: str, x: float, t_x: float, T: float, t: float, delta: float, r: float, alpha: float,
    a: float, b: float,
) -> Answers:  # fmt: skip
    """BG/NBD and MBG/NBD: a coin is thrown after each repeat and, in MBG/NBD, after the first."""
    rate, rate_weight = rates(r + x, alpha + T, alpha + t_x)
    coins = x + 1 if name == "mbg" else x  # thrown by now, all but the last survived for certain
    p, q, p_weight = dropouts(a, b + max(coins - 1, 0))
    lam = rate[:, None]
    log_alive = x * np.log(lam) - lam * T + coins * np.log(q)
    if coins:
        log_gone = x * np.log(lam) - lam * t_x + np.log(p) + (coins - 1) * np.log(q)
    else:
        log_gone = np.full((len(rate), len(p)), -np.inf)
    log_prior = (
        gamma_distribution(r, scale=1 / alpha).logpdf(rate)[:, None]
        + np.log(rate_weight)[:, None]
        # not `logpdf`, which loses 1 - p near one
        + (a - 1) * np.log(p) + (b - 1) * np.log(q) - beta_log_constant(a, b)
        + np.log(p_weight)
    )  # fmt: skip
    return answers(
        log_alive, log_gone, log_prior, -np.expm1(-lam * p * t) / p, lam / (delta + lam * p)
    )


def beta_log_constant(a: float, b: float) -> float:
    """Log of the constant of a Beta density, read off SciPy's density at its mean."""
    mean = a / (a + b)
    known = float(beta_distribution(a, b).logpdf(mean))
    return (a - 1) * np.log(mean) + (b - 1) * np.log1p(-mean) - known


def any_time(
    x: float, t_x: float, T: float, t: float, delta: float, r: float, alpha: float, s: float,
    beta: float,
) -> Answers:  # fmt: skip
    """Pareto/NBD: a customer of hazard mu leaves at an exponential time."""
    rate, rate_weight = rates(r + x, alpha + T, alpha + t_x)
    hazard, hazard_weight = rates(s, beta + T, beta)
    lam, mu = rate[:, None], hazard
    both = lam + mu
    log_alive = x * np.log(lam) - both * T
    with np.errstate(divide="ignore"):
        left = np.log(-np.expm1(-both * (T - t_x)))  # dropped out between t_x and T
    log_gone = x * np.log(lam) - both * t_x + np.log(mu / both) + left
    log_prior = (
        gamma_distribution(r, scale=1 / alpha).logpdf(rate)[:, None]
        + np.log(rate_weight)[:, None]
        + gamma_distribution(s, scale=1 / beta).logpdf(hazard)
        + np.log(hazard_weight)
    )
    return answers(
        log_alive, log_gone, log_prior, -lam * np.expm1(-mu * t) / mu, lam / (delta + mu)
    )
