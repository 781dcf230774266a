"""Forecasts of real order logs against what happened, from several earlier dates.

``python -m tests.benchmarks.bench_real_logs LOG:CUTOFF:DAYS [...] [--folder F] [--fast]``

LOG is a CSV file (or its name in the folder) with customer_id, ordered_at and, if known, revenue.
Each forecast is made as `workbench backtest` makes it: what may be known on the cutoff alone, the
brand's own earlier forecast record included. Orders are purchase days; cohorts are months of the
first purchase. One row for the model as used, and one for each of its parts left out:

- record: months as the record says, pace learned from it (the product);
- months, no months: effects of the first-purchase month, no pace;
- BG/NBD pooled, with the floor's constant lognormal discrepancy (0.15 common, 0.10 a cohort).

Where the log has money the same is asked of its revenue, and of revenue per order of all customers:

- revenue, revenue per order: the product;
- ..., fitted mean: orders as the product has them, spend by the fitted Gamma-Gamma model alone.

And of orders by customers won in the half of the days after the cutoff, whom no model has seen:

- newcomers: the product, with the pace that the record teaches of newcomers;
- newcomers, fitted model: without;
- newcomers, last ones: as many orders as those won in as many days before the cutoff made in as
  many days since, customer for customer.

WAPE of the median; loss is twice the mean pinball loss over 2.5 to 97.5% and CRPS beside it, both
over the actual orders or money; covered is the share of cohorts inside the 90% interval.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.models.data import prepare
from workbench.models.fit import fit
from workbench.models.settings import FAST, SamplerSettings
from workbench.sources.frames import COLUMNS as EXPORT_COLUMNS
from workbench.sources.frames import fit as fit_columns
from workbench.store.warehouse import Warehouse
from workbench.value.forecast import Forecast, simulate
from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.newcomer_record import newcomer_rows
from workbench.value.parameters import make_parameters
from workbench.value.proper import crps
from workbench.value.record import forecast_record, outlook, won_after
from workbench.value.scores import QUANTILES, pinball_loss

COHORTS = ("first_month",)
FLOOR = (0.15, 0.10)


def read_log(path: Path) -> pd.DataFrame:
    """Purchase days of a log with their revenue; where it has money, those with some alone."""
    log = pd.read_csv(path, dtype={"customer_id": str, "order_id": str})
    log = log[log["customer_id"].notna()]
    if "is_refund" in log:
        log = log[log["is_refund"] == 0]
    if log["revenue"].notna().any():
        log = log[log["revenue"] > 0]
    day = pd.to_datetime(log["ordered_at"], utc=True).dt.tz_localize(None).dt.normalize()
    once = pd.DataFrame(
        {
            "customer_id": log["customer_id"].to_numpy(),
            "day": day.to_numpy(),
            "revenue": log["revenue"].to_numpy(dtype=float),
        }
    )
    once = once.groupby(["day", "customer_id"], as_index=False)["revenue"].sum(min_count=1)
    return once.assign(order_id=[f"o{i}" for i in range(len(once))])


def open_log(once: pd.DataFrame) -> Warehouse:
    """Return the warehouse of a log."""
    plain = {
        "ordered_at": once["day"], "items": once["revenue"].fillna(1.0), "discount": 0.0,
        "shipping": 0.0, "tax": 0.0, "refund": 0.0, "currency": "", "guest": False,
        "status": "paid", "channel": "All", "channel_source": "none", "channel_confidence": "low",
        "campaign": "", "source_file": "log",
    }  # fmt: skip
    frame = fit_columns("orders", once.assign(**plain)[list(EXPORT_COLUMNS["orders"])])
    return Warehouse.from_frames(frame, cohorts=COHORTS)


def draws_of(
    warehouse: Warehouse, cutoff: date, horizon: int, settings: SamplerSettings, *,
    months: bool, family: str = "mbg", pace=None,
) -> Forecast:  # fmt: skip
    """Forecast of every cohort in the window."""
    customers = warehouse.customers(cutoff)
    data = prepare(
        customers, warehouse.daily(cutoff), as_of=cutoff, cohorts=COHORTS if months else (),
        family=family,
    )  # fmt: skip
    if pace is None:  # money is asked of the product alone
        data = replace(data, spend=None, margins=None)
    fitted = fit(data, settings=settings)
    parameters = make_parameters(fitted, draws=1000, horizon=horizon, seed=settings.seed, pace=pace)
    nobody = np.zeros(len(customers), dtype=np.int64)
    return simulate(
        fitted, parameters, customers, horizon=nobody + horizon, short=nobody,
        in_curve=nobody.astype(bool), seed=settings.seed,
    )  # fmt: skip


def scores(name: str, draws: np.ndarray, actual: np.ndarray) -> dict[str, float | str]:
    """One row of the table."""
    total = actual.sum()
    loss = pinball_loss(actual, np.quantile(draws, list(QUANTILES.values()), axis=1)).sum()
    low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95], axis=1)
    return {
        "model": name,
        "bias": np.median(draws.sum(axis=0)) / total - 1,
        "wape": np.abs(middle - actual).sum() / total,
        "loss": loss / total,
        "crps": crps(draws, actual).sum() / total,
        "covered": float(((actual >= low) & (actual <= high)).mean()),
        "cohorts": len(actual),
    }


def newcomers(
    warehouse: Warehouse, cutoff: date, horizon: int, settings: SamplerSettings, *, months: bool,
    pace,
) -> list[dict[str, float | str]]:  # fmt: skip
    """Rows of customers who are won after the cutoff; none where next to nobody is."""
    then, now = (cutoff + timedelta(days) for days in (-horizon, horizon))
    won = won_after(warehouse.customers(now), cutoff, horizon)
    customers = warehouse.customers(cutoff)
    data = prepare(
        customers, warehouse.daily(cutoff), as_of=cutoff, cohorts=COHORTS if months else ()
    )
    if not warehouse.has_money:
        data = replace(data, spend=None, margins=None)
    fitted = fit(data, settings=settings)
    rows = []
    for name, known in (("newcomers", pace), ("newcomers, fitted model", None)):
        parameters = make_parameters(
            fitted, draws=1000, horizon=horizon, seed=settings.seed, pace=known
        )
        found = newcomer_rows(fitted, parameters, won, least_orders=20, seed=settings.seed)
        if found.empty or not np.isfinite(found["log_mean"].iloc[0]):
            return []
        total = found.iloc[0]
        rng = np.random.default_rng(settings.seed)
        draws = np.exp(total["log_mean"] + total["log_sd"] * rng.normal(size=(1, 4000)))
        rows.append(scores(name, draws, np.array([total["actual"]])))
        if np.isfinite(total["log_spend_mean"]):
            spread = total["log_spend_sd"] * rng.normal(size=(1, 4000))
            each = np.exp(total["log_spend_mean"] + spread)
            name = name.replace("newcomers", "newcomers' revenue per order")
            rows.append(scores(name, each, np.array([total["actual_spend"]])))
    before = won_after(customers, then, horizon)
    if before["repeat_days"].sum() > 0 and customers["first_day"].min() < pd.Timestamp(then):
        last = before["repeat_days"].mean() * len(won)
        actual = won["repeat_days"].to_numpy(dtype=float).sum()
        rows.append(scores("newcomers, last ones", np.full((1, 2), last), np.array([actual])))
    return rows


def one_case(path: Path, cutoff: date, horizon: int, settings: SamplerSettings) -> pd.DataFrame:
    """Every model at one cutoff of one log."""
    began = time.perf_counter()
    warehouse = open_log(read_log(path))
    customers = warehouse.customers(cutoff)
    done = warehouse.window(cutoff, cutoff + timedelta(horizon))
    cohort = customers.groupby(GROUP_COLUMNS, sort=True).ngroup()
    actual = np.bincount(cohort, done["purchase_days"].to_numpy(float))
    record = forecast_record(warehouse, cutoff, cohorts=COHORTS, settings=settings)
    known = outlook(record, COHORTS)
    rows = []
    by_months = {}
    for months in (True, False):
        by_months[months] = draws_of(warehouse, cutoff, horizon, settings, months=months).orders
    used = bool(known.cohorts)
    paced = draws_of(warehouse, cutoff, horizon, settings, months=used, pace=known.pace)
    rows.append(scores("record (product)", paced.orders, actual))
    rows.append(scores("months", by_months[True], actual))
    rows.append(scores("no months", by_months[False], actual))
    rng = np.random.default_rng(settings.seed)
    pooled = draws_of(warehouse, cutoff, horizon, settings, months=False, family="bg").orders
    wide = pooled * np.exp(
        rng.normal(0, FLOOR[0], (1, pooled.shape[1])) + rng.normal(0, FLOOR[1], pooled.shape)
    )
    rows.append(scores("BG/NBD pooled x lognormal", wide, actual))
    if warehouse.has_money:
        earned = np.bincount(cohort, done["revenue"].to_numpy(float))
        alone = draws_of(
            warehouse, cutoff, horizon, settings, months=used, pace=replace(known.pace, spend=None)
        )
        for word, found in (("", paced), (", fitted mean", alone)):
            rows.append(scores(f"revenue{word}", found.revenue, earned))
            each = found.revenue.sum(axis=0, keepdims=True) / found.orders.sum(axis=0)
            rows.append(
                scores(f"revenue per order{word}", each, np.array([earned.sum() / actual.sum()]))
            )
    rows += newcomers(warehouse, cutoff, horizon, settings, months=used, pace=known.pace)
    table = pd.DataFrame(rows)
    table.insert(0, "case", f"{path.name.split('.')[0]} {cutoff} + {horizon}")
    table["months kept"] = used
    table["seconds"] = time.perf_counter() - began
    return table


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="+", help="LOG:CUTOFF:DAYS")
    parser.add_argument("--folder", default=".")
    parser.add_argument("--fast", action="store_true", help="fewer draws")
    options = parser.parse_args()
    settings = replace(FAST if options.fast else SamplerSettings(), chains=2)
    parts = []
    for case in options.cases:
        name, cutoff, days = case.rsplit(":", 2)
        path = Path(name) if Path(name).is_file() else Path(options.folder) / f"{name}.csv.gz"
        part = one_case(path, date.fromisoformat(cutoff), int(days), settings)
        parts.append(part)
        print(part.to_string(index=False, header=len(parts) == 1, float_format="{:.3f}".format),
              flush=True)  # fmt: skip
    table = pd.concat(parts)
    mean = table.groupby("model", sort=False)[["bias", "wape", "loss", "crps", "covered"]]
    print("\nmean over cases")
    print(mean.agg(lambda v: v.abs().mean()).to_string(float_format="{:.3f}".format))
    hits = (table["covered"] * table["cohorts"]).groupby(table["model"], sort=False).sum()
    print("\nshare of all cohorts covered")
    print((hits / table["cohorts"].groupby(table["model"]).sum()).to_string())


if __name__ == "__main__":
    main()
