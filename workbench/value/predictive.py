"""Does the model reproduce what was seen? Tracking, history matrix, predictive checks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.checks import Check, Status
from workbench.models.calendar import Calendar
from workbench.models.families import family
from workbench.models.fit import Fit
from workbench.models.histories import day_number
from workbench.value.forward import plain, replicate
from workbench.value.parameters import Parameters

# Replicating every customer needs no more draws than this for a weekly band.
REPLICATES = 150

X_LABELS = ["0", "1", "2", "3", "4", "5", "6", "7+"]
WEEK_EDGES = [-1, 4, 8, 13, 26, 39, 52, np.inf]
WEEK_LABELS = ["0-4", "5-8", "9-13", "14-26", "27-39", "40-52", "53+"]


def _weeks(calendar: Calendar) -> tuple[np.ndarray, pd.DatetimeIndex]:
    """Week of each observed day, counted back from the as-of date, and where each week starts."""
    back = (calendar.n_days - 1 - np.arange(calendar.n_days)) // 7
    week = back.max() - back
    starts = pd.DatetimeIndex(
        [pd.Timestamp(calendar.end) - pd.Timedelta(days=7 * (int(b) + 1) - 1)
         for b in range(int(back.max()), -1, -1)]
    )  # fmt: skip
    return week.astype(np.int64), starts


def tracking_table(
    fit: Fit, parameters: Parameters, customers: pd.DataFrame, daily: pd.DataFrame, *, seed: int
) -> pd.DataFrame:
    """`tracking.csv`: weekly repeat purchase days, observed and replicated by the model.

    The expected band replicates all customers from their first days on, parameter uncertainty and
    purchase randomness inside; weeks are counted back from the as-of date and a first week of
    fewer than seven days is left out.
    """
    calendar = fit.data.calendar
    week, starts = _weeks(calendar)
    at = np.linspace(0, parameters.n_draws - 1, min(REPLICATES, parameters.n_draws)).astype(int)
    by_draw = (
        parameters.r, parameters.kappa, parameters.clock,
        parameters.log_rate, parameters.logit_drop,
    )  # fmt: skip
    counts = replicate(
        seed,
        family(fit.data.family).code,
        *(plain(values[at]) for values in by_draw),
        plain(fit.data.cell),
        plain(day_number(customers["first_day"], calendar.start)),
        week,
        len(starts),
    )
    offset = day_number(pd.to_datetime(daily["day"]), calendar.start)
    inside = (offset >= 0) & (offset < calendar.n_days)
    observed = np.bincount(
        week[offset[inside]], daily["repeat_days"].to_numpy(float)[inside], len(starts)
    )
    table = pd.DataFrame(
        {
            "week": starts.strftime("%Y-%m-%d"),
            "observed": observed,
            "expected_mean": counts.mean(axis=1),
            "expected_q05": np.quantile(counts, 0.05, axis=1),
            "expected_q95": np.quantile(counts, 0.95, axis=1),
            "phase": "fit",
        }
    )
    complete = np.bincount(week, minlength=len(starts)) == 7
    return table[complete].reset_index(drop=True)


def history_matrix(customers: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """`history_matrix.csv`: customers by repeat orders and weeks since the last one.

    Parameters
    ----------
    customers : DataFrame
        The warehouse's customer table.
    scores : DataFrame
        customer_id, p_alive, next_12m_orders (`Forecast.customers`), in the same order.
    """
    since = (customers["age_days"] - customers["recency_days"]).to_numpy() // 7
    frame = pd.DataFrame(
        {
            "repeat_orders": pd.Categorical.from_codes(
                customers["repeat_days"].clip(upper=7).to_numpy(dtype=int), X_LABELS
            ),
            "weeks_since_last": pd.cut(since, WEEK_EDGES, labels=WEEK_LABELS),
            "p_alive": scores["p_alive"].to_numpy(),
            "orders": scores["next_12m_orders"].to_numpy(),
        }
    )
    grouped = frame.groupby(["repeat_orders", "weeks_since_last"], observed=True)
    table = grouped.agg(
        customers=("p_alive", "size"),
        p_alive_mean=("p_alive", "mean"),
        next_12m_orders_mean=("orders", "mean"),
    ).reset_index()
    return table.astype({"repeat_orders": str, "weeks_since_last": str})


def predictive_checks(tracking: pd.DataFrame) -> list[Check]:
    """Judge whether the model's band holds the observed weeks and whether the total is right."""
    if len(tracking) < 8:
        return [
            Check(
                "Tracking",
                Status.REVIEW,
                len(tracking),
                "at least 8 weeks",
                f"Only {len(tracking)} full weeks of history: tracking cannot be judged.",
                "Export more history.",
            )
        ]
    inside = (tracking["observed"] >= tracking["expected_q05"]) & (
        tracking["observed"] <= tracking["expected_q95"]
    )
    share = float(inside.mean())
    total = float(tracking["observed"].sum())
    expected = float(tracking["expected_mean"].sum())
    bias = expected / total - 1.0 if total > 0 else np.nan
    share_status = Status.PASS if share >= 0.80 else Status.REVIEW if share >= 0.50 else Status.FAIL
    checks = [
        Check(
            "Weekly tracking",
            share_status,
            round(share, 3),
            "at least 80% of weeks inside the 90% band",
            f"{share:.0%} of {len(tracking)} weeks of repeat orders lie inside the model's 90% "
            "band (observed period, purchase randomness included).",
            "None."
            if share >= 0.80
            else "Look at the tracking figure for weeks outside: promotions, stock-outs and "
            "missing exports are the usual causes.",
        )
    ]
    if np.isfinite(bias):
        ok = abs(bias) <= 0.05
        checks.append(
            Check(
                "Total repeat orders",
                Status.PASS if ok else Status.REVIEW if abs(bias) <= 0.15 else Status.FAIL,
                round(bias, 4),
                "within 5%",
                f"The model replicates {expected:,.0f} repeat orders where {total:,.0f} were seen "
                f"({bias:+.1%}).",
                "None." if ok else "Do not use the forecasts before the cause is known.",
            )
        )
    return checks
