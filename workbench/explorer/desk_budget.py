"""The budget desk: what other weekly spend per channel would change, while sliders move.

The same draws as the report's budget: response to spend, a prior share that spend causes, and the
12-month value of the next customer. The report chooses a split on one half of them and judges it
on the other; here a person chooses, so all draws judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.explorer.budget_material import unpack_budget
from workbench.explorer.sentence import Sentence

if TYPE_CHECKING:
    from workbench.decisions.budget_draws import JointDraws
    from workbench.decisions.budget_settings import BudgetSettings
    from workbench.models.response import ResponseDraws

__all__ = ["BudgetAnswer", "BudgetDesk", "budget_answer", "open_budget_desk", "proposed_spend"]

LARGEST_RATIO = 2.0
"""Most that a channel's spend may be on the desk, as a multiple of today's."""


@dataclass(frozen=True)
class BudgetDesk:
    """Draws behind every answer of the desk; made once.

    Attributes
    ----------
    response : ResponseDraws
    draws : JointDraws
        Its rows are the channels that can be decided on.
    horizon_weeks : int
        Weeks ahead that a change is for.
    """

    response: ResponseDraws
    draws: JointDraws
    horizon_weeks: int

    @property
    def channels(self) -> list[str]:
        """Channels with spend now, a counted customer and a 12-month value."""
        return self.draws.channels

    @property
    def today(self) -> np.ndarray:
        """Mean weekly spend of the recent weeks, in currency, by channel."""
        return self.response.spend_now[self.draws.position]

    @property
    def seen(self) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest weekly spend above 0 in the fitted weeks, by channel."""
        weekly = self.response.data.spend[:, self.draws.position]
        low = np.where(weekly > 0, weekly, np.inf).min(axis=0)
        return low, weekly.max(axis=0)


@dataclass(frozen=True)
class BudgetAnswer:
    """What a spend on the desk would change; money in currency a month unless named otherwise.

    Attributes
    ----------
    channels : DataFrame
        channel; spend_now, spend; customers_now (counted a month, observed); customers_mean, _low,
        _high (counted a month at that spend, predicted); cac_now (spend over the customers won,
        those of unknown channel that are the channel's own included, mean), cac_mean, _low, _high
        (the same at that spend, predicted); marginal_cac_mean, _low, _high (spend per additional
        customer that spend causes, likewise); marginal_value_mean, _low,
        _high (12-month value brought by one more unit of currency); profit_change_mean, _low,
        _high, p_better (NaN where nothing is changed); seen (spend that occurred in the fitted
        weeks), identified (elasticity learnt rather than from the prior).
    total : dict of str to float
        spend_now, spend, profit_change_mean, _low, _high, p_better, loss_1_in_20,
        customers_change_mean, _low, _high.
    """

    channels: pd.DataFrame
    total: dict[str, float]


def open_budget_desk(
    budget: dict[str, Any], settings: BudgetSettings | None = None
) -> BudgetDesk | Sentence:
    """Lay out the draws of a material's budget.

    Parameters
    ----------
    budget : dict
        `Material.budget`.
    settings : BudgetSettings, optional
        Those of the brand.

    Returns
    -------
    BudgetDesk or Sentence
        A sentence where the data cannot carry a budget.
    """
    from workbench.decisions.budget_draws import join_draws
    from workbench.decisions.budget_settings import BudgetSettings
    from workbench.errors import WorkbenchError

    settings = settings or BudgetSettings()
    try:
        response, value, names = unpack_budget(budget)
    except WorkbenchError as error:
        return Sentence(str(error))
    draws = join_draws(response, value, names, settings, budget.get("per_counted"))
    if not draws.channels:
        return Sentence(
            "No budget: no channel has spend now, a counted new customer and a 12-month value."
        )
    return BudgetDesk(response, draws, settings.horizon_weeks)


def proposed_spend(
    budget: dict[str, Any], settings: BudgetSettings, currency: str
) -> dict[str, float]:
    """Weekly spend by channel that the report proposes, empty where it can propose none."""
    from workbench.decisions.budget import plan_budget
    from workbench.decisions.budget_draws import WEEKS_PER_MONTH
    from workbench.errors import WorkbenchError

    try:
        table = plan_budget(
            *unpack_budget(budget),
            settings,
            currency=currency,
            per_counted=budget.get("per_counted"),
        ).table
    except WorkbenchError:
        return {}
    moved = table[table["change"].abs() > 1e-9]
    return dict(zip(moved["channel"], moved["spend_proposed"] / WEEKS_PER_MONTH, strict=True))


