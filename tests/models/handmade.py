"""Posteriors made by hand: known values in every draw, so that no test has to sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import logit

from tests.models.story import Story
from workbench.models.data import ModelData, prepare
from workbench.models.design import MONTH
from workbench.models.fit import Fit
from workbench.store.warehouse import Warehouse

DIMENSIONS = ("channel", "first_product", "first_month")


def story_data(
    story: Story, warehouse: Warehouse, cohorts: Sequence[str] = DIMENSIONS
) -> ModelData:
    """Return the model's data of a story on its last day."""
    day = story.as_of
    return prepare(warehouse.customers(day), warehouse.daily(day), as_of=day, cohorts=cohorts)


def handmade(data: ModelData, *, draws: int = 200, **values: Any) -> Fit:
    """Return a fit whose posterior holds `values` in every draw; effects default to none.

    Values are numbers or arrays without draws: r, kappa, level (outcomes), effect_* (outcomes,
    levels), season (12), departure (periods), sd_period, sd_first_month (outcomes), p, q.
    """
    outcomes = 3 if data.has_spend else 2
    known: dict[str, Any] = {"r": 1.5, "kappa": 4.0, "sd_period": 0.0, "season": np.zeros(12)}
    known["level"] = np.array([-1.3, -1.3, 0.0])[:outcomes]
    if data.has_spend:
        known |= {"p": 4.0, "q": 6.0}
    for name, levels in data.design.levels.items():
        known[f"effect_{name}"] = np.zeros((outcomes, len(levels)))
    if MONTH in data.design.levels:
        known["sd_first_month"] = np.zeros(outcomes)
    arrays = {}
    for name, value in (known | values).items():
        fixed = np.asarray(value, dtype=float)
        dims = ("chain", "draw", *(f"{name}_{i}" for i in range(fixed.ndim)))
        arrays[name] = (dims, np.broadcast_to(fixed, (2, draws // 2, *fixed.shape)).copy())
    return Fit(xr.Dataset(arrays), [], "handmade", data)


def true_fit(story: Story, data: ModelData, *, draws: int = 200) -> Fit:
    """Return a fit that knows the truth of a story."""
    channels = list(data.design.levels["channel"])
    truth = np.array(
        [
            [np.log(story.rate[name]) for name in channels],
            [logit(story.drop[name]) for name in channels],
            [np.log(story.spend[name] / data.spend_scale) for name in channels],
        ]
    )
    level = truth.mean(axis=1)
    return handmade(
        data,
        draws=draws,
        r=story.r,
        kappa=story.kappa,
        p=story.p,
        q=story.q,
        level=level,
        effect_channel=truth - level[:, None],
    )
