"""What each customer is likely to do next: the questions that audiences are chosen by.

Probability of an order within 60 days, the customer's own rhythm, what a buyer of today brings,
and the probability that a customer's value is above a threshold. Everything is an average over
posterior draws, so parameter uncertainty is inside; customers come in blocks, so memory does not
grow with draws times customers.

References
----------
Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2),
doi:10.1287/mksc.1040.0098, and Wagner and Hoppe (2008), Erratum on the MBG/NBD Model, IJRM 25(3):
given that a customer with x repeats is active at T, their rate is Gamma(r + x, alpha + T), so that
P(no order in (T, T + t]) = ((alpha + T) / (alpha + T + t))^(r + x).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from workbench.models.families import family
from workbench.models.fit import Fit
from workbench.value.above_kernel import above_block
from workbench.value.forecast import BLOCK
from workbench.value.forward import plain
from workbench.value.laid_out import lay_out
from workbench.value.next_kernel import NODES, WEIGHTS, outlook_block
from workbench.value.parameters import Parameters, spaced

__all__ = ["SOON_DAYS", "Outlooks", "customer_outlook", "make_outlooks", "p_above", "value_draws"]

SOON_DAYS = 60
"""Days within which a second purchase is the objective (and any next order is "soon")."""


@dataclass(frozen=True)
class Outlooks:
    """Parameters and histories, laid out for the compiled passes.

    Build it with `make_outlooks`; `take` and `thin` return parts of it.

    Attributes
    ----------
    code : int
        Of the purchase family.
    parameters : Parameters
    pace, spend_pace : ndarray, shape (draws, groups)
        Factors on purchase rates and on revenue per purchase day of each cohort after the as-of
        date; the same departures as the forecast of the same customers and seed.
    columns : dict of str to ndarray
        Per customer: cell, ratio_group, group, first, last, repeats, spend.
    customer_id : Series of str
    seed : int
    """

    code: int
    parameters: Parameters
    pace: np.ndarray
    spend_pace: np.ndarray
    columns: dict[str, np.ndarray]
    customer_id: pd.Series
    seed: int

    def __len__(self) -> int:
        return len(self.customer_id)

    def take(self, rows: np.ndarray) -> Outlooks:
        """Return the customers of a mask or of positions."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return replace(
            self, columns=columns, customer_id=self.customer_id.iloc[rows].reset_index(drop=True)
        )

    def thin(self, draws: int) -> Outlooks:
        """Return at most `draws` evenly spaced posterior draws."""
        at = spaced(self.parameters.n_draws, draws)
        kept = {
            name: value[at] if isinstance(value, np.ndarray) else value
            for name, value in vars(self.parameters).items()
        }
        return replace(
            self,
            parameters=Parameters(**kept),
            pace=self.pace[at],
            spend_pace=self.spend_pace[at],
        )


def make_outlooks(
    fit: Fit, parameters: Parameters, customers: pd.DataFrame, *, seed: int
) -> Outlooks:
    """Lay out a fit's parameters and its customers.

    Parameters
    ----------
    fit : Fit
        Fitted on the same `customers`, in the same order.
    parameters : Parameters
        Of `make_parameters` with the horizon of the questions, 365 days by default.
    customers : DataFrame
        The warehouse's customer table.
    seed : int
        That of the forecast, so that cohorts depart from the pace as they do there.
    """
    laid = lay_out(fit, parameters, customers, seed)
    code = family(fit.data.family).code
    ids = customers["customer_id"].reset_index(drop=True)
    return Outlooks(code, parameters, laid.pace, laid.spend_pace, laid.columns, ids, seed)


T = TypeVar("T")


def _in_blocks(function: Callable[[int, slice], T], customers: int) -> list[T]:
    """Answers of all blocks in order; compiled passes run side by side, each with its own seed."""
    blocks = [slice(a, min(a + BLOCK, customers)) for a in range(0, customers, BLOCK)]
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        return list(pool.map(function, range(len(blocks)), blocks))


