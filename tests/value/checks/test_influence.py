"""Leaving out: against exact answers of a conjugate model, exact refits, and bad customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from tests.models.handmade import handmade
from workbench.checks import Status
from workbench.models.families import mbg
from workbench.models.fit import Fit
from workbench.models.pointwise import Spend
from workbench.models.psis import psis
from workbench.value.checks import process_of
from workbench.value.checks.influence import (
    Influence,
    confirm_cohorts,
    influence_checks,
    measure_influence,
)
from workbench.value.parameters import make_parameters


def test_leaving_out_one_of_a_conjugate_normal():
    """Known variance 1, prior N(0, 2^2): exact predictive densities within 0.01 each."""
    rng = np.random.default_rng(1)
    y = rng.normal(0.5, 1.0, 20)

    def posterior(values):
        precision = 1 / 4 + len(values)
        return values.sum() / precision, 1 / precision

    mean, variance = posterior(y)
    mu = rng.normal(mean, np.sqrt(variance), 4000)
    one = norm.logpdf(y, mu[:, None], 1.0)
    weights, k = psis(-one)
    elpd = logsumexp(weights + one, axis=0)
    for i, value in enumerate(y):
        m, v = posterior(np.delete(y, i))
        assert elpd[i] == pytest.approx(norm.logpdf(value, m, np.sqrt(1 + v)), abs=0.01)
    assert (k < 0.5).all()


GRID = np.linspace(-5.0, 1.0, 4001)


def rate_posterior(log_likelihood: np.ndarray) -> np.ndarray:
    """Normalised log weights on the grid: the exact posterior of the level of the log rate."""
    log_prior = norm.logpdf(GRID, -3.0, 1.2)
    unnormalised = log_prior + log_likelihood
    return unnormalised - logsumexp(unnormalised)


@pytest.fixture(scope="module")
def one_unknown(shop):
    """A model whose log rate alone is unknown: exact posterior on a grid, draws from it.

    Returns customers, fit with 4,000 draws from the posterior, and the log-likelihood of each
    customer at each point of the grid, computed here.
    """
    data = shop.data
    fit = handmade(data, draws=4000)
    start = pd.Timestamp(data.calendar.start)
    first = (shop.customers["first_day"] - start).dt.days.to_numpy()
    last = (shop.customers["last_day"] - start).dt.days.to_numpy()
    end = data.calendar.n_days - 1
    r, kappa = 1.5, 4.0
    drop = 1 / (1 + np.exp(1.3))
    on_grid = mbg.log_likelihood(
        shop.customers["repeat_days"].to_numpy(), (last - first) / 7, (end - first) / 7,
        r=r, alpha=r * np.exp(-GRID)[:, None], a=kappa * drop, b=kappa * (1 - drop),
    )  # fmt: skip
    weights = np.exp(rate_posterior(on_grid.sum(axis=1)))
    rng = np.random.default_rng(2)
    level = fit.posterior["level"].values.copy()
    level[..., 0] = rng.choice(GRID, p=weights, size=level.shape[:2])
    posterior = fit.posterior.assign(level=(fit.posterior["level"].dims, level))
    return shop.customers, Fit(posterior, [], "grid", data), on_grid


@pytest.fixture(scope="module")
def influence(one_unknown):
    customers, fit, _ = one_unknown
    parameters = make_parameters(fit, draws=4000)
    spend = Spend(parameters.p, parameters.q, parameters.log_spend)
    return measure_influence(fit, process_of(parameters), spend, customers)


def test_leaving_out_a_customer_equals_exact_refits(one_unknown, influence):
    """Sum over 240 customers within 0.5; one predictive density each, refitted on the grid."""
    _, _, on_grid = one_unknown
    total = on_grid.sum(axis=1)
    exact = [
        logsumexp(rate_posterior(total - on_grid[:, i]) + on_grid[:, i])
        for i in range(on_grid.shape[1])
    ]
    assert influence.elpd == pytest.approx(sum(exact), abs=0.5)
    assert influence.elpd_se == pytest.approx(np.sqrt(len(exact)) * np.std(exact), rel=0.02)
    assert influence.customers == len(exact)


def test_leaving_out_a_cohort_equals_an_exact_refit(one_unknown, influence):
    """Mean log rate without each cohort: within 0.1 of the posterior's standard deviation."""
    _, fit, on_grid = one_unknown
    level = fit.flat("level")[:, 0]
    spend_free = influence.cohorts["k"] < 0.5
    assert spend_free.sum() > 10
    for c in np.flatnonzero(spend_free)[:15]:
        inside = fit.data.cell == c
        exact = np.exp(rate_posterior(on_grid[:, ~inside].sum(axis=1))) @ GRID
        ours = level @ np.exp(influence.cohort_weights[:, c])
        assert ours == pytest.approx(exact, abs=0.1 * level.std())
    assert influence.cohorts["customers"].sum() == on_grid.shape[1]


