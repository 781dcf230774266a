"""Where the next month's money goes: the split with the most expected True Profit.

True Profit of a split is the 12-month value of the new customers that spend causes, less the
spend. Its draws join the response to spend, the share of counted customers that spend caused, and
the 12-month value of the next customer. The chance of single purchases and of counts is not
inside: it averages out over the customers of a month.

The split is chosen on one half of the draws and judged on the other, so that no luck of the draws
is counted as profit. That the estimates themselves flatter whatever looks best (Smith and Winkler
2006, doi:10.1287/mnsc.1050.0451) is answered by the priors: elasticities are pooled across
channels and values across cohorts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.decisions.allocation import (
    STEPS,
    Returns,
    allocate,
    allocate_against_worst,
    make_returns,
)
from workbench.decisions.budget_draws import WEEKS_PER_MONTH, JointDraws, join_draws
from workbench.decisions.budget_settings import BudgetSettings
from workbench.decisions.budget_tables import budget_table, curve_table, summary_table
from workbench.decisions.geo_tests import GeoTest, geo_test_value, perfect_information
from workbench.errors import InputError, Problem
from workbench.models.response import ResponseDraws

__all__ = ["BudgetPlan", "plan_budget"]


@dataclass(frozen=True)
class BudgetPlan:
    """A proposal and all that is said of it; money in currency a month unless named otherwise.

    Attributes
    ----------
    table : DataFrame
        `budget.csv`, see `workbench.decisions.budget_tables.budget_table`.
    summary : DataFrame
        One row on the whole plan, see `summary_table`.
    curves : DataFrame
        Profit by channel and spend, for figures, see `curve_table`.
    change : ndarray, shape (draws,)
        Change in True Profit against today on the half of the draws that judges.
    left_out : dict of str to int
        What has no budget or was not used, with counts.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    curves: pd.DataFrame
    change: np.ndarray
    left_out: dict[str, int]


def plan_budget(
    response: ResponseDraws,
    value: np.ndarray,
    value_channels: list[str],
    settings: BudgetSettings | None = None,
    *,
    currency: str,
    per_counted: np.ndarray | None = None,
) -> BudgetPlan:
    """Propose a budget.

    Parameters
    ----------
    response : ResponseDraws
        Of `workbench.models.response.fit_response`.
    value : ndarray, shape (value_channels, draws)
        12-month value of the next customer, in currency (`Valuation.value_next`).
    value_channels : list of str
        Names of its rows (`Valuation.channels.channels`).
    settings : BudgetSettings, optional
    currency : str
        ISO code, for the tables.
    per_counted : ndarray, shape (value_channels, draws) or (value_channels, 1), optional
        Customers won for each one counted (`ChannelDraws.per_counted`); 1 if left out.

    Raises
    ------
    InputError
        If the total is below the sum of the lower bounds, or settings name unknown channels.
    """
    settings = settings or BudgetSettings()
    joined = join_draws(response, value, value_channels, settings, per_counted)
    _refuse_unknown(response, settings)
    today = response.spend_now * WEEKS_PER_MONTH
    free = joined.position
    kept = float(today.sum() - today[free].sum())
    bound = np.array([settings.bounds.get(name, settings.bound) for name in joined.channels])
    low, high = (1.0 - bound) * today[free], (1.0 + bound) * today[free]
    total = (float(today.sum()) if settings.total is None else settings.total) - kept
    if total < low.sum() - 1e-6:
        raise InputError(
            Problem(
                f"a total of {total + kept:,.0f} {currency} a month is less than every channel's "
                f"lower bound together ({low.sum() + kept:,.0f})",
                "decisions.budget.total",
                todo="raise the total, or widen `bound` so that channels may fall further",
            )
        )
    returns = _returns(response, joined, low, high, today[free])
    choosing, judging = _half(returns, 0), _half(returns, 1)
    proposed = _choose(choosing, judging, total, settings) if len(free) else today[free]
    regret = perfect_information(returns, total, proposed) if len(free) else np.zeros(1)
    tests = _tests(response, joined, returns, total, settings)
    table = budget_table(response, joined, judging, proposed, tests, today, settings)
    change = judging.change(proposed).sum(axis=1) if len(free) else np.zeros(1)
    chosen = choosing.change(proposed).sum(axis=1) if len(free) else np.zeros(1)
    summary = summary_table(
        change, chosen, regret, table, settings, currency=currency, recent=response.recent_weeks
    )
    left_out = dict(response.data.left_out)
    organic = len(response.data.unpaid_channels)
    if organic:
        left_out["channels without spend"] = organic
    if len(response.channels) > len(free):
        left_out["channels kept at today's spend"] = len(response.channels) - len(free)
    curves = curve_table(response, joined, today[free], bound)
    return BudgetPlan(table, summary, curves, change, left_out)


