"""A surrogate agrees with the density it stands in for, or is found out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.benchmarks.customers import simulate_customers
from tests.models.test_density import made_up
from workbench.models import sampling
from workbench.models.data import prepare
from workbench.models.density import LogDensity
from workbench.models.histories import coarsen
from workbench.models.laplace import curvature, laplace
from workbench.models.settings import SamplerSettings
from workbench.models.surrogate import Surrogate, surrogate, unlike

SHORT = SamplerSettings(chains=2, draws=100, tune=50, longer=False)


def widened(exact: LogDensity) -> LogDensity:
    """The density of wider rows."""
    data = exact.data
    return LogDensity(replace(data, histories=coarsen(data.histories, data.calendar, 0.6)))


@pytest.fixture(scope="module")
def exact() -> LogDensity:
    return LogDensity(made_up(2500))


@pytest.fixture(scope="module")
def rough(exact: LogDensity) -> LogDensity:
    return widened(exact)


@pytest.fixture(scope="module")
def middle(exact: LogDensity) -> np.ndarray:
    return laplace(exact).point


@pytest.fixture(scope="module")
def near(exact: LogDensity, rough: LogDensity, middle: np.ndarray) -> Surrogate:
    return surrogate(exact, rough, middle)


def test_slope_and_curvature_are_those_of_the_exact_density(exact, rough, near, middle):
    assert near(middle)[1] == pytest.approx(exact(middle)[1], abs=1e-8)
    everything = np.arange(exact.size)
    wanted = curvature(exact, middle, everything)
    without = np.abs(curvature(rough, middle, everything) - wanted).max()
    assert np.abs(curvature(near, middle, everything) - wanted).max() < 0.01 * without


def test_what_is_left_is_of_third_order(exact, near, middle):
    way = np.random.default_rng(4).normal(0, 0.1, exact.size)

    def left(step: float) -> float:
        there = middle + step * way
        change = exact(there)[0] - exact(middle)[0]
        return abs(change - (near(there)[0] - near(middle)[0]))

    assert left(1.0) < 0.2
    assert left(0.5) < left(1.0) / 5  # an eighth, but for the fourth order


def test_the_gradient_is_that_of_the_value(near, middle):
    rng = np.random.default_rng(5)
    point = middle + rng.normal(0, 0.1, near.size)
    way = rng.normal(0, 1e-5, near.size)
    change = (near(point + way)[0] - near(point - way)[0]) / 2
    assert near(point)[1] @ way == pytest.approx(change, rel=1e-4, abs=1e-9)


def test_being_unlike_bounds_how_far_means_are_off():
    draws = np.random.default_rng(6).normal(size=(200_000, 1))
    shift = 0.1

    def exact(x: np.ndarray) -> tuple[float, np.ndarray]:
        return -0.5 * float((x[0] - shift) ** 2), shift - x

    def other(x: np.ndarray) -> tuple[float, np.ndarray]:
        return -0.5 * float(x[0] ** 2), -x

    # the weights are exp(shift x - shift^2 / 2); means are off by `shift` standard deviations
    off = unlike(exact, other, draws[:5_000])
    assert off == pytest.approx(np.sqrt(np.expm1(shift**2)), rel=0.05)
    assert off > shift
    assert unlike(exact, exact, draws[:100]) == 0.0


def test_the_sampler_takes_the_surrogate_only_where_it_is_like(monkeypatch):
    customers, daily, as_of = simulate_customers(3000, 1)
    exact = LogDensity(prepare(customers, daily, as_of=as_of, cohorts=("channel",)))
    seen = []

    def watched(*args, **kwargs):
        seen.append(unlike(*args, **kwargs))
        return seen[-1]

    monkeypatch.setattr(sampling, "EXACT_ROWS", 100)
    monkeypatch.setattr(sampling, "ROUGH_TOLERANCES", (0.15,))
    monkeypatch.setattr(sampling, "unlike", watched)
    monkeypatch.setattr(sampling, "MOST_OFF", np.inf)
    trusted = sampling.sample_points(exact, SHORT)
    monkeypatch.setattr(sampling, "MOST_OFF", -1.0)
    distrusted = sampling.sample_points(exact, SHORT)
    assert 0.0 < seen[0] < 0.5
    assert seen[1] == seen[0]
    assert (trusted.off, distrusted.off) == (seen[0], 0.0)
    assert not np.array_equal(trusted.points, distrusted.points)
    # both are draws of one posterior: means differ by Monte Carlo error
    one, other = (run.points.reshape(-1, exact.size) for run in (trusted, distrusted))
    apart = (one.mean(axis=0) - other.mean(axis=0)) / other.std(axis=0)
    assert np.sqrt((apart**2).mean()) < 0.3
