"""Opportunities: what the detectors find over all tables, each with evidence, stake and action."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from workbench.decisions.opportunity_settings import OpportunitySettings

__all__ = ["Opportunity", "Tables", "action_id", "find_opportunities"]

INCLUDED, LEFT_OUT = "chance of purchase included", "chance of purchase left out"


def _empty() -> pd.DataFrame:
    return pd.DataFrame()


@dataclass(frozen=True)
class Tables:
    """All that detectors may look at; a table that is missing is empty and leaves them silent.

    Attributes
    ----------
    channels, rank_flips, forecast_record, readiness, model_checks : DataFrame
        Tables of the run by these names.
    segments : DataFrame
        Of `segment_table`.
    audiences : DataFrame
        `Audiences.table`.
    budget, experiments : DataFrame
        Tables of these decisions.
    flows : DataFrame
        Of `flow_states`.
    leaks : DataFrame
        Of `suppression_leaks`.
    spend : DataFrame
        Canonical spend, for the trailing twelve months by channel.
    budget_weeks : int
        Weeks that the budget is for.
    order_contribution : float
        Mean contribution of a repeat order, in currency; NaN where not known.
    currency : str
    as_of : date
    seed : int
    """

    currency: str
    as_of: date
    seed: int = 1
    channels: pd.DataFrame = field(default_factory=_empty)
    rank_flips: pd.DataFrame = field(default_factory=_empty)
    forecast_record: pd.DataFrame = field(default_factory=_empty)
    readiness: pd.DataFrame = field(default_factory=_empty)
    model_checks: pd.DataFrame = field(default_factory=_empty)
    segments: pd.DataFrame = field(default_factory=_empty)
    audiences: pd.DataFrame = field(default_factory=_empty)
    budget: pd.DataFrame = field(default_factory=_empty)
    experiments: pd.DataFrame = field(default_factory=_empty)
    flows: pd.DataFrame = field(default_factory=_empty)
    leaks: pd.DataFrame = field(default_factory=_empty)
    spend: pd.DataFrame = field(default_factory=_empty)
    budget_weeks: int = 13
    order_contribution: float = math.nan


@dataclass(frozen=True)
class Opportunity:
    """One thing found.

    Attributes
    ----------
    kind : str
        Name of the detector.
    subject : str
        What it is about: a channel, a cohort, a flow, an audience, an experiment.
    area : {"data", "ads", "e-mail", "experiments"}
    evidence : str
        Facts in words with numbers.
    action : str
        Next action, in the imperative.
    profit, q05, q95 : float
        Profit at stake over 12 months, mean and 90% interval, in currency; NaN where this data
        cannot carry a figure.
    p_better : float
        Probability that the profit is above 0; NaN without figure.
    randomness : str
        Whether purchase randomness is inside the interval.
    assumption : str
        What the figure rests on.
    gain : bool
        Whether acting brings the profit. False: a shortfall, of which a remedy recovers an
        unknown part; it is ranked behind gains.
    evsi : float
        Value of testing it first, in currency; NaN where not known.
    group : str
        Opportunities of one group compete for the same money: their profits do not add up.
    audience : str
        Audience that the action goes to.
    file : str
        File in the outbox.
    first : bool
        Shown before all others, whatever its profit.
    verb : str
        Decided where the figure was made; empty where the plan's rule decides.
    prior_only : bool
        The probability rests on a stated prior and on no test of this brand: it never carries
        more than "do a part and measure".
    owner : str
        Who the data names for it; empty where nobody is named.
    """

    kind: str
    subject: str
    area: str
    evidence: str
    action: str
    profit: float = math.nan
    q05: float = math.nan
    q95: float = math.nan
    p_better: float = math.nan
    randomness: str = ""
    assumption: str = "not quantified by this data"
    gain: bool = True
    evsi: float = math.nan
    group: str = ""
    audience: str = ""
    file: str = ""
    first: bool = False
    verb: str = ""
    prior_only: bool = False
    owner: str = ""

    @property
    def id(self) -> str:
        """Id that stays the same from run to run."""
        return action_id(self.kind, self.subject)


def action_id(kind: str, subject: str) -> str:
    """Return a stable id of an action from its kind and subject."""
    return "act_" + hashlib.sha256(f"{kind}\n{subject}".encode()).hexdigest()[:12]


Detector = Callable[[Tables, OpportunitySettings], list[Opportunity]]


def find_opportunities(
    tables: Tables,
    settings: OpportunitySettings | None = None,
    detectors: tuple[Detector, ...] | None = None,
) -> list[Opportunity]:
    """Run all detectors.

    Parameters
    ----------
    tables : Tables
    settings : OpportunitySettings, optional
    detectors : tuple of callable, optional
        By default all of `workbench.decisions.detectors.DETECTORS`.

    Returns
    -------
    list of Opportunity
        In the order of the detectors, not ranked; `workbench.decisions.plan` ranks.
    """
    if detectors is None:
        from workbench.decisions.detectors import DETECTORS

        detectors = tuple(DETECTORS.values())
    settings = settings or OpportunitySettings()
    return [found for detector in detectors for found in detector(tables, settings)]
