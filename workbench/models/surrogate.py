# mypy: disable-error-code="no-untyped-def"
"""A cheap density that stands in for an exact one where the posterior lies, and proof that it does.

With many customers the posterior is narrow, and there the likelihood of a few thousand wide rows
differs from that of all distinct histories by little more than a paraboloid. That difference is
computed once, at the middle of the posterior, and added: what is left is of third order. How much
is left is measured at draws, so that nobody has to believe it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit

from workbench.models.density import LogDensity
from workbench.models.laplace import curvature

__all__ = ["Surrogate", "add_paraboloid", "surrogate", "unlike"]


@dataclass(frozen=True)
class Surrogate:
    """A rough density, plus slope and curvature of what it lacks at a point.

    Attributes
    ----------
    rough : LogDensity
    at : ndarray, shape (size,)
        Where it agrees with the exact density in slope and curvature.
    slope : ndarray, shape (size,)
        Gradient of the exact density less that of the rough one there.
    bend : ndarray, shape (size, size)
        Second derivatives of the same difference, or zeros.
    """

    rough: LogDensity
    at: np.ndarray
    slope: np.ndarray
    bend: np.ndarray

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.rough.size

    def __call__(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density, up to a constant, and its gradient."""
        value, gradient = self.rough(point)
        return value + add_paraboloid(point, self.at, self.slope, self.bend, gradient), gradient


# Compiled, as samplers call it from threads of their own; see `workbench.models.whitening`.
@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def add_paraboloid(point, at, slope, bend, gradient):
    """Value of the paraboloid; its gradient is added to `gradient`."""
    size = point.shape[0]
    away = point - at
    value = 0.0
    for i in range(size):
        turn = 0.0
        for j in range(size):
            turn += bend[i, j] * away[j]
        value += away[i] * (slope[i] + 0.5 * turn)
        gradient[i] += slope[i] + turn
    return value


def surrogate(
    exact: LogDensity, rough: LogDensity, at: np.ndarray, *, bent: bool = True
) -> Surrogate:
    """Make `rough` agree with `exact` at a point in slope and, where `bent`, in curvature."""

    def lacking(point: np.ndarray) -> tuple[float, np.ndarray]:
        one, other = exact(point), rough(point)
        return one[0] - other[0], one[1] - other[1]

    everything = np.arange(rough.size)
    bend = -curvature(lacking, at, everything) if bent else np.zeros((rough.size, rough.size))
    return Surrogate(rough, at, lacking(at)[1], bend)


def unlike(
    exact: Callable[[np.ndarray], tuple[float, np.ndarray]],
    other: Callable[[np.ndarray], tuple[float, np.ndarray]],
    draws: np.ndarray,
) -> float:
    """How far means may be off that are taken over draws of another density than the exact one.

    Returns
    -------
    float
        Standard deviation of the weights that would correct the draws, relative to their mean. The
        mean of any function of the parameters is off by at most this many of its own posterior
        standard deviations: the difference of both means is the covariance of weight and function
        (Cauchy and Schwarz).
    """
    with ThreadPoolExecutor(2) as pool:
        log_ratio = np.array(list(pool.map(lambda x: exact(x)[0] - other(x)[0], draws)))
    weight = np.exp(log_ratio - log_ratio.max())
    return float(weight.std() / weight.mean())
