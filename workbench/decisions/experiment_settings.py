"""What a ranking of experiments assumes: priors, horizon, costs, how a test is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.errors import InputError, Problem

__all__ = ["KINDS", "ExperimentSettings"]

KINDS = ("order rate", "order value", "repeat", "new customers")
"""Kinds of primary metric that an effect can be turned into money for."""


def _no_lift() -> dict[str, float]:
    return dict.fromkeys(KINDS, 0.0)


def _spread() -> dict[str, float]:
    return {"order rate": 0.03, "order value": 0.02, "repeat": 0.06, "new customers": 0.05}


def _days() -> dict[str, float]:
    return {"order rate": 7.0, "order value": 7.0, "repeat": 60.0, "new customers": 7.0}


@dataclass(frozen=True)
class ExperimentSettings:
    """Settings of the experiment part of a plan.

    Attributes
    ----------
    prior_mean, prior_sd : mapping of str to float
        Kind of metric -> mean and standard deviation of the true relative lift of an idea of which
        nothing else is known. The default mean is 0: ideas are as often harmful as good. The
        default spreads are a judgement between published collections: nine of ten tests of Browne
        and Jones (2017, 6,700 e-commerce tests) move revenue per visitor by less than 1.2% either
        way, a spread of about 0.01; the website tests of Feit and Berman (2019, 2,101 tests) give
        about 0.06. E-mail to existing customers is taken to move more than a page does.
    prior_tests : float
        How many finished tests the default mean is worth when a brand's own tests come in.
    prior_spread : float
        Standard deviation of the logarithm of the spread of lifts, before own tests.
    horizon_weeks : int
        Weeks of traffic that an idea pays in, from the start of its test.
    min_weeks, max_weeks : int
        Shortest and longest test, in whole weeks, so that every weekday counts alike.
    days_to_result : mapping of str to float
        Kind -> days from the last exposure until its outcome is known; a number of days in the
        name of the metric ("repeat in 90 days") beats it. Today's version is shown meanwhile.
    day_rate : float
        Cost of one day of work, in the brand's currency.
    default_effort_days : float
        Days of work where the backlog says nothing.
    capacity_days_per_week : float
        Days of work a week that go into building tests.
    cost_to_run_includes_work : bool
        Whether `cost_to_run` of the backlog already holds the days of work; otherwise
        effort x day rate is added to it.
    acquisition_surfaces, customer_surfaces : tuple of str
        Surfaces that only people without an order see, and only customers see: an extra order is
        worth the 12-month value of a new customer, or the contribution of one order. Elsewhere
        it is a mix, by the share of orders that are first orders.
    loss_limit : float
        1-in-20 loss that a launch without test may have, in currency; infinite by default.
    year_weeks : int
        Length of the year of tests that rankings are compared over.
    draws : int
        Draws behind an interval.
    """

    prior_mean: Mapping[str, float] = field(default_factory=_no_lift)
    prior_sd: Mapping[str, float] = field(default_factory=_spread)
    prior_tests: float = 10.0
    prior_spread: float = 0.5
    horizon_weeks: int = 52
    min_weeks: int = 2
    max_weeks: int = 12
    days_to_result: Mapping[str, float] = field(default_factory=_days)
    day_rate: float = 600.0
    default_effort_days: float = 5.0
    capacity_days_per_week: float = 5.0
    cost_to_run_includes_work: bool = False
    acquisition_surfaces: tuple[str, ...] = ("ads", "landing page", "quiz", "lead form")
    customer_surfaces: tuple[str, ...] = (
        "e-mail",
        "email",
        "sms",
        "push",
        "account",
        "post-purchase",
    )
    loss_limit: float = float("inf")
    year_weeks: int = 52
    draws: int = 4000

    def __post_init__(self) -> None:
        """Fill kinds that are not named with their defaults; refuse what cannot be planned with.

        Raises
        ------
        InputError
            With everything that does not fit.
        """
        given = {
            "prior_mean": (self.prior_mean, _no_lift()),
            "prior_sd": (self.prior_sd, _spread()),
            "days_to_result": (self.days_to_result, _days()),
        }
        place = "decisions.experiments."
        problems = [
            Problem(f"unknown kind of metric {kind!r}", f"{place}{name}", ", ".join(KINDS))
            for name, (own, _) in given.items()
            for kind in own
            if kind not in KINDS
        ]
        for name, (own, default) in given.items():
            object.__setattr__(self, name, default | dict(own))
        problems += [
            Problem("does not fit", f"{place}{name}", rule)
            for name, rule, holds in (
                ("min_weeks", "1 to max_weeks", 1 <= self.min_weeks <= self.max_weeks),
                ("horizon_weeks", "above min_weeks", self.horizon_weeks > self.min_weeks),
                ("year_weeks", "1 or more", self.year_weeks >= 1),
                ("prior_tests", "above 0", self.prior_tests > 0),
                ("prior_spread", "above 0", self.prior_spread > 0),
                ("day_rate", "0 or more", self.day_rate >= 0),
                ("default_effort_days", "0 or more", self.default_effort_days >= 0),
                ("capacity_days_per_week", "above 0", self.capacity_days_per_week > 0),
                ("loss_limit", "0 or more", self.loss_limit >= 0),
                ("draws", "100 or more", self.draws >= 100),
                ("prior_sd", "above 0 for every kind", all(
                    self.prior_sd.get(kind, 0) > 0 for kind in KINDS)),
                ("days_to_result", "0 or more for every kind", all(
                    self.days_to_result.get(kind, -1) >= 0 for kind in KINDS)),
            )
            if not holds
        ]  # fmt: skip
        if problems:
            raise InputError(problems, "Settings of the experiments")
