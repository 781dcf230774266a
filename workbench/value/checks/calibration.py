"""Whether the repeat rates that the model would have made are those that were seen.

In closed form, draw by draw: customers of one cohort and first day share their chances, so a count
over all of them has a known mean and variance given the parameters, and no customer is simulated.

References
----------
Gelman, Meng and Stern (1996), Posterior predictive assessment of model fitness via realized
discrepancies, Statistica Sinica 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from workbench.checks import Check, Status
from workbench.models.fit import Fit
from workbench.models.pointwise import Process, blocks, distinct_histories
from workbench.store.readiness_facts import count, percent

__all__ = ["Calibration", "CalibrationThresholds", "calibrate", "calibration_checks"]

DAYS = 90
MOST = 3


@dataclass(frozen=True)
class CalibrationThresholds:
    """Limits: a gap must be both surprising and large enough to matter.

    Parameters
    ----------
    surprise : float
        Two-sided posterior predictive p-value below which a gap is no chance.
    gap : (float, float)
        REVIEW and FAIL from this relative gap between model and data.
    moved : (float, float)
        REVIEW and FAIL from this share of customers placed at a wrong number of repeats.
    months : float
        REVIEW where fewer cohorts of a month than this share lie inside their 90% interval.
    customers : int
        Mature customers needed to tell.
    """

    surprise: float = 0.05
    gap: tuple[float, float] = (0.05, 0.20)
    moved: tuple[float, float] = (0.02, 0.10)
    months: float = 0.70
    customers: int = 100


@dataclass(frozen=True)
class Calibration:
    """Observed counts and what every draw expects of them.

    Attributes
    ----------
    months : list of str
        Months of first purchase with customers of 90 days or more.
    mature, retained : ndarray, shape (months,)
        These customers, and those of them who bought again within 90 days.
    mean, variance : ndarray, shape (draws, months)
        Of the count of the latter, given the draw.
    counts : ndarray, shape (4,)
        Customers with 0, 1, 2, 3 or more repeat days by the as-of date.
    expected : ndarray, shape (draws, 4)
        What each draw expects of them.
    repeat_variance : ndarray, shape (draws,)
        Variance of the number of customers with a repeat.
    """

    months: list[str]
    mature: np.ndarray
    retained: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    counts: np.ndarray
    expected: np.ndarray
    repeat_variance: np.ndarray


def calibrate(fit: Fit, process: Process, customers: pd.DataFrame) -> Calibration:
    """Sum chances over customers, in blocks of customers alike in cohort and first day.

    Parameters
    ----------
    fit : Fit
        Of the same `customers`, in the same order.
    process : Process
        Draws of the purchase process.
    customers : DataFrame
        The warehouse's customer table.
    """
    draws = len(process.r)
    rows, row = distinct_histories(
        customers, fit.data.cell, fit.data.calendar.start, ["cell", "first"]
    )
    month_of_row = np.full(len(rows), "", dtype=object)
    month_of_row[row] = customers["first_month"].to_numpy()
    ripe = rows["first"].to_numpy() + DAYS < fit.data.calendar.n_days
    months = sorted(set(month_of_row[ripe]))
    at = pd.Index(months).get_indexer(month_of_row)
    mean, variance = np.zeros((draws, len(months))), np.zeros((draws, len(months)))
    expected, repeat_variance = np.zeros((draws, MOST + 1)), np.zeros(draws)
    for block in blocks(len(rows), draws, 250_000):
        part = rows.iloc[block]
        cell, first, n = (part[k].to_numpy() for k in ("cell", "first", "customers"))
        chances = process.count_chances(cell, first, MOST)
        expected += (chances @ n).T
        repeat_variance += (chances[0] * (1.0 - chances[0])) @ n
        old = ripe[block]
        again = process.repeat_chance(cell[old], first[old], first[old] + DAYS)
        belongs = np.zeros((int(old.sum()), len(months)))
        belongs[np.arange(len(belongs)), at[block][old]] = n[old]
        mean += again @ belongs
        variance += (again * (1.0 - again)) @ belongs
    grown = ripe[row]
    code = at[row][grown]
    back = (customers["repeat_days_90d"].to_numpy()[grown] > 0).astype(float)
    repeats = customers["repeat_days"].clip(upper=MOST).to_numpy(dtype=int)
    return Calibration(
        months=months,
        mature=np.bincount(code, minlength=len(months)),
        retained=np.bincount(code, back, len(months)),
        mean=mean,
        variance=variance,
        counts=np.bincount(repeats, minlength=MOST + 1),
        expected=expected,
        repeat_variance=repeat_variance,
    )


def _tail(mean: np.ndarray, variance: np.ndarray, seen: np.ndarray | float) -> np.ndarray:
    """Chance that a replicated count lies below the one seen (half of equality counted).

    Normal given the draw, averaged over draws along the first axis.
    """
    sd = np.sqrt(np.maximum(variance, 1e-12))
    return 0.5 * (norm.cdf((seen + 0.5 - mean) / sd) + norm.cdf((seen - 0.5 - mean) / sd)).mean(
        axis=0
    )


def calibration_checks(
    found: Calibration, thresholds: CalibrationThresholds | None = None
) -> list[Check]:
    """Judge 90-day repeat rate, share of repeat buyers, and number of repeats."""
    limits = thresholds or CalibrationThresholds()
    return [_rate(found, limits), _share(found, limits), _numbers(found, limits)]


def _judge(gap: float, p: float, bounds: tuple[float, float], surprise: float) -> Status:
    """FAIL or REVIEW where a gap is large and no chance."""
    if p >= surprise or abs(gap) < bounds[0]:
        return Status.PASS
    return Status.FAIL if abs(gap) >= bounds[1] else Status.REVIEW


_TODO = (
    "Look at the tracking figure for promotions, stock-outs and missing exports; until the cause "
    "is known, lean on what was observed."
)


def _rate(found: Calibration, limits: CalibrationThresholds) -> Check:
    name, n, back = "Repeat rate in 90 days", int(found.mature.sum()), found.retained.sum()
    threshold = f"model within {percent(limits.gap[0])} of what was seen, or a gap by chance"
    if n < limits.customers:
        return Check(
            name, Status.REVIEW, None, threshold,
            f"Could not be checked: {count(n, 'customer')} of 90 days or more are too few to hold "
            "the model against. How many come back is as uncertain as the prior.",
            "Wait until more customers are 90 days old, or export older orders.",
        )  # fmt: skip
    mean = float(found.mean.sum(axis=1).mean())
    gap = (mean - back) / max(back, 1.0)
    below = float(_tail(found.mean.sum(axis=1), found.variance.sum(axis=1), back))
    p = 2.0 * min(below, 1.0 - below)
    by_month = _tail(found.mean, found.variance, found.retained)
    inside = int(((by_month > 0.05) & (by_month < 0.95)).sum())
    status = _judge(gap, p, limits.gap, limits.surprise)
    if status is Status.PASS and len(found.months) >= 6:
        status = Status.PASS if inside >= limits.months * len(found.months) else Status.REVIEW
    return Check(
        name, status, round(gap, 4), threshold,
        f"Of {count(n, 'customer')} won at least 90 days ago {percent(back / n)} came back within "
        f"90 days; the model says {percent(mean / n)} (p-value {p:.2f}). {inside} of "
        f"{count(len(found.months), 'month')} of first purchase lie inside the model's 90% "
        "interval.",
        "" if status is Status.PASS else _TODO,
    )  # fmt: skip


def _share(found: Calibration, limits: CalibrationThresholds) -> Check:
    n = int(found.counts.sum())
    seen = n - float(found.counts[0])
    mean = n - found.expected[:, 0]
    below = float(_tail(mean, found.repeat_variance, seen))
    p = 2.0 * min(below, 1.0 - below)
    gap = (float(mean.mean()) - seen) / max(seen, 1.0)
    status = _judge(gap, p, limits.gap, limits.surprise)
    return Check(
        "Share of repeat buyers", status, round(gap, 4),
        f"model within {percent(limits.gap[0])} of what was seen, or a gap by chance",
        f"{percent(seen / n)} of {count(n, 'customer')} bought again so far; the model says "
        f"{percent(float(mean.mean()) / n)} (p-value {p:.2f}).",
        "" if status is Status.PASS else _TODO,
    )  # fmt: skip


def _numbers(found: Calibration, limits: CalibrationThresholds) -> Check:
    n = float(found.counts.sum())
    expected = np.maximum(found.expected, 1e-9)
    distance = ((found.counts - expected) ** 2 / expected).sum(axis=1)
    p = float(chi2.sf(distance, MOST).mean())
    moved = 0.5 * float(np.abs(found.counts - expected.mean(axis=0)).sum()) / n
    status = _judge(moved, p, limits.moved, limits.surprise)
    labels = ["none", "one", "two", "three or more"]
    said = ", ".join(
        f"{label} {percent(seen / n)} ({percent(model / n)})"
        for label, seen, model in zip(labels, found.counts, expected.mean(axis=0), strict=True)
    )
    return Check(
        "Number of repeats", status, round(moved, 4),
        f"at most {percent(limits.moved[0])} of customers at a wrong number, or by chance",
        f"Customers by number of repeat orders, seen (model): {said}; p-value {p:.2f}.",
        "" if status is Status.PASS else _TODO,
    )  # fmt: skip
