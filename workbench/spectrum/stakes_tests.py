"""What the order of a test backlog is worth within a year, as draws."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.decisions.experiment_year import RANKINGS

__all__ = ["RankingGain", "ranking_gain"]

DRAWS = 4_000
SEED = 73


@dataclass(frozen=True)
class RankingGain:
    """Profit within a year of tests by expected profit, less that by the usual order.

    Attributes
    ----------
    usual : str
        The usual ranking that earns most: ICE, PIE or PXL.
    mean, q05, q95 : float
        Currency, mean and 90% interval.
    p_above_0 : float
        Probability that the order by expected profit earns more.
    """

    usual: str
    mean: float
    q05: float
    q95: float
    p_above_0: float


def ranking_gain(experiments: pd.DataFrame, year: pd.DataFrame) -> RankingGain | None:
    """Draw a year of tests under two orders, with the same effects and the same luck in both.

    Effects come from each idea's prior, a test's estimate adds its noise, and an idea is rolled out
    when its posterior mean is above 0, as `workbench.decisions.experiment_year` expects it.

    Parameters
    ----------
    experiments : DataFrame
        Of `workbench.decisions.experiments.experiment_table`.
    year : DataFrame
        Of `year_of_tests`, with the weeks left after each test in `weeks_left`.

    Returns
    -------
    RankingGain or None
        None where there is no ranking by expected profit or no usual one. `mean` is the difference
        that `ranking_values` states, exactly.
    """
    if experiments.empty or year.empty:
        return None
    expected = year.groupby("ranking")["profit"].sum()
    usual = [name for name in RANKINGS if name != "EVSI" and name in expected]
    if not usual or "EVSI" not in expected:
        return None
    best = max(usual, key=lambda name: (expected[name], name))
    ideas = experiments[experiments["evsi_net"].notna()].drop_duplicates("id").set_index("id")
    total = np.zeros(DRAWS)
    for sign, ranking in ((1.0, "EVSI"), (-1.0, best)):
        for slot in year[year["ranking"] == ranking].to_dict("records"):
            draws = _profit(ideas.loc[slot["id"]], slot)
            # the mean is known exactly: only spread and shape come from the draws
            total += sign * (draws - draws.mean() + slot["profit"])
    low, high = np.quantile(total, [0.05, 0.95])
    return RankingGain(
        best, float(total.mean()), float(low), float(high), float((total > 0).mean())
    )


def _profit(idea: pd.Series, slot: dict) -> np.ndarray:
    """Profit of one test of the year in each draw; draws depend on the idea's id alone."""
    rng = np.random.default_rng([SEED, *str(slot["id"]).encode()])
    luck = rng.normal(size=(2, DRAWS))
    weeks = slot["end_week"] - slot["start_week"]
    effect = idea["prior_mean"] + idea["prior_sd"] * luck[0]
    error = idea["noise_sd"] * math.sqrt(2.0 / (idea["weekly_traffic"] * weeks / 2.0))
    estimate = effect + error * luck[1]
    # the sign of the posterior mean, free of a division by a prior or an error of zero
    rolled_out = idea["prior_mean"] * error**2 + estimate * idea["prior_sd"] ** 2 > 0
    left = slot["weeks_left"] - (idea["weeks_to_result"] - idea["weeks"])
    lift_weeks = weeks / 2.0 * effect + left * effect * rolled_out
    return np.asarray(
        idea["value_per_lift"] * idea["weekly_traffic"] * lift_weeks - idea["cost"], dtype=float
    )
