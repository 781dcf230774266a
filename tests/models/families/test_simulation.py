"""What is expected of a new customer against simulated ones."""

from __future__ import annotations

import numpy as np

from workbench.models.families import mbg


def test_new_customer_expectation_equals_simulation() -> None:
    rng = np.random.default_rng(1)
    n, r, alpha, a, b, t = 200_000, 0.8, 10.0, 0.9, 2.0, 52.0
    rate, p = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    count = np.zeros(n)
    clock = np.zeros(n)
    active = rng.random(n) > p
    while active.any():
        who = np.flatnonzero(active)
        clock[who] += rng.exponential(1 / rate[who])
        inside = clock[who] <= t
        count[who[inside]] += 1
        active[who] = inside & (rng.random(len(who)) > p[who])
    expected = float(mbg.expected_purchases_new(t, r=r, alpha=alpha, a=a, b=b))
    error = count.std() / np.sqrt(n)
    assert abs(count.mean() - expected) < 4 * error
    once = float(mbg.repeat_rate(t, r=r, alpha=alpha, a=a, b=b))
    assert abs((count > 0).mean() - once) < 4 * np.sqrt(once * (1 - once) / n)
