"""Scores of forecasts customer by customer: who brings most, and how much is each promised.

References
----------
Wang, Liu and Miao (2019), A Deep Probabilistic Model for Customer Lifetime Value Prediction,
arXiv 1912.07753: normalised Gini coefficient and decile chart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["COLUMNS", "PARTS", "customer_summary", "decile_table", "normalised_gini"]

PARTS = 10
COLUMNS = (
    "cutoff", "horizon_days", "metric", "decile", "customers", "predicted", "actual", "pooling",
)  # fmt: skip
"""Columns of ``backtest_customers.csv``."""


def normalised_gini(predicted: np.ndarray, actual: np.ndarray) -> float:
    """How well a forecast ranks customers: 1 as well as can be, 0 no better than chance.

    With customers from the highest forecast to the lowest, the area between the running share of
    what they brought and the diagonal, over the same area when sorted by what they brought (Wang,
    Liu and Miao 2019). Customers with equal forecasts count in all their orders at once, so that
    no order of the table matters. Below 0 where low forecasts brought more.

    Parameters
    ----------
    predicted, actual : ndarray, shape (customers,)
        In one unit, though only the order of `predicted` counts.

    Returns
    -------
    float
        NaN without two customers who brought something else each, or if they brought nothing in
        total.
    """
    actual = np.asarray(actual, dtype=float)
    total = actual.sum()
    if len(actual) < 2 or not total > 0 or np.ptp(actual) == 0:
        return np.nan
    return _area(predicted, actual) / _area(actual, actual)


def _area(order: np.ndarray, actual: np.ndarray) -> float:
    n = len(actual)
    _, shared = _ranked(order, actual)
    return float(shared.cumsum().sum() / actual.sum() - (n + 1) / 2) / n


def _ranked(predicted: np.ndarray, actual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Forecasts from the highest down, and outcomes, averaged over customers with equal ones."""
    predicted = np.asarray(predicted, dtype=float)
    order = np.argsort(-predicted, kind="stable")
    ranked = predicted[order]
    start = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    sizes = np.diff(np.r_[start, len(ranked)])
    means = np.add.reduceat(actual[order], start) / sizes
    return ranked, np.repeat(means, sizes)


def decile_table(predicted: np.ndarray, actual: np.ndarray) -> pd.DataFrame:
    """Forecast and outcome of the customers in ten parts, by forecast.

    Parameters
    ----------
    predicted, actual : ndarray, shape (customers,)

    Returns
    -------
    DataFrame
        decile (1 holds the highest forecasts), customers (as equal as can be, the first deciles
        are the larger ones), predicted and actual (*means* per customer of the decile, in the unit
        of the inputs: times `customers` they add up to the totals). Customers with equal forecasts
        at a border share their outcomes. Fewer than ten customers fill the first deciles.
    """
    actual = np.asarray(actual, dtype=float)
    if not len(actual):
        return pd.DataFrame({"decile": [], "customers": [], "predicted": [], "actual": []})
    ranked, shared = _ranked(predicted, actual)
    rows = [
        (i + 1, len(part), ranked[part].mean(), shared[part].mean())
        for i, part in enumerate(np.array_split(np.arange(len(actual)), PARTS))
        if len(part)
    ]
    return pd.DataFrame(rows, columns=["decile", "customers", "predicted", "actual"])


def customer_summary(
    predicted: pd.DataFrame, actual: pd.DataFrame, metrics: Sequence[str]
) -> pd.DataFrame:
    """Score the forecasts of single customers.

    Parameters
    ----------
    predicted : DataFrame
        customer_id and a column per metric: posterior mean over the horizon.
    actual : DataFrame
        customer_id and the same columns: what these customers did in it.
    metrics : sequence of str
        Columns to score; those that `predicted` lacks are left out.

    Returns
    -------
    DataFrame
        One row per metric: level ("customer"), metric, groups (customers), actual and mean (sums),
        bias, wape (as in `backtest_summary`, each customer being a group), mae (mean absolute
        error per customer, in the unit of the metric) and gini (`normalised_gini`).
    """
    both = predicted.merge(actual, on="customer_id", suffixes=("", "_actual"), validate="1:1")
    rows = []
    for metric in metrics:
        if metric not in predicted:
            continue
        mean = both[metric].to_numpy(dtype=float)
        outcome = both[f"{metric}_actual"].to_numpy(dtype=float)
        error = np.abs(mean - outcome)
        total = outcome.sum() if outcome.sum() > 0 else np.nan
        rows.append(
            {
                "level": "customer",
                "metric": metric,
                "groups": len(both),
                "actual": outcome.sum(),
                "mean": mean.sum(),
                "bias": mean.sum() / total - 1.0,
                "wape": error.sum() / total,
                "mae": error.mean() if len(error) else np.nan,
                "gini": normalised_gini(mean, outcome),
            }
        )
    return pd.DataFrame(rows)
