"""How much single customers and single cohorts decide the fit, without fitting again.

Leaving somebody out multiplies the posterior by one over their likelihood: draws are weighted by
that, with Pareto smoothing. Histories are conditional on the calendar clock of each draw.

References
----------
Vehtari, Gelman and Gabry (2017), Practical Bayesian model evaluation using leave-one-out
cross-validation and WAIC, Statistics and Computing 27(5); Vehtari et al. (2024), JMLR 25(72);
Merkle, Furr and Rabe-Hesketh (2019), Bayesian comparison of latent variable models: conditional
versus marginal likelihoods, Psychometrika 84(3), on leaving whole clusters out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from workbench.checks import NOT_APPLICABLE, Check, Status
from workbench.models.fit import Fit
from workbench.models.pointwise import Process, Spend, blocks, distinct_histories
from workbench.models.psis import psis, reliable_k
from workbench.store.readiness_facts import count, percent

__all__ = [
    "Influence",
    "InfluenceThresholds",
    "confirm_cohorts",
    "influence_checks",
    "measure_influence",
]


@dataclass(frozen=True)
class InfluenceThresholds:
    """Limits.

    Parameters
    ----------
    customers : float
        REVIEW from this share of customers whose effect on the fit cannot be approximated.
    moved : float
        REVIEW where leaving a single cohort out moves a channel's 12-month value by this share.
    """

    customers: float = 0.001
    moved: float = 0.05


@dataclass(frozen=True)
class Influence:
    """What leaving out says.

    Attributes
    ----------
    elpd, elpd_se : float
        Expected log predictive density of purchase histories, summed over customers, each left
        out in turn; standard error of the sum. Higher is better; comparable between models of the
        same histories.
    customers : int
    influential : int
        Customers whose history or spend has a Pareto k beyond what the draws can carry.
    largest_k : float
        Largest Pareto k of a customer.
    cohorts : DataFrame
        channel, first_product, first_month, customers, k and decides (whether k is beyond what
        the draws can carry): one row per cohort.
    cohort_weights : ndarray, shape (draws, cohorts)
        Log weights of the posterior without the cohort.
    log_likelihood : ndarray, shape (draws,)
        Of all histories and spend.
    limit : float
        Largest k at which this number of draws may be relied on.
    """

    elpd: float
    elpd_se: float
    customers: int
    influential: int
    largest_k: float
    cohorts: pd.DataFrame
    cohort_weights: np.ndarray
    log_likelihood: np.ndarray
    limit: float


def measure_influence(
    fit: Fit, process: Process, spend: Spend, customers: pd.DataFrame
) -> Influence:
    """Leave out every customer and every cohort.

    Parameters
    ----------
    fit : Fit
        Of the same `customers`, in the same order.
    process : Process
    spend : Spend
        The same draws.
    customers : DataFrame
        The warehouse's customer table.
    """
    data, draws = fit.data, len(process.r)
    limit = reliable_k(draws)
    cells = data.design.cells
    rows, row = distinct_histories(customers, data.cell, data.calendar.start)
    by_cell = np.zeros((draws, len(cells)))
    elpd, k = np.empty(len(rows)), np.empty(len(rows))
    for block in blocks(len(rows), draws, 250_000):
        part = rows.iloc[block]
        cell, first, last, repeats, n = (part[name].to_numpy() for name in rows.columns)
        one = process.log_likelihood(cell, first, last, repeats)
        weights, k[block] = psis(-one)
        elpd[block] = logsumexp(weights + one, axis=0)
        _add(by_cell, cell, one * n)
    influential = k[row] > limit
    largest = float(k.max())
    if data.has_spend:
        paid = _paid(customers)
        mean_spend = customers["mean_repeat_revenue"].to_numpy(dtype=float)
        days = customers["repeat_days"].to_numpy(dtype=float)
        spend_k = np.empty(len(paid))
        for block in blocks(len(paid), draws, 250_000):
            at = paid[block]
            one = spend.log_likelihood(mean_spend[at], days[at], data.cell[at])
            _, spend_k[block] = psis(-one)
            _add(by_cell, data.cell[at], one)
        influential[paid] |= spend_k > limit
        largest = max(largest, float(spend_k.max()))
    weights, cohort_k = psis(-by_cell)
    size = np.bincount(data.cell, minlength=len(cells))
    each = elpd[row]
    return Influence(
        elpd=float(each.sum()),
        elpd_se=float(np.sqrt(len(each)) * each.std()),
        customers=len(each),
        influential=int(influential.sum()),
        largest_k=largest,
        cohorts=cells.assign(customers=size, k=cohort_k, decides=cohort_k > limit),
        cohort_weights=weights,
        log_likelihood=by_cell.sum(axis=1),
        limit=limit,
    )


def confirm_cohorts(
    found: Influence, fit: Fit, process: Process, spend: Spend, customers: pd.DataFrame
) -> Influence:
    """Look again, with more draws, at the cohorts that seem to decide the fit.

    Among a thousand cohorts a few have a large k by chance where draws are some hundred.

    Parameters
    ----------
    found : Influence
    fit, customers
        As for `measure_influence`.
    process, spend : Process, Spend
        More draws than `found` has.
    """
    data, draws = fit.data, len(process.r)
    heavy = np.flatnonzero(found.cohorts["decides"].to_numpy())
    inside = np.flatnonzero(np.isin(data.cell, heavy))
    total = np.zeros((draws, len(heavy)))
    rows, _ = distinct_histories(customers.iloc[inside], data.cell[inside], data.calendar.start)
    for block in blocks(len(rows), draws, 250_000):
        cell, first, last, repeats, n = (rows.iloc[block][name].to_numpy() for name in rows)
        one = process.log_likelihood(cell, first, last, repeats)
        _add(total, np.searchsorted(heavy, cell), one * n)
    if data.has_spend:
        paid = np.intersect1d(_paid(customers), inside)
        mean_spend = customers["mean_repeat_revenue"].to_numpy(dtype=float)
        days = customers["repeat_days"].to_numpy(dtype=float)
        for block in blocks(len(paid), draws, 250_000):
            at = paid[block]
            one = spend.log_likelihood(mean_spend[at], days[at], data.cell[at])
            _add(total, np.searchsorted(heavy, data.cell[at]), one)
    k, decides = found.cohorts["k"].to_numpy().copy(), np.zeros(len(found.cohorts), dtype=bool)
    k[heavy] = psis(-total)[1]
    decides[heavy] = k[heavy] > reliable_k(draws)
    return replace(found, cohorts=found.cohorts.assign(k=k, decides=decides))


def _paid(customers: pd.DataFrame) -> np.ndarray:
    """Rows of customers whose repeat spend the model learns from."""
    paying = (customers["repeat_days"] > 0) & (customers["mean_repeat_revenue"] > 0)
    return np.flatnonzero(paying.to_numpy())


def _add(total: np.ndarray, cell: np.ndarray, values: np.ndarray) -> None:
    """Add columns of `values` to the columns `cell` of `total`; `cell` may repeat."""
    order = np.argsort(cell, kind="stable")
    found, begin = np.unique(cell[order], return_index=True)
    total[:, found] += np.add.reduceat(values[:, order], begin, axis=1)


def influence_checks(
    found: Influence,
    value: np.ndarray | None = None,
    channels: list[str] | None = None,
    thresholds: InfluenceThresholds | None = None,
) -> list[Check]:
    """Judge the weight of single customers and cohorts.

    Parameters
    ----------
    found : Influence
    value : ndarray, shape (channels, draws), optional
        12-month value of the channels in the same draws; None in a log without money.
    channels : list of str, optional
        Their names.
    """
    limits = thresholds or InfluenceThresholds()
    return [_customers(found, limits), _cohorts(found, value, channels or [], limits)]


def _customers(found: Influence, limits: InfluenceThresholds) -> Check:
    share = found.influential / found.customers
    few = share < limits.customers or found.influential <= 1
    few &= found.customers > 1
    # One draw may carry all the weight: then k is beyond measure.
    finite = np.isfinite(found.largest_k)
    largest = f"the largest is {found.largest_k:.2f}" if finite else "the largest has no bound"
    said = (
        f"{count(found.influential, 'customer')} of {found.customers:,} "
        f"{'weighs' if found.influential == 1 else 'weigh'} so much that the fit without them "
        f"cannot be approximated (Pareto k above {found.limit:.2f}; {largest}). "
        f"Left out one at a time, histories have a log score of {found.elpd:,.0f} (standard error "
        f"{found.elpd_se:,.0f})."
    )
    return Check(
        "Weight of single customers",
        Status.PASS if few else Status.REVIEW,
        round(share, 5),
        f"fewer than 1 in {1 / limits.customers:,.0f} customers",
        said,
        "" if few else "Look for resellers, test accounts and wrong amounts among the customers "
        "with most orders and most spend.",
    )  # fmt: skip


def _cohorts(
    found: Influence, value: np.ndarray | None, channels: list[str], limits: InfluenceThresholds
) -> Check:
    name, table = "Weight of single cohorts", found.cohorts
    threshold = (
        f"no cohort that moves a channel's value by {percent(limits.moved)}, or that the fit "
        "cannot be judged without"
    )
    if len(table) < 2:
        return Check(
            name, Status.PASS, None, threshold,
            f"{NOT_APPLICABLE}all customers belong to one cohort.", "",
        )  # fmt: skip
    heavy = table[table["decides"]].sort_values("customers", ascending=False)
    if len(heavy):
        return Check(
            name, Status.REVIEW, len(heavy), threshold,
            f"{count(len(heavy), 'cohort')} of {len(table):,} cannot be left out without a new "
            f"fit, so their effect on the result is not known; the largest is "
            f"{_named(heavy.iloc[0])}.",
            f"Run the report without {_named(heavy.iloc[0])} before acting on what it decides.",
        )  # fmt: skip
    if value is None:
        return Check(
            name, Status.PASS, 0, threshold,
            f"Any of {count(len(table), 'cohort')} may be left out: the fit stays much the same.",
            "",
        )  # fmt: skip
    base = value.mean(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (value @ np.exp(found.cohort_weights) - base) / np.abs(base)
    moved = np.where(np.isfinite(moved), moved, 0.0)
    at = np.unravel_index(np.abs(moved).argmax(), moved.shape)
    most = float(moved[at])
    low = abs(most) < limits.moved
    return Check(
        name,
        Status.PASS if low else Status.REVIEW,
        round(most, 4),
        threshold,
        "Leaving out what the model learns from a single cohort moves the 12-month value of a "
        f"channel by {percent(abs(most))} at most: {_named(table.iloc[at[1]])}, and the value of "
        f"{channels[at[0]]}.",
        ""
        if low
        else f"Look at the orders of {_named(table.iloc[at[1]])} before acting on the value of "
        f"{channels[at[0]]}.",
    )


def _named(row: pd.Series) -> str:
    """Name a cohort by the dimensions that tell cohorts apart."""
    names = [str(row[k]) for k in ("channel", "first_product", "first_month") if row[k] != "All"]
    size = count(int(row["customers"]), "customer")
    return f"{' · '.join(names)} ({size})"
