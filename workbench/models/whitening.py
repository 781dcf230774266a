# mypy: disable-error-code="no-untyped-def"
"""Coordinates in which a posterior is nearly a standard normal, for the sampler to work in.

Two things make a hierarchical posterior slow to explore. Effects and their spread hang together,
in one way where data say much about the effects and in another where they say little: each group
of effects is sampled in the form between the two that its data ask for. And what is left is
correlated: a linear map takes that out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from workbench.models.density import LogDensity
from workbench.models.laplace import Approximation, curvature

__all__ = ["Whitened", "by_coordinates", "place", "whiten"]

#: Directions are taken to be at most this much wider than the scales of the parameters say.
FLOOR = 0.02


@dataclass(frozen=True)
class Whitened:
    """A density in other coordinates; called as it is, with value and gradient there.

    A point z stands for x = centre + matrix z, in which every free value of an effect is then
    multiplied by the power `power` of its spread over `anchor`.

    Attributes
    ----------
    density : callable
        Log density and gradient at a point.
    spread_of : ndarray of int, shape (size,)
        Where the log spread of each free value is; -1 for what is no free value.
    power : ndarray, shape (size,)
    anchor : ndarray, shape (size,)
        Log spread at which the map changes nothing.
    centre : ndarray, shape (size,)
    matrix : ndarray, shape (size, size)

    References
    ----------
    Papaspiliopoulos, Roberts and Sköld (2007), Statistical Science 22(1), on forms between centred
    and standardised; Gorinova, Moore and Hoffman (2020), ICML.
    """

    density: Callable[[np.ndarray], tuple[float, np.ndarray]]
    spread_of: np.ndarray
    power: np.ndarray
    anchor: np.ndarray
    centre: np.ndarray
    matrix: np.ndarray

    def point(self, z: np.ndarray) -> np.ndarray:
        """Parameters that z stands for; leading axes are kept."""
        x = self.centre + z @ self.matrix.T
        return np.asarray(x * np.exp(self._log_scale(x)))

    def coordinates(self, point: np.ndarray) -> np.ndarray:
        """The z of parameters, leading axes kept; the inverse of `point`."""
        x = point * np.exp(-self._log_scale(point)) - self.centre
        flat = np.linalg.solve(self.matrix, x.reshape(-1, x.shape[-1]).T).T
        return np.ascontiguousarray(flat.reshape(x.shape))

    def _log_scale(self, x: np.ndarray) -> np.ndarray:
        log_spread = x[..., np.maximum(self.spread_of, 0)]
        return np.asarray(self.power * (log_spread - self.anchor))

    def __call__(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density of z, up to a constant, and its gradient."""
        form = (self.spread_of, self.power)
        point, scale, volume = place(z, self.centre, self.matrix, self.anchor, *form)
        value, slope = self.density(point)
        return value + volume, by_coordinates(slope, point, scale, self.matrix, *form)

    def refined(self, z: np.ndarray) -> Whitened:
        """Better coordinates, from draws z of shape (draws, size) in these.

        The linear map that makes the draws and the gradients there alike: for a normal posterior
        it is exact from some `size` draws on, far fewer than their covariance alone would take.
        Directions that few draws speak of are left as they are.

        References
        ----------
        The geometric mean of covariance and inverse covariance of gradients minimises the Fisher
        divergence from a standard normal; nutpie adapts its mass matrix by the same principle.
        """
        slope = np.array([self(row)[1] for row in z])
        centre = z.mean(axis=0)
        draws, gradients = z - centre, slope - slope.mean(axis=0)
        unit = ((draws**2).mean(axis=0) / (gradients**2).mean(axis=0)) ** 0.25
        covariance = _regular(draws / unit)
        precision = _regular(gradients * unit)
        root, inverse = _roots(precision)
        middle, _ = _roots(root @ covariance @ root)
        shape, _ = _roots(inverse @ middle @ inverse)
        step = unit[:, None] * shape
        return replace(self, centre=self.centre + self.matrix @ centre, matrix=self.matrix @ step)


# Compiled, as samplers call these from threads of their own: those are small, which libraries for
# linear algebra do not expect, and should not wait for each other.
@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def place(z, centre, matrix, anchor, spread_of, power):
    """Parameters that z stands for, what multiplied each, and the log of the map's volume."""
    size = z.shape[0]
    x = np.empty(size)
    for i in range(size):
        total = 0.0
        for j in range(size):
            total += matrix[i, j] * z[j]
        x[i] = centre[i] + total
    point, scale, volume = np.empty(size), np.empty(size), 0.0
    for i in range(size):
        log_scale = power[i] * (x[max(spread_of[i], 0)] - anchor[i])
        volume += log_scale
        scale[i] = np.exp(log_scale)
        point[i] = x[i] * scale[i]
    return point, scale, volume


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
def by_coordinates(slope, point, scale, matrix, spread_of, power):
    """Gradient by z from that by the parameters; the map's volume depends on the spreads."""
    size = slope.shape[0]
    by_x = slope * scale
    for i in range(size):
        by_x[max(spread_of[i], 0)] += power[i] * (slope[i] * point[i] + 1.0)
    by_z = np.zeros(size)
    for i in range(size):
        for j in range(size):
            by_z[j] += matrix[i, j] * by_x[i]
    return by_z


def _regular(rows: np.ndarray) -> np.ndarray:
    """Mean of outer products, with one more row's weight on the identity."""
    n, size = rows.shape
    return np.asarray((rows.T @ rows + np.eye(size)) / (n + 1))


def _roots(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Square root of a positive matrix and the inverse of that root, both symmetric."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    root = np.sqrt(np.maximum(values, 1e-10))
    return (vectors * root) @ vectors.T, (vectors / root) @ vectors.T


def whiten(
    layout: LogDensity,
    found: Approximation,
    density: Callable[[np.ndarray], tuple[float, np.ndarray]] | None = None,
) -> Whitened:
    """Coordinates after the curvature at the middle of the posterior.

    `density` is that of `layout`, if it is not another one of the same parameters.
    """
    size, spread_of = layout.size, layout.spread_of
    free = spread_of >= 0
    # From the form the density has to the one asked for: 0 is centred, 1 standardised.
    form = np.zeros(size)
    for own in np.unique(spread_of[free]):
        mine = spread_of == own
        form[mine] = found.shrinkage[mine].mean()
    power = np.where(free, form - np.where(layout.centred, 0.0, 1.0), 0.0)
    anchor = found.point[np.maximum(spread_of, 0)]
    plain = Whitened(density or layout, spread_of, power, anchor, found.point, np.eye(size))
    everything = np.arange(size)
    bend = curvature(plain, np.zeros(size), everything)
    unit = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(bend)), 1e-3))
    values, vectors = np.linalg.eigh(unit[:, None] * bend * unit)
    values = np.maximum(np.abs(values), FLOOR)
    return replace(plain, matrix=unit[:, None] * ((vectors / np.sqrt(values)) @ vectors.T))
