"""From an analysis to the material of the explorer: one more pass of its forecast, by cohort.

The forecast is simulated with the analysis' own seed, draws and horizon, so its purchases are
those behind the report; only the sums that are kept differ: by cohort and age, not by channel.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.cache import hash_files
from workbench.explorer.levels import LEVELS
from workbench.explorer.material import (
    Facts,
    Material,
    MonthCurves,
    read_material,
    write_material,
)
from workbench.explorer.view import DIMENSIONS

if TYPE_CHECKING:
    from workbench.analysis import Analysis
    from workbench.value.forecast import Forecast

__all__ = ["YEAR", "build_material", "material_folder", "open_material"]

YEAR = 365
NAME = "explorer"
LARGEST = 96 * 2**20
"""Bytes that the draws may take; beyond them fewer draws are kept."""
FEWEST_DRAWS = 100
_DIMENSIONS = list(DIMENSIONS)


def open_material(analysis: Analysis, *, rebuild: bool = False) -> Material:
    """Return the material of an analysis: as kept, or built and kept.

    What is kept lies in a folder named after brand settings, files, code, draws and the brand's
    earlier forecasts, so that material of other data or code is never taken. When one is built,
    those that it replaces are removed.

    Parameters
    ----------
    analysis : Analysis
    rebuild : bool
        Whether to build it although it is kept.

    Raises
    ------
    ModelError
        Where no model can be fitted.
    """
    folder = material_folder(analysis)
    kept = None if rebuild else read_material(folder)
    if kept is not None:
        return kept
    material = build_material(analysis)
    write_material(material, folder)
    _sweep(folder)
    return material


def material_folder(analysis: Analysis, day: date | None = None) -> Path:
    """Where the material of an analysis is kept; told without preparing a model.

    Parameters
    ----------
    analysis : Analysis
    day : date, optional
        Another as-of date of the same inputs.
    """
    from workbench.analysis.modelled import VALUE_DRAWS

    dated = analysis.dated_folder if day is None else analysis.dated_folder.with_name(str(day))
    earlier = [
        path for path in analysis.ledger_folder.glob("*.parquet") if path.name[:10] < dated.name
    ]
    how = f"{'fast' if analysis.fast else 'full'}-{analysis.seed}-{VALUE_DRAWS}"
    # the folder above is named after inputs and code
    return dated / f"{NAME}-{how}-{hash_files(earlier)}"


def _sweep(kept: Path) -> None:
    """Remove what `kept` replaces: material of other inputs or code, or of an earlier ledger."""
    dated, inputs = kept.parent, kept.parent.parent
    same = kept.name.rpartition("-")[0]
    for folder in inputs.parent.glob(f"*/*/{NAME}-*"):
        replaced = folder.name.startswith(f"{same}-") if folder.parent == dated else False
        if folder != kept and (replaced or folder.parent.parent != inputs):
            shutil.rmtree(folder, ignore_errors=True)


def build_material(analysis: Analysis) -> Material:
    """Simulate the forecast of an analysis once more and sum it by cohort and age.

    Parameters
    ----------
    analysis : Analysis

    Raises
    ------
    ModelError
        Where no model can be fitted.
    """
    from workbench.analysis.modelled import VALUE_DRAWS
    from workbench.explorer.budget_material import pack_budget
    from workbench.explorer.shrinkage_material import shrinkage_levels
    from workbench.value.cohorts import cohort_value
    from workbench.value.customers import customer_table
    from workbench.value.forecast import simulate
    from workbench.value.parameters import HORIZON, make_parameters
    from workbench.value.scope import acquisition_window, newest_day

    fit, customers = analysis.fit, analysis.customers
    parameters = make_parameters(
        fit, draws=VALUE_DRAWS, horizon=HORIZON, seed=analysis.seed, pace=analysis.outlook.pace
    )
    age = customers["age_days"].to_numpy(dtype=np.int64)
    cells, cell = _cells(customers)
    row, young = _curve_rows(cell, age, len(cells))
    ages = curve_ages()
    forecast = simulate(
        fit,
        parameters,
        customers,
        horizon=YEAR - age,
        short=90 - age,
        in_curve=np.zeros(len(age), dtype=bool),
        seed=analysis.seed,
        curve_row=row,
        curve_ages=ages,
        levels=LEVELS,
    )
    draws, notes = _draws_kept(cells, cell, age, ages, parameters.n_draws)
    predicted = _by_month(cells, cell, age, ages, young, forecast.curves, draws)
    window = acquisition_window(analysis.as_of, fit.data.calendar.start, newest_day(customers))
    scores = _scores(customer_table(fit, parameters, customers, forecast), forecast)
    orders = _orders(analysis.warehouse.order_money(analysis.as_of), scores["customer_id"])
    value = cohort_value(customers, forecast)
    per_counted = _per_counted(cells, window.months, parameters.n_draws, analysis.seed)
    rows = () if per_counted is None else zip(_channels(cells), per_counted, strict=True)
    facts = Facts(
        brand=analysis.brand.name,
        currency=analysis.brand.currency,
        as_of=analysis.as_of,
        months=tuple(window.months),
        has_money=parameters.has_money,
        draws=len(draws),
        draws_of=parameters.n_draws,
        fast=analysis.fast,
        notes=notes,
    )
    return Material(
        facts=facts,
        cells=cells,
        ages=ages,
        observed=_observed(cells, analysis.answer("value_by_age"), ages),
        reached=_reached(cell, age, len(cells), ages),
        predicted=predicted,
        spend=spend_by_month(analysis.exports.spend, fit.data.calendar.start, analysis.as_of),
        customers=scores,
        orders=orders,
        shrinkage=shrinkage_levels(fit, parameters, customers, orders, scores),
        budget=pack_budget(analysis, parameters, value, window, dict(rows)),
        per_counted=None if per_counted is None else per_counted[:, draws],
    )


def _channels(cells: pd.DataFrame) -> np.ndarray:
    return np.unique(cells["channel"].to_numpy(dtype=object).astype(str))


def _per_counted(
    cells: pd.DataFrame, months: Sequence[str], draws: int, seed: int
) -> np.ndarray | None:
    """Customers won for each one counted in the window, by channel of the cells, as the report's.

    None where no channel is unknown; 1 for channels that won nobody in the window.
    """
    from workbench.value.unknown import unknown_parts

    names = _channels(cells)
    inside = cells[cells["first_month"].isin(list(months))]
    counted = inside.groupby("channel")["customers"].sum()
    parts = unknown_parts(
        list(counted.index), counted.to_numpy(dtype=float), draws=draws, seed=seed
    )
    if not parts.any():
        return None
    out = np.ones((len(names), draws))
    out[np.searchsorted(names, counted.index.to_numpy(dtype=str))] += (
        parts / counted.to_numpy(dtype=float)[:, None]
    )
    return out


def curve_ages() -> np.ndarray:
    """Ages of the curves in days: those of the report's curves and every 30 days."""
    from workbench.value.forward import CURVE_AGES

    return np.union1d(CURVE_AGES, np.arange(30, YEAR + 1, 30)).astype(np.int64)


