"""`experiments.csv`: which idea to test next, how long, and what knowing is worth.

Every idea of the backlog is a bet on the relative lift of one metric. The prior of the lift comes
from finished tests (`lift_prior`), its worth from the brand's 12-month value
(`experiment_metrics`), size and duration from Test & Roll (`experiment_value`). Ideas are ranked by
the expected value of sample information, net of cost, per week of traffic that the test takes.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.decisions import experiment_value as ev
from workbench.decisions.experiment_metrics import ExperimentMoney, noise_of_lift, read_metric
from workbench.decisions.experiment_scores import ice, pie, pxl, rank_down
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.lift_prior import LiftPrior, default_priors

__all__ = ["FINISHED", "RUNNING", "experiment_table", "left_out", "profit_draws", "value_by_size"]

FINISHED = frozenset(
    "done finished completed complete concluded won lost winner loser inconclusive stopped "
    "shipped live launched rejected archived cancelled canceled closed".split()
)
"""Words of `status` under which an idea is not a candidate any more."""
RUNNING = frozenset("running active started in-progress testing".split())

MOVE, PART, TEST, LEAVE = "move", "move a part and measure", "test first", "leave"
WAIT, COMPLETE = "wait for its result", "complete the entry"

_SLACK = 1.25
"""How far outcomes may exceed the brand's orders: seasons and definitions differ."""

_TEXTS = ("id", "title", "surface", "channel", "primary_metric", "status", "owner")
_FIGURES = (
    "expected_profit_12m", "q05", "q95", "p_win", "p_better", "evsi", "evsi_net",
    "evsi_per_week", "weeks", "weeks_to_result", "sample_per_arm", "sample_best",
    "sample_80_power", "population", "profit_launch", "naive_gain", "corrected_gain", "cost",
    "week_price", "effort_days", "baseline_rate", "weekly_traffic", "mde", "value_per_lift",
    "noise_sd", "prior_mean", "prior_sd",
)  # fmt: skip
_RANKS = ("rank", "rank_ice", "rank_pie", "rank_pxl")


def experiment_table(
    backlog: pd.DataFrame,
    money: ExperimentMoney,
    *,
    settings: ExperimentSettings | None = None,
    priors: Mapping[str, LiftPrior] | None = None,
    finished: Collection[str] = (),
    seed: int = 20260630,
) -> pd.DataFrame:
    """Rank a backlog by what each test is worth.

    Parameters
    ----------
    backlog : DataFrame
        The canonical `experiments` frame. Entries that make no sense are explained in `note` and
        get no figures; nothing in it raises.
    money : ExperimentMoney
    settings : ExperimentSettings, optional
    priors : mapping of str to LiftPrior, optional
        Kind of metric -> prior of the lift, from `finished_tests`; the settings' by default.
    finished : collection of str
        Ids that have a result, whatever their status says.
    seed : int
        Draws of an idea depend on this and on its id alone.

    Returns
    -------
    DataFrame
        One row per row of the backlog, best first, those without rank last by id. Money is
        12-month contribution in the brand's currency over the `horizon_weeks` after the start of
        the test, predicted:

        - `expected_profit_12m`, `q05`, `q95`: of testing and then showing the better version,
          less cost. The 90% interval holds true effect, luck of the test and the value of
          customers; purchase randomness of the people exposed is left out.
        - `p_win`: probability that the test ends in a roll-out; `p_better`: that the true effect
          is above 0.
        - `evsi`: what the test adds to the best action without it, costs aside; `evsi_net`:
          net of the cost of work and of running it; `evsi_per_week`: `evsi_net` / `weeks`.
        - `weeks` of traffic, whole: Test & Roll's best, less `week_price`, what a week costs the
          ideas that wait behind it on the same surface; `weeks_to_result` with the days until
          outcomes are known.
        - `sample_per_arm` in those weeks; `sample_best`: Test & Roll's optimum if nothing waited
          and tests could end on any day; `sample_80_power`: 80% power at `mde`.
        - `profit_launch`: launching untested, less the work. Doing nothing is 0.
        - `naive_gain`: what a winning test will show, a year; `corrected_gain`: what it will be.
        - ranks: 1 is best. `rank` by `evsi_per_week`; the others by their scores, NaN where a
          score is missing.
        - `verb`: "move" (launch), "move a part and measure", "test first" or "leave".
    """
    settings = settings or ExperimentSettings()
    priors = default_priors(settings) | dict(priors or {})
    table = _texts(backlog)
    repeated = table["id"].duplicated() & table["id"].ne("")
    done = table["status"].isin(FINISHED) | table["id"].isin({str(name) for name in finished})
    running = table["status"].isin(RUNNING) & ~done
    numbers = {
        name: pd.to_numeric(_column(backlog, name), errors="coerce").to_numpy(float)
        for name in ("baseline_rate", "weekly_traffic", "mde", "effort_days", "cost_to_run",
                     "aov_or_clv")
    }  # fmt: skip
    candidate = ~(repeated | done | running)
    price = np.zeros(len(table))
    for _ in range(2):  # ideas that share traffic: the second look knows who waits behind whom
        rows = []
        for at, text in enumerate(table.to_dict("records")):  # ideas are dozens, not customers
            entry = {name: float(values[at]) for name, values in numbers.items()}
            notes: list[str] = []
            figures: dict[str, float] = {}
            if repeated.iloc[at]:
                notes.append(f"id {text['id']} occurs twice: only its first row counts")
            elif done.iloc[at]:
                notes.append("finished: not a candidate")
            else:
                figures = _figures(text, entry, money, priors, settings, notes, seed, price[at])
            row = text | dict.fromkeys(_FIGURES, math.nan) | figures
            rows.append(row | {"note": "; ".join(notes)})
        found = pd.DataFrame(rows, columns=[*_TEXTS, *_FIGURES, "note"], index=table.index)
        found = found.astype(dict.fromkeys(_FIGURES, float))
        price = _week_prices(found, candidate)
    found["rank"] = rank_down(found["evsi_per_week"], candidate)
    for name, score in (("ice", ice), ("pie", pie), ("pxl", pxl)):
        found[f"rank_{name}"] = rank_down(score(backlog.reset_index(drop=True)), candidate)
    found["verb"] = [
        _verb(row, bool(one), bool(runs), settings)
        for row, one, runs in zip(found.to_dict("records"), candidate, running, strict=True)
    ]
    order = found.sort_values(["rank", "id"], na_position="last", kind="stable")
    return order[[*_TEXTS, *_FIGURES, *_RANKS, "verb", "note"]].reset_index(drop=True)


