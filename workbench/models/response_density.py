"""Log posterior density of the response of new customers to spend.

Counted new customers of channel c in week t are negative binomial with mean mu and variance
mu + alpha_c mu^2,

    log mu_ct = a_c + f(log(S_ct / S_c); beta_c, h_c) + w_t + d_c(t).

f is the log of a Hill curve whose elasticity is beta_c at S_c, the channel's mean weekly spend.
beta_c = logistic(m + tau z_c) and the exponent h_c lies between beta_c and 1, so that every
response is concave and flattens; how fast is hardly seen in weekly data and stays near its prior.
w_t is demand, shared by all channels: a random walk, a yearly season with a peak, a shock of each
week, and kappa times the week's mean log spend. d_c(t) is the channel's own slow drift. Spend is
taken to act in its own week: what comes later looks like less response.

The term in kappa is what keeps budget planning out of beta: a shop that spends more in weeks in
which more people buy anyway would otherwise look as if spend had won them (Mundlak 1978,
doi:10.2307/1913646). With it, elasticities are learnt from channels moving against each other.

All parameters are scaled to independent standard normal priors.

References
----------
Jin, Wang, Sun, Chan and Koehler (2017), Bayesian methods for media mix modeling with carryover
and shape effects, Google; Chen, Chan, Perry, Jin, Sun, Wang and Koehler (2018), Bias correction
for paid search in media mix modeling, arXiv:1807.03292.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import digamma, expit, gammaln

from workbench.models.channel_weeks import ChannelWeeks

__all__ = [
    "SCALES",
    "ResponseDensity",
    "ResponsePriors",
    "demand_basis",
    "log_curve",
    "season_basis",
]

DEMAND_WEEKS, DRIFT_WEEKS = 4, 6
"""Weeks between the knots of demand's random walk and of a channel's drift."""
SCALES = ("spread", "walk", "shock", "drift")
"""Standard deviations that the other parameters are scaled with."""
_OWN = 3
"""A row's parameters in front of its drift: level, elasticity, Hill exponent."""


@dataclass(frozen=True)
class ResponsePriors:
    """Location and scale of every prior, on the scale of log customers.

    Attributes
    ----------
    logit_elasticity : tuple of float
        Normal prior of the logit of the typical channel's elasticity: median 0.6, 90% range 0.36
        to 0.80. New customers counted by last click follow spend more closely than a brand's
        sales do, for which Sethuraman, Tellis and Briesch (2011, doi:10.1509/jmkr.48.3.457) find
        0.12: a prior of judgement, wide enough to be overruled.
    spread : tuple of float
        Lognormal prior of how channels differ in it: median 0.55 on the logit scale.
    flattening : float
        Normal sd of the logit of (h - beta) / (1 - beta), around one half.
    level : float
        Normal sd of a channel's level around its own mean count.
    walk, shock, drift : tuple of float
        Lognormal priors of the sd of demand's walk in four weeks, of a week's shock, and of a
        channel's own drift in 6 weeks.
    season, peak : float
        Normal sd of each coefficient of the yearly waves, and of the peak before Christmas.
    planning : float
        Normal sd of kappa, how far demand and planned spend move together.
    overdispersion : tuple of float
        Lognormal prior of alpha of each channel.
    """

    logit_elasticity: tuple[float, float] = (0.4, 0.6)
    spread: tuple[float, float] = (-0.6, 0.5)
    flattening: float = 1.0
    level: float = 1.5
    walk: tuple[float, float] = (-3.0, 0.7)
    shock: tuple[float, float] = (-2.5, 0.7)
    drift: tuple[float, float] = (-3.0, 0.7)
    season: float = 0.15
    peak: float = 0.4
    planning: float = 0.4
    overdispersion: tuple[float, float] = (-4.0, 1.0)


def log_curve(x: np.ndarray, elasticity: np.ndarray, hill: np.ndarray) -> np.ndarray:
    """Log of a Hill curve at log relative spend `x`: 0 with slope `elasticity` at x = 0.

    The curve is r^h (1 + q) / (1 + q r^h) with r = e^x, exponent h > elasticity and
    q = h / elasticity - 1; its elasticity at r is h / (1 + q r^h).
    """
    q = hill / elasticity - 1.0
    return hill * x + np.log1p(q) - np.log1p(q * np.exp(hill * x))


