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
from workbench.models.data import prepare
from workbench.models.fit import Fit, fit
from workbench.models.settings import FAST, SamplerSettings
from workbench.value.backtest_tables import (
    BASELINE_COLUMNS,
    COLUMNS,
    CUSTOMER_COLUMNS,
    OURS,
    SCORE_COLUMNS,
    Backtest,
    gather,
)
from workbench.value.baselines import baselines_at
from workbench.value.comparison import compare, compare_points
from workbench.value.customer_scores import customer_summary, decile_table
from workbench.value.cutoffs import POOLINGS, check_cutoffs
from workbench.value.forecast import Forecast, simulate
from workbench.value.pace import Pace
from workbench.value.parameters import make_parameters
from workbench.value.record import forecast_record, outlook
from workbench.value.scores import QUANTILES, ablation_by_size, backtest_summary

if TYPE_CHECKING:
    from workbench.store.warehouse import Warehouse

__all__ = [
    "BASELINE_COLUMNS",
    "COLUMNS",
    "CUSTOMER_COLUMNS",
    "OURS",
    "POOLINGS",
    "QUANTILES",
    "SCORE_COLUMNS",
    "Backtest",
    "ablation_by_size",
    "backtest",
    "backtest_summary",
    "check_cutoffs",
    "compare",
    "make_backtest",
    "run_backtest",
]

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
    poolings: Sequence[str] = ("partial",),
) -> Path:
    """Forecast from earlier dates and write ``<out>/<brand folder name>/backtest/``.

    ``backtest.csv`` has one row per cutoff, level (total, channel, cohort), group, metric and
    pooling. `orders` are purchase days; `revenue` and `contribution` are in shop currency as
    `workbench.store.contribution` defines them and count every order of the window, also what
    refunded ones cost. A log without money has orders only. Quantiles hold parameter uncertainty
    and purchase randomness; `crps` and `pit` are those of the draws behind them
    (`workbench.value.proper`). Each forecast starts from the forecast record that the brand would
    have had on that day (`workbench.value.record`). ``backtest_customers.csv``,
    ``backtest_baselines.csv`` and ``backtest_scores.csv`` hold the other tables of `Backtest`.

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
    poolings : sequence of {"partial", "complete", "none"}
        What is fitted; "partial" is the model in use, the others show what its pooling is worth.

    Returns
    -------
    Path
        ``backtest.csv``; files of an earlier backtest are replaced.

    Raises
    ------
    InputError
        If a cutoff has too little history before it, its horizon is not observed whole, or a
        pooling is not known.
    ModelError
        If a model cannot be fitted.
    """
    from workbench.sources import read_exports
    from workbench.store.warehouse import Warehouse

    loaded = brand if isinstance(brand, Brand) else load_brand(brand)
    exports = read_exports(loaded)
    days = exports.amounts["day"]
    if loaded.as_of is not None:
        days = days[days <= pd.Timestamp(loaded.as_of)]
    dates = sorted(set(cutoffs))
    check_cutoffs(dates, horizon, days, poolings)
    home = Path(out) / loaded.slug
    done = make_backtest(
        Warehouse.open(loaded, exports),
        dates,
        horizon,
        cohorts=loaded.cohorts,
        settings=replace(FAST if fast else SamplerSettings(), seed=seed),
        store=home / "fits",
        poolings=list(dict.fromkeys(poolings)),
        profiles=exports.profiles,
    )
    for name in ("customers", "baselines", "scores"):
        write_frame(getattr(done, name), home / "backtest" / f"backtest_{name}.csv")
    return write_frame(done.table, home / "backtest" / "backtest.csv")


def backtest(
    warehouse: Warehouse,
    cutoffs: Sequence[date],
    horizon: int,
    *,
    cohorts: Sequence[str],
    settings: SamplerSettings,
    store: Path | None = None,
    poolings: Sequence[str] = ("partial",),
) -> pd.DataFrame:
    """Fit, forecast and compare at each cutoff; the columns of ``backtest.csv``.

    Parameters and errors are those of `make_backtest`.
    """
    return make_backtest(
        warehouse, cutoffs, horizon, cohorts=cohorts, settings=settings, store=store,
        poolings=poolings,
    ).table  # fmt: skip


