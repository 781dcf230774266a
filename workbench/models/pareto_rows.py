# mypy: disable-error-code="no-untyped-def"
"""Log-likelihood of Pareto/NBD histories with its gradient, one pass over the rows."""

from __future__ import annotations

import numpy as np
from numba import njit

from workbench.models.day_nodes import add_at, clock_at
from workbench.models.families.pareto_kernel import pareto_term

__all__ = ["pareto_rows"]


@njit(cache=True, nogil=True, error_model="numpy")
def pareto_rows(
    r, s, log_rate, log_hazard, clock,
    cell, first, last, repeats, weight, above, cell_weight,
):  # fmt: skip
    """Sum over rows; arguments and results as `workbench.models.kernels.history_kernel` has them.

    alpha = r exp(-log_rate) and beta = s exp(-log_hazard), in weeks of operational time.
    """
    n_cells = log_rate.shape[0]
    d_rate = np.zeros(n_cells)
    d_hazard = np.zeros(n_cells)
    d_clock = np.zeros(clock.shape[0])
    end = clock.shape[0] - 1
    now = clock[end]
    total = 0.0
    d_r = 0.0
    d_s = 0.0
    d_alpha = np.zeros(n_cells)
    d_beta = np.zeros(n_cells)
    for j in range(above.shape[0]):
        total += above[j] * np.log(r + j)
        d_r += above[j] / (r + j)
    for i in range(cell.shape[0]):
        c = cell[i]
        begun = clock_at(clock, first[i], end)
        recency = clock_at(clock, last[i], end) - begun if repeats[i] > 0 else 0.0
        value, by_r, by_alpha, by_s, by_beta, by_recency, by_span = pareto_term(
            repeats[i], recency, now - begun,
            r, r * np.exp(-log_rate[c]), s, s * np.exp(-log_hazard[c]),
        )  # fmt: skip
        w = weight[i]
        total += w * value
        d_r += w * by_r
        d_s += w * by_s
        d_alpha[c] += w * by_alpha
        d_beta[c] += w * by_beta
        d_clock[end] += w * by_span
        if repeats[i] > 0:
            add_at(d_clock, last[i], end, w * by_recency)
            by_span += by_recency
        add_at(d_clock, first[i], end, -w * by_span)
    for c in range(n_cells):
        alpha, beta = r * np.exp(-log_rate[c]), s * np.exp(-log_hazard[c])
        n = cell_weight[c]
        total += n * (r * (np.log(r) - log_rate[c]) + s * (np.log(s) - log_hazard[c]))
        d_r += n * (np.log(r) - log_rate[c])
        d_s += n * (np.log(s) - log_hazard[c])
        by_alpha = d_alpha[c] + n * r / alpha
        by_beta = d_beta[c] + n * s / beta
        d_r += by_alpha * alpha / r
        d_s += by_beta * beta / s
        d_rate[c] = -by_alpha * alpha
        d_hazard[c] = -by_beta * beta
    return total, d_r, d_s, d_rate, d_hazard, d_clock
