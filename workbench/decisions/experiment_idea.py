"""One idea of the backlog: what its test is worth, how long it runs, or why nothing can be said."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.decisions import experiment_value as ev
from workbench.decisions.experiment_metrics import ExperimentMoney, noise_of_lift, read_metric
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.lift_prior import LiftPrior

__all__ = ["FIGURES", "profit_draws", "value_by_size", "value_of_idea"]

FIGURES = (
    "expected_profit_12m", "q05", "q95", "p_win", "p_better", "evsi", "evsi_net", "evsi_net_narrow",
    "evsi_per_week", "weeks", "weeks_to_result", "sample_per_arm", "sample_best",
    "sample_80_power", "population", "profit_launch", "naive_gain", "corrected_gain", "cost",
    "week_price", "effort_days", "baseline_rate", "weekly_traffic", "mde", "value_per_lift",
    "noise_sd", "prior_mean", "prior_sd",
)  # fmt: skip
_SLACK = 1.25
"""How far outcomes may exceed the brand's orders: seasons and definitions differ."""


def _cost(entry: Mapping[str, float], settings: ExperimentSettings) -> tuple[float, float, float]:
    """Days of work, their cost, and the further cost of running the test."""
    days = entry["effort_days"]
    days = days if math.isfinite(days) else settings.default_effort_days
    work = days * settings.day_rate
    run = entry["cost_to_run"] if math.isfinite(entry["cost_to_run"]) else 0.0
    if settings.cost_to_run_includes_work and math.isfinite(entry["cost_to_run"]):
        work = min(work, run)
        run -= work
    return days, work, run


def _problems(entry: Mapping[str, float], orders_per_week: float) -> list[str]:
    """What makes an entry impossible to value."""
    baseline, traffic = entry["baseline_rate"], entry["weekly_traffic"]
    found = []
    if not math.isfinite(baseline):
        found.append("baseline_rate is missing")
    elif not 0 < baseline < 1:
        found.append(f"baseline_rate {baseline:g} is impossible: a share between 0 and 1 is needed")
    if not math.isfinite(traffic):
        found.append("weekly_traffic is missing")
    elif traffic <= 0:
        found.append("no traffic: weekly_traffic must be above 0")
    if not found and baseline * traffic > _SLACK * orders_per_week:
        found.append(
            "more than the brand sells: baseline_rate x weekly_traffic is "
            f"{baseline * traffic:,.0f} a week, all orders are {orders_per_week:,.0f}"
        )
    if entry["effort_days"] < 0:
        found.append("effort_days is negative")
    if entry["cost_to_run"] < 0:
        found.append("cost_to_run is negative")
    return found


def value_of_idea(
    text: Mapping[str, str],
    entry: Mapping[str, float],
    money: ExperimentMoney,
    priors: Mapping[str, LiftPrior],
    settings: ExperimentSettings,
    notes: list[str],
    seed: int,
    price: float,
) -> tuple[dict[str, float], str]:
    """Figures of one idea, and what its lift is worth money by.

    Parameters
    ----------
    text, entry : mapping
        Its texts and numbers in the backlog.
    money, priors, settings, seed
        As in `experiments.experiment_table`.
    notes : list of str
        What is odd about the idea is appended.
    price : float
        What a week of its test costs those that wait for the same traffic, in currency.

    Returns
    -------
    figures : dict
        `FIGURES`; empty where the entry makes no sense.
    basis : str
    """
    metric = read_metric(text["primary_metric"], settings)
    problems = _problems(entry, money.orders_per_week)
    if metric is None:
        problems.insert(0, "primary_metric is not known: order rate, order value, repeat or "
                           "new customers")  # fmt: skip
    if problems or metric is None:
        notes += problems
        return {}, ""
    baseline, traffic = entry["baseline_rate"], entry["weekly_traffic"]
    draws, basis = money.per_unit_lift(
        metric.kind, baseline, text["surface"], text["channel"], settings
    )
    value = float(np.mean(draws))
    if not (math.isfinite(value) and value > 0):
        notes.append(f"zero value: {basis} is not above 0, so more of it earns nothing")
        return {}, ""
    if entry["aov_or_clv"] == 0:
        notes.append("aov_or_clv is 0: the brand's own value is used")
    if not math.isfinite(entry["effort_days"]):
        notes.append(f"effort_days is missing: {settings.default_effort_days:g} assumed")
    prior = priors[metric.kind]
    noise = noise_of_lift(metric.kind, baseline, money.order_value_cv)
    waiting = metric.days / 7
    longest = min(settings.max_weeks, math.ceil(settings.horizon_weeks - waiting) - 1)
    if longest < settings.min_weeks:
        notes.append("the result comes after the horizon")
        return {}, ""
    options = np.arange(settings.min_weeks, longest + 1)
    population = settings.horizon_weeks * traffic
    worth = np.asarray(
        ev.value_with_test(
            prior.mean, prior.sd, noise, options * traffic / 2, population, waiting * traffic
        )
    )
    best = int(np.argmax(value * worth - price * options))
    weeks = int(options[best])
    per_arm = traffic * weeks / 2
    if per_arm < 1:
        notes.append("no traffic: less than one person per arm in the longest test")
        return {}, ""
    days, work, run = _cost(entry, settings)
    with_test = value * float(worth[best])
    launch = population * prior.mean * value
    net = with_test - work - run - max(0.0, launch - work)
    narrow = ev.value_with_test(
        prior.mean, prior.sd / 2, noise, per_arm, population, waiting * traffic
    )
    s = float(ev.posterior_mean_sd(prior.sd, noise, per_arm))
    naive, corrected = ev.gain_after_win(prior.mean, prior.sd, noise, per_arm)
    if prior.tests == 0:
        notes.append("prior of the lift is the default: no finished test of this kind")
    figures = {
        "expected_profit_12m": with_test - work - run,
        "p_win": float(ev.p_win(prior.mean, s)),
        "p_better": float(ndtr(prior.mean / prior.sd)),
        "evsi": with_test - max(0.0, launch),
        "evsi_net": net,
        "evsi_per_week": net / weeks,
        "evsi_net_narrow": value * float(narrow) - work - run - max(0.0, launch - work),
        "weeks": float(weeks),
        "weeks_to_result": weeks + waiting,
        "sample_per_arm": float(math.floor(per_arm)),
        "sample_best": float(
            round(ev.best_size(prior.mean, prior.sd, noise, population, waiting * traffic))
        ),
        "sample_80_power": float(math.ceil(ev.power_size(noise, entry["mde"])))
        if entry["mde"] > 0
        else math.nan,
        "population": population,
        "profit_launch": launch - work,
        "naive_gain": population * value * float(naive),
        "corrected_gain": population * value * float(corrected),
        "cost": work + run,
        "week_price": price,
        "effort_days": days,
        "baseline_rate": baseline,
        "weekly_traffic": traffic,
        "mde": entry["mde"],
        "value_per_lift": value,
        "noise_sd": noise,
        "prior_mean": prior.mean,
        "prior_sd": prior.sd,
    }
    profit = profit_draws(figures, draws, settings=settings, seed=seed, name=text["id"])
    figures["q05"], figures["q95"] = (float(q) for q in np.quantile(profit, [0.05, 0.95]))
    return figures, basis


