"""What customers won after an earlier forecast bought, beside what it would have said of them.

The forecast of all customers (`workbench.value.record`) asks of those whom the shop had then. A
budget asks of those whom it wins next, and about them models of real shops err more, and in one
direction (`workbench.value.pace`). What their first orders bring is compared, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.families import family
from workbench.models.fit import Fit
from workbench.value.newcomers import next_paces, next_rates
from workbench.value.parameters import Parameters, next_month_shift
from workbench.value.scores import QUANTILES, pinball_loss

__all__ = ["FOLLOWED", "first_order_rows", "newcomer_rows"]

FOLLOWED = 0.5
"""Newcomers are those won in this first share of the days to the as-of date, so that each was
followed for a good part of them: what a customer does in the first weeks is not the year's."""

LEAST_WON = 30
"""Customers won from which on the mean of their first orders says something."""


def newcomer_rows(
    fit: Fit, parameters: Parameters, won: pd.DataFrame, *, least_orders: float, seed: int
) -> pd.DataFrame:
    """Forecast the orders of customers won after the cutoff, from their first days, and compare.

    The spread of a forecast holds that of the parameters and, measured on the outcome itself, the
    randomness of these customers' purchases.

    Parameters
    ----------
    fit : Fit
        At the cutoff.
    parameters : Parameters
        Of the same, its horizon the days to the as-of date. Its pace of newcomers is applied: the
        record's own have none.
    won : DataFrame
        channel, first_product, day (of the first purchase, days after the cutoff), repeat_days and
        repeat_revenue (net, NaN in a log without money) to the as-of date.
    least_orders : float
        Expected orders from which on the log of a forecast says something.
    seed : int

    Returns
    -------
    DataFrame
        Columns of the record but months, cutoff and horizon_days: one row of level "newcomers" and
        one of "newcomers_channel" for each channel; none where nobody was won.
    """
    shift = next_month_shift(fit, draws=parameters.n_draws, seed=seed)
    model = family(fit.data.family)
    end = parameters.future[:, -1]
    parts: list[_Part] = []
    by_channel = won.groupby("channel", sort=True)
    paces = next_paces(parameters, by_channel.ngroups, seed=seed)[:2]
    for (channel, of_channel), pace, spend_pace in zip(by_channel, *paces, strict=True):
        orders = np.zeros(parameters.n_draws)
        money = np.zeros(parameters.n_draws)
        told = []
        for product, mine in of_channel.groupby("first_product", sort=True):
            rates = next_rates(fit, parameters, str(channel), str(product), shift)
            if rates is None:  # not sold, or not a channel, before the cutoff
                continue
            days, customers = np.unique(mine["day"].to_numpy(), return_counts=True)
            bought = np.zeros(parameters.n_draws)
            for day, number in zip(days, customers, strict=True):
                after = (end - parameters.future[:, day]) * pace
                bought += number * model.expected_purchases_new(after, **rates.shapes)
            orders += bought
            money += bought * spend_pace * np.exp(rates.log_spend)
            told.append(mine)
        if told:
            parts.append(_Part("newcomers_channel", str(channel), pd.concat(told), orders, money))
    if not parts:
        return pd.DataFrame()
    everyone = _Part(
        "newcomers",
        "All newcomers",
        pd.concat([part.won for part in parts]),
        np.sum([part.orders for part in parts], axis=0),
        np.sum([part.money for part in parts], axis=0),
    )
    noise = np.random.default_rng([seed, 31])
    return pd.DataFrame([_row(part, least_orders, noise) for part in (everyone, *parts)])


@dataclass(frozen=True)
class _Part:
    """A group of newcomers with draws of the orders and the revenue expected of them."""

    level: str
    group: str
    won: pd.DataFrame
    orders: np.ndarray
    money: np.ndarray


