"""What wider rows of histories cost in exactness, and what the sampler's surrogate leaves of it.

``python -m tests.benchmarks.bench_compression [--customers 20000] [--refit] [--seed 1]``

For each tolerance of `workbench.models.histories` the table gives rows, milliseconds a gradient,
and the shift of posterior means against the likelihood of all distinct histories, in posterior
standard deviations, largest and root mean square over all parameters. It is the first-order one:
posterior covariance times the mean difference of gradients at draws. It also gives the shift of
total expected value: purchases of a new customer in 12 months (closed form) x mean spend, summed
over all customers by cohort, at draws moved by it. The last column is what a fit stands on: the
most that any posterior mean can be off when the surrogate on such rows is sampled
(`workbench.models.surrogate`).

``--refit`` samples both, the surrogate and all distinct histories, with the same seed and many
draws, and compares the means; its Monte Carlo error is printed beside.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pandas as pd

from tests.benchmarks.customers import COHORTS, simulate_customers
from workbench.models.data import ModelData, prepare
from workbench.models.density import LogDensity
from workbench.models.families import family
from workbench.models.priors import Priors
from workbench.models.settings import SamplerSettings
from workbench.models.surrogate import surrogate, unlike

TOLERANCES = (0.08, 0.15, 0.3, 0.6, 1.2)
WEEKS = 365 / 7
CHECKED = 200


def milliseconds(density: LogDensity, calls: int) -> float:
    """Return the shortest of five mean times of a gradient."""
    point = density.start(1)
    density(point)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(calls):
            density(point)
        times.append((time.perf_counter() - began) / calls)
    return min(times) * 1e3


def posterior_points(
    data: ModelData, settings: SamplerSettings, *, exact: bool = False
) -> np.ndarray:
    """Draw unconstrained points, shape (chains, draws, size); `exact` without a surrogate."""
    from workbench.models import sampling

    with patch.object(sampling, "EXACT_ROWS", np.inf if exact else sampling.EXACT_ROWS):
        run = sampling.sample_points(LogDensity(data, Priors()), settings)
    if run.divergences:
        print(f"{run.divergences} divergences")
    return run.points


def total_value(density: LogDensity, points: np.ndarray) -> np.ndarray:
    """Expected 12-month repeat revenue of all customers, were they new; shape (draws,)."""
    named = density.unfold(points)
    design = density.data.design
    by_cell = np.repeat(named["level"][..., None], len(design.cells), axis=-1)
    for name, index in design.index.items():
        by_cell = by_cell + named[f"effect_{name}"][..., index]
    rate, drop, spend = by_cell[:, 0], by_cell[:, 1], by_cell[:, 2]
    chosen = family(density.data.family)
    shapes = chosen.natural(named["r"][:, None], rate, named["kappa"][:, None], drop)
    shapes = {name: np.broadcast_to(values, rate.shape) for name, values in shapes.items()}
    orders = chosen.expected_purchases_new(WEEKS, **shapes)
    return (orders * np.exp(spend)) @ density.data.histories.cell_weight


def first_order(
    tolerances: tuple[float, ...], densities: dict[float, LogDensity], flat: np.ndarray, at: int
) -> pd.DataFrame:
    """Shift of posterior means and of total value by tolerance; `at` points carry gradients."""
    covariance, sd = np.cov(flat.T), flat.std(axis=0)
    some = flat[:: max(len(flat) // at, 1)]
    exact = np.array([densities[0.0](point)[1] for point in some])
    value = total_value(densities[0.0], some)
    middle = flat.mean(axis=0)
    rows = []
    for tolerance in tolerances:
        rough = densities[tolerance]
        gradients = np.array([rough(point)[1] for point in some])
        shift = covariance @ (gradients - exact).mean(axis=0)
        relative = shift / sd
        moved = total_value(densities[0.0], some + shift)
        rows.append(
            {
                "tolerance": tolerance,
                "largest shift": np.abs(relative).max(),
                "rms shift": np.sqrt((relative**2).mean()),
                "value error %": 100 * (moved.mean() / value.mean() - 1),
                "surrogate at most": unlike(
                    densities[0.0],
                    surrogate(densities[0.0], rough, middle),
                    flat[:: max(len(flat) // CHECKED, 1)],
                ),
            }
        )
    return pd.DataFrame(rows)


def refitted(data: ModelData, settings: SamplerSettings) -> str:
    """Compare posterior means of both, in posterior standard deviations."""
    import arviz as az
    import xarray as xr

    fits = [posterior_points(data, settings, exact=exact) for exact in (True, False)]
    flat = [points.reshape(-1, points.shape[-1]) for points in fits]
    sd = flat[0].std(axis=0)
    difference = (flat[1].mean(axis=0) - flat[0].mean(axis=0)) / sd
    ess = [
        az.ess(xr.Dataset({"all": (("chain", "draw", "parameter"), points)}), method="mean")
        for points in fits
    ]
    error = np.sqrt(sum(1 / found["all"].values for found in ess))
    standard = difference / error
    return (
        f"surrogate against all distinct histories: largest difference "
        f"{np.abs(difference).max():.3f} sd, rms "
        f"{np.sqrt((difference**2).mean()):.4f} sd; Monte Carlo error rms "
        f"{np.sqrt((error**2).mean()):.4f} sd; differences over their errors: rms "
        f"{np.sqrt((standard**2).mean()):.2f}, largest {np.abs(standard).max():.2f} of "
        f"{len(error)} (noise alone: 1, and about {np.sqrt(2 * np.log(len(error))):.1f})"
    )


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--points", type=int, default=40, help="draws at which to take gradients")
    parser.add_argument("--refit", action="store_true")
    parser.add_argument("--refit-draws", type=int, default=2_000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{options.customers:,} customers; before: load {os.getloadavg()}", flush=True)
    customers, daily, as_of = simulate_customers(options.customers, options.seed)
    tolerances = (0.0, *TOLERANCES)
    data, sizes = {}, []
    calls = 100 if options.customers < 300_000 else 10
    for tolerance in tolerances:
        data[tolerance] = prepare(
            customers, daily, as_of=as_of, cohorts=COHORTS, tolerance=tolerance
        )
        sizes.append(
            {
                "tolerance": tolerance,
                "rows": len(data[tolerance].histories.cell),
                "ms a gradient": milliseconds(LogDensity(data[tolerance]), calls),
            }
        )
    settings = SamplerSettings(chains=2, draws=options.draws, longer=False)
    points = posterior_points(data[0.0], settings)
    densities = {tolerance: LogDensity(each) for tolerance, each in data.items()}
    shifts = first_order(
        tolerances, densities, points.reshape(-1, points.shape[-1]), options.points
    )
    print(pd.DataFrame(sizes).merge(shifts).to_string(index=False, float_format="{:.4f}".format))
    print("goals: largest shift below 0.05 at 20,000 customers, value below 0.1% at 1,000,000")
    if options.refit:
        many = replace(settings, draws=options.refit_draws)
        print(refitted(data[0.0], many))
    print(f"after: load {os.getloadavg()}")


if __name__ == "__main__":
    main()
