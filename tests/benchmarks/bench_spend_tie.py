"""Would spend tied to how often a customer buys forecast better than spend that is not.

``python -m tests.benchmarks.bench_spend_tie LOG:CUTOFF:DAYS [...] [--folder F]``

The product's model takes spend per order as independent of the purchase rate. The tied one lets a
customer's mean spend go with a power of their rate:

    log mean = log mean of the cohort + tie (E[log rate | history] - its mean over repeat buyers),

Gamma-Gamma otherwise; regressed on the expected log rate the power is that on the rate itself
(Berkson). Its shapes, level and power are fitted by maximum likelihood to the repeat days before
the cutoff, those of the model without a tie alike.

Printed: the tie and the gain in log likelihood; then, by number of repeat
days before the cutoff, actual over expected revenue of the repeat days before it (each given the
customer's others) and of the orders after it, both with the log's drift left in. For an order that
is to come the rate is that given one more purchase.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import digamma

from tests.benchmarks.bench_real_logs import COHORTS, open_log, read_log
from workbench.models.data import prepare
from workbench.models.families import family
from workbench.models.fit import fit
from workbench.models.histories import day_number
from workbench.models.settings import FAST
from workbench.models.spend import expected_spend, gamma_rate, log_density
from workbench.value.parameters import make_parameters

CLASSES = {"0": (0, 0), "1": (1, 1), "2-3": (2, 3), "4-8": (4, 8), "9+": (9, np.inf)}


def one_case(path: Path, cutoff: date, horizon: int) -> pd.DataFrame:
    """Both models at one cutoff of one log, by number of repeat days."""
    warehouse = open_log(read_log(path))
    customers = warehouse.customers(cutoff)
    done = warehouse.window(cutoff, cutoff + timedelta(horizon))
    data = prepare(customers, warehouse.daily(cutoff), as_of=cutoff, cohorts=COHORTS)
    parameters = make_parameters(
        fit(data, settings=replace(FAST, chains=2)), draws=100, horizon=horizon, seed=1
    )
    cell, start = data.cell, data.calendar.start
    x = customers["repeat_days"].to_numpy(dtype=float)
    spend = customers["mean_repeat_revenue"].fillna(0.0).to_numpy(dtype=float)
    known = np.where(spend > 0, x, 0.0)
    mean = np.exp(parameters.log_spend).mean(axis=0)[cell]

    clock = parameters.clock.mean(axis=0)
    began = clock[day_number(customers["first_day"], start)]
    observed = clock[-1] - began
    recency = clock[day_number(customers["last_day"], start)] - began
    r = parameters.r.mean()
    shapes = family(data.family).natural(
        r, parameters.log_rate.mean(axis=0)[cell],
        parameters.kappa.mean(), parameters.logit_drop.mean(axis=0)[cell],
    )  # fmt: skip
    alive = family(data.family).p_alive(x, recency, observed, **shapes)
    since = alive * np.log(shapes["alpha"] + observed)
    since += (1 - alive) * np.log(shapes["alpha"] + recency)
    repeat = known > 0
    size = np.bincount(cell[repeat], minlength=cell.max() + 1)

    def centred(log_rate: np.ndarray) -> np.ndarray:
        past = digamma(r + x) - since
        middle = np.bincount(cell[repeat], past[repeat], len(size)) / np.maximum(size, 1)
        return log_rate - middle[cell]

    past = centred(digamma(r + x) - since)
    ahead = centred(digamma(r + x + 1) - np.log(shapes["alpha"] + observed))

    def loss(theta: np.ndarray) -> float:
        tie, level, log_p, log_q = theta
        p, q = np.exp(log_p), 1.0 + np.exp(log_q)
        at = mean[repeat] * np.exp(level + tie * past[repeat])
        return -float(
            log_density(spend[repeat], x[repeat], p=p, q=q, gamma=gamma_rate(at, p, q)).sum()
        )

    begin = np.array([0.0, np.log(parameters.p.mean()), np.log(parameters.q.mean() - 1.0)])
    alone = minimize(lambda theta: loss(np.array([0.0, *theta])), begin, method="BFGS")
    tied = minimize(loss, np.array([0.0, *begin]), method="BFGS")
    print(f"{path.name.split('.')[0]} {cutoff} + {horizon}: tie {tied.x[0]:+.3f}, "
          f"log likelihood {alone.fun - tied.fun:+.1f}")  # fmt: skip

    orders = done["purchase_days"].to_numpy(dtype=float)
    revenue = done["revenue"].to_numpy(dtype=float)
    rows = {name: (x >= low) & (x <= high) for name, (low, high) in CLASSES.items()}
    table = pd.DataFrame(index=list(rows))
    table["orders to come"] = [orders[mine].sum() for mine in rows.values()]
    for name, (tie, level, log_p, log_q) in {
        "no tie": (0.0, *alone.x), "tied": tuple(tied.x),
    }.items():  # fmt: skip
        p, q = np.exp(log_p), 1.0 + np.exp(log_q)
        rate = gamma_rate(mean * np.exp(level + tie * past), p, q)
        others = p * (x * rate + (x - 1) * known * spend) / (p * np.maximum(x - 1, 0) + q - 1)
        rate = gamma_rate(mean * np.exp(level + tie * ahead), p, q)
        each = expected_spend(spend, known, p=p, q=q, gamma=rate)
        with np.errstate(invalid="ignore"):
            table[f"past, {name}"] = [
                (known * spend)[mine & repeat].sum() / others[mine & repeat].sum()
                for mine in rows.values()
            ]
            table[f"to come, {name}"] = [
                revenue[mine].sum() / (each * orders)[mine].sum() for mine in rows.values()
            ]
    return table


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="+", help="LOG:CUTOFF:DAYS")
    parser.add_argument("--folder", default=".")
    options = parser.parse_args()
    for case in options.cases:
        name, cutoff, days = case.rsplit(":", 2)
        path = Path(name) if Path(name).is_file() else Path(options.folder) / f"{name}.csv.gz"
        table = one_case(path, date.fromisoformat(cutoff), int(days))
        print(table.to_string(float_format="{:.3f}".format), flush=True)


if __name__ == "__main__":
    main()