def left_out(table: pd.DataFrame) -> pd.DataFrame:
    """Count what the notes of `experiment_table` say; columns note, experiments, ids."""
    notes = table[["id", "note"]].assign(note=table["note"].str.split("; ")).explode("note")
    notes["note"] = notes["note"].str.replace(r"^id .* occurs", "an id occurs", regex=True)
    counted = notes[notes["note"].fillna("").ne("")].groupby("note", sort=True)["id"]
    found = counted.agg(experiments="size", ids=lambda ids: ", ".join(sorted(ids)))
    return found.reset_index().sort_values(["experiments", "note"], ascending=[False, True])


def _week_prices(found: pd.DataFrame, candidate: pd.Series) -> np.ndarray:
    """What a week of an idea's test costs those that wait behind it on the same surface.

    While it runs they are not rolled out: each loses the gain that its own test brings per week.
    """
    waits = candidate & (found["evsi_net"] > 0)
    queue = found[waits].sort_values(["evsi_per_week", "id"], ascending=[True, True])
    gain = queue["evsi"] / (
        queue["population"] / queue["weekly_traffic"] - queue["weeks_to_result"]
    )
    behind = gain.groupby(queue["surface"]).cumsum() - gain
    return np.asarray(behind.reindex(found.index).fillna(0.0), dtype=float)


def _column(backlog: pd.DataFrame, name: str) -> pd.Series:
    plain = backlog.reset_index(drop=True)
    return plain[name] if name in plain else pd.Series(np.nan, index=plain.index)


def _texts(backlog: pd.DataFrame) -> pd.DataFrame:
    table = {name: _column(backlog, name).astype("object") for name in _TEXTS}
    found = pd.DataFrame({n: c.where(c.notna(), "").astype(str) for n, c in table.items()})
    return found.assign(status=found["status"].str.strip().str.lower())


