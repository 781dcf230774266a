"""What a customer does next, given the posterior: one compiled pass over customers and draws.

Expectations given the draw are closed forms of the purchase families, so they carry no Monte Carlo
noise of purchases. No array of draws x customers ever exists.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: NPY002 - compiled code has its own generator, behind numpy's older functions

from __future__ import annotations

import numpy as np
from numba import njit

from workbench.models.families.pareto_kernel import pareto_term
from workbench.value.forward import PARETO

__all__ = ["NODES", "WEIGHTS", "outlook_block"]

_X, _W = np.polynomial.legendre.leggauss(24)
NODES, WEIGHTS = 0.5 * (_X + 1.0), 0.5 * _W
"""Gauss-Legendre rule on (0, 1), for the one integral that Pareto/NBD needs."""


@njit(cache=True, nogil=True, error_model="numpy")
def outlook_block(
    seed, code, nodes, weights,
    # per draw
    r, kappa, p, q, fixed_cost, now, near, far,
    # per draw and group, cell, margin group
    pace, spend_pace, log_rate, logit_drop, log_spend, ratio,
    # per draw and day
    clock,
    # per customer of the block
    cell, ratio_group, group, first, last, repeats, spend_mean, label,
    # sums over customers of one label by draw, added to in place
    sums,
):  # fmt: skip
    """Expectations of one block of customers; see `workbench.value.next_purchase`.

    Returns
    -------
    ndarray, shape (customers, 5)
        Sums over draws of: P(active); P(an order by `near`); P(active) times the purchase rate an
        operational week given active; contribution expected by `far`; contribution expected by
        `far` of a customer who is active and made to buy right now, that order included. An order
        that is brought about says nothing about the customer's own rate, which stays as it was.
    """
    np.random.seed(seed)
    n_draws = r.shape[0]
    n = cell.shape[0]
    out = np.zeros((n, 5))
    for d in range(n_draws):
        for i in range(n):
            c = cell[i]
            alpha = r[d] * np.exp(-log_rate[d, c])
            x = repeats[i]
            elapsed = now[d] - clock[d, first[i]]
            recency = clock[d, last[i]] - clock[d, first[i]]
            span = alpha + elapsed
            shape = r[d] + x
            soon = near[d] * pace[d, group[i]]
            ahead = far[d] * pace[d, group[i]]
            alive = 1.0
            stays_on = 1.0  # chance not to drop out right after an order
            if code == PARETO:
                beta = kappa[d] * np.exp(-logit_drop[d, c])
                both = pareto_term(x, recency, elapsed, r[d], alpha, kappa[d], beta)[0]
                ends = beta + elapsed
                alive = np.exp(-kappa[d] * np.log(ends) - shape * np.log(span) - both)
                # The next purchase falls at u with density of a Lomax variable; whoever dropped
                # out before does not make it. Integrated over the variable's own quantiles.
                most = -np.expm1(-shape * np.log1p(soon / span))
                buys = 0.0
                for j in range(nodes.shape[0]):
                    u = span * np.expm1(-np.log1p(-most * nodes[j]) / shape)
                    buys += weights[j] * np.exp(-kappa[d] * np.log1p(u / ends))
                buys *= most
                grown = np.log1p(ahead / ends)
                less = kappa[d] - 1.0
                lasts = -np.expm1(-less * grown) / less if abs(less) > 1e-9 else grown
                bought = shape / span * ends * lasts
            else:
                drop = 1.0 / (1.0 + np.exp(-logit_drop[d, c]))
                a = kappa[d] * drop
                stays = kappa[d] - a + x + code
                if x + code > 0:
                    log_odds = np.log(a / (stays - 1.0)) + shape * np.log(span / (alpha + recency))
                    alive = 1.0 / (1.0 + np.exp(min(log_odds, 700.0)))
                # Nobody drops out between two purchases, so the chance of dropping out matters
                # only from the next one on.
                buys = -np.expm1(-shape * np.log1p(soon / span))
                leave = max(np.random.beta(a, stays), 1e-12)
                grown = np.log1p(leave * ahead / span)
                bought = -np.expm1(-shape * grown) / leave
                stays_on = 1.0 - leave

            gamma = np.exp(log_spend[d, c]) * (q[d] - 1.0) / p[d]
            known = x if spend_mean[i] > 0.0 else 0
            nu_rate = gamma + (known * spend_mean[i] if known > 0 else 0.0)
            mean_spend = p[d] * nu_rate / (q[d] + p[d] * known - 1.0)
            mean_spend *= spend_pace[d, group[i]]
            earned = ratio[d, ratio_group[i]] * mean_spend - fixed_cost[d]

            out[i, 0] += alive
            out[i, 1] += alive * buys
            out[i, 2] += alive * shape / span * pace[d, group[i]]
            out[i, 3] += alive * bought * earned
            out[i, 4] += (1.0 + stays_on * bought) * earned
            sums[label[i], 0, d] += alive * bought * earned
            sums[label[i], 1, d] += (1.0 + stays_on * bought) * earned
    return out
