"""The purchase formulas against quadrature, published results and the fused kernel."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import betaln, hyp2f1
from scipy.stats import gamma

from workbench.models.families import bg, mbg
from workbench.models.histories import Histories
from workbench.models.kernels import history_kernel

CASES = [
    # x, t_x, T, r, alpha, a, b
    (0, 0.0, 30.0, 0.6, 8.0, 0.9, 2.0),
    (0, 0.0, 0.5, 0.24, 4.4, 0.8, 2.4),
    (1, 3.0, 30.0, 0.6, 8.0, 1.0, 2.4),
    (3, 20.0, 30.0, 0.6, 8.0, 0.05, 3.0),
    (5, 30.0, 30.0, 1.5, 3.0, 2.2, 0.3),
    (12, 40.0, 52.0, 2.0, 10.0, 0.5, 0.5),
]


def individual_mbg(x: int, t_x: float, T: float, rate: float, p: float) -> float:
    """Likelihood of one customer with known rate and dropout, from the story itself."""
    still = (1 - p) ** (x + 1) * rate**x * np.exp(-rate * T)
    gone = p * (1 - p) ** x * rate**x * np.exp(-rate * t_x)
    return still + gone


@pytest.mark.parametrize("case", CASES)
def test_mbg_likelihood_is_the_integral_over_customers(case: tuple[float, ...]) -> None:
    x, t_x, T, r, alpha, a, b = case

    def over_rate(p: float) -> float:
        density = gamma(r, scale=1 / alpha)
        # Substituting the quantile removes the pole of the gamma density at zero.
        return quad(lambda u: individual_mbg(int(x), t_x, T, density.ppf(u), p), 0, 1, limit=400)[0]

    # The poles of the beta density sit in the rule's own weight.
    poles = {"weight": "alg", "wvar": (a - 1, b - 1)}
    integral = quad(over_rate, 0, 1, limit=200, **poles)[0] / np.exp(betaln(a, b))
    ours = mbg.log_likelihood(x, t_x, T, r=r, alpha=alpha, a=a, b=b)
    assert np.exp(ours) == pytest.approx(integral, rel=2e-4)


@pytest.mark.parametrize("case", [case for case in CASES if case[5] != 1.0])
@pytest.mark.parametrize("t", [1.0, 52.0])
def test_expectations_equal_the_hypergeometric_form(case: tuple[float, ...], t: float) -> None:
    x, t_x, T, r, alpha, a, b = case
    shape = {"r": r, "alpha": alpha, "a": a, "b": b}
    new = b / (a - 1) * (1 - (alpha / (alpha + t)) ** r * hyp2f1(r, b + 1, a + b, t / (alpha + t)))
    assert mbg.expected_purchases_new(t, **shape) == pytest.approx(new, rel=1e-5)
    alive = mbg.p_alive(x, t_x, T, **shape)
    ratio = ((alpha + T) / (alpha + T + t)) ** (r + x)
    series = hyp2f1(r + x, b + x + 1, a + b + x, t / (alpha + T + t))
    conditional = alive * (a + b + x) / (a - 1) * (1 - ratio * series)
    assert mbg.expected_purchases(t, x, t_x, T, **shape) == pytest.approx(conditional, rel=1e-6)


def test_expectations_are_smooth_through_a_equal_to_one() -> None:
    near = [
        float(mbg.expected_purchases_new(39.0, r=0.24, alpha=4.4, a=a, b=2.4))
        for a in (1 - 1e-6, 1.0, 1 + 1e-6)
    ]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-9)


def test_new_customer_expectation_equals_simulation() -> None:
    rng = np.random.default_rng(1)
    n, r, alpha, a, b, t = 200_000, 0.8, 10.0, 0.9, 2.0, 52.0
    rate, p = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    count = np.zeros(n)
    clock = np.zeros(n)
    active = rng.random(n) > p
    while active.any():
        who = np.flatnonzero(active)
        clock[who] += rng.exponential(1 / rate[who])
        inside = clock[who] <= t
        count[who[inside]] += 1
        active[who] = inside & (rng.random(len(who)) > p[who])
    expected = float(mbg.expected_purchases_new(t, r=r, alpha=alpha, a=a, b=b))
    error = count.std() / np.sqrt(n)
    assert abs(count.mean() - expected) < 4 * error
    once = float(mbg.repeat_rate(t, r=r, alpha=alpha, a=a, b=b))
    assert abs((count > 0).mean() - once) < 4 * np.sqrt(once * (1 - once) / n)


def test_p_alive_falls_with_time_for_one_time_buyers() -> None:
    shape = {"r": 0.6, "alpha": 8.0, "a": 0.9, "b": 2.0}
    alive = mbg.p_alive(0, 0.0, np.array([0.0, 10.0, 100.0, 1000.0]), **shape)
    assert np.all(np.diff(alive) < 0)
    assert np.all(bg.p_alive(0, 0.0, np.array([0.0, 1000.0]), **shape) == 1.0)
    assert np.isfinite(mbg.p_alive(5000, 10.0, 500.0, **shape))


def cdnow_summary() -> pd.DataFrame:
    """The published 1/10 sample of CDNOW, as shipped with lifetimes (weeks)."""
    spec = find_spec("lifetimes")
    if spec is None or spec.origin is None:
        pytest.skip("the published CDNOW sample comes with lifetimes (extra `peers`)")
    path = Path(spec.origin).parent / "datasets" / "cdnow_customers_summary.csv"
    return pd.read_csv(path)


def test_bg_nbd_reproduces_the_published_cdnow_parameters() -> None:
    """Fader, Hardie and Lee (2005), table 2: r 0.243, alpha 4.414, a 0.793, b 2.426."""
    data = cdnow_summary()
    x, t_x, T = (data[name].to_numpy(float) for name in ("frequency", "recency", "T"))

    def loss(log_parameters: np.ndarray) -> float:
        r, alpha, a, b = np.exp(log_parameters)
        return -float(bg.log_likelihood(x, t_x, T, r=r, alpha=alpha, a=a, b=b).sum())

    best = minimize(loss, np.log([0.5, 5.0, 1.0, 2.0]), method="Nelder-Mead",
                    options={"maxiter": 4000, "xatol": 1e-7, "fatol": 1e-9})  # fmt: skip
    assert np.exp(best.x) == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=2e-3)
    assert -best.fun == pytest.approx(-9582.4, abs=0.1)


def random_histories(rng: np.random.Generator, n_cells: int = 5, n_days: int = 120) -> Histories:
    rows = 300
    cell = np.sort(rng.integers(0, n_cells, rows))
    first = rng.integers(0, n_days - 20, rows)
    order = np.lexsort((first, cell))
    cell, first = cell[order], first[order]
    repeats = rng.integers(0, 6, rows) * rng.integers(0, 2, rows)
    last = np.where(repeats > 0, first + rng.integers(6, 20, rows), first)
    weight = rng.integers(1, 4, rows).astype(float)
    above = np.array([weight[repeats > j].sum() for j in range(repeats.max())])
    parts = [
        [weight[(cell == c) & (repeats > j)].sum() for j in range(repeats[cell == c].max())]
        for c in range(n_cells)
    ]
    return Histories(
        cell, first, last, repeats, weight, above,
        np.cumsum([0, *(len(p) for p in parts)]), np.concatenate(parts).astype(float),
        np.bincount(cell, weight, n_cells),
    )  # fmt: skip


def kernel_inputs(seed: int) -> tuple[list, Histories]:
    rng = np.random.default_rng(seed)
    data = random_histories(rng)
    clock = np.cumsum(rng.uniform(0.5, 1.5, 120)) / 7
    return [0.6, 2.5, rng.normal(-2.5, 0.4, 5), rng.normal(-0.6, 0.5, 5), clock], data


def arrays(data: Histories) -> list[np.ndarray]:
    return list(data.arrays().values())


def test_fused_kernel_equals_the_plain_formula() -> None:
    (r, kappa, log_rate, logit, clock), data = kernel_inputs(3)
    drop = 1 / (1 + np.exp(-logit[data.cell]))
    plain = mbg.log_likelihood(
        data.repeats,
        clock[data.last] - clock[data.first],
        clock[-1] - clock[data.first],
        r=r,
        alpha=r * np.exp(-log_rate[data.cell]),
        a=kappa * drop,
        b=kappa * (1 - drop),
    )
    total = history_kernel(r, kappa, log_rate, logit, clock, *arrays(data))[0]
    assert total == pytest.approx(float((plain * data.weight).sum()), rel=1e-12)


def test_fused_gradient_equals_finite_differences() -> None:
    inputs, data = kernel_inputs(4)
    result = history_kernel(*inputs, *arrays(data))
    step = 1e-6
    for k, value in enumerate(inputs):
        flat = np.atleast_1d(np.asarray(value, float))
        derivative = np.atleast_1d(np.asarray(result[k + 1]))
        for i in range(len(flat)):
            ends = []
            for sign in (1, -1):
                moved = flat.copy()
                moved[i] += sign * step
                changed = [*inputs]
                changed[k] = moved if np.ndim(value) else float(moved[0])
                ends.append(history_kernel(*changed, *arrays(data))[0])
            assert derivative[i] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=2e-5,
                                                  abs=2e-4)  # fmt: skip
