"""Priors of the purchase and spend model, in units a marketer can judge.

Times are weeks, spend is relative to the brand's typical repeat order. What they imply for the
first year of a brand's customers: `workbench.value.prior_predictive`; draws of them:
`workbench.models.prior_draws`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Priors:
    """Location and scale of every prior.

    Attributes
    ----------
    log_rate : tuple of float
        Normal prior of the log of the mean purchase rate a week while active. The default has
        median 2.6 orders a year and a 90% range of 0.4 to 19.
    logit_dropout : tuple of float
        Normal prior of the logit of the mean chance to drop out after a purchase: median 33%,
        90% range 9% to 72%.
    log_hazard : tuple of float
        Pareto/NBD: normal prior of the log of the mean hazard of dropping out a week: median 3%,
        90% range 0.5% to 21%.
    log_spend : tuple of float
        Normal prior of log mean spend relative to the typical repeat order.
    shape : tuple of float
        Lognormal prior of r, the shape of purchase rates across customers.
    kappa : tuple of float
        Lognormal prior of a + b, how alike customers are in dropping out.
    lifetime_shape : tuple of float
        Pareto/NBD: lognormal prior of s, the shape of hazards across customers.
    spend_p, spend_q : tuple of float
        Lognormal priors of the Gamma-Gamma shapes p and q - 1; q > 1 so that a mean exists.
    sd_effect : tuple of tuple of float
        Lognormal priors of the spread of channel and product effects on (log rate, logit
        dropout, log spend). The default says that levels differ by 6% to 60%. Away from zero,
        because no two channels are the same and a spread of exactly zero is a trap for samplers
        (Chung et al. 2013, Psychometrika 78(4), on boundary-avoiding priors).
    sd_month : tuple of tuple of float
        Lognormal priors of the monthly step of the cohort random walk, same order.
    sd_interaction : tuple of tuple of float
        Lognormal priors of the spread of channel x product effects, same order: most of what
        distinguishes two cohorts is said by their channel and their product already.
    sd_alone : tuple of tuple of float
        Pinned spread of cohorts that are not pooled, same order: so wide that they do not lean on
        each other. Only for comparisons.
    season : tuple of float
        Log intensity expected of each calendar month, January first, before a brand's own months
        are seen; sums to zero. The year of a consumer shop in the northern hemisphere: slow from
        January to September, up from October on, highest in November and December. Months that
        were seen soon outweigh it; for those that were not it is better than no season at all.
    sd_season : tuple of float
        Lognormal prior of how far a brand's annual season lies from `season`, log scale: months
        of 3% to 40%.
    sd_period : tuple of float
        Lognormal prior of a single month's departure from its season: 2% to 11%.
    """

    log_rate: tuple[float, float] = (-3.0, 1.2)
    logit_dropout: tuple[float, float] = (-0.7, 1.0)
    log_hazard: tuple[float, float] = (-3.4, 1.2)
    log_spend: tuple[float, float] = (0.1, 0.5)
    shape: tuple[float, float] = (-0.5, 0.7)
    kappa: tuple[float, float] = (1.0, 0.8)
    lifetime_shape: tuple[float, float] = (-0.4, 0.7)
    spend_p: tuple[float, float] = (1.0, 0.8)
    spend_q: tuple[float, float] = (1.0, 0.8)
    sd_effect: tuple[tuple[float, float], ...] = ((-1.6, 0.7), (-1.6, 0.7), (-2.0, 0.7))
    sd_month: tuple[tuple[float, float], ...] = ((-3.5, 0.7), (-3.5, 0.7), (-4.0, 0.7))
    sd_interaction: tuple[tuple[float, float], ...] = ((-2.6, 0.7), (-2.6, 0.7), (-3.0, 0.7))
    sd_alone: tuple[tuple[float, float], ...] = ((0.0, 0.02), (0.0, 0.02), (-0.7, 0.02))
    season: tuple[float, ...] = (
        -0.06, -0.11, -0.05, -0.05, -0.02, -0.06, -0.02, -0.02, -0.04, 0.03, 0.16, 0.24,
    )  # fmt: skip
    sd_season: tuple[float, float] = (-2.2, 0.8)
    sd_period: tuple[float, float] = (-3.0, 0.5)
