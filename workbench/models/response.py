"""Fit the response of new customers to spend, and what it says of the weeks ahead.

The model is stated in `workbench.models.response_density`, its posterior drawn in
`workbench.models.response_draws`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from workbench.checks import Check, Status, worst
from workbench.models.channel_weeks import ChannelWeeks
from workbench.models.response_density import (
    DEMAND_WEEKS,
    DRIFT_WEEKS,
    ResponseDensity,
    ResponsePriors,
    log_curve,
    season_basis,
)
from workbench.models.response_draws import Reliability, draw_response

__all__ = ["ResponseDraws", "fit_response", "prior_elasticity"]

VARIED = 0.10
"""Standard deviation of log weekly spend above which spend counts as having varied."""
LEARNT = 0.75
"""Posterior over prior sd of elasticity below which it counts as learnt from the data."""
FEWEST_EFFECTIVE = 15
"""Effective proposals of the standard deviations below which draws are to be reviewed."""


@dataclass(frozen=True)
class ResponseDraws:
    """Response of counted new customers to spend, by channel, for the weeks ahead.

    At a spend of S a week a channel is expected to win ``customers * relative(S / spend_now)``
    counted new customers a week. An association, not a proven effect: the share that spend really
    caused comes on top, as a prior or from a geo test.

    Attributes
    ----------
    channels : list of str
        Channels with spend, sorted.
    spend_now : ndarray, shape (channels,)
        Mean spend of the last `recent_weeks` weeks, in currency a week.
    customers_now : ndarray, shape (channels,)
        Mean counted new customers a week in the same weeks: observed.
    customers : ndarray, shape (channels, draws)
        Counted new customers a week expected at that spend, mean over the weeks ahead: season and
        drift are inside, the randomness of counts is not. NaN where nothing is spent now.
    elasticity : ndarray, shape (channels, draws)
        Per cent more customers for one per cent more spend at today's spend, between 0 and 1.
    hill : ndarray, shape (channels, draws)
        Hill exponent, between elasticity and 1: how fast the curve flattens.
    shop_customers : float
        New customers a week of all channels with a name, in the last `recent_weeks` weeks.
    spend_sd : ndarray, shape (channels,)
        Standard deviation of log weekly spend: how much there was to learn from.
    spending_weeks : ndarray, shape (channels,)
        Weeks with spend.
    sd_ratio : ndarray, shape (channels,)
        Posterior over prior standard deviation of elasticity; near 1 nothing was learnt. What
        other channels tell is inside.
    identified : ndarray of bool, shape (channels,)
        Spend varied (`VARIED`), by days that were observed, and elasticity was learnt (`LEARNT`).
    prior_sd : float
        Prior standard deviation of an elasticity.
    recent_weeks, horizon_weeks, weeks : int
        Weeks that "now" stands for, weeks ahead, weeks fitted.
    checks : list of Check
        Whether the draws can be relied on.
    data : ChannelWeeks
    """

    channels: list[str]
    spend_now: np.ndarray
    customers_now: np.ndarray
    customers: np.ndarray
    elasticity: np.ndarray
    hill: np.ndarray
    shop_customers: float
    spend_sd: np.ndarray
    spending_weeks: np.ndarray
    sd_ratio: np.ndarray
    identified: np.ndarray
    prior_sd: float
    recent_weeks: int
    horizon_weeks: int
    weeks: int
    checks: list[Check]
    data: ChannelWeeks

    @property
    def status(self) -> Status:
        """Worst of the checks."""
        return worst(self.checks)

    def relative(self, ratio: np.ndarray) -> np.ndarray:
        """Customers relative to today's at spend relative to today's.

        Parameters
        ----------
        ratio : ndarray, shape (points, channels)

        Returns
        -------
        ndarray, shape (points, channels, draws)
        """
        with np.errstate(divide="ignore"):
            x = np.log(np.asarray(ratio, dtype=float))[:, :, None]
        return np.exp(log_curve(x, self.elasticity, self.hill))

    @property
    def n_draws(self) -> int:
        """Number of posterior draws."""
        return self.elasticity.shape[1]


def prior_elasticity(
    priors: ResponsePriors | None = None, *, draws: int = 20_000, seed: int = 1
) -> np.ndarray:
    """Draws of a channel's elasticity before any data, shape (draws,)."""
    p = priors or ResponsePriors()
    rng = np.random.default_rng([seed, 31])
    typical = p.logit_elasticity[0] + p.logit_elasticity[1] * rng.normal(size=draws)
    spread = np.exp(p.spread[0] + p.spread[1] * rng.normal(size=draws))
    return 1.0 / (1.0 + np.exp(-(typical + spread * rng.normal(size=draws))))


