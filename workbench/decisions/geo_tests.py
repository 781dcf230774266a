"""What a geo test of a channel would be worth to the budget, before it is run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.decisions.allocation import Returns, allocate

__all__ = ["GeoTest", "geo_test_value", "perfect_information"]


@dataclass(frozen=True)
class GeoTest:
    """A test that cuts a channel's spend in half of the regions.

    Attributes
    ----------
    lift : ndarray, shape (draws,)
        New customers that the treated regions lose during the test, by draw of the response.
    noise : float
        Standard deviation with which the test measures that.
    cost : float
        Expected True Profit given up during the test, currency; 0 where cutting spend gains.
    """

    lift: np.ndarray
    noise: float
    cost: float


def perfect_information(returns: Returns, total: float, proposed: np.ndarray) -> np.ndarray:
    """Regret of the proposal against the best split of each draw, currency a month, (draws,)."""
    best = allocate(returns, returns.value, total)
    return (returns.change(best) - returns.change(proposed)).sum(axis=1)


def geo_test_value(returns: Returns, total: float, test: GeoTest, *, seed: int) -> float:
    """Expected value of sample information, currency a month of use.

    Preposterior analysis by importance weights: for a result simulated from one half of the
    draws, the other half is weighted by how likely it makes the result, the budget is divided
    anew under those weights, and the new split is judged on the draw that the result came from.
    Nothing is judged on draws that chose it, so the estimate errs towards too little.

    Parameters
    ----------
    returns : Returns
    total : float
        Currency a month.
    test : GeoTest
    seed : int

    Returns
    -------
    float
        Never below 0: a result need not be used.
    """
    rng = np.random.default_rng([seed, 53])
    believed, true = slice(0, None, 2), slice(1, None, 2)
    result = test.lift[true] + test.noise * rng.normal(size=len(test.lift[true]))
    distance = (result[:, None] - test.lift[believed]) / test.noise
    weight = np.exp(-0.5 * (distance**2 - (distance**2).min(axis=1, keepdims=True)))
    weight /= weight.sum(axis=1, keepdims=True)
    values = returns.value[believed]
    belief = (weight @ values.reshape(len(values), -1)).reshape(-1, *values.shape[1:])
    informed = allocate(returns, belief, total)
    uninformed = allocate(returns, values.mean(axis=0, keepdims=True), total)
    judged = Returns(returns.spend, returns.value[true], returns.today, returns.value_today[true])
    gain = judged.change(informed).sum(axis=1) - judged.change(uninformed).sum(axis=1)
    return max(float(gain.mean()), 0.0)
