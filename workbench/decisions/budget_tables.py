"""Tables of a budget proposal, and the verb that each probability allows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.decisions.allocation import Returns
from workbench.decisions.budget_draws import WEEKS_PER_MONTH, JointDraws
from workbench.decisions.budget_settings import BudgetSettings
from workbench.decisions.verbs import LEAVE, MOVE, PART, TEST
from workbench.decisions.verbs import verb as house_verb
from workbench.models.response import ResponseDraws

__all__ = ["budget_table", "curve_table", "summary_table", "verb_for"]


def verb_for(p_better: float, loss: float, limit: float, *, test_pays: bool) -> str:
    """Word what to do: move, move a part and measure, test first, or leave.

    Parameters
    ----------
    p_better : float
        Probability of more True Profit than today.
    loss, limit : float
        1-in-20 loss and the largest one allowed without a test, in the same unit.
    test_pays : bool
        Whether the best test is worth more than it costs.
    """
    return house_verb(p_better, loss, loss_limit=limit, evsi=1.0 if test_pays else 0.0)


def budget_table(
    response: ResponseDraws,
    draws: JointDraws,
    judging: Returns,
    proposed: np.ndarray,
    tests: pd.DataFrame,
    today: np.ndarray,
    settings: BudgetSettings,
) -> pd.DataFrame:
    """`budget.csv`: one row per channel with spend, those most likely to lose money first.

    Returns
    -------
    DataFrame
        channel; spend_now (mean of the recent weeks), spend_proposed, low, high (bounds), change:
        currency a month. customers_now (counted, a month, observed). cac: spend over the customers
        won, those of unknown channel that are the channel's own included (mean), cac_counted:
        over those counted, observed; p_cac_above_value: probability that the spend per customer
        won exceeds the 12-month value of the next one. marginal_value, marginal_value_q05, _q95:
        12-month value brought by one more unit of currency, at today's spend; marginal_cac (and
        quantiles): spend per additional customer that spend causes, those of unknown channel
        included as in cac; p_marginal_below_1.
        elasticity_mean, _q05, _q95 (at today's spend), elasticity_sd_ratio, identified,
        spend_varied (sd of log weekly spend). value_mean: 12-month value of the next customer.
        expected_profit_change, q05, q95, p_better: change in True Profit, currency a month over
        the horizon, with money charged at what it brings at the margin of the plan when the plan
        only moves it between channels, so that rows add up to the plan; price_of_money: that
        charge, 1 otherwise. evsi_test (value of a geo test over the horizon), test_cost: currency.
        verb, reason.
    """
    rows = pd.DataFrame({"channel": response.channels, "spend_now": today})
    rows["customers_now"] = response.customers_now * WEEKS_PER_MONTH
    with np.errstate(divide="ignore", invalid="ignore"):
        rows["cac_counted"] = np.where(
            response.customers_now > 0, response.spend_now / response.customers_now, np.nan
        )
    rows["cac"] = rows["cac_counted"]
    rows = rows.assign(spend_proposed=today, low=today, high=today)
    at = draws.position
    for name, values in (
        ("spend_proposed", proposed),
        ("low", judging.spend[0]),
        ("high", judging.spend[-1]),
    ):
        rows.loc[at, name] = values
    rows["change"] = rows["spend_proposed"] - rows["spend_now"]

    elasticity = response.elasticity
    rows = rows.assign(**_spread(elasticity, "elasticity"))
    rows["elasticity_sd_ratio"] = response.sd_ratio
    rows["identified"] = response.identified
    rows["spend_varied"] = response.spend_sd

    spend_week = response.spend_now[at][:, None]
    customers_per = draws.customers * draws.incrementality * elasticity[at] / spend_week
    marginal = customers_per * draws.value
    columns = {
        "cac": rows["cac_counted"].to_numpy()[at] * (1.0 / draws.per_counted).mean(axis=1),
        "value_mean": draws.value.mean(axis=1),
        "p_cac_above_value": (spend_week > draws.customers * draws.per_counted * draws.value).mean(
            axis=1
        ),
        "marginal_value": marginal.mean(axis=1),
        "marginal_value_q05": np.quantile(marginal, 0.05, axis=1),
        "marginal_value_q95": np.quantile(marginal, 0.95, axis=1),
        "marginal_cac": 1.0 / customers_per.mean(axis=1),
        "marginal_cac_q05": 1.0 / np.quantile(customers_per, 0.95, axis=1),
        "marginal_cac_q95": 1.0 / np.quantile(customers_per, 0.05, axis=1),
        "p_marginal_below_1": (marginal < 1.0).mean(axis=1),
    }
    moved = proposed - judging.today
    price = _price_of_money(marginal.mean(axis=1), judging, proposed)
    change = judging.change(proposed) - (price - 1.0) * moved
    still = np.abs(moved) < 1e-9
    columns |= {
        "expected_profit_change": change.mean(axis=0),
        "q05": np.quantile(change, 0.05, axis=0),
        "q95": np.quantile(change, 0.95, axis=0),
        "p_better": np.where(still, np.nan, (change > 0).mean(axis=0)),
    }
    for name, values in columns.items():
        if name not in rows:
            rows[name] = np.nan
        rows.loc[at, name] = values
    rows["price_of_money"] = price
    rows = rows.merge(tests, on="channel", how="left")
    verbs = [
        _verb_and_reason(row, settings.loss_limit * today.sum()) for row in rows.to_dict("records")
    ]
    rows["verb"], rows["reason"] = zip(*verbs, strict=True)
    order = ["p_cac_above_value", "spend_now", "channel"]
    return rows.sort_values(order, ascending=[False, False, True], ignore_index=True)


def _spread(draws: np.ndarray, prefix: str) -> dict[str, np.ndarray]:
    q05, q95 = np.quantile(draws, [0.05, 0.95], axis=1)
    return {f"{prefix}_mean": draws.mean(axis=1), f"{prefix}_q05": q05, f"{prefix}_q95": q95}


def _price_of_money(marginal: np.ndarray, judging: Returns, proposed: np.ndarray) -> float:
    """What one unit of currency brings at the margin of the plan; 1 where the total changes."""
    moved = proposed - judging.today
    up, down = moved > 1e-9, moved < -1e-9
    if not (up.any() and down.any()) or abs(moved.sum()) > 1e-6 * judging.today.sum():
        return 1.0
    gain = judging.change(proposed).mean(axis=0) + moved
    brought = gain / np.where(moved == 0, 1.0, moved)
    return float(max((brought[up].min() + brought[down].max()) / 2.0, 1.0))


def _verb_and_reason(row: dict, limit: float) -> tuple[str, str]:
    if np.isnan(row["p_cac_above_value"]):
        if row["spend_now"] <= 0:
            return LEAVE, "Nothing is spent on it now, so there is nothing to move within bounds."
        return LEAVE, (
            "Money is spent and no customer with a known value is counted under this channel: "
            "check names and tracking before anything else."
        )
    test_pays = bool(row["evsi_test"] > row["test_cost"])
    known = "" if row["identified"] else " Elasticity is driven by the prior: spend hardly varied."
    if not row["identified"] and row["spend_varied"] >= 0.10:
        known = " Elasticity is driven by the prior: spend varied, but taught little."
    if not row["identified"] and test_pays:
        known += " A geo test of this channel is worth more than it costs."
    if np.isnan(row["p_better"]):
        if test_pays:
            return TEST, f"No change pays for certain; a geo test is worth its cost.{known}"
        return LEAVE, f"Today's spend is as good as any within the bounds.{known}"
    verb = verb_for(row["p_better"], max(-row["q05"], 0.0), limit, test_pays=test_pays)
    if verb == MOVE and not row["identified"]:
        verb = PART
    direction = "More" if row["change"] > 0 else "Less"
    words = {
        MOVE: f"{direction} spend here earns more at the margin, and the 1-in-20 loss is allowed.",
        PART: f"{direction} spend here probably earns more: move half of it and watch.",
        TEST: "The direction is open and a geo test is worth its cost.",
        LEAVE: "The direction is open and a geo test costs more than it tells.",
    }
    return verb, words[verb] + known


def summary_table(
    change: np.ndarray,
    chosen: np.ndarray,
    regret: np.ndarray,
    table: pd.DataFrame,
    settings: BudgetSettings,
    *,
    currency: str,
    recent: int,
) -> pd.DataFrame:
    """One row on the whole plan; money in currency a month over the horizon.

    Returns
    -------
    DataFrame
        currency, horizon_weeks, recent_weeks, risk, spend_now, spend_proposed, changes (channels
        moved), expected_profit_change, q05, q95, p_better (NaN without a change), loss_1_in_20,
        cvar_05 (mean change over the worst twentieth), expected_regret (what perfect knowledge of
        response and value would add: EVPI), optimism (expected change on the draws that chose,
        less that on the draws that judge), best_test, evsi_test, test_cost (of that test, over the
        horizon), verb.
    """
    moves = bool(np.abs(table["change"]).sum() > 1e-6)
    q05, q95 = np.quantile(change, [0.05, 0.95])
    worst = np.sort(change)[: max(int(np.ceil(0.05 * len(change))), 1)]
    p_better = float((change > 0).mean()) if moves else np.nan
    tests = table.dropna(subset=["evsi_test"])
    net = (tests["evsi_test"] - tests["test_cost"]).to_numpy()
    best = tests.iloc[int(net.argmax())] if len(net) else None
    test_pays = best is not None and bool(net.max() > 0)
    loss = max(-float(q05), 0.0)
    limit = settings.loss_limit * float(table["spend_now"].sum())
    if moves:
        verb = verb_for(p_better, loss, limit, test_pays=test_pays)
    else:
        verb = TEST if test_pays else LEAVE
    moved = table[table["change"].abs() > 1e-6]
    if verb == MOVE and len(moved) and not moved["identified"].any():
        verb = PART
    row = {
        "currency": currency,
        "horizon_weeks": settings.horizon_weeks,
        "recent_weeks": recent,
        "risk": settings.risk,
        "spend_now": float(table["spend_now"].sum()),
        "spend_proposed": float(table["spend_proposed"].sum()),
        "changes": len(moved),
        "expected_profit_change": float(change.mean()),
        "q05": float(q05),
        "q95": float(q95),
        "p_better": p_better,
        "loss_1_in_20": loss,
        "cvar_05": float(worst.mean()),
        "expected_regret": float(regret.mean()),
        "optimism": float(chosen.mean() - change.mean()),
        "best_test": "" if best is None else str(best["channel"]),
        "evsi_test": np.nan if best is None else float(best["evsi_test"]),
        "test_cost": np.nan if best is None else float(best["test_cost"]),
        "verb": verb,
    }
    return pd.DataFrame([row])


def curve_table(
    response: ResponseDraws,
    draws: JointDraws,
    today: np.ndarray,
    bound: np.ndarray,
    *,
    points: int = 33,
) -> pd.DataFrame:
    """What one more unit of currency brings at each spend, by channel; for `marginal_curves`.

    Returns
    -------
    DataFrame
        channel, spend (currency a month, from half to one and a half of today's), inside
        (within the bounds), seen (weekly spend that occurred in the fitted weeks), identified,
        profit_mean, profit_q05, profit_q95: 12-month value of the next unit of currency, less
        that unit.
    """
    ratio = np.linspace(0.5, 1.5, points)
    worth = WEEKS_PER_MONTH * draws.customers * draws.incrementality * draws.value
    grid = np.repeat(ratio[:, None], len(response.channels), axis=1)
    step = 1e-3
    slope = (response.relative(grid * (1 + step)) - response.relative(grid * (1 - step)))[
        :, draws.position
    ] / (2.0 * step * ratio[:, None, None])
    parts = []
    for row, channel in enumerate(draws.channels):
        at = draws.position[row]
        profit = worth[row] * slope[:, row] / today[row] - 1.0
        q05, q95 = np.quantile(profit, [0.05, 0.95], axis=1)
        weekly = response.data.spend[:, at]
        weekly = weekly[weekly > 0]
        part = pd.DataFrame(
            {
                "channel": channel,
                "spend": ratio * today[row],
                "inside": np.abs(ratio - 1.0) <= bound[row] + 1e-9,
                "seen": (ratio * response.spend_now[at] >= weekly.min())
                & (ratio * response.spend_now[at] <= weekly.max()),
                "identified": bool(response.identified[at]),
                "profit_mean": profit.mean(axis=1),
                "profit_q05": q05,
                "profit_q95": q95,
            }
        )
        parts.append(part.assign(spend_now=today[row]))
    columns = "channel spend inside seen identified profit_mean profit_q05 profit_q95 spend_now"
    if not parts:
        return pd.DataFrame(columns=columns.split())
    return pd.concat(parts, ignore_index=True)