def _row(part: _Part, least_orders: float, noise: np.random.Generator) -> dict[str, object]:
    """One group's forecast beside its outcome."""
    orders, money = part.orders, part.money
    bought = part.won["repeat_days"].to_numpy(dtype=float)
    paid = part.won["repeat_revenue"].to_numpy(dtype=float)
    actual, earned = bought.sum(), paid.sum()
    # Sums of independent customers: their spread is that of one times the root of their number.
    # Never less than that of the actual count if it were Poisson's.
    sd = np.sqrt(max(((bought - bought.mean()) ** 2).sum(), actual, 1.0)) / max(actual, 1.0)
    draws = orders * np.exp(sd * noise.normal(size=len(orders)))
    told = bool(orders.mean() >= least_orders)
    has_spend = bool(told and actual > 0 and earned > 0 and (money > 0).all())
    each = earned / actual if has_spend else np.nan
    spread = np.sqrt(((paid - each * bought) ** 2).sum()) / earned if has_spend else np.nan
    log_spend = np.log(money / orders) if has_spend else np.full(len(orders), np.nan)
    quantiles = np.quantile(draws, list(QUANTILES.values()))
    return {
        "level": part.level,
        "group": part.group,
        "customers": len(part.won),
        "actual": actual,
        "mean": draws.mean(),
        "log_mean": np.log(orders).mean() if told else np.nan,
        "log_sd": np.hypot(np.log(orders).std(), sd) if told else np.nan,
        "loss": float(pinball_loss(np.array([actual]), quantiles[:, None])[0]),
        "actual_spend": each,
        "log_spend_mean": log_spend.mean(),
        "log_spend_sd": np.hypot(log_spend.std(), spread),
    }


def first_order_rows(before: pd.DataFrame, won: pd.DataFrame) -> pd.DataFrame:
    """Compare first orders of customers won after the cutoff with those of customers before it.

    Each channel and first product is expected to bring what it has brought on average; the spread
    is that of both means.

    Parameters
    ----------
    before, won : DataFrame
        channel, first_product, first_revenue (net revenue of the first day, shop currency) of the
        customers at the cutoff and of all those won after it.

    Returns
    -------
    DataFrame
        As `newcomer_rows`, of levels "first_orders" and "first_orders_channel": actual and mean are
        the number of first orders, which nobody forecasts; actual_spend, log_spend_mean and
        log_spend_sd are told where 30 customers of known channels and products were won.
    """
    keys = ["channel", "first_product"]
    known = before.groupby(keys)["first_revenue"].agg(["mean", "var", "size"]).reset_index()
    both = won.merge(known, on=keys)
    if both.empty:
        return pd.DataFrame()
    rows = [_first_row("first_orders", "All newcomers", both)]
    for channel, mine in both.groupby("channel", sort=True):
        rows.append(_first_row("first_orders_channel", str(channel), mine))
    return pd.DataFrame(rows)


def _first_row(level: str, group: str, won: pd.DataFrame) -> dict[str, object]:
    """One group's first orders beside what the same channels and products had brought."""
    paid, expected = won["first_revenue"].to_numpy(float), won["mean"].to_numpy(float)
    earned, total = paid.sum(), expected.sum()
    told = bool(len(won) >= LEAST_WON and earned > 0 and total > 0)
    centre = spread = each = np.nan
    if told:
        of_won = np.sqrt(((paid - earned / total * expected) ** 2).sum()) / earned
        groups = won.groupby(["channel", "first_product"])[["var", "size"]].first()
        weight = won.groupby(["channel", "first_product"]).size()
        of_mean = np.sqrt((weight**2 * groups["var"].fillna(0.0) / groups["size"]).sum()) / total
        each, centre = earned / len(won), np.log(total / len(won))
        spread = float(np.hypot(of_won, of_mean))
    return {
        "level": level,
        "group": group,
        "customers": len(won),
        "actual": float(len(won)),
        "mean": float(len(won)),
        "log_mean": np.nan,
        "log_sd": np.nan,
        "loss": 0.0,
        "actual_spend": each,
        "log_spend_mean": centre,
        "log_spend_sd": spread,
    }