def make_backtest(
    warehouse: Warehouse,
    cutoffs: Sequence[date],
    horizon: int,
    *,
    cohorts: Sequence[str],
    settings: SamplerSettings,
    store: Path | None = None,
    poolings: Sequence[str] = ("partial",),
    profiles: pd.DataFrame | None = None,
) -> Backtest:
    """Fit, forecast and compare at each cutoff, beside what simpler rules would have said.

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
    poolings : sequence of {"partial", "complete", "none"}
        Fitted one after the other.
    profiles : DataFrame, optional
        Klaviyo profiles, for its own prediction as a baseline.

    Raises
    ------
    ModelError
        If a model cannot be fitted.
    """
    tables: dict[str, list[pd.DataFrame]] = {"rows": [], "deciles": [], "points": [], "people": []}
    for cutoff in cutoffs:
        at = {"cutoff": cutoff.isoformat(), "horizon_days": horizon}
        customers = warehouse.customers(cutoff)
        daily = warehouse.daily(cutoff)
        done = warehouse.window(cutoff, cutoff + timedelta(horizon))
        happened = customers[["customer_id"]].merge(
            done.rename(columns={"purchase_days": "orders"}), on="customer_id", validate="1:1"
        )
        has_money = bool(customers["revenue"].notna().any())
        metrics = ["orders", "revenue", "contribution"] if has_money else ["orders"]
        record = forecast_record(
            warehouse, cutoff, cohorts=cohorts, settings=settings, store=store
        )  # fmt: skip
        known = outlook(record, cohorts)
        for pooling in poolings:
            own = {**at, "pooling": pooling}
            # "None" means that every cohort of the brand stands alone, whatever the record says.
            dimensions = known.cohorts if pooling == "partial" else cohorts
            data = prepare(customers, daily, as_of=cutoff, cohorts=dimensions, pooling=pooling)
            fitted = fit(data, store=store, settings=settings)
            forecast = _simulated(fitted, customers, horizon, settings.seed, known.pace)
            rows = compare(
                forecast, customers, done, cohorts=cohorts, metrics=metrics,
                seed=settings.seed + cutoff.toordinal(),
            )  # fmt: skip
            tables["rows"].append(rows.assign(**own))
            means = _each(forecast, metrics)
            for metric in means.columns[1:]:
                part = decile_table(means[metric].to_numpy(), happened[metric].to_numpy())
                tables["deciles"].append(part.assign(metric=metric, **own))
            people = customer_summary(means, happened, metrics)
            tables["people"].append(people.assign(model=OURS, **own))
        for point in baselines_at(warehouse, customers, cutoff, horizon, profiles):
            own = {**at, "pooling": point.pooling, "model": point.model, "note": point.note}
            if point.predicted is None:
                rows = pd.DataFrame({"metric": metrics, "level": "total"})
            else:
                rows = compare_points(
                    point.predicted, customers, done, cohorts=cohorts, metrics=metrics
                )
                people = customer_summary(point.predicted, happened, metrics)
                tables["people"].append(people.assign(**own))
            tables["points"].append(rows.assign(**own))
    return gather(tables)


def _simulated(
    fitted: Fit, customers: pd.DataFrame, horizon: int, seed: int, pace: Pace
) -> Forecast:
    """Every customer over the horizon, and over nothing else."""
    n = len(customers)
    return simulate(
        fitted,
        make_parameters(fitted, draws=DRAWS, horizon=horizon, seed=seed, pace=pace),
        customers,
        horizon=np.full(n, horizon),
        short=np.zeros(n, dtype=np.int64),
        in_curve=np.zeros(n, dtype=bool),
        seed=seed,
    )


def _each(forecast: Forecast, metrics: Sequence[str]) -> pd.DataFrame:
    """Posterior mean of every customer over the horizon: purchase days, contribution in currency.

    The parameters were drawn for this horizon, so that the columns named after twelve months hold
    expectations over it; nothing of the simulated purchases' noise is in them.
    """
    names = {"next_12m_orders": "orders", "next_12m_mean": "contribution"}
    names = {column: metric for column, metric in names.items() if metric in metrics}
    return forecast.customers[["customer_id", *names]].rename(columns=names)
