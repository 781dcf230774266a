"""The forecasts that a brand's log would have got on earlier days, and what came of them.

The same log, cut off some months back, is fitted and forecast to the as-of date, where the outcome
is known. Two things are learned from it: how far reality strays from such forecasts, of orders and
of what an order brings, by customers of that day and by those won after it
(`workbench.value.pace`), and whether effects of the first-purchase month help. They need not: a
cohort's month, its age and the calendar go hand in hand, and where customers buy by the calendar
(once a year, say) months fit the past and mislead about the future.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.errors import ModelError
from workbench.models.data import prepare
from workbench.models.design import MONTH
from workbench.models.fit import fit
from workbench.models.settings import SamplerSettings
from workbench.store.warehouse import Warehouse
from workbench.value.forecast import Forecast, simulate
from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.newcomer_record import FOLLOWED, first_order_rows, newcomer_rows
from workbench.value.pace import Pace, learn_pace
from workbench.value.parameters import make_parameters
from workbench.value.scores import QUANTILES, pinball_loss

__all__ = [
    "BACK_DAYS", "COLUMNS", "Outlook", "forecast_record", "months_help", "outlook", "won_after",
]  # fmt: skip

BACK_DAYS = (365, 182, 91)
"""Days before the as-of date from which is forecast, as far as history allows."""
MOST = 2
"""Forecasts made: the two that look furthest ahead; each costs a fit with and without months."""
LEAST_HISTORY = 120
"""Days of history that an earlier forecast needs."""
NEEDED_GAIN = 0.97
"""Effects of the first month must bring the loss of earlier forecasts below this share."""
RECORD = SamplerSettings(chains=2, draws=150, tune=200, longer=False)
"""A forecast's median and spread need fewer draws than a client's page."""
LEAST_ORDERS = 20
"""Expected orders from which on the log of a cohort's forecast says something."""
COLUMNS = {
    "months": "bool",
    "cutoff": "str",
    "horizon_days": "int64",
    "level": "str",
    "group": "str",
    "customers": "int64",
    "actual": "float64",
    "mean": "float64",
    "log_mean": "float64",
    "log_sd": "float64",
    "loss": "float64",
    "actual_spend": "float64",
    "log_spend_mean": "float64",
    "log_spend_sd": "float64",
}


def forecast_record(
    warehouse: Warehouse,
    as_of: date,
    *,
    cohorts: Sequence[str],
    settings: SamplerSettings,
    store: Path | None = None,
) -> pd.DataFrame:
    """Forecast repeat orders and their revenue from earlier dates to the as-of date and compare.

    Parameters
    ----------
    warehouse : Warehouse
    as_of : date
        Nothing after it is used.
    cohorts : sequence of str
        Cohort dimensions of the brand.
    settings : SamplerSettings
        Of the forecast that the record is for; those of the record have no more draws than
        `RECORD`.
    store : Path, optional
        Folder of stored posteriors.

    Returns
    -------
    DataFrame
        One row per months (whether effects of the first month were modelled), cutoff and group of
        level "total" or "cohort", and of levels "newcomers", "newcomers_channel", "first_orders"
        and "first_orders_channel", customers won after the cutoff
        (`workbench.value.newcomer_record`): customers, actual and mean (orders in
        the window), log_mean and log_sd (of the log of the forecast's draws; NaN for groups with
        fewer than 20 expected orders), loss (twice the mean pinball loss, in orders);
        actual_spend, log_spend_mean and log_spend_sd: net revenue per order in shop currency, NaN
        in a log without money. Empty where history is too short.
    """
    settings = replace(
        settings,
        chains=min(settings.chains, RECORD.chains),
        draws=min(settings.draws, RECORD.draws),
        tune=min(settings.tune, RECORD.tune),
        longer=False,
    )
    everyone = warehouse.customers(as_of)
    first = everyone["first_day"].min()
    parts = []
    since = -1 if pd.isna(first) else (as_of - first.date()).days
    for back in [days for days in BACK_DAYS if since - days >= LEAST_HISTORY][:MOST]:
        cutoff = as_of - timedelta(back)
        customers = warehouse.customers(cutoff)
        done = warehouse.window(cutoff, as_of)
        won = everyone[everyone["first_day"] > pd.Timestamp(cutoff)]
        first_orders = first_order_rows(customers, won)
        for dimensions in _variants(customers, cohorts):
            try:
                forecast, group, newcomers = _forecast(
                    warehouse, customers, everyone, cutoff, back, dimensions, settings, store
                )
            except ModelError:  # too little to learn from so early is no error of today
                continue
            size = len(forecast.groups)
            happened = {
                name: np.bincount(group, done[name].to_numpy(dtype=float), size)
                for name in ("purchase_days", "revenue")
                if name in done
            }
            table = _compare(
                forecast, happened["purchase_days"], happened.get("revenue", np.full(size, np.nan))
            )
            parts.append(
                pd.concat([table, newcomers, first_orders], ignore_index=True).assign(
                    months=MONTH in dimensions, cutoff=cutoff.isoformat(), horizon_days=back
                )
            )
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    if not parts:
        return empty
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)].astype(COLUMNS)


@dataclass(frozen=True)
class Outlook:
    """What the record says about the next forecast.

    Attributes
    ----------
    cohorts : tuple of str
        Cohort dimensions to model: those of the brand, without the first month where its effects
        did not help.
    pace : Pace
        How far reality strays from such forecasts.
    record : DataFrame
        Rows of `forecast_record` of the forecasts with these dimensions.
    """

    cohorts: tuple[str, ...]
    pace: Pace
    record: pd.DataFrame


