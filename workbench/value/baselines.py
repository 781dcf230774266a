"""Forecasts that need no model: what the model in use is measured against.

Each is a point forecast of every customer at a cutoff, or the words that say why there is none.
Purchases are purchase days, money is in shop currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.value.maximum_likelihood import Textbook, fit_textbook

if TYPE_CHECKING:
    from workbench.store.warehouse import Warehouse

__all__ = [
    "BASELINES",
    "Baseline",
    "baselines_at",
    "cohort_mean_curve",
    "cohort_points",
    "klaviyo_prediction",
    "last_year_curve",
    "pooled_point",
]

BASELINES = ("cohort_mean", "last_year", "pooled_point", "cohort_point", "klaviyo")
"""Names in the column `model` of ``backtest_baselines.csv``."""

METRICS = ("orders", "revenue", "contribution")
CREDIBLE = 30
"""Customers that an average must rest on; fewer only where the shop has no more."""
TAIL = 90
"""Days of age whose average goes on beyond the oldest credible age."""
YEAR = 365
AGE_BIN = 30


@dataclass(frozen=True)
class Baseline:
    """A point forecast, or why there is none.

    Attributes
    ----------
    model : str
        One of `BASELINES`.
    pooling : {"complete", "none"}
        Whether all customers share what it learned, or each cohort learns alone.
    predicted : DataFrame or None
        customer_id and, as far as known, orders, revenue, contribution over the horizon.
    note : str
        Why there is no forecast, or what to know of it.
    """

    model: str
    pooling: str
    predicted: pd.DataFrame | None
    note: str = ""


def baselines_at(
    warehouse: Warehouse,
    customers: pd.DataFrame,
    cutoff: date,
    horizon: int,
    profiles: pd.DataFrame | None = None,
) -> list[Baseline]:
    """Make every baseline from what was known at a cutoff.

    Parameters
    ----------
    warehouse : Warehouse
    customers : DataFrame
        `Warehouse.customers` at the cutoff.
    cutoff : date
    horizon : int
        Days forecast.
    profiles : DataFrame, optional
        Klaviyo profiles (`workbench.sources`).
    """
    before = cutoff - timedelta(YEAR)
    earlier = warehouse.customers(before)
    # Beyond a year the window of a year ago is not over at the cutoff: it must not be looked at.
    done = warehouse.window(before, min(before + timedelta(horizon), cutoff))
    return [
        cohort_mean_curve(customers, warehouse.repeats_by_age(cutoff), horizon=horizon),
        last_year_curve(customers, earlier, done, horizon=horizon),
        pooled_point(customers, horizon=horizon),
        cohort_points(customers, horizon=horizon),
        klaviyo_prediction(
            pd.DataFrame() if profiles is None else profiles,
            customers,
            cutoff=cutoff,
            horizon=horizon,
        ),
    ]


def cohort_mean_curve(customers: pd.DataFrame, by_age: pd.DataFrame, *, horizon: int) -> Baseline:
    """Let every customer go on as older ones did at the same age.

    What customers brought on average at each day of age, each day averaged over those who are
    that old: the additive chain ladder. A customer of age T is promised the sum over the ages
    T + 1 to T + horizon. Ages that fewer than 30 customers have reached take the average of the
    last 90 credible ages.

    Parameters
    ----------
    customers : DataFrame
        customer_id, age_days.
    by_age : DataFrame
        `Warehouse.repeats_by_age` at the same date.
    horizon : int
        Days forecast.
    """
    age = customers["age_days"].to_numpy(dtype=np.int64)
    oldest = int(age.max())
    at_risk = np.bincount(age, minlength=oldest + 1)[::-1].cumsum()[::-1].astype(float)
    credible = int(np.flatnonzero(at_risk >= min(CREDIBLE, len(age))).max())
    if credible < 1:
        return Baseline(
            "cohort_mean", "complete", None, "No customer is older than a day: there is no curve."
        )
    tail = slice(max(credible - TAIL, 0) + 1, credible + 1)
    predicted = pd.DataFrame({"customer_id": customers["customer_id"]})
    for metric in _given(by_age.rename(columns={"purchase_days": "orders"})):
        name = "purchase_days" if metric == "orders" else metric
        seen = np.zeros(oldest + 1)
        seen[by_age["age_days"].to_numpy()] = by_age[name].to_numpy(dtype=float)
        rate = np.full(oldest + horizon + 1, seen[tail].sum() / at_risk[tail].sum())
        rate[: credible + 1] = seen[: credible + 1] / at_risk[: credible + 1]
        total = rate.cumsum()
        predicted[metric] = total[age + horizon] - total[age]
    return Baseline("cohort_mean", "complete", predicted)


def last_year_curve(
    customers: pd.DataFrame, earlier: pd.DataFrame, done: pd.DataFrame, *, horizon: int
) -> Baseline:
    """Let every customer do what customers of the same age did in the same days a year before.

    Averages per customer, by 30-day month of age, of those acquired up to a year before the
    cutoff; the horizon of a year ago holds the same season. Customers older than all of those take
    the oldest month known.

    Parameters
    ----------
    customers : DataFrame
        customer_id, age_days at the cutoff.
    earlier : DataFrame
        The same a year before.
    done : DataFrame
        What those did in the horizon of a year ago (`Warehouse.window`).
    horizon : int
        Days forecast; beyond 365 that window is not over at the cutoff.
    """
    if horizon > YEAR:
        why = f"The same {horizon} days a year before are not over at the cutoff."
        return Baseline("last_year", "complete", None, why)
    if len(earlier) < CREDIBLE:
        why = (
            f"{len(earlier)} customers were known a year before the cutoff; fewer than {CREDIBLE} "
            "make no average."
        )
        return Baseline("last_year", "complete", None, why)
    then = earlier[["customer_id", "age_days"]].merge(done, on="customer_id", validate="1:1")
    then = then.rename(columns={"purchase_days": "orders"})
    metrics = _given(then)
    means = then.groupby(then["age_days"] // AGE_BIN)[metrics].mean()
    bins = customers["age_days"] // AGE_BIN
    every = range(int(max(bins.max(), means.index.max())) + 1)
    curve = means.reindex(every).ffill().bfill()
    predicted = curve.loc[bins].reset_index(drop=True)
    predicted.insert(0, "customer_id", customers["customer_id"].to_numpy())
    return Baseline("last_year", "complete", predicted)


def pooled_point(customers: pd.DataFrame, *, horizon: int) -> Baseline:
    """Forecast by BG/NBD and Gamma-Gamma, one set of parameters for all (`Textbook`)."""
    book = fit_textbook(customers)
    if book is None:
        why = "Nobody has come back yet, or the likelihood has no maximum: there is no estimate."
        return Baseline("pooled_point", "complete", None, why)
    return Baseline("pooled_point", "complete", book.predict(customers, horizon))


def cohort_points(customers: pd.DataFrame, *, horizon: int) -> Baseline:
    """Forecast by BG/NBD and Gamma-Gamma fitted to each first month alone.

    A month whose likelihood has no maximum takes the pooled parameters, one without two paying
    repeat buyers the pooled spend; the note counts them together.
    """
    pooled = fit_textbook(customers)
    if pooled is None:
        why = "Nobody has come back yet, or the likelihood has no maximum: there is no estimate."
        return Baseline("cohort_point", "none", None, why)
    parts, replaced = [], 0
    for _, cohort in customers.groupby("first_month", sort=True):
        own = fit_textbook(cohort)
        replaced += own is None or (own.spend is None and pooled.spend is not None)
        book = pooled
        if own is not None:
            margin = own.margin if np.isfinite(own.margin) else pooled.margin
            book = Textbook(own.orders, own.spend or pooled.spend, margin)
        parts.append(book.predict(cohort, horizon))
    months = customers["first_month"].nunique()
    note = f"{replaced} of {months} first months take pooled parameters." if replaced else ""
    predicted = pd.concat(parts).sort_index()
    return Baseline("cohort_point", "none", predicted, note)


def klaviyo_prediction(
    profiles: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    cutoff: date,
    horizon: int,
    exported: date | None = None,
) -> Baseline:
    """Take Klaviyo's own predicted CLV: revenue of a profile in the 12 months after the export.

    It exists for one day only, that of the export, and for one horizon.

    Parameters
    ----------
    profiles : DataFrame
        customer_id, created and predicted_clv (`workbench.sources.klaviyo`).
    customers : DataFrame
        customer_id; those whose profile carries no prediction are left out of the comparison, and
        the note counts them.
    cutoff : date
    horizon : int
        Days forecast.
    exported : date, optional
        Day of the export; by default the last day on which a profile was created, which is the
        last trace of the export's day in it.
    """
    model, pooling = "klaviyo", "complete"
    if "predicted_clv" not in profiles or not profiles["predicted_clv"].notna().any():
        return Baseline(model, pooling, None, "No profile export carries a predicted CLV.")
    if horizon != YEAR:
        why = f"Klaviyo predicts {YEAR} days, which cannot be held against {horizon}."
        return Baseline(model, pooling, None, why)
    if exported is None and profiles["created"].notna().any():
        exported = profiles["created"].max().date()
    if exported != cutoff:
        day = f"on {exported}" if exported else "on an unknown day"
        why = f"The profiles were exported {day}, not at the cutoff {cutoff}."
        return Baseline(model, pooling, None, why)
    told = profiles[profiles["predicted_clv"].notna()].drop_duplicates("customer_id")
    both = customers[["customer_id"]].merge(told, on="customer_id")
    if both.empty:
        return Baseline(model, pooling, None, "No customer's profile carries a predicted CLV.")
    predicted = both[["customer_id"]].assign(revenue=both["predicted_clv"].to_numpy(dtype=float))
    missing = len(customers) - len(both)
    note = f"{missing} of {len(customers)} customers have no prediction and are left out."
    return Baseline(model, pooling, predicted, note if missing else "")


def _given(table: pd.DataFrame) -> list[str]:
    """The metrics that a table knows; money is NaN throughout in a log without."""
    known: Sequence[str] = METRICS
    return [name for name in known if name in table and table[name].notna().any()]