def test_cohorts_in_doubt_are_looked_at_again_with_more_draws(one_unknown, influence):
    """All cohorts taken for doubtful with a k of their own: those of 4,000 draws come back."""
    customers, fit, _ = one_unknown
    few = make_parameters(fit, draws=100)
    first = measure_influence(fit, process_of(few), Spend(few.p, few.q, few.log_spend), customers)
    doubted = first.cohorts.assign(decides=np.arange(len(first.cohorts)) % 2 == 0, k=9.0)
    full = make_parameters(fit, draws=4000)
    again = confirm_cohorts(
        replace(first, cohorts=doubted), fit, process_of(full),
        Spend(full.p, full.q, full.log_spend), customers,
    ).cohorts  # fmt: skip
    looked = doubted["decides"].to_numpy()
    assert again["k"][looked].to_numpy() == pytest.approx(influence.cohorts["k"][looked].to_numpy())
    assert (again["k"][~looked] == 9.0).all()
    assert not again["decides"].any()


def test_the_likelihood_is_the_sum_over_cohorts(one_unknown, influence):
    """Only the log rate varies, so differences are those of the histories on the grid."""
    _, fit, on_grid = one_unknown
    level = fit.flat("level")[:, 0]
    expected = np.interp(level, GRID, on_grid.sum(axis=1))
    ours = influence.log_likelihood
    assert ours - ours[0] == pytest.approx(expected - expected[0], abs=0.05)


def test_well_behaved_customers_pass(influence):
    checks = influence_checks(influence)
    assert [c.status for c in checks] == [Status.PASS, Status.PASS]
    assert influence.largest_k < 0.5


def test_a_customer_who_decides_the_fit_is_found(shop):
    """A spread posterior and one customer with 400 orders, far from the other histories."""
    customers = shop.customers.copy()
    customers.loc[5, "first_day"] = pd.Timestamp(shop.data.calendar.start)
    customers.loc[5, "last_day"] = pd.Timestamp(shop.as_of) - timedelta(1)
    customers.loc[5, "repeat_days"] = 400
    fit = handmade(shop.data, draws=400)
    level = fit.posterior["level"].values.copy()
    level[..., 0] += np.random.default_rng(3).normal(0, 0.5, level.shape[:2])
    fit = Fit(fit.posterior.assign(level=(fit.posterior["level"].dims, level)), [], "x", fit.data)
    parameters = make_parameters(fit, draws=400)
    spend = Spend(parameters.p, parameters.q, parameters.log_spend)
    found = measure_influence(fit, process_of(parameters), spend, customers)
    assert found.largest_k > found.limit
    assert found.influential >= 1


def made(k: list[float], influential: int = 0) -> Influence:
    rng = np.random.default_rng(4)
    cohorts = pd.DataFrame(
        {
            "channel": [f"Channel {i}" for i in range(len(k))],
            "first_product": "All",
            "first_month": "2025-01",
            "customers": [10 * (i + 1) for i in range(len(k))],
            "k": k,
            "decides": np.array(k) > 0.6,
        }
    )
    log_weights, _ = psis(rng.normal(0, 0.1, (400, len(k))))
    return Influence(-100.0, 5.0, 1000, influential, 0.3, cohorts, log_weights, np.zeros(400), 0.6)


def test_the_largest_cohort_that_cannot_be_left_out_is_named():
    check = influence_checks(made([0.1, 0.9, 0.8, 0.2]))[1]
    assert (check.status, check.value) == (Status.REVIEW, 2)
    assert "2 cohorts of 4" in check.message
    assert "Channel 2 · 2025-01 (30 customers)" in check.message
    assert "Channel 2" in check.recommendation


def test_a_cohort_that_moves_a_channel_is_named():
    found = made([0.1, 0.2])
    value = np.full((2, 400), 50.0)
    value[1] += 2000 * (np.exp(found.cohort_weights[:, 0]) * 400 - 1)
    check = influence_checks(found, value, ["Email", "Meta Ads"])[1]
    assert check.status is Status.REVIEW
    assert "Channel 0" in check.message
    assert "Meta Ads" in check.message
    expected = value[1] @ np.exp(found.cohort_weights[:, 0]) / value[1].mean() - 1
    assert check.value == pytest.approx(expected, abs=1e-4)
    calm = influence_checks(found, np.full((2, 400), 50.0), ["Email", "Meta Ads"])[1]
    assert calm.status is Status.PASS


@pytest.mark.parametrize(
    ("influential", "customers", "status"),
    [(0, 1000, Status.PASS), (1, 1000, Status.PASS), (2, 1000, Status.REVIEW),
     (2, 10_000, Status.PASS), (10, 10_000, Status.REVIEW), (1, 1, Status.REVIEW)],
)  # fmt: skip
def test_one_in_a_thousand_customers(influential, customers, status):
    found = replace(made([0.1, 0.1], influential), customers=customers)
    assert influence_checks(found)[0].status is status


def test_a_single_cohort_is_not_judged():
    assert "Not applicable" in influence_checks(made([5.0]))[1].message
