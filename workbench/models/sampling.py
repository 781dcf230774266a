"""Draws from a posterior: a rough look, a short pilot run, then the run that counts.

What a gradient costs is near its limit (`workbench.models.kernels`), so that time goes by their
number and by the rows they pass over. In the parameters' own coordinates NUTS takes 15 to 120
gradients for a draw, and the draws are far from independent; in those that the pilot finds it takes
some 13, and they nearly are. Where distinct histories are many, gradients are those of a surrogate
on few wide rows (`workbench.models.surrogate`); the draws are then held against the likelihood of
the histories themselves, and made anew with that one should they differ.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from workbench.errors import ModelError
from workbench.models.density import LogDensity
from workbench.models.histories import coarsen
from workbench.models.laplace import laplace
from workbench.models.settings import SamplerSettings
from workbench.models.spend_data import coarsen_spend
from workbench.models.surrogate import Surrogate, surrogate, unlike
from workbench.models.whitening import Whitened, whiten

__all__ = ["Sampled", "sample_points"]

#: Warm-up and kept draws of the pilot, per chain, and how often it may double a trajectory.
PILOT = {"tune": 60, "draws": 60, "maxdepth": 4}
#: With more distinct histories than the first of these a surrogate is sampled (`surrogate`), with
#: half as many rows, or the second of these if that is fewer, each just so wide for its days.
EXACT_ROWS, ROUGH_ROWS, ROUGH_TOLERANCES = 5_000, 10_000, (0.15, 0.3, 0.6, 1.2)
#: Nodes that the surrogate keeps of spends, see `workbench.models.spend_data`.
ROUGH_NODES = 4
#: Draws at which the surrogate is held against the density itself, and how far off posterior means
#: may be, in posterior standard deviations, before that one is sampled.
CHECKED, MOST_OFF = 100, 0.05
#: From this many parameters on the linear map would cost more than the gradient.
LARGEST = 700
#: Share of divergent pilot draws from which its coordinates are not trusted.
MOST_LOST = 0.2
#: Acceptance aimed at. In whitened coordinates longer steps than usual pay; a second try, after
#: divergences, makes short ones.
ACCEPT, ACCEPT_CAREFULLY = 0.65, 0.95


@dataclass(frozen=True)
class Sampled:
    """Draws and how they came about.

    Attributes
    ----------
    points : ndarray, shape (chains, draws, size)
        Unconstrained; see `LogDensity.unfold`.
    divergences : int
    off : float
        How far posterior means may be off for the surrogate's sake, in posterior standard
        deviations; 0 where the density itself was sampled.
    """

    points: np.ndarray
    divergences: int
    off: float = 0.0


def sample_points(
    density: LogDensity, settings: SamplerSettings, *, careful: bool = False
) -> Sampled:
    """Draw from the posterior with NUTS (nutpie).

    Parameters
    ----------
    density : LogDensity
    settings : SamplerSettings
    careful : bool
        Smaller steps, which diverge less.

    Returns
    -------
    Sampled

    Raises
    ------
    ModelError
        If a chain fails, with what to try next.
    """
    # Matrices here are small: more threads of the linear algebra would only wait for each other.
    with threadpool_limits(1, "blas"):
        return _sample_points(density, settings, careful)


def _sample_points(density: LogDensity, settings: SamplerSettings, careful: bool) -> Sampled:
    accept = ACCEPT_CAREFULLY if careful else ACCEPT
    run = {"tune": settings.tune, "draws": settings.draws, "target_accept": accept}
    size, lost = density.size, density.size > LARGEST
    rough = _coarse(density)
    target: LogDensity | Surrogate = density
    if not lost:
        found = laplace(rough)
        if rough is not density:
            # The wide rows' posterior is somewhere else, by several of its standard deviations.
            tilted = surrogate(density, rough, found.point, bent=False)
            found = laplace(rough, tilted, start=found.point, rounds=1)
            target = surrogate(density, rough, found.point, bent=False)
        pilot = whiten(rough, found, target)
        z, divergences = _nuts(pilot, size, partial(_near_middle, size), settings, **PILOT)
        z = z.reshape(-1, size)
        lost = divergences > MOST_LOST * len(z)
    if lost:
        run |= {"tune": settings.tune + 300, "target_accept": max(accept, 0.8)}
        return Sampled(*_nuts(density, size, density.start, settings, **run))
    points = pilot.point(z)
    if rough is not density:
        target = surrogate(density, rough, points.mean(axis=0))
    coordinates = replace(pilot.refined(z), density=target)
    starts = coordinates.coordinates(points)

    def start(seed: int) -> np.ndarray:
        return np.asarray(starts[np.random.default_rng(seed).integers(len(starts))])

    z_kept, divergences = _nuts(coordinates, size, start, settings, **run)
    kept, off = coordinates.point(z_kept), 0.0
    if target is not density:
        flat = kept.reshape(-1, size)
        off = unlike(density, target, flat[:: max(1, len(flat) // CHECKED)])
        if not off <= MOST_OFF:  # not a number is not like either
            exact = replace(coordinates, density=density)
            z_kept, divergences = _nuts(exact, size, start, settings, **run)
            kept, off = exact.point(z_kept), 0.0
    return Sampled(kept, divergences, off)


def _near_middle(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.5, size)


def _coarse(density: LogDensity) -> LogDensity:
    """The density of fewer, wider rows, where there are many."""
    data = density.data
    rows = len(data.histories.cell)
    if rows <= EXACT_ROWS:
        return density
    for tolerance in ROUGH_TOLERANCES:
        wide = coarsen(data.histories, data.calendar, tolerance)
        if len(wide.cell) <= max(EXACT_ROWS, min(ROUGH_ROWS, rows // 2)):
            break
    spend = None if data.spend is None else coarsen_spend(data.spend, nodes=ROUGH_NODES)
    return LogDensity(replace(data, histories=wide, spend=spend), density.priors)


def _nuts(
    density: LogDensity | Whitened,
    size: int,
    start: Callable[[int], np.ndarray],
    settings: SamplerSettings,
    **options: Any,
) -> tuple[np.ndarray, int]:
    """Draws of shape (chains, draws, size) in the coordinates of `density`, and divergences."""
    with warnings.catch_warnings():
        # ArviZ speaks of its own future on the first import of a day, in a client's notebook too.
        warnings.simplefilter("ignore")
        import nutpie

        # The first import of a machine compiles: only who samples waits for it.
        from workbench.models.compiled import nutpie_model

    model = nutpie_model(density, size, start)
    try:
        trace = nutpie.sample(
            model,
            chains=settings.chains,
            cores=settings.cores,
            seed=settings.seed,
            progress_bar=False,
            save_warmup=False,
            **options,
        )
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the sampler's own panic is no Exception
        raise ModelError(
            f"The sampler stopped: {error}. Usual causes are a handful of customers with "
            "impossible or extreme histories (see the readiness checks) or too few customers. "
            "Try fewer cohort dimensions in brand.yaml (`cohorts`), or more history."
        ) from error
    points = np.asarray(trace.posterior["point"].values)
    return points, int(np.asarray(trace.sample_stats["diverging"].values).sum())
