"""Forecasts of the ledger whose day has come, held against what happened.

A forecast is scored when its whole horizon is observed: of a run half a year ago the 90 and the
182 days, not yet the year. It counts the customers that were acquired on or before its as-of date,
as a backtest does (`workbench.value.backtest`), and what the warehouse of today says they did:
refunds that came in since are part of what happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import binom, norm

from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.ledger import COLUMNS, GRID, NEXT_DAYS, YEAR
from workbench.value.proper import pit
from workbench.value.scores import INTERVALS, backtest_summary

if TYPE_CHECKING:
    from workbench.store.warehouse import Warehouse

__all__ = [
    "GRACE_DAYS",
    "REGROUPED",
    "SCORE_COLUMNS",
    "SUMMARY_COLUMNS",
    "in_force",
    "ledger_summary",
    "score_ledger",
]

GRACE_DAYS = 31
"""Exports are pulled some days after the as-of date. What reaches further past it than this was
made when some of its outcome was known."""
REGROUPED = 0.02
"""Difference in the number of customers from which on a group is no longer the one forecast."""
LEAST_NEXT = 30
"""Next customers whose mean value is near enough to normal around its expectation."""
SCORE_COLUMNS = (
    "made_at", "due", "horizon_days", "level", "group", *GROUP_COLUMNS, "metric", "pace",
    "currency", "customers", "customers_now", "state", "ahead", "actual", "mean", "sd",
    "q025", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "q975", "error", "bias",
    *(f"inside_{share}" for share in INTERVALS), "pit", "z", "crps", "baseline", "log_mean",
    "log_sd", "months", "version", "fit_key", "entry",
)  # fmt: skip
"""Columns of the table ``ledger_scores``."""
SUMMARY_COLUMNS = (
    "made_at", "horizon_days", "level", "metric", "pace", "n", "actual", "mean", "bias", "wape",
    *(f"{name}_{share}" for share in INTERVALS
      for name in ("covered", "inside", "normal_low", "normal_high")),
    "crps", "skill", "skill_n",
)  # fmt: skip
"""Columns of the table ``ledger_summary``."""


def in_force(ledger: pd.DataFrame) -> pd.DataFrame:
    """Keep the forecasts of one run per as-of date: the last that was made ahead.

    A run whose export ends at most `GRACE_DAYS` after its as-of date was made ahead; no later
    run, which may know what happened, takes its place. Only where none was made ahead does the
    last of the others count, and `ahead` says so in every row.

    Returns
    -------
    DataFrame
        Rows of `ledger` with the column `ahead`.
    """
    ledger = ledger[list(COLUMNS)]
    limit = pd.to_datetime(ledger["made_at"]) + pd.Timedelta(days=GRACE_DAYS)
    known = ledger.assign(ahead=(pd.to_datetime(ledger["data_until"]) <= limit).astype(bool))
    order = ["made_at", "ahead", "entry", "fit_key"]
    runs = known[order].drop_duplicates().sort_values(order)
    last = runs.drop_duplicates("made_at", keep="last")
    return known.merge(last, on=order, validate="m:1")


def score_ledger(
    ledger: pd.DataFrame, warehouse: Warehouse, as_of: date, *, currency: str = "", seed: int = 1
) -> pd.DataFrame:
    """Score every forecast that is due at an as-of date.

    Parameters
    ----------
    ledger : DataFrame
        `Ledger.forecasts`.
    warehouse : Warehouse
        Of today.
    as_of : date
        Last day of observation; forecasts due later are not scored.
    currency : str
        Of the brand today: an amount in another one is not comparable.
    seed : int
        Breaks ties in the PIT values.

    Returns
    -------
    DataFrame
        `SCORE_COLUMNS`, one row per forecast due. `state` is "scored"; "regrouped" where today's
        group of these labels differs by more than 2% in its number of customers (`customers_now`
        against `customers`) or is gone, as after a change of channel rules; "too few" where a
        channel has won fewer than 30 next customers; "other currency".
        Only scored rows have what follows. `actual`, `mean`, `error` (mean less actual), `crps`
        and `baseline` in purchase days or currency, as sums over the group's customers, per
        customer at level "next_customers"; `bias` is mean over actual, less one, NaN where the
        actual is not positive; `inside_*` say whether the central interval held the actual, ends
        included; `pit` as in `workbench.value.proper`; `z` is the outcome in standard normal
        terms (`z_score`). `crps` is twice the mean pinball loss over `GRID` (Laio and Tamea 2007,
        Hydrology and Earth System Sciences 11(4)). `baseline` is "the same as the last period":
        what the customers of the group that were known one horizon earlier did over it, per
        customer, times the customers forecast; NaN where there were none. `log_mean` and `log_sd`
        are those of the log of the forecast of orders.
    """
    due = in_force(ledger)
    due = due[due["due"] <= as_of.isoformat()]
    parts = [
        _scored(rows, happened, currency, np.random.default_rng([seed, 29, day.toordinal(), days]))
        for day, days, rows in _by_window(due)
        for happened in [_happened(warehouse, day, days, rows, as_of)]
    ]
    if not parts:
        return pd.DataFrame(columns=list(SCORE_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(SCORE_COLUMNS)]


def _by_window(due: pd.DataFrame) -> Iterator[tuple[date, int, pd.DataFrame]]:
    for (made_at, days), rows in due.groupby(["made_at", "horizon_days"], sort=True):
        yield date.fromisoformat(str(made_at)), int(days), rows.reset_index(drop=True)


def _happened(
    warehouse: Warehouse, made_at: date, days: int, rows: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """What today's data say of each row: customers_now, actual, baseline, sampling_error."""
    if (rows["level"] == "next_customers").all():
        return _next_customers(warehouse.customers(as_of), made_at, rows)
    labels = warehouse.customers(made_at)[["customer_id", *GROUP_COLUMNS]]
    did = _named(labels, warehouse.window(made_at, made_at + timedelta(days)))
    before = made_at - timedelta(days)
    earlier = _named(labels, warehouse.window(before, made_at))
    found = pd.DataFrame(
        {"customers_now": 0.0, "actual": np.nan, "baseline": np.nan, "sampling_error": 0.0},
        index=rows.index,
    )
    for (level, metric), part in rows.groupby(["level", "metric"]):
        # The dimensions that tell its groups apart are those that are not empty in its rows.
        by = [name for name in GROUP_COLUMNS if (part[name] != "").any()] or ["everyone"]
        if level == "total":
            by = ["everyone"]
        now, last = did.groupby(by)[metric], earlier.groupby(by)[metric]
        at = pd.MultiIndex.from_frame(part.assign(everyone="")[by])
        if len(by) == 1:
            at = at.get_level_values(0)
        found.loc[part.index, "customers_now"] = now.size().reindex(at).fillna(0).to_numpy(float)
        found.loc[part.index, "actual"] = now.sum().reindex(at).to_numpy(float)
        each = last.mean().reindex(at).to_numpy(float)
        found.loc[part.index, "baseline"] = each * part["customers"].to_numpy(float)
    return found


