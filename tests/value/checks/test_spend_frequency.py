"""The correlation of spend and frequency: known truths, simulated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from workbench.checks import Status
from workbench.models.spend import expected_spend
from workbench.value.checks.spend_frequency import (
    Correlation,
    Miss,
    spend_frequency,
    spend_frequency_check,
)

P, Q = 4.0, 6.0
MODEL = {"p": P, "q": Q, "gamma": 50.0}


def customers(n: int, rho: float, *, seed: int, cohorts: int = 40):
    """Repeat days, mean spend and cohort, and what the model makes of their spend.

    Spend and rate are lognormal across customers, tied by a copula: close to Gamma-Gamma, not
    equal to it. Cohorts differ in both, so that a correlation between cohorts exists in any case.
    """
    rng = np.random.default_rng(seed)
    cohort = rng.integers(0, cohorts, n)
    shift = np.linspace(-0.5, 0.5, cohorts)[cohort]
    a = rng.normal(size=n)
    b = rho * a + np.sqrt(1 - rho**2) * rng.normal(size=n)
    days = 1 + rng.poisson(np.exp(0.8 + 0.6 * a + shift))
    mean = np.exp(3.5 + 0.45 * b + shift)
    gamma = np.exp(3.5 + 0.45**2 / 2 + shift) * (Q - 1.0) / P
    spend = rng.gamma(P * days, mean / (P * days))
    return (spend, days, cohort), {"p": P, "q": Q, "gamma": gamma}


def test_without_ties_and_cohorts_it_is_spearmans():
    rng = np.random.default_rng(1)
    spend, days = rng.gamma(4.0, 10.0, 500), rng.permutation(500) + 1000.0
    # beyond a thousand days the mean is known, so that its place depends on nothing else
    found = spend_frequency(spend, days, np.zeros(500), **MODEL)
    assert found.rho == pytest.approx(spearmanr(spend, days).statistic, abs=0.005)
    assert (found.customers, found.freedom) == (500, 499)


@pytest.mark.parametrize("cohorts", [1, 200])
def test_the_interval_covers_zero_nine_times_in_ten_without_a_correlation(cohorts):
    """200 samples at 90%: 180 expected, fewer than 168 or more than 192 once in 1,000."""
    covered = 0
    for seed in range(200):
        given, model = customers(600, 0.0, seed=seed, cohorts=cohorts)
        found = spend_frequency(*given, **model)
        covered += found.low <= 0 <= found.high
    assert 165 <= covered <= 195


@pytest.mark.parametrize(("p", "q"), [(0.7, 3.0), (4.0, 6.0), (1.0, 40.0)])
def test_means_of_few_orders_alone_make_no_correlation(p, q):
    """100,000 customers of the model: four standard errors of a correlation are 0.013.

    Ranks of the mean as it is correlate by 0.03 to 0.2, for the skewness of few orders alone.
    """
    rng = np.random.default_rng(2)
    n = 100_000
    days = 1 + rng.poisson(2.0, n)
    rate = rng.gamma(q, 1 / 20.0, n)
    spend = rng.gamma(p * days, 1.0 / (rate * days))
    found = spend_frequency(spend, days, np.zeros(n), p=p, q=q, gamma=20.0)
    assert abs(found.rho) < 0.013
    assert spearmanr(spend, days).statistic > 0.03


@pytest.mark.parametrize("rho", [-0.7, 0.7])
def test_a_true_correlation_is_found_with_its_sign_and_its_effect(rho):
    given, model = customers(4000, rho, seed=3)
    found = spend_frequency(*given, **model)
    assert abs(found.rho) > 0.2
    assert found.low * found.high > 0
    assert np.sign(found.rho) == np.sign(rho) == -np.sign(found.rare.share)
    assert found.rare.low * found.rare.high > 0
    check = spend_frequency_check(found)
    assert check.status is Status.REVIEW
    assert f"% {'less' if rho > 0 else 'more'} than the model expects" in check.message


def test_a_correlation_between_cohorts_only_passes():
    given, model = customers(6000, 0.0, seed=4, cohorts=5)
    found = spend_frequency(*given, **model)
    spend, days, _ = given
    overall = spend_frequency(spend, days, np.zeros(6000), **MODEL)
    assert overall.low > 0.05  # cohorts of frequent buyers spend more, which the model knows
    assert found.low <= 0.0 <= found.high or abs(found.rho) < 0.03
    assert spend_frequency_check(found).status is Status.PASS


def test_each_day_is_held_against_the_others_of_its_customer():
    """Day by day, by the conditional expectation of Gamma-Gamma, for single days drawn."""
    rng = np.random.default_rng(5)
    days = np.repeat([1, 2, 5], 40)
    drawn = [rng.gamma(4.0, 9.0, size=n) for n in days]
    spend = np.array([each.mean() for each in drawn])
    expected = [
        sum(
            float(expected_spend((each.sum() - one) / max(n - 1, 1), n - 1, **MODEL))
            for one in each
        )
        for each, n in zip(drawn, days, strict=True)
    ]
    found = spend_frequency(spend, days, np.zeros(120), **MODEL)
    assert found.split == 2
    for miss, kept in ((found.rare, days <= 2), (found.frequent, days > 2)):
        ratio = (spend * days)[kept].sum() / np.array(expected)[kept].sum()
        assert miss.share == pytest.approx(ratio - 1, rel=1e-9)
    assert found.rare.of_revenue + found.frequent.of_revenue == pytest.approx(1.0)


def test_the_interval_of_a_miss_covers_zero_nine_times_in_ten_where_the_model_holds():
    """200 samples of Gamma-Gamma at 90%: 180 expected; a heavy tail costs some."""
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng([seed, 6])
        days = 1 + rng.poisson(2.0, 500)
        spend = rng.gamma(P * days, 1.0 / (rng.gamma(Q, 1 / 50.0, 500) * days))
        found = spend_frequency(spend, days, np.zeros(500), **MODEL).rare
        covered += found.low <= 0 <= found.high
    assert 165 <= covered <= 195


SMALL, LARGE = Miss(-0.03, -0.05, -0.01, 0.3), Miss(-0.10, -0.13, -0.07, 0.3)


@pytest.mark.parametrize(
    ("rho", "low", "high", "rare", "status"),
    [(0.2, 0.15, 0.25, LARGE, Status.REVIEW), (0.09, 0.05, 0.13, LARGE, Status.PASS),
     (0.2, -0.01, 0.4, LARGE, Status.PASS), (-0.11, -0.2, -0.02, LARGE, Status.REVIEW),
     (0.2, 0.15, 0.25, SMALL, Status.PASS),
     (0.2, 0.15, 0.25, Miss(-0.10, -0.3, 0.1, 0.3), Status.PASS),
     (0.2, 0.15, 0.25, Miss(-0.10, -0.13, -0.07, 0.05), Status.PASS)],
)  # fmt: skip
def test_size_interval_and_money_decide(rho, low, high, rare, status):
    found = Correlation(rho, low, high, 500, 400, 2.0, rare, Miss(0.001, -0.01, 0.01, 0.7))
    check = spend_frequency_check(found)
    assert check.status is status


def test_whose_orders_are_off_is_said_in_money():
    found = Correlation(0.2, 0.15, 0.25, 500, 400, 1.0, LARGE, Miss(0.001, -0.01, 0.01, 0.7))
    message = spend_frequency_check(found).message
    assert "with up to 1 repeat order brought 10% less than the model expects" in message
    assert "those of frequent buyers about what it does" in message


@pytest.mark.parametrize("n", [0, 1, 3, 30])
def test_too_few_customers_are_never_a_pass(n):
    given, model = customers(n, 0.0, seed=5, cohorts=2)
    check = spend_frequency_check(spend_frequency(*given, **model))
    assert check.status is Status.REVIEW
    assert "too few" in check.message


def test_all_alike_cannot_be_checked():
    found = spend_frequency(np.full(100, 20.0), np.full(100, 2), np.zeros(100), **MODEL)
    assert np.isnan(found.rho)
    assert spend_frequency_check(found).status is Status.REVIEW
