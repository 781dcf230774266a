"""Posterior draws of the response to spend without a chain: nested Laplace approximation.

Given the four standard deviations (`SCALES`) the posterior of all other parameters is close to
normal, and its mode is a few Newton steps away. The standard deviations are proposed from a t
distribution around their own mode and weighted by the Laplace approximation of their posterior;
the others are drawn from their normal approximation given them.

References
----------
Rue, Martino and Chopin (2009), Approximate Bayesian inference for latent Gaussian models by using
integrated nested Laplace approximations, JRSS B 71(2), doi:10.1111/j.1467-9868.2008.00700.x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, solve_triangular
from scipy.stats import multivariate_t

from workbench.models.psis import effective_draws, psis
from workbench.models.response_density import SCALES, ResponseDensity

__all__ = ["Reliability", "draw_response"]

_FREEDOM = 6.0
_FARTHEST = 3.0
_CLIMBS = 4


@dataclass(frozen=True)
class Reliability:
    """How well the proposals of the standard deviations cover their posterior.

    Attributes
    ----------
    k : float
        Pareto shape of their importance weights.
    effective : float
        Equally weighted proposals that the weighted ones are worth.
    proposals : int
    """

    k: float
    effective: float
    proposals: int


@dataclass(frozen=True)
class Normal:
    """Normal approximation of all parameters given the scales.

    Attributes
    ----------
    point : ndarray, shape (size,)
        Mode.
    root : ndarray
        Lower Cholesky factor of the precision of what is neither shock nor overdispersion, the
        shocks integrated out.
    to_shock : ndarray, shape (weeks, parameters)
        By how much a shock's mean falls with those parameters.
    shock_precision, over_precision : ndarray
    log_evidence : float
        Laplace approximation of the log of what is left when all these are integrated out.
    """

    point: np.ndarray
    root: np.ndarray
    to_shock: np.ndarray
    shock_precision: np.ndarray
    over_precision: np.ndarray
    log_evidence: float


def approximate(density: ResponseDensity, scales: np.ndarray, start: np.ndarray) -> Normal:
    """Climb to the mode given scaled `scales`, and take its curvature.

    Newton steps with the expected information, in which the mean of a negative binomial and its
    overdispersion are apart. A shock touches one week only, so the shocks are eliminated by their
    diagonal.
    """
    at = density.parts
    shared = at["own"].start
    rest, shock, over = slice(0, at["shock"].start), at["shock"], at["overdispersion"]
    prior_mean, prior_sd = density.priors.overdispersion
    sd_shock = density.scales(scales)[2]
    point = start.copy()
    point[at["scales"]] = scales
    value = density.log_joint(point[None, :])[0]
    for _ in range(50):
        log_mean, slope = density.linear(point)
        r, mu = np.exp(-prior_mean - prior_sd * point[over]), np.exp(log_mean)
        residual = np.where(density.seen, r * (density.y - mu) / (r + mu), 0.0)
        weight = np.where(density.seen, r * mu / (r + mu), 0.0)
        weighted = slope * weight.T[:, :, None]
        blocks = slope.swapaxes(1, 2) @ weighted
        by_row = (slope.swapaxes(1, 2) @ residual.T[:, :, None])[:, :, 0]
        curvature = _assemble(blocks, shared) + np.eye(rest.stop)
        crossing = sd_shock * np.column_stack(
            [weighted[:, :, :shared].sum(axis=0), *weighted[:, :, shared:]]
        )
        shock_precision = 1.0 + sd_shock**2 * weight.sum(axis=1)
        to_shock = crossing / shock_precision[:, None]
        root = np.linalg.cholesky(curvature - crossing.T @ to_shock)

        g_rest = np.concatenate([by_row[:, :shared].sum(axis=0), by_row[:, shared:].ravel()])
        g_rest -= point[rest]
        g_shock = sd_shock * residual.sum(axis=1) - point[shock]
        g_over, bend = density.overdispersion_slope(point[over], log_mean)
        over_precision = np.maximum(-bend, 1.0)  # the prior's own
        step = np.zeros_like(point)
        step[rest] = cho_solve((root, True), g_rest - to_shock.T @ g_shock)
        step[shock] = g_shock / shock_precision - to_shock @ step[rest]
        step[over] = np.clip(g_over / over_precision, -1.0, 1.0)
        gain = g_rest @ step[rest] + g_shock @ step[shock] + g_over @ step[over]
        length = _step_length(density, point, step, value) if gain > 2e-3 else 0.0
        if length == 0.0:
            break
        point = point + length * step
        value = density.log_joint(point[None, :])[0]
    normal = Normal(point, root, to_shock, shock_precision, over_precision, 0.0)
    evidence = value - _log_volume(normal)
    return Normal(point, root, to_shock, shock_precision, over_precision, evidence)


def _assemble(blocks: np.ndarray, shared: int) -> np.ndarray:
    """Curvature of shared and own parameters from that of each row, shape (rows, k, k)."""
    rows, own = len(blocks), blocks.shape[1] - shared
    out = np.zeros((shared + rows * own,) * 2)
    out[:shared, :shared] = blocks[:, :shared, :shared].sum(axis=0)
    for row, block in enumerate(blocks):
        mine = slice(shared + row * own, shared + (row + 1) * own)
        out[:shared, mine] = block[:shared, shared:]
        out[mine, :shared] = block[shared:, :shared]
        out[mine, mine] = block[shared:, shared:]
    return out


def _step_length(
    density: ResponseDensity, point: np.ndarray, step: np.ndarray, value: float
) -> float:
    """Largest of 1, 1/2, 1/4, ... by which a step climbs; 0 if none does."""
    for length in 0.5 ** np.arange(10):
        if density.log_joint((point + length * step)[None, :])[0] > value:
            return float(length)
    return 0.0


def _log_volume(normal: Normal) -> float:
    """Half the log determinant of the precision."""
    whole = np.log(np.diag(normal.root)).sum()
    whole += 0.5 * np.log(normal.shock_precision).sum()
    return float(whole + 0.5 * np.log(normal.over_precision).sum())


def _draw(
    density: ResponseDensity, normal: Normal, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Points from a normal approximation, shape (draws, size)."""
    at = density.parts
    rest, shock, over = slice(0, at["shock"].start), at["shock"], at["overdispersion"]
    noise = rng.normal(size=(draws, density.size - len(SCALES)))
    points = np.tile(normal.point, (draws, 1))
    moved = solve_triangular(normal.root, noise[:, rest].T, lower=True, trans="T").T
    points[:, rest] += moved
    points[:, shock] += noise[:, shock] / np.sqrt(normal.shock_precision)
    points[:, shock] -= moved @ normal.to_shock.T
    points[:, over] += noise[:, over] / np.sqrt(normal.over_precision)
    return points


