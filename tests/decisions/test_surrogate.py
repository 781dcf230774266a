from __future__ import annotations

import numpy as np
import pytest

from workbench.decisions.surrogate import fit_surrogate
from workbench.errors import WorkbenchError


def customers(rng, n=2000):
    first = rng.gamma(2, 20, n)
    return first, 5 + 1.4 * first + (0.2 * first + 3) * rng.normal(size=n)


def test_regression_is_least_squares():
    x, y = customers(np.random.default_rng(1))
    found = fit_surrogate(np.append(x, np.nan), np.append(y, 3.0))
    slope, level = np.polyfit(x, y, 1)
    assert found.coefficients == pytest.approx([level, slope])
    assert found.customers == 2000
    assert found.explained == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)


def test_standard_errors_hold_under_unequal_variances():
    rng = np.random.default_rng(2)
    found = [fit_surrogate(*customers(rng, 400)) for _ in range(600)]
    spread = np.cov(np.array([one.coefficients for one in found]).T)
    stated = np.mean([one.covariance for one in found], axis=0)
    assert stated[1, 1] == pytest.approx(spread[1, 1], rel=0.2)
    assert stated[0, 0] == pytest.approx(spread[0, 0], rel=0.2)
    carry = found[0].carry(100_000, rng)
    assert carry.mean() == pytest.approx(found[0].coefficients[1], rel=0.01)


def test_index_of_an_arm_and_its_variance():
    rng = np.random.default_rng(3)
    model = fit_surrogate(*customers(rng))
    ordered = rng.random(400_000) < 0.08
    value = ordered * rng.gamma(2, 20, 400_000)
    each = model.coefficients[0] * ordered + model.coefficients[1] * value
    arm = (ordered.mean(), value.mean())
    assert model.index(*arm) == pytest.approx(each.mean())
    assert model.variance(*arm, value.std()) == pytest.approx(each.var(), rel=1e-6)


@pytest.mark.parametrize(("x", "y"), [(np.arange(20.0), np.arange(20.0)),
                                      (np.ones(200), np.arange(200.0))])  # fmt: skip
def test_too_little_is_refused_in_words(x, y):
    with pytest.raises(WorkbenchError, match="cannot carry a surrogate index"):
        fit_surrogate(x, y)