def _refuse_unknown(response: ResponseDraws, settings: BudgetSettings) -> None:
    known = set(response.channels)
    problems = [
        Problem(
            f"{channel!r} has no spend",
            f"decisions.budget.{name}",
            ", ".join(sorted(known)),
        )
        for name in ("bounds", "channel_incrementality", "channel_incrementality_sd")
        for channel in getattr(settings, name)
        if channel not in known
    ]
    if problems:
        raise InputError(problems, "Settings of the budget name channels that cannot be planned")


def _returns(
    response: ResponseDraws, draws: JointDraws, low: np.ndarray, high: np.ndarray, today: np.ndarray
) -> Returns:
    worth = WEEKS_PER_MONTH * draws.customers * draws.incrementality * draws.value
    part = np.linspace(0.0, 1.0, STEPS + 1)[:, None]
    ratio = np.ones((STEPS + 1, len(response.channels)))
    ratio[:, draws.position] = (low + part * (high - low)) / today
    curve = response.relative(ratio)[:, draws.position]
    return make_returns(low, high, today, worth * curve, worth)


def _half(returns: Returns, which: int) -> Returns:
    at = slice(which, None, 2)
    return Returns(returns.spend, returns.value[at], returns.today, returns.value_today[at])


def _choose(
    choosing: Returns, judging: Returns, total: float, settings: BudgetSettings
) -> np.ndarray:
    """Best of the optimum, every channel cut alike, and today; today where nothing else pays."""
    if settings.risk == "cvar":
        best = allocate_against_worst(choosing, total, settings.level)
    else:
        best = allocate(choosing, choosing.value.mean(axis=0, keepdims=True), total)[0]
    affordable = choosing.today.sum() <= total + 1e-6
    # a total below today's leaves no room to stay: then every channel cut alike is the yardstick
    alike = choosing.today * min(total / choosing.today.sum(), 1.0)
    fallback = choosing.today if affordable else np.maximum(alike, choosing.spend[0])
    if fallback.sum() > total + 1e-6:
        return best
    gain = _score(judging.change(best).sum(axis=1), settings)
    return best if gain > _score(judging.change(fallback).sum(axis=1), settings) else fallback


def _score(change: np.ndarray, settings: BudgetSettings) -> float:
    if settings.risk == "expected":
        return float(change.mean())
    worst = max(int(np.ceil(settings.level * len(change))), 1)
    return float(np.sort(change)[:worst].mean())


def _tests(
    response: ResponseDraws,
    draws: JointDraws,
    returns: Returns,
    total: float,
    settings: BudgetSettings,
) -> pd.DataFrame:
    """What a geo test of each channel is worth over the horizon, and costs; currency."""
    months = settings.horizon_weeks / WEEKS_PER_MONTH
    half = response.shop_customers * settings.test_weeks / 2.0
    noise = float(np.sqrt(2.0 * half + (settings.test_noise * half) ** 2))
    kept = response.relative(np.full((1, len(response.channels)), 1.0 - settings.test_cut))[0]
    rows = []
    for row, name in enumerate(draws.channels):
        lost = draws.customers[row] * draws.incrementality[row] * (1.0 - kept[draws.position[row]])
        scale = settings.test_weeks / 2.0
        saved = settings.test_cut * response.spend_now[draws.position[row]]
        cost = scale * (float((lost * draws.value[row]).mean()) - saved)
        test = GeoTest(lift=scale * lost, noise=noise, cost=max(cost, 0.0))
        worth = geo_test_value(returns, total, test, seed=settings.seed) * months
        rows.append({"channel": name, "evsi_test": worth, "test_cost": test.cost})
    return pd.DataFrame(rows, columns=["channel", "evsi_test", "test_cost"])
