"""How much of the answer was predicted rather than observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.checks import Check, Status
from workbench.store.readiness_facts import count, opening, percent
from workbench.value.channels import ChannelDraws
from workbench.value.scope import AcquisitionWindow

__all__ = ["ImmatureThresholds", "immature_checks", "predicted_share"]


@dataclass(frozen=True)
class ImmatureThresholds:
    """Limits; a shop that wins as many customers every month has 25% below 90 days in a year.

    Parameters
    ----------
    young_days : int
        Age below which a customer has not had the time to show a 90-day repeat.
    young : float
        REVIEW from this share of the customers of the acquisition window.
    predicted : float
        REVIEW from this share of their 12-month value.
    """

    young_days: int = 90
    young: float = 0.5
    predicted: float = 0.5


def predicted_share(channels: ChannelDraws) -> float:
    """Share of the 12-month value of customers won in the window that has not come in yet.

    NaN in a log without money, or where the value expected is not above zero.
    """
    expected = channels.value.mean(axis=1) * channels.customers
    total = float(expected.sum())
    if not total > 0:
        return float("nan")
    observed = float(np.nansum(channels.observed_share * expected))
    return 1.0 - observed / total


def immature_checks(
    customers: pd.DataFrame,
    channels: ChannelDraws,
    window: AcquisitionWindow,
    thresholds: ImmatureThresholds | None = None,
) -> list[Check]:
    """Judge the customers that the channels are judged on: those of the acquisition window.

    Parameters
    ----------
    customers : DataFrame
        The warehouse's customer table.
    channels : ChannelDraws
    window : AcquisitionWindow
    """
    limits = thresholds or ImmatureThresholds()
    age = customers.loc[customers["first_month"].isin(window.months), "age_days"]
    young = int((age < limits.young_days).sum())
    share = young / len(age)
    found = (
        f"{count(young, 'customer')} of {len(age):,} won in the months compared "
        f"({percent(share)}) are younger than {limits.young_days} days."
    )
    few = share < limits.young
    if share == 1.0:
        found += (
            " None of them has had the time to show a 90-day repeat: what they will do later is "
            "as uncertain as the prior."
        )
    elif not few:
        found += " What they will do later is taken from older customers."
    checks = [
        Check(
            "Young customers",
            Status.PASS if few else Status.REVIEW,
            round(share, 4),
            f"below {percent(limits.young)}",
            found,
            "" if few else "Repeat the report when they are 90 days old, before spend is moved.",
        )
    ]
    predicted = predicted_share(channels)
    if np.isfinite(predicted):
        low = predicted < limits.predicted
        checks.append(
            Check(
                "Predicted value",
                Status.PASS if low else Status.REVIEW,
                round(predicted, 4),
                f"below {percent(limits.predicted)}",
                f"{opening(min(max(predicted, 0.0), 1.0))} of the 12-month value of customers won "
                "in the months compared is predicted; the rest has come in.",
                ""
                if low
                else "Hold the 90-day value beside the 12-month value, and score this report "
                "again in some months.",
            )
        )
    return checks
