"""What repeat revenue leaves: contribution per net revenue, and first-order contribution.

Both are means over many orders, so their likelihood is the normal one of a mean with a known
standard error, by group of channel and first product; the groups are pooled in the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

# A group's standard error is never taken to be smaller than this share of the overall spread:
# two identical orders are no proof that all will be alike.
SMALLEST_GROUP = 5


@dataclass(frozen=True)
class Margins:
    """Observed margins by group; all in currency or as plain ratios.

    Attributes
    ----------
    groups : DataFrame
        channel, first_product of each group.
    group_of_cell : ndarray of int, shape (cells,)
    cost_per_purchase : float
        Part of the cost that does not grow with revenue, per purchase day, in currency.
    ratio, ratio_se : ndarray, shape (groups,)
        Contribution plus `cost_per_purchase` for each purchase day, over net revenue, of repeat
        purchases; NaN where a group has none.
    first, first_se : ndarray, shape (groups,)
        Mean contribution of a customer's first day, in currency.
    first_ratio : float
        Contribution per net revenue of first days, all customers: stands in where nobody bought
        twice.
    exact : bool
        True where contribution equals net revenue (no costs known): the ratio is 1, not estimated.
    """

    groups: pd.DataFrame
    group_of_cell: np.ndarray
    cost_per_purchase: float
    ratio: np.ndarray
    ratio_se: np.ndarray
    first: np.ndarray
    first_se: np.ndarray
    first_ratio: float
    exact: bool


def _fixed_cost(repeat: pd.DataFrame) -> float:
    """Least-squares cost per purchase day: contribution = ratio x revenue - cost x days."""
    design = np.column_stack([repeat["repeat_revenue"], -repeat["repeat_days"].astype(float)])
    if len(repeat) < 10 or np.linalg.matrix_rank(design) < 2:
        return 0.0
    solution, *_ = np.linalg.lstsq(design, repeat["repeat_contribution"].to_numpy(), rcond=None)
    return float(max(solution[1], 0.0))


def make_margins(customers: pd.DataFrame, cells: pd.DataFrame, cell: np.ndarray) -> Margins:
    """Measure margins by channel and first product.

    Parameters
    ----------
    customers : DataFrame
        With repeat_revenue, repeat_contribution, repeat_days, first_contribution, first_revenue.
    cells : DataFrame
        Cohort cells (`Design.cells`).
    cell : ndarray of int, shape (customers,)
    """
    keys = ["channel", "first_product"]
    groups = cells[keys].drop_duplicates().sort_values(keys).reset_index(drop=True)
    position = {tuple(row): i for i, row in enumerate(groups.itertuples(index=False, name=None))}
    group_of_cell = np.array([position[tuple(row)] for row in cells[keys].to_numpy()])
    group = group_of_cell[cell]
    n_groups = len(groups)

    revenue = customers["repeat_revenue"].fillna(0.0).to_numpy()
    contribution = customers["repeat_contribution"].fillna(0.0).to_numpy()
    days = customers["repeat_days"].to_numpy(dtype=float)
    exact = bool(
        np.allclose(revenue, contribution, rtol=1e-9, atol=1e-9)
        and np.allclose(customers["first_revenue"], customers["first_contribution"])
    )
    bought = (days > 0) | (contribution != 0)
    fixed = 0.0 if exact else _fixed_cost(customers[bought])

    gross = contribution + fixed * days
    total = np.bincount(group, revenue, n_groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.bincount(group, gross, n_groups) / total
    overall = gross.sum() / max(revenue.sum(), 1e-12)
    residual = gross - np.where(np.isfinite(ratio), ratio, overall)[group] * revenue
    spread = np.sqrt(np.bincount(group, residual**2, n_groups))
    count = np.bincount(group[bought], minlength=n_groups)
    # One-customer groups have no spread of their own: theirs is that of all customers.
    pooled = np.sqrt((residual**2).sum() / max(bought.sum(), 1)) * np.sqrt(np.maximum(count, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio_se = np.where(count < SMALLEST_GROUP, np.maximum(pooled, spread), spread) / total
    unusable = (count == 0) | (total <= 0)
    ratio[unusable] = np.nan
    ratio_se[unusable] = np.nan

    first_values = customers["first_contribution"].to_numpy(dtype=float)
    n = np.bincount(group, minlength=n_groups)
    first = np.bincount(group, first_values, n_groups) / n
    deviation = first_values - first[group]
    overall_sd = first_values.std() if len(first_values) > 1 else abs(float(first_values[0]))
    own_sd = np.sqrt(np.bincount(group, deviation**2, n_groups) / np.maximum(n - 1, 1))
    sd = np.where(n < SMALLEST_GROUP, np.maximum(own_sd, overall_sd), own_sd)
    return Margins(
        groups=groups,
        group_of_cell=group_of_cell,
        cost_per_purchase=fixed,
        ratio=ratio,
        ratio_se=np.maximum(ratio_se, 1e-6),
        first=first,
        first_se=np.maximum(sd / np.sqrt(n), 1e-6),
        first_ratio=float(first_values.sum() / max(customers["first_revenue"].sum(), 1e-12)),
        exact=exact,
    )
