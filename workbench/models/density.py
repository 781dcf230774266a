"""The log posterior density with its gradient, as fast as the histories allow.

`workbench.models.model` states the model in PyMC: that is its specification, and a test holds
this module to it. Compiling that graph takes a minute for every shape of data, however; here the
two passes over customers are compiled once and for all (`workbench.models.kernels`), and what
remains, priors and crossed effects, is a few short array operations.
"""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from workbench.models.data import ModelData
from workbench.models.design import MONTH
from workbench.models.families import family
from workbench.models.kernels import history_kernel, spend_kernel
from workbench.models.layout import (
    is_centred,
    level_priors,
    months_centred,
    outcomes,
    positive_priors,
    slices,
)
from workbench.models.priors import Priors

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
    """Gradient by the free values from the gradient by the n that sum to zero."""
    n = gradient.shape[-1]
    head, last = gradient[..., :-1], gradient[..., -1:]
    return head - head.sum(axis=-1, keepdims=True) / (np.sqrt(n) + n) - last / np.sqrt(n)


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
        self._histories = list(data.histories.arrays().values())
        self._spend = list(data.spend.arrays().values()) if data.spend is not None else []
        self._code = family(data.family).code

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

    def start(self, seed: int) -> np.ndarray:
        """Point near the middle of the prior to start a chain from."""
        rng = np.random.default_rng(seed)
        point = rng.uniform(-0.1, 0.1, self.size)
        point[self._at["positive"]] += self.positive_prior[:, 0] + rng.uniform(
            -0.4, 0.4, len(self.positive_prior)
        )
        point[self._at["level"]] += self.level_prior[:, 0]
        return point

    def __call__(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density, up to a constant, and its gradient; shape of `point` is (size,).

        Far out, where a sampler's trajectory may stray, the density is minus infinity or not a
        number: that ends the trajectory and is counted as a divergence.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
            return self._evaluate(point)

    def _evaluate(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        data, design = self.data, self.data.design
        gradient = np.zeros(self.size)
        named = self.unfold(point)
        positive = np.exp(point[self._at["positive"]])
        by_positive = np.zeros(len(positive))

        by_cell = np.repeat(named["level"][:, None], len(design.cells), axis=1)
        for name, index in design.index.items():
            by_cell += named[f"effect_{name}"][:, index]
        log_intensity = named["season"][data.calendar.month_of_year]
        if "departure" in named:
            log_intensity = log_intensity + named["departure"]
        intensity = np.exp(log_intensity)[data.calendar.period] / 7.0

        total, d_r, d_kappa, d_rate, d_drop, d_clock = history_kernel(
            self._code, float(named["r"]), float(named["kappa"]), by_cell[0], by_cell[1],
            np.cumsum(intensity), *self._histories,
        )  # fmt: skip
        total += float(data.repeats_by_period @ log_intensity)
        by_positive[self._positive["r"]] += d_r
        by_positive[self._positive["kappa"]] += d_kappa
        d_cell = [d_rate, d_drop]
        if data.has_spend:
            more, d_p, d_q, d_mean = spend_kernel(
                float(named["p"]), float(named["q"]), by_cell[2], *self._spend
            )
            total += more
            by_positive[self._positive["p"]] += d_p
            by_positive[self._positive["q_minus_1"]] += d_q
            d_cell.append(d_mean)

        effects: dict[str, np.ndarray] = {}
        for name, index in design.index.items():
            levels = len(design.levels[name])
            effects[name] = np.stack([np.bincount(index, d, levels) for d in d_cell])
        # A day's intensity moves the clock of that day and of every later one.
        d_day = np.cumsum(d_clock[::-1])[::-1] * intensity
        by_month = np.bincount(data.calendar.period, d_day, data.calendar.n_periods)
        by_month += data.repeats_by_period
        effects["season"] = np.bincount(data.calendar.month_of_year, by_month, 12)
        if "departure" in named:
            effects["departure"] = by_month

        for name, sd in self._spread.items():
            if name in self.shapes:
                total += self._spread_block(
                    name, sd, point, positive, effects[name], gradient, by_positive
                )
        if MONTH in self.shapes:
            total += self._walk_block(point, positive, effects[MONTH], gradient, by_positive)

        level = point[self._at["level"]]
        residual = (level - self.level_prior[:, 0]) / self.level_prior[:, 1]
        total -= 0.5 * float(residual @ residual)
        gradient[self._at["level"]] = np.array([d.sum() for d in d_cell])
        gradient[self._at["level"]] -= residual / self.level_prior[:, 1]

        logs = point[self._at["positive"]]
        residual = (logs - self.positive_prior[:, 0]) / self.positive_prior[:, 1]
        total -= 0.5 * float(residual @ residual)
        gradient[self._at["positive"]] = by_positive * positive
        gradient[self._at["positive"]] -= residual / self.positive_prior[:, 1]
        return total, gradient

    def _spread_block(
        self,
        name: str,
        sd_name: str,
        point: np.ndarray,
        positive: np.ndarray,
        d_effect: np.ndarray,
        gradient: np.ndarray,
        by_positive: np.ndarray,
    ) -> float:
        """Prior of a block of zero-sum effects; adds its gradient, returns its log density."""
        free = self._part(point, name)
        at = self._positive[sd_name]
        sd = positive[at]
        each = sd[:, None] if free.ndim == 2 else sd[0]
        d_free = zero_sum_adjoint(d_effect)
        axis = -1 if free.ndim == 2 else None
        if self._centred[name]:
            scaled = free / each
            squares = (scaled**2).sum(axis=axis)
            by_positive[at] += (squares - free.shape[-1]) / sd
            gradient[self._at[name]] = (d_free - scaled / each).ravel()
            return float(-0.5 * np.sum(squares) - free.shape[-1] * np.log(sd).sum())
        by_positive[at] += (d_free * free).sum(axis=axis)
        gradient[self._at[name]] = (d_free * each - free).ravel()
        return float(-0.5 * (free**2).sum())

    def _walk_block(
        self,
        point: np.ndarray,
        positive: np.ndarray,
        d_effect: np.ndarray,
        gradient: np.ndarray,
        by_positive: np.ndarray,
    ) -> float:
        """Prior of the month walk; adds its gradient, returns its log density."""
        step = self._part(point, MONTH)
        at = self._positive[f"sd_{MONTH}"]
        d_path = d_effect - d_effect.mean(axis=1, keepdims=True)
        # A step moves every later month.
        d_step = np.cumsum(d_path[:, :0:-1], axis=1)[:, ::-1]
        sd = positive[at]
        if self._step_centred:
            scaled = step / sd[:, None]
            squares = (scaled**2).sum(axis=1)
            by_positive[at] += (squares - step.shape[1]) / sd
            gradient[self._at[MONTH]] = (d_step - scaled / sd[:, None]).ravel()
            return float(-0.5 * squares.sum() - step.shape[1] * np.log(sd).sum())
        by_positive[at] += (d_step * step).sum(axis=1)
        gradient[self._at[MONTH]] = (d_step * sd[:, None] - step).ravel()
        return float(-0.5 * (step**2).sum())
