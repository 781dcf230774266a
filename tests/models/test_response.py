"""The response to spend: derivatives, exactness against a long chain, coverage of known truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import nbinom

from workbench.checks import Status
from workbench.models.channel_weeks import ChannelWeeks, channel_weeks
from workbench.models.response import ResponseDraws, fit_response, prior_elasticity
from workbench.models.response_density import (
    ResponseDensity,
    demand_basis,
    log_curve,
)
from workbench.models.response_draws import approximate, draw_response
from workbench.simulate.response import ResponseShop, simulate_response


def weeks_of(shop: ResponseShop) -> ChannelWeeks:
    return channel_weeks(shop.spend, shop.customers, shop.end.date())


@pytest.fixture(scope="module")
def small() -> ChannelWeeks:
    return weeks_of(simulate_response(3, channels=2, weeks=16, constant=0, swing=0.4))


def test_density_is_negative_binomial_with_normal_priors(small):
    """Differences between points equal those of SciPy's negative binomial, to 1e-8."""
    density = ResponseDensity(small)
    points = 0.5 * np.random.default_rng(1).normal(size=(3, density.size))
    draws = density.unfold(points)
    mean = np.exp(density.log_mean(draws))
    r = 1.0 / draws["overdispersion"][:, None, :]
    by_scipy = nbinom.logpmf(density.y, r, r / (r + mean)).sum(axis=(1, 2))
    by_scipy -= 0.5 * (points**2).sum(axis=1)
    ours = density.log_joint(points)
    assert np.diff(ours) == pytest.approx(np.diff(by_scipy), abs=1e-8)


def test_linear_slope_is_the_derivative_of_the_log_mean(small):
    density = ResponseDensity(small)
    point = 0.5 * np.random.default_rng(2).normal(size=density.size)
    _, slope = density.linear(point)
    shared, own = density.parts["own"].start, slope.shape[2] - density.parts["own"].start
    for k in range(density.parts["shock"].start):
        step = np.zeros(density.size)
        step[k] = 1e-5
        ends = density.log_mean(density.unfold(np.stack([point + step, point - step])))
        numeric = (ends[0] - ends[1]) / 2e-5
        expected = np.zeros_like(numeric)
        if k < shared:
            expected = slope[:, :, k].T
        else:
            row, column = divmod(k - shared, own)
            expected[:, row] = slope[row, :, shared + column]
        assert numeric == pytest.approx(expected, abs=1e-6)


def test_mode_has_no_slope(small):
    density = ResponseDensity(small)
    point = approximate(density, np.zeros(4), np.zeros(density.size)).point
    here = density.log_joint(point[None, :])[0]
    free = density.parts["scales"].start
    for k in range(free):
        for step in (0.05, -0.05):
            moved = point.copy()
            moved[k] += step
            assert density.log_joint(moved[None, :])[0] < here + 1e-2


def test_draws_agree_with_a_long_chain(small):
    """Mean and sd of elasticities against 200 Metropolis chains of the exact density.

    The chains start from the draws under test and forget them in 9,000 steps; the standard error
    of their mean is near 0.01 for an sd of 0.15.
    """
    density = ResponseDensity(small)
    points, reliability = draw_response(density, draws=1000, seed=4)
    ours = density.unfold(points)["elasticity"]
    rng = np.random.default_rng(6)
    root = np.linalg.cholesky(np.cov(points.T) + 1e-6 * np.eye(density.size))
    at = points[:100].copy()
    value = density.log_joint(at)
    kept = []
    for step in range(9_000):
        moved = at + 1.7 / np.sqrt(density.size) * rng.normal(size=at.shape) @ root.T
        tried = density.log_joint(moved)
        take = np.log(rng.random(len(at))) < tried - value
        at[take], value[take] = moved[take], tried[take]
        if step >= 3_000 and step % 50 == 0:
            kept.append(density.unfold(at)["elasticity"])
    exact = np.concatenate(kept)
    assert reliability.k < 0.7
    assert ours.mean(axis=0) == pytest.approx(exact.mean(axis=0), abs=0.03)
    assert ours.std(axis=0) == pytest.approx(exact.std(axis=0), rel=0.15)


def test_curve_is_concave_and_has_its_elasticity():
    rng = np.random.default_rng(7)
    elasticity = rng.uniform(0.05, 0.95, 50)
    hill = elasticity + (1 - elasticity) * rng.uniform(0.01, 0.99, 50)
    spend = np.linspace(0.2, 3.0, 200)[:, None]
    curve = np.exp(log_curve(np.log(spend), elasticity, hill))
    assert (np.diff(curve, axis=0) > 0).all()
    assert (np.diff(curve, 2, axis=0) < 1e-12).all()
    h = 1e-6
    slope = (log_curve(h, elasticity, hill) - log_curve(-h, elasticity, hill)) / (2 * h)
    assert slope == pytest.approx(elasticity, rel=1e-6)


