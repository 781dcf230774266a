"""Parameters drawn from the priors alone, under the names that a posterior gives them.

What a model believes before it saw a brand: for prior predictive checks, and to simulate brands
that come from the model itself. How a fit samples its parameters (centred or not, decided by the
size of the data) changes nothing about their prior, so it does not enter here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from workbench.models.data import ModelData
from workbench.models.density import zero_sum
from workbench.models.design import MONTH, Design
from workbench.models.layout import level_priors, outcomes, positive_priors
from workbench.models.priors import Priors

__all__ = ["by_cell", "prior_draws"]

#: Positive parameters of which there is one, not one for each outcome.
_SINGLE_SPREADS = ("sd_season", "sd_period")


def prior_draws(
    data: ModelData, priors: Priors, draws: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw named parameters from the prior of a brand's design.

    Parameters
    ----------
    data : ModelData
        Its design, calendar, family and whether it has money are read; purchases are not.
    priors : Priors
    draws : int
    rng : Generator

    Returns
    -------
    dict of str to ndarray
        As `LogDensity.unfold` names them, `draws` first: r, kappa, sd_season, sd_period and, with
        money, p, q and q_minus_1, shape (draws,); level and sd of each dimension, shape
        (draws, outcomes); effect of each dimension, shape (draws, outcomes, levels); season, shape
        (draws, 12), and departure, shape (draws, months), where there is more than one month.
        Rates per week, spend relative to the brand's scale.
    """
    out: dict[str, np.ndarray] = {}
    for name, rows in positive_priors(data, priors).items():
        table = np.asarray(rows, dtype=float)
        values = rng.lognormal(table[:, 0], table[:, 1], size=(draws, len(table)))
        single = not name.startswith("sd_") or name in _SINGLE_SPREADS
        out[name] = values[:, 0] if single else values
    if "q_minus_1" in out:
        out["q"] = 1.0 + out["q_minus_1"]
    table = np.array(level_priors(data, priors))
    out["level"] = rng.normal(table[:, 0], table[:, 1], size=(draws, len(table)))

    shape = (draws, len(outcomes(data)))
    for name in data.design.dimensions:
        free = rng.normal(size=(*shape, len(data.design.levels[name]) - 1))
        out[f"effect_{name}"] = out[f"sd_{name}"][..., None] * zero_sum(free)
    if data.design.has_months:
        step = rng.normal(size=(*shape, len(data.design.levels[MONTH]) - 1))
        walk = np.cumsum(out[f"sd_{MONTH}"][..., None] * step, axis=-1)
        path = np.concatenate([np.zeros((*shape, 1)), walk], axis=-1)
        out[f"effect_{MONTH}"] = path - path.mean(axis=-1, keepdims=True)
    season = zero_sum(rng.normal(size=(draws, 11)))
    out["season"] = np.array(priors.season) + out["sd_season"][:, None] * season
    months = data.calendar.n_periods
    if months > 1:
        departure = zero_sum(rng.normal(size=(draws, months - 1)))
        out["departure"] = out["sd_period"][:, None] * departure
    return out


def by_cell(named: Mapping[str, np.ndarray], design: Design) -> np.ndarray:
    """Level plus effects of every outcome for each cell, shape (draws, outcomes, cells)."""
    total = np.repeat(named["level"][..., None], len(design.cells), axis=-1)
    for name, index in design.index.items():
        total = total + named[f"effect_{name}"][..., index]
    return total