def outlook(record: pd.DataFrame, cohorts: Sequence[str]) -> Outlook:
    """Decide which dimensions to model, and learn the pace of forecasts with them.

    Parameters
    ----------
    record : DataFrame
        Of `forecast_record`.
    cohorts : sequence of str
        Cohort dimensions of the brand.
    """
    months = months_help(record)
    kept = tuple(name for name in cohorts if months or name != MONTH)
    rows = record[record["months"] == (MONTH in kept)].reset_index(drop=True)
    return Outlook(kept, learn_pace(rows), rows)


def months_help(record: pd.DataFrame) -> bool:
    """Whether earlier forecasts of cohorts lost less with effects of the first month.

    Without a record of both they stay out: on real logs they mislead more often than they help.
    """
    cohorts = record[record["level"] == "cohort"]
    losses = cohorts.pivot_table("loss", "cutoff", "months", aggfunc="sum")
    if losses.shape[1] < 2:
        return False
    both = losses.dropna().sum()  # a cutoff that was forecast one way only compares nothing
    return bool(both[True] < NEEDED_GAIN * both[False])


def _variants(customers: pd.DataFrame, cohorts: Sequence[str]) -> list[tuple[str, ...]]:
    """Cohort dimensions with the first month, where there are two to tell apart, and without."""
    without = tuple(name for name in cohorts if name != MONTH)
    if MONTH not in cohorts or customers[MONTH].nunique() < 2:
        return [without]
    return [tuple(cohorts), without]


def _forecast(
    warehouse: Warehouse,
    customers: pd.DataFrame,
    everyone: pd.DataFrame,
    cutoff: date,
    horizon: int,
    cohorts: Sequence[str],
    settings: SamplerSettings,
    store: Path | None,
) -> tuple[Forecast, np.ndarray, pd.DataFrame]:
    """Forecast of all customers over the horizon, the cohort of each, and rows of newcomers."""
    data = prepare(customers, warehouse.daily(cutoff), as_of=cutoff, cohorts=cohorts)
    fitted = fit(data, store=store, settings=settings)
    parameters = make_parameters(fitted, horizon=horizon, seed=settings.seed)
    nobody = np.zeros(len(customers), dtype=np.int64)
    forecast = simulate(
        fitted,
        parameters,
        customers,
        horizon=nobody + horizon,
        short=nobody,
        in_curve=nobody.astype(bool),
        seed=settings.seed,
    )
    group = customers.groupby(GROUP_COLUMNS, sort=True).ngroup().to_numpy()
    return (
        forecast,
        group,
        newcomer_rows(
            fitted,
            parameters,
            won_after(everyone, cutoff, horizon),
            least_orders=LEAST_ORDERS,
            seed=settings.seed,
        ),
    )


def won_after(everyone: pd.DataFrame, cutoff: date, horizon: int) -> pd.DataFrame:
    """Customers won after the cutoff and followed for long enough, as `newcomer_rows` asks.

    Parameters
    ----------
    everyone : DataFrame
        The warehouse's customer table at the as-of date, `horizon` days after the cutoff.
    cutoff : date
    horizon : int
    """
    day = (everyone["first_day"] - pd.Timestamp(cutoff)).dt.days
    won = everyone[(day > 0) & (day <= FOLLOWED * horizon)]
    spent = won["mean_repeat_revenue"].where(won["repeat_days"] > 0, 0.0)
    return pd.DataFrame(
        {
            "channel": won["channel"],
            "first_product": won["first_product"],
            "day": day[won.index],
            "repeat_days": won["repeat_days"],
            "repeat_revenue": won["repeat_days"] * spent,
        }
    )


def _compare(forecast: Forecast, orders: np.ndarray, revenue: np.ndarray) -> pd.DataFrame:
    """Forecasts of total and cohorts against the actual orders and revenue of each cohort."""
    groups = forecast.groups

    def with_total(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values.sum(axis=0, keepdims=True), values])

    draws, money = with_total(forecast.orders), with_total(forecast.revenue)
    seen, earned = with_total(orders), with_total(revenue)
    mean = draws.mean(axis=1)
    # A draw without any order has no logarithm; half an order is as good as none.
    logs = np.log(np.maximum(draws, 0.5))
    told = (mean >= LEAST_ORDERS) | (np.arange(len(mean)) == 0)
    # Spend is told where every draw has some; refunds may leave less than nothing of the outcome.
    paid = told & (money > 0).all(axis=1) & (earned > 0) & (seen > 0)
    each = np.log(np.where(paid[:, None], money / np.maximum(draws, 0.5), 1.0))
    loss = pinball_loss(seen, np.quantile(draws, list(QUANTILES.values()), axis=1))
    names = groups[GROUP_COLUMNS].astype(str).agg(" · ".join, axis=1)
    return pd.DataFrame(
        {
            "level": ["total", *["cohort"] * len(groups)],
            "group": ["All customers", *names],
            "customers": [int(groups["customers"].sum()), *groups["customers"]],
            "actual": seen,
            "mean": mean,
            "log_mean": np.where(told, logs.mean(axis=1), np.nan),
            "log_sd": np.where(told, logs.std(axis=1), np.nan),
            "loss": loss,
            "actual_spend": np.where(paid, earned / np.maximum(seen, 0.5), np.nan),
            "log_spend_mean": np.where(paid, each.mean(axis=1), np.nan),
            "log_spend_sd": np.where(paid, each.std(axis=1), np.nan),
        }
    )