def demand_basis(weeks: int, every: int) -> np.ndarray:
    """Unit random walk with a step each `every` weeks, linear between, mean zero over the weeks.

    Returns
    -------
    ndarray, shape (weeks, steps)
    """
    steps = -(-(weeks - 1) // every)
    knot = np.arange(steps) * every
    # The last knot is the last week, so the walk's latest stretch may be shorter than the others.
    basis = np.clip((np.arange(weeks)[:, None] - knot) / every, 0.0, 1.0)
    return basis - basis.mean(axis=0)


def season_basis(starts: pd.DatetimeIndex) -> np.ndarray:
    """Two yearly waves and a peak from 15 November to 24 December, shape (weeks, 5).

    The peak is the share of a week's days in it; waves alone would have to ring through the year
    to follow it.
    """
    days = starts.day_of_year.to_numpy()[:, None] + np.arange(7)
    angle = 2.0 * np.pi * days.mean(axis=1) / 365.25
    waves = [f(k * angle) for k in (1, 2) for f in (np.sin, np.cos)]
    return np.column_stack([*waves, ((days >= 319) & (days <= 358)).mean(axis=1)])


def relative_log_spend(data: ChannelWeeks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log spend over the channel's mean, where it spent; that mask; the means (currency a week)."""
    spends = data.spend > 0
    mean = data.spend.sum(axis=0) / np.maximum(spends.sum(axis=0), 1)
    relative = np.where(spends, data.spend / mean, 1.0)
    return np.log(relative), spends, mean


class ResponseDensity:
    """Log density of scaled parameters and its derivatives; `parts` names them.

    Parameters
    ----------
    data : ChannelWeeks
    priors : ResponsePriors, optional
    """

    def __init__(self, data: ChannelWeeks, priors: ResponsePriors | None = None) -> None:
        self.priors = priors or ResponsePriors()
        self.x, spends, self.mean_spend = relative_log_spend(data)
        centred = np.where(spends, self.x, np.nan)
        count = np.maximum(spends.sum(axis=1), 1)
        self.planned = np.nansum(centred, axis=1) / count
        self.planned -= self.planned.mean()
        self.walk = demand_basis(data.weeks, DEMAND_WEEKS)
        self.own = demand_basis(data.weeks, DRIFT_WEEKS)
        self.season = season_basis(data.starts)
        self.season_sd = np.array([self.priors.season] * 4 + [self.priors.peak])
        # A last row for channels without spend: it knows demand and has no elasticity.
        self.y, self.seen = data.customers, spends
        if data.unpaid.sum() > 0:
            self.y = np.column_stack([self.y, data.unpaid])
            self.seen = np.column_stack([spends, np.ones(data.weeks, dtype=bool)])
        self.channels, self.rows = self.x.shape[1], self.y.shape[1]
        total = (self.y * self.seen).sum(axis=0)
        self.level = np.log((total + 0.5) / np.maximum(self.seen.sum(axis=0), 1))
        sizes = {
            "typical": 1,
            "walk": self.walk.shape[1],
            "season": 5,
            "planning": 1,
            "own": self.rows * (_OWN + self.own.shape[1]),
            "shock": data.weeks,
            "overdispersion": self.rows,
            "scales": len(SCALES),
        }
        ends = np.cumsum(list(sizes.values()))
        self.parts = {
            name: slice(int(end - size), int(end))
            for (name, size), end in zip(sizes.items(), ends, strict=True)
        }
        self.size = int(ends[-1])

    def unfold(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Named parameters from points of shape (draws, size).

        Returns
        -------
        dict of str to ndarray
            level (draws, rows); elasticity (at mean spend) and hill (draws, channels); typical and
            sd_spread on the logit scale, planning, sd_walk, sd_shock, sd_drift (draws,); demand,
            and its walk alone (draws, weeks); drift (draws, weeks, rows); season, the
            coefficients (draws, 5); overdispersion (draws, rows).
        """
        p, get = self.priors, {name: points[:, at] for name, at in self.parts.items()}
        typical = p.logit_elasticity[0] + p.logit_elasticity[1] * get["typical"]
        scales = self.scales(get["scales"])
        spread, walk, shock, drift = scales.T[:, :, None]
        season = self.season_sd * get["season"]
        planning = p.planning * get["planning"]
        walks = walk * (get["walk"] @ self.walk.T)
        shocks = shock * get["shock"]
        own = get["own"].reshape(len(points), self.rows, _OWN + self.own.shape[1])
        over = np.exp(p.overdispersion[0] + p.overdispersion[1] * get["overdispersion"])
        # at 0 or 1 exactly the curve has no shape; a trial step may round to it
        beta = np.clip(expit(typical + spread * own[:, : self.channels, 1]), 1e-6, 1.0 - 1e-6)
        return {
            "level": self.level + p.level * own[:, :, 0],
            "elasticity": beta,
            "hill": beta + (1.0 - beta) * expit(p.flattening * own[:, : self.channels, 2]),
            "typical": typical[:, 0],
            **{f"sd_{name}": scales[:, k] for k, name in enumerate(SCALES)},
            "planning": planning[:, 0],
            "walk": walks,
            "demand": walks + shocks + season @ self.season.T + planning * self.planned,
            "drift": drift[:, :, None] * (self.own @ own[:, :, _OWN:].swapaxes(1, 2)),
            "season": season,
            "overdispersion": over,
        }

    def scales(self, free: np.ndarray) -> np.ndarray:
        """Standard deviations named by `SCALES` from their scaled values, shape (..., 4)."""
        p = self.priors
        mean, sd = np.array([p.spread, p.walk, p.shock, p.drift]).T
        return np.exp(mean + sd * free)

    def log_mean(self, draws: dict[str, np.ndarray]) -> np.ndarray:
        """Log of expected customers, shape (draws, weeks, rows)."""
        out = draws["level"][:, None, :] + draws["demand"][:, :, None] + draws["drift"]
        shape = (draws["elasticity"][:, None, :], draws["hill"][:, None, :])
        out[:, :, : self.channels] += log_curve(self.x, *shape)
        # far from the mode a count may overflow; no shop wins e^30 customers a week
        return np.clip(out, -30.0, 30.0)

    def log_joint(self, points: np.ndarray) -> np.ndarray:
        """Log density of data and scaled parameters up to a constant, shape (draws,)."""
        draws = self.unfold(points)
        eta, r = self.log_mean(draws), 1.0 / draws["overdispersion"][:, None, :]
        terms = (
            gammaln(self.y + r) - gammaln(r) + r * np.log(r) + self.y * eta
            - (self.y + r) * np.log(r + np.exp(eta))
        )  # fmt: skip
        return (terms * self.seen).sum(axis=(1, 2)) - 0.5 * (points**2).sum(axis=1)

    def linear(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log mean at a point and its derivative by all linear parameters but the shocks.

        Returns
        -------
        log_mean : ndarray, shape (weeks, rows)
        slope : ndarray, shape (rows, weeks, parameters)
            By the shared parameters in front of `own`, then by the row's own ones.
        """
        p, at = self.priors, self.parts
        draws = self.unfold(point[None, :])
        spread, walk, _, drift = self.scales(point[at["scales"]])
        shared = at["own"].start
        slope = np.zeros((self.rows, len(self.y), shared + _OWN + self.own.shape[1]))
        own = point[at["own"]].reshape(self.rows, -1)[: self.channels]
        logit = p.logit_elasticity[0] + p.logit_elasticity[1] * point[at["typical"]]
        logit, bent = logit + spread * own[:, 1], p.flattening * own[:, 2]

        def curve(logit: np.ndarray, bent: np.ndarray) -> np.ndarray:
            beta = np.clip(expit(logit), 1e-6, 1.0 - 1e-6)
            return log_curve(self.x, beta, beta + (1.0 - beta) * expit(bent)).T

        step = 1e-4
        by_logit = (curve(logit + step, bent) - curve(logit - step, bent)) / (2.0 * step)
        by_bent = (curve(logit, bent + step) - curve(logit, bent - step)) / (2.0 * step)
        slope[: self.channels, :, at["typical"].start] = p.logit_elasticity[1] * by_logit
        slope[:, :, at["walk"]] = walk * self.walk
        slope[:, :, at["season"]] = self.season_sd * self.season
        slope[:, :, at["planning"].start] = p.planning * self.planned
        slope[:, :, shared] = p.level
        slope[: self.channels, :, shared + 1] = spread * by_logit
        slope[: self.channels, :, shared + 2] = p.flattening * by_bent
        slope[:, :, shared + _OWN :] = drift * self.own
        return self.log_mean(draws)[0], slope

    def overdispersion_slope(
        self, free: np.ndarray, log_mean: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """First and second derivative of the log density by scaled overdispersion, (rows,)."""
        scale = self.priors.overdispersion[1]
        mu = np.exp(log_mean)

        def first(value: np.ndarray) -> np.ndarray:
            r = np.exp(-(self.priors.overdispersion[0] + scale * value))
            by_r = digamma(self.y + r) - digamma(r) + np.log(r) + 1.0 - np.log(r + mu)
            by_r -= (self.y + r) / (r + mu)
            return -scale * r * (by_r * self.seen).sum(axis=0) - value

        step = 1e-3
        return first(free), (first(free + step) - first(free - step)) / (2.0 * step)
