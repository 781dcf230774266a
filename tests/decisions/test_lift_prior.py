"""The hierarchy of lifts against a brute-force grid and at its two ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.lift_prior import LiftPrior, default_priors, learn_lifts, next_priors

SETTINGS = ExperimentSettings()
DEFAULT = LiftPrior(0.0, 0.03)
Y, SE = np.array([0.05, -0.01, 0.02]), np.array([0.02, 0.03, 0.01])


def brute_force(y, se):
    """Joint grid over mean, log spread and the first test's lift."""
    start = learn_lifts([], [], DEFAULT, SETTINGS)
    middle = start.tau[len(start.tau) // 2]
    log_tau = np.log(middle) + SETTINGS.prior_spread * np.linspace(-4, 4, 161)
    mu = np.linspace(-0.15, 0.15, 601)
    tau, grid = np.exp(log_tau)[:, None], mu[None, :]
    weight = norm.pdf(log_tau, np.log(middle), SETTINGS.prior_spread)[:, None]
    weight = weight * norm.pdf(grid, 0, DEFAULT.sd / np.sqrt(1 + SETTINGS.prior_tests))
    for one, error in zip(y, se, strict=True):
        weight = weight * norm.pdf(one, grid, np.sqrt(tau**2 + error**2))
    weight = weight / weight.sum()
    share = tau**2 / (tau**2 + se[0] ** 2)
    mean = share * y[0] + (1 - share) * grid
    sd = np.sqrt(share) * se[0] + 0 * grid
    first = (weight * mean).sum()
    return {
        "mu": (weight * grid).sum(),
        "first": first,
        "first_sd": np.sqrt((weight * (sd**2 + (mean - first) ** 2)).sum()),
        "p": (weight * norm.sf(0, mean, sd)).sum(),
    }


def test_posterior_agrees_with_a_brute_force_grid():
    record, truth = learn_lifts(Y, SE, DEFAULT, SETTINGS), brute_force(Y, SE)
    assert record.next_lift().mean == pytest.approx(truth["mu"], rel=1e-3)
    mean, sd, better = record.true_lift(Y[0], SE[0])
    assert mean == pytest.approx(truth["first"], rel=1e-3)
    assert sd == pytest.approx(truth["first_sd"], rel=1e-3)
    assert better == pytest.approx(truth["p"], rel=1e-3)


def test_draws_have_the_stated_mean_and_spread():
    record = learn_lifts(Y, SE, DEFAULT, SETTINGS)
    draws = record.draw_lift(Y[0], SE[0], 200_000, np.random.default_rng(3))
    mean, sd, better = record.true_lift(Y[0], SE[0])
    assert draws.mean() == pytest.approx(mean, abs=3e-4)
    assert draws.std() == pytest.approx(sd, rel=0.01)
    assert (draws > 0).mean() == pytest.approx(better, abs=0.005)


def test_without_tests_the_default_speaks_exactly():
    found = learn_lifts([], [], LiftPrior(0.004, 0.05), SETTINGS).next_lift()
    assert (found.mean, found.sd, found.tests) == pytest.approx((0.004, 0.05, 0))


def test_one_test_moves_the_default_a_little_and_many_replace_it():
    one = learn_lifts([0.10], [0.01], DEFAULT, SETTINGS).next_lift()
    assert 0 < one.mean < 0.02
    rng = np.random.default_rng(4)
    truth = 0.02 + 0.01 * rng.normal(size=400)
    many = learn_lifts(truth + 0.01 * rng.normal(size=400), np.full(400, 0.01), DEFAULT, SETTINGS)
    assert many.next_lift().mean == pytest.approx(0.02, abs=0.003)
    assert many.next_lift().sd == pytest.approx(0.01, abs=0.002)


def test_the_best_of_many_is_shrunk_to_what_it_is():
    rng = np.random.default_rng(6)
    gap, shrunk_gap = [], []
    for _ in range(300):
        truth = 0.03 * rng.normal(size=10)
        estimate = truth + 0.03 * rng.normal(size=10)
        best = int(np.argmax(estimate))
        record = learn_lifts(estimate, np.full(10, 0.03), DEFAULT, SETTINGS)
        gap.append(estimate[best] - truth[best])
        shrunk_gap.append(record.true_lift(estimate[best], 0.03)[0] - truth[best])
    assert np.mean(gap) > 0.02
    assert abs(np.mean(shrunk_gap)) < 4 * np.std(shrunk_gap) / np.sqrt(300) + 0.002


def test_kinds_without_a_record_keep_the_default():
    priors = next_priors({"repeat": learn_lifts(Y, SE, DEFAULT, SETTINGS)}, SETTINGS)
    assert priors["repeat"].tests == 3
    assert priors["order rate"] == default_priors(SETTINGS)["order rate"]


def test_impossible_lifts_are_refused():
    with pytest.raises(ValueError, match="standard errors above 0"):
        learn_lifts([0.1], [0.0], DEFAULT, SETTINGS)
