# mypy: allow-untyped-defs
"""The log posterior density at a point in one compiled call.

Everything around the two likelihoods is short: exponentials of the positive parameters, crossed
effects summed by cohort, the month's intensities, priors, and the way back for the gradient. Done
array by array in Python it would take longer than the likelihoods of a small brand, and keep the
other chains waiting; in one compiled call all chains run side by side.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from workbench.models.kernels import history_kernel, spend_kernel

__all__ = ["CENTRED", "LEVELS", "SD", "START", "WALK", "log_density"]

#: Columns of a table of blocks, one row for each crossed dimension: where its free values start in
#: the point, its number of levels, where its spreads are among the positive parameters (one for
#: each outcome), whether effects are sampled themselves, and whether they are a walk.
START, LEVELS, SD, CENTRED, WALK = range(5)


@njit(cache=True, nogil=True, error_model="numpy")
def unfold_effect(free, scale, walk, effect):
    """Write the effects that `scale` times the n - 1 `free` values stand for; they sum to zero.

    Free values are steps where the effect is a `walk`, else coordinates as in `density.zero_sum`.
    """
    n = effect.shape[0]
    if walk == 1:
        effect[0] = 0.0
        for k in range(n - 1):
            effect[k + 1] = effect[k] + scale * free[k]
        effect -= effect.mean()
        return
    total = free.sum()
    shift = total / (math.sqrt(n) + n)
    for k in range(n - 1):
        effect[k] = scale * (free[k] - shift)
    effect[n - 1] = -scale * total / math.sqrt(n)


@njit(cache=True, nogil=True, error_model="numpy")
def fold_gradient(slope, walk):
    """Turn the derivatives by n effects into those by n - 1 free values at scale 1, in place."""
    n = slope.shape[0]
    if walk == 1:
        # A step moves every later level.
        mean = slope.mean()
        later = 0.0
        for k in range(n - 1, 0, -1):
            own = later + slope[k] - mean
            slope[k] = later = own
        slope[: n - 1] = slope[1:].copy()
        return
    head = slope[: n - 1].sum()
    slope[: n - 1] -= head / (math.sqrt(n) + n) + slope[n - 1] / math.sqrt(n)


@njit(cache=True, nogil=True, error_model="numpy")
def add_effects(point, positive, blocks, index, sums):
    """Add the effects of all blocks to `sums` of shape (outcomes, cells)."""
    for b in range(blocks.shape[0]):
        n_free = blocks[b, LEVELS] - 1
        effect = np.empty(n_free + 1)
        for o in range(sums.shape[0]):
            at = blocks[b, START] + o * n_free
            scale = 1.0 if blocks[b, CENTRED] == 1 else positive[blocks[b, SD] + o]
            unfold_effect(point[at : at + n_free], scale, blocks[b, WALK], effect)
            for c in range(sums.shape[1]):
                sums[o, c] += effect[index[b, c]]


@njit(cache=True, nogil=True, error_model="numpy")
def add_priors(point, positive, blocks, index, d_sums, gradient, d_positive):
    """Log prior of all blocks; writes their gradient, from that by `sums` of `add_effects`."""
    total = 0.0
    for b in range(blocks.shape[0]):
        n_free = blocks[b, LEVELS] - 1
        for o in range(d_sums.shape[0]):
            slope = np.zeros(n_free + 1)
            for c in range(d_sums.shape[1]):
                slope[index[b, c]] += d_sums[o, c]
            fold_gradient(slope, blocks[b, WALK])
            at = blocks[b, START] + o * n_free
            own = blocks[b, SD] + o
            sd = positive[own]
            if blocks[b, CENTRED] == 1:
                total -= n_free * math.log(sd)
            for k in range(n_free):
                value = point[at + k]
                if blocks[b, CENTRED] == 1:
                    scaled = value / sd
                    total -= 0.5 * scaled * scaled
                    d_positive[own] += (scaled * scaled - 1.0) / sd
                    gradient[at + k] = slope[k] - scaled / sd
                else:
                    total -= 0.5 * value * value
                    d_positive[own] += slope[k] * value
                    gradient[at + k] = slope[k] * sd - value
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def log_density(
    point, code, spend_at, positive_prior, level_prior,
    cohort_blocks, cohort_index, month_blocks, month_index,
    month_season, period, repeats_by_period, histories, spend,
):  # fmt: skip
    """Log density, up to a constant, and its gradient; see `density.LogDensity`.

    Parameters
    ----------
    point : ndarray, shape (size,)
        Logs of the positive parameters, r and kappa first; levels; free values of all blocks.
    code : int
        Of the purchase family.
    spend_at : int
        Where p and q - 1 are among the positive parameters.
    positive_prior, level_prior : ndarray, shape (..., 2)
        Locations and scales.
    cohort_blocks, month_blocks : ndarray of int, shape (blocks, 5)
        Crossed dimensions of cohorts, and season and departure of calendar months.
    cohort_index, month_index : ndarray of int, shape (blocks, cells or months)
        Level of each cell or month.
    month_season : ndarray, shape (months,)
        Log intensity expected of each calendar month beforehand.
    period : ndarray of int, shape (days,)
    repeats_by_period : ndarray, shape (months,)
    histories, spend : tuple of ndarray
        Arrays of `Histories` and of `SpendData`; the latter unused where there are two levels.
    """
    n_positive, n_outcomes = positive_prior.shape[0], level_prior.shape[0]
    n_cells, n_months, n_days = cohort_index.shape[1], month_season.shape[0], period.shape[0]
    gradient = np.zeros(point.shape[0])
    positive = np.exp(point[:n_positive])
    d_positive = np.zeros(n_positive)

    by_cell = np.empty((n_outcomes, n_cells))
    for o in range(n_outcomes):
        by_cell[o] = point[n_positive + o]
    add_effects(point, positive, cohort_blocks, cohort_index, by_cell)
    by_month = month_season.copy().reshape((1, n_months))
    add_effects(point, positive, month_blocks, month_index, by_month)
    intensity = np.exp(by_month[0]) / 7.0
    clock = np.empty(n_days)
    now = 0.0
    for day in range(n_days):
        now += intensity[period[day]]
        clock[day] = now

    d_cell = np.empty((n_outcomes, n_cells))
    total, d_r, d_kappa, d_cell[0], d_cell[1], d_clock = history_kernel(
        code, positive[0], positive[1], by_cell[0], by_cell[1], clock, *histories
    )
    d_positive[0], d_positive[1] = d_r, d_kappa
    if n_outcomes == 3:
        more, d_p, d_q, d_cell[2] = spend_kernel(
            positive[spend_at], 1.0 + positive[spend_at + 1], by_cell[2], *spend
        )
        total += more
        d_positive[spend_at], d_positive[spend_at + 1] = d_p, d_q

    # A day's intensity moves the clock of that day and of every later one.
    d_month = np.zeros((1, n_months))
    later = 0.0
    for day in range(n_days - 1, -1, -1):
        later += d_clock[day]
        d_month[0, period[day]] += later * intensity[period[day]]
    for m in range(n_months):
        total += repeats_by_period[m] * by_month[0, m]
        d_month[0, m] += repeats_by_period[m]

    total += add_priors(point, positive, cohort_blocks, cohort_index, d_cell, gradient, d_positive)
    total += add_priors(point, positive, month_blocks, month_index, d_month, gradient, d_positive)
    for o in range(n_outcomes):
        residual = (point[n_positive + o] - level_prior[o, 0]) / level_prior[o, 1]
        total -= 0.5 * residual * residual
        gradient[n_positive + o] = d_cell[o].sum() - residual / level_prior[o, 1]
    for k in range(n_positive):
        residual = (point[k] - positive_prior[k, 0]) / positive_prior[k, 1]
        total -= 0.5 * residual * residual
        gradient[k] = d_positive[k] * positive[k] - residual / positive_prior[k, 1]
    return total, gradient
