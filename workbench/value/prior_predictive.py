"""What the model believed of a brand's first year before it saw it, in units a marketer can judge.

Parameters are drawn from the priors alone and read as what customers would then do; the same
quantities of the fitted model and of customers who are a year old stand beside them. A prior that
rules out what happened, or that the data hardly narrow, is a prior to talk about (Gelman et al.
2020, Bayesian Workflow, arXiv:2011.01808, section 2.4).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench.models.calendar import clock, future_log_intensity
from workbench.models.data import ModelData
from workbench.models.families import family
from workbench.models.fit import Fit
from workbench.models.margin import Margins
from workbench.models.prior_draws import by_cell, prior_draws
from workbench.models.priors import Priors
from workbench.value.parameters import evenly_spaced

__all__ = ["COLUMNS", "first_year_draws", "prior_predictive_table"]

MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
#: Quantities in the order of the table, with their units.
UNITS = {
    "repeat_share": "share of customers",
    "orders_12m": "orders per customer",
    "value_12m": "currency per customer",
}
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
COLUMNS = (
    "quantity", "unit", "horizon_days",
    *(f"prior_q{round(100 * q):02d}" for q in QUANTILES),
    "posterior_mean", "posterior_q05", "posterior_q95", "observed", "customers", "prior_below",
)  # fmt: skip


def first_year_draws(
    named: Mapping[str, np.ndarray], data: ModelData, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Read draws of parameters as what new customers do in 365 days, by closed forms.

    Means over customers in the brand's own mix of cohorts, in a year that has the season of the
    draw and departures of its own. Expectations given the parameters: what is uncertain is the
    brand, not the luck of a single customer.

    Parameters
    ----------
    named : mapping of str to ndarray
        Draws by name as `prior_draws` gives them, or those of a fit.
    data : ModelData
        Its design, sizes of cohorts, margins and scale of spend are read.
    rng : Generator
        Of the departures.

    Returns
    -------
    dict of str to ndarray, shape (draws,)
        repeat_share: chance to buy on a later day within 365 days. orders_12m: expected purchase
        days, the first included. value_12m, with money: expected contribution of these days in
        currency; what the first day brings and what revenue leaves are the brand's observed means.
    """
    model = family(data.family)
    weight = data.histories.cell_weight / data.histories.cell_weight.sum()
    outcome = by_cell(named, data.design)
    months = future_log_intensity(named["season"], named["sd_period"], np.arange(12), rng)
    weeks = clock(months, np.repeat(np.arange(12), MONTH_DAYS))[:, -1:]
    shapes = model.natural(
        named["r"][:, None], outcome[:, 0], named["kappa"][:, None], outcome[:, 1]
    )
    repeats = model.expected_purchases_new(weeks, **shapes)
    out = {
        "repeat_share": model.repeat_rate(weeks, **shapes) @ weight,
        "orders_12m": 1.0 + repeats @ weight,
    }
    if data.margins is not None and data.has_spend:
        ratio, first = _observed_margins(data.margins)
        spend = np.exp(outcome[:, 2]) * data.spend_scale
        each = ratio[data.margins.group_of_cell] * spend - data.margins.cost_per_purchase
        out["value_12m"] = (first[data.margins.group_of_cell] + repeats * each) @ weight
    return out


def _observed_margins(margins: Margins) -> tuple[np.ndarray, np.ndarray]:
    """Contribution per net revenue, and mean contribution of a first day, by group."""
    ratio = np.ones(len(margins.groups)) if margins.exact else margins.ratio
    return np.where(np.isfinite(ratio), ratio, margins.first_ratio), margins.first


def prior_predictive_table(
    data: ModelData,
    priors: Priors | None = None,
    draws: int = 400,
    seed: int = 1,
    *,
    fit: Fit | None = None,
    first_year: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Tabulate the first year of a brand's customers: prior, posterior, observed.

    Parameters
    ----------
    data : ModelData
    priors : Priors, optional
        Those of the fit.
    draws : int
        Prior draws, and posterior draws at most.
    seed : int
    fit : Fit, optional
        Adds the posterior of the same quantities.
    first_year : mapping, optional
        What customers did by age 365 days (`Warehouse.first_year`): customers, repeat_share,
        orders_12m, value_12m.

    Returns
    -------
    DataFrame
        One row per quantity (`repeat_share`, `orders_12m` and, with money, `value_12m`; see
        `first_year_draws`): unit, horizon_days, prior_q05 to prior_q95, posterior_mean and its 90%
        interval, observed with the customers it is the mean of, and prior_below: the share of
        prior draws below what was observed. NaN where something is not known.
    """
    priors = priors or Priors()
    rng = np.random.default_rng([seed, 23])
    before = first_year_draws(prior_draws(data, priors, draws, rng), data, rng)
    after: dict[str, np.ndarray] = {}
    if fit is not None:
        at = evenly_spaced(fit, draws)
        named = {str(name): fit.flat(str(name))[at] for name in fit.posterior.data_vars}
        after = first_year_draws(named, data, np.random.default_rng([seed, 29]))
    seen = dict(first_year or {})
    rows = []
    for name, values in before.items():
        known = after.get(name)
        ends = [np.nan] * 3
        if known is not None:
            ends = [known.mean(), *np.quantile(known, [0.05, 0.95])]
        observed = float(seen.get(name, np.nan))
        below = float((values < observed).mean()) if np.isfinite(observed) else np.nan
        people = int(seen.get("customers", 0)) if np.isfinite(observed) else 0
        quantiles = np.quantile(values, QUANTILES)
        rows.append((name, UNITS[name], 365, *quantiles, *ends, observed, people, below))
    return pd.DataFrame(rows, columns=list(COLUMNS))
