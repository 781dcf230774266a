# mypy: allow-untyped-defs
"""Log-likelihoods of purchase histories and of spend with their gradients, each one fused pass.

Written as loops for numba, whose compiled code is cached on disk and does not depend on the data.
Gradients are tested against finite differences, values against the plain formulas of
`workbench.models.mbg` and `workbench.models.spend`.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def history_kernel(
    r, kappa, log_rate, logit_drop, clock,
    cell, first, last, repeats, weight,
    above, cell_start, cell_above, cell_weight,
):  # fmt: skip
    """Log-likelihood and gradient of MBG/NBD; see `likelihood.HistoryLogLik`."""
    n_cells = log_rate.shape[0]
    n_rows = cell.shape[0]
    d_r = 0.0
    d_kappa = 0.0
    d_rate = np.zeros(n_cells)
    d_drop = np.zeros(n_cells)
    d_clock = np.zeros(clock.shape[0])
    total = 0.0
    now = clock[-1]

    # lnGamma(r + x) - lnGamma(r) and lnGamma(kappa) - lnGamma(kappa + x + 1) as sums of logs over
    # the number of customers with more than j repeat days: no special function is needed.
    for j in range(above.shape[0]):
        total += above[j] * np.log(r + j)
        d_r += above[j] / (r + j)
    everyone = 0.0
    for c in range(n_cells):
        everyone += cell_weight[c]
    total -= everyone * np.log(kappa)
    d_kappa -= everyone / kappa
    for j in range(above.shape[0]):
        total -= above[j] * np.log(kappa + j + 1.0)
        d_kappa -= above[j] / (kappa + j + 1.0)

    log_r = np.log(r)
    i = 0
    for c in range(n_cells):
        alpha = r * np.exp(-log_rate[c])
        log_alpha = log_r - log_rate[c]
        if logit_drop[c] >= 0:
            drop = 1.0 / (1.0 + np.exp(-logit_drop[c]))
        else:
            e = np.exp(logit_drop[c])
            drop = e / (1.0 + e)
        a = kappa * drop
        b = kappa * (1.0 - drop)
        log_a = np.log(a)
        d_alpha = 0.0
        d_a = 0.0
        d_b = 0.0
        for j in range(cell_start[c], cell_start[c + 1]):
            step = j - cell_start[c]
            total += cell_above[j] * np.log(b + step)
            d_b += cell_above[j] / (b + step)
        total += cell_weight[c] * r * log_alpha
        d_r += cell_weight[c] * log_alpha
        d_alpha += cell_weight[c] * r / alpha

        previous = -1
        span = 0.0
        log_span = 0.0
        while i < n_rows and cell[i] == c:
            w = weight[i]
            x = repeats[i]
            shape = r + x
            if first[i] != previous:
                previous = first[i]
                span = alpha + now - clock[previous]
                log_span = np.log(span)
            if x > 0:
                recency = alpha + clock[last[i]] - clock[previous]
                log_recency = np.log(recency)
            else:
                recency = alpha
                log_recency = log_alpha
            alive = np.log(b + x) - shape * log_span
            gone = log_a - shape * log_recency
            if alive > gone:
                odds = np.exp(gone - alive)
                value = alive + np.log1p(odds)
                p_alive = 1.0 / (1.0 + odds)
                p_gone = odds * p_alive
            else:
                odds = np.exp(alive - gone)
                value = gone + np.log1p(odds)
                p_gone = 1.0 / (1.0 + odds)
                p_alive = odds * p_gone
            total += w * value
            d_r -= w * (p_alive * log_span + p_gone * log_recency)
            by_span = w * shape * p_alive / span
            by_recency = w * shape * p_gone / recency
            d_alpha -= by_span + by_recency
            d_a += w * p_gone / a
            d_b += w * p_alive / (b + x)
            d_clock[-1] -= by_span
            d_clock[previous] += by_span
            if x > 0:
                d_clock[last[i]] -= by_recency
                d_clock[previous] += by_recency
            i += 1

        # alpha = r exp(-log_rate); a = kappa drop, b = kappa (1 - drop)
        d_r += d_alpha * alpha / r
        d_rate[c] = -d_alpha * alpha
        d_kappa += d_a * drop + d_b * (1.0 - drop)
        d_drop[c] = (d_a - d_b) * kappa * drop * (1.0 - drop)
    return total, d_r, d_kappa, d_rate, d_drop, d_clock


@njit(cache=True, nogil=True, error_model="numpy")
def digamma(x):
    """Derivative of lnGamma: recurrence up to 6, then the asymptotic series (error < 1e-12)."""
    total = 0.0
    while x < 6.0:
        total -= 1.0 / x
        x += 1.0
    y = 1.0 / (x * x)
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (5 / 660)))))
    return total + math.log(x) - 0.5 / x - series


@njit(cache=True, nogil=True, error_model="numpy")
def spend_kernel(p, q, log_mean, cell, days, spend, distinct, count):
    """Log-likelihood and gradient of Gamma-Gamma mean spends; see `likelihood.SpendLogLik`."""
    total = 0.0
    d_p = 0.0
    d_q = 0.0
    d_mean = np.zeros(log_mean.shape[0])
    n = 0.0
    for k in range(distinct.shape[0]):
        x = distinct[k]
        both, own = digamma(p * x + q), digamma(p * x)
        total += count[k] * (math.lgamma(p * x + q) - math.lgamma(p * x) + p * x * math.log(x))
        d_p += count[k] * x * (both - own + math.log(x))
        d_q += count[k] * both
        n += count[k]
    total -= n * math.lgamma(q)
    d_q -= n * digamma(q)
    scale = math.log(q - 1.0) - math.log(p)
    d_log_gamma = 0.0
    for i in range(cell.shape[0]):
        c = cell[i]
        x = days[i]
        log_gamma = log_mean[c] + scale
        gamma = math.exp(log_gamma)
        log_z = math.log(spend[i])
        inside = gamma + x * spend[i]
        log_inside = math.log(inside)
        total += q * log_gamma + (p * x - 1.0) * log_z - (p * x + q) * log_inside
        by_log_gamma = q - (p * x + q) * gamma / inside
        d_mean[c] += by_log_gamma
        d_log_gamma += by_log_gamma
        d_q += log_gamma - log_inside
        d_p += x * (log_z - log_inside)
    # gamma = mean (q - 1) / p
    d_q += d_log_gamma / (q - 1.0)
    d_p -= d_log_gamma / p
    return total, d_p, d_q, d_mean
