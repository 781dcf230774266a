"""Pooled group means against a brute-force grid over mean and spread."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from workbench.value.margins import normal_means

SCHOOLS = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
SCHOOLS_SE = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
"""Gelman et al. (2013), table 5.2."""
RATIOS = np.array([0.52, 0.55, 0.49, 0.61, 0.40, 0.58])
RATIOS_SE = np.array([0.01, 0.02, 0.005, 0.03, 0.08, 0.01])
DRAWS = 40_000


def brute_force(y: np.ndarray, se: np.ndarray, widest: float) -> tuple[np.ndarray, ...]:
    """Posterior mean and sd of each group and of a new one, on a grid of mu and tau."""
    far = 5 * (y.std() + se.max())
    mu = np.linspace(y.min() - far, y.max() + far, 801)[:, None, None]
    tau = ((np.arange(600) + 0.5) / 600 * widest)[None, :, None]
    density = norm.logpdf(y, mu, np.sqrt(se**2 + tau**2)).sum(axis=2)
    weight = np.exp(density - density.max())[:, :, None]
    weight = weight / weight.sum()
    precision = 1 / se**2 + 1 / tau**2
    center = (y / se**2 + mu / tau**2) / precision
    mean = (weight * center).sum(axis=(0, 1))
    square = (weight * (center**2 + 1 / precision)).sum(axis=(0, 1))
    new_mean = (weight * mu).sum()
    new_square = (weight * (mu**2 + tau**2)).sum()
    return mean, np.sqrt(square - mean**2), new_mean, np.sqrt(new_square - new_mean**2)


@pytest.mark.parametrize(("y", "se"), [(SCHOOLS, SCHOOLS_SE), (RATIOS, RATIOS_SE)])
def test_draws_have_the_posterior_of_the_model(y, se):
    widest = max(4 * y.std(), float(np.median(se)))
    mean, sd, new_mean, new_sd = brute_force(y, se, widest)
    estimate, error = np.append(y, np.nan), np.append(se, np.nan)
    theta = normal_means(estimate, error, draws=DRAWS, rng=np.random.default_rng(1))
    assert theta.shape == (DRAWS, len(y) + 1)
    # Monte Carlo error of a mean, four times; spreads to 2%; the grids differ by less
    assert np.abs(theta[:, :-1].mean(axis=0) - mean).max() < (4 * sd / np.sqrt(DRAWS)).max() * 1.2
    assert theta[:, :-1].std(axis=0) == pytest.approx(sd, rel=0.02)
    assert theta[:, -1].mean() == pytest.approx(new_mean, abs=5 * new_sd / np.sqrt(DRAWS))
    assert theta[:, -1].std() == pytest.approx(new_sd, rel=0.03)


def test_the_bound_on_the_spread_takes_little_away():
    """With eight groups a spread four times as wide as the estimates changes next to nothing."""
    bounded = brute_force(SCHOOLS, SCHOOLS_SE, 4 * SCHOOLS.std())
    wide = brute_force(SCHOOLS, SCHOOLS_SE, 20 * SCHOOLS.std())
    assert bounded[0] == pytest.approx(wide[0], abs=0.1)
    assert bounded[1] == pytest.approx(wide[1], rel=0.02)


def test_a_noisy_group_is_drawn_towards_the_others_and_a_sure_one_stays():
    theta = normal_means(RATIOS, RATIOS_SE, draws=DRAWS, rng=np.random.default_rng(2))
    mean = theta.mean(axis=0)
    noisy, sure = int(RATIOS_SE.argmax()), int(RATIOS_SE.argmin())
    middle = np.delete(RATIOS, noisy).mean()
    assert abs(mean[noisy] - middle) < 0.6 * abs(RATIOS[noisy] - middle)
    assert mean[sure] == pytest.approx(RATIOS[sure], abs=RATIOS_SE[sure])


def test_one_observed_group_stands_for_all_with_its_error():
    estimate, se = np.array([np.nan, 0.5, np.nan]), np.array([np.nan, 0.02, np.nan])
    theta = normal_means(estimate, se, draws=DRAWS, rng=np.random.default_rng(3))
    assert theta.mean(axis=0) == pytest.approx([0.5] * 3, abs=5 * 0.02 / np.sqrt(DRAWS))
    assert theta.std(axis=0) == pytest.approx([0.02] * 3, rel=0.02)


def test_no_observed_group_is_refused():
    nothing = np.array([np.nan, np.nan])
    with pytest.raises(ValueError, match="at least one observed group"):
        normal_means(nothing, nothing, draws=10, rng=np.random.default_rng(1))


def test_the_same_generator_gives_the_same_draws():
    first, second = (
        normal_means(RATIOS, RATIOS_SE, draws=50, rng=np.random.default_rng(7)) for _ in range(2)
    )
    assert np.array_equal(first, second)
