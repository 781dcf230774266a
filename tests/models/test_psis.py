"""Pareto smoothing against ArviZ, and against expectations that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

from tests.conftest import require
from workbench.models.psis import effective_draws, psis, reliable_k


def by_arviz(ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights and k of ArviZ, which from version 1 on takes log-likelihoods: minus log ratios."""
    az = require("arviz")
    if hasattr(az, "psislw"):
        return az.psislw(ratios.T.copy())
    return require("arviz_stats.base").array_stats.psislw(-ratios.T)


@pytest.mark.parametrize("draws", [100, 400, 2500])
def test_weights_and_k_equal_those_of_arviz(draws):
    """To rounding, over light and heavy tails: k from below zero to above one.

    Numbers of draws whose tail, the smaller of S / 5 and 3 sqrt(S), is whole: versions of ArviZ
    round it in their own ways.
    """
    rng = np.random.default_rng(1)
    spread = np.array([0.01, 0.3, 1.0, 2.0, 4.0])
    ratios = rng.normal(size=(draws, 5)) * spread
    ratios = np.column_stack([ratios, np.log(rng.uniform(size=draws)), rng.gamma(1, 1, draws)])
    weights, k = psis(ratios)
    theirs, their_k = by_arviz(ratios)
    assert k == pytest.approx(np.asarray(their_k), abs=1e-8)
    assert weights == pytest.approx(np.asarray(theirs).T, abs=1e-8)
    assert k.min() < 0.1
    assert k.max() > 0.7


def test_a_normal_is_moved_to_another():
    """E under N(0.5, 1) from draws of N(0, 1): 0.5, within four standard errors (0.05)."""
    x = np.random.default_rng(2).normal(size=(4000, 1))
    weights, k = psis(0.5 * x)
    assert float((np.exp(weights) * x).sum()) == pytest.approx(0.5, abs=0.05)
    assert k[0] < 0.5
    # E[w^2] = exp(0.25), so 4000 draws are worth 4000 exp(-0.25)
    assert effective_draws(weights)[0] == pytest.approx(4000 * np.exp(-0.25), rel=0.05)


def test_a_tail_without_a_variance_is_found_out():
    """Ratios 1/u^0.9 have Pareto shape 0.9; some 10% of estimates are off by more than 0.2."""
    u = np.random.default_rng(3).uniform(size=(4000, 50))
    _, k = psis(-0.9 * np.log(u))
    assert np.median(k) == pytest.approx(0.9, abs=0.1)
    assert (k > reliable_k(4000)).mean() > 0.8


def test_weights_sum_to_one_and_equal_ratios_weigh_the_same():
    ratios = np.random.default_rng(4).normal(size=(300, 7)) * 5 + 1e4
    ratios[:, 3] = -12.0
    weights, k = psis(ratios)
    assert logsumexp(weights, axis=0) == pytest.approx(np.zeros(7), abs=1e-12)
    assert weights[:, 3] == pytest.approx(np.full(300, -np.log(300)))
    assert k[3] == 0.0


def test_few_draws_have_no_tail_and_are_never_called_reliable():
    weights, k = psis(np.random.default_rng(5).normal(size=(12, 2)))
    assert np.isinf(k).all()
    assert np.isfinite(weights).all()


def test_a_tail_of_ties_keeps_its_weights():
    ratios = np.zeros((400, 1))
    ratios[:3] = 1.0
    weights, k = psis(ratios)
    assert np.exp(weights[0, 0] - weights[10, 0]) == pytest.approx(np.e)
    assert np.isinf(k[0])


def test_what_is_reliable_grows_with_the_draws_up_to_seven_tenths():
    assert reliable_k(100) == pytest.approx(0.5)
    assert reliable_k(400) == pytest.approx(1 - 1 / np.log10(400))
    assert reliable_k(1_000_000) == 0.7
