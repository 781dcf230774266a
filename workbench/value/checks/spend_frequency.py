"""Whether customers who buy more often also spend more per order: the model says no.

Gamma-Gamma takes spend per order as independent of how often a customer buys. Where the two go
together within a cohort, the value of its frequent buyers is wrong even if its mean is right.

References
----------
Fader, Hardie and Lee (2005), RFM and CLV, Journal of Marketing Research 42(4), on the assumption;
Bonett and Wright (2000), Sample size requirements for estimating Pearson, Kendall and Spearman
correlations, Psychometrika 65(1), on the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betainc
from scipy.stats import norm, rankdata

from workbench.checks import Check, Status
from workbench.store.readiness_facts import count, percent

__all__ = ["Correlation", "SpendThresholds", "spend_frequency", "spend_frequency_check"]

NAME = "Spend and frequency"


@dataclass(frozen=True)
class SpendThresholds:
    """Limits of the correlation.

    Parameters
    ----------
    rho : float
        Size of the correlation that matters, if its interval also excludes zero.
    customers : int
        Customers who bought again, beyond one for each cohort, needed to tell.
    interval : float
        Width of the interval.
    """

    rho: float = 0.10
    customers: int = 50
    interval: float = 0.90


@dataclass(frozen=True)
class Correlation:
    """Rank correlation of spend per order with repeat days, within cohorts.

    Attributes
    ----------
    rho, low, high : float
        Pooled correlation with its interval; NaN where there are too few customers.
    customers : int
        Customers with repeat revenue.
    freedom : int
        Customers beyond one for each cohort.
    lift : float
        Repeat revenue over what it would be if, within cohorts, spend per order and number of
        orders were unrelated, less 1.
    """

    rho: float
    low: float
    high: float
    customers: int
    freedom: int
    lift: float


def spend_frequency(
    mean_spend: np.ndarray,
    days: np.ndarray,
    cohort: np.ndarray,
    *,
    p: float,
    q: float,
    gamma: np.ndarray | float,
    interval: float = 0.90,
) -> Correlation:
    """Correlate within cohorts.

    A mean of few orders is more skewed than a mean of many, which alone would correlate the two.
    So spend is first read as its place, 0 to 1, among means of as many orders under Gamma-Gamma:
    x z / (gamma + x z) is Beta(p x, q), whatever x. This place and the number of days are then
    ranked over all customers and centred within each cohort. If the model holds the correlation
    is zero, whatever p, q and gamma.

    Parameters
    ----------
    mean_spend, days, cohort : ndarray, shape (customers,)
        Mean net revenue of repeat days (above zero), their number, the cohort.
    p, q : float
        Shapes of Gamma-Gamma (posterior means).
    gamma : ndarray, shape (customers,), or float
        Its rate for each customer's cohort (posterior mean), in the currency of `mean_spend`.
    """
    x = np.asarray(days, dtype=float)
    z = np.asarray(mean_spend, dtype=float)
    n = len(x)
    code, cells = pd.factorize(cohort)
    freedom = n - len(cells)
    if freedom < 4:
        return Correlation(np.nan, np.nan, np.nan, n, max(freedom, 0), np.nan)
    place = betainc(p * x, q, x * z / (gamma + x * z))
    u, v = _centred(rankdata(place), code), _centred(rankdata(x), code)
    scale = np.sqrt((u @ u) * (v @ v))
    lift = _lift(x, z, code)
    if scale <= 0:
        return Correlation(np.nan, np.nan, np.nan, n, freedom, lift)
    rho = float(u @ v / scale)
    half = norm.ppf(0.5 + interval / 2) * np.sqrt((1.0 + rho**2 / 2.0) / (freedom - 3.0))
    z_rho = np.arctanh(np.clip(rho, -0.999999, 0.999999))
    low, high = float(np.tanh(z_rho - half)), float(np.tanh(z_rho + half))
    return Correlation(rho, low, high, n, freedom, lift)


def _lift(x: np.ndarray, z: np.ndarray, code: np.ndarray) -> float:
    """Sum of x z over its expectation without covariance within cohorts, less 1."""
    size = np.bincount(code).astype(float)
    product = np.bincount(code, _centred(x, code) * _centred(z, code))[size > 1]
    n = size[size > 1]
    means = (np.bincount(code, x) * np.bincount(code, z) / size)[size > 1]
    covariance = product / (n - 1.0)
    unrelated = float((means - covariance).sum())
    return float((n * covariance).sum()) / unrelated if unrelated > 0 else np.nan


def _centred(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    return values - (np.bincount(code, values) / np.bincount(code))[code]


def spend_frequency_check(found: Correlation, thresholds: SpendThresholds | None = None) -> Check:
    """Judge the correlation; REVIEW says what it does to value."""
    limits = thresholds or SpendThresholds()
    threshold = f"interval holds 0, or correlation within {limits.rho:g} of 0"
    if not np.isfinite(found.rho) or found.freedom < limits.customers:
        return Check(
            NAME, Status.REVIEW, None, threshold,
            f"Could not be checked: {count(found.customers, 'customer')} with repeat revenue are "
            "too few to see whether frequent buyers spend more or less per order. The model takes "
            "them to spend alike.",
            "Read the mean value, not that of single frequent buyers.",
        )  # fmt: skip
    said = (
        f"Within cohorts, spend per order and number of orders correlate by {found.rho:+.2f} "
        f"({limits.interval:.0%} interval {found.low:+.2f} to {found.high:+.2f}, "
        f"{count(found.customers, 'customer')})."
    )
    value = round(found.rho, 3)
    if found.low <= 0.0 <= found.high or abs(found.rho) <= limits.rho:
        return Check(NAME, Status.PASS, value, threshold, said, "")
    more = found.rho > 0
    side = "above" if found.lift > 0 else "below"
    effect = (
        f" Repeat revenue so far is {percent(abs(found.lift))} {side} what it would be if the two "
        "were unrelated."
    )
    return Check(
        NAME, Status.REVIEW, value, threshold,
        f"{said} Frequent buyers spend {'more' if more else 'less'} per order, which the model "
        f"does not know: it puts the value of the best customers too {'low' if more else 'high'} "
        f"and that of rare ones too {'high' if more else 'low'}.{effect}",
        "Compare channels whose customers buy about equally often; for single customers trust the "
        "order of values more than their size.",
    )  # fmt: skip
