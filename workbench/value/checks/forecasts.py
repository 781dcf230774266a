"""How good forecasts from earlier dates were, and what that does to the present one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.checks import Check, Status
from workbench.locales import long_day
from workbench.models.design import MONTH
from workbench.value.pace import Pace
from workbench.value.record import Outlook

__all__ = ["RecordThresholds", "record_check"]


@dataclass(frozen=True)
class RecordThresholds:
    """Limits for the largest relative error of the total orders of an earlier forecast.

    Forecasts of real shops by models of this kind are typically off by 12 to 18%; beyond a half
    something else than customers' habits decides how much is bought.
    """

    review: float = 0.15
    fail: float = 0.50


def record_check(known: Outlook, thresholds: RecordThresholds | None = None) -> Check:
    """Judge the forecast record of a brand.

    Parameters
    ----------
    known : Outlook
        With the record that the present forecast rests on.
    thresholds : RecordThresholds, optional
    """
    limits = thresholds or RecordThresholds()
    limit = f"at most {limits.review:.0%} off"
    total = known.record[known.record["level"] == "total"]
    total = total[total["actual"] > 0]
    mean, spread = _moments(known.pace)
    effect = (
        f"So predictions are {_moved(mean)}, and their intervals widened by a "
        f"common {spread:.0%} (one standard deviation)."
    )
    spend = total[total["log_spend_mean"].notna()]
    if known.pace.spend is not None and len(spend):
        drift, wider = _moments(known.pace.spend)
        effect += (
            f" What an order brings was off by {_errors(spend, '_spend')}; it is "
            f"{_moved(drift)}, and widened by {wider:.0%}."
        )
    effect += _newcomers(known)
    if total.empty:
        return Check(
            "Forecast record", Status.REVIEW, None, limit,
            "History is too short to hold an earlier forecast against what happened. "
            f"{effect} That is what the records of other shops say.",
            "Run the report again in some months: each run adds to the record.",
        )  # fmt: skip
    errors = total["mean"] / total["actual"] - 1.0
    worst = float(errors.abs().max())
    told = "; ".join(
        f"{_signed(error)} ({days} days from {long_day(pd.Timestamp(cutoff).date())})"
        for error, days, cutoff in zip(errors, total["horizon_days"], total["cutoff"], strict=True)
    )
    months = (
        " Effects of the first-purchase month are in the model, as earlier forecasts were better "
        "with them."
        if MONTH in known.cohorts
        else ""
    )
    status = Status.PASS
    if worst > limits.review:
        status = Status.REVIEW if worst <= limits.fail else Status.FAIL
    return Check(
        "Forecast record", status, round(worst, 3), limit,
        f"Earlier forecasts of all repeat orders were off by {told}. {effect}{months}",
        "None."
        if status is Status.PASS
        else "Ask what changed since then (prices, products, promotions, missing exports): a model "
        "of customers' habits cannot know it.",
    )  # fmt: skip


def _newcomers(known: Outlook) -> str:
    """Say what the record teaches of customers who are not won yet."""
    pace = known.pace.newcomers
    if pace is None:
        return ""
    rows = known.record[known.record["level"] == "newcomers"]
    rows = rows[rows["log_mean"].notna() & (rows["actual"] > 0)]
    mean, spread = _moments(pace)
    found = f", off by {_errors(rows)}," if len(rows) else ""
    told = (
        f" Repeat orders of customers who were not won yet{found} are {_moved(mean)}, and widened "
        f"by {spread:.0%}."
    )
    first = known.record[known.record["level"] == "first_orders"]
    first = first[first["log_spend_mean"].notna()]
    if known.pace.first_order is None or first.empty:
        return told
    mean, spread = _moments(known.pace.first_order)
    return (
        f"{told} Their first orders, off by {_errors(first, '_spend')}, are "
        f"{_moved(mean)}, and widened by {spread:.0%}."
    )


def _errors(rows: pd.DataFrame, of: str = "") -> str:
    """Write the relative errors of forecasts: of orders, or "_spend" of what an order brings."""
    off = np.exp(rows[f"log{of}_mean"]) / rows[f"actual{of}"] - 1.0
    return " and ".join(map(_signed, off))


def _moments(pace: Pace) -> tuple[float, float]:
    """Mean and standard deviation of the log pace that all customers share."""
    mean = float(pace.weight @ pace.mean)
    return mean, float(np.sqrt(pace.weight @ (pace.common**2 + pace.mean**2) - mean**2))


def _moved(log_pace: float) -> str:
    """Say how far a mean log pace moves predictions."""
    share = np.expm1(log_pace)
    return f"moved by {_signed(share)}" if abs(share) >= 0.005 else "left there"


def _signed(share: float) -> str:
    """Write a share with its sign, zero without one: ``+3%``, ``0%``."""
    text = f"{share:+.0%}"
    return "0%" if text in ("+0%", "-0%") else text
