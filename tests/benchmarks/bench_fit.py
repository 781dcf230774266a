"""Time and memory from customer table to posterior, side by side with other packages.

``python -m tests.benchmarks.bench_fit [--customers 10000 100000 1000000] [--peer-limit 10000]``

Every figure comes from this one run on the same customers of a simulated shop. The workbench fits
its whole model: 6 channels x 5 products x 24 months, partially pooled, with season and spend.
pymc-marketing fits BG/NBD by NUTS with its default sampler, and lifetimes its maximum of the
likelihood; both without cohorts, on frequency, recency and T in weeks. Chains and draws are equal.

Each measurement is a process of its own: seconds run from the finished table to the posterior and
include imports (also given alone), preparation, compilation and convergence checks. CPU seconds are
those of all threads and worker processes; others on the machine disturb them less. Cold means that
no compiled code is on disk, warm that the same fit has run before. ESS is the smallest bulk ESS of
all parameters. Peak memory is that of the largest single process, the customer table included.
Ratios are theirs over ours in the same state; above 1 the workbench is faster, or smaller.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.benchmarks.customers import COHORTS, simulate_customers

OURS, MARKETING, LIFETIMES = "workbench", "pymc-marketing", "lifetimes"
STATES = ("cold", "warm")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Task:
    """One fit: by what, of how many customers, how."""

    contender: str
    customers: int
    seed: int
    chains: int
    draws: int
    tune: int


@dataclass(frozen=True)
class Result:
    """What a fit took and gave; ESS and R-hat are NaN without draws."""

    seconds: float
    cpu: float
    imports: float
    ess: float
    r_hat: float
    divergences: float
    megabytes: float


def _worst(draws: Any) -> tuple[float, float]:
    """Smallest bulk ESS and largest R-hat of the parameters of a dataset of draws."""
    import arviz as az
    import xarray as xr

    flat = np.concatenate(
        [v.values.reshape(*v.shape[:2], -1) for v in draws.data_vars.values()], axis=2
    )
    flat = flat[:, :, flat.std(axis=(0, 1)) > 0]
    table = xr.Dataset({"all": (("chain", "draw", "parameter"), flat)})
    ess, r_hat = az.ess(table, method="bulk"), az.rhat(table)
    return float(ess["all"].min()), float(r_hat["all"].max())


def fit_workbench(task: Task) -> dict[str, float]:
    """Fit the hierarchical model."""
    customers, daily, as_of = simulate_customers(task.customers, task.seed)
    began, spent = time.perf_counter(), cpu_seconds()
    from workbench.models.data import prepare
    from workbench.models.fit import fit
    from workbench.models.settings import SamplerSettings

    imported = time.perf_counter()
    data = prepare(customers, daily, as_of=as_of, cohorts=COHORTS)
    settings = SamplerSettings(longer=False, chains=task.chains, draws=task.draws, tune=task.tune)
    found = fit(data, settings=settings)
    seconds, cpu = time.perf_counter() - began, cpu_seconds() - spent
    ess, r_hat = _worst(found.posterior)
    divergences = next(float(c.value or 0) for c in found.checks if c.check == "Divergences")
    return {
        "seconds": seconds,
        "cpu": cpu,
        "imports": imported - began,
        "ess": ess,
        "r_hat": r_hat,
        "divergences": divergences,
    }


def _weeks(task: Task) -> pd.DataFrame:
    """Return frequency, recency and T of the same customers, in weeks."""
    customers, _, _ = simulate_customers(task.customers, task.seed)
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "frequency": customers["repeat_days"].astype(float),
            "recency": customers["recency_days"] / 7.0,
            "T": customers["age_days"] / 7.0,
        }
    )


def fit_marketing(task: Task) -> dict[str, float]:
    """Fit pymc-marketing's BG/NBD by NUTS."""
    frame = _weeks(task)
    began, spent = time.perf_counter(), cpu_seconds()
    clv: Any = importlib.import_module("pymc_marketing.clv")
    imported = time.perf_counter()
    options = {
        "draws": task.draws,
        "tune": task.draws,
        "chains": task.chains,
        "cores": task.chains,
        "random_seed": task.seed,
        "progressbar": False,
    }
    if "data" in inspect.signature(clv.BetaGeoModel).parameters:  # before version 1
        model = clv.BetaGeoModel(data=frame)
        found = model.fit(**options)
    else:
        model = clv.BetaGeoModel()
        found = model.fit(frame, **options)
    seconds, cpu = time.perf_counter() - began, cpu_seconds() - spent
    posterior = found["posterior"]
    ess, r_hat = _worst(posterior if not hasattr(posterior, "to_dataset") else posterior.ds)
    return {
        "seconds": seconds,
        "cpu": cpu,
        "imports": imported - began,
        "ess": ess,
        "r_hat": r_hat,
        "divergences": float(found["sample_stats"]["diverging"].sum()),
    }


def fit_lifetimes(task: Task) -> dict[str, float]:
    """Find the maximum of the BG/NBD likelihood with lifetimes: a point, no posterior."""
    frame = _weeks(task)
    began, spent = time.perf_counter(), cpu_seconds()
    lifetimes: Any = importlib.import_module("lifetimes")
    imported = time.perf_counter()
    lifetimes.BetaGeoFitter().fit(frame["frequency"], frame["recency"], frame["T"])
    return {
        "seconds": time.perf_counter() - began,
        "cpu": cpu_seconds() - spent,
        "imports": imported - began,
        "ess": float("nan"),
        "r_hat": float("nan"),
        "divergences": float("nan"),
    }


