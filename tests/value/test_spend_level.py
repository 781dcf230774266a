"""Orders bring what they brought, where the fitted means say otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.models.spend_data import NO_SPEND, compress_spend
from workbench.value.spend_level import MISFIT_SD, spend_level


def shop(n: int, *, seed: int = 1, together: float = 0.0, tail: float = 0.5):
    """Customers of two cohorts with a mean spend of 40; `together` ties it to their repeats."""
    rng = np.random.default_rng(seed)
    x = rng.geometric(0.4, n)
    own = np.exp(rng.normal(-0.5 * tail**2, tail, n)) * x**together
    mean = 40.0 * own * rng.gamma(4.0 * x, 1.0 / (4.0 * x))
    cell = rng.integers(0, 2, n)
    return x, mean, compress_spend(cell, x, mean, 2)


def test_the_factor_is_that_of_sums():
    x, mean, spend = shop(20_000, together=0.3)
    location, sd = spend_level(spend, np.array([40.0, 40.0]))
    wanted = np.log((x @ mean) / (40.0 * x.sum()))
    assert wanted > 0.2
    assert location == pytest.approx(wanted, rel=0.02)
    assert sd < 0.02


def test_what_is_unsure_is_the_error_of_a_ratio():
    x, mean, spend = shop(2_000)
    _, sd = spend_level(spend, np.array([40.0, 40.0]))
    rng = np.random.default_rng(2)
    ratios = []
    for _ in range(400):
        at = rng.integers(0, len(x), len(x))
        ratios.append((x[at] @ mean[at]) / x[at].sum())
    error = np.std(ratios) / np.mean(ratios)
    assert sd == pytest.approx((MISFIT_SD**-2 + error**-2) ** -0.5, rel=0.1)


def test_few_customers_move_it_little():
    _, mean, spend = shop(6, tail=1.0)
    location, sd = spend_level(spend, np.array([10.0, 10.0]))
    assert mean.mean() > 20.0
    assert 0.0 < location < 0.5 * np.log(4.0)
    assert sd > 0.5 * MISFIT_SD


def test_one_giant_order_moves_it_little():
    x, mean, _ = shop(300)
    mean[0] = 300 * 40.0  # as much as all the others together
    spend = compress_spend(np.zeros(300, dtype=int), x, mean, 1)
    location, _ = spend_level(spend, np.array([40.0]))
    assert location < 0.1 < np.log((x @ mean) / (40.0 * x.sum()))


def test_without_repeat_buyers_the_prior_is_all():
    assert spend_level(NO_SPEND, np.zeros(0)) == (0.0, MISFIT_SD)
