"""Does the proposed budget earn more, and is its stated probability right? In true profit.

``python -m tests.benchmarks.bench_budget [--seeds 30] [--channels 6] [--constant 1] [--wrong]``

Shops of `workbench.simulate.response`, whose curves are Hill curves that the model does not know.
Every rival may move each channel by at most 20% of today's spend:

- proposed: ours, with today's total as a ceiling;
- proposed, total kept: the split that the same posterior's mean response and value favour when
  every unit of today's total has to be spent;
- ROAS: spend in proportion to each channel's 12-month ROAS times its spend, total kept;
- point optimum: what a point-estimate media mix model does (Robyn's allocator): elasticities by
  unpooled Poisson regression on log spend with trend and season, counted customers taken as
  caused, mean values, total kept; and the same with the total as a ceiling.

The last table is the calibration of P(better than today): of the plan, and of single channels.
Elasticities and marginal values of the same fits are checked for coverage. Value draws are off
the truth by as much as they say (8%); shares caused come from their prior, or with ``--wrong``
are 0.6 on average while the prior says 0.8.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from workbench.decisions.allocation import Returns, allocate
from workbench.decisions.budget import plan_budget
from workbench.decisions.budget_draws import WEEKS_PER_MONTH
from workbench.decisions.budget_settings import BudgetSettings
from workbench.models.channel_weeks import ChannelWeeks, channel_weeks
from workbench.models.response import fit_response
from workbench.models.response_density import season_basis
from workbench.simulate.response import simulate_response

VALUE_SD = 0.08
BOUND = 0.20


def point_elasticities(data: ChannelWeeks) -> np.ndarray:
    """Elasticity of each channel by its own Poisson regression, between 0.05 and 0.95."""
    out = []
    time_ = np.linspace(-1.0, 1.0, data.weeks)
    for c in range(len(data.channels)):
        x = np.log(data.spend[:, c])
        design = np.column_stack(
            [np.ones(data.weeks), x - x.mean(), time_, season_basis(data.starts)]
        )
        y = data.customers[:, c]

        def loss(b: np.ndarray, design: np.ndarray = design, y: np.ndarray = y) -> float:
            eta = design @ b
            return float((np.exp(eta) - y * eta).sum() + 1e-3 * (b**2).sum())

        start = np.zeros(design.shape[1])
        start[0] = np.log(y.mean() + 0.5)
        out.append(minimize(loss, start, method="BFGS").x[1])
    return np.clip(out, 0.05, 0.95)


def point_plan(
    today: np.ndarray, worth: np.ndarray, elasticity: np.ndarray, *, keep: bool
) -> np.ndarray:
    """Optimum of point estimates; `keep` spends the whole total."""
    grid = np.linspace(1 - BOUND, 1 + BOUND, 81)[:, None] * today
    value = worth * (grid / today) ** elasticity
    if keep:  # every unit of money is made worth spending
        value = value * 1e6
    returns = Returns(grid, value[None], today, worth[None])
    return allocate(returns, value[None], float(today.sum()))[0]


def roas_plan(today: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Spend moved in proportion to 12-month ROAS, within the bounds, total kept."""
    wanted = worth / worth.sum() * today.sum()
    low, high = -BOUND * today, BOUND * today
    shift = np.clip(wanted - today, low, high)
    for _ in range(50):
        rest = -shift.sum()
        room = (high - shift) if rest > 0 else (shift - low)
        if abs(rest) < 1e-9 or room.sum() < 1e-9:
            break
        shift = np.clip(shift + rest * room / room.sum(), low, high)
    return today + shift


