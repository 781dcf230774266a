"""The hierarchical model: crossed effects on purchase rate, dropout and spend by cohort.

Every positive parameter has a lognormal prior, and all of them form one vector: compiling the
model costs seconds for each variable, whatever its length.
"""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from workbench.models.data import ModelData
from workbench.models.design import MONTH
from workbench.models.likelihood import history_loglik, spend_loglik
from workbench.models.priors import Priors

# From this many customers per level on, the data pin a level's effect down better than its prior
# does, and sampling the effect itself mixes ten times better than sampling its standardised form.
CENTRED_FROM = 400
# The same for months: repeat purchases in a typical month from which its intensity is pinned down
# better than by its prior (a season spreads by some 12%, a single month departs by some 5%).
SEASON_CENTRED_FROM = 200
DEPARTURE_CENTRED_FROM = 1000


def outcomes(data: ModelData) -> tuple[str, ...]:
    """Names of what the effects act on: purchase rate, dropout and, with money, spend."""
    return ("rate", "dropout", "spend") if data.has_spend else ("rate", "dropout")


def positive_priors(data: ModelData, priors: Priors) -> dict[str, list[tuple[float, float]]]:
    """Lognormal priors of every positive parameter, by name, in the order of the vector."""
    n_outcomes = len(outcomes(data))
    table = {
        "r": [priors.shape],
        "kappa": [priors.kappa],
        "sd_season": [priors.sd_season],
        "sd_period": [priors.sd_period],
    }
    if data.has_spend:
        table |= {"p": [priors.spend_p], "q_minus_1": [priors.spend_q]}
    for dimension in data.design.dimensions:
        table[f"sd_{dimension}"] = list(priors.sd_effect[:n_outcomes])
    if data.design.has_months:
        table["sd_first_month"] = list(priors.sd_month[:n_outcomes])
    return table


def _slices(table: dict[str, list[tuple[float, float]]]) -> dict[str, slice]:
    ends = np.cumsum([len(rows) for rows in table.values()])
    return {
        name: slice(int(end) - len(rows), int(end))
        for (name, rows), end in zip(table.items(), ends, strict=True)
    }


def is_centred(data: ModelData, dimension: str) -> bool:
    """Whether a dimension's effects are sampled themselves, not in standardised form."""
    levels = len(data.design.levels[dimension])
    customers = np.bincount(data.design.index[dimension][data.cell], minlength=levels)
    return bool(np.median(customers) >= CENTRED_FROM)


