"""Profit at stake: what a gap costs per year, where this data can carry a figure.

Two gaps can be priced here: spend on channels worth less than their CAC, from the brand's own
posterior, and hours of manual coordination, from declared figures. All others stay "not quantified
by this data". Nothing comes from vendor claims, and the two are not added up: a joint total needs
joint draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from workbench.spectrum.answers import Answer

__all__ = ["NOT_QUANTIFIED", "Stake", "manual_hours", "misallocated_spend"]

NOT_QUANTIFIED = "not quantified by this data"
YEAR_DAYS = 365
WEEKS = 52


@dataclass(frozen=True)
class Stake:
    """Profit per year that closing a gap would bring, in shop currency.

    Attributes
    ----------
    mean, q05, q95 : float
        Mean and 90% interval; NaN bounds where nothing was measured.
    p_pays : float
        Probability that the profit is above 0; NaN where it has none.
    assumption : str
        What the figure rests on.
    """

    mean: float = math.nan
    q05: float = math.nan
    q95: float = math.nan
    p_pays: float = math.nan
    assumption: str = NOT_QUANTIFIED

    @property
    def known(self) -> bool:
        """Whether there is a figure at all."""
        return math.isfinite(self.mean)


def misallocated_spend(channels: pd.DataFrame, spend: pd.DataFrame, as_of: date) -> Stake:
    """Price the spend on channels that are expected to bring less than they cost.

    The figure is what pausing every channel with negative expected True Profit saves in a year in
    which spend would else go on as in the last twelve months: minus its True Profit, scaled by
    the spend of these twelve months over the spend that the channel table covers. The mean of the
    sum is exact. Scaling by f changes the part of the spread that comes from parameters by f and
    the part from purchase randomness by the root of f, so half-widths are scaled by the larger of
    both, which never makes them too narrow. For several channels, the table has no joint draws;
    their interval ends are added, as if all channels moved together.

    Parameters
    ----------
    channels : DataFrame
        Columns channel, spend, true_profit_mean, true_profit_q05, true_profit_q95 (currency) and
        p_value_above_cac.
    spend : DataFrame
        Columns date, channel, spend; later rows than the as-of date are left out.

    Returns
    -------
    Stake
        Without figure where no channel is expected to lose, or spend is not known.
    """
    needed = ["spend", "true_profit_mean", "true_profit_q05", "true_profit_q95"]
    if channels.empty or spend.empty or not set(needed) <= set(channels):
        return Stake()
    end = pd.Timestamp(as_of) + timedelta(days=1)
    year = spend[(spend["date"] < end) & (spend["date"] >= end - timedelta(days=YEAR_DAYS))]
    last_year = year.groupby("channel")["spend"].sum()
    losing = channels[(channels["true_profit_mean"] < 0) & (channels["spend"] > 0)]
    losing = losing.dropna(subset=[*needed, "p_value_above_cac"])
    losing = losing[losing["channel"].map(last_year).fillna(0.0) > 0]
    if losing.empty:
        return Stake()
    scale = losing["channel"].map(last_year) / losing["spend"]
    width = scale.where(scale > 1, scale**0.5)
    mean = -losing["true_profit_mean"]
    low = scale * mean - width * (losing["true_profit_q95"] - losing["true_profit_mean"])
    high = scale * mean + width * (losing["true_profit_mean"] - losing["true_profit_q05"])
    assumption = (
        f"spend on {len(losing)} channel{'' if len(losing) == 1 else 's'} would go on as in the "
        "last 12 months, at average CAC, and brings nothing to other channels"
    )
    if len(losing) > 1:
        assumption += "; interval ends added as if the channels moved together"
    return Stake(
        mean=float((scale * mean).sum()),
        q05=float(low.sum()),
        q95=float(high.sum()),
        # the least certain channel: a lower bound if the channels move together
        p_pays=float((1.0 - losing["p_value_above_cac"]).min()),
        assumption=assumption,
    )


def manual_hours(answer: Answer) -> Stake:
    """Price the declared hours of manual coordination; both figures are the brand's own.

    Nothing is measured, so there is no interval and no probability; and as not every hour can be
    automated, the figure is what the work costs, not what a tool would save.
    """
    if not answer.hours or not answer.hourly_rate:
        return Stake()
    return Stake(
        mean=answer.hours * answer.hourly_rate * WEEKS,
        assumption=(
            f"{answer.hours:g} hours a week declared x {answer.hourly_rate:g} per hour assumed x "
            f"{WEEKS} weeks, both editable in stack.yaml; the whole cost, not the saving; no "
            "interval, as nothing was measured"
        ),
    )


def no_money_reason(tables: Mapping[str, pd.DataFrame]) -> str:
    """Say why this run may state no money; empty if it may."""
    for name in ("readiness", "model_checks"):
        checks = tables.get(name)
        if checks is not None and len(checks) and (checks["status"].astype(str) == "FAIL").any():
            return f"{NOT_QUANTIFIED}: a check of {name}.csv FAILs"
    return ""