def profit_draws(
    row: Mapping[str, float],
    value_per_lift: np.ndarray,
    *,
    settings: ExperimentSettings,
    seed: int,
    name: str,
) -> np.ndarray:
    """Draws of the profit of testing one idea: true lift, estimate, decision, value of customers.

    Parameters
    ----------
    row : mapping
        A row of `experiment_table`.
    value_per_lift : ndarray, shape (value draws,)
        Draws of `value_per_lift`; drawn from, in order, as often as needed.
    settings : ExperimentSettings
    seed : int
    name : str
        Id of the idea: other ideas have other draws.

    Returns
    -------
    ndarray, shape (draws,)
        Currency, over the horizon, cost subtracted.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode("utf-8", "surrogatepass"))])
    mean, sd, noise = row["prior_mean"], row["prior_sd"], row["noise_sd"]
    traffic, weeks = row["weekly_traffic"], row["weeks"]
    variance = 2 * noise**2 / (traffic * weeks / 2)
    lift = mean + sd * rng.normal(size=settings.draws)
    estimate = lift + math.sqrt(variance) * rng.normal(size=settings.draws)
    rolled_out = mean + sd**2 / (sd**2 + variance) * (estimate - mean) > 0
    left = settings.horizon_weeks - row["weeks_to_result"]
    exposed = traffic * (weeks / 2 + left * rolled_out)
    value = np.resize(value_per_lift, settings.draws)
    return np.asarray(value * lift * exposed - row["cost"])


def value_by_size(row: Mapping[str, float], settings: ExperimentSettings) -> pd.DataFrame:
    """Value of one idea's test by its size: what `plots.experiments.value_against_size` draws.

    Returns
    -------
    DataFrame
        Columns sample_per_arm (the planned size among them), weeks, expected_profit (currency over
        the horizon, cost subtracted), p_win.
    """
    waiting = (row["weeks_to_result"] - row["weeks"]) * row["weekly_traffic"]
    most = (row["population"] - waiting) / 2
    sizes = np.geomspace(max(most * 1e-4, 1.0), most, 160)
    sizes = np.union1d(sizes, row["sample_per_arm"])
    parts = (row["prior_mean"], row["prior_sd"], row["noise_sd"])
    worth = ev.value_with_test(*parts, sizes, row["population"], waiting)
    return pd.DataFrame(
        {
            "sample_per_arm": sizes,
            "weeks": 2 * sizes / row["weekly_traffic"],
            "expected_profit": worth * row["value_per_lift"] - row["cost"],
            "p_win": ev.p_win(row["prior_mean"], ev.posterior_mean_sd(*parts[1:], sizes)),
        }
    )
