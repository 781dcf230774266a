"""The compiled Pareto/NBD term: its value, its gradient, over all that fits may meet."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln

from workbench.models.families import pareto
from workbench.models.families.dropout import log_dropout_integral
from workbench.models.families.pareto_kernel import pareto_term

NAMES = ("x", "t_x", "T", "r", "alpha", "s", "beta")


def cloud(n: int, seed: int) -> np.ndarray:
    """Histories and parameters, one per row, over the range that the kernel states."""
    rng = np.random.default_rng(seed)
    r, s = 10 ** rng.uniform(np.log10(0.05), np.log10(5), (2, n))
    alpha, beta = 10 ** rng.uniform(np.log10(0.5), np.log10(500), (2, n))
    beta = np.where(rng.random(n) < 0.1, alpha, beta)
    T = 10 ** rng.uniform(-1, np.log10(600), n)
    x = rng.choice([0, 0, 1, 3, 30, 300], n)
    recency = np.where(rng.random(n) < 0.5, rng.choice([0.01, 0.9, 0.999, 1], n), rng.random(n))
    return np.column_stack([x, np.where(x > 0, T * recency, 0.0), T, r, alpha, s, beta])


def terms(rows: np.ndarray) -> np.ndarray:
    return np.array([pareto_term(*row) for row in rows])


def test_value_is_the_log_likelihood_but_for_what_has_no_times() -> None:
    rows = cloud(3000, seed=1)
    x, t_x, T, r, alpha, s, beta = rows.T
    whole = pareto.log_likelihood(x, t_x, T, r=r, alpha=alpha, s=s, beta=beta)
    rest = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    # The difference of two numbers of up to 2,000 is itself only good to 1e-12 or so.
    assert terms(rows)[:, 0] == pytest.approx(whole - rest, rel=0, abs=1e-8)


def test_derivatives_equal_those_under_the_integral() -> None:
    """By alpha, beta and the two times: the same integral with another exponent, or an end."""
    rows = cloud(3000, seed=2)
    x, t_x, T, r, alpha, s, beta = rows.T
    value, _, d_alpha, _, d_beta, d_tx, d_T = terms(rows).T
    m = r + x
    alive = np.exp(-m * np.log(alpha + T) - s * np.log(beta + T) - value)
    by_alpha = s * np.exp(log_dropout_integral(m + 1, alpha, s + 1, beta, t_x, T) - value)
    by_beta = s * np.exp(log_dropout_integral(m, alpha, s + 2, beta, t_x, T) - value)
    at_last = s * np.exp(-m * np.log(alpha + t_x) - (s + 1) * np.log(beta + t_x) - value)
    assert d_alpha == pytest.approx(-m * (alive / (alpha + T) + by_alpha), rel=1e-7)
    assert d_beta == pytest.approx(-alive * s / (beta + T) - (s + 1) * by_beta, rel=1e-7)
    assert d_tx == pytest.approx(-at_last, rel=1e-7)
    assert d_T == pytest.approx(-alive * m / (alpha + T), rel=1e-7)


@pytest.mark.parametrize("seed", range(30))
def test_gradient_equals_finite_differences_of_adaptive_quadrature(seed: int) -> None:
    row = cloud(1, seed)[0]
    if row[1] == row[2]:
        row[1] *= 0.9  # where a step would put the last purchase after the end

    def plain(row: np.ndarray) -> float:
        x, t_x, T, r, alpha, s, beta = row
        m = r + x

        def relative(v: float) -> float:
            u = (alpha + t_x) * np.exp(v) - alpha
            height = (s + 1) * np.log((beta + u) / (beta + t_x)) + (m - 1) * v
            return float(np.exp(-height))

        end = np.log((alpha + T) / (alpha + t_x))
        inside = quad(relative, 0, end, epsabs=0, epsrel=1e-12, limit=500,
                      points=[min(end / 2, 5 / m)])[0]  # fmt: skip
        first = np.log(s) - (s + 1) * np.log(beta + t_x) - (m - 1) * np.log(alpha + t_x)
        alive = -m * np.log(alpha + T) - s * np.log(beta + T)
        return float(np.logaddexp(alive, first + np.log(inside)))

    result = pareto_term(*row)
    assert result[0] == pytest.approx(plain(row), rel=0, abs=1e-8)
    for name, derivative in zip(
        ("r", "alpha", "s", "beta", "t_x", "T"), (*result[1:],), strict=True
    ):
        k = NAMES.index(name)
        if name == "t_x" and row[0] == 0:
            continue  # zero by definition
        size = (
            min(1e-4 * row[k], 0.1 * (row[2] - row[1])) if name in ("t_x", "T") else 1e-4 * row[k]
        )
        step = np.zeros(7)
        step[k] = size
        near = plain(row + step) - plain(row - step)
        far = plain(row + 2 * step) - plain(row - 2 * step)
        # Fourth order: the rounding of values up to 2,000 is what limits it.
        noise = 1e-12 * (1 + abs(result[0])) / size
        assert derivative == pytest.approx((8 * near - far) / (12 * size), rel=1e-6, abs=noise)


def test_a_purchase_at_the_very_end_leaves_no_time_to_drop_out() -> None:
    x, T, r, alpha, s, beta = 4.0, 30.0, 0.6, 8.0, 0.7, 12.0
    at_end = pareto_term(x, T, T, r, alpha, s, beta)
    assert at_end[0] == pytest.approx(-(r + x) * np.log(38.0) - s * np.log(42.0), rel=1e-14)
    just_before = pareto_term(x, T * (1 - 1e-12), T, r, alpha, s, beta)
    assert at_end == pytest.approx(just_before, rel=1e-9)


def test_rules_of_different_length_meet() -> None:
    """Where a longer history takes the next rule, the value goes on as its derivative says."""
    T = np.linspace(0.0, 600.0, 6001)[1:]
    rows = np.array([[0.0, 0.0, t, 0.553, 10.578, 0.606, 11.669] for t in T])
    out = terms(rows)
    value, slope = out[:, 0], out[:, 6]
    # Trapezoids of a smooth slope; a jump of 1e-8 in value would show.
    increase = np.diff(value)
    predicted = np.diff(T) * (slope[1:] + slope[:-1]) / 2
    curvature = np.abs(np.diff(slope, prepend=slope[0]))[1:] * np.diff(T)
    assert np.all(np.abs(increase - predicted) < 0.02 * curvature + 2e-9)
