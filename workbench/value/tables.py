"""All tables of value of a run, from one valuation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.models.fit import Fit
from workbench.value.channels import (
    ChannelDraws,
    channel_table,
    curve_table,
    p_any_flip,
    rank_flips,
    spend_without_customers,
)
from workbench.value.cohorts import cohort_table, value_table
from workbench.value.customers import customer_table
from workbench.value.predictive import history_matrix, tracking_table
from workbench.value.valuation import Valuation

__all__ = ["summary_table", "value_tables"]


def summary_table(valuation: Valuation, spend: pd.DataFrame) -> pd.DataFrame:
    """`summary.csv`: the few figures of the whole brand, each from joint draws.

    Quantities: value_12m (per customer won in the acquisition window), cac and true_profit (of
    paid channels, 12 months, with their part of the customers of unknown channel), p_rank_disagree
    (probability that reported ROAS and 12-month ROAS rank the channels differently, in `mean`),
    spend_without_customers (observed).
    """
    draws: ChannelDraws = valuation.channels
    n = draws.customers
    rows = []

    def add(name: str, values: np.ndarray, unit: str, basis: str) -> None:
        low, high = np.quantile(values, [0.05, 0.95])
        rows.append((name, values.mean(), low, high, unit, basis))

    each = (draws.value * n[:, None]).sum(axis=0) / n.sum()
    add("value_12m", each, "per customer", "observed + predicted")
    paid = np.isfinite(draws.spend)
    if paid.any():
        unknown = bool(draws.unknown.any())
        cac = draws.spend[paid].sum() / draws.won[paid].sum(axis=0)
        add("cac", cac, "per customer", "observed + prior" if unknown else "observed")
        add("true_profit", draws.true_profit[paid].sum(axis=0), "12 months", "observed + predicted")
    flip = p_any_flip(draws)
    if np.isfinite(flip):
        nan = float("nan")
        rows.append(("p_rank_disagree", flip, nan, nan, "probability", "observed + predicted"))
    lost = float(spend_without_customers(draws, spend, valuation.window)["spend"].sum())
    if lost > 0:
        rows.append(("spend_without_customers", lost, lost, lost, "12 months", "observed"))
    return pd.DataFrame(rows, columns=["quantity", "mean", "q05", "q95", "unit", "basis"])


def value_tables(
    valuation: Valuation,
    fit: Fit,
    customers: pd.DataFrame,
    daily: pd.DataFrame,
    spend: pd.DataFrame,
    *,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Every table of value by its name; those about money are empty in a log without money."""
    value, draws = valuation.value, valuation.channels
    tables = {
        "customers": customer_table(fit, valuation.parameters, customers, valuation.forecast),
        "history_matrix": history_matrix(customers, valuation.forecast.customers),
        "tracking": tracking_table(fit, valuation.parameters, customers, daily, seed=seed),
    }
    channels = channel_table(draws, valuation.value_next)
    about_money = {
        "cohorts": cohort_table(value, fit),
        "channels": channels.assign(break_even_roas=_break_even(valuation, customers)),
        "curves": curve_table(draws),
        "rank_flips": rank_flips(draws),
        "products": value_table(value, ["first_product"]),
        "months": value_table(value, ["first_month"]),
        "channel_months": value_table(value, ["first_month", "channel"]),
        "summary": summary_table(valuation, spend),
    }
    for name, table in about_money.items():
        tables[name] = table if valuation.parameters.has_money else table.iloc[:0]
    return tables


def _break_even(valuation: Valuation, customers: pd.DataFrame) -> np.ndarray:
    """Reported ROAS at which the first year's revenue just pays: one over contribution margin."""
    rows = customers[customers["first_month"].isin(valuation.window.months)]
    by = rows.groupby("channel")[["revenue", "contribution"]].sum()
    by = by.reindex(valuation.channels.channels)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (by["revenue"] / by["contribution"]).to_numpy(dtype=float)
    return np.where(by["contribution"].to_numpy() > 0, ratio, np.nan)
