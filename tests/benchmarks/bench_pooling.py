"""What pooling is worth where the truth is known, and where it is worth nothing or less.

``python -m tests.benchmarks.bench_pooling [--repeats 5]``

Three shops of one cohort dimension are drawn from the model's own story without a season. The
first has many small cohorts that are much alike; the second a few large ones that are not; the
third large ones that are alike and a small one unlike them, which is what is scored there. Each is
fitted under every kind of pooling. The error is that of the posterior mean of purchases of a new
customer in 12 months, cohort by cohort, as root mean square of its log over the truth.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from tests.benchmarks.customers import buy
from workbench.models.data import prepare
from workbench.models.families import family
from workbench.models.fit import fit
from workbench.models.settings import SamplerSettings

POOLINGS = ("partial", "none", "complete")
MONTHS, WEEKS = 18, 365 / 7
SHAPE, KAPPA = 0.8, 2.5
RATE, DROPOUT = 3.0 / 365, 0.36
"""Purchases a day while active, and the chance to leave after one, of a middling cohort."""


@dataclass(frozen=True)
class Shop:
    """Cohorts of a shop: customers, mean rates a day, mean chances to leave; which are scored."""

    customers: np.ndarray
    rate: np.ndarray
    dropout: np.ndarray
    scored: np.ndarray

    def truth(self) -> np.ndarray:
        """Expected purchases of a new customer in 12 months, by cohort."""
        chosen = family("mbg")
        log_rate, logit = np.log(self.rate * 7), np.log(self.dropout / (1 - self.dropout))
        shapes = chosen.natural(np.full_like(log_rate, SHAPE), log_rate, KAPPA, logit)
        shapes = {name: np.broadcast_to(v, log_rate.shape) for name, v in shapes.items()}
        return np.asarray(chosen.expected_purchases_new(WEEKS, **shapes))


def many_alike(rng: np.random.Generator) -> Shop:
    """Twenty-four cohorts of 60 customers, rates some 10% apart."""
    rate = RATE * np.exp(rng.normal(0, 0.1, 24))
    return Shop(np.full(24, 60), rate, np.full(24, DROPOUT), np.ones(24, dtype=bool))


def few_unlike(rng: np.random.Generator) -> Shop:
    """Four cohorts of 5,000 customers, from half to twice the rate, leaving at 25 to 55%."""
    rate = RATE * rng.permutation([0.5, 0.8, 1.25, 2.0])
    dropout = rng.permutation([0.25, 0.35, 0.45, 0.55])
    return Shop(np.full(4, 5_000), rate, dropout, np.ones(4, dtype=bool))


def one_odd(rng: np.random.Generator) -> Shop:
    """Eight alike cohorts of 1,000 customers and one of 100 that buys 2.5 times as fast."""
    rate = RATE * np.append(np.exp(rng.normal(0, 0.05, 8)), 2.5)
    customers = np.append(np.full(8, 1_000), 100)
    return Shop(customers, rate, np.full(9, DROPOUT), np.arange(9) == 8)


SHOPS = {"many alike": many_alike, "few unlike": few_unlike, "one odd": one_odd}


def draw(shop: Shop, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, date]:
    """Customer and daily table of a shop, without money, and the as-of date."""
    days = pd.date_range("2025-01-01", periods=MONTHS * 30)
    cohort = np.repeat(np.arange(len(shop.customers)), shop.customers)
    n = len(cohort)
    first = rng.integers(0, len(days), n)
    rate = rng.gamma(SHAPE, shop.rate[cohort] / SHAPE)
    drop = shop.dropout[cohort]
    leave = np.maximum(rng.beta(KAPPA * drop, KAPPA * (1 - drop)), 1e-12)
    clock = np.arange(1.0, len(days) + 1.0)
    done = buy(rng, first, np.maximum(rate, 1e-12), leave, clock)
    money = dict.fromkeys(
        ("mean_repeat_revenue", "repeat_revenue", "repeat_contribution", "first_revenue",
         "first_contribution", "revenue", "contribution"), np.nan)  # fmt: skip
    customers = pd.DataFrame(
        {
            "customer_id": np.arange(n).astype(str),
            "channel": np.array([f"Cohort {i:02d}" for i in range(len(shop.customers))])[cohort],
            "first_day": days[first],
            "last_day": days[done.last],
            "repeat_days": done.repeats,
            **money,
        }
    )
    daily = pd.DataFrame({"day": days, "repeat_days": done.by_day})
    return customers, daily, days[-1].date()


def forecast(
    tables: tuple[pd.DataFrame, pd.DataFrame, date], pooling: str, settings: SamplerSettings
) -> np.ndarray:
    """Draws of expected purchases of a new customer in 12 months, shape (draws, cohorts)."""
    customers, daily, as_of = tables
    data = prepare(customers, daily, as_of=as_of, cohorts=("channel",), pooling=pooling)
    found = fit(data, settings=settings)
    level = found.flat("level")
    by_cell = np.repeat(level[..., None], len(data.design.cells), axis=-1)
    for name, index in data.design.index.items():
        if f"effect_{name}" in found.posterior:
            by_cell = by_cell + found.flat(f"effect_{name}")[..., index]
    chosen = family(data.family)
    shapes = chosen.natural(
        found.flat("r")[:, None], by_cell[:, 0], found.flat("kappa")[:, None], by_cell[:, 1]
    )
    shapes = {name: np.broadcast_to(v, by_cell[:, 0].shape) for name, v in shapes.items()}
    orders = np.asarray(chosen.expected_purchases_new(WEEKS, **shapes))
    n_cohorts = customers["channel"].nunique()
    if orders.shape[1] == 1:  # complete pooling: one forecast for all
        return np.repeat(orders, n_cohorts, axis=1)
    return orders[:, np.argsort(data.design.cells["channel"].to_numpy())]


def compare(case: str, repeats: int, settings: SamplerSettings) -> pd.DataFrame:
    """Error and coverage of the scored cohorts of a case, one row per kind of pooling."""
    rows = []
    for repeat in range(repeats):
        rng = np.random.default_rng([repeat, list(SHOPS).index(case)])
        shop = SHOPS[case](rng)
        tables, truth = draw(shop, rng), shop.truth()
        for pooling in POOLINGS:
            draws = forecast(tables, pooling, settings)
            low, high = np.quantile(draws, [0.05, 0.95], axis=0)
            rows += [
                {
                    "case": case,
                    "pooling": pooling,
                    "squared": np.log(draws[:, c].mean() / truth[c]) ** 2,
                    "covered": bool(low[c] <= truth[c] <= high[c]),
                }
                for c in np.flatnonzero(shop.scored)
            ]
    table = pd.DataFrame(rows).groupby(["case", "pooling"], sort=False)
    found = table.agg(
        cohorts=("squared", "size"), error=("squared", "mean"), covered=("covered", "mean")
    )
    found["error"] = np.sqrt(found["error"])
    return found.reset_index()


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    settings = SamplerSettings(chains=2, draws=300, longer=False)
    tables = [compare(case, options.repeats, settings) for case in SHOPS]
    print(pd.concat(tables).to_string(index=False, float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
