"""Segments of customers: RFM scores and lifecycle beside bands of predicted contribution.

References
----------
Hughes (1994), Strategic Database Marketing: recency, frequency and money in fifths.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from workbench.decisions.audience_settings import AudienceSettings
from workbench.errors import InputError, Problem
from workbench.value.next_purchase import Outlooks, customer_outlook, p_above

__all__ = [
    "BANDS",
    "refund_history",
    "rfm_scores",
    "seed_threshold",
    "segment_bands",
    "segment_table",
]

BANDS = ("top", "mid", "low")
"""Of the contribution predicted for the next 12 months, from the highest."""
_CANDIDATES = 3.0
"""The top band is chosen among so many times its size, by mean, to save simulation."""


def seed_threshold(
    customers: pd.DataFrame, values: pd.DataFrame, settings: AudienceSettings
) -> float:
    """12-month value above which a customer is one to look for more of, in currency.

    The setting; else the 80th percentile of the 12-month contribution of customers whose year is
    complete; without at least 100 of those, of the expected values of all.

    Parameters
    ----------
    customers : DataFrame
        The warehouse's customer table: age_days, contribution_12m.
    values : DataFrame
        `customers.parquet`: value_12m_mean.
    """
    if settings.seed_threshold is not None:
        return float(settings.seed_threshold)
    complete = customers.loc[customers["age_days"] >= 365, "contribution_12m"].dropna()
    known = complete if len(complete) >= 100 else values["value_12m_mean"].dropna()
    return float(known.quantile(0.8)) if len(known) else float("nan")


def _fifths(values: pd.Series) -> np.ndarray:
    """Score 1 to 5 by fifths, equal values alike at the lower score; 0 where not known."""
    share = values.rank(method="min").to_numpy(dtype=float) - 1.0
    known = max(int(values.notna().sum()), 1)
    return np.where(np.isnan(share), 0, 1 + np.floor(5.0 * share / known)).astype(np.int8)


def rfm_scores(customers: pd.DataFrame) -> pd.DataFrame:
    """Recency, frequency and money in fifths, 5 the best; equal customers get equal scores.

    Parameters
    ----------
    customers : DataFrame
        age_days, recency_days, repeat_days, revenue.

    Returns
    -------
    DataFrame
        r_score, f_score, m_score (0 in a log without money) and rfm, e.g. "541".
    """
    ago = customers["age_days"] - customers["recency_days"]
    scores = {
        "r_score": _fifths(-ago),
        "f_score": _fifths(customers["repeat_days"]),
        "m_score": _fifths(customers["revenue"]),
    }
    number = 100 * scores["r_score"].astype(int) + 10 * scores["f_score"] + scores["m_score"]
    return pd.DataFrame({**scores, "rfm": pd.Series(number).astype("str")})


def segment_bands(
    expected: np.ndarray, p_top: np.ndarray, settings: AudienceSettings
) -> np.ndarray:
    """Band of each customer's next 12 months.

    "top" are the customers most likely to bring more than the threshold of the top share, "low"
    those expected to bring least, "mid" the rest; ties by mean.

    Parameters
    ----------
    expected : ndarray, shape (customers,)
        Contribution expected in the next 12 months, in currency; NaN gives "".
    p_top : ndarray, shape (customers,)
        Probability that it is above the threshold; NaN where not asked.
    """
    known = ~np.isnan(expected)
    n = int(known.sum())
    band = np.where(known, "mid", "").astype(object)
    order = np.lexsort((-expected, -np.where(np.isnan(p_top), -1.0, p_top), ~known))
    top = order[: round(settings.top_share * n)]
    band[top] = "top"
    rest = known.copy()
    rest[top] = False
    low = np.flatnonzero(rest)
    low = low[np.argsort(expected[low], kind="stable")][: round(settings.low_share * n)]
    band[low] = "low"
    return band


def segment_table(
    outlooks: Outlooks,
    customers: pd.DataFrame,
    values: pd.DataFrame,
    settings: AudienceSettings | None = None,
) -> pd.DataFrame:
    """Everything that audiences are chosen by, one row per customer.

    Parameters
    ----------
    outlooks : Outlooks
        Of `make_outlooks`, of the same customers.
    customers : DataFrame
        The warehouse's customer table.
    values : DataFrame
        `customers.parquet` (`workbench.value.customers.customer_table`).
    settings : AudienceSettings, optional

    Returns
    -------
    DataFrame
        customer_id, channel, first_product, age_days, orders, repeat_days, days_since_order,
        r_score, f_score, m_score, rfm, segment (new, active, lapsing, lapsed), clv_band (top, mid,
        low), p_alive, next_order_date, p_order_60d, p_second_60d (the same of one-time buyers, NaN
        for others), rhythm_days, suppress_days, contribution_to_date, value_12m_mean,
        value_12m_q95, value_threshold (of `seed_threshold`), p_value_above (12-month value above
        it), next_12m_mean, p_next_above (the next 12 months' contribution above that of the
        top band; NaN for customers who were no candidates) and buyer_12m_mean. Money in
        currency, predictions for the 365 days after the as-of date unless named value_12m.

    Raises
    ------
    InputError
        If the tables do not hold the same customers, each once.
    """
    settings = settings or AudienceSettings()
    ids = customers["customer_id"].reset_index(drop=True)
    _same_customers(ids, outlooks.customer_id, values["customer_id"].reset_index(drop=True))
    values = values.reset_index(drop=True)
    customers = customers.reset_index(drop=True)

    ahead = customer_outlook(outlooks.thin(settings.draws))
    threshold = seed_threshold(customers, values, settings)
    observed = customers["contribution_12m"].to_numpy(dtype=float)
    age = customers["age_days"].to_numpy(dtype=np.int64)
    above = p_above(outlooks, threshold - observed, 365 - age, draws=2 * settings.draws)
    expected = values["next_12m_mean"].to_numpy(dtype=float)
    above_next = _p_next_above(outlooks, expected, settings)
    rhythm = ahead["rhythm_days"].to_numpy()
    wait = np.clip(
        settings.suppress_rhythms * np.nan_to_num(rhythm, nan=np.inf),
        settings.suppress_days_min,
        settings.suppress_days_max,
    )
    once = customers["repeat_days"].to_numpy() == 0
    soon = ahead["p_order_60d"].to_numpy()
    return pd.DataFrame(
        {
            "customer_id": ids,
            **{name: customers[name] for name in ("channel", "first_product", "age_days")},
            **{name: customers[name] for name in ("orders", "repeat_days")},
            "days_since_order": customers["age_days"] - customers["recency_days"],
            **rfm_scores(customers),
            "segment": values["segment"],
            "clv_band": pd.Series(segment_bands(expected, above_next, settings), dtype="str"),
            "p_alive": ahead["p_alive"],
            "next_order_date": values["next_order_date"],
            "p_order_60d": soon,
            "p_second_60d": np.where(once, soon, np.nan),
            "rhythm_days": rhythm,
            "suppress_days": wait,
            "contribution_to_date": customers["contribution"],
            "value_12m_mean": values["value_12m_mean"],
            "value_12m_q95": values["value_12m_q95"],
            "value_threshold": threshold,
            "p_value_above": above,
            "next_12m_mean": expected,
            "p_next_above": above_next,
            "buyer_12m_mean": ahead["buyer_12m_mean"],
        }
    )


def _same_customers(*columns: pd.Series) -> None:
    first = columns[0]
    problems = []
    if first.duplicated().any():
        count = int(first.duplicated().sum())
        problems.append(Problem(f"{count} customer ids stand in several rows", "customers"))
    if any(not first.equals(other.astype(first.dtype)) for other in columns[1:]):
        todo = "take all tables from one analysis and as-of date"
        problems.append(Problem("tables hold different customers, or another order", todo=todo))
    if problems:
        raise InputError(problems, "segments")


def _p_next_above(
    outlooks: Outlooks, expected: np.ndarray, settings: AudienceSettings
) -> np.ndarray:
    """P(next 12 months' contribution above the top share's expected one), for candidates."""
    out = np.full(len(expected), np.nan)
    known = np.flatnonzero(~np.isnan(expected))
    if len(known) == 0:
        return out
    needed = float(np.quantile(expected[known], 1.0 - settings.top_share))
    least = np.quantile(expected[known], max(0.0, 1.0 - _CANDIDATES * settings.top_share))
    rows = known[expected[known] >= least]
    year = np.full(len(rows), 365)
    some = outlooks.take(rows)
    out[rows] = p_above(some, np.full(len(rows), needed), year, draws=2 * settings.draws)
    return out


def refund_history(orders: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """What everybody who ever ordered had refunded, customers without a purchase day too.

    Parameters
    ----------
    orders : DataFrame
        Canonical orders: customer_id, day, items, discount, refund.
    as_of : date
        Later orders are left out.

    Returns
    -------
    DataFrame
        Sorted by customer_id: customer_id, orders, refunded_orders, refund_share (refunds over
        goods bought after discounts, 0 to 1; NaN in a log without money).
    """
    seen = orders[orders["day"] <= pd.Timestamp(as_of)]
    bought = (seen["items"].fillna(0.0) - seen["discount"].fillna(0.0)).clip(lower=0.0)
    refund = seen["refund"].fillna(0.0).clip(lower=0.0)
    sums = (
        pd.DataFrame(
            {
                "customer_id": seen["customer_id"],
                "orders": 1,
                "refunded_orders": (refund > 0).astype(int),
                "bought": bought,
                "refund": refund,
            }
        )
        .groupby("customer_id", sort=True)
        .sum()
        .reset_index()
    )
    total = sums.pop("bought").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, sums.pop("refund").to_numpy() / total, np.nan)
    return sums.assign(refund_share=np.clip(share, 0.0, 1.0))
