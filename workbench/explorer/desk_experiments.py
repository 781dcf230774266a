"""The experiment desk: what a test is worth, how large it must be, how long it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence

if TYPE_CHECKING:
    from workbench.decisions.experiment_metrics import ExperimentMoney
    from workbench.decisions.experiment_settings import ExperimentSettings

__all__ = [
    "TRAFFIC",
    "ExperimentAnswer",
    "ExperimentPlan",
    "experiment_answer",
    "experiment_money",
    "round_numbers",
]

SEED = 20260630
_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)


def round_numbers(first: int, last: int) -> list[float]:
    """1, 1.2, 1.5, 2, ... 9 times each power of ten from `first` to `last`."""
    return [round(step * 10.0**power, 10) for power in range(first, last + 1) for step in _STEPS]


TRAFFIC = (*round_numbers(1, 5), 1e6)
"""People a week that the desk offers."""


@dataclass(frozen=True)
class ExperimentPlan:
    """What the desk asks of a test.

    Attributes
    ----------
    metric : float
        Place of the primary metric in `workbench.decisions.experiment_settings.KINDS`; a number,
        because the state of the explorer holds numbers.
    weekly_traffic : float
        People a week whom the test can be shown to.
    baseline_rate : float
        Share of them with the outcome under today's version.
    lift_mean, lift_sd : float
        Prior mean and standard deviation of the true relative lift; 0.03 is +3%.
    cost : float
        Of building and running the test, in currency.
    weeks : float
        Whole weeks of traffic; 0 takes the best of 2 to 12.
    smallest_lift : float
        Relative lift at which the test of 80% power, beside it, is sized.
    """

    metric: float = 0.0
    weekly_traffic: float = 10_000.0
    baseline_rate: float = 0.03
    lift_mean: float = 0.0
    lift_sd: float = 0.03
    cost: float = 3_000.0
    weeks: float = 0.0
    smallest_lift: float = 0.03

    @classmethod
    def of(
        cls, told: Mapping[str, float], money: ExperimentMoney | Sentence | None = None
    ) -> ExperimentPlan:
        """Build from the state of a view; unknown names are left out, missing ones default.

        By default so many people see the test that half the orders of the brand of `money` can
        come from them: a test on more people than the brand reaches has no value.
        """
        known = {one.name for one in fields(cls)}
        plan = cls(**{name: float(value) for name, value in told.items() if name in known})
        if "weekly_traffic" in told or money is None or isinstance(money, Sentence):
            return plan
        most = 0.5 * money.orders_per_week / max(plan.baseline_rate, 1e-9)
        fitting = [n for n in TRAFFIC if n <= min(most, cls.weekly_traffic)]
        return replace(plan, weekly_traffic=fitting[-1] if fitting else TRAFFIC[0])

    def to_dict(self) -> dict[str, float]:
        """Return the plan as `View.experiment`."""
        return {one.name: float(getattr(self, one.name)) for one in fields(self)}


@dataclass(frozen=True)
class ExperimentAnswer:
    """What a test on the desk is worth; money is 12-month contribution over 52 weeks, predicted.

    Attributes
    ----------
    figures : dict of str to float
        Those of `workbench.decisions.experiment_idea.FIGURES`: evsi, evsi_net, evsi_per_week,
        weeks, weeks_to_result, sample_per_arm, sample_80_power, p_win, expected_profit_12m, low,
        high (at the interval of the view), profit_launch, naive_gain, corrected_gain and others.
    basis : str
        What a lift is worth money by.
    curve : DataFrame
        sample_per_arm, weeks, expected_profit, p_win: the value of the test by its size.
    notes : tuple of str
    """

    figures: dict[str, float]
    basis: str
    curve: pd.DataFrame
    notes: tuple[str, ...]


def experiment_money(material: Material, *, seed: int = SEED) -> ExperimentMoney | Sentence:
    """Gather what orders and customers are worth, as the report does from the same orders.

    Parameters
    ----------
    material : Material
    seed : int
        That of the analysis.
    """
    from workbench.decisions.experiment_metrics import money_from_orders
    from workbench.errors import WorkbenchError

    if not material.facts.has_money or "value_next" not in material.budget:
        return Sentence(
            "Tests are valued in money, and the order log holds no amounts: add them to say what "
            "an answer is worth."
        )
    value, names = material.budget["value_next"], list(material.budget["value_channels"])
    window = material.cells["first_month"].isin(material.facts.months)
    won = material.cells[window].groupby("channel")["customers"].sum()
    orders = material.orders
    first_day = orders.groupby("customer", sort=False)["day"].transform("min")
    recent = orders["day"] > pd.Timestamp(material.facts.as_of) - timedelta(days=365)
    kept = orders[recent & (orders["revenue"] > 0)]
    if kept.empty:
        return Sentence("Tests are valued by the orders of the last year, and there are none.")
    span = (kept["day"].max() - kept["day"].min()).days + 1
    try:
        return money_from_orders(
            names,
            value,
            {str(name): float(n) for name, n in won.items()},
            revenue=kept["revenue"].to_numpy(dtype=float),
            contribution=kept["contribution"].to_numpy(dtype=float),
            first=(kept["day"] == first_day[kept.index]).to_numpy(),
            weeks=span / 7.0,
            seed=seed,
        )
    except WorkbenchError as error:
        return Sentence(f"Tests cannot be valued: {error}")


def experiment_answer(
    money: ExperimentMoney,
    plan: ExperimentPlan,
    *,
    settings: ExperimentSettings | None = None,
    interval: float = 0.9,
    seed: int = SEED,
) -> ExperimentAnswer | Sentence:
    """Tell what one test is worth.

    Parameters
    ----------
    money : ExperimentMoney
    plan : ExperimentPlan
    settings : ExperimentSettings, optional
        Those of the brand; prior, weeks and cost are the plan's.
    interval : float
        Probability inside the central interval of the profit. It holds true effect, luck of the
        test and the value of customers; the purchases of the people exposed are left out.
    seed : int

    Returns
    -------
    ExperimentAnswer or Sentence
        A sentence where the plan makes no sense.
    """
    from workbench.decisions.experiment_idea import profit_draws, value_by_size, value_of_idea
    from workbench.decisions.experiment_settings import KINDS, ExperimentSettings
    from workbench.decisions.lift_prior import LiftPrior

    settings = settings or ExperimentSettings()
    if not plan.lift_sd > 0:
        return Sentence(
            "With no doubt about the lift there is nothing to learn: no test is worth anything."
        )
    if plan.weeks:
        weeks = int(plan.weeks)
        if not 1 <= weeks < settings.horizon_weeks:
            return Sentence(f"A test takes 1 to {settings.horizon_weeks - 1} weeks.")
        settings = replace(settings, min_weeks=weeks, max_weeks=weeks)
    kind = KINDS[int(np.clip(plan.metric, 0, len(KINDS) - 1))]
    settings = replace(settings, day_rate=0.0)  # the plan's cost holds the work
    text = {"id": "desk", "primary_metric": kind, "surface": "", "channel": ""}
    entry = {
        "baseline_rate": plan.baseline_rate,
        "weekly_traffic": plan.weekly_traffic,
        "mde": plan.smallest_lift,
        "effort_days": 0.0,
        "cost_to_run": plan.cost,
        "aov_or_clv": float("nan"),
    }
    priors = {kind: LiftPrior(plan.lift_mean, plan.lift_sd, tests=1)}
    notes: list[str] = []
    figures, basis = value_of_idea(text, entry, money, priors, settings, notes, seed, 0.0)
    if not figures:
        return Sentence(_in_words("This test cannot be valued: " + "; ".join(notes) + "."))
    draws, _ = money.per_unit_lift(kind, plan.baseline_rate, "", "", settings)
    profit = profit_draws(figures, draws, settings=settings, seed=seed, name="desk")
    tail = (1.0 - interval) / 2.0
    figures["low"], figures["high"] = (float(q) for q in np.quantile(profit, [tail, 1.0 - tail]))
    curve = value_by_size(figures, settings)
    return ExperimentAnswer(_plain(figures), basis, curve, tuple(notes))


def _plain(figures: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in figures.items()}


def _in_words(text: str) -> str:
    """Name what the sliders are called where an idea of a backlog names columns."""
    for name, words in (
        ("baseline_rate x weekly_traffic", "the baseline rate of these people a week"),
        ("baseline_rate", "the baseline rate"),
        ("weekly_traffic", "people a week"),
    ):
        text = text.replace(name, words)
    return text
