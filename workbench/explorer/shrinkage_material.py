"""What partial pooling does: raw means of cohorts beside what the model makes of them.

Compared are the same customers: those of a cohort who have reached an age. Their raw mean is what
came in; the pooled value is what the model expects of customers of that cohort over the same days,
before anything is known of a single one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.explorer.levels import LEVELS

if TYPE_CHECKING:
    from workbench.models.fit import Fit
    from workbench.value.parameters import Parameters

__all__ = ["HORIZONS", "shrinkage_levels"]

HORIZONS = (*range(30, 361, 30), 365)
"""Ages, in days, at which raw and pooled values are kept."""
_DRAWS = 200


def shrinkage_levels(
    fit: Fit,
    parameters: Parameters,
    customers: pd.DataFrame,
    orders: pd.DataFrame,
    scores: pd.DataFrame,
) -> pd.DataFrame:
    """Raw and pooled value of every cohort of the model, by horizon.

    Parameters
    ----------
    fit : Fit
    parameters : Parameters
    customers : DataFrame
        The warehouse's customer table, in the order of the fit.
    orders : DataFrame
        customer (row of `scores`), day, contribution.
    scores : DataFrame
        The same customers in another order, by customer_id.

    Returns
    -------
    DataFrame
        Cohort columns of the model, horizon (days), customers (that reached it), raw_mean, raw_se
        (standard error; NaN for one customer), pooled_mean and pooled_q* in currency per customer.
        Empty in a log without money. The pooled value carries what is unknown of the parameters,
        not the chance of single purchases.
    """
    data = fit.data
    if data.margins is None:
        return pd.DataFrame({"horizon": []})
    cell = pd.Series(data.cell, index=customers["customer_id"].astype(str))
    known = customers.set_index(customers["customer_id"].astype(str)).loc[scores["customer_id"]]
    cell_of = cell.loc[scores["customer_id"]].to_numpy()
    age_now = known["age_days"].to_numpy()
    first = known["first_day"].to_numpy().astype("datetime64[D]")
    who = orders["customer"].to_numpy()
    at_age = (orders["day"].to_numpy().astype("datetime64[D]") - first[who]).astype(int)
    money = orders["contribution"].to_numpy(dtype=float)
    start = (first - np.datetime64(data.calendar.start)).astype(int)
    n_cells = len(data.design.cells)
    parts = []
    for horizon in HORIZONS:
        grown = age_now >= horizon
        counted = at_age <= horizon
        each = np.bincount(who[counted], weights=money[counted], minlength=len(scores))

        def sums(weights: np.ndarray, of: np.ndarray = grown) -> np.ndarray:
            return np.bincount(cell_of[of], weights=weights[of], minlength=n_cells)

        n = sums(np.ones(len(scores)))
        rows = np.flatnonzero(n > 0)
        if not len(rows):
            continue
        mean = sums(each)[rows] / n[rows]
        deviation = np.zeros(n_cells)
        deviation[rows] = mean
        squares = sums((each - deviation[cell_of]) ** 2)[rows]
        begun = np.rint(sums(start.astype(float))[rows] / n[rows]).astype(int)
        pooled = _pooled(fit, parameters, rows, begun, horizon)
        with np.errstate(divide="ignore", invalid="ignore"):
            se = np.where(n[rows] > 1, np.sqrt(squares / (n[rows] - 1) / n[rows]), np.nan)
        told = data.design.cells.iloc[rows].reset_index(drop=True).astype(str)
        quantiles = np.quantile(pooled, LEVELS, axis=0)
        told = told.assign(
            horizon=horizon,
            customers=n[rows].astype(int),
            raw_mean=mean,
            raw_se=se,
            pooled_mean=pooled.mean(axis=0),
        )
        names = [f"pooled_q{round(1000 * level):03d}" for level in LEVELS]
        parts.append(told.assign(**dict(zip(names, quantiles, strict=True))))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"horizon": []})


def _pooled(
    fit: Fit, parameters: Parameters, cells: np.ndarray, begun: np.ndarray, horizon: int
) -> np.ndarray:
    """Expected contribution to an age of customers who came on day `begun`, (draws, cells)."""
    from workbench.models.families import family
    from workbench.value.parameters import spaced

    at = spaced(parameters.n_draws, _DRAWS)
    model, margins = family(fit.data.family), fit.data.margins
    assert margins is not None
    clock = parameters.clock[at]
    end = np.minimum(begun + horizon, clock.shape[1] - 1)
    span = clock[:, end] - clock[:, begun]
    shapes = model.natural(
        parameters.r[at][:, None],
        parameters.log_rate[at][:, cells],
        parameters.kappa[at][:, None],
        parameters.logit_drop[at][:, cells],
    )
    orders = model.expected_purchases_new(span, **shapes)
    group = margins.group_of_cell[cells]
    each = parameters.ratio[at][:, group] * np.exp(parameters.log_spend[at][:, cells])
    each -= parameters.fixed_cost[at][:, None]
    return np.asarray(parameters.first_value[at][:, group] + orders * each)
