"""What is believed of the relative lift of the next idea, from finished tests and a default.

One model per kind of metric: ``lift_j ~ N(mu, tau^2)``, ``estimate_j ~ N(lift_j, se_j^2)``, with
``mu ~ N(m0, w^2)`` and ``log tau ~ N(log t0, c^2)``; mu is integrated exactly, tau on a grid
(Gelman et al. 2013, Bayesian Data Analysis, section 5.4). With few tests the documented default
speaks, with many the brand's own record does. The same posterior shrinks each finished test: its
estimate is corrected for having been picked out (winner's curse).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp, ndtr

from workbench.decisions.experiment_settings import KINDS, ExperimentSettings

__all__ = ["LiftPrior", "LiftRecord", "default_priors", "learn_lifts", "next_priors"]

_GRID = np.linspace(-4.0, 4.0, 201)


@dataclass(frozen=True)
class LiftPrior:
    """Relative lift of the next idea of one kind of metric, as a normal.

    Attributes
    ----------
    mean, sd : float
        Of the true relative lift; 0.03 is +3%.
    tests : int
        Finished tests behind it; 0 is the default of the settings.
    """

    mean: float
    sd: float
    tests: int = 0


def default_priors(settings: ExperimentSettings) -> dict[str, LiftPrior]:
    """Priors before any test of the brand, by kind of metric."""
    return {
        kind: LiftPrior(float(settings.prior_mean[kind]), float(settings.prior_sd[kind]))
        for kind in KINDS
    }


@dataclass(frozen=True)
class LiftRecord:
    """Posterior of the hierarchy, as a mixture over the spread of lifts.

    Attributes
    ----------
    tau, weight, mu, mu_variance : ndarray, shape (grid,)
        Spread of lifts, its posterior weight; mean and variance of mu given it.
    tests : int
    """

    tau: np.ndarray
    weight: np.ndarray
    mu: np.ndarray
    mu_variance: np.ndarray
    tests: int

    def next_lift(self) -> LiftPrior:
        """Return the lift of an idea not tested yet, as a normal.

        The mixture has longer tails than a normal. Its mean standard deviation is taken, not the
        root of the mean variance: what a decision gains from a test grows with the spread, not
        with its square, and the larger figure would promise winners more than they keep.
        """
        mean = float(self.weight @ self.mu)
        each = np.sqrt(self.tau**2 + self.mu_variance + (self.mu - mean) ** 2)
        return LiftPrior(mean, float(self.weight @ each), self.tests)

    def _given_spread(self, estimate: float, se: float) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of a recorded test's true lift, by spread."""
        share = self.tau**2 / (self.tau**2 + se**2)
        mean = share * estimate + (1 - share) * self.mu
        return mean, np.sqrt(share * se**2 + (1 - share) ** 2 * self.mu_variance)

    def true_lift(self, estimate: float, se: float) -> tuple[float, float, float]:
        """Return mean, standard deviation and P(> 0) of a recorded test's true lift.

        Parameters
        ----------
        estimate, se : float
            Of a test that the record was learnt with.
        """
        mean, sd = self._given_spread(estimate, se)
        overall = float(self.weight @ mean)
        variance = self.weight @ (sd**2 + (mean - overall) ** 2)
        return overall, float(np.sqrt(variance)), float(self.weight @ ndtr(mean / sd))

    def draw_lift(
        self, estimate: float, se: float, draws: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw a recorded test's true lift; shape (draws,)."""
        mean, sd = self._given_spread(estimate, se)
        at = rng.choice(len(self.tau), size=draws, p=self.weight)
        return mean[at] + sd[at] * rng.normal(size=draws)


def learn_lifts(
    estimates: Sequence[float] | np.ndarray,
    se: Sequence[float] | np.ndarray,
    default: LiftPrior,
    settings: ExperimentSettings,
) -> LiftRecord:
    """Learn the distribution of lifts of one kind of metric.

    Parameters
    ----------
    estimates, se : array, shape (tests,)
        Relative lifts of finished tests and their standard errors, all above 0. All tests of a
        kind belong here, losers too: a record of winners alone biases every later decision.
    default : LiftPrior
        Its mean and sd are met exactly where there is no test.
    settings : ExperimentSettings
        `prior_tests` and `prior_spread` say how firmly the default is held.
    """
    y, variance = np.asarray(estimates, dtype=float), np.square(np.asarray(se, dtype=float))
    if not np.all(np.isfinite(y) & np.isfinite(variance) & (variance > 0)):
        raise ValueError("lifts must be finite and their standard errors above 0")
    # the variance of one idea is split into that of the mean and that of lifts around it
    of_mean = default.sd**2 / (1 + settings.prior_tests)
    log_weight = -0.5 * _GRID**2
    start = np.exp(log_weight - logsumexp(log_weight))
    factor = np.exp(settings.prior_spread * _GRID)

    def excess(scale: float) -> float:
        return float(start @ np.sqrt((scale * factor) ** 2 + of_mean)) - default.sd

    tau = factor * brentq(excess, 0.0, 2 * default.sd, xtol=1e-12 * default.sd, rtol=1e-12)
    precision = 1 / (tau[:, None] ** 2 + variance)  # (grid, tests)
    total = precision.sum(axis=1) + 1 / of_mean
    deviation = y - default.mean
    mu = precision @ deviation / total
    log_likelihood = 0.5 * (
        np.log(precision).sum(axis=1)
        - np.log(total * of_mean)
        - precision @ deviation**2
        + total * mu**2
    )
    log_weight = log_weight + log_likelihood
    weight = np.exp(log_weight - logsumexp(log_weight))
    return LiftRecord(tau, weight / weight.sum(), default.mean + mu, 1 / total, len(y))


def next_priors(
    records: Mapping[str, LiftRecord], settings: ExperimentSettings
) -> dict[str, LiftPrior]:
    """Priors of the next tests: learnt where a kind has a record, else the default."""
    return default_priors(settings) | {kind: one.next_lift() for kind, one in records.items()}
