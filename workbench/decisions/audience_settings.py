"""Settings of audiences, with their units; the defaults say what they rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from workbench.decisions.tools import FOLDERS, SMALLEST
from workbench.errors import InputError, Problem

__all__ = ["AudienceSettings"]


@dataclass(frozen=True)
class AudienceSettings:
    """How audiences are chosen.

    Money is in shop currency. An uplift is the change, in probability, that somebody who is
    contacted buys within 60 days, against the same person not contacted. Its prior is normal and
    common to all customers of an audience: a high risk of leaving is no sign of being responsive,
    and contacting people may also drive them away (Ascarza 2018, doi:10.1509/jmr.16.0163). The
    defaults are judgements, wide on purpose; replace them by the brand's own tests.

    Attributes
    ----------
    seed_threshold : float or None
        12-month value above which a customer is one to look for more of; None takes the 80th
        percentile of customers whose year is complete.
    seed_probability : float
        P(12-month value > threshold) from which on a customer enters a seed.
    seed_min_age_days : int
        Younger customers do not enter: their value is mostly prior.
    seed_most : int
        Largest seed; the most probable first.
    smallest : int
        People in a list for ads, at least; holds for the plan and for the files of the outbox.
    top_share, low_share : float
        Shares of customers in the bands "top" and "low" of the next 12 months' contribution.
    suppress_rhythms : float
        A buyer is left alone for so many of their own inter-purchase times.
    suppress_days_min, suppress_days_max : float
        Bounds of that time, in days.
    refund_share, refund_orders : float, int
        Refunded share of what was bought, and orders refunded, from which on somebody is left out.
    retain_uplift_mean, retain_uplift_sd, winback_uplift_mean, winback_uplift_sd : float
        Uplift priors for lapsing and for lapsed customers.
    second_uplift_mean, second_uplift_sd : float
        Uplift prior for the second order of one-time buyers.
    contact_cost : float
        All messages of one campaign to one person, and what it costs in unsubscribes.
    incentive : float
        Given to everybody who buys after being contacted, would they have bought anyway or not.
    ads_consent : {"given", "not_refused"}
        Who may be in the lists of ad platforms. "not_refused": all but those who refused
        marketing; "given": only those who said yes, as the law of the European Union and the
        United Kingdom asks.
    power, alpha : float
        Of the holdout test: probability to see the expected uplift; two-sided error.
    draws : int
        Posterior draws for expectations; probabilities of a threshold use twice as many.
    tools : tuple of str
        Tools that lists are made for; empty takes those that the exports show
        (`workbench.decisions.tools`).
    """

    seed_threshold: float | None = None
    seed_probability: float = 0.8
    seed_min_age_days: int = 90
    seed_most: int = 10_000
    smallest: int = SMALLEST
    top_share: float = 0.10
    low_share: float = 0.50
    suppress_rhythms: float = 0.5
    suppress_days_min: float = 7.0
    suppress_days_max: float = 180.0
    refund_share: float = 0.5
    refund_orders: int = 2
    retain_uplift_mean: float = 0.01
    retain_uplift_sd: float = 0.01
    winback_uplift_mean: float = 0.005
    winback_uplift_sd: float = 0.005
    second_uplift_mean: float = 0.01
    second_uplift_sd: float = 0.01
    contact_cost: float = 0.05
    incentive: float = 0.0
    ads_consent: str = "given"
    power: float = 0.8
    alpha: float = 0.10
    draws: int = 100
    tools: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = [*self._numbers(), *self._relations()]
        if problems:
            raise InputError(problems, "decisions: audiences")

    def _numbers(self) -> list[Problem]:
        shares = {"seed_probability", "top_share", "low_share", "refund_share", "power", "alpha"}
        free = {name for name in vars(self) if name.endswith("uplift_mean")}
        found = []
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("ads_consent", "tools"):
                continue
            if field.name == "seed_threshold" and value is None:
                continue
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not (number and math.isfinite(value)):
                found.append(Problem(f"{value!r} is no number", field.name, "a finite number"))
            elif field.name in shares and not 0 < value < 1:
                found.append(Problem(f"{value:g} does not fit", field.name, "between 0 and 1"))
            elif field.name in free:
                if not -1 < value < 1:
                    found.append(Problem(f"{value:g} does not fit", field.name, "-1 to 1"))
            elif value < 0:
                found.append(Problem(f"{value:g} is below 0", field.name, "0 or more"))
        return found

    def _relations(self) -> list[Problem]:
        found = []
        if self.ads_consent not in ("not_refused", "given"):
            what = f"{self.ads_consent!r} is not known"
            found.append(Problem(what, "ads_consent", "not_refused or given"))
        for tool in sorted(set(self.tools) - set(FOLDERS)):
            found.append(Problem(f"{tool!r} has no format here", "tools", ", ".join(FOLDERS)))
        pairs = (("suppress_days_min", "suppress_days_max"), ("smallest", "seed_most"))
        for low, high in pairs:
            ends = getattr(self, low), getattr(self, high)
            if all(isinstance(end, int | float) for end in ends) and ends[0] > ends[1]:
                found.append(Problem(f"{ends[0]:g} is above {high} ({ends[1]:g})", low))
        shares = self.top_share, self.low_share
        if all(isinstance(s, int | float) for s in shares) and sum(shares) >= 1:
            found.append(Problem("top_share and low_share leave no middle", "top_share"))
        if isinstance(self.draws, int) and 0 <= self.draws < 20:
            found.append(Problem(f"{self.draws} draws are too few", "draws", "20 or more"))
        return found
