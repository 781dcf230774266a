"""Posterior draws unfolded to what the forward simulation takes: one value per draw and cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.models.calendar import clock, future_log_intensity
from workbench.models.design import MONTH
from workbench.models.fit import Fit
from workbench.models.priors import Priors
from workbench.value.margins import normal_means
from workbench.value.pace import Pace, draw_pace

HORIZON = 365


@dataclass(frozen=True)
class Parameters:
    """Draws of everything a forecast needs.

    Attributes
    ----------
    r, kappa, p, q, fixed_cost : ndarray, shape (draws,)
        Shapes of the purchase and spend models; cost per purchase in currency.
    log_rate, logit_drop, log_spend : ndarray, shape (draws, cells)
        Log purchase rate a week, logit of mean dropout, log mean spend in currency.
    pace, pace_spread : ndarray, shape (draws,)
        Factor on purchase rates after the as-of date that all customers share, and how far a
        cohort departs from it, log scale (`workbench.value.pace`); 1 and 0 where the forecast is
        the fitted model's alone.
    spend_pace, spend_pace_spread : ndarray, shape (draws,)
        The same of net revenue per purchase day.
    next_pace, next_pace_spread, next_spend_pace, next_spend_pace_spread : ndarray, shape (draws,)
        The same four of customers who are not won yet; a channel's depart from the common pace.
    first_pace, first_pace_spread : ndarray, shape (draws,)
        The same of net revenue of their first day.
    ratio : ndarray, shape (draws, groups)
        Contribution per net revenue before the cost per purchase, by channel and product.
    first_value : ndarray, shape (draws, groups)
        Mean contribution of a new customer's first day, in currency.
    clock : ndarray, shape (draws, days)
        Operational time at the end of each observed day, in weeks.
    future : ndarray, shape (draws, horizon + 1)
        Operational time passed since the as-of date after 0, 1, ... days.
    has_money : bool
    """

    r: np.ndarray
    kappa: np.ndarray
    p: np.ndarray
    q: np.ndarray
    fixed_cost: np.ndarray
    log_rate: np.ndarray
    logit_drop: np.ndarray
    pace: np.ndarray
    pace_spread: np.ndarray
    spend_pace: np.ndarray
    spend_pace_spread: np.ndarray
    next_pace: np.ndarray
    next_pace_spread: np.ndarray
    next_spend_pace: np.ndarray
    next_spend_pace_spread: np.ndarray
    first_pace: np.ndarray
    first_pace_spread: np.ndarray
    log_spend: np.ndarray
    ratio: np.ndarray
    first_value: np.ndarray
    clock: np.ndarray
    future: np.ndarray
    has_money: bool

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(self.r)


def evenly_spaced(fit: Fit, draws: int) -> np.ndarray:
    """Which posterior draws, chains joined, stand for all: at most `draws`, evenly spaced."""
    return spaced(fit.n_draws, draws)


def spaced(available: int, wanted: int) -> np.ndarray:
    """Positions of at most `wanted` of the available draws, evenly spaced."""
    return np.linspace(0, available - 1, min(wanted, available)).round().astype(int)


def _future_clock(
    fit: Fit, at: np.ndarray, horizon: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Observed clock and the operational time of the days after the as-of date."""
    calendar = fit.data.calendar
    season = fit.flat("season")[at]
    log_intensity = season[:, calendar.month_of_year]
    if "departure" in fit.posterior:
        log_intensity = log_intensity + fit.flat("departure")[at]
    past = clock(log_intensity, calendar.period)

    start = np.datetime64(calendar.end) + np.arange(1, horizon + 1)
    absolute = start.astype("datetime64[M]").astype(int)
    first = np.datetime64(calendar.start).astype("datetime64[M]").astype(int)
    period = absolute - first
    new = np.arange(calendar.n_periods, period[-1] + 1)
    months = (new + int(calendar.month_of_year[0])) % 12
    drawn = future_log_intensity(season, fit.flat("sd_period")[at], months, rng)
    # The rest of the as-of date's own month keeps that month's intensity.
    all_months = np.concatenate([log_intensity, drawn], axis=1)
    passed = clock(all_months, period)
    return past, np.concatenate([np.zeros((len(at), 1)), passed], axis=1)


