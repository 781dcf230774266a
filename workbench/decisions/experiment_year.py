"""A year of tests under each ranking: what the order of a backlog is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.decisions import experiment_value as ev
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.experiments import RUNNING

__all__ = ["RANKINGS", "Slot", "ranking_values", "schedule", "year_of_tests"]

RANKINGS = {"EVSI": "rank", "ICE": "rank_ice", "PIE": "rank_pie", "PXL": "rank_pxl"}
"""Name of a ranking -> its column in `experiments.csv`."""


@dataclass(frozen=True)
class Slot:
    """One test in the year: row of the table, first week, and weeks of traffic."""

    row: int
    start: float
    weeks: float


def schedule(
    order: Sequence[int],
    surface: Sequence[str],
    weeks: Sequence[float],
    result_after: Sequence[float],
    effort_days: Sequence[float],
    settings: ExperimentSettings,
    busy: Mapping[str, float] | None = None,
) -> list[Slot]:
    """Place tests in the year, in an order.

    Tests on one surface share its traffic and run one after another; tests on different surfaces
    run side by side. One team builds them in the same order. A test whose result would come after
    the year is passed over, and not built.

    Parameters
    ----------
    order : sequence of int
        Rows, first to last.
    surface, weeks, result_after, effort_days : sequence
        By row: surface, weeks of traffic, weeks from the end of traffic to the result, days of
        work before the start.
    settings : ExperimentSettings
    busy : mapping of str to float, optional
        Surface -> week at which it becomes free.
    """
    free = dict(busy or {})
    built = 0.0
    slots = []
    for row in order:
        ready = built + effort_days[row] / settings.capacity_days_per_week
        start = float(math.ceil(max(ready, free.get(surface[row], 0.0)) - 1e-9))
        if start + weeks[row] + result_after[row] >= settings.year_weeks:
            continue
        built, free[surface[row]] = ready, start + weeks[row]
        slots.append(Slot(row, start, float(weeks[row])))
    return slots


def year_of_tests(
    table: pd.DataFrame,
    settings: ExperimentSettings | None = None,
) -> pd.DataFrame:
    """Expected profit within a year of tests, under each ranking.

    Only what is earned before the year ends counts, so that a test that starts late earns less.
    All rankings test with the same sizes but the last one: "ICE, 80% power" runs tests of 80%
    power at the stated effect and rolls out what is significant (two-sided 5%), as is usual.
    "EVSI" stops where a test no longer pays; the others run what comes next.

    Parameters
    ----------
    table : DataFrame
        `experiment_table`.
    settings : ExperimentSettings, optional

    Returns
    -------
    DataFrame
        One row per ranking and test: ranking, tests (how many so far), id, title, start_week,
        end_week, profit (expected, in currency, cost subtracted), cumulative_profit. A ranking
        whose scores are all missing has no rows.
    """
    settings = settings or ExperimentSettings()
    known = table[table["evsi_net"].notna()].reset_index(drop=True)
    running = known["status"].isin(RUNNING)
    busy = known[running].groupby("surface")["weeks"].sum().to_dict()
    known = known[~running].reset_index(drop=True)
    parts = [
        _run(name, known, known[column], settings, busy)
        for name, column in RANKINGS.items()
        if known[column].notna().any()
    ]
    if known["rank_ice"].notna().any() and (known["sample_80_power"] > 0).any():
        parts.append(_run("ICE, 80% power", known, known["rank_ice"], settings, busy, power=True))
    names = ["ranking", "tests", "id", "title", "start_week", "end_week", "profit",
             "cumulative_profit"]  # fmt: skip
    rows = [row for part in parts for row in part]
    return pd.DataFrame(rows, columns=names)


def _run(
    name: str,
    known: pd.DataFrame,
    rank: pd.Series,
    settings: ExperimentSettings,
    busy: Mapping[str, float],
    power: bool = False,
) -> list[dict]:
    worth = rank.notna() & (known["evsi_net"] > 0) if name == "EVSI" else rank.notna()
    order = known[worth].assign(by=rank).sort_values(["by", "id"], kind="stable").index.tolist()
    weeks = known["weeks"].to_numpy()
    if power:
        needed = np.ceil(2 * known["sample_80_power"] / known["weekly_traffic"])
        weeks = needed.clip(lower=settings.min_weeks).fillna(np.inf).to_numpy()
    wait = (known["weeks_to_result"] - known["weeks"]).to_numpy()
    slots = schedule(
        order, known["surface"].tolist(), weeks.tolist(), wait.tolist(),
        known["effort_days"].tolist(), settings, busy,
    )  # fmt: skip
    rows: list[dict] = []
    total = 0.0
    for count, slot in enumerate(slots, start=1):
        row = known.loc[slot.row]
        left = settings.year_weeks - slot.start - slot.weeks - wait[slot.row]
        size = row["weekly_traffic"] * slot.weeks / 2
        threshold = 1.96 * row["noise_sd"] * math.sqrt(2 / size) if power else None
        gain = ev.rolled_out_effect(
            row["prior_mean"], row["prior_sd"], row["noise_sd"], size, threshold
        )
        lift_weeks = slot.weeks / 2 * row["prior_mean"] + left * float(gain)
        profit = row["value_per_lift"] * row["weekly_traffic"] * lift_weeks - row["cost"]
        total += profit
        rows.append(
            {
                "ranking": name,
                "tests": count,
                "id": row["id"],
                "title": row["title"],
                "start_week": slot.start,
                "end_week": slot.start + slot.weeks,
                "profit": profit,
                "cumulative_profit": total,
            }
        )
    return rows


def ranking_values(year: pd.DataFrame) -> pd.DataFrame:
    """Sum up `year_of_tests`: what each ranking earns and how far it is from EVSI's order.

    Returns
    -------
    DataFrame
        Columns ranking, tests, profit, less_than_evsi (currency, expected within the year); best
        first.
    """
    found = year.groupby("ranking", sort=False)["profit"].agg(tests="size", profit="sum")
    own = float(found["profit"].get("EVSI", 0.0))
    found["less_than_evsi"] = own - found["profit"]
    order = found.reset_index().sort_values(["profit", "ranking"], ascending=[False, True])
    return order.reset_index(drop=True)