def _expect(outlooks: Outlooks, label: np.ndarray, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Means over draws per customer, shape (customers, 5); sums, shape (labels, 2, draws)."""
    of = outlooks.parameters
    by_draw = [
        plain(values)
        for values in (
            of.r, of.kappa, of.p, of.q, of.fixed_cost, of.clock[:, -1], of.future[:, SOON_DAYS],
            of.future[:, -1], outlooks.pace, outlooks.spend_pace, of.log_rate, of.logit_drop,
            of.log_spend, of.ratio, of.clock,
        )
    ]  # fmt: skip
    by_customer = [plain(values) for values in (*outlooks.columns.values(), label)]

    def one(i: int, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        sums = np.zeros((labels, 2, of.n_draws))
        block = [values[rows] for values in by_customer]
        seed = outlooks.seed + 7_000_003 + i
        return outlook_block(seed, outlooks.code, NODES, WEIGHTS, *by_draw, *block, sums), sums

    done = _in_blocks(one, len(outlooks))
    means = np.concatenate([np.zeros((0, 5)), *(each for each, _ in done)]) / max(of.n_draws, 1)
    return means, sum((sums for _, sums in done), np.zeros((labels, 2, of.n_draws)))


def customer_outlook(outlooks: Outlooks) -> pd.DataFrame:
    """Say what each customer is likely to do next.

    Returns
    -------
    DataFrame
        One row per customer: customer_id; p_alive; p_order_60d (probability of at least one order
        in the 60 days after the as-of date; of a one-time buyer it is the probability of the
        second purchase); rhythm_days (days between purchases at the posterior mean rate of the
        customer while active: finite for one-time buyers too, whose mean waiting time is not);
        next_12m_mean (contribution expected in the 365 days after the as-of date) and
        buyer_12m_mean (the same of a customer who is active and buys on that date, this order
        included). Money in currency; NaN in a log without money.
    """
    means, _ = _expect(outlooks, np.zeros(len(outlooks), dtype=np.int64), 1)
    future = outlooks.parameters.future
    weeks_a_day = future[:, -1].mean() / (future.shape[1] - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = means[:, 2] / means[:, 0] * weeks_a_day
        rhythm = np.where(rate > 0, 1.0 / rate, np.nan)
    return pd.DataFrame(
        {
            "customer_id": outlooks.customer_id.to_numpy(),
            "p_alive": means[:, 0],
            "p_order_60d": means[:, 1],
            "rhythm_days": rhythm,
            "next_12m_mean": means[:, 3],
            "buyer_12m_mean": means[:, 4],
        }
    )


def value_draws(outlooks: Outlooks, members: np.ndarray) -> np.ndarray:
    """Contribution of groups of customers in the next 12 months, draw by draw.

    Expected given the parameters: purchase randomness is not inside.

    Parameters
    ----------
    outlooks : Outlooks
    members : ndarray of bool, shape (groups, customers)
        Groups may overlap.

    Returns
    -------
    ndarray, shape (groups, 2, draws)
        In currency: as the members stand; and if every one of them were active and bought on the
        as-of date.
    """
    # Customers with the same memberships are summed once, then handed to each of their groups.
    bits = np.zeros(members.shape[1], dtype=np.int64)
    for number, row in enumerate(members):
        bits |= row.astype(np.int64) << number
    patterns, label = np.unique(bits, return_inverse=True)
    rows = np.flatnonzero(bits)
    _, sums = _expect(outlooks.take(rows), label[rows].astype(np.int64), len(patterns))
    inside = (patterns[None, :] >> np.arange(len(members))[:, None]) & 1
    return np.einsum("gp,pkd->gkd", inside.astype(float), sums)


def p_above(
    outlooks: Outlooks, needed: np.ndarray, horizon: np.ndarray, *, draws: int = 200
) -> np.ndarray:
    """Probability that a customer's contribution after the as-of date is above what is needed.

    Purchase randomness is inside: purchases are simulated once per draw, so that the Monte Carlo
    standard error of a probability p is sqrt(p (1 - p) / draws), at most 0.035 with 200 draws.

    Parameters
    ----------
    outlooks : Outlooks
    needed : ndarray, shape (customers,)
        Currency.
    horizon : ndarray of int, shape (customers,)
        Days after the as-of date; at zero or below nothing more comes in and the answer is 0 or 1.
    draws : int
        At most this many posterior draws.

    Returns
    -------
    ndarray, shape (customers,)
        NaN in a log without money.
    """
    if not outlooks.parameters.has_money:
        return np.full(len(outlooks), np.nan)
    out = (needed < 0).astype(float)
    rows = np.flatnonzero(horizon > 0)
    some = outlooks.take(rows).thin(draws)
    of = some.parameters
    by_draw = [
        plain(values)
        for values in (
            of.r, of.kappa, of.p, of.q, of.fixed_cost, of.clock, of.future, some.pace,
            some.spend_pace, of.log_rate, of.logit_drop, of.log_spend, of.ratio,
        )
    ]  # fmt: skip
    columns = [plain(values) for values in some.columns.values()]
    days = plain(np.asarray(horizon, dtype=np.int64)[rows])
    sums = plain(np.asarray(needed, dtype=float)[rows])

    def one(i: int, at: slice) -> np.ndarray:
        block = [values[at] for values in (*columns, days, sums)]
        return above_block(some.seed + 9_000_011 + i, some.code, *by_draw, *block)

    out[rows] = np.concatenate([np.zeros(0), *_in_blocks(one, len(rows))])
    return out