def test_walk_steps_are_linear_and_reach_the_last_week():
    basis = demand_basis(11, 4)
    assert basis.shape == (11, 3)
    assert basis.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert np.diff(basis[:, 2])[-2:] == pytest.approx([0.25, 0.25])


@pytest.fixture(scope="module")
def fits() -> list[tuple[ResponseShop, ResponseDraws]]:
    shops = [simulate_response(seed, channels=5, constant=1) for seed in range(100, 110)]
    return [(shop, fit_response(weeks_of(shop), draws=500, seed=1)) for shop in shops]


def test_intervals_hold_known_truth(fits):
    """90% intervals of 50 channels whose curves the model does not know hold 76% to 100%.

    Binomial bounds at 90% for 50 would be 80% to 98% if channels of a shop were independent.
    """
    for truth_of, draws_of in (
        (lambda s, f: s.elasticity(f.spend_now), lambda f: f.elasticity),
        (lambda s, f: s.counted(f.spend_now), lambda f: f.customers),
    ):
        inside = [
            np.abs((draws_of(fit) < truth_of(shop, fit)[:, None]).mean(axis=1) - 0.5) < 0.45
            for shop, fit in fits
        ]
        assert np.mean(inside) > 0.76


def test_elasticity_is_learnt_where_spend_varied_and_not_where_it_did_not(fits):
    error = np.array([f.elasticity.mean(axis=1) - s.elasticity(f.spend_now) for s, f in fits])
    assert abs(error.mean()) < 0.05
    assert np.abs(error[:, 1:]).mean() < 0.12
    known = np.array([fit.identified for _, fit in fits])
    assert not known[:, 0].any()
    assert known[:, 1:].mean() > 0.8
    ratio = np.array([fit.sd_ratio for _, fit in fits])
    assert (ratio[:, 0] > 1.3 * ratio[:, 1:].mean(axis=1)).mean() > 0.8


def test_planned_spend_does_not_pass_for_response():
    """Two channels that follow demand one for one: a naive regression reads far too much."""
    over, naive = [], []
    for seed in range(200, 205):
        shop = simulate_response(seed, channels=3, planning=1.5, swing=0.15, constant=0)
        data = weeks_of(shop)
        fit = fit_response(data, draws=300, seed=1)
        truth = shop.elasticity(fit.spend_now)
        over.append((fit.elasticity.mean(axis=1) - truth).mean())
        x = np.log(data.spend) - np.log(data.spend).mean(axis=0)
        y = np.log(data.customers + 0.5)
        naive.append(((x * (y - y.mean(axis=0))).sum(axis=0) / (x**2).sum(axis=0) - truth).mean())
    assert np.mean(naive) > 0.15
    assert abs(np.mean(over)) < 0.08


def test_prior_of_elasticity_by_quadrature():
    draws = prior_elasticity(draws=50_000)
    assert ((draws > 0) & (draws < 1)).all()
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    a, b, c = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    share = weights[:, None, None] * weights[None, :, None] * weights
    logit = 0.4 + 0.6 * a + np.exp(-0.6 + 0.5 * b) * c
    assert draws.mean() == pytest.approx(float((share * expit(logit)).sum()), abs=0.005)


def test_same_seed_same_draws_and_draws_are_counted(small):
    first, second = (fit_response(small, draws=200, seed=9) for _ in range(2))
    assert (first.elasticity == second.elasticity).all()
    assert (first.customers == second.customers).all()
    assert first.n_draws == 200
    assert first.status in (Status.PASS, Status.REVIEW)


@pytest.mark.parametrize("case", ["idle now", "no customers", "idle weeks", "one channel"])
def test_odd_channels_are_fitted(small, case):
    spend, customers, unpaid = small.spend.copy(), small.customers.copy(), small.unpaid
    if case == "idle now":
        spend[-8:, 0] = 0.0
    if case == "no customers":
        customers[:, 0] = 0.0
    if case == "idle weeks":
        spend[::2, 0] = 0.0
    data = replace(small, spend=spend, customers=customers)
    if case == "one channel":
        data = replace(
            small, channels=["A"], spend=spend[:, :1], customers=customers[:, :1],
            unpaid=0.0 * unpaid, coarse=small.coarse[:1],
        )  # fmt: skip
    fit = fit_response(data, draws=200)
    assert np.isfinite(fit.elasticity).all()
    assert np.isfinite(fit.customers[fit.spend_now > 0]).all()
    if case == "idle now":
        assert np.isnan(fit.customers[0]).all()
    if case == "no customers":
        assert fit.customers[0].mean() < 0.5