def budget_answer(
    desk: BudgetDesk, spend: Mapping[str, float], *, interval: float = 0.9
) -> BudgetAnswer:
    """Tell what a weekly spend per channel would change against today's.

    Parameters
    ----------
    desk : BudgetDesk
    spend : mapping of str to float
        Channel -> currency a week, between 0 and twice today's (beyond, it counts as that);
        channels that are left out keep today's.
    interval : float
        Probability inside the central interval. The chance of single purchases and of counts is
        not inside: it averages out over the customers of a month.

    Returns
    -------
    BudgetAnswer
    """
    from workbench.decisions.budget_draws import WEEKS_PER_MONTH

    draws, at, today = desk.draws, desk.draws.position, desk.today
    now = dict(zip(draws.channels, today.tolist(), strict=True))
    chosen = np.array([spend.get(name, now[name]) for name in draws.channels])
    chosen = np.clip(chosen, 0.0, LARGEST_RATIO * today)
    ratio = np.ones((1, len(desk.response.channels)))
    ratio[0, at] = chosen / today
    relative = desk.response.relative(ratio)[0][at]
    counted = draws.customers * relative
    elasticity = _elasticity(desk, ratio[0, at])
    caused = draws.customers * draws.incrementality
    # at a spend of 0 the slope of the curve is infinite: the next unit is taken at a hundredth
    basis = np.maximum(chosen, 0.01 * today)
    at_least = desk.response.relative(np.maximum(ratio, 0.01))[0][at]
    per_unit = caused * at_least * elasticity / basis[:, None]
    profit = WEEKS_PER_MONTH * (caused * draws.value * (relative - 1.0) - (chosen - today)[:, None])
    moved = np.abs(chosen - today) > 1e-9 * today
    low, high = desk.seen
    tail = (1.0 - interval) / 2.0
    won = desk.response.customers_now[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        cac = np.where(counted > 0, chosen[:, None] / (counted * draws.per_counted), np.nan)
        columns: dict[str, Any] = {
            "channel": draws.channels,
            "spend_now": today * WEEKS_PER_MONTH,
            "spend": chosen * WEEKS_PER_MONTH,
            "customers_now": won * WEEKS_PER_MONTH,
            **_spread("customers", WEEKS_PER_MONTH * counted, tail),
            "cac_now": np.where(won > 0, today / won, np.nan)
            * (1.0 / draws.per_counted).mean(axis=1),
            **_spread("cac", cac, tail),
            "marginal_cac_mean": 1.0 / per_unit.mean(axis=1),
            "marginal_cac_low": 1.0 / np.quantile(per_unit, 1.0 - tail, axis=1),
            "marginal_cac_high": 1.0 / np.quantile(per_unit, tail, axis=1),
            **_spread("marginal_value", per_unit * draws.value, tail),
            **_spread("profit_change", profit, tail),
        }
    columns |= {
        "p_better": np.where(moved, (profit > 0).mean(axis=1), np.nan),
        "seen": (chosen >= low * (1 - 1e-9)) & (chosen <= high * (1 + 1e-9)),
        "identified": desk.response.identified[at],
    }
    return BudgetAnswer(pd.DataFrame(columns), _total(desk, chosen, counted, profit, tail, moved))


def _elasticity(desk: BudgetDesk, ratio: np.ndarray) -> np.ndarray:
    """Elasticity at a spend relative to today's, shape (channels, draws); see `log_curve`."""
    at = desk.draws.position
    now, hill = desk.response.elasticity[at], desk.response.hill[at]
    return hill / (1.0 + (hill / now - 1.0) * np.maximum(ratio, 0.01)[:, None] ** hill)


def _spread(name: str, draws: np.ndarray, tail: float) -> dict[str, np.ndarray]:
    low, high = np.quantile(draws, [tail, 1.0 - tail], axis=1)
    return {f"{name}_mean": draws.mean(axis=1), f"{name}_low": low, f"{name}_high": high}


def _total(
    desk: BudgetDesk,
    chosen: np.ndarray,
    counted: np.ndarray,
    profit: np.ndarray,
    tail: float,
    moved: np.ndarray,
) -> dict[str, float]:
    from workbench.decisions.budget_draws import WEEKS_PER_MONTH

    change = profit.sum(axis=0)
    caused = (counted - desk.draws.customers) * desk.draws.incrementality
    customers = WEEKS_PER_MONTH * caused.sum(axis=0)
    spread = {
        name: float(value[0])
        for prefix, draws in (("profit_change", change), ("customers_change", customers))
        for name, value in _spread(prefix, draws[None, :], tail).items()
    }
    return {
        "spend_now": float(desk.today.sum() * WEEKS_PER_MONTH),
        "spend": float(chosen.sum() * WEEKS_PER_MONTH),
        **spread,
        "p_better": float((change > 0).mean()) if moved.any() else float("nan"),
        "loss_1_in_20": max(-float(np.quantile(change, 0.05)), 0.0) + 0.0,
    }
