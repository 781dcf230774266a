"""The tables of a backtest: their columns, and how the parts of its cutoffs become them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.value.customer_scores import COLUMNS as CUSTOMER_COLUMNS
from workbench.value.scores import MORE_QUANTILES, QUANTILES, SCORES, backtest_summary

__all__ = [
    "BASELINE_COLUMNS",
    "COLUMNS",
    "CUSTOMER_COLUMNS",
    "OURS",
    "SCORE_COLUMNS",
    "Backtest",
    "gather",
]

COLUMNS = (
    "cutoff", "horizon_days", "level", "group", "customers", "metric", "pooling", "actual", "mean",
    *QUANTILES, *MORE_QUANTILES, "crps", "pit",
)  # fmt: skip
"""Columns of ``backtest.csv``."""
BASELINE_COLUMNS = (*COLUMNS, "model", "note")
"""Columns of ``backtest_baselines.csv``."""
SCORE_COLUMNS = (
    "model", "cutoff", "horizon_days", "level", "metric", "pooling", *SCORES, "mae", "gini",
)  # fmt: skip
"""Columns of ``backtest_scores.csv``."""

OURS = "workbench"
"""The model in use, in the column `model`."""


@dataclass(frozen=True)
class Backtest:
    """Forecasts of several cutoffs beside what happened.

    Attributes
    ----------
    table : DataFrame
        `COLUMNS`: our forecasts by group.
    customers : DataFrame
        `CUSTOMER_COLUMNS`: our forecasts by decile of forecast; means per customer.
    baselines : DataFrame
        `BASELINE_COLUMNS`: point forecasts of the same groups. Where a baseline cannot be made at
        a cutoff, one row per metric of level "total" says so in `note`, with `mean` NaN.
    scores : DataFrame
        `SCORE_COLUMNS`: `backtest_summary` of both, and at level "customer" `customer_summary`.
    """

    table: pd.DataFrame
    customers: pd.DataFrame
    baselines: pd.DataFrame
    scores: pd.DataFrame


def gather(tables: Mapping[str, list[pd.DataFrame]]) -> Backtest:
    """Put the parts of all cutoffs together.

    Parameters
    ----------
    tables : mapping
        Lists of frames: `rows` (ours by group), `deciles`, `points` (baselines by group) and
        `people` (`customer_summary` of every model).
    """
    rows, deciles, points, people = (
        pd.concat(tables[name], ignore_index=True)
        for name in ("rows", "deciles", "points", "people")
    )
    table = rows[list(COLUMNS)]
    baselines = points.reindex(columns=list(BASELINE_COLUMNS))
    both = pd.concat([table.assign(model=OURS), baselines.dropna(subset=["mean"])])
    scores = pd.concat([backtest_summary(both), people], ignore_index=True)
    keys = ["model", "cutoff", "horizon_days", "level", "metric", "pooling"]
    scores = scores.reindex(columns=list(SCORE_COLUMNS)).sort_values(keys, ignore_index=True)
    return Backtest(table, deciles[list(CUSTOMER_COLUMNS)], baselines, scores)
