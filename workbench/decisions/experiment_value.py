"""What a test is worth before it is run: Test & Roll with an incumbent.

An idea changes a quantity per exposed person by an unknown ``effect ~ N(prior_mean, prior_sd^2)``
(a relative lift, or money: every formula is linear in the unit). A test shows it to `per_arm`
people beside as many controls and estimates the effect with variance ``2 noise_sd^2 / per_arm``:
both arms are measured at the same time, nothing is borrowed from the level of earlier weeks, which
season and media move. Afterwards whoever is left of the `population` sees the idea if its posterior
mean is above zero, and today's version otherwise: only the effect against today matters, so the
incumbent enters as "effect zero", known.

The posterior mean is, before the test, ``N(prior_mean, s^2)`` with
``s = prior_sd^2 / sqrt(prior_sd^2 + 2 noise_sd^2 / per_arm)`` (Raiffa and Schlaifer 1961; Feit and
Berman 2019, "Test & Roll: Profit-Maximizing A/B Tests", Marketing Science 38(6)). Their symmetric
case has two arms with the same prior each, of variance ``prior_sd^2 / 2``, and is the special case
``prior_mean = 0``.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtr, ndtri

__all__ = [
    "best_size",
    "expected_gain",
    "gain_after_win",
    "p_win",
    "posterior_mean_sd",
    "power_size",
    "rolled_out_effect",
    "value_with_test",
]

Number = float | np.ndarray


def _density(x: Number) -> Number:
    return np.exp(-0.5 * np.square(x)) / np.sqrt(2 * np.pi)


def posterior_mean_sd(prior_sd: Number, noise_sd: Number, per_arm: Number) -> Number:
    """Standard deviation, before the test, of the posterior mean of the effect.

    Parameters
    ----------
    prior_sd : float or ndarray
        Spread of true effects.
    noise_sd : float or ndarray
        Standard deviation of the outcome of one person, in the unit of the effect.
    per_arm : float or ndarray
        People per arm; 0 gives 0, as nothing is learnt.
    """
    n, variance = np.asarray(per_arm, dtype=float), np.square(prior_sd)
    # n (n variance + 2 noise^2) form: finite at n = 0
    total = n * variance + 2 * np.square(noise_sd)
    return variance * np.sqrt(np.divide(n, total, out=np.zeros_like(n * total), where=total > 0))


def expected_gain(mean: Number, sd: Number) -> Number:
    """E[max(0, X)] of X ~ N(mean, sd^2); at sd = 0 the positive part of the mean."""
    mean, sd = np.asarray(mean, dtype=float), np.asarray(sd, dtype=float)
    ratio = np.divide(mean, sd, out=np.zeros_like(mean * sd), where=sd > 0)
    return np.where(sd > 0, mean * ndtr(ratio) + sd * _density(ratio), np.maximum(mean, 0.0))


def p_win(mean: Number, sd: Number) -> Number:
    """P(X > 0) of X ~ N(mean, sd^2); at sd = 0 either 0 or 1."""
    mean, sd = np.asarray(mean, dtype=float), np.asarray(sd, dtype=float)
    ratio = np.divide(mean, sd, out=np.zeros_like(mean * sd), where=sd > 0)
    return np.where(sd > 0, ndtr(ratio), (mean > 0).astype(float))


def value_with_test(
    prior_mean: Number,
    prior_sd: Number,
    noise_sd: Number,
    per_arm: Number,
    population: Number,
    waiting: Number = 0.0,
) -> Number:
    """Expected effect over a population when a test decides, costs not subtracted.

    ``per_arm x prior_mean + (population - 2 per_arm - waiting) E[max(0, posterior mean)]``

    Parameters
    ----------
    prior_mean, prior_sd, noise_sd, per_arm : float or ndarray
        As in `posterior_mean_sd`.
    population : float or ndarray
        People exposed over the horizon, those in the test included.
    waiting : float or ndarray
        People exposed between the end of the test and its result: they see today's version.

    Returns
    -------
    float or ndarray
        In units of effect x people. Less the value of the best action without a test,
        ``max(0, population x prior_mean)``, it is the expected value of sample information.
    """
    s = posterior_mean_sd(prior_sd, noise_sd, per_arm)
    left = np.maximum(population - 2 * np.asarray(per_arm, dtype=float) - waiting, 0.0)
    return per_arm * np.asarray(prior_mean) + left * expected_gain(prior_mean, s)


def best_size(
    prior_mean: float, prior_sd: float, noise_sd: float, population: float, waiting: float = 0.0
) -> float:
    """People per arm that maximise `value_with_test`; 0 where no test beats acting at once.

    With ``prior_mean = 0`` the optimum is ``sqrt(M k / 2 + (3 k / 2)^2) - 3 k / 2`` where
    ``k = (noise_sd / prior_sd)^2`` and ``M = population - waiting``: Feit and Berman's (2019)
    closed form, whose k is twice this one as their prior is that of one arm. Otherwise there is
    none, and the value of information may be convex at small sizes (Radner and Stiglitz 1984), so
    the optimum is sought on a grid and refined.
    """
    people = population - waiting
    if not (people > 0 and prior_sd > 0 and noise_sd > 0):
        return 0.0
    if prior_mean == 0:
        k = (noise_sd / prior_sd) ** 2
        # the difference of two large numbers where noise is large: multiply by the conjugate
        return float((people * k / 2) / (np.sqrt(people * k / 2 + (1.5 * k) ** 2) + 1.5 * k))

    def lost(size: float) -> float:
        return -float(value_with_test(prior_mean, prior_sd, noise_sd, size, population, waiting))

    grid = people / 2 * np.geomspace(1e-7, 1.0, 400)
    worth = value_with_test(prior_mean, prior_sd, noise_sd, grid, population, waiting)
    best = int(np.argmax(worth))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    size = float(minimize_scalar(lost, bounds=(low, high), method="bounded").x)
    return size if -lost(size) > max(0.0, population * prior_mean) else 0.0


def power_size(
    noise_sd: Number, smallest: Number, power: float = 0.8, level: float = 0.05
) -> Number:
    """People per arm of a two-sided test with the given power at an effect of `smallest`."""
    z = ndtri(1 - level / 2) + ndtri(power)
    return 2 * np.square(z * noise_sd / np.asarray(smallest, dtype=float))


def rolled_out_effect(
    prior_mean: Number,
    prior_sd: Number,
    noise_sd: Number,
    per_arm: Number,
    threshold: Number | None = None,
) -> Number:
    """E[effect x 1{rolled out}] for one person who comes after the test.

    Parameters
    ----------
    prior_mean, prior_sd, noise_sd, per_arm
        As in `posterior_mean_sd`; `per_arm` above 0.
    threshold : float or ndarray, optional
        The idea is rolled out when its *estimate* exceeds this, e.g. 1.96 standard errors; by
        default when its posterior mean is above 0.
    """
    if threshold is None:
        return expected_gain(prior_mean, posterior_mean_sd(prior_sd, noise_sd, per_arm))
    spread = np.sqrt(np.square(prior_sd) + 2 * np.square(noise_sd) / per_arm)
    a = (np.asarray(prior_mean) - threshold) / spread
    return prior_mean * ndtr(a) + np.square(prior_sd) / spread * _density(a)


def gain_after_win(
    prior_mean: Number, prior_sd: Number, noise_sd: Number, per_arm: Number
) -> tuple[Number, Number]:
    """Effect that a winning test is going to show, and what it is going to be.

    The estimate of a test that won is too high on average: it won partly by luck (the winner's
    curse; Gelman and Carlin 2014 call its ratio to the truth the exaggeration ratio). With
    X ~ N(prior_mean, s^2) the posterior mean before the test, ``E[X | X > 0]`` is what the effect
    will be, and ``prior_mean + (E[X | X > 0] - prior_mean) / shrinkage`` is the mean estimate.

    Returns
    -------
    naive, corrected : float or ndarray
        Expected estimate given a win, and expected effect given a win; NaN where none can be.
    """
    s = posterior_mean_sd(prior_sd, noise_sd, per_arm)
    chance = p_win(prior_mean, s)
    with np.errstate(divide="ignore", invalid="ignore"):
        corrected = np.where(chance > 0, expected_gain(prior_mean, s) / chance, np.nan)
        shrinkage = np.square(s / prior_sd)
        naive = prior_mean + (corrected - prior_mean) / shrinkage
    return naive, corrected
