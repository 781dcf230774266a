"""Scores of whole distributions, against closed forms and calibrated simulations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom, nbinom, norm

from workbench.value.proper import crps, pit, uniformity


def crps_of_a_normal(mean: float, sd: float, actual: float) -> float:
    """Gneiting and Raftery (2007), equation 21, negated: lower is better."""
    z = (actual - mean) / sd
    return sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))


@pytest.mark.parametrize("actual", [-3.0, 2.0, 5.5, 30.0])
def test_crps_equals_the_closed_form_of_a_normal(actual):
    """Many draws: within 5 standard errors, about sd / sqrt(draws) each."""
    draws = np.random.default_rng(1).normal(2.0, 4.0, size=(1, 200_000))
    found = crps(draws, np.array([actual]))[0]
    assert found == pytest.approx(crps_of_a_normal(2.0, 4.0, actual), abs=5 * 4 / np.sqrt(200_000))


def test_crps_equals_the_integral_over_the_distribution_function():
    """The other definition: the squared distance of the distribution from a step at the outcome."""
    closed = crps_of_a_normal(1.0, 2.0, 2.5)
    below = quad(lambda x: norm.cdf(x, 1, 2) ** 2, -30, 2.5)[0]
    above = quad(lambda x: (1 - norm.cdf(x, 1, 2)) ** 2, 2.5, 30)[0]
    assert below + above == pytest.approx(closed, abs=1e-8)


@pytest.mark.parametrize("draws", [2, 3, 10])
def test_crps_is_fair_for_few_draws(draws):
    """Its mean over many sets of few draws is the score of their distribution, without bias."""
    few = np.random.default_rng(draws).normal(size=(60_000, draws))
    each = crps(few, np.full(len(few), 0.7))
    error = 5 * each.std() / np.sqrt(len(each))
    assert each.mean() == pytest.approx(crps_of_a_normal(0.0, 1.0, 0.7), abs=error)
    with pytest.raises(ValueError, match="two draws"):
        crps(few[:, :1], np.zeros(len(few)))


@given(
    st.lists(st.floats(-100, 100), min_size=2, max_size=12),
    st.floats(-100, 100),
    st.floats(-50, 50),
    st.floats(0.1, 10),
)
def test_crps_is_the_mean_over_all_pairs_and_moves_with_its_unit(values, actual, shift, scale):
    draws = np.array([values])
    by_hand = (
        np.abs(draws[0] - actual).mean()
        - np.mean(
            [abs(a - b) for i, a in enumerate(values) for j, b in enumerate(values) if i != j]
        )
        / 2
    )
    assert crps(draws, np.array([actual]))[0] == pytest.approx(by_hand, abs=1e-9)
    moved = crps(draws * scale + shift, np.array([actual * scale + shift]))[0]
    assert moved == pytest.approx(by_hand * scale, abs=1e-7)


def test_crps_of_a_sure_forecast_is_its_absolute_error():
    assert crps(np.full((1, 50), 8.0), np.array([10.0]))[0] == pytest.approx(2.0)


def test_the_truth_scores_best():
    """Strictly proper: a forecast shifted, too sure or too vague scores worse on average."""
    rng = np.random.default_rng(4)
    mean = rng.normal(0, 3, size=4000)
    actual = rng.normal(mean, 1.0)
    draws = rng.normal(mean[:, None], 1.0, size=(4000, 200))
    best = crps(draws, actual).mean()
    for wrong in (draws + 0.5, mean[:, None] + 0.4 * (draws - mean[:, None]),
                  mean[:, None] + 2.5 * (draws - mean[:, None])):  # fmt: skip
        assert crps(wrong, actual).mean() > best + 0.02


# PIT


def counts(rows: int, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and draws of the same negative binomials, mostly zeros and ones."""
    rng = np.random.default_rng(seed)
    mean = rng.gamma(1.0, 1.0, size=rows)
    chance = 2.0 / (2.0 + mean)
    actual = nbinom.rvs(2.0, chance, random_state=rng)
    return (
        nbinom.rvs(2.0, chance[:, None], size=(rows, draws), random_state=rng).astype(float),
        actual.astype(float),
    )


@pytest.mark.parametrize("draws", [5, 400])
def test_the_pit_of_calibrated_counts_is_uniform(draws):
    drawn, actual = counts(3000, draws, seed=draws)
    values = pit(drawn, actual, np.random.default_rng(1))
    assert ((values > 0) & (values < 1)).all()
    assert uniformity(values)[1] > 0.01
    # every tenth holds its share: bounds that one tenth in 10,000 breaks
    low, high = binom.ppf([0.00005, 0.99995], 3000, 0.1)
    assert ((np.histogram(values, 10, (0, 1))[0] >= low)
            & (np.histogram(values, 10, (0, 1))[0] <= high)).all()  # fmt: skip


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_pit_of_a_forecast_too_sure_or_too_vague_is_not(factor):
    rng = np.random.default_rng(3)
    actual = rng.normal(size=1500)
    values = pit(factor * rng.normal(size=(1500, 300)), actual, rng)
    assert uniformity(values)[1] < 1e-6
    outer = ((values < 0.1) | (values > 0.9)).mean()
    assert (outer > 0.3) if factor < 1 else (outer < 0.1)


def test_a_tie_is_broken_at_random_and_the_same_way_every_time():
    draws = np.zeros((2000, 9))
    values = pit(draws, np.zeros(2000), np.random.default_rng(7))
    assert uniformity(values)[1] > 0.01
    again = pit(draws, np.zeros(2000), np.random.default_rng(7))
    assert (values == again).all()


def test_an_outcome_beyond_all_draws_lies_in_the_outer_cell():
    draws = np.arange(1.0, 10.0)[None, :]
    assert pit(draws, np.array([-1.0]), np.random.default_rng(1))[0] < 0.1
    assert pit(draws, np.array([99.0]), np.random.default_rng(1))[0] > 0.9


def test_the_distance_from_uniform_by_hand():
    """Four values in the lower half: the largest gap stands at 0.4, where all of them lie below."""
    distance, p = uniformity(np.array([0.1, 0.2, 0.3, 0.4, np.nan]))
    assert distance == pytest.approx(0.6)
    assert 0.05 < p < 0.10
    assert np.isnan(uniformity(np.array([np.nan]))).all()
