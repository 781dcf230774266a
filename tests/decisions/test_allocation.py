"""Splits of a budget against brute force, and against SciPy where losses are averaged."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from workbench.decisions.allocation import (
    STEPS,
    Returns,
    allocate,
    allocate_against_worst,
    make_returns,
)
from workbench.decisions.geo_tests import GeoTest, geo_test_value, perfect_information


def power_returns(
    seed: int, channels: int = 3, draws: int = 400, spread: float = 0.2
) -> tuple[Returns, np.ndarray, np.ndarray]:
    """Value b (S / today)^e with random b and e; also returns b and e, shape (draws, channels)."""
    rng = np.random.default_rng(seed)
    today = rng.uniform(500, 2000, channels)
    power = rng.uniform(0.2, 0.9, channels) * np.ones((draws, 1))
    scale = today / power * rng.uniform(0.6, 1.6, channels)
    scale = scale * np.exp(spread * rng.normal(size=(draws, channels)))
    low, high = 0.8 * today, 1.2 * today
    grid = np.linspace(0, 1, STEPS + 1)[:, None] * (high - low) + low
    value = scale[:, None, :] * (grid / today) ** power[:, None, :]
    returns = make_returns(low, high, today, np.moveaxis(value, 0, 2), scale.T)
    return returns, scale, power


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.85, 1.0, 1.3])
def test_split_beats_every_split_of_a_grid(seed, share):
    """No split of a 41-point grid per channel earns more, to one part in 10,000."""
    returns, scale, power = power_returns(seed)
    total = share * returns.today.sum()
    best = allocate(returns, returns.value.mean(axis=0, keepdims=True), total)[0]
    assert best.sum() <= total + 1e-6
    assert (best >= returns.spend[0] - 1e-9).all()
    assert (best <= returns.spend[-1] + 1e-9).all()
    mean, e = scale.mean(axis=0), power[0]

    def profit(spend):
        return (mean * (spend / returns.today) ** e - spend).sum(axis=-1)

    axes = [np.linspace(0.8, 1.2, 41) * t for t in returns.today]
    tried = np.array(list(product(*axes)))
    tried = tried[tried.sum(axis=1) <= total + 1e-6]
    assert profit(best) >= profit(tried).max() - 1e-4 * returns.today.sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.floats(0.81, 1.5))
def test_money_is_never_overspent_and_more_never_hurts(seed, channels, share):
    returns, _, _ = power_returns(seed, channels, draws=5)
    total = share * returns.today.sum()
    smaller = allocate(returns, returns.value, total)
    larger = allocate(returns, returns.value, 1.1 * total)
    assert (smaller.sum(axis=1) <= total * (1 + 1e-9)).all()
    assert (smaller >= returns.spend[0] - 1e-6).all()
    gain = np.array([returns.change(s).sum(axis=1) for s in larger]).diagonal()
    base = np.array([returns.change(s).sum(axis=1) for s in smaller]).diagonal()
    assert (gain >= base - 1e-6).all()


def test_equal_marginal_values_inside_the_bounds():
    """Where no bound and no ceiling binds, the next unit brings exactly itself."""
    returns, _, power = power_returns(1, spread=0.0)
    scale_fit = returns.today / power[0] * np.array([0.95, 1.02, 1.05])
    value = scale_fit * (returns.spend / returns.today) ** power[0]
    best = allocate(returns, value[None], 10 * returns.today.sum())[0]
    marginal = scale_fit * power[0] / returns.today * (best / returns.today) ** (power[0] - 1)
    free = (best > returns.spend[0] + 1e-6) & (best < returns.spend[-1] - 1e-6)
    assert free.any()
    assert marginal[free] == pytest.approx(np.ones(free.sum()), abs=0.01)


def test_change_at_today_is_nothing_and_interpolation_is_exact_on_the_grid():
    returns, _, _ = power_returns(2)
    assert np.abs(returns.change(returns.today)).max() < 1e-9
    assert returns.at(returns.spend[7]) == pytest.approx(returns.value[:, 7])


@pytest.mark.parametrize("seed", range(4))
def test_worst_cases_against_brute_force(seed):
    """CVaR of the split is within 1% of spend's scale of the best of a 21-point grid."""
    returns, _, _ = power_returns(seed, channels=2, draws=300, spread=0.5)
    total, level = returns.today.sum(), 0.2

    def cvar(split):
        change = np.sort(returns.change(split).sum(axis=1))
        return change[: int(np.ceil(level * len(change)))].mean()

    axes = [np.linspace(0.8, 1.2, 21) * t for t in returns.today]
    best = max(cvar(np.array(s)) for s in product(*axes) if sum(s) <= total + 1e-6)
    assert cvar(allocate_against_worst(returns, total, level)) >= best - 1e-3 * total


def test_worst_cases_take_less_risk_than_the_mean():
    returns, _, _ = power_returns(5, channels=4, draws=500, spread=0.6)
    total = returns.today.sum()
    mean = allocate(returns, returns.value.mean(axis=0, keepdims=True), total)[0]
    safe = allocate_against_worst(returns, total, 0.1)
    tail = [np.sort(returns.change(s).sum(axis=1))[:50].mean() for s in (safe, mean)]
    assert tail[0] >= tail[1]


def test_regret_is_never_negative_and_matches_a_solver():
    returns, scale, power = power_returns(6, draws=20, spread=0.4)
    total = returns.today.sum()
    proposed = allocate(returns, returns.value.mean(axis=0, keepdims=True), total)[0]
    regret = perfect_information(returns, total, proposed)
    assert (regret >= -1e-9).all()
    for d in (0, 7):
        b, e, today = scale[d], power[d], returns.today

        def loss(r, b=b, e=e, today=today):
            return -(b * r**e - r * today).sum() / total

        found = minimize(
            loss,
            np.ones(3),
            bounds=[(0.8, 1.2)] * 3,
            constraints={"type": "ineq", "fun": lambda r, t=today: (total - r @ t) / total},
            method="SLSQP",
        )
        by_solver = -found.fun * total - (b * (proposed / today) ** e - proposed).sum()
        assert regret[d] == pytest.approx(by_solver, abs=1e-3 * total)


def test_what_a_test_is_worth():
    """A perfect test is worth about what perfect information of its channel is; noise, nothing."""
    returns, _, _ = power_returns(8, channels=2, draws=4000, spread=0.0)
    rng = np.random.default_rng(1)
    factor = np.exp(0.4 * rng.normal(size=4000))
    value = returns.value.copy()
    value[:, :, 0] *= factor[:, None]
    today = returns.value_today.copy()
    today[:, 0] *= factor
    uncertain = Returns(returns.spend, value, returns.today, today)
    total = 1.0 * returns.today.sum()
    prior = allocate(uncertain, value.mean(axis=0, keepdims=True), total)[0]
    evpi = perfect_information(uncertain, total, prior).mean()
    sharp = geo_test_value(uncertain, total, GeoTest(factor, 0.01, 0.0), seed=1)
    blunt = geo_test_value(uncertain, total, GeoTest(factor, 50.0, 0.0), seed=1)
    other = geo_test_value(uncertain, total, GeoTest(np.ones(4000), 0.01, 0.0), seed=1)
    assert evpi > 0
    assert sharp == pytest.approx(evpi, rel=0.15)
    assert blunt < 0.05 * evpi
    assert other < 0.05 * evpi
