"""Profit at stake: what a gap costs per year, where this data can carry a figure.

The figures are those of the brand's own decisions: the proposed budget, orders of recent buyers in
paid channels, offers to lapsing, lapsed and one-time customers, the order of the test backlog.
Hours of manual coordination come from declared figures, on a line of their own. Anything else
carries a figure only where the brand assumes one with a source (`GapSettings`); all the rest stays
"not quantified by this data". Nothing comes from vendor claims.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import pandas as pd

from workbench.decisions.budget_draws import WEEKS_PER_MONTH
from workbench.spectrum.answers import Answer
from workbench.spectrum.facts import Facts
from workbench.spectrum.joint import SplitNormal
from workbench.spectrum.settings import GapSettings
from workbench.spectrum.stakes_tests import ranking_gain

__all__ = [
    "NOT_QUANTIFIED",
    "Stake",
    "assumed_stake",
    "budget_stake",
    "manual_hours",
    "misallocated_spend",
    "plan_stake",
    "stake_of",
]

NOT_QUANTIFIED = "not quantified by this data"
YEAR_DAYS = 365
WEEKS = 52
PLAN_KINDS = {
    "buyer_suppression": "leaking_suppression",
    "flow_win_back": "win_back",
    "flow_post_purchase": "second_order",
    "clv_property": "lapsing_high_value",
}
"""Capability -> kind of the plan's actions that say what it would bring."""


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


def stake_of(capability: str, facts: Facts) -> Stake:
    """Price the gap of one capability from the tables of this run; no figure where none can be."""
    refused = no_money_reason(facts.tables)
    if refused and (capability in _PRICES or capability in facts.settings.assumed_mean):
        return Stake(assumption=refused)
    found = _PRICES[capability](facts) if capability in _PRICES else Stake()
    return found if found.known else assumed_stake(capability, facts.settings)


def assumed_stake(capability: str, settings: GapSettings) -> Stake:
    """Return the figure that the brand assumes for a gap, marked as assumed."""
    if capability not in settings.assumed_mean:
        return Stake()
    ends = (settings.assumed_q05[capability], settings.assumed_q95[capability])
    mean = settings.assumed_mean[capability]
    return Stake(
        mean,
        *ends,
        SplitNormal.of(mean, *ends).p_above_0,
        f"assumed, not measured: {settings.assumed_source.strip()} (decisions.gaps of brand.yaml)",
    )


def budget_stake(facts: Facts) -> Stake:
    """Price the money that is not where 12-month value is.

    The proposed budget says it where one was made: the expected change of all moves together, with
    its own joint interval, for the weeks that the budget is made for and not beyond; its table
    states it a month. Where none was made, the spend on channels that lose money stands in.
    """
    rows = facts.table("budget_summary")
    if rows.empty or not rows["changes"].iloc[0] > 0:
        return misallocated_spend(facts.table("channels"), facts.frames["spend"], facts.as_of)
    row = rows.iloc[0]
    weeks = float(row["horizon_weeks"])
    months = weeks / WEEKS_PER_MONTH
    return Stake(
        months * float(row["expected_profit_change"]),
        months * float(row["q05"]),
        months * float(row["q95"]),
        float(row["p_better"]),
        f"12-month value of the customers of {weeks:g} weeks under the proposed budget against "
        f"today's ({months:.1f} months of the monthly change in budget_summary.csv; nothing is "
        "counted for the weeks after); the response to spend is as observed, an association; "
        "chance of purchase left out",
    )


def plan_stake(facts: Facts, kind: str) -> Stake:
    """Take over what the plan's actions of one kind are expected to bring in 12 months.

    Of several (channels that leak), means are added, and the ends of their intervals as if they
    moved together, as they rest on one prior.
    """
    plan = facts.table("plan")
    if plan.empty:
        return Stake()
    own = plan[
        (plan["kind"] == kind) & plan[["profit", "q05", "q95", "p_better"]].notna().all(axis=1)
    ]
    own = own[own["blocked_by"].fillna("") == ""]
    if own.empty:
        return Stake()
    assumption = str(own["assumption"].iloc[0])
    mean, low, high = (float(own[name].sum()) for name in ("profit", "q05", "q95"))
    if len(own) > 1:
        assumption += f"; {len(own)} lines of the plan, interval ends added"
    p_pays = _p_pays(own["p_better"], mean, low, high)
    return Stake(mean, low, high, p_pays, f"{assumption} (plan.csv)")


def _p_pays(of_each: pd.Series, mean: float, low: float, high: float) -> float:
    """Return the probability of one line as it is, of several that of their added interval.

    The least certain line would be a lower bound, but could contradict the interval.
    """
    if len(of_each) == 1:
        return float(of_each.iloc[0])
    return SplitNormal.of(mean, low, high).p_above_0


def backlog_stake(facts: Facts) -> Stake:
    """Price a backlog that is not worked in the order of expected profit."""
    gain = ranking_gain(facts.table("experiments"), facts.table("experiment_year"))
    if gain is None:
        return Stake()
    return Stake(
        gain.mean,
        gain.q05,
        gain.q95,
        gain.p_above_0,
        "what a year of tests earns in the order of expected profit, less the same year in the "
        f"order of {gain.usual}, the best of the usual orders; effects drawn from the prior of "
        "past tests, the luck of the tests included, chance of purchase left out",
    )


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
    ends = float((scale * mean).sum()), float(low.sum()), float(high.sum())
    return Stake(*ends, _p_pays(1.0 - losing["p_value_above_cac"], *ends), assumption)


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


_PRICES: dict[str, Callable[[Facts], Stake]] = {
    "budget_on_value": budget_stake,
    "experiment_backlog": backlog_stake,
    **{name: partial(plan_stake, kind=kind) for name, kind in PLAN_KINDS.items()},
}
