# mypy: allow-untyped-defs
"""Log-likelihoods of purchase histories and of spend with their gradients, each one fused pass.

Written as loops for numba, whose compiled code is cached on disk and does not depend on the data.
Gradients are tested against finite differences, values against the plain formulas of
`workbench.models.families` and `workbench.models.spend`.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from workbench.models.day_nodes import add_at, clock_at
from workbench.models.pareto_rows import pareto_rows
from workbench.models.vector_math import exp_negative, log_positive

BLOCK = 256


@njit(cache=True, nogil=True, error_model="numpy")
def history_kernel(
    code, r, kappa, log_rate, logit_drop, clock,
    cell, first, last, repeats, weight,
    above, cell_start, cell_above, cell_weight,
):  # fmt: skip
    """Log-likelihood and gradient of purchase histories; see `likelihood.HistoryLogLik`.

    `code` is that of the family (`workbench.models.families`): 1 where customers may drop out
    after their first purchase too (MBG/NBD), 0 where only after a later one (BG/NBD), 2 where they
    do at any time (Pareto/NBD; kappa is s then, and logit_drop the log of the mean hazard). With
    k = x + `code` occasions to drop out the likelihood of the first two, but for factors of r and
    alpha alone, is
    prod_{j<k-1}(b+j) / prod_{j<k}(kappa+j) [(b+k-1)(alpha+T)^-(r+x) + a (alpha+t_x)^-(r+x)],
    and (alpha+T)^-r where k = 0.
    """
    if code == 2:
        return pareto_rows(
            r, kappa, log_rate, logit_drop, clock,
            cell, first, last, repeats, weight, above, cell_weight,
        )  # fmt: skip
    at_first = code
    n_cells = log_rate.shape[0]
    n_rows = cell.shape[0]
    d_r = 0.0
    d_kappa = 0.0
    d_clock = np.zeros(clock.shape[0])
    total = 0.0
    end = clock.shape[0] - 1
    now = clock[end]

    # lnGamma(r + x) - lnGamma(r) and lnGamma(kappa) - lnGamma(kappa + k) as sums of logs over
    # the number of customers with more than j of them: no special function is needed.
    for j in range(above.shape[0]):
        total += above[j] * np.log(r + j)
        d_r += above[j] / (r + j)
    if at_first == 1:
        everyone = cell_weight.sum()
        total -= everyone * np.log(kappa)
        d_kappa -= everyone / kappa
    for j in range(above.shape[0]):
        total -= above[j] * np.log(kappa + j + at_first)
        d_kappa -= above[j] / (kappa + j + at_first)

    alpha = np.empty(n_cells)
    drop = np.empty(n_cells)
    stay = np.empty(n_cells)
    for c in range(n_cells):
        alpha[c] = r * np.exp(-log_rate[c])
        e = np.exp(-abs(logit_drop[c]))
        drop[c] = 1.0 / (1.0 + e) if logit_drop[c] >= 0 else e / (1.0 + e)
        stay[c] = e / (1.0 + e) if logit_drop[c] >= 0 else 1.0 / (1.0 + e)
    # The k-th occasion to stay, b + k - 1, by cohort and repeats: its log, its inverse.
    step = np.empty(cell_above.shape[0] + n_cells)
    log_step = np.empty(step.shape[0])
    for c in range(n_cells):
        b = kappa * stay[c]
        at = cell_start[c] + c
        for x in range(cell_start[c + 1] - cell_start[c] + 1):
            step[at + x] = b + x + at_first - 1 if x + at_first > 0 else 1.0
    log_positive(step, log_step, step.shape[0])
    log_a = np.empty(n_cells)
    d_a = np.zeros(n_cells)
    d_b = np.zeros(n_cells)
    d_alpha = np.empty(n_cells)
    log_r = np.log(r)
    for c in range(n_cells):
        log_a[c] = np.log(kappa * drop[c])
        log_alpha = log_r - log_rate[c]
        total += cell_weight[c] * r * log_alpha
        d_r += cell_weight[c] * log_alpha
        d_alpha[c] = cell_weight[c] * r / alpha[c]
        at = cell_start[c] + c
        for j in range(1 - at_first, cell_start[c + 1] - cell_start[c]):
            left = cell_above[cell_start[c] + j]
            total += left * log_step[at + j]
            d_b[c] += left / step[at + j]

    # Rows go through in blocks, step by step over the whole block: that is what lets the compiler
    # work on several numbers at once.
    span = np.empty(BLOCK)
    recency = np.empty(BLOCK)
    log_span = np.empty(BLOCK)
    log_recency = np.empty(BLOCK)
    shape = np.empty(BLOCK)
    chances = np.empty(BLOCK)
    lean = np.empty(BLOCK)
    odds = np.empty(BLOCK)
    sums = np.empty(BLOCK)
    logs = np.empty(BLOCK)
    d_end = 0.0
    for i in range(0, n_rows, BLOCK):
        n = min(BLOCK, n_rows - i)
        for j in range(n):
            c = cell[i + j]
            x = int(repeats[i + j])
            begun = clock_at(clock, first[i + j], end)
            span[j] = alpha[c] + now - begun
            recency[j] = alpha[c]
            if x > 0:
                recency[j] += clock_at(clock, last[i + j], end) - begun
            shape[j] = r + x
            chances[j] = log_step[cell_start[c] + c + x]
            # Nobody has left before there was an occasion to.
            lean[j] = log_a[c] - chances[j] if x + at_first > 0 else -1e300
        log_positive(span, log_span, n)
        log_positive(recency, log_recency, n)
        # Log odds of having left.
        for j in range(n):
            lean[j] -= shape[j] * (log_recency[j] - log_span[j])
            logs[j] = -abs(lean[j])
        exp_negative(logs, odds, n)
        for j in range(n):
            sums[j] = 1.0 + odds[j]
        log_positive(sums, logs, n)
        for j in range(n):
            w = weight[i + j]
            logs[j] = w * (chances[j] - shape[j] * log_span[j] + max(lean[j], 0.0) + logs[j])
            # From here on `odds` is who has left, `sums` who has not; `span` and `recency` are
            # their own derivatives, with the sign turned.
            odds[j] = w * (1.0 if lean[j] > 0.0 else odds[j]) / sums[j]
            sums[j] = w - odds[j]
            span[j] = shape[j] * sums[j] / span[j]
            recency[j] = shape[j] * odds[j] / recency[j]
        for j in range(n):
            c = cell[i + j]
            x = int(repeats[i + j])
            total += logs[j]
            d_r -= sums[j] * log_span[j] + odds[j] * log_recency[j]
            d_a[c] += odds[j]
            if x + at_first > 0:
                d_b[c] += sums[j] / step[cell_start[c] + c + x]
            d_alpha[c] -= span[j] + recency[j]
            d_end -= span[j]
            by_first = span[j]
            if x > 0:
                by_first += recency[j]
                add_at(d_clock, last[i + j], end, -recency[j])
            add_at(d_clock, first[i + j], end, by_first)
    d_clock[end] += d_end

    # alpha = r exp(-log_rate); a = kappa drop, b = kappa (1 - drop)
    d_rate = np.empty(n_cells)
    d_drop = np.empty(n_cells)
    for c in range(n_cells):
        d_a[c] /= kappa * drop[c]
        d_r += d_alpha[c] * alpha[c] / r
        d_rate[c] = -d_alpha[c] * alpha[c]
        d_kappa += d_a[c] * drop[c] + d_b[c] * stay[c]
        d_drop[c] = (d_a[c] - d_b[c]) * kappa * drop[c] * stay[c]
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
def spend_kernel(
    p, q, log_mean, cell, spent, customers, days, distinct, count, cell_customers, log_sums
):  # fmt: skip
    """Log-likelihood and gradient of Gamma-Gamma mean spends; see `likelihood.SpendLogLik`."""
    total = -log_sums[1]
    d_p = 0.0
    d_q = 0.0
    n_cells = log_mean.shape[0]
    d_mean = np.zeros(n_cells)
    n = 0.0
    for k in range(distinct.shape[0]):
        x = distinct[k]
        both, own = digamma(p * x + q), digamma(p * x)
        total += count[k] * (math.lgamma(p * x + q) - math.lgamma(p * x))
        d_p += count[k] * x * (both - own)
        d_q += count[k] * both
        n += count[k]
    total += p * log_sums[0] - n * math.lgamma(q)
    d_p += log_sums[0]
    d_q -= n * digamma(q)
    scale = math.log(q - 1.0) - math.log(p)
    gamma = np.empty(n_cells)
    for c in range(n_cells):
        log_gamma = log_mean[c] + scale
        gamma[c] = math.exp(log_gamma)
        total += cell_customers[c] * q * log_gamma
        d_q += cell_customers[c] * log_gamma
        d_mean[c] = cell_customers[c] * q
    inside = np.empty(BLOCK)
    logs = np.empty(BLOCK)
    for i in range(0, cell.shape[0], BLOCK):
        n_block = min(BLOCK, cell.shape[0] - i)
        for j in range(n_block):
            inside[j] = gamma[cell[i + j]] + spent[i + j]
        log_positive(inside, logs, n_block)
        for j in range(n_block):
            c = cell[i + j]
            power = p * days[i + j] + q * customers[i + j]
            total -= power * logs[j]
            d_mean[c] -= power * gamma[c] / inside[j]
            d_q -= customers[i + j] * logs[j]
            d_p -= days[i + j] * logs[j]
    d_log_gamma = d_mean.sum()
    # gamma = mean (q - 1) / p
    d_q += d_log_gamma / (q - 1.0)
    d_p -= d_log_gamma / p
    return total, d_p, d_q, d_mean
