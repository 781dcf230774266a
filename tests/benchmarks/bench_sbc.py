"""Are posteriors of shops that come from the prior where the truth is? Calibration by simulation.

``python -m tests.benchmarks.bench_sbc [--runs 100] [--processes 1] [--seed 1] [--out reports/sbc]
[--customers 500] [--exact-rows 5000] [--process]``

Every run draws all parameters of the hierarchical model from its prior, simulates a shop from them
(two channels, two products, eight first months, 400 to 600 customers) day by day on the model's
clock, fits it with the product's own `prepare` and `fit`, and counts how many of `THINNED`
posterior draws lie below the truth. If simulation, likelihood, priors and sampler are of one mind,
that rank is uniform for every quantity: parameters, the log-likelihood of the data (Modrák et al.),
the value of a channel's next customer and the orders that a cohort goes on to make. The last two go
through the product's own forecast; their truth is computed here.

What is simulated, and what is not the product's default:

- The priors are `PRIORS`, the same object for simulating and for fitting. Purchase rate, dropout
  and the shape r are narrower than the default so that shops have repeat buyers within half a year
  and that two purchases on one day, which a log counts once, stay rare (0.4% of repeats in the
  median shop); all others are the default.
- Amounts are on the scale of the prior (`spend_scale` 1). `prepare` divides by the brand's own
  typical amount, so that the prior of the level depends on the data; ``--own-scale`` leaves it so.
- First days, channels and products are drawn without the parameters: the model takes them as given.
- These shops are too small for the sampler's surrogate (`workbench.models.surrogate`); with
  ``--customers 4000 --exact-rows 300`` they are larger and it serves from 300 distinct histories on
  (the product: from 5,000), on half of them. How many shops kept its draws is told at the end.
- A log knows days: repeats of one day count once, and the last one at the day's end. In larger
  shops the posterior is narrow enough for that to show, by a quarter of a standard deviation of the
  level of purchases; with ``--process`` the fit gets every purchase at its moment instead.
- A shop in which nobody buys again is drawn anew. That is a choice by the data alone, so ranks stay
  uniform.

References
----------
Talts, Betancourt, Simpson, Vehtari and Gelman (2018), arXiv:1804.06788; Modrák et al. (2023),
Bayesian Analysis, doi:10.1214/23-BA1404; Säilynoja, Bürkner and Vehtari (2022), Statistics and
Computing 32, 32, doi:10.1007/s11222-022-10090-6, for the bands.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from tests.benchmarks.sbc_report import judge, write_figures
from tests.benchmarks.sbc_shop import (
    AHEAD,
    AS_OF,
    CHANNEL,
    PRIORS,
    PRODUCT,
    START,
    Shop,
    as_data,
    as_process,
    simulate_shop,
)
from workbench.models import sampling
from workbench.models.calendar import clock
from workbench.models.data import ModelData
from workbench.models.design import MONTH
from workbench.models.families import family
from workbench.models.fit import OFF, Fit, fit
from workbench.models.pointwise import Process, Spend
from workbench.models.prior_draws import by_cell, prior_draws
from workbench.models.settings import SamplerSettings
from workbench.value.cohorts import CohortValue
from workbench.value.forecast import simulate
from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.newcomers import next_customer_value
from workbench.value.parameters import HORIZON, evenly_spaced, make_parameters
from workbench.value.scope import AcquisitionWindow

THINNED = 99


def log_likelihood(
    named: dict[str, np.ndarray], data: ModelData, customers: pd.DataFrame
) -> np.ndarray:
    """Log-likelihood of the uncompressed data by closed forms, shape (draws,)."""
    log_rate, logit_drop, log_spend = np.moveaxis(by_cell(named, data.design), 1, 0)
    intensity = named["season"][:, data.calendar.month_of_year] + named["departure"]
    running = clock(intensity, data.calendar.period)
    process = Process(named["r"], named["kappa"], log_rate, logit_drop, running)
    first = (customers["first_day"] - pd.Timestamp(START)).dt.days.to_numpy()
    last = (customers["last_day"] - pd.Timestamp(START)).dt.days.to_numpy()
    repeats = customers["repeat_days"].to_numpy()
    total = process.log_likelihood(data.cell, first, last, repeats).sum(axis=1)
    total += intensity @ data.repeats_by_period
    bought = repeats > 0
    spend = Spend(named["p"], named["q"], log_spend + np.log(data.spend_scale))
    mean = customers["mean_repeat_revenue"].to_numpy()[bought]
    return total + spend.log_likelihood(mean, repeats[bought], data.cell[bought]).sum(axis=1)


def parameters_of(named: dict[str, np.ndarray], data: ModelData) -> dict[str, np.ndarray]:
    """Quantities that are functions of the parameters alone, by name, shape (draws,)."""
    out = {name: named[name] for name in ("r", "kappa", "p", "q", "sd_season", "sd_period")}
    for i, outcome in enumerate(("rate", "dropout", "spend")):
        out[f"level {outcome}"] = named["level"][:, i]
        for name in data.design.levels:
            out[f"sd {name} {outcome}"] = named[f"sd_{name}"][:, i]
            out[f"effect {name} {outcome}"] = named[f"effect_{name}"][:, i, 0]
    out["season November"] = named["season"][:, 10]
    out["departure March"] = named["departure"][:, 2]
    return out


def prior_places(known: dict[str, float], data: ModelData, seed: int) -> dict[str, float]:
    """Share of the prior below each truth; where data say little, ranks follow that luck."""
    before = prior_draws(data, PRIORS, 1999, np.random.default_rng([seed, 77]))
    return {
        name: float((values < known[name]).mean())
        for name, values in parameters_of(before, data).items()
    }


def true_next_value(shop: Shop, data: ModelData, rng: np.random.Generator) -> float:
    """Expected 12-month value of the channel's next customer from the true parameters.

    One more step of the walk of months; products in the mix of all customers of the channel; the
    first day brings 1.
    """
    truth = shop.truth
    step = rng.normal(0.0, truth[f"sd_{MONTH}"])
    own = shop.customers[shop.customers["channel"] == CHANNEL]
    value = 1.0
    for product, share in own["first_product"].value_counts(normalize=True).items():
        total = truth["level"] + truth[f"effect_{MONTH}"][:, -1] + step
        for name, level in (
            ("channel", CHANNEL),
            ("first_product", product),
            ("channel_product", f"{CHANNEL} · {product}"),
        ):
            total = total + truth[f"effect_{name}"][:, data.design.levels[name].index(level)]
        model = family("mbg")
        shapes = model.natural(truth["r"], total[0], truth["kappa"], total[1])
        orders = float(model.expected_purchases_new(shop.future[HORIZON], **shapes))
        value += share * orders * np.exp(total[2])
    return value


def forecasts(fitted: Fit, shop: Shop, seed: int) -> dict[str, np.ndarray]:
    """Posterior draws of value and orders, by the product's own code."""
    customers = shop.customers
    parameters = make_parameters(fitted, draws=THINNED, horizon=HORIZON, seed=seed, pace=None)
    groups = customers.groupby(GROUP_COLUMNS, sort=True).size().rename("customers").reset_index()
    none = np.zeros(len(groups))
    value = CohortValue(groups, none, none, none[:, None], none[:, None])
    months = tuple(sorted(customers["first_month"].unique()))
    window = AcquisitionWindow(months, START, AS_OF)
    channels, drawn = next_customer_value(fitted, parameters, value, window, seed=seed)
    whole = np.full(len(customers), AHEAD)
    ahead = simulate(fitted, parameters, customers, horizon=whole, short=0 * whole,
                     in_curve=whole < 0, seed=seed)  # fmt: skip
    chosen = (ahead.groups["channel"] == CHANNEL) & (ahead.groups["first_product"] == PRODUCT)
    return {
        "12-month value, next customer": drawn[channels.index(CHANNEL)],
        f"orders of a cohort, {AHEAD} days": ahead.orders[chosen.to_numpy()].sum(axis=0),
    }


