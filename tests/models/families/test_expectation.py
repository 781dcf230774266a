"""Quadrature over heterogeneity: the moments that nodes and weights must have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import hyperu

from workbench.models.families.expectation import beta_nodes, discounted_lifetime, gamma_nodes

WIDE = 10.0 ** np.linspace(-4, 4, 33)


def test_beta_nodes_have_the_moments_of_beta() -> None:
    a, b = (axis.ravel() for axis in np.meshgrid(WIDE, WIDE))
    p, weight = beta_nodes(a, b)
    assert np.all((p > 0) & (p <= 1))
    assert weight.sum(axis=1) == pytest.approx(1.0, rel=1e-12)
    mean = a / (a + b)
    assert (p * weight).sum(axis=1) == pytest.approx(mean, rel=2e-8)
    assert ((1 - p) * weight).sum(axis=1) == pytest.approx(1 - mean, rel=2e-8)
    square = mean * (a + 1) / (a + b + 1)
    assert (p**2 * weight).sum(axis=1) == pytest.approx(square, rel=1e-7)


def test_gamma_nodes_have_the_moments_of_gamma() -> None:
    y, weight = gamma_nodes(WIDE)
    assert np.all(y > 0)
    assert weight.sum(axis=1) == pytest.approx(1.0, rel=1e-12)
    assert (y * weight).sum(axis=1) == pytest.approx(WIDE, rel=2e-8)
    assert (y**2 * weight).sum(axis=1) == pytest.approx(WIDE * (WIDE + 1), rel=1e-7)


@pytest.mark.parametrize("s", [0.05, 0.606, 1.0, 1.0 + 1e-9, 2.5, 40.0])
@pytest.mark.parametrize("scale", [0.5, 12.0, 600.0])
def test_discounted_lifetime_is_the_integral_of_survival(s: float, scale: float) -> None:
    delta = 0.0025

    def survival(log_t: float) -> float:
        t = np.exp(log_t)
        return float(t * np.exp(-delta * t) * (1 + t / scale) ** -s)

    # In log time both ends fall off exponentially: cut at exp(-28) of the scale, exp(-30) of now.
    low, high = np.log(scale) - 28, np.log(30 / delta)
    want = quad(survival, low, high, points=[np.log(scale / s)], epsabs=0, epsrel=1e-11, limit=500)
    got = float(discounted_lifetime(delta, s, scale))
    assert got == pytest.approx(want[0], rel=1e-8)


def test_discounted_lifetime_is_tricomis_function() -> None:
    """Psi(1, 2 - s; z), where SciPy delivers it: it is off by up to 9% for other s and z."""
    s, z = 0.606, 0.0025 * np.array([12.0, 50.0, 600.0])
    want = z / 0.0025 * hyperu(1.0, 2.0 - s, z)
    assert discounted_lifetime(0.0025, s, z / 0.0025) == pytest.approx(want, rel=1e-7)
