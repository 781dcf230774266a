"""Whether customers who buy more often also spend more per order: the model says no.

Gamma-Gamma takes spend per order as independent of how often a customer buys. But it learns each
customer's own spend from their orders, so that a correlation within cohorts need not make a value
wrong: what it costs is measured in money. Each repeat day is set against what the model expects of
it given the customer's other repeat days, once for rare and once for frequent buyers.

A correlation is reported and not modelled. Spend tied to the purchase rate, fitted to the past of
real logs that show one, made forecasts of the orders to come worse, by 15% for one-time buyers
(``tests/benchmarks/bench_spend_tie.py``); what a tie does to newcomers is in their own record
(`workbench.value.pace`).

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

__all__ = ["Correlation", "Miss", "SpendThresholds", "spend_frequency", "spend_frequency_check"]

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
    miss : float
        Share by which spend per order of rare or frequent buyers may be off.
    of_revenue : float
        Share of repeat revenue that a group must have for its miss to count.
    interval : float
        Width of the interval.
    """

    rho: float = 0.10
    miss: float = 0.05
    of_revenue: float = 0.10
    customers: int = 50
    interval: float = 0.90


@dataclass(frozen=True)
class Miss:
    """Repeat revenue over what the model expects given the customers' other days, less 1.

    Attributes
    ----------
    share, low, high : float
        With its interval; NaN without such customers.
    of_revenue : float
        Share of all repeat revenue that is theirs.
    """

    share: float
    low: float
    high: float
    of_revenue: float


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
    split : float
        Median number of repeat days: customers with more are frequent buyers, the others rare.
    rare, frequent : Miss
    """

    rho: float
    low: float
    high: float
    customers: int
    freedom: int
    split: float
    rare: Miss
    frequent: Miss


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
    split = float(np.median(x)) if n else np.nan
    misses = [_miss(x, z, kept, p, q, gamma, interval) for kept in (x <= split, x > split)]
    if freedom < 4:
        return Correlation(np.nan, np.nan, np.nan, n, max(freedom, 0), split, *misses)
    place = betainc(p * x, q, x * z / (gamma + x * z))
    u, v = _centred(rankdata(place), code), _centred(rankdata(x), code)
    scale = np.sqrt((u @ u) * (v @ v))
    if scale <= 0:
        return Correlation(np.nan, np.nan, np.nan, n, freedom, split, *misses)
    rho = float(u @ v / scale)
    half = norm.ppf(0.5 + interval / 2) * np.sqrt((1.0 + rho**2 / 2.0) / (freedom - 3.0))
    z_rho = np.arctanh(np.clip(rho, -0.999999, 0.999999))
    low, high = float(np.tanh(z_rho - half)), float(np.tanh(z_rho + half))
    return Correlation(rho, low, high, n, freedom, split, *misses)


def _miss(
    x: np.ndarray, z: np.ndarray, kept: np.ndarray, p: float, q: float,
    gamma: np.ndarray | float, interval: float,
) -> Miss:  # fmt: skip
    """Set each repeat day of some customers against their other ones, summed up.

    Day j of a customer with x days and revenue s in all is expected to bring
    p (gamma + s - s_j) / (p (x - 1) + q - 1). Summed over a customer's days only x and s are left.
    The interval is that of a ratio of sums over independent customers, linearised.
    """
    rate = np.broadcast_to(gamma, x.shape)
    spent = (x * z)[kept]
    expected = (p * (x * rate + (x - 1.0) * x * z) / (p * (x - 1.0) + q - 1.0))[kept]
    total = float(expected.sum())
    if total <= 0:
        return Miss(np.nan, np.nan, np.nan, 0.0)
    ratio = float(spent.sum()) / total
    error = float(np.sqrt(((spent - ratio * expected) ** 2).sum())) / total
    half = float(norm.ppf(0.5 + interval / 2)) * error
    return Miss(ratio - 1, ratio - 1 - half, ratio - 1 + half, float(spent.sum() / (x @ z)))


def _centred(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    return values - (np.bincount(code, values) / np.bincount(code))[code]


def spend_frequency_check(found: Correlation, thresholds: SpendThresholds | None = None) -> Check:
    """Judge what the correlation costs; REVIEW says whose spend was off and by how much."""
    limits = thresholds or SpendThresholds()
    threshold = (
        f"interval holds 0, or correlation within {limits.rho:g} of 0, or spend per order of rare "
        f"and of frequent buyers at most {limits.miss:.0%} off"
    )
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
    days = f"{found.split:g} repeat order{'' if found.split == 1 else 's'}"
    effect = (
        " Given a customer's other orders, those of customers with up to "
        f"{days} brought {_against(found.rare)} the model expects, those of frequent buyers "
        f"{_against(found.frequent)} it does."
    )
    if not any(_matters(miss, limits) for miss in (found.rare, found.frequent)):
        return Check(NAME, Status.PASS, value, threshold, said + effect, "")
    return Check(
        NAME, Status.REVIEW, value, threshold, said + effect,
        "Compare channels whose customers buy about equally often; for single customers trust the "
        "order of values more than their size.",
    )  # fmt: skip


def _matters(miss: Miss, limits: SpendThresholds) -> bool:
    sure = miss.low > 0.0 or miss.high < 0.0
    return bool(sure and abs(miss.share) > limits.miss and miss.of_revenue >= limits.of_revenue)


def _against(miss: Miss) -> str:
    """Say by how much orders exceed what is expected: "3% more than", "about what"."""
    if not np.isfinite(miss.share) or abs(miss.share) < 0.005:
        return "about what"
    return f"{percent(abs(miss.share))} {'more' if miss.share > 0 else 'less'} than"