def _cost(entry: Mapping[str, float], settings: ExperimentSettings) -> tuple[float, float, float]:
    """Days of work, their cost, and the further cost of running the test."""
    days = entry["effort_days"]
    days = days if math.isfinite(days) else settings.default_effort_days
    work = days * settings.day_rate
    run = entry["cost_to_run"] if math.isfinite(entry["cost_to_run"]) else 0.0
    if settings.cost_to_run_includes_work and math.isfinite(entry["cost_to_run"]):
        work = min(work, run)
        run -= work
    return days, work, run


def _problems(entry: Mapping[str, float], orders_per_week: float) -> list[str]:
    """What makes an entry impossible to value."""
    baseline, traffic = entry["baseline_rate"], entry["weekly_traffic"]
    found = []
    if not math.isfinite(baseline):
        found.append("baseline_rate is missing")
    elif not 0 < baseline < 1:
        found.append(f"baseline_rate {baseline:g} is impossible: a share between 0 and 1 is needed")
    if not math.isfinite(traffic):
        found.append("weekly_traffic is missing")
    elif traffic <= 0:
        found.append("no traffic: weekly_traffic must be above 0")
    if not found and baseline * traffic > _SLACK * orders_per_week:
        found.append(
            "more than the brand sells: baseline_rate x weekly_traffic is "
            f"{baseline * traffic:,.0f} a week, all orders are {orders_per_week:,.0f}"
        )
    if entry["effort_days"] < 0:
        found.append("effort_days is negative")
    if entry["cost_to_run"] < 0:
        found.append("cost_to_run is negative")
    return found


def _figures(
    text: Mapping[str, str],
    entry: Mapping[str, float],
    money: ExperimentMoney,
    priors: Mapping[str, LiftPrior],
    settings: ExperimentSettings,
    notes: list[str],
    seed: int,
    price: float,
) -> dict[str, float]:
    """Figures of one idea; what is odd about it goes into `notes`."""
    metric = read_metric(text["primary_metric"], settings)
    problems = _problems(entry, money.orders_per_week)
    if metric is None:
        problems.insert(0, "primary_metric is not known: order rate, order value, repeat or "
                           "new customers")  # fmt: skip
    if problems or metric is None:
        notes += problems
        return {}
    baseline, traffic = entry["baseline_rate"], entry["weekly_traffic"]
    draws, basis = money.per_unit_lift(
        metric.kind, baseline, text["surface"], text["channel"], settings
    )
    value = float(np.mean(draws))
    if not (math.isfinite(value) and value > 0):
        notes.append(f"zero value: {basis} is not above 0, so more of it earns nothing")
        return {}
    if entry["aov_or_clv"] == 0:
        notes.append("aov_or_clv is 0: the brand's own value is used")
    if not math.isfinite(entry["effort_days"]):
        notes.append(f"effort_days is missing: {settings.default_effort_days:g} assumed")
    prior = priors[metric.kind]
    noise = noise_of_lift(metric.kind, baseline, money.order_value_cv)
    waiting = metric.days / 7
    longest = min(settings.max_weeks, math.ceil(settings.horizon_weeks - waiting) - 1)
    if longest < settings.min_weeks:
        notes.append("the result comes after the horizon")
        return {}
    options = np.arange(settings.min_weeks, longest + 1)
    population = settings.horizon_weeks * traffic
    worth = np.asarray(
        ev.value_with_test(
            prior.mean, prior.sd, noise, options * traffic / 2, population, waiting * traffic
        )
    )
    best = int(np.argmax(value * worth - price * options))
    weeks = int(options[best])
    per_arm = traffic * weeks / 2
    if per_arm < 1:
        notes.append("no traffic: less than one person per arm in the longest test")
        return {}
    days, work, run = _cost(entry, settings)
    with_test = value * float(worth[best])
    launch = population * prior.mean * value
    net = with_test - work - run - max(0.0, launch - work)
    s = float(ev.posterior_mean_sd(prior.sd, noise, per_arm))
    naive, corrected = ev.gain_after_win(prior.mean, prior.sd, noise, per_arm)
    notes.append(basis)
    if prior.tests == 0:
        notes.append("prior of the lift is the default: no finished test of this kind")
    figures = {
        "expected_profit_12m": with_test - work - run,
        "p_win": float(ev.p_win(prior.mean, s)),
        "p_better": float(ndtr(prior.mean / prior.sd)),
        "evsi": with_test - max(0.0, launch),
        "evsi_net": net,
        "evsi_per_week": net / weeks,
        "weeks": float(weeks),
        "weeks_to_result": weeks + waiting,
        "sample_per_arm": float(math.floor(per_arm)),
        "sample_best": float(
            round(ev.best_size(prior.mean, prior.sd, noise, population, waiting * traffic))
        ),
        "sample_80_power": float(math.ceil(ev.power_size(noise, entry["mde"])))
        if entry["mde"] > 0
        else math.nan,
        "population": population,
        "profit_launch": launch - work,
        "naive_gain": population * value * float(naive),
        "corrected_gain": population * value * float(corrected),
        "cost": work + run,
        "week_price": price,
        "effort_days": days,
        "baseline_rate": baseline,
        "weekly_traffic": traffic,
        "mde": entry["mde"],
        "value_per_lift": value,
        "noise_sd": noise,
        "prior_mean": prior.mean,
        "prior_sd": prior.sd,
    }
    profit = profit_draws(figures, draws, settings=settings, seed=seed, name=text["id"])
    figures["q05"], figures["q95"] = (float(q) for q in np.quantile(profit, [0.05, 0.95]))
    return figures


