"""The fused kernel of purchase histories against the plain formula and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.models.families import bg, mbg, pareto
from workbench.models.histories import Histories
from workbench.models.kernels import history_kernel


def random_histories(rng: np.random.Generator, n_cells: int = 5, n_days: int = 120) -> Histories:
    rows = 300
    cell = np.sort(rng.integers(0, n_cells, rows))
    first = rng.integers(0, n_days - 20, rows)
    order = np.lexsort((first, cell))
    cell, first = cell[order], first[order]
    repeats = rng.integers(0, 6, rows) * rng.integers(0, 2, rows)
    last = np.where(repeats > 0, first + rng.integers(6, 19, rows), first)
    # Days between two days, as rows of several customers have them.
    part = rng.uniform(0, 1, rows) * rng.integers(0, 2, rows)
    days = {"first": first + part, "last": last + part}
    weight = rng.integers(1, 4, rows).astype(float)
    above = np.array([weight[repeats > j].sum() for j in range(repeats.max())])
    parts = [
        [weight[(cell == c) & (repeats > j)].sum() for j in range(repeats[cell == c].max())]
        for c in range(n_cells)
    ]
    return Histories(
        cell, days["first"], days["last"], repeats, weight, above,
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


def on(clock: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Operational time at days that may lie between two."""
    return np.interp(day, np.arange(len(clock)), clock)


@pytest.mark.parametrize(("code", "family"), [(1, mbg), (0, bg), (2, pareto)])
def test_fused_kernel_equals_the_plain_formula(code, family) -> None:
    (r, kappa, log_rate, logit, clock), data = kernel_inputs(3)
    plain = family.log_likelihood(
        data.repeats,
        on(clock, data.last) - on(clock, data.first),
        clock[-1] - on(clock, data.first),
        **family.natural(r, log_rate[data.cell], kappa, logit[data.cell]),
    )
    total = history_kernel(code, r, kappa, log_rate, logit, clock, *arrays(data))[0]
    assert total == pytest.approx(float((plain * data.weight).sum()), rel=1e-12)


@pytest.mark.parametrize("code", [1, 0, 2], ids=["MBG", "BG", "Pareto"])
def test_fused_gradient_equals_finite_differences(code) -> None:
    inputs, data = kernel_inputs(4)
    result = history_kernel(code, *inputs, *arrays(data))
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
                ends.append(history_kernel(code, *changed, *arrays(data))[0])
            assert derivative[i] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=2e-5,
                                                  abs=2e-4)  # fmt: skip