def fit_response(
    data: ChannelWeeks,
    *,
    horizon_weeks: int = 13,
    recent_weeks: int = 8,
    draws: int = 1000,
    seed: int = 20260630,
    priors: ResponsePriors | None = None,
) -> ResponseDraws:
    """Fit elasticities by channel and forecast customers at today's spend.

    Parameters
    ----------
    data : ChannelWeeks
    horizon_weeks : int
        Weeks ahead over which the forecast is averaged.
    recent_weeks : int
        Latest weeks whose mean spend is "today's"; all weeks if there are fewer.
    draws : int
        Posterior draws.
    seed : int
    priors : ResponsePriors, optional
    """
    density = ResponseDensity(data, priors)
    # many small systems: threads of BLAS would cost several times what they save
    with threadpool_limits(1):
        points, reliability = draw_response(density, draws=draws, seed=seed)
    named = density.unfold(points)
    recent = min(recent_weeks, data.weeks)
    ahead = _customers_ahead(density, data, named, recent, horizon_weeks, seed)
    spends = data.spend > 0
    spending = spends.sum(axis=0)
    mean = density.x.sum(axis=0) / np.maximum(spending, 1)
    square = np.where(spends, (density.x - mean) ** 2, 0.0).sum(axis=0)
    spread = np.sqrt(square / np.maximum(spending - 1, 1))
    prior_sd = float(prior_elasticity(priors).std())
    now = data.spend[-recent:].mean(axis=0)
    hill, at_mean = named["hill"].T, named["elasticity"].T
    relative = (now / density.mean_spend)[:, None] ** hill
    elasticity = hill / (1.0 + (hill / at_mean - 1.0) * relative)
    ratio = at_mean.std(axis=1) / prior_sd
    learnt = (spread >= VARIED) & (spending >= 8) & (ratio < LEARNT)
    latest = data.customers[-recent:].mean(axis=0)
    return ResponseDraws(
        channels=list(data.channels),
        spend_now=now,
        customers_now=latest,
        customers=ahead,
        elasticity=elasticity,
        hill=hill,
        shop_customers=float(latest.sum() + data.unpaid[-recent:].mean()),
        spend_sd=spread,
        spending_weeks=spending,
        sd_ratio=ratio,
        identified=learnt & ~data.coarse,
        prior_sd=prior_sd,
        recent_weeks=recent,
        horizon_weeks=horizon_weeks,
        weeks=data.weeks,
        checks=_checks(reliability),
        data=data,
    )


def _customers_ahead(
    density: ResponseDensity,
    data: ChannelWeeks,
    draws: dict[str, np.ndarray],
    recent: int,
    horizon: int,
    seed: int,
) -> np.ndarray:
    """Counted customers a week at today's spend, mean of the weeks ahead, (channels, draws).

    Demand's walk and each channel's drift go on from the last week, the season takes its course.
    The mean of a walk over h steps has a third of its final variance.
    """
    paid, n = density.channels, len(draws["planning"])
    rng = np.random.default_rng([seed, 37])
    now = data.spend[-recent:].mean(axis=0)
    ahead = pd.date_range(data.starts[-1], periods=horizon + 1, freq="7D")[1:]
    waves = np.exp(draws["season"] @ season_basis(ahead).T).mean(axis=1)
    walk = draws["walk"][:, -1] + draws["planning"] * density.planned[-recent:].mean()
    walk += draws["sd_walk"] * np.sqrt(horizon / DEMAND_WEEKS / 3.0) * rng.normal(size=n)
    walk += draws["sd_shock"] / np.sqrt(horizon) * rng.normal(size=n)
    own = draws["level"][:, :paid] + draws["drift"][:, -1, :paid]
    scale = draws["sd_drift"] * np.sqrt(horizon / DRIFT_WEEKS / 3.0)
    own = own + scale[:, None] * rng.normal(size=(n, paid))
    with np.errstate(divide="ignore"):
        more = np.log(now / density.mean_spend)
    usable = np.isfinite(more)
    own += log_curve(np.where(usable, more, 0.0), draws["elasticity"], draws["hill"])
    out = waves[:, None] * np.exp(walk[:, None] + own)
    return np.where(usable, out, np.nan).T


def _checks(reliability: Reliability) -> list[Check]:
    """Judge the importance weights of the nested approximation."""
    many = reliability.effective >= reliability.proposals / 2
    # with nearly even weights the estimate of k is noise
    fine = reliability.effective >= FEWEST_EFFECTIVE and (many or reliability.k < 0.7)
    return [
        Check(
            "Response draws",
            Status.PASS if fine else Status.REVIEW,
            round(reliability.effective, 1),
            f"at least {FEWEST_EFFECTIVE} of {reliability.proposals}, Pareto k below 0.7",
            f"{reliability.effective:.0f} effective of {reliability.proposals} proposals of the "
            f"standard deviations, Pareto k {reliability.k:.2f}.",
            "None."
            if fine
            else "Read elasticities as rough: the weekly series allow very different stories. More "
            "weeks of spend that varied would settle them.",
        )
    ]