def build_model(data: ModelData, priors: Priors | None = None) -> pm.Model:
    """Build the PyMC model.

    The purchase process is MBG/NBD on operational time with log(r/alpha) and logit(a/(a+b)) the
    sum of a level and crossed, partially pooled effects of channel, first product and first
    month; spend is Gamma-Gamma with the same effects on its log mean. Shapes r, a + b, p and q
    are shared. Effects of channel and product sum to zero, those of months follow a random walk.
    Calendar months have an intensity of their own, made of an annual season and a departure from
    it, estimated together with the rest.

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
    level_prior = np.array([priors.log_rate, priors.logit_dropout, priors.log_spend])[:n_outcomes]
    table = positive_priors(data, priors)
    rows = np.array([row for part in table.values() for row in part])
    at = _slices(table)
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
            step = pm.Normal("step_first_month", 0.0, 1.0, shape=shape)
            walk = pt.cumsum(step * positive[at["sd_first_month"]][:, None], axis=1)
            path = pt.concatenate([pt.zeros((n_outcomes, 1)), walk], axis=1)
            path = path - path.mean(axis=1, keepdims=True)
            by_cell = by_cell + path[:, pm.Data("cell_month", design.index[MONTH])]
        by_cell = by_cell + np.zeros((1, len(design.cells)))

        clock = _clock(data, positive[at["sd_season"]][0], positive[at["sd_period"]][0])
        arrays = {k: pm.Data(f"history_{k}", v) for k, v in data.histories.arrays().items()}
        observed = arrays.pop("repeats")

        def history_logp(value, r, kappa, log_rate, logit_drop, clock, *rest):
            return history_loglik(
                r, kappa, log_rate, logit_drop, clock, *rest[:3], value, *rest[3:]
            )[0]

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
    data: ModelData, sd_season: pt.TensorVariable, sd_period: pt.TensorVariable
) -> pt.TensorVariable:
    """Operational time at the end of each day; adds what purchases say about intensity."""
    calendar = data.calendar
    by_month = np.bincount(calendar.month_of_year, data.repeats_by_period, 12)
    season = _months("season", sd_season, 12, np.median(by_month) >= SEASON_CENTRED_FROM)
    log_intensity = season[pm.Data("month_of_year", calendar.month_of_year)]
    if calendar.n_periods > 1:
        typical = np.median(data.repeats_by_period)
        log_intensity = log_intensity + _months(
            "departure", sd_period, calendar.n_periods, typical >= DEPARTURE_CENTRED_FROM
        )
    # Every repeat purchase contributes its day's intensity; the rest of the time change sits in
    # the clock that the histories are read on.
    repeats = pm.Data("repeats_by_period", data.repeats_by_period)
    pm.Potential("intensity_at_purchases", pt.sum(repeats * log_intensity))
    return pt.cumsum(pt.exp(log_intensity)[pm.Data("period", calendar.period)]) / 7.0


def _months(
    name: str, sd: pt.TensorVariable, n_months: int, centred: bool
) -> pt.TensorVariable:
    """Months that sum to zero with spread `sd`, sampled in the form that mixes better."""
    if centred:
        return pm.ZeroSumNormal(name, sigma=sd, shape=n_months)
    return sd * pm.ZeroSumNormal(f"raw_{name}", sigma=1.0, shape=n_months)


def _add_spend(data: ModelData, p: pt.TensorVariable, q: pt.TensorVariable, log_mean) -> None:
    """Add the Gamma-Gamma density of mean repeat spend, relative to the brand's scale."""
    distinct, count = np.unique(data.spend_days, return_counts=True)
    given = {
        "cell": data.spend_cell,
        "days": data.spend_days.astype(float),
        "distinct_days": distinct.astype(float),
        "customers": count.astype(float),
    }
    arrays = [pm.Data(f"spend_{name}", values) for name, values in given.items()]

    def spend_logp(value, p, q, log_mean, cell, days, distinct, count):
        return spend_loglik(p, q, log_mean, cell, days, value, distinct, count)[0]

    pm.CustomDist(
        "spend",
        p,
        q,
        log_mean,
        *arrays,
        logp=spend_logp,
        signature="(),(),(c),(n),(n),(k),(k)->(n)",
        observed=data.spend_mean / data.spend_scale,
    )


def unfold(data: ModelData, priors: Priors, draws: xr.Dataset) -> xr.Dataset:
    """Name the parts of the vector of positive parameters and add the effects.

    Done here and not inside the model, because each quantity derived there costs compilation.
    """
    out = draws.drop_vars("positive")
    chains = draws["positive"].dims[:2]
    for name, part in _slices(positive_priors(data, priors)).items():
        values = draws["positive"].values[..., part]
        single = values.shape[-1] == 1
        out[name] = (chains, values[..., 0]) if single else ((*chains, "outcome"), values)
    spreads = {"season": "sd_season", "departure": "sd_period"}
    spreads |= {f"effect_{name}": f"sd_{name}" for name in data.design.dimensions}
    for name, sd in spreads.items():
        raw = f"raw_{name.removeprefix('effect_')}"
        if raw in draws:
            out[name] = (draws[raw].dims, out[sd].values[..., None] * draws[raw].values)
    if "step_first_month" in draws:
        step = draws["step_first_month"].values * out["sd_first_month"].values[..., None]
        path = np.concatenate([np.zeros((*step.shape[:-1], 1)), step.cumsum(axis=-1)], axis=-1)
        dims = (*draws["step_first_month"].dims[:-1], "first_month")
        out["effect_first_month"] = (dims, path - path.mean(axis=-1, keepdims=True))
    if "q_minus_1" in out:
        out["q"] = 1.0 + out["q_minus_1"]
    return out
