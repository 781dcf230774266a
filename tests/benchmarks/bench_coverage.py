"""Do the 90% intervals of 12-month value by channel hold the truth? Simulated brands say.

``python -m tests.benchmarks.bench_coverage [--brands 20] [--processes 1] [--seed 1] [--fast]``

Every brand gets its own seed, size (3,000 to 10,000 customers), buying process and five channels
and products whose effects are drawn at random, is written as exports, read back and modelled as
`workbench report` does it. The truth is what the customers of a channel won in the last twelve
months did to day 365, the year after the as-of date included. The table lists every channel; the
last lines give the share of intervals that hold the truth: of 100 honest 90% intervals, 85 to 95 do
so nine times in ten.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.simulate import Simulation, simulate_process, stage_settings, write_simulation
from workbench.simulate.settings import BrandSettings, Buying
from workbench.simulate.truth import channel_truth

CHANNELS = ("Meta Ads", "Google Ads", "TikTok Ads", "Email", "Organic Search")
PRODUCTS = 5
EFFECT = {"rate": 0.20, "dropout": 0.25, "order_value": 0.10}
"""Standard deviation of the effects of channels and products, on their scales."""


def random_settings(seed: int) -> BrandSettings:
    """Return a brand of stage 3 with a random process, channels, products and size."""
    random = np.random.default_rng([seed, 2026])
    base = stage_settings(3, customers=int(random.integers(3_000, 10_001)))

    def drawn(items):
        effects = {name: random.normal(0, sd, len(items)) for name, sd in EFFECT.items()}
        effects["share"] = np.array([item.share for item in items]) * random.lognormal(
            0, 0.4, len(items)
        )
        return tuple(
            replace(item, **{name: float(values[i]) for name, values in effects.items()})
            for i, item in enumerate(items)
        )

    buying = Buying(
        rate_shape=float(random.uniform(0.6, 1.3)),
        mean_rate=float(random.uniform(1.0, 2.2)) / 365,
        dropout_concentration=float(random.uniform(1.5, 4.0)),
        mean_dropout=float(random.uniform(0.25, 0.5)),
        month_rate_step=float(random.uniform(0.0, 0.06)),
        month_dropout_step=float(random.uniform(0.0, 0.06)),
        season=tuple(np.exp(random.normal(0, 0.08, 12) + np.eye(12)[10] * 0.2)),
    )
    return replace(
        base,
        channels=drawn([item for item in base.channels if item.name in CHANNELS]),
        products=drawn(base.products[:PRODUCTS]),
        buying=buying,
        growth=float(random.uniform(1.0, 4.0)),
    )


def answers(simulation: Simulation, fast: bool) -> pd.DataFrame:
    """Return the channel table that the workbench gives for a simulated brand."""
    from workbench.analysis import open_analysis

    with tempfile.TemporaryDirectory() as home:
        folder = write_simulation(Path(home) / "brand", simulation)
        return open_analysis(folder, out=Path(home) / "reports", fast=fast).table("channels")


def one_brand(seed: int, fast: bool) -> pd.DataFrame:
    """Simulate, model and compare one brand; one row per channel."""
    began = time.perf_counter()
    simulation = simulate_process(random_settings(seed), seed)
    table = answers(simulation, fast).set_index("channel")
    truth = channel_truth(simulation, since_day=simulation.settings.days - 365)
    truth = truth.set_index("channel")
    columns = ["value_12m_mean", "value_12m_q05", "value_12m_q95"]
    rows = truth[["tracked_customers"]].join(table[["customers", *columns]], how="left")
    rows["truth"] = truth["tracked_value_12m_realised"]
    rows["expected"] = truth["tracked_value_12m_expected"]
    rows["covered"] = rows["truth"].between(rows["value_12m_q05"], rows["value_12m_q95"])
    rows["seed"], rows["seconds"] = seed, time.perf_counter() - began
    return rows.reset_index()


def report(rows: pd.DataFrame) -> str:
    """Return the table and its summary as text."""
    shown = rows.rename(
        columns={"value_12m_mean": "mean", "value_12m_q05": "q05", "value_12m_q95": "q95"}
    )
    order = ["seed", "channel", "customers", "truth", "expected", "mean", "q05", "q95", "covered"]
    lines = [shown[order].to_string(index=False, float_format=lambda value: f"{value:.2f}")]
    error = (shown["mean"] - shown["truth"]) / shown["truth"]
    width = (shown["q95"] - shown["q05"]) / shown["truth"]
    below = (shown["truth"] < shown["q05"]).sum()
    above = (shown["truth"] > shown["q95"]).sum()
    lines += [
        "",
        f"brands {shown['seed'].nunique()}, intervals {len(shown)}",
        f"covered {shown['covered'].mean():.1%} of the 90% intervals",
        f"truth below the interval {below} times, above it {above} times",
        f"error of the mean: {error.mean():+.1%} on average, {error.abs().mean():.1%} absolute",
        f"width of the interval: {width.mean():.1%} of the truth",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brands", type=int, default=20)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first brand")
    parser.add_argument("--fast", action="store_true", help="fewer draws")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.brands)
    parts = []
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(one_brand, seed, options.fast) for seed in seeds]
        for job in as_completed(jobs):
            part = job.result()
            parts.append(part)
            print(
                f"seed {part['seed'].iloc[0]}: {part['covered'].sum()} of {len(part)} covered, "
                f"{part['seconds'].iloc[0]:.0f} s",
                flush=True,
            )
    print(report(pd.concat(parts).sort_values(["seed", "channel"])))


if __name__ == "__main__":
    main()
