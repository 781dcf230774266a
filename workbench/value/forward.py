"""Forward simulation of every customer's purchases, draw by draw, in one compiled pass.

Memory stays bounded: customers come in blocks, sums over groups are added up as the draws go by,
and no array of draws x all customers ever exists.
"""

# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: NPY002 - compiled code has its own generator, behind numpy's older functions

from __future__ import annotations

import numpy as np
from numba import njit

#: Ages, in days, at which cumulative value is kept: weekly, and day 365.
CURVE_AGES = np.append(np.arange(0, 365, 7), 365)


def plain(array: np.ndarray) -> np.ndarray:
    """Row by row in memory and writable: one compiled version then serves every caller."""
    return np.require(array, requirements=["C", "W"])


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_block(
    seed, at_first,
    # per draw
    r, kappa, p, q, fixed_cost, clock, future,
    # per draw and cell / group
    log_rate, logit_drop, pace, log_spend, ratio,
    # per customer of the block
    cell, ratio_group, group, curve, first, last, repeats, spend_mean, age, horizon, short,
    # sums over groups, added to in place
    orders, revenue, contribution, contribution_short, curves, curve_ages,
):  # fmt: skip
    """Simulate one block of customers; see `workbench.value.forecast.simulate`.

    `at_first` is 1 where customers may drop out after their first purchase too (MBG/NBD), 0 where
    only after a later one (BG/NBD).

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
            drop = 1.0 / (1.0 + np.exp(-logit_drop[d, c]))
            a = kappa[d] * drop
            b = kappa[d] - a
            x = repeats[i]
            span = alpha + now - clock[d, first[i]]
            recency = alpha + clock[d, last[i]] - clock[d, first[i]]
            shape = r[d] + x
            stays = b + x + at_first
            alive = 1.0
            if x + at_first > 0:
                log_odds = np.log(a / (stays - 1.0)) + shape * np.log(span / recency)
                alive = 1.0 / (1.0 + np.exp(min(log_odds, 700.0)))
            leave = np.random.beta(a, stays)
            leave = max(leave, 1e-12)

            # Spend of this customer: rate nu given what they spent so far.
            gamma = np.exp(log_spend[d, c]) * (q[d] - 1.0) / p[d]
            known = x if spend_mean[i] > 0.0 else 0
            nu_shape = q[d] + p[d] * known
            nu_rate = gamma + (known * spend_mean[i] if known > 0 else 0.0)
            mean_spend = p[d] * nu_rate / (nu_shape - 1.0)
            share = ratio[d, ratio_group[i]]

            bought = alive * -np.expm1(-shape * np.log1p(leave * far * pace[d, c] / span)) / leave
            p_alive[i] += alive
            next_orders[i] += bought
            next_contribution[i] += bought * (share * mean_spend - fixed_cost[d])

            if horizon[i] <= 0 or np.random.random() >= alive:
                continue
            rate = np.random.gamma(shape, 1.0 / span) * pace[d, c]
            if rate <= 0.0:
                continue
            nu = np.random.gamma(nu_shape, 1.0 / nu_rate)
            limit = future[d, min(horizon[i], n_future)]
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
                money = np.random.gamma(p[d], 1.0 / nu)
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
                if np.random.random() < leave:
                    break
    return value, p_alive / n_draws, next_orders / n_draws, next_contribution / n_draws


@njit(cache=True, nogil=True, error_model="numpy")
def replicate(
    seed, at_first, r, kappa, clock, log_rate, logit_drop, cell, first, week_of_day, n_weeks
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
            drop = 1.0 / (1.0 + np.exp(-logit_drop[d, c]))
            a = kappa[d] * drop
            leave = np.random.beta(a, kappa[d] - a)
            rate = np.random.gamma(r[d], 1.0 / alpha)
            if rate <= 0.0:
                continue
            t = clock[d, first[i]]
            first_time = at_first == 0
            while first_time or np.random.random() >= leave:
                first_time = False
                t += np.random.exponential(1.0 / rate)
                if t > end:
                    break
                day = np.searchsorted(clock[d], t)
                out[week_of_day[min(day, n_days - 1)], d] += 1.0
    return out
