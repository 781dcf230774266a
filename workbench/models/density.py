"""The log posterior density with its gradient, as fast as the histories allow.

`workbench.models.model` states the model in PyMC: that is its specification, and a test holds
this module to it. Compiling that graph takes a minute for every shape of data, however; here the
two passes over customers (`workbench.models.kernels`), the crossed effects and the priors
(`workbench.models.crossed`) are compiled once and for all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from workbench.models.crossed import CENTRED, LEVELS, SD, START, WALK, log_density
from workbench.models.data import ModelData
from workbench.models.design import MONTH
from workbench.models.families import family
from workbench.models.layout import (
    is_centred,
    level_priors,
    months_centred,
    outcomes,
    positive_priors,
    slices,
)
from workbench.models.priors import Priors
from workbench.models.spend_data import NO_SPEND

__all__ = ["LogDensity", "zero_sum", "zero_sum_adjoint"]


def zero_sum(free: np.ndarray) -> np.ndarray:
    """Spread n - 1 free values over n that sum to zero, along the last axis.

    An isometry, so independent normals of one spread stay what they are; the same map as PyMC's
    `ZeroSumTransform`.
    """
    n = free.shape[-1] + 1
    total = free.sum(axis=-1, keepdims=True)
    shift = total / (np.sqrt(n) + n)
    return np.concatenate([free - shift, -total / np.sqrt(n)], axis=-1)


def zero_sum_adjoint(gradient: np.ndarray) -> np.ndarray:
    """Gradient by the free values from the gradient by the n that sum to zero.

    `zero_sum` being an isometry, this also leads back from its values to the free ones.
    """
    n = gradient.shape[-1]
    head, last = gradient[..., :-1], gradient[..., -1:]
    return head - head.sum(axis=-1, keepdims=True) / (np.sqrt(n) + n) - last / np.sqrt(n)


def _stacked(index: list[np.ndarray], n: int) -> np.ndarray:
    """Levels of n cells in each of any number of dimensions, shape (dimensions, n)."""
    return np.array(index, dtype=np.int64).reshape(len(index), n)


class LogDensity:
    """Log density and gradient at a point of unconstrained parameters.

    The point holds, one after the other: logs of the positive parameters, levels, and for every
    dimension, the month walk, season and departure their free values; see `unfold`.

    Parameters
    ----------
    data : ModelData
    priors : Priors, optional
    """

    def __init__(self, data: ModelData, priors: Priors | None = None) -> None:
        priors = priors or Priors()
        self.data = data
        self.priors = priors
        self.outcomes = len(outcomes(data))
        table = positive_priors(data, priors)
        self.positive_prior = np.array([row for rows in table.values() for row in rows])
        self.level_prior = np.array(level_priors(data, priors))
        self._positive = slices({name: len(rows) for name, rows in table.items()})

        design, n_months = data.design, data.calendar.n_periods
        shapes: dict[str, tuple[int, ...]] = {
            "positive": (len(self.positive_prior),),
            "level": (self.outcomes,),
        }
        for name in design.dimensions:
            shapes[name] = (self.outcomes, len(design.levels[name]) - 1)
        if design.has_months:
            shapes[MONTH] = (self.outcomes, len(design.levels[MONTH]) - 1)
        shapes["season"] = (11,)
        if n_months > 1:
            shapes["departure"] = (n_months - 1,)
        self.shapes = shapes
        sizes = {name: math.prod(shape) for name, shape in shapes.items()}
        self._at = slices(sizes)
        self.size = sum(sizes.values())
        self._season = np.array(priors.season)
        self._spread = {"season": "sd_season", "departure": "sd_period"}
        self._spread |= {name: f"sd_{name}" for name in design.dimensions}
        self._centred = {name: is_centred(data, name) for name in design.dimensions}
        self._centred |= months_centred(data)
        self._step_centred = design.has_months and is_centred(data, MONTH)
        self.spread_of, self.centred = self._forms()
        #: All that `crossed.log_density` takes beside the point.
        self.arguments = self._arguments()

    def _forms(self) -> tuple[np.ndarray, np.ndarray]:
        """For every coordinate where its log spread is, -1 for none, and whether it is centred."""
        spread_of = np.full(self.size, -1)
        centred = np.zeros(self.size, dtype=bool)
        for name in self.shapes:
            if name in ("positive", "level"):
                continue
            sd = self._positive[self._spread.get(name, f"sd_{name}")]
            outcomes = np.arange(sd.start, sd.stop)
            spread_of[self._at[name]] = np.repeat(outcomes, self.shapes[name][-1])
            centred[self._at[name]] = self._step_centred if name == MONTH else self._centred[name]
        return spread_of, centred

    def _arguments(self) -> tuple[Any, ...]:
        """All that `crossed.log_density` takes beside the point."""
        data, design, months = self.data, self.data.design, self.data.calendar.month_of_year
        cohort_names = [name for name in design.index if name in self.shapes]
        month_names = [name for name in ("season", "departure") if name in self.shapes]
        spend = data.spend or NO_SPEND
        return (
            family(data.family).code,
            self._positive["p"].start if data.has_spend else 0,
            self.positive_prior,
            self.level_prior,
            self._blocks(cohort_names),
            _stacked([design.index[name] for name in cohort_names], len(design.cells)),
            self._blocks(month_names),
            _stacked([months, np.arange(len(months))][: len(month_names)], len(months)),
            self._season[months],
            data.calendar.period,
            data.repeats_by_period.astype(float),
            tuple(data.histories.arrays().values()),
            tuple(spend.arrays().values()),
        )

    def _part(self, point: np.ndarray, name: str) -> np.ndarray:
        """Free values of one block, with its shape; leading axes of `point` are kept."""
        return point[..., self._at[name]].reshape(*point.shape[:-1], *self.shapes[name])

    def _positives(self, positive: np.ndarray, name: str) -> np.ndarray:
        return positive[..., self._positive[name]]

    def unfold(self, point: np.ndarray) -> dict[str, np.ndarray]:
        """Parameters by name from unconstrained points.

        Parameters
        ----------
        point : ndarray, shape (..., size)

        Returns
        -------
        dict of str to ndarray
            r, kappa, sd_season, sd_period and, with money, p and q, shape (...); level and sd of
            each dimension, shape (..., outcomes); effect of each dimension, shape
            (..., outcomes, levels); season, shape (..., 12), and departure, shape (..., months).
        """
        positive = np.exp(self._part(point, "positive"))
        out = {}
        for name in self._positive:
            values = self._positives(positive, name)
            single = not name.startswith("sd_") or name in ("sd_season", "sd_period")
            out[name] = values[..., 0] if single else values
        out["level"] = self._part(point, "level")
        for name, sd in self._spread.items():
            if name not in self.shapes:
                continue
            values = zero_sum(self._part(point, name))
            if not self._centred[name]:
                values = values * out[sd][..., None]
            out[name if name in ("season", "departure") else f"effect_{name}"] = values
        out["season"] = out["season"] + self._season
        if MONTH in self.shapes:
            step = self._part(point, MONTH)
            if not self._step_centred:
                step = step * out[f"sd_{MONTH}"][..., None]
            path = np.concatenate([np.zeros((*step.shape[:-1], 1)), step.cumsum(axis=-1)], axis=-1)
            out[f"effect_{MONTH}"] = path - path.mean(axis=-1, keepdims=True)
        if "q_minus_1" in out:
            out["q"] = 1.0 + out["q_minus_1"]
        return out

    def to_dataset(self, points: np.ndarray) -> xr.Dataset:
        """Named draws from unconstrained ones of shape (chain, draw, size)."""
        inner = {"level": ("outcome",), "season": ("month_of_year",), "departure": ("period",)}
        variables = {}
        for name, values in self.unfold(points).items():
            if name.startswith("effect_"):
                dims: tuple[str, ...] = ("outcome", name.removeprefix("effect_"))
            else:
                dims = inner.get(name, ("outcome",) if values.ndim == 3 else ())
            variables[name] = (("chain", "draw", *dims), values)
        return xr.Dataset(variables)

    def middle(self) -> np.ndarray:
        """Middle of the prior."""
        point = np.zeros(self.size)
        point[self._at["positive"]] = self.positive_prior[:, 0]
        point[self._at["level"]] = self.level_prior[:, 0]
        return point

    def start(self, seed: int) -> np.ndarray:
        """Point near the middle of the prior to start a chain from."""
        rng = np.random.default_rng(seed)
        point = self.middle() + rng.uniform(-0.1, 0.1, self.size)
        point[self._at["positive"]] += rng.uniform(-0.4, 0.4, len(self.positive_prior))
        return point

    def __call__(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density, up to a constant, and its gradient; shape of `point` is (size,).

        Far out, where a sampler's trajectory may stray, the density is minus infinity or not a
        number: that ends the trajectory and is counted as a divergence.
        """
        return log_density(np.ascontiguousarray(point), *self.arguments)

    def _blocks(self, names: Sequence[str]) -> np.ndarray:
        """Table of blocks that `crossed.log_density` takes."""
        table = np.zeros((len(names), 5), dtype=np.int64)
        for row, name in zip(table, names, strict=True):
            row[START] = self._at[name].start
            row[LEVELS] = self.shapes[name][-1] + 1
            row[SD] = self._positive[self._spread.get(name, f"sd_{name}")].start
            row[CENTRED] = self._step_centred if name == MONTH else self._centred[name]
            row[WALK] = name == MONTH
        return table
