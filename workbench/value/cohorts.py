"""12-month value of cohorts, products and months: observed part plus predicted part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.fit import Fit
from workbench.value.forecast import Forecast
from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.summaries import sum_by, summary_columns


@dataclass(frozen=True)
class CohortValue:
    """Value of every cohort, as sums over its customers.

    Attributes
    ----------
    groups : DataFrame
        GROUP_COLUMNS, customers, age_days (mean), customers_90d, retained_90d.
    observed_12m, observed_90d : ndarray, shape (groups,)
        Contribution that has come in by age 365 (90) days, in currency, all customers.
    total_12m, total_90d : ndarray, shape (groups, draws)
        Observed plus predicted contribution to age 365 (90) days.
    """

    groups: pd.DataFrame
    observed_12m: np.ndarray
    observed_90d: np.ndarray
    total_12m: np.ndarray
    total_90d: np.ndarray


def cohort_value(customers: pd.DataFrame, forecast: Forecast) -> CohortValue:
    """Join what came in with what is predicted.

    Parameters
    ----------
    customers : DataFrame
        The warehouse's customer table.
    forecast : Forecast
        Simulated to age 365 days for every customer, `contribution_short` to age 90.
    """
    mature = customers["age_days"] >= 90
    grouped = customers.assign(
        customers_90d=mature.astype(int),
        retained_90d=(mature & (customers["repeat_days_90d"] > 0)).astype(int),
    ).groupby(GROUP_COLUMNS, sort=True)
    table = grouped.agg(
        customers=("customer_id", "size"),
        age_days=("age_days", "mean"),
        customers_90d=("customers_90d", "sum"),
        retained_90d=("retained_90d", "sum"),
        observed_12m=("contribution_12m", "sum"),
        observed_90d=("contribution_90d", "sum"),
    ).reset_index()
    seen_12m = table.pop("observed_12m").to_numpy(dtype=float)
    seen_90d = table.pop("observed_90d").to_numpy(dtype=float)
    return CohortValue(
        groups=table,
        observed_12m=seen_12m,
        observed_90d=seen_90d,
        total_12m=seen_12m[:, None] + forecast.contribution,
        total_90d=seen_90d[:, None] + forecast.contribution_short,
    )


def value_table(
    value: CohortValue, by: Sequence[str], *, months: Sequence[str] | None = None
) -> pd.DataFrame:
    """12-month value per acquired customer of the groups that share the columns `by`.

    Parameters
    ----------
    value : CohortValue
    by : sequence of str
        Subset of channel, first_product, first_month.
    months : sequence of str, optional
        Only cohorts of these first-purchase months.

    Returns
    -------
    DataFrame
        `by`, customers, age_days, retention_90d (share of customers at least 90 days old with an
        order on a later day within 90), value_90d_*, value_12m_* in currency per acquired
        customer, observed_share (observed part over the expected total).
    """
    keep = (
        np.ones(len(value.groups), dtype=bool)
        if months is None
        else value.groups["first_month"].isin(list(months)).to_numpy()
    )
    groups = value.groups[keep].reset_index(drop=True)
    if groups.empty:
        groups = value.groups.iloc[:0]
    keys = groups.groupby(list(by), sort=True).size().reset_index()[list(by)]
    n = sum_by(groups, by, groups[["customers"]].to_numpy(dtype=float))
    weighted_age = (groups["age_days"] * groups["customers"]).to_numpy()[:, None]
    age = sum_by(groups, by, weighted_age)[:, 0] / n[:, 0]
    mature = sum_by(groups, by, groups[["customers_90d", "retained_90d"]].to_numpy(dtype=float))
    total_12m = sum_by(groups, by, value.total_12m[keep]) / n
    total_90d = sum_by(groups, by, value.total_90d[keep]) / n
    observed = sum_by(groups, by, value.observed_12m[keep][:, None])[:, 0] / n[:, 0]
    expected = total_12m.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        retention = np.where(mature[:, 0] > 0, mature[:, 1] / mature[:, 0], np.nan)
        share = np.where(expected != 0, observed / expected, np.nan)
    return keys.assign(
        customers=n[:, 0].astype(int),
        age_days=age,
        retention_90d=retention,
        **summary_columns(total_90d, "value_90d", ("q05", "q95")),
        **summary_columns(total_12m, "value_12m"),
        observed_share=share,
    )


def cohort_table(value: CohortValue, fit: Fit) -> pd.DataFrame:
    """`cohorts.csv`: `value_table` by all three columns, and what each cohort is pooled towards."""
    table = value_table(value, GROUP_COLUMNS)
    modelled = [name for name in GROUP_COLUMNS if name in fit.data.design.levels]
    words = "all customers" if not modelled else " + ".join(name for name in modelled)
    return table.assign(pooled_towards=words)