def one(seed: int, options: argparse.Namespace) -> tuple[dict, list[dict], list[dict]]:
    """Gains of all rivals in one shop, and what was stated."""
    mean = 0.6 if options.wrong else 0.8
    shop = simulate_response(
        seed,
        channels=options.channels,
        constant=options.constant,
        incremental=(mean, 0.2 * mean / 0.8),
    )
    rng = np.random.default_rng([seed, 61])
    guess = shop.value * np.exp(VALUE_SD * rng.normal(size=options.channels))
    value = guess[:, None] * np.exp(VALUE_SD * rng.normal(size=(options.channels, 1000)))
    began = time.perf_counter()
    data = channel_weeks(shop.spend, shop.customers, shop.end.date())
    response = fit_response(data, seed=seed)
    fitted = time.perf_counter()
    plan = plan_budget(
        response, value, shop.channels, BudgetSettings(seed=seed, bound=BOUND), currency="USD"
    )
    done = time.perf_counter()
    table = plan.table.set_index("channel").loc[shop.channels]
    today = table["spend_now"].to_numpy()
    proposed = table["spend_proposed"].to_numpy()

    def profit(spend: np.ndarray) -> float:
        return WEEKS_PER_MONTH * shop.profit(spend / WEEKS_PER_MONTH)

    worth = WEEKS_PER_MONTH * response.customers_now * value.mean(axis=1)
    point = point_elasticities(data)
    ours = WEEKS_PER_MONTH * (response.customers * 0.8 * value).mean(axis=1)
    plans = {
        "proposed": proposed,
        "proposed, total kept": point_plan(
            today, ours, response.elasticity.mean(axis=1), keep=True
        ),
        "ROAS-proportional": roas_plan(today, worth),
        "point optimum, total kept": point_plan(today, worth, point, keep=True),
        "point optimum, ceiling": point_plan(today, worth, point, keep=False),
    }
    base = profit(today)
    gains = {name: profit(spend) - base for name, spend in plans.items()}
    gains |= {"_today": base, "_spend": today.sum(), "_fit": fitted - began, "_plan": done - fitted}
    summary = plan.summary.iloc[0]
    stated = [{"what": "plan", "p": summary["p_better"], "true": gains["proposed"]}]
    stated[0] |= {"q05": summary["q05"], "q95": summary["q95"]}
    caused = shop.incremental * shop.value * WEEKS_PER_MONTH
    won = shop.counted(proposed / WEEKS_PER_MONTH) - shop.counted(today / WEEKS_PER_MONTH)
    change = caused * won - table["price_of_money"].to_numpy() * (proposed - today)
    for c, row in enumerate(table.to_dict("records")):
        if np.isfinite(row["p_better"]):
            stated.append({"what": "channel", "p": row["p_better"], "true": change[c],
                           "q05": row["q05"], "q95": row["q95"]})  # fmt: skip
    step = 1e-3
    week = today / WEEKS_PER_MONTH
    slope = (shop.counted(week * (1 + step)) - shop.counted(week * (1 - step))) / (2 * step * week)
    truth = {
        "elasticity": (response.elasticity, shop.elasticity(week)),
        "marginal customers per unit of spend": (
            response.customers * response.elasticity / week[:, None],
            slope,
        ),
        "customers at today's spend": (response.customers, shop.counted(week)),
    }
    covered = [
        {"what": name, "u": float((draws[c] < true[c]).mean()), "known": response.identified[c]}
        for name, (draws, true) in truth.items()
        for c in range(options.channels)
    ]
    return gains, stated, covered


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--channels", type=int, default=6)
    parser.add_argument("--constant", type=int, default=1)
    parser.add_argument("--wrong", action="store_true", help="shares caused below their prior")
    options = parser.parse_args()
    runs = [one(options.first + seed, options) for seed in range(options.seeds)]
    gains = pd.DataFrame([run[0] for run in runs])
    names = [name for name in gains if not name.startswith("_")]
    print(f"{options.seeds} shops, {options.channels} channels. Gain over today in true profit,")
    print("% of monthly spend, mean (standard error); share of shops in which it beats today, and")
    print("in which the proposal beats it:")
    for name in names:
        share = 100 * gains[name] / gains["_spend"]
        beaten = (gains["proposed"] > gains[name] + 1e-9).mean()
        error = share.std() / len(share) ** 0.5
        wins = (share > 0).mean()
        print(f"  {name:28s} {share.mean():6.2f} ({error:.2f})  {wins:5.0%}  {beaten:5.0%}")
    fit, plan = gains["_fit"].median(), gains["_plan"].median()
    print(f"seconds: fit {fit:.2f}, plan {plan:.2f} (median)")
    stated = pd.DataFrame([row for run in runs for row in run[1]]).dropna()
    for what, rows in stated.groupby("what", sort=False):
        good = (rows["true"] > 0).astype(float)
        inside = ((rows["true"] >= rows["q05"]) & (rows["true"] <= rows["q95"])).mean()
        brier = ((rows["p"] - good) ** 2).mean()
        print(f"P(better), {what}: mean {rows['p'].mean():.3f}, came true {good.mean():.3f}")
        print(f"    Brier {brier:.3f}, of always stating the mean {good.var(ddof=0):.3f}")
        print(f"    90% interval holds {inside:.0%} of {len(rows)}")
        bins = pd.cut(rows["p"], [0, 0.55, 0.7, 0.8, 0.9, 0.97, 1.0], include_lowest=True)
        for label, part in rows.groupby(bins, observed=True):
            p, came = part["p"].mean(), (part["true"] > 0).mean()
            print(f"    {label!s:14s} n {len(part):4d}  stated {p:.2f}  true {came:.2f}")
    covered = pd.DataFrame([row for run in runs for row in run[2]])
    for (what, known), part in covered.groupby(["what", "known"], sort=False):
        u = part["u"]
        print(f"{what}, {'learnt' if known else 'prior-driven'}: 90% interval holds "
              f"{u.between(0.05, 0.95).mean():.0%}, 50% {u.between(0.25, 0.75).mean():.0%} "
              f"of {len(u)}")  # fmt: skip


if __name__ == "__main__":
    main()
