"""The Gamma-Gamma density against quadrature; its kernel against density and differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import digamma as scipy_digamma
from scipy.stats import gamma

from workbench.models.kernels import digamma, spend_kernel
from workbench.models.spend import expected_spend, gamma_rate, log_density
from workbench.models.spend_data import NODES, coarsen_spend, compress_spend, gauss_rule


@pytest.mark.parametrize(("z", "x", "p", "q", "mean"), [(40.0, 1, 3.0, 4.0, 50.0),
                         (12.0, 7, 0.8, 2.2, 30.0), (90.0, 3, 6.0, 1.5, 60.0)])  # fmt: skip
def test_density_is_the_integral_over_customers(
    z: float, x: int, p: float, q: float, mean: float
) -> None:
    rate = float(gamma_rate(mean, p, q))

    def given(nu: float) -> float:
        return float(gamma(p * x, scale=1 / (nu * x)).pdf(z) * gamma(q, scale=1 / rate).pdf(nu))

    integral = quad(given, 0, np.inf, limit=400)[0]
    ours = float(np.exp(log_density(z, x, p=p, q=q, gamma=rate)))
    assert ours == pytest.approx(integral, rel=1e-6)


def test_expected_spend_moves_from_the_population_to_the_customer() -> None:
    shape = {"p": 3.0, "q": 4.0, "gamma": float(gamma_rate(50.0, 3.0, 4.0))}
    assert expected_spend(0.0, 0, **shape) == pytest.approx(50.0)
    few, many = expected_spend(100.0, 1, **shape), expected_spend(100.0, 1000, **shape)
    assert 50.0 < few < many < 100.0
    assert many == pytest.approx(100.0, rel=1e-2)


def test_digamma_equals_scipy() -> None:
    points = np.array([1e-3, 0.1, 0.5, 1.0, 3.3, 6.0, 40.0, 1e5])
    ours = [digamma(point) for point in points]
    assert ours == pytest.approx(scipy_digamma(points), rel=1e-11, abs=1e-11)


def test_kernel_equals_density_and_differences() -> None:
    rng = np.random.default_rng(5)
    days = rng.integers(1, 9, 400)
    spend = rng.gamma(3.0, 1 / 3.0, 400)
    cell = rng.integers(0, 4, 400)
    data = compress_spend(cell, days, spend, 4).arrays().values()
    log_mean, p, q = rng.normal(0, 0.3, 4), 2.3, 3.1

    def kernel(p: float, q: float, log_mean: np.ndarray) -> tuple:
        return spend_kernel(p, q, log_mean, *data)

    total, d_p, d_q, d_mean = kernel(p, q, log_mean)
    rate = gamma_rate(np.exp(log_mean[cell]), p, q)
    assert total == pytest.approx(log_density(spend, days, p=p, q=q, gamma=rate).sum(), rel=1e-10)
    h = 1e-6
    assert d_p == pytest.approx((kernel(p + h, q, log_mean)[0] - kernel(p - h, q, log_mean)[0])
                                / (2 * h), rel=1e-5)  # fmt: skip
    assert d_q == pytest.approx((kernel(p, q + h, log_mean)[0] - kernel(p, q - h, log_mean)[0])
                                / (2 * h), rel=1e-5)  # fmt: skip
    for c in range(4):
        up, down = log_mean.copy(), log_mean.copy()
        up[c] += h
        down[c] -= h
        slope = (kernel(p, q, up)[0] - kernel(p, q, down)[0]) / (2 * h)
        assert d_mean[c] == pytest.approx(slope, rel=1e-5)


def test_gauss_rule_keeps_the_sums_of_polynomials() -> None:
    rng = np.random.default_rng(7)
    points, weights = rng.normal(2.0, 1.0, 300), rng.uniform(0.5, 2.0, 300)
    nodes, mass = gauss_rule(points, weights, 6)
    assert len(nodes) == 6
    assert np.all(mass > 0)
    for power in range(12):
        exact = (weights * points**power).sum()
        assert (mass * nodes**power).sum() == pytest.approx(exact, rel=1e-9)


def test_few_or_equal_spends_need_no_rule() -> None:
    points, weights = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert gauss_rule(points, weights, 6) == (points, weights)
    nodes, mass = gauss_rule(np.full(50, 3.7), np.ones(50), 6)
    assert nodes == pytest.approx([3.7])
    assert mass == pytest.approx([50.0])


@pytest.mark.parametrize(("sd", "nats"), [(0.2, 1e-6), (1.0, 1e-3), (2.0, 0.2)])
def test_compressed_spend_has_the_density_of_every_customer(sd: float, nats: float) -> None:
    """Spends over up to seven orders of magnitude, gamma far below, among and far above them."""
    rng = np.random.default_rng(8)
    n = 5_000
    days, cell = rng.geometric(0.3, n), rng.integers(0, 3, n)
    spend = rng.lognormal(0.0, sd, n)
    data = compress_spend(cell, days, spend, 3)
    assert len(data.cell) <= 3 * 2 * NODES
    for level in (-4.0, 0.0, 4.0):
        log_mean = np.array([level, level + 0.3, level - 0.2])
        for p, q in ((0.5, 1.5), (4.0, 3.0), (20.0, 40.0)):
            rate = gamma_rate(np.exp(log_mean[cell]), p, q)
            exact = log_density(spend, days, p=p, q=q, gamma=rate).sum()
            ours = spend_kernel(p, q, log_mean, *data.arrays().values())[0]
            assert ours == pytest.approx(exact, rel=1e-11, abs=nats)


def test_coarser_spend_keeps_all_moments_that_its_nodes_can():
    rng = np.random.default_rng(9)
    cell = np.repeat([0, 1, 2], [4000, 300, 5])
    days = rng.geometric(0.4, len(cell))
    spend = rng.gamma(3.0, 0.4, len(cell))
    fine = compress_spend(cell, days, spend, 3)
    wide = coarsen_spend(fine, nodes=4)
    assert len(wide.cell) == 2 * 2 * 4 + 5
    for weights in ("customers", "days"):
        for power in range(8):  # 2 x 4 - 1, the degree of Gauss's rule
            for c in range(3):
                sums = [
                    (getattr(part, weights) * np.log(part.spent) ** power)[part.cell == c].sum()
                    for part in (fine, wide)
                ]
                assert sums[1] == pytest.approx(sums[0], rel=1e-8, abs=1e-6)
