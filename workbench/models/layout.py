"""How the parameters are laid out, and in which form the sampler sees them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import numpy as np

from workbench.models.data import ModelData
from workbench.models.design import ALONE, INTERACTION, MONTH
from workbench.models.priors import Priors

# From this many customers per level on, the data pin a level's effect down better than its prior
# does, and sampling the effect itself mixes ten times better than sampling its standardised form.
CENTRED_FROM = 400
# Interactions spread by some 7% where channels do by 20%, so that it takes more customers.
INTERACTION_CENTRED_FROM = 2500
# Steps between neighbouring months are smaller (some 3%), so it takes larger months to see them.
STEP_CENTRED_FROM = 4000
# The same for calendar months: repeat purchases in a typical month from which its intensity is
# pinned down better than by its prior (a season spreads by some 12%, a month departs by some 5%).
SEASON_CENTRED_FROM = 200
DEPARTURE_CENTRED_FROM = 1000


def outcomes(data: ModelData) -> tuple[str, ...]:
    """Names of what the effects act on: purchase rate, dropout and, with money, spend."""
    return ("rate", "dropout", "spend") if data.has_spend else ("rate", "dropout")


def level_priors(data: ModelData, priors: Priors) -> list[tuple[float, float]]:
    """Normal priors of the levels, in the order of `outcomes`."""
    dropout = priors.log_hazard if data.family == "pareto" else priors.logit_dropout
    return [priors.log_rate, dropout, priors.log_spend][: len(outcomes(data))]


def positive_priors(data: ModelData, priors: Priors) -> dict[str, list[tuple[float, float]]]:
    """Lognormal priors of every positive parameter, by name, in the order of the vector."""
    n_outcomes = len(outcomes(data))
    table = {
        "r": [priors.shape],
        "kappa": [priors.lifetime_shape if data.family == "pareto" else priors.kappa],
        "sd_season": [priors.sd_season],
        "sd_period": [priors.sd_period],
    }
    if data.has_spend:
        table |= {"p": [priors.spend_p], "q_minus_1": [priors.spend_q]}
    for dimension in data.design.dimensions:
        spread = {INTERACTION: priors.sd_interaction, ALONE: priors.sd_alone}
        table[f"sd_{dimension}"] = list(spread.get(dimension, priors.sd_effect)[:n_outcomes])
    if data.design.has_months:
        table["sd_first_month"] = list(priors.sd_month[:n_outcomes])
    return table


def is_centred(data: ModelData, dimension: str) -> bool:
    """Whether a dimension's effects are sampled themselves, not in standardised form."""
    levels = len(data.design.levels[dimension])
    customers = np.bincount(data.design.index[dimension][data.cell], minlength=levels)
    least = {MONTH: STEP_CENTRED_FROM, INTERACTION: INTERACTION_CENTRED_FROM, ALONE: 0}
    return bool(np.median(customers) >= least.get(dimension, CENTRED_FROM))


def months_centred(data: ModelData) -> dict[str, bool]:
    """Whether season and departure are sampled themselves, not in standardised form."""
    calendar = data.calendar
    by_month = np.bincount(calendar.month_of_year, data.repeats_by_period, 12)
    return {
        "season": bool(np.median(by_month) >= SEASON_CENTRED_FROM),
        "departure": bool(np.median(data.repeats_by_period) >= DEPARTURE_CENTRED_FROM),
    }


def slices(sizes: Mapping[str, int]) -> dict[str, slice]:
    """Where each named part lies in a vector that holds them one after the other."""
    ends = accumulate(sizes.values())
    return {name: slice(end - n, end) for (name, n), end in zip(sizes.items(), ends, strict=True)}