def draw_response(
    density: ResponseDensity, *, draws: int, seed: int, scales: int = 64
) -> tuple[np.ndarray, Reliability]:
    """Draw from the posterior.

    Parameters
    ----------
    density : ResponseDensity
    draws : int
        Equally weighted draws wanted.
    seed : int
    scales : int
        Proposals of the standard deviations.

    Returns
    -------
    points : ndarray, shape (draws, size)
        In random order.
    reliability : Reliability
    """
    rng = np.random.default_rng([seed, 43])
    start = approximate(density, np.zeros(len(SCALES)), np.zeros(density.size)).point

    def log_evidence(at: np.ndarray) -> float:
        return approximate(density, at, start).log_evidence

    best = np.zeros(len(SCALES))
    for _ in range(_CLIMBS):
        slope, covariance = _bend(log_evidence, best)
        best = np.clip(best + np.clip(covariance @ slope, -1.0, 1.0), -_FARTHEST, _FARTHEST)
    start = approximate(density, best, start).point
    proposal = multivariate_t(best, _bend(log_evidence, best)[1], df=_FREEDOM)
    # what lies further out than the t's far tail is drawn in: no sd is e^7 times its prior's
    tried = np.clip(proposal.rvs(size=scales, random_state=rng), -8.0, 8.0)
    found = [approximate(density, at, start) for at in tried]
    log_ratio = np.array([one.log_evidence for one in found]) - proposal.logpdf(tried)
    weights, k = psis(log_ratio[:, None])
    share = np.exp(weights[:, 0])
    # systematic resampling: each proposal gets its share of the draws, to within one
    marks = (np.arange(draws) + rng.random()) / draws
    chosen = np.searchsorted(np.cumsum(share), marks).clip(max=scales - 1)
    count = np.bincount(chosen, minlength=scales)
    points = np.concatenate(
        [_draw(density, one, n, rng) for one, n in zip(found, count, strict=True) if n]
    )
    reliability = Reliability(float(k[0]), float(effective_draws(weights)[0]), scales)
    return rng.permutation(points), reliability


def _bend(
    log_density: Callable[[np.ndarray], float], at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and inverse curvature by differences, no direction wider than the prior's."""
    n, step = len(at), 0.3
    shifts = step * np.eye(n)
    middle = log_density(at)
    ahead = np.array([log_density(at + s) for s in shifts])
    behind = np.array([log_density(at - s) for s in shifts])
    curvature = np.diag(2.0 * middle - ahead - behind)
    for i in range(n):
        for j in range(i):
            corner = log_density(at + shifts[i] + shifts[j])
            curvature[i, j] = curvature[j, i] = ahead[i] + ahead[j] - middle - corner
    values, vectors = np.linalg.eigh(curvature / step**2)
    return (ahead - behind) / (2.0 * step), (vectors / np.maximum(values, 1.0)) @ vectors.T
