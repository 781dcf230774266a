"""What came of earlier forecasts since the previous run: `since_last.csv`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd

from workbench.plots.words import money, money_range, number, share

__all__ = ["COLUMNS", "previous_run", "since_last"]

COLUMNS = ("kind", "subject", "before", "after", "words")
"""Columns of ``since_last.csv``. `kind` is "forecast" here; gaps that closed or opened have rows of
kind "gap" (`workbench.spectrum.since`), `before` and `after` being points of evidence there."""


def previous_run(made_at: Iterable[str], as_of: date) -> str:
    """As-of date of the run before this one, "" if there is none."""
    return max((str(day) for day in made_at if str(day) < as_of.isoformat()), default="")


def since_last(scores: pd.DataFrame, summary: pd.DataFrame, *, previous: str) -> pd.DataFrame:
    """Word what was scored since the previous run.

    Parameters
    ----------
    scores : DataFrame
        Of `workbench.value.ledger_scores.score_ledger`.
    summary : DataFrame
        Of `ledger_summary` of these scores.
    previous : str
        As-of date of the previous run: forecasts that were due by then are old news.

    Returns
    -------
    DataFrame
        `COLUMNS`: one row per forecast of the whole brand, of a channel or of a channel's next
        customers, and one for the cohorts of each as-of date, horizon and metric. `before` is
        what was forecast and `after` what happened, in currency, purchase days, currency per
        customer, or the share of cohorts inside their 90% interval.
    """
    ok = scores[(scores["state"] == "scored") & (scores["pace"] == "learned")]
    new = ok[ok["due"] > previous]
    rows = [_one(row) for row in new[new["level"] != "cohort"].to_dict("records")]
    windows = new[["made_at", "horizon_days"]].drop_duplicates()
    cohorts = summary[(summary["level"] == "cohort") & (summary["pace"] == "learned")]
    rows += [_all(row) for row in cohorts.merge(windows).to_dict("records")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _one(row: dict) -> tuple[str, str, float, float, str]:
    low, high, currency = row["q05"], row["q95"], row["currency"]
    if row["metric"] == "orders":
        mean, ends = number(row["mean"], 0), f"{number(low, 0)} to {number(high, 0)}"
        happened, what = number(row["actual"], 0), "repeat purchase days"
    else:
        scale = float(np.max(np.abs([row["mean"], row["actual"], low, high])))
        mean, happened = (money(row[name], currency, scale) for name in ("mean", "actual"))
        ends, what = money_range(low, high, currency, scale), "contribution"
    where = "inside" if low <= row["actual"] <= high else "outside"
    if row["level"] == "next_customers":
        whose, what = (
            f"the next customers of {row['group']}",
            "contribution per customer to day 365",
        )
        span = f"won in the 90 days from {row['made_at']}"
    else:
        whose = row["group"] if row["level"] == "total" else f"customers of {row['group']}"
        span = f"in the {row['horizon_days']} days from {row['made_at']}"
    words = (
        f"{what[0].upper()}{what[1:]} of {whose} {span}: forecast {mean} (90% interval {ends}, "
        f"chance of purchase included), happened {happened}, {where} the interval."
    )
    subject = f"{row['group']} · {row['metric']} · {row['horizon_days']} days from {row['made_at']}"
    return "forecast", subject, float(row["mean"]), float(row["actual"]), words


def _all(row: dict) -> tuple[str, str, float, float, str]:
    n, inside = int(row["n"]), int(row["inside_90"])
    low, high = int(row["normal_low_90"]), int(row["normal_high_90"])
    noun = "forecast" if n == 1 else "forecasts"
    words = (
        f"Of {n:,} cohort {noun} of {row['metric']} made on {row['made_at']} for "
        f"{row['horizon_days']} days, {inside:,} ended inside their 90% interval ({low:,} to "
        f"{high:,} would be normal if cohorts were independent, which they are not: they share the "
        f"calendar and the pace), {share(inside / n)}."
    )
    subject = f"Cohorts · {row['metric']} · {row['horizon_days']} days from {row['made_at']}"
    return "forecast", subject, 0.90, inside / n, words