def profit_draws(
    row: Mapping[str, float],
    value_per_lift: np.ndarray,
    *,
    settings: ExperimentSettings,
    seed: int,
    name: str,
) -> np.ndarray:
    """Draws of the profit of testing one idea: true lift, estimate, decision, value of customers.

    Parameters
    ----------
    row : mapping
        A row of `experiment_table`.
    value_per_lift : ndarray, shape (value draws,)
        Draws of `value_per_lift`; drawn from, in order, as often as needed.
    settings : ExperimentSettings
    seed : int
    name : str
        Id of the idea: other ideas have other draws.

    Returns
    -------
    ndarray, shape (draws,)
        Currency, over the horizon, cost subtracted.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode("utf-8", "surrogatepass"))])
    mean, sd, noise = row["prior_mean"], row["prior_sd"], row["noise_sd"]
    traffic, weeks = row["weekly_traffic"], row["weeks"]
    variance = 2 * noise**2 / (traffic * weeks / 2)
    lift = mean + sd * rng.normal(size=settings.draws)
    estimate = lift + math.sqrt(variance) * rng.normal(size=settings.draws)
    rolled_out = mean + sd**2 / (sd**2 + variance) * (estimate - mean) > 0
    left = settings.horizon_weeks - row["weeks_to_result"]
    exposed = traffic * (weeks / 2 + left * rolled_out)
    value = np.resize(value_per_lift, settings.draws)
    return np.asarray(value * lift * exposed - row["cost"])


def value_by_size(row: Mapping[str, float], settings: ExperimentSettings) -> pd.DataFrame:
    """Value of one idea's test by its size: what `plots.experiments.value_against_size` draws.

    Returns
    -------
    DataFrame
        Columns sample_per_arm, weeks, expected_profit (currency over the horizon, cost
        subtracted), p_win.
    """
    waiting = (row["weeks_to_result"] - row["weeks"]) * row["weekly_traffic"]
    most = (row["population"] - waiting) / 2
    sizes = np.geomspace(max(most * 1e-4, 1.0), most, 160)
    parts = (row["prior_mean"], row["prior_sd"], row["noise_sd"])
    worth = ev.value_with_test(*parts, sizes, row["population"], waiting)
    return pd.DataFrame(
        {
            "sample_per_arm": sizes,
            "weeks": 2 * sizes / row["weekly_traffic"],
            "expected_profit": worth * row["value_per_lift"] - row["cost"],
            "p_win": ev.p_win(row["prior_mean"], ev.posterior_mean_sd(*parts[1:], sizes)),
        }
    )


def _verb(
    row: Mapping[str, float], candidate: bool, runs: bool, settings: ExperimentSettings
) -> str:
    """Say what to do: the verb rule of the plan, on P(true effect above 0)."""
    if runs:
        return WAIT
    if not candidate:
        return ""
    if not math.isfinite(row["evsi_net"]):
        return COMPLETE
    better = row["p_better"]
    worst = (row["prior_mean"] - 1.6449 * row["prior_sd"]) * row["population"]
    loss = max(0.0, -worst * row["value_per_lift"] + row["cost"])
    if better >= 0.55 and row["profit_launch"] > 0:
        return MOVE if better >= 0.8 and loss <= settings.loss_limit else PART
    return TEST if better >= 0.2 and row["evsi_net"] > 0 else LEAVE
