"""Forecasts made from earlier dates, held against what happened.

Everything up to a cutoff is used, as if the cutoff were the as-of date: the model is fitted anew on
the orders up to it, every customer acquired on or before it is simulated on to cutoff + horizon,
and the sums are compared with what the same customers did in (cutoff, cutoff + horizon].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.brand import Brand, load_brand
from workbench.cache import write_frame
from workbench.errors import InputError, Problem
from workbench.models.data import prepare
from workbench.models.fit import fit
from workbench.models.settings import FAST, SamplerSettings
from workbench.value.forecast import GROUP_COLUMNS, Forecast, simulate
from workbench.value.parameters import make_parameters
from workbench.value.scores import QUANTILES, backtest_summary
from workbench.value.summaries import sum_by

if TYPE_CHECKING:
    from workbench.store.warehouse import Warehouse

__all__ = ["COLUMNS", "QUANTILES", "backtest", "backtest_summary", "compare", "run_backtest"]

COLUMNS = (
    "cutoff", "horizon_days", "level", "group", "customers", "metric", "pooling", "actual", "mean",
    *QUANTILES,
)  # fmt: skip
"""Columns of ``backtest.csv``."""

LEAST_HISTORY = 90
"""Days of orders that a cutoff must have before it."""
EVERYONE = "All customers"
# The outer quantiles need more draws than a mean does.
DRAWS = 1000


def run_backtest(
    brand: str | Path | Brand,
    cutoffs: Iterable[date],
    horizon: int,
    out: str | Path = "reports",
    *,
    fast: bool = False,
    seed: int = 20260630,
) -> Path:
    """Forecast from earlier dates and write ``<out>/<brand folder name>/backtest/backtest.csv``.

    One row per cutoff, level (total, channel, cohort), group and metric. `orders` are purchase
    days; `revenue` and `contribution` are in shop currency as `workbench.store.contribution`
    defines them and count every order of the window, also what refunded ones cost. A log without
    money has orders only. Quantiles hold parameter uncertainty and purchase randomness. `pooling`
    is "partial", the model in use; complete pooling and none are not fitted.

    Refunds carry the date of their order, so that those that came after a cutoff are known at it:
    a real forecast sees recent orders a little too good.

    Parameters
    ----------
    brand : str, Path or Brand
        Brand folder, its brand.yaml, or settings already loaded.
    cutoffs : iterable of date
        Days to forecast from; nothing after one is used in its forecast.
    horizon : int
        Days forecast after each cutoff.
    out : str or Path
        Folder of the reports. Fits are stored there, and reused.
    fast : bool
        Fewer draws: to try things out.
    seed : int
        Seed of every random number.

    Returns
    -------
    Path
        The file; one of an earlier backtest is replaced.

    Raises
    ------
    InputError
        If a cutoff has too little history before it or its horizon is not observed whole.
    ModelError
        If a model cannot be fitted.
    """
    from workbench.sources import read_exports
    from workbench.store.warehouse import Warehouse

    loaded = brand if isinstance(brand, Brand) else load_brand(brand)
    exports = read_exports(loaded)
    days = exports.orders["day"]
    if loaded.as_of is not None:
        days = days[days <= pd.Timestamp(loaded.as_of)]
    dates = sorted(set(cutoffs))
    check_cutoffs(dates, horizon, days)
    home = Path(out) / loaded.slug
    table = backtest(
        Warehouse.open(loaded, exports),
        dates,
        horizon,
        cohorts=loaded.cohorts,
        settings=replace(FAST if fast else SamplerSettings(), seed=seed),
        store=home / "fits",
    )
    return write_frame(table, home / "backtest" / "backtest.csv")


def check_cutoffs(cutoffs: Sequence[date], horizon: int, order_days: pd.Series) -> None:
    """Refuse what cannot be forecast or compared, all problems at once.

    Parameters
    ----------
    cutoffs : sequence of date
    horizon : int
        Days forecast.
    order_days : Series of datetime64
        Days with orders that may be used.

    Raises
    ------
    InputError
        Without cutoff or order, for a horizon below one day, for a cutoff with fewer than 90 days
        of orders before it or whose horizon reaches beyond the last order day.
    """
    problems = []
    if not cutoffs:
        problems.append(Problem("No cutoff is given.", "cutoffs", "one day or more"))
    if horizon < 1:
        problems.append(Problem(f"{horizon} is no horizon.", "horizon", "whole days, at least 1"))
    if order_days.empty:
        problems.append(Problem("The order log holds no usable order.", "orders"))
    if problems:
        raise InputError(problems, "The backtest cannot be run")
    first, last = order_days.min().date(), order_days.max().date()
    earliest, latest = first + timedelta(LEAST_HISTORY), last - timedelta(horizon)
    allowed = (
        f"days from {earliest} to {latest}, for orders from {first} to {last}"
        if earliest <= latest
        else f"none: orders from {first} to {last} are too few days for {LEAST_HISTORY} days of "
        f"history and a horizon of {horizon}"
    )
    for cutoff in cutoffs:
        where = f"cutoff {cutoff}"
        if cutoff < earliest:
            what = f"Fewer than {LEAST_HISTORY} days of orders before it."
            problems.append(Problem(what, where, allowed, "Take a later day."))
        if cutoff > latest:
            end = cutoff + timedelta(horizon)
            what = f"{horizon} days on is {end}, after the last order day {last}."
            todo = "Take an earlier day or a shorter horizon."
            problems.append(Problem(what, where, allowed, todo))
    if problems:
        raise InputError(problems, "The backtest cannot be run")


def backtest(
    warehouse: Warehouse,
    cutoffs: Sequence[date],
    horizon: int,
    *,
    cohorts: Sequence[str],
    settings: SamplerSettings,
    store: Path | None = None,
) -> pd.DataFrame:
    """Fit, forecast and compare at each cutoff; the columns of ``backtest.csv``.

    Parameters
    ----------
    warehouse : Warehouse
    cutoffs : sequence of date
    horizon : int
        Days forecast.
    cohorts : sequence of str
        Cohort dimensions of the brand.
    settings : SamplerSettings
        Its seed is that of the simulation, too.
    store : Path, optional
        Folder of stored posteriors.

    Raises
    ------
    ModelError
        If a model cannot be fitted.
    """
    parts = []
    for cutoff in cutoffs:
        customers = warehouse.customers(cutoff)
        data = prepare(customers, warehouse.daily(cutoff), as_of=cutoff, cohorts=cohorts)
        fitted = fit(data, store=store, settings=settings)
        parameters = make_parameters(fitted, draws=DRAWS, horizon=horizon, seed=settings.seed)
        forecast = simulate(
            fitted,
            parameters,
            customers,
            horizon=np.full(len(customers), horizon),
            short=np.zeros(len(customers), dtype=np.int64),
            in_curve=np.zeros(len(customers), dtype=bool),
            seed=settings.seed,
        )
        done = warehouse.window(cutoff, cutoff + timedelta(horizon))
        metrics = ("orders", "revenue", "contribution") if parameters.has_money else ("orders",)
        table = compare(forecast, customers, done, cohorts=cohorts, metrics=metrics)
        parts.append(table.assign(cutoff=cutoff.isoformat(), horizon_days=horizon))
    return pd.concat(parts, ignore_index=True).assign(pooling="partial")[list(COLUMNS)]


def compare(
    forecast: Forecast,
    customers: pd.DataFrame,
    done: pd.DataFrame,
    *,
    cohorts: Sequence[str],
    metrics: Sequence[str],
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

    Returns
    -------
    DataFrame
        level, group, customers, metric, actual, mean and `QUANTILES`; sums over the group's
        customers, orders in purchase days, money in shop currency.
    """
    groups = forecast.groups
    named = customers[["customer_id", *GROUP_COLUMNS]].merge(
        done.rename(columns={"purchase_days": "orders"}), on="customer_id", validate="1:1"
    )
    actual = named.groupby(GROUP_COLUMNS, sort=True)[list(metrics)].sum().reset_index()
    levels = {
        "total": [],
        "channel": ["channel"],
        "cohort": [name for name in GROUP_COLUMNS if name in cohorts],
    }
    parts = []
    for level, by in levels.items():
        keyed = groups.assign(**{EVERYONE: EVERYONE})
        by = by or [EVERYONE]
        names = keyed.groupby(by, sort=True).size().reset_index()[by].astype(str)
        size = sum_by(keyed, by, groups["customers"].to_numpy(dtype=float))
        for metric in metrics:
            draws = sum_by(keyed, by, getattr(forecast, metric))
            quantiles = np.quantile(draws, list(QUANTILES.values()), axis=1)
            parts.append(
                pd.DataFrame(
                    {
                        "level": level,
                        "group": names.agg(" · ".join, axis=1),
                        "customers": size.astype(int),
                        "metric": metric,
                        "actual": sum_by(keyed, by, actual[metric].to_numpy(dtype=float)),
                        "mean": draws.mean(axis=1),
                        **dict(zip(QUANTILES, quantiles, strict=True)),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