FITS: dict[str, Callable[[Task], dict[str, float]]] = {
    OURS: fit_workbench,
    MARKETING: fit_marketing,
    LIFETIMES: fit_lifetimes,
}


def measure(task: Task) -> Result:
    """Fit in this process, and look at what it took."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = FITS[task.contender](task)
    peaks = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return Result(**found, megabytes=max(peaks) / 1024)


def cpu_seconds() -> float:
    """Return CPU seconds of this process and of those it has waited for, so far."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def measured_alone(task: Task, cache: Path) -> Result | str:
    """Fit in a fresh process whose compiled code is kept in `cache`; text says what failed."""
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(cache / "numba"),
        "PYTENSOR_FLAGS": f"{flags},base_compiledir={cache / 'pytensor'}".lstrip(","),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_fit", "--measure", json.dumps(asdict(task))],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no message"])[-1]
    return Result(**json.loads(done.stdout.strip().splitlines()[-1]))


def repeated(task: Task, states: list[str], repeat: int) -> dict[str, Result | str]:
    """Measure cold and warm, each `repeat` times; medians by state."""
    found: dict[str, list[Result]] = {state: [] for state in states}
    for _ in range(repeat):
        with tempfile.TemporaryDirectory() as cache:
            if states == ["warm"]:  # compiled code depends on no data: few customers make it
                measured_alone(replace(task, customers=500, draws=20, tune=50), Path(cache))
            for state in states:
                result = measured_alone(task, Path(cache))
                if isinstance(result, str):
                    return {state: result}
                found[state].append(result)
    return {
        state: Result(
            *(statistics.median(values) for values in zip(*map(_values, results), strict=True))
        )
        for state, results in found.items()
    }


def _values(result: Result) -> tuple[float, ...]:
    return tuple(asdict(result).values())


def line(task: Task, state: str, result: Result, ours: Result | None) -> str:
    """Return one line of the table; ratios only where there is something to compare with."""
    text = (
        f"{task.customers:>9,}  {task.contender:<14} {state:<4} {result.seconds:>8.1f} "
        f"{result.cpu:>8.1f} {result.imports:>8.1f} {result.ess:>6.0f} {result.r_hat:>6.3f} "
        f"{result.divergences:>5.0f} {result.ess / result.seconds:>7.2f} {result.megabytes:>8.0f}"
    )
    if ours is None or task.contender == OURS:
        return text
    per_draw = (ours.ess / ours.seconds) / (result.ess / result.seconds)
    return (
        f"{text}   {result.seconds / ours.seconds:>6.2f} {result.cpu / ours.cpu:>6.2f} "
        f"{per_draw:>8.2f} "
        f"{result.megabytes / ours.megabytes:>6.2f}"
    )


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _load() -> str:
    return "load average " + " ".join(f"{value:.2f}" for value in os.getloadavg())


def run(options: argparse.Namespace) -> None:
    """Measure everyone and print the table line by line."""
    packages = ("pymc", "pytensor", "arviz", "nutpie", "numba", MARKETING, LIFETIMES)
    versions = ", ".join(f"{name} {_installed(name) or 'absent'}" for name in packages)
    print(f"Python {sys.version.split()[0]}, {versions}; {os.cpu_count()} cores")
    peers = []
    for name in options.peers:
        if _installed(name):
            peers.append(name)
        else:
            print(f"{name} is not installed (pip install -e '.[peers]'): skipped")
    print(
        f"{options.chains} chains of {options.draws} draws; warm-up: workbench {options.tune}, "
        f"{MARKETING} {options.draws}; median of {options.repeat}"
    )
    print(f"before: {_load()}")
    print(
        f"{'customers':>9}  {'contender':<14} {'code':<4} {'seconds':>8} {'CPU s':>8} "
        f"{'imports':>8} {'ESS':>6} {'R-hat':>6} {'div.':>5} {'ESS/s':>7} "
        f"{'peak MB':>8}   ratios: seconds, CPU s, s per ESS, memory"
    )
    for customers in options.customers:
        ours: dict[str, Result | str] = {}
        for name in (OURS, *peers):
            if name == MARKETING and customers > options.peer_limit:
                print(f"{customers:>9,}  {name:<14} not run above --peer-limit")
                continue
            task = Task(name, customers, options.seed, options.chains, options.draws, options.tune)
            for state, result in repeated(task, options.states, options.repeat).items():
                if isinstance(result, str):
                    print(f"{customers:>9,}  {name:<14} {state:<4} failed: {result}", flush=True)
                    continue
                if name == OURS:
                    ours[state] = result
                base = ours.get(state)
                print(
                    line(task, state, result, base if isinstance(base, Result) else None),
                    flush=True,
                )
    print(f"after: {_load()}")


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument(
        "--peers", nargs="*", choices=(MARKETING, LIFETIMES), default=[MARKETING, LIFETIMES]
    )
    parser.add_argument(
        "--peer-limit", type=int, default=10_000, help=f"most customers for {MARKETING}"
    )
    parser.add_argument("--states", nargs="+", choices=STATES, default=list(STATES))
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chains", type=int, default=2)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--tune", type=int, default=100, help="warm-up draws of the workbench")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(asdict(measure(Task(**json.loads(options.measure))))))
    else:
        run(options)


if __name__ == "__main__":
    main()
