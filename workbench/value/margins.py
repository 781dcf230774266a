"""Posterior of group margins: normal means with a common, unknown spread."""

from __future__ import annotations

import numpy as np

GRID = 200


def normal_means(
    estimate: np.ndarray, se: np.ndarray, *, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw group means given noisy estimates, partially pooled.

    Model: estimate_g ~ Normal(theta_g, se_g), theta_g ~ Normal(mu, tau), flat priors on mu and
    tau > 0. The marginal posterior of tau is evaluated on a grid, mu and theta follow in closed
    form, so draws are exact up to the grid.

    Parameters
    ----------
    estimate, se : ndarray, shape (groups,)
        NaN where a group was not observed: it is drawn from Normal(mu, tau).
    draws : int
    rng : Generator

    Returns
    -------
    ndarray, shape (draws, groups)

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd edition, section 5.4.
    """
    seen = np.isfinite(estimate) & np.isfinite(se)
    y, s = estimate[seen], se[seen]
    if len(y) == 0:
        raise ValueError("normal_means needs at least one observed group.")
    if len(y) == 1:
        # One group says nothing about a spread: every group gets its estimate and error.
        return y[0] + s[0] * rng.normal(size=(draws, 1)) * np.ones((1, len(estimate)))
    widest = max(float(y.std()) * 4, float(np.median(s)))
    tau = np.linspace(widest / GRID / 2, widest, GRID)
    precision = 1.0 / (s[None, :] ** 2 + tau[:, None] ** 2)
    mean = (precision * y).sum(1) / precision.sum(1)
    log_post = 0.5 * (
        np.log(precision).sum(1)
        - np.log(precision.sum(1))
        - (precision * (y - mean[:, None]) ** 2).sum(1)
    )
    weight = np.exp(log_post - log_post.max())
    at = rng.choice(GRID, size=draws, p=weight / weight.sum())
    mu = mean[at] + rng.normal(size=draws) / np.sqrt(precision.sum(1)[at])
    theta = np.empty((draws, len(estimate)))
    spread = tau[at]
    own = 1.0 / s[None, :] ** 2
    prior = 1.0 / spread[:, None] ** 2
    center = (own * y + prior * mu[:, None]) / (own + prior)
    theta[:, seen] = center + rng.normal(size=center.shape) / np.sqrt(own + prior)
    missing = int((~seen).sum())
    theta[:, ~seen] = mu[:, None] + spread[:, None] * rng.normal(size=(draws, missing))
    return theta
