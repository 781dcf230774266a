"""Is a customer's coming contribution above a sum? One compiled pass over customers and draws.

What is never asked for is never drawn: rates, dropout and the moment of death are integrated out
of each step, which leaves one uniform number for most customers and draws. Given that n orders
came, the next one falls as a Lomax variable whose shape has grown by n (Gamma mixed exponentials),
and the customer stays with the odds of a Beta variable that has seen n successes. In distribution
this is the simulation of `workbench.value.forward`, at a quarter of its cost.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: NPY002 - compiled code has its own generator, behind numpy's older functions

from __future__ import annotations

import numpy as np
from numba import njit

from workbench.models.families.pareto_kernel import pareto_term
from workbench.value.forward import PARETO

__all__ = ["above_block"]


@njit(cache=True, nogil=True, error_model="numpy")
def above_block(
    seed, code,
    # per draw
    r, kappa, p, q, fixed_cost, clock, future,
    # per draw and group, cell, margin group
    pace, spend_pace, log_rate, logit_drop, log_spend, ratio,
    # per customer of the block
    cell, ratio_group, group, first, last, repeats, spend_mean, horizon, needed,
):  # fmt: skip
    """Share of draws in which contribution within the horizon is above what is needed.

    `code` is that of the purchase family (`workbench.models.families`); horizons are days, at
    least 1, and `needed` is in currency.

    Returns
    -------
    ndarray, shape (customers,)
    """
    np.random.seed(seed)
    n_draws, n_cells = log_rate.shape
    n = cell.shape[0]
    n_future = future.shape[1] - 1
    above = np.zeros(n)
    alphas, drops, gammas = np.empty(n_cells), np.empty(n_cells), np.empty(n_cells)
    for d in range(n_draws):
        now = clock[d, -1]
        for c in range(n_cells):
            alphas[c] = r[d] * np.exp(-log_rate[d, c])
            gammas[c] = np.exp(log_spend[d, c]) * (q[d] - 1.0) / p[d]
            if code == PARETO:
                drops[c] = kappa[d] * np.exp(-logit_drop[d, c])
            else:
                drops[c] = kappa[d] / (1.0 + np.exp(-logit_drop[d, c]))
        for i in range(n):
            c = cell[i]
            x = repeats[i]
            elapsed = now - clock[d, first[i]]
            recency = clock[d, last[i]] - clock[d, first[i]]
            span = alphas[c] + elapsed
            shape = r[d] + x
            limit = future[d, min(horizon[i], n_future)]
            leaves = stays = 0.0  # Beta of the chance to drop out after an order
            alive = 1.0
            if code == PARETO:
                both = pareto_term(x, recency, elapsed, r[d], alphas[c], kappa[d], drops[c])[0]
                ends = drops[c] + elapsed
                alive = np.exp(-kappa[d] * np.log(ends) - shape * np.log(span) - both)
            else:
                leaves = drops[c]
                stays = kappa[d] - leaves + x + code
                if x + code > 0:
                    log_odds = np.log(leaves / (stays - 1.0)) + shape * np.log(
                        span / (alphas[c] + recency)
                    )
                    alive = 1.0 / (1.0 + np.exp(min(log_odds, 700.0)))

            bought = 0
            if np.random.random() < alive:
                if code == PARETO:
                    # random() may be 0 but never 1
                    gone = ends * ((1.0 - np.random.random()) ** (-1.0 / kappa[d]) - 1.0)
                    limit = min(limit, gone)
                left = limit * pace[d, group[i]]  # on the customer's own clock
                while True:
                    step = span * ((1.0 - np.random.random()) ** (-1.0 / (shape + bought)) - 1.0)
                    left -= step
                    if left < 0.0:
                        break
                    span += step
                    bought += 1
                    if code != PARETO:
                        if np.random.random() * (leaves + stays) < leaves:
                            break
                        stays += 1.0
            value = 0.0
            if bought > 0:
                known = x if spend_mean[i] > 0.0 else 0
                nu_rate = gammas[c] + (known * spend_mean[i] if known > 0 else 0.0)
                nu = np.random.gamma(q[d] + p[d] * known, 1.0 / nu_rate)
                money = spend_pace[d, group[i]] * np.random.gamma(p[d] * bought, 1.0 / nu)
                value = ratio[d, ratio_group[i]] * money - fixed_cost[d] * bought
            if value > needed[i]:
                above[i] += 1.0
    return above / n_draws
