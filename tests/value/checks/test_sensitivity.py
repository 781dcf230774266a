"""Power-scaling against the normal-normal model, whose every power is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from workbench.checks import Status
from workbench.models.psis import reliable_k
from workbench.value.channels import ChannelDraws
from workbench.value.checks.sensitivity import (
    best_channel,
    power_scale,
    sensitivity_check,
    standard_shift,
)
from workbench.value.forward import CURVE_AGES

PRIOR_MEAN, PRIOR_SD, Y, Y_SD = 0.0, 1.0, 1.5, 0.8


def posterior(alpha_prior: float = 1.0, alpha_likelihood: float = 1.0) -> tuple[float, float]:
    a, b = alpha_prior / PRIOR_SD**2, alpha_likelihood / Y_SD**2
    return (a * PRIOR_MEAN + b * Y) / (a + b), float(np.sqrt(1 / (a + b)))


@pytest.fixture(scope="module")
def draws() -> np.ndarray:
    mean, sd = posterior()
    # quantiles, so that the sample has no noise of its own
    return norm.ppf((np.arange(4000) + 0.5) / 4000, mean, sd)


@pytest.mark.parametrize("component", ["prior", "likelihood"])
def test_weights_reach_the_scaled_posterior(draws, component):
    """Means within 0.02 and standard deviations within 3% of the exact scaled posterior."""
    given = (PRIOR_MEAN, PRIOR_SD) if component == "prior" else (Y, Y_SD)
    for scaling in power_scale(norm.logpdf(draws, *given)):
        assert scaling.alpha == scaling.asked
        powers = (scaling.alpha, 1.0) if component == "prior" else (1.0, scaling.alpha)
        mean, sd = posterior(*powers)
        found = draws @ scaling.weights
        assert found == pytest.approx(mean, abs=0.02)
        assert np.sqrt((draws - found) ** 2 @ scaling.weights) == pytest.approx(sd, rel=0.03)
        assert scaling.weights.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("component", ["prior", "likelihood"])
def test_the_shift_is_the_exact_derivative(draws, component):
    """By log2 of the power, in standard deviations; exact by a central difference, within 2%."""
    given = (PRIOR_MEAN, PRIOR_SD) if component == "prior" else (Y, Y_SD)
    step = 1e-4

    def mean(power: float) -> float:
        return posterior(power, 1.0)[0] if component == "prior" else posterior(1.0, power)[0]

    slope = (mean(2**step) - mean(2**-step)) / (2 * step) / posterior()[1]
    found = standard_shift(np.stack([draws, np.ones(4000)]), norm.logpdf(draws, *given))
    assert found[0] == pytest.approx(slope, rel=0.02)
    assert found[1] == 0.0
    assert (found[0] < 0) == (component == "prior")


def test_where_draws_do_not_carry_the_power_comes_closer_to_one():
    """Ratios of an exponential with mean 10 have Pareto k 10 (1 - alpha): 0.6 from 0.94 on."""
    steep = -10.0 * np.random.default_rng(1).exponential(size=400)
    wide = power_scale(steep, (0.5, 2.0))[0]
    assert 0.9 < wide.alpha < 1.0
    assert wide.k <= reliable_k(400)
    hopeless = power_scale(steep * 1e4, (0.5,))[0]
    assert hopeless.alpha == 1.0
    assert hopeless.weights == pytest.approx(np.full(400, 1 / 400))


def channels(value: np.ndarray, spend: list[float]) -> ChannelDraws:
    n = len(value)
    return ChannelDraws(
        channels=[f"Channel {i}" for i in range(n)],
        customers=np.full(n, 100.0),
        spend=np.array(spend),
        reported_roas=np.full(n, np.nan),
        attribution=[""] * n,
        value=value,
        observed_share=np.full(n, 0.5),
        curves=np.zeros((n, len(CURVE_AGES), value.shape[1])),
        reached=np.zeros((n, len(CURVE_AGES))),
        unknown=np.zeros((n, 1)),
    )


RNG = np.random.default_rng(5)
Z = RNG.normal(size=(3, 2000))


def test_the_best_channel_is_that_of_roas_or_of_value():
    value = np.array([[50.0], [60.0], [90.0]]) + Z
    assert best_channel(channels(value, [2000.0, 3000.0, np.nan])) == "Channel 0"
    assert best_channel(channels(value, [np.nan] * 3)) == "Channel 2"


def test_a_clear_choice_is_robust():
    made = channels(np.array([[50.0], [60.0], [90.0]]) + Z, [3000.0, 3000.0, 3000.0])
    for of in ("prior", "data"):
        check = sensitivity_check(made, -0.5 * Z[0] ** 2, of=of)
        assert check.status is Status.PASS
        assert "Channel 2 stays best by 12-month ROAS" in check.message
        assert "0.80 and 1.25" in check.message


def test_a_best_channel_that_rests_on_the_prior_is_found():
    """The prior pulls channel 1 down: with less of it channel 1 leads, by the exact means."""
    value = np.stack([50.0 + 0.1 * Z[0], 49.5 + 4.0 * Z[1]])
    log_prior = -1.0 * Z[1]
    check = sensitivity_check(channels(value, [3000.0, 3000.0]), log_prior, of="prior")
    # weights exp(0.2 Z1) move the mean of Z1 by 0.2, so channel 1 to 49.5 + 0.8 > 50
    assert check.status is Status.REVIEW
    assert "Channel 1 takes the place of Channel 0 as best by 12-month ROAS at 0.80" in (
        check.message
    )
    assert "rests on what was assumed" in check.recommendation


def test_a_channel_that_crosses_even_odds_is_found():
    value = np.stack([80.0 + Z[0], 29.6 + 4.0 * Z[1]])
    made = channels(value, [3000.0, 3000.0])
    check = sensitivity_check(made, -1.0 * Z[1], of="data")
    assert check.status is Status.REVIEW
    assert "Channel 1 is more likely than not worth its CAC at 0.80" in check.message
    assert "Channel 0 takes" not in check.message


def test_a_value_that_the_prior_moves_far_is_reviewed_and_the_data_may():
    made = channels(np.stack([80.0 + Z[0], 40.0 + Z[1]]), [np.nan, np.nan])
    moved = sensitivity_check(made, 1.5 * Z[1], of="prior")
    assert moved.status is Status.REVIEW
    assert moved.value == pytest.approx(1.5 * np.log(2), abs=0.1)
    assert "12-month value" in moved.message
    assert sensitivity_check(made, 1.5 * Z[1], of="data").status is Status.PASS
