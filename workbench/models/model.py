# mypy: allow-untyped-defs
"""The hierarchical model: crossed effects on purchase rate, dropout and spend by cohort.

This is the model's specification. Fits are drawn from `workbench.models.density`, the same log
density without a compiler; a test holds the two together. Every positive parameter has a lognormal
prior, and all of them form one vector, because PyMC takes seconds to compile each variable.
"""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt

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
from workbench.models.likelihood import HistoryLogLik, spend_loglik
from workbench.models.priors import Priors


def build_model(data: ModelData, priors: Priors | None = None) -> pm.Model:
    """Build the PyMC model.

    The purchase process is MBG/NBD (or another family's) on operational time with log(r/alpha) and
    logit(a/(a+b)) the sum of a level and crossed, partially pooled effects of channel, first
    product, their combinations and first month; spend is Gamma-Gamma with the same effects on
    its log mean. Shapes r, a + b, p and q are shared. Effects of channel, product and their
    combinations sum to zero, those of months follow a random walk. Calendar months have an
    intensity of their own, made of an annual season and a departure from it, estimated together
    with the rest.

    Parameters
    ----------
    data : ModelData
    priors : Priors, optional

    Returns
    -------
    pymc.Model
        Observed variables `histories` and, with money, `spend`.
    """
    priors = priors or Priors()
    n_outcomes = len(outcomes(data))
    level_prior = np.array(level_priors(data, priors))
    table = positive_priors(data, priors)
    rows = np.array([row for part in table.values() for row in part])
    at = slices({name: len(part) for name, part in table.items()})
    design = data.design

    with pm.Model() as model:
        positive = pm.LogNormal("positive", rows[:, 0], rows[:, 1], shape=len(rows))
        level = pm.Normal("level", level_prior[:, 0], level_prior[:, 1], shape=n_outcomes)
        by_cell = level[:, None]
        for dimension in design.dimensions:
            sd = positive[at[f"sd_{dimension}"]][:, None]
            shape = (n_outcomes, len(design.levels[dimension]))
            effect = (
                pm.ZeroSumNormal(f"effect_{dimension}", sigma=sd, shape=shape)
                if is_centred(data, dimension)
                else sd * pm.ZeroSumNormal(f"raw_{dimension}", sigma=1.0, shape=shape)
            )
            by_cell = by_cell + effect[:, pm.Data(f"cell_{dimension}", design.index[dimension])]
        if design.has_months:
            shape = (n_outcomes, len(design.levels[MONTH]) - 1)
            sd = positive[at["sd_first_month"]][:, None]
            if is_centred(data, MONTH):
                step = pm.Normal("step_first_month", 0.0, sd, shape=shape)
            else:
                step = sd * pm.Normal("raw_step_first_month", 0.0, 1.0, shape=shape)
            walk = pt.cumsum(step, axis=1)
            path = pt.concatenate([pt.zeros((n_outcomes, 1)), walk], axis=1)
            path = path - path.mean(axis=1, keepdims=True)
            by_cell = by_cell + path[:, pm.Data("cell_month", design.index[MONTH])]
        by_cell = by_cell + np.zeros((1, len(design.cells)))

        spreads = (positive[at["sd_season"]][0], positive[at["sd_period"]][0])
        clock = _clock(data, np.array(priors.season), *spreads)
        arrays = {k: pm.Data(f"history_{k}", v) for k, v in data.histories.arrays().items()}
        observed = arrays.pop("repeats")

        loglik = HistoryLogLik(family(data.family).code)

        def history_logp(value, r, kappa, log_rate, logit_drop, clock, *rest):
            return loglik(r, kappa, log_rate, logit_drop, clock, *rest[:3], value, *rest[3:])[0]

        pm.CustomDist(
            "histories",
            *(positive[at[name]][0] for name in ("r", "kappa")),
            by_cell[0],
            by_cell[1],
            clock,
            *arrays.values(),
            logp=history_logp,
            signature="(),(),(c),(c),(d),(n),(n),(n),(n),(k),(s),(j),(c)->(n)",
            observed=observed,
        )
        if data.has_spend:
            p, q = positive[at["p"]][0], 1.0 + positive[at["q_minus_1"]][0]
            _add_spend(data, p, q, by_cell[2])
    return model


def _clock(
    data: ModelData, mean: np.ndarray, sd_season: pt.TensorVariable, sd_period: pt.TensorVariable
) -> pt.TensorVariable:
    """Operational time at the end of each day; adds what purchases say about intensity."""
    calendar = data.calendar
    centred = months_centred(data)
    season = mean + _months("season", sd_season, 12, centred["season"])
    log_intensity = season[pm.Data("month_of_year", calendar.month_of_year)]
    if calendar.n_periods > 1:
        log_intensity = log_intensity + _months(
            "departure", sd_period, calendar.n_periods, centred["departure"]
        )
    # Every repeat purchase contributes its day's intensity; the rest of the time change sits in
    # the clock that the histories are read on.
    repeats = pm.Data("repeats_by_period", data.repeats_by_period)
    pm.Potential("intensity_at_purchases", pt.sum(repeats * log_intensity))
    return pt.cumsum(pt.exp(log_intensity)[pm.Data("period", calendar.period)]) / 7.0


def _months(name: str, sd: pt.TensorVariable, n_months: int, centred: bool) -> pt.TensorVariable:
    """Months that sum to zero with spread `sd`, sampled in the form that mixes better."""
    if centred:
        return pm.ZeroSumNormal(name, sigma=sd, shape=n_months)
    return sd * pm.ZeroSumNormal(f"raw_{name}", sigma=1.0, shape=n_months)


def _add_spend(
    data: ModelData, p: pt.TensorVariable, q: pt.TensorVariable, log_mean: pt.TensorVariable
) -> None:
    """Add the Gamma-Gamma density of mean repeat spend, relative to the brand's scale."""
    assert data.spend is not None
    arrays = {k: pm.Data(f"spend_{k}", v) for k, v in data.spend.arrays().items()}
    observed = arrays.pop("spent")

    def spend_logp(value, p, q, log_mean, cell, *rest):
        return spend_loglik(p, q, log_mean, cell, value, *rest)[0]

    pm.CustomDist(
        "spend",
        p,
        q,
        log_mean,
        *arrays.values(),
        logp=spend_logp,
        signature="(),(),(c),(n),(n),(n),(k),(k),(c),(s)->(n)",
        observed=observed,
    )
