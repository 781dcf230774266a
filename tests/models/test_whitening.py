"""Coordinates for the sampler: they change how fast it explores, never what it finds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.customers import COHORTS, simulate_customers
from tests.models.test_density import made_up
from workbench.models.data import prepare
from workbench.models.density import LogDensity
from workbench.models.histories import coarsen
from workbench.models.laplace import curvature, laplace
from workbench.models.whitening import Whitened, whiten


@pytest.fixture(scope="module")
def density() -> LogDensity:
    return LogDensity(made_up(2500))


@pytest.fixture(scope="module")
def coordinates(density: LogDensity) -> Whitened:
    return whiten(density, laplace(density))


def test_the_map_has_its_own_volume_and_gradient(density, coordinates):
    rng = np.random.default_rng(1)
    z = rng.normal(0, 0.3, density.size)
    jacobian = np.empty((density.size, density.size))
    for k in range(density.size):
        step = np.eye(density.size)[k] * 1e-5
        jacobian[:, k] = (coordinates.point(z + step) - coordinates.point(z - step)) / 2e-5
    middle = np.zeros(density.size)
    volume = np.linalg.slogdet(jacobian)[1] - np.linalg.slogdet(coordinates.matrix)[1]
    value = density(coordinates.point(z))[0] - density(coordinates.point(middle))[0]
    # at the middle every spread is its anchor, so that the map there is the matrix alone
    assert coordinates(z)[0] - coordinates(middle)[0] == pytest.approx(value + volume, abs=1e-5)
    way = rng.normal(0, 1e-5, density.size)
    change = (coordinates(z + way)[0] - coordinates(z - way)[0]) / 2
    assert coordinates(z)[1] @ way == pytest.approx(change, rel=1e-4, abs=1e-9)


def test_coordinates_lead_back(density, coordinates):
    z = np.random.default_rng(2).normal(0, 1, density.size)
    assert coordinates.coordinates(coordinates.point(z)) == pytest.approx(z, abs=1e-9)


def test_the_approximation_lies_where_the_gradient_of_the_effects_is_none():
    customers, daily, as_of = simulate_customers(3000, 1)
    density = LogDensity(prepare(customers, daily, as_of=as_of, cohorts=COHORTS))
    found = laplace(density)
    spreads = np.unique(density.spread_of[density.spread_of >= 0])
    rest = np.setdiff1d(np.arange(density.size), spreads)
    slope = density(found.point)[1][rest]
    bend = curvature(density, found.point, rest)
    # within a fifth of a posterior standard deviation of the conditional mode
    assert np.sqrt(slope @ np.linalg.solve(bend, slope)) < 0.2 * np.sqrt(len(rest))
    assert (np.exp(found.point[spreads]) > 0.005).all()  # no spread has collapsed


def test_refining_makes_a_normal_posterior_standard():
    rng = np.random.default_rng(3)
    size = 30
    root = rng.normal(size=(size, size)) / 3 + np.diag(np.exp(rng.normal(0, 1.5, size)))
    precision = np.linalg.inv(root @ root.T)

    def normal(x):
        return -0.5 * x @ precision @ x, -precision @ x

    nowhere = np.full(size, -1)
    start = Whitened(normal, nowhere, np.zeros(size), np.zeros(size), np.zeros(size), np.eye(size))
    draws = rng.normal(size=(120, size)) @ root.T
    better = start.refined(draws)
    shape = better.matrix @ better.matrix.T
    ratios = np.linalg.eigvals(shape @ precision).real
    before = np.linalg.eigvals(precision).real
    assert ratios.max() / ratios.min() < 8
    assert before.max() / before.min() > 100


def test_coarser_rows_keep_customers_and_repeats(density):
    histories, calendar = density.data.histories, density.data.calendar
    wide = coarsen(histories, calendar, 0.6)
    assert len(wide.cell) < len(histories.cell)
    assert wide.weight.sum() == pytest.approx(histories.weight.sum())
    for name in ("first", "last", "repeats"):
        total = (getattr(histories, name) * histories.weight).sum()
        assert (getattr(wide, name) * wide.weight).sum() == pytest.approx(total, rel=1e-12)
    assert np.array_equal(wide.above, histories.above)
