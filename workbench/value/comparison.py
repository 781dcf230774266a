"""A forecast of a window beside what the same customers did in it, for total, channel, cohort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from workbench.value.forecast import Forecast
from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.proper import crps, pit
from workbench.value.scores import MORE_QUANTILES, QUANTILES
from workbench.value.summaries import sum_by

__all__ = ["EVERYONE", "compare", "compare_points"]

EVERYONE = "All customers"
_ALL_QUANTILES = QUANTILES | MORE_QUANTILES


def compare(
    forecast: Forecast,
    customers: pd.DataFrame,
    done: pd.DataFrame,
    *,
    cohorts: Sequence[str],
    metrics: Sequence[str],
    seed: int = 1,
) -> pd.DataFrame:
    """Set the draws of a forecast against what the same customers did.

    Parameters
    ----------
    forecast : Forecast
        Of `customers`, simulated over the window.
    customers : DataFrame
        The warehouse's customer table at the cutoff.
    done : DataFrame
        customer_id, purchase_days, revenue, contribution (`Warehouse.window`).
    cohorts : sequence of str
        Columns that make a cohort; without any the cohort level repeats the total.
    metrics : sequence of {"orders", "revenue", "contribution"}
    seed : int
        Breaks ties in the PIT values.

    Returns
    -------
    DataFrame
        level, group, customers, metric, actual, mean, `QUANTILES`, `MORE_QUANTILES`, crps (in the
        unit of the metric) and pit; sums over the group's customers, orders in purchase days,
        money in shop currency.
    """
    rng = np.random.default_rng([seed, 17])
    groups = forecast.groups
    actual = _happened(customers, done, metrics)
    parts = []
    for level, keyed, by in _levels(groups, cohorts):
        names = _names(keyed, by)
        size = sum_by(keyed, by, groups["customers"].to_numpy(dtype=float))
        for metric in metrics:
            draws = sum_by(keyed, by, getattr(forecast, metric))
            outcome = sum_by(keyed, by, actual[metric].to_numpy(dtype=float))
            quantiles = np.quantile(draws, list(_ALL_QUANTILES.values()), axis=1)
            parts.append(
                pd.DataFrame(
                    {
                        "level": level,
                        "group": names,
                        "customers": size.astype(int),
                        "metric": metric,
                        "actual": outcome,
                        "mean": draws.mean(axis=1),
                        **dict(zip(_ALL_QUANTILES, quantiles, strict=True)),
                        "crps": crps(draws, outcome),
                        "pit": pit(draws, outcome, rng),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def compare_points(
    predicted: pd.DataFrame,
    customers: pd.DataFrame,
    done: pd.DataFrame,
    *,
    cohorts: Sequence[str],
    metrics: Sequence[str],
) -> pd.DataFrame:
    """Set a point forecast of each customer against what these customers did.

    Parameters
    ----------
    predicted : DataFrame
        customer_id and a column per metric; a metric that it lacks is left out. Customers that it
        lacks count neither in the forecast nor in the outcome.
    customers, done, cohorts, metrics
        As in `compare`.

    Returns
    -------
    DataFrame
        The columns of `compare`; quantiles, crps and pit are NaN.
    """
    metrics = [metric for metric in metrics if metric in predicted]
    known = customers[customers["customer_id"].isin(predicted["customer_id"])]
    actual = _happened(known, done, metrics)
    named = known[["customer_id", *GROUP_COLUMNS]].merge(predicted, on="customer_id")
    mean = named.groupby(GROUP_COLUMNS, sort=True)[metrics].sum().reset_index()
    groups = named.groupby(GROUP_COLUMNS, sort=True).size().rename("customers").reset_index()
    blank = dict.fromkeys([*_ALL_QUANTILES, "crps", "pit"], np.nan)
    parts = [
        pd.DataFrame(
            {
                "level": level,
                "group": _names(keyed, by),
                "customers": sum_by(keyed, by, groups["customers"].to_numpy(float)).astype(int),
                "metric": metric,
                "actual": sum_by(keyed, by, actual[metric].to_numpy(dtype=float)),
                "mean": sum_by(keyed, by, mean[metric].to_numpy(dtype=float)),
                **blank,
            }
        )
        for level, keyed, by in _levels(groups, cohorts)
        for metric in metrics
    ]
    return pd.concat(parts, ignore_index=True)


def _happened(customers: pd.DataFrame, done: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """What the customers of each cell did, in the order of the cells."""
    named = customers[["customer_id", *GROUP_COLUMNS]].merge(
        done.rename(columns={"purchase_days": "orders"}), on="customer_id", validate="1:1"
    )
    return named.groupby(GROUP_COLUMNS, sort=True)[list(metrics)].sum().reset_index()


def _levels(
    groups: pd.DataFrame, cohorts: Sequence[str]
) -> Iterator[tuple[str, pd.DataFrame, list[str]]]:
    """Each level with its cells and the columns that make its groups."""
    keyed = groups.assign(**{EVERYONE: EVERYONE})
    for level, by in (
        ("total", []),
        ("channel", ["channel"]),
        ("cohort", [name for name in GROUP_COLUMNS if name in cohorts]),
    ):
        yield level, keyed, by or [EVERYONE]


def _names(keyed: pd.DataFrame, by: list[str]) -> pd.Series:
    names = keyed.groupby(by, sort=True).size().reset_index()[by].astype(str)
    return names.agg(" · ".join, axis=1)