def one_run(
    seed: int, own_scale: bool, typical: int, exact_rows: int, process: bool
) -> pd.DataFrame:
    """Simulate, fit and rank one shop; one row per quantity."""
    began = time.perf_counter()
    sampling.EXACT_ROWS = exact_rows
    rng = np.random.default_rng([seed, 1804])
    shop = simulate_shop(rng, typical)
    while not (shop.customers["repeat_days"] > 0).any():
        shop = simulate_shop(rng, typical)
    data = as_data(shop.customers, shop.daily, own_scale)
    if process:
        data = as_process(shop, data)
    settings = SamplerSettings(chains=2, draws=250, tune=300, seed=seed, cores=1, longer=False)
    fitted = fit(data, priors=PRIORS, settings=settings)
    at = evenly_spaced(fitted, THINNED)
    named = {str(name): fitted.flat(str(name))[at] for name in fitted.posterior.data_vars}
    truth = {name: np.asarray(values)[None] for name, values in shop.truth.items()}
    truth["level"] = truth["level"] - np.log(data.spend_scale) * np.array([0.0, 0.0, 1.0])
    known = {name: values[0] for name, values in parameters_of(truth, data).items()}
    places = prior_places(known, data, seed)
    drawn = parameters_of(named, data) | forecasts(fitted, shop, seed)
    drawn["log-likelihood"] = log_likelihood(named, data, shop.customers)
    known["log-likelihood"] = log_likelihood(truth, data, shop.customers)[0]
    known["12-month value, next customer"] = true_next_value(shop, data, rng)
    known[f"orders of a cohort, {AHEAD} days"] = float(shop.later_orders)
    rows = []
    for name, values in drawn.items():
        below, same = (values < known[name]).sum(), (values == known[name]).sum()
        centred = values - values.mean()
        alike = (centred[1:] @ centred[:-1]) / max(centred @ centred, 1e-300)
        # ties, in counts, are broken at random
        rank = int(below + rng.integers(0, same + 1))
        place = places.get(name, np.nan)
        rows.append((name, known[name], values.mean(), values.std(), alike, place, rank))
    columns = ["quantity", "truth", "mean", "sd", "lag_1", "prior_place", "rank"]
    return pd.DataFrame(rows, columns=columns).assign(
        seed=seed,
        customers=len(shop.customers),
        repeat_share=(shop.customers["repeat_days"] > 0).mean(),
        merged=shop.merged,
        status=str(fitted.status),
        off=fitted.posterior.attrs[OFF],
        seconds=time.perf_counter() - began,
    )


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first shop")
    parser.add_argument("--minutes", type=float, default=1e9, help="start no run after these")
    parser.add_argument("--own-scale", action="store_true", help="amounts on each shop's own scale")
    parser.add_argument("--customers", type=int, default=500, help="of a typical shop")
    parser.add_argument("--exact-rows", type=int, default=sampling.EXACT_ROWS)
    parser.add_argument("--process", action="store_true", help="purchases, not purchase days")
    parser.add_argument("--out", type=Path, default=Path("reports/sbc"))
    options = parser.parse_args()
    began, parts = time.perf_counter(), []
    options.out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        seeds = range(options.seed, options.seed + options.runs)
        given = options.own_scale, options.customers, options.exact_rows, options.process
        jobs = [pool.submit(one_run, seed, *given) for seed in seeds]
        for job in as_completed(jobs):
            if job.cancelled():
                continue
            parts.append(job.result())
            first = parts[-1].iloc[0]
            print(
                f"seed {first['seed']}: {first['customers']} customers, "
                f"{first['repeat_share']:.0%} bought again, {first['merged']:.1%} of repeats on "
                f"one day with another, {first['status']}, {first['seconds']:.1f} s",
                flush=True,
            )
            pd.concat(parts).to_csv(options.out / "ranks.csv", index=False)
            if time.perf_counter() - began > 60 * options.minutes:
                for other in jobs:
                    other.cancel()
    ranks = pd.concat(parts).sort_values(["seed", "quantity"]).reset_index(drop=True)
    ranks.to_csv(options.out / "ranks.csv", index=False)
    verdicts = judge(ranks, THINNED)
    verdicts.to_csv(options.out / "verdicts.csv", index=False)
    write_figures(ranks, verdicts, THINNED, options.out / "sbc.html")
    print(verdicts.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    outside = int((~verdicts["inside"]).sum())
    print(
        f"\n{ranks['seed'].nunique()} shops in {time.perf_counter() - began:.0f} s, "
        f"{ranks.loc[ranks['off'] > 0, 'seed'].nunique()} of them by the surrogate; "
        f"{outside} of {len(verdicts)} quantities leave their 95% band, "
        f"{0.05 * len(verdicts):.1f} would be expected of an exact posterior; smallest p "
        f"{verdicts['p'].min():.4f}, times the number of quantities "
        f"{min(1.0, verdicts['p'].min() * len(verdicts)):.3f}"
    )


if __name__ == "__main__":
    main()