def _cells(customers: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Cohorts with additive counts, and the cohort of each customer."""
    mature = customers["age_days"] >= 90
    told = customers.assign(
        customers_90d=mature.astype(int),
        retained_90d=(mature & (customers["repeat_days_90d"] > 0)).astype(int),
    )
    grouped = told.groupby(_DIMENSIONS, sort=True)
    cells = grouped.agg(
        customers=("customer_id", "size"),
        age_days=("age_days", "sum"),
        orders=("orders", "sum"),
        customers_90d=("customers_90d", "sum"),
        retained_90d=("retained_90d", "sum"),
    ).reset_index()
    return cells, grouped.ngroup().to_numpy()


def _curve_rows(cell: np.ndarray, age: np.ndarray, n_cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Row of the curves of each customer, and the cells that have one."""
    young = np.flatnonzero(np.bincount(cell, weights=age < YEAR, minlength=n_cells) > 0)
    place = np.full(n_cells, -1, dtype=np.int64)
    place[young] = np.arange(len(young))
    return place[cell], young


def _youngest(cell: np.ndarray, age: np.ndarray, n_cells: int) -> np.ndarray:
    youngest = np.full(n_cells, np.iinfo(np.int64).max)
    np.minimum.at(youngest, cell, age)
    return youngest


def _months(
    cells: pd.DataFrame, cell: np.ndarray, age: np.ndarray, ages: np.ndarray
) -> dict[str, tuple[np.ndarray, int]]:
    """Cells and first predicted place of `ages`, by month with anything to predict."""
    youngest = _youngest(cell, age, len(cells))
    out = {}
    for month, rows in cells.groupby("first_month", sort=True).indices.items():
        rows = rows[youngest[rows] < YEAR]
        if len(rows):
            start = int(np.searchsorted(ages, youngest[rows].min() + 1))
            out[str(month)] = (rows, start)
    return out


def _draws_kept(
    cells: pd.DataFrame, cell: np.ndarray, age: np.ndarray, ages: np.ndarray, n_draws: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which draws are kept, evenly spaced, and words where they are not all."""
    from workbench.value.parameters import spaced

    months = _months(cells, cell, age, ages).values()
    per_draw = 4 * sum(len(rows) * (len(ages) - start) for rows, start in months)
    wanted = max(min(n_draws, LARGEST // max(per_draw, 1)), min(FEWEST_DRAWS, n_draws))
    at = spaced(n_draws, int(wanted))
    if len(at) == n_draws:
        return at, ()
    return at, (
        f"{len(at)} of the report's {n_draws} draws are kept, as this brand has many cohorts: "
        "figures differ from the report's by their sampling error.",
    )


def _by_month(
    cells: pd.DataFrame,
    cell: np.ndarray,
    age: np.ndarray,
    ages: np.ndarray,
    young: np.ndarray,
    curves: np.ndarray,
    draws: np.ndarray,
) -> tuple[MonthCurves, ...]:
    blocks = []
    for rows, start in _months(cells, cell, age, ages).values():
        at = np.searchsorted(young, rows)
        summed = np.cumsum(curves[at][:, start:, :][:, :, draws], axis=1)
        blocks.append(MonthCurves(rows, start, summed.astype(np.float32)))
    return tuple(blocks)


def _observed(cells: pd.DataFrame, by_age: pd.DataFrame, ages: np.ndarray) -> np.ndarray:
    """Cumulative contribution observed by cohort and age."""
    own = by_age[by_age["age_days"] <= YEAR]
    keys = pd.MultiIndex.from_frame(cells[_DIMENSIONS])
    row = keys.get_indexer(pd.MultiIndex.from_frame(own[_DIMENSIONS]))
    seen = np.zeros((len(cells), len(ages)))
    at = np.searchsorted(ages, own["age_days"].to_numpy())
    np.add.at(seen, (row, at), own["contribution"].to_numpy(dtype=float))
    return np.cumsum(seen, axis=1)


def _reached(cell: np.ndarray, age: np.ndarray, n_cells: int, ages: np.ndarray) -> np.ndarray:
    """Customers of each cohort that are at least as old as each age."""
    last = np.searchsorted(ages, age, side="right") - 1  # the last of `ages` that was reached
    counts = np.zeros((n_cells, len(ages)), dtype=np.int64)
    np.add.at(counts, (cell, last), 1)
    return np.cumsum(counts[:, ::-1], axis=1)[:, ::-1].copy()


def spend_by_month(spend: pd.DataFrame, first: date, as_of: date) -> pd.DataFrame:
    """Spend and claims of the platforms by channel and month, from the first customer's day on."""
    day = pd.to_datetime(spend["date"])
    rows = spend[(day >= pd.Timestamp(first)) & (day <= pd.Timestamp(as_of))]
    claims = rows["platform_conversion_value"].notna()
    told = pd.DataFrame(
        {
            "channel": rows["channel"].astype(str),
            "first_month": pd.to_datetime(rows["date"]).dt.strftime("%Y-%m"),
            "spend": rows["spend"].astype(float),
            "claimed_value": rows["platform_conversion_value"].astype(float),
            "claimed_spend": rows["spend"].where(claims).astype(float),
            "setting": rows["attribution_setting"].fillna("").astype(str),
        }
    )
    by = told.groupby(["channel", "first_month"], sort=True)
    sums = by[["spend", "claimed_value", "claimed_spend"]].sum(min_count=1)
    lists = by["setting"].agg(lambda values: sorted(set(values) - {""})).rename("attribution")
    return sums.join(lists).reset_index()


def _scores(table: pd.DataFrame, forecast: Forecast) -> pd.DataFrame:
    """The customer table with quantiles of what is still to come, sorted by customer_id."""
    from workbench.value.forecast import level_name

    future = pd.DataFrame(
        {
            f"future_q{round(1000 * level):03d}": forecast.customers[f"future_{level_name(level)}"]
            for level in LEVELS
        }
    )
    future["future_mean"] = forecast.customers["future_mean"]
    scores = pd.concat([table, future.astype("float32")], axis=1)
    scores = scores.drop(columns=["value_12m_q05", "value_12m_q95"])
    scores["customer_id"] = scores["customer_id"].astype(str)
    return scores.sort_values("customer_id", kind="stable").reset_index(drop=True)


def _orders(money: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """Orders by row of the customer table; those of nobody who counts as acquired left out."""
    customer = pd.Index(ids).get_indexer(money["customer_id"].astype(str))
    told: dict[str, Any] = {
        "customer": customer.astype(np.int32),
        "day": money["day"],
        "revenue": money["revenue"],
        "contribution": money["contribution"],
    }
    table = pd.DataFrame(told)
    table = table[table["customer"] >= 0].sort_values(["customer", "day"], kind="stable")
    return table.reset_index(drop=True)
