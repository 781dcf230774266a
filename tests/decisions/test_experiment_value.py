"""Closed forms against quadrature, simulation and published values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from workbench.decisions import experiment_value as ev

CASES = [
    (0.0, 0.03, 5.7, 40_000.0, 1e6, 0.0),
    (0.01, 0.03, 5.7, 20_000.0, 1e6, 2e4),
    (-0.02, 0.03, 2.0, 3_000.0, 4e5, 0.0),
    (0.5, 2.0, 30.0, 500.0, 2e4, 1e3),
]


def by_quadrature(mean, sd, noise, per_arm, population, waiting):
    """Integrate over the estimate: roll out where the posterior mean is above 0."""
    variance = 2 * noise**2 / per_arm
    share = sd**2 / (sd**2 + variance)
    spread = np.sqrt(sd**2 + variance)

    def rolled(estimate):
        posterior = mean + share * (estimate - mean)
        return max(posterior, 0.0) * norm.pdf(estimate, mean, spread)

    kink = mean - mean / share
    gain = sum(
        quad(rolled, low, high, epsabs=1e-14, epsrel=1e-11)[0]
        for low, high in ((kink, kink + 12 * spread),)
    )
    return per_arm * mean + (population - 2 * per_arm - waiting) * gain


@pytest.mark.parametrize("case", CASES)
def test_value_agrees_with_quadrature(case):
    assert ev.value_with_test(*case) == pytest.approx(by_quadrature(*case), rel=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_value_win_and_curse_agree_with_simulated_tests(case):
    mean, sd, noise, per_arm, population, waiting = case
    rng = np.random.default_rng(1)
    effect = mean + sd * rng.normal(size=400_000)
    # two arms, each with its own error; the level of the control is not used
    error = noise / np.sqrt(per_arm)
    estimate = effect + error * (rng.normal(size=400_000) - rng.normal(size=400_000))
    share = sd**2 / (sd**2 + 2 * error**2)
    win = mean + share * (estimate - mean) > 0
    left = population - 2 * per_arm - waiting
    profit = per_arm * effect + left * effect * win
    assert ev.value_with_test(*case) == pytest.approx(
        profit.mean(), abs=4 * profit.std() / np.sqrt(len(profit))
    )
    s = ev.posterior_mean_sd(sd, noise, per_arm)
    assert ev.p_win(mean, s) == pytest.approx(win.mean(), abs=0.004)
    naive, corrected = ev.gain_after_win(mean, sd, noise, per_arm)
    for stated, seen in ((naive, estimate[win]), (corrected, effect[win])):
        assert stated == pytest.approx(seen.mean(), abs=4 * seen.std() / np.sqrt(len(seen)))
    assert naive > corrected


def test_a_threshold_on_the_estimate_agrees_with_simulation():
    rng = np.random.default_rng(2)
    effect = 0.01 + 0.03 * rng.normal(size=1_000_000)
    error = 5.7 * np.sqrt(2 / 30_000)
    estimate = effect + error * rng.normal(size=len(effect))
    gain = effect * (estimate > 1.96 * error)
    found = ev.rolled_out_effect(0.01, 0.03, 5.7, 30_000, 1.96 * error)
    assert found == pytest.approx(gain.mean(), abs=4 * gain.std() / 1000)
    best = ev.rolled_out_effect(0.01, 0.03, 5.7, 30_000)
    assert best > found


def test_best_size_is_the_published_one_of_the_website_example():
    # Feit and Berman (2019), section 4.1: mean 0.68, prior sd 0.03 per arm, N = 100,000
    noise = np.sqrt(0.68 * 0.32)
    assert ev.best_size(0.0, 0.03 * np.sqrt(2), noise, 100_000) == pytest.approx(2284, abs=1)


@pytest.mark.parametrize("mean", [-0.03, -0.01, 0.0, 0.004, 0.02])
@pytest.mark.parametrize("waiting", [0.0, 60_000.0])
def test_best_size_beats_every_other_size(mean, waiting):
    sizes = np.linspace(1, (1e6 - waiting) / 2, 200_001)
    worth = ev.value_with_test(mean, 0.03, 5.7, sizes, 1e6, waiting)
    best = ev.best_size(mean, 0.03, 5.7, 1e6, waiting)
    if worth.max() > max(0.0, 1e6 * mean):
        assert best == pytest.approx(sizes[np.argmax(worth)], rel=0.01, abs=5)
        assert ev.value_with_test(mean, 0.03, 5.7, best, 1e6, waiting) >= worth.max() * (1 - 1e-9)
    else:
        assert best == 0


def test_no_test_is_worth_it_where_the_answer_is_known_or_nobody_comes():
    assert ev.best_size(0.03, 0.001, 5.7, 1e5) == 0
    assert ev.best_size(-0.03, 0.001, 5.7, 1e5) == 0
    assert ev.best_size(0.0, 0.03, 5.7, 0) == 0
    assert ev.best_size(0.0, 0.0, 5.7, 1e5) == 0


def test_power_size_is_the_textbook_one():
    # n = 2 (1.96 + 0.84)^2 (1 - p) / (p lift^2): 15.7 x 32.3 / 0.01
    assert ev.power_size(np.sqrt(0.97 / 0.03), 0.10) == pytest.approx(50_755, rel=1e-3)


PEOPLE = st.just(0.0) | st.floats(0.01, 1e6)


@given(st.floats(-2, 2), st.floats(0, 2), st.floats(0.1, 50), PEOPLE, PEOPLE)
def test_information_never_hurts(mean, sd, noise, n, more):
    less = ev.expected_gain(mean, ev.posterior_mean_sd(sd, noise, n))
    assert less >= max(mean, 0) - 1e-12
    assert ev.expected_gain(mean, ev.posterior_mean_sd(sd, noise, n + more)) >= less - 1e-9
    assert ev.posterior_mean_sd(sd, noise, n) <= sd * (1 + 1e-12)
    assert 0 <= ev.p_win(mean, sd) <= 1
