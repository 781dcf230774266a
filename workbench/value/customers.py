"""`customers.parquet`: what customers brought, are likely to bring, and whether they are active."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.models.fit import Fit
from workbench.models.histories import day_number
from workbench.value.forecast import Forecast
from workbench.value.parameters import Parameters

NEW_DAYS = 90
ACTIVE, LAPSING = 0.5, 0.2


def _next_order_date(fit: Fit, parameters: Parameters, customers: pd.DataFrame) -> np.ndarray:
    """Median day of the next order of a customer who is still active; NaT beyond the horizon.

    At the posterior means: a date is a planning aid, its interval is wide.
    """
    cell = fit.data.cell
    start = fit.data.calendar.start
    clock, future = parameters.clock.mean(axis=0), parameters.future.mean(axis=0)
    r = parameters.r.mean()
    alpha = r * np.exp(-parameters.log_rate.mean(axis=0))[cell]
    span = alpha + clock[-1] - clock[day_number(customers["first_day"], start)]
    shape = r + customers["repeat_days"].to_numpy(dtype=float)
    wait = span * np.expm1(np.log(2.0) / shape)
    day = np.searchsorted(future, wait)
    dates = np.datetime64(fit.data.calendar.end) + day.astype("timedelta64[D]")
    return np.where(day < len(future), dates, np.datetime64("NaT", "D")).astype("datetime64[s]")


def segments(customers: pd.DataFrame, p_alive: np.ndarray) -> np.ndarray:
    """Lifecycle segment: new, active, lapsing, lapsed."""
    new = (customers["age_days"].to_numpy() < NEW_DAYS) & (customers["repeat_days"].to_numpy() == 0)
    return np.select(
        [new, p_alive >= ACTIVE, p_alive >= LAPSING], ["new", "active", "lapsing"], "lapsed"
    )


def customer_table(
    fit: Fit, parameters: Parameters, customers: pd.DataFrame, forecast: Forecast
) -> pd.DataFrame:
    """One row per customer; money in currency, horizon 365 days from the first order.

    `value_12m_*` is observed plus predicted contribution to age 365 days with purchase randomness
    inside; `next_12m_mean` is the contribution expected in the 365 days after the as-of date.
    """
    scores = forecast.customers
    observed = customers["contribution_12m"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "channel": customers["channel"],
            "first_product": customers["first_product"],
            "first_month": customers["first_month"],
            "age_days": customers["age_days"],
            "orders": customers["orders"],
            "repeat_days": customers["repeat_days"],
            "contribution_to_date": customers["contribution"],
            "p_alive": scores["p_alive"].to_numpy(),
            "value_12m_mean": observed + scores["future_mean"].to_numpy(),
            "value_12m_q05": observed + scores["future_q05"].to_numpy(),
            "value_12m_q95": observed + scores["future_q95"].to_numpy(),
            "next_12m_mean": scores["next_12m_mean"].to_numpy(),
            "next_12m_orders": scores["next_12m_orders"].to_numpy(),
            "next_order_date": _next_order_date(fit, parameters, customers),
            "segment": segments(customers, scores["p_alive"].to_numpy()),
        }
    )
