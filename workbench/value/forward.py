"""Forward simulation of every customer's purchases, draw by draw, in one compiled pass.

Memory stays bounded: customers come in blocks, sums over groups are added up as the draws go by,
and no array of draws x all customers ever exists.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: NPY002 - compiled code has its own generator, behind numpy's older functions

from __future__ import annotations

import numpy as np
from numba import njit

from workbench.models.families.pareto_kernel import pareto_term

#: `Family.code` of Pareto/NBD.
PARETO = 2
#: Ages, in days, at which cumulative value is kept: weekly, and day 365.
CURVE_AGES = np.append(np.arange(0, 365, 7), 365)


def plain(array: np.ndarray) -> np.ndarray:
    """Row by row in memory and writable: one compiled version then serves every caller."""
    return np.require(array, requirements=["C", "W"])


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_block(
    seed, code,
    # per draw
    r, kappa, p, q, fixed_cost, clock, future,
    # per draw and group, cell, margin group
    pace, spend_pace, log_rate, logit_drop, log_spend, ratio,
    # per customer of the block
    cell, ratio_group, group, curve, first, last, repeats, spend_mean, age, horizon, short,
    # sums over groups, added to in place
    orders, revenue, contribution, contribution_short, curves, curve_ages,
):  # fmt: skip
    """Simulate one block of customers; see `workbench.value.forecast.simulate`.

    `code` is that of the purchase family (`workbench.models.families`).

    Returns
    -------
    value : ndarray of float32, shape (customers, draws)
        Contribution of simulated purchases within each customer's horizon.
    p_alive, next_orders, next_contribution : ndarray, shape (customers,)
        Posterior means: chance to be active; orders and contribution expected over the whole of
        `future`. Expectations given the draw, not simulated counts, so they carry no Monte Carlo
        noise of purchases.
    """
    np.random.seed(seed)
    n_draws = r.shape[0]
    n = cell.shape[0]
    n_future = future.shape[1] - 1
    value = np.zeros((n, n_draws), dtype=np.float32)
    p_alive = np.zeros(n)
    next_orders = np.zeros(n)
    next_contribution = np.zeros(n)
    for d in range(n_draws):
        now = clock[d, -1]
        far = future[d, n_future]
        for i in range(n):
            c = cell[i]
            alpha = r[d] * np.exp(-log_rate[d, c])
            x = repeats[i]
            elapsed = now - clock[d, first[i]]
            recency = clock[d, last[i]] - clock[d, first[i]]
            span = alpha + elapsed
            shape = r[d] + x
            ahead = far * pace[d, group[i]]
            alive = 1.0
            leave = 0.0  # chance to drop out after a purchase
            hazard = 0.0  # of dropping out at any time, a week
            if code == PARETO:
                beta = kappa[d] * np.exp(-logit_drop[d, c])
                both = pareto_term(x, recency, elapsed, r[d], alpha, kappa[d], beta)[0]
                ends = beta + elapsed
                alive = np.exp(-kappa[d] * np.log(ends) - shape * np.log(span) - both)
                hazard = np.random.gamma(kappa[d], 1.0 / ends)
                # Expected time until the earlier of dropping out and the end of the horizon.
                grown = np.log1p(ahead / ends)
                less = kappa[d] - 1.0
                lasts = -np.expm1(-less * grown) / less if abs(less) > 1e-9 else grown
                bought = alive * shape / span * ends * lasts
            else:
                drop = 1.0 / (1.0 + np.exp(-logit_drop[d, c]))
                a = kappa[d] * drop
                stays = kappa[d] - a + x + code
                if x + code > 0:
                    log_odds = np.log(a / (stays - 1.0)) + shape * np.log(span / (alpha + recency))
                    alive = 1.0 / (1.0 + np.exp(min(log_odds, 700.0)))
                leave = max(np.random.beta(a, stays), 1e-12)
                bought = alive * -np.expm1(-shape * np.log1p(leave * ahead / span)) / leave

            # Spend of this customer: rate nu given what they spent so far.
            gamma = np.exp(log_spend[d, c]) * (q[d] - 1.0) / p[d]
            known = x if spend_mean[i] > 0.0 else 0
            nu_shape = q[d] + p[d] * known
            nu_rate = gamma + (known * spend_mean[i] if known > 0 else 0.0)
            mean_spend = spend_pace[d, group[i]] * p[d] * nu_rate / (nu_shape - 1.0)
            share = ratio[d, ratio_group[i]]

            p_alive[i] += alive
            next_orders[i] += bought
            next_contribution[i] += bought * (share * mean_spend - fixed_cost[d])

            if horizon[i] <= 0 or np.random.random() >= alive:
                continue
            rate = np.random.gamma(shape, 1.0 / span) * pace[d, group[i]]
            if rate <= 0.0:
                continue
            nu = np.random.gamma(nu_shape, 1.0 / nu_rate)
            limit = future[d, min(horizon[i], n_future)]
            if hazard > 0.0:
                limit = min(limit, np.random.exponential(1.0 / hazard))
            t = 0.0
            while True:
                t += np.random.exponential(1.0 / rate)
                if t > limit:
                    break
                # First day whose running clock reaches t: 1 is the day after the as-of date.
                low, high = 0, n_future
                while high - low > 1:
                    middle = (low + high) // 2
                    if future[d, middle] >= t:
                        high = middle
                    else:
                        low = middle
                day = high
                money = spend_pace[d, group[i]] * np.random.gamma(p[d], 1.0 / nu)
                earned = share * money - fixed_cost[d]
                g = group[i]
                orders[g, d] += 1.0
                revenue[g, d] += money
                contribution[g, d] += earned
                value[i, d] += earned
                if day <= short[i]:
                    contribution_short[g, d] += earned
                k = curve[i]
                if k >= 0:
                    at = age[i] + day
                    slot = np.searchsorted(curve_ages, at)
                    if slot < curve_ages.shape[0]:
                        curves[k, slot, d] += earned
                if leave > 0.0 and np.random.random() < leave:
                    break
    return value, p_alive / n_draws, next_orders / n_draws, next_contribution / n_draws


@njit(cache=True, nogil=True, error_model="numpy")
def replicate(
    seed, code, r, kappa, clock, log_rate, logit_drop, cell, first, week_of_day, n_weeks
):  # fmt: skip
    """Repeat purchase days by week that the model would have made, given first days only.

    Posterior predictive replication of the observation period: a new set of customers with the
    same first days and cohorts. Returns counts, shape (weeks, draws).
    """
    np.random.seed(seed)
    n_draws = r.shape[0]
    n_days = clock.shape[1]
    out = np.zeros((n_weeks, n_draws))
    for d in range(n_draws):
        end = clock[d, n_days - 1]
        for i in range(cell.shape[0]):
            c = cell[i]
            alpha = r[d] * np.exp(-log_rate[d, c])
            rate = np.random.gamma(r[d], 1.0 / alpha)
            if rate <= 0.0:
                continue
            t = clock[d, first[i]]
            last = end
            leave = 0.0
            if code == PARETO:
                beta = kappa[d] * np.exp(-logit_drop[d, c])
                hazard = np.random.gamma(kappa[d], 1.0 / beta)
                if hazard > 0.0:
                    last = min(end, t + np.random.exponential(1.0 / hazard))
            else:
                drop = 1.0 / (1.0 + np.exp(-logit_drop[d, c]))
                a = kappa[d] * drop
                leave = np.random.beta(a, kappa[d] - a)
            spared = code != 1  # only MBG/NBD's customers may leave after their first purchase
            while spared or leave == 0.0 or np.random.random() >= leave:
                spared = False
                t += np.random.exponential(1.0 / rate)
                if t > last:
                    break
                day = np.searchsorted(clock[d], t)
                out[week_of_day[min(day, n_days - 1)], d] += 1.0
    return out