def _by_cell(fit: Fit, at: np.ndarray, outcome: int) -> np.ndarray:
    """Sum of level and effects of one outcome for each cell, shape (draws, cells)."""
    total = np.repeat(fit.flat("level")[at][:, outcome, None], len(fit.data.design.cells), axis=1)
    for dimension, index in fit.data.design.index.items():
        total = total + fit.flat(f"effect_{dimension}")[at][:, outcome][:, index]
    return total


def make_parameters(
    fit: Fit,
    *,
    draws: int = 400,
    horizon: int = HORIZON,
    seed: int = 1,
    pace: Pace | None = None,
) -> Parameters:
    """Take evenly spaced posterior draws and unfold them.

    Parameters
    ----------
    fit : Fit
    draws : int
        At most this many draws; fewer where the fit has fewer.
    horizon : int
        Days after the as-of date that the calendar is run on.
    seed : int
    pace : Pace, optional
        What the brand's forecast record says of the factor between forecasts and outcomes;
        without it the fitted model speaks alone.
    """
    rng = np.random.default_rng([seed, 11])
    at = evenly_spaced(fit, draws)
    n = len(at)
    data = fit.data
    past, future = _future_clock(fit, at, horizon, rng)

    def paced(of: Pace | None, stream: int) -> tuple[np.ndarray, np.ndarray]:
        if of is None:
            return np.ones(n), np.zeros(n)
        return draw_pace(of, draws=n, rng=np.random.default_rng([seed, stream]))

    newcomers = None if pace is None else pace.newcomers
    common, spread = paced(pace, 17)
    spend_common, spend_spread = paced(pace and pace.spend, 27)
    next_common, next_spread = paced(newcomers, 37)
    next_spend_common, next_spend_spread = paced(newcomers and newcomers.spend, 47)
    first_common, first_spread = paced(pace and pace.first_order, 57)
    margins = data.margins
    if data.has_spend:
        p, q = fit.flat("p")[at], fit.flat("q")[at]
        log_spend = _by_cell(fit, at, 2) + np.log(data.spend_scale)
    else:
        # Nobody bought twice: what a repeat order brings is prior knowledge around first orders.
        priors = Priors()
        p = rng.lognormal(*priors.spend_p, size=n)
        q = 1.0 + rng.lognormal(*priors.spend_q, size=n)
        level = rng.normal(*priors.log_spend, size=(n, 1)) + np.log(data.spend_scale)
        log_spend = np.repeat(level, len(data.design.cells), axis=1)
    if margins is None:
        ratio = np.full((n, 1), np.nan)
        first = np.full((n, 1), np.nan)
        fixed = np.zeros(n)
    else:
        n_groups = len(margins.groups)
        fixed = np.full(n, margins.cost_per_purchase)
        first = normal_means(margins.first, margins.first_se, draws=n, rng=rng)
        if margins.exact:
            ratio = np.ones((n, n_groups))
        elif np.isfinite(margins.ratio).any():
            ratio = normal_means(margins.ratio, margins.ratio_se, draws=n, rng=rng)
        else:
            ratio = np.repeat(rng.normal(margins.first_ratio, 0.1, size=(n, 1)), n_groups, axis=1)
    return Parameters(
        r=fit.flat("r")[at],
        kappa=fit.flat("kappa")[at],
        p=p,
        q=q,
        fixed_cost=fixed,
        log_rate=_by_cell(fit, at, 0),
        logit_drop=_by_cell(fit, at, 1),
        pace=common,
        pace_spread=spread,
        spend_pace=spend_common,
        spend_pace_spread=spend_spread,
        next_pace=next_common,
        next_pace_spread=next_spread,
        next_spend_pace=next_spend_common,
        next_spend_pace_spread=next_spend_spread,
        first_pace=first_common,
        first_pace_spread=first_spread,
        log_spend=log_spend,
        ratio=ratio,
        first_value=first,
        clock=past,
        future=future,
        has_money=margins is not None,
    )


def next_month_shift(fit: Fit, *, draws: int, seed: int) -> np.ndarray:
    """One more step of the cohort walk after the last month, shape (draws, outcomes).

    A cohort that does not exist yet has no effect of its own: it is drawn from the hierarchy.
    Returned relative to the last month's effect; zero where months are not modelled.
    """
    at = evenly_spaced(fit, draws)
    n_outcomes = fit.flat("level").shape[1]
    if MONTH not in fit.data.design.levels:
        return np.zeros((len(at), n_outcomes))
    rng = np.random.default_rng([seed, 13])
    return fit.flat("sd_first_month")[at] * rng.normal(size=(len(at), n_outcomes))
