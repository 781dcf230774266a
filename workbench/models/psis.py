"""Pareto smoothed importance sampling for many weightings of the same draws at once.

References
----------
Vehtari, Simpson, Gelman, Yao and Gabry (2024), Pareto smoothed importance sampling, Journal of
Machine Learning Research 25(72); Zhang and Stephens (2009), A new and efficient estimation method
for the generalized Pareto distribution, Technometrics 51(3).
"""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

__all__ = ["effective_draws", "psis", "reliable_k"]

#: Columns worked on at a time, so that memory does not grow with the number of weightings.
BLOCK = 2_000
_SMALLEST_TAIL = 5
_FLOOR = float(np.log(np.finfo(float).tiny))


def reliable_k(draws: int) -> float:
    """Largest Pareto k at which weights of this many draws may be relied on, at most 0.7."""
    return min(1.0 - 1.0 / np.log10(max(draws, 11)), 0.7)


def effective_draws(log_weights: np.ndarray) -> np.ndarray:
    """Number of equally weighted draws that normalised weights are worth, shape (columns,)."""
    return np.exp(-logsumexp(2.0 * log_weights, axis=0))


def psis(log_ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smooth the largest importance ratios of every column and normalise.

    Parameters
    ----------
    log_ratios : ndarray, shape (draws, columns)
        Log importance ratios, each column up to a constant.

    Returns
    -------
    log_weights : ndarray, shape (draws, columns)
        Log of weights that sum to one in each column.
    k : ndarray, shape (columns,)
        Pareto shape of the ratios' tail. Zero where all ratios are equal, infinite where there
        are too few draws (less than 25) for a tail.
    """
    log_ratios = np.asarray(log_ratios, dtype=float)
    weights = np.empty_like(log_ratios)
    k = np.empty(log_ratios.shape[1])
    for begin in range(0, log_ratios.shape[1], BLOCK):
        at = slice(begin, begin + BLOCK)
        weights[:, at], k[at] = _smooth(log_ratios[:, at])
    return weights, k


def _smooth(log_ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    draws, columns = log_ratios.shape
    x = log_ratios - log_ratios.max(axis=0)
    level = x.min(axis=0) > -1e-12
    tail = int(np.ceil(min(draws / 5.0, 3.0 * np.sqrt(draws))))
    k = np.full(columns, np.inf)
    if tail >= _SMALLEST_TAIL:
        top = np.argpartition(x, draws - tail - 1, axis=0)[draws - tail - 1 :]
        values = np.take_along_axis(x, top, axis=0)
        order = values.argsort(axis=0)
        top, values = np.take_along_axis(top, order, 0), np.take_along_axis(values, order, 0)
        cutoff = np.exp(np.maximum(values[0], _FLOOR))
        excess = np.exp(values[1:]) - cutoff
        # A tail without spread has no shape: its ratios stay as they are.
        usable = (excess[-1] > 0.0) & (excess[int(tail / 4 + 0.5) - 1] > 0.0)
        if usable.any():
            k[usable], sigma = _fit_pareto(excess[:, usable])
            smoothed = np.log(_quantiles(tail, k[usable], sigma) + cutoff[usable])
            put = x[:, usable]
            np.put_along_axis(put, top[1:, usable], np.minimum(smoothed, 0.0), axis=0)
            x[:, usable] = put
    k[level] = 0.0
    return x - logsumexp(x, axis=0), k


def _fit_pareto(excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shape and scale of the generalized Pareto distribution of sorted columns.

    The empirical-Bayes estimate of Zhang and Stephens, the shape drawn towards 0.5 as if ten more
    observations had it (Vehtari et al. 2024, appendix G).
    """
    n = len(excess)
    candidates = 30 + int(np.sqrt(n))
    grid = 1.0 - np.sqrt(candidates / (np.arange(1, candidates + 1) - 0.5))
    b = grid[:, None] / (3.0 * excess[int(n / 4 + 0.5) - 1]) + 1.0 / excess[-1]
    shape = np.stack([np.log1p(-row * excess).mean(axis=0) for row in b])
    profile = n * (np.log(-b / shape) - shape - 1.0)
    weight = np.exp(profile - logsumexp(profile, axis=0))
    mean_b = (b * weight).sum(axis=0)
    k = np.log1p(-mean_b * excess).mean(axis=0)
    return (n * k + 5.0) / (n + 10.0), -k / mean_b


def _quantiles(n: int, k: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Expected order statistics of n draws, shape (n, columns)."""
    log_survival = np.log1p(-(np.arange(n) + 0.5) / n)[:, None]
    small = np.abs(k) < 1e-12
    safe = np.where(small, 1.0, k)
    return sigma * np.where(small, -log_survival, np.expm1(-safe * log_survival) / safe)