def _named(labels: pd.DataFrame, done: pd.DataFrame) -> pd.DataFrame:
    done = done.rename(columns={"purchase_days": "orders"})
    return labels.merge(done, on="customer_id", validate="1:1").assign(everyone="")


def _next_customers(customers: pd.DataFrame, made_at: date, rows: pd.DataFrame) -> pd.DataFrame:
    """12-month value of the customers won after `made_at`, and of the last ones that had it."""

    def won(since: int) -> pd.core.groupby.SeriesGroupBy:
        first = (customers["first_day"] - pd.Timestamp(made_at)).dt.days
        chosen = customers[(first > since) & (first <= since + NEXT_DAYS)]
        return chosen.groupby("channel")["contribution_12m"]

    at = rows["channel"]
    now, last = won(0), won(-YEAR - NEXT_DAYS)
    number = now.size().reindex(at).to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "customers_now": np.nan_to_num(number),
            "actual": now.mean().reindex(at).to_numpy(float),
            "baseline": last.mean().reindex(at).to_numpy(float),
            "sampling_error": now.std().reindex(at).to_numpy(float) / np.sqrt(number),
        },
        index=rows.index,
    )


def _scored(
    rows: pd.DataFrame, happened: pd.DataFrame, currency: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Scores of the rows of one as-of date and horizon."""
    table = rows.join(happened)
    coming = table["level"] == "next_customers"
    same = (table["customers_now"] - table["customers"]).abs() <= REGROUPED * table["customers"]
    money = (table["currency"] == "") | (table["currency"] == currency)
    few = coming & (table["customers_now"] < LEAST_NEXT)
    table["state"] = np.select(
        [~money, few, ~same & ~coming], ["other currency", "too few", "regrouped"], "scored"
    )
    ok = (table["state"] == "scored").to_numpy()
    table.loc[~ok, ["actual", "baseline"]] = np.nan

    grid = np.vstack(table["quantiles"].to_list()).astype(float)
    noisy = (coming & ok).to_numpy()
    if noisy.any():
        grid[noisy] = _with_noise(grid[noisy], table["sampling_error"].to_numpy()[noisy])
        for name, level in _LEVELS.items():
            table.loc[noisy, name] = grid[noisy][:, _at(level)]
        table.loc[noisy, "sd"] = np.hypot(table["sd"], table["sampling_error"])[noisy]
    actual = table["actual"].to_numpy(dtype=float)
    short = actual[:, None] - grid
    place = np.where(ok, pit(grid, actual, rng), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.maximum(grid, 0.5))
        orders = (table["metric"] == "orders").to_numpy()
        bias = np.where(actual > 0, table["mean"] / actual - 1.0, np.nan)
    return table.assign(
        error=table["mean"] - actual,
        bias=bias,
        **{
            f"inside_{share}": table["actual"]
            .between(table[low], table[high])
            .astype("boolean")
            .where(ok)
            for share, (low, high) in INTERVALS.items()
        },
        pit=place,
        z=z_score(grid, table["sd"].to_numpy(dtype=float), actual, place),
        crps=2.0 * np.maximum(GRID * short, (GRID - 1.0) * short).mean(axis=1),
        log_mean=np.where(orders, logs.mean(axis=1), np.nan),
        log_sd=np.where(orders, logs.std(axis=1), np.nan),
    )


_LEVELS = {
    "q025": 0.025, "q05": 0.05, "q10": 0.1, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9,
    "q95": 0.95, "q975": 0.975,
}  # fmt: skip


def _at(level: float) -> int:
    return round(level * (len(GRID) + 1)) - 1


def _with_noise(grid: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Quantiles of a forecast, given by its own, plus normal noise of standard deviation `sd`."""
    noise = sd[:, None] * norm.ppf(GRID)
    both = (grid[:, :, None] + noise[:, None, :]).reshape(len(grid), -1)
    return np.quantile(both, GRID, axis=1, method="weibull").T


def z_score(grid: np.ndarray, sd: np.ndarray, actual: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Outcome in standard normal terms: 0 at the median of its forecast, 1.96 at its q975.

    The normal quantile of the PIT value inside the grid of quantiles. Beyond its ends, where the
    PIT says no more than "outside", the distance to the end in standard deviations of the
    forecast is added, which is exact for a normal forecast.

    Parameters
    ----------
    grid : ndarray, shape (rows, levels)
        Quantiles at `GRID`.
    sd, actual, place : ndarray, shape (rows,)
        Standard deviation of the forecast, outcome, PIT value; NaN gives NaN.
    """
    end = norm.ppf(GRID[-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = (grid[:, 0] - actual) / sd, (actual - grid[:, -1]) / sd
    inside = norm.ppf(place)
    return np.where(below > 0, -end - below, np.where(above > 0, end + above, inside))


def ledger_summary(scores: pd.DataFrame) -> pd.DataFrame:
    """How good the forecasts were, by as-of date, horizon and level.

    Parameters
    ----------
    scores : DataFrame
        Of `score_ledger`; rows that are not scored do not count.

    Returns
    -------
    DataFrame
        `SUMMARY_COLUMNS`. n forecasts; actual, mean, bias, wape, crps and covered_* (share of
        outcomes inside, ends included) as in `workbench.value.scores.backtest_summary`.
        inside_* count the PIT values inside the interval, so that a small cohort that did
        nothing, on the end of its interval, counts in part; normal_low_* to normal_high_* is the
        central 90% range of this count if forecasts were honest *and cohorts independent*. They
        are not: they share the calendar, the pace and the parameters, so that a count outside
        the range is weaker evidence than it looks. skill is one less the CRPS over that of the
        baseline "the same as the last period", whose CRPS is its absolute error, over the skill_n
        forecasts that have one: 0 no better, 1 perfect.
    """
    ok = scores[scores["state"] == "scored"]
    if ok.empty:
        return pd.DataFrame(columns=list(SUMMARY_COLUMNS))
    names = {"made_at": "cutoff", "pace": "pooling"}
    both = ok.rename(columns=names)
    table = backtest_summary(both).rename(columns={new: old for old, new in names.items()})
    keys = ["made_at", "horizon_days", "level", "metric", "pace"]
    known = ok[ok["baseline"].notna()]
    grouped = known.assign(missed=(known["actual"] - known["baseline"]).abs()).groupby(keys)
    sums = grouped[["crps", "missed"]].sum()
    skill = (1.0 - sums["crps"] / sums["missed"].where(sums["missed"] > 0)).rename("skill")
    extra = pd.concat([skill, grouped.size().rename("skill_n")], axis=1)
    table = table.rename(columns={"groups": "n"}).merge(
        extra.reset_index(), on=keys, how="left", validate="1:1"
    )
    table["skill_n"] = table["skill_n"].fillna(0).astype(int)
    n = table["n"].to_numpy()
    for percent in INTERVALS:
        table[f"inside_{percent}"] = (table[f"pit_{percent}"] * n).round().astype(int)
        for end, level in (("low", 0.05), ("high", 0.95)):
            at = binom.ppf(level, n, percent / 100).astype(int)
            table[f"normal_{end}_{percent}"] = at
    return table[list(SUMMARY_COLUMNS)]
