"""Our vectorised logarithm and exponential against numpy's."""

from __future__ import annotations

import numpy as np

from workbench.models.vector_math import exp_negative, log_positive


def test_log_equals_numpy_over_all_sizes() -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([10.0 ** rng.uniform(-300, 300, 4000), rng.uniform(0.5, 2.0, 4000), [1.0]])
    out = np.empty(len(x))
    log_positive(x, out, len(x))
    assert np.allclose(out, np.log(x), rtol=4e-16, atol=3e-16)


def test_exp_equals_numpy_and_ends_at_minus_700() -> None:
    rng = np.random.default_rng(2)
    x = np.concatenate([-(10.0 ** rng.uniform(-12, 2.8, 8000)), [0.0, -700.0, -1e5, -1e300]])
    out = np.empty(len(x))
    exp_negative(x.copy(), out, len(x))
    assert np.allclose(out, np.exp(np.maximum(x, -700.0)), rtol=1e-15, atol=0)


def test_only_the_first_numbers_are_touched() -> None:
    out = np.full(4, 9.0)
    log_positive(np.ones(4), out, 2)
    assert out.tolist() == [0.0, 0.0, 9.0, 9.0]
