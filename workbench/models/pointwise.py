"""What each customer says about the parameters: log-likelihoods draw by draw, and closed forms.

The one place that names the family of the purchase model for the checks of a fit. Histories are
read on operational time: given the calendar clock of each draw, customers are independent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln

from workbench.models import mbg as family
from workbench.models import spend
from workbench.models.histories import day_number

__all__ = ["Process", "blocks", "distinct_histories", "spend_log_likelihood"]

KEYS = ["cell", "first", "last", "repeats"]


@dataclass(frozen=True)
class Process:
    """Draws of the purchase process.

    Attributes
    ----------
    r, kappa : ndarray, shape (draws,)
    log_rate, logit_drop : ndarray, shape (draws, cells)
        Log purchase rate a week; logit of mean dropout.
    clock : ndarray, shape (draws, days)
        Operational time at the end of each observed day, in weeks.
    """

    r: np.ndarray
    kappa: np.ndarray
    log_rate: np.ndarray
    logit_drop: np.ndarray
    clock: np.ndarray

    def _by_cell(self, cell: np.ndarray) -> dict[str, np.ndarray]:
        """Parameters of the family for customers of these cells, shape (draws, customers)."""
        alpha = self.r[:, None] * np.exp(-self.log_rate)
        a = self.kappa[:, None] / (1.0 + np.exp(-self.logit_drop))
        b = self.kappa[:, None] - a
        return {"r": self.r[:, None], "alpha": alpha[:, cell], "a": a[:, cell], "b": b[:, cell]}

    def log_likelihood(
        self, cell: np.ndarray, first: np.ndarray, last: np.ndarray, repeats: np.ndarray
    ) -> np.ndarray:
        """Log-likelihood of histories.

        Parameters
        ----------
        cell, first, last, repeats : ndarray of int, shape (n,)
            Cohort cell, calendar days of the first and last purchase counted from the start of
            the calendar, repeat days.

        Returns
        -------
        ndarray, shape (draws, n)
        """
        begin = self.clock[:, first]
        t_x = self.clock[:, last] - begin
        observed = self.clock[:, -1:] - begin
        return family.log_likelihood(repeats, t_x, observed, **self._by_cell(cell))

    def repeat_chance(self, cell: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Chance that a new customer buys again by the end of day `last`, shape (draws, n)."""
        time = self.clock[:, last] - self.clock[:, first]
        return family.repeat_rate(time, **self._by_cell(cell))

    def count_chances(self, cell: np.ndarray, first: np.ndarray, most: int) -> np.ndarray:
        """Chance of 0, 1, ..., `most` - 1 and of `most` or more repeats by the last day.

        With N the purchases of a customer who never leaves, leaving after purchase x needs N >= x,
        and having x purchases without leaving needs N = x.

        Returns
        -------
        ndarray, shape (most + 1, draws, n)
        """
        at = self._by_cell(cell)
        r, a, b = at["r"], at["a"], at["b"]
        time = self.clock[:, -1:] - self.clock[:, first]
        out, below = [], np.zeros(time.shape)
        log_stay = np.log(at["alpha"]) - np.log(at["alpha"] + time)
        with np.errstate(divide="ignore"):
            log_buy = np.log(time) - np.log(at["alpha"] + time)
        for x in range(most):
            ways = gammaln(r + x) - gammaln(r) - gammaln(x + 1.0)
            exactly = np.exp(ways + r * log_stay + (x * log_buy if x else 0.0))
            stays = np.exp(betaln(a, b + x + 1) - betaln(a, b))
            leaves = np.exp(betaln(a + 1, b + x) - betaln(a, b))
            out.append(stays * exactly + leaves * (1.0 - below))
            below = below + exactly
        out.append(np.clip(1.0 - np.sum(out, axis=0), 0.0, 1.0))
        return np.stack(out)


def distinct_histories(
    customers: pd.DataFrame, cell: np.ndarray, start: date, keys: list[str] | None = None
) -> tuple[pd.DataFrame, np.ndarray]:
    """Collapse customers whose histories are the same.

    Parameters
    ----------
    customers : DataFrame
        The warehouse's customer table.
    cell : ndarray of int, shape (customers,)
        Cohort cell of each customer.
    start : date
        First day of the calendar.
    keys : list of str, optional
        Which of cell, first, last and repeats tell histories apart; all by default.

    Returns
    -------
    rows : DataFrame
        The keys and `customers`, the number of customers of each row; sorted by the keys.
    row : ndarray of int, shape (customers,)
        Row of each customer.
    """
    keys = keys or KEYS
    frame = pd.DataFrame(
        {
            "cell": cell,
            "first": day_number(customers["first_day"], start),
            "last": day_number(customers["last_day"], start),
            "repeats": customers["repeat_days"].to_numpy(dtype=np.int64),
        }
    )[keys]
    grouped = frame.groupby(keys, sort=True)
    return grouped.size().rename("customers").reset_index(), grouped.ngroup().to_numpy()


def blocks(n: int, draws: int, cells: int = 1_000_000) -> Iterator[slice]:
    """Yield slices of n rows so that draws times rows stays below `cells` numbers."""
    step = max(cells // max(draws, 1), 1)
    for begin in range(0, n, step):
        yield slice(begin, min(begin + step, n))


def spend_log_likelihood(
    mean_spend: np.ndarray,
    days: np.ndarray,
    cell: np.ndarray,
    *,
    p: np.ndarray,
    q: np.ndarray,
    log_spend: np.ndarray,
) -> np.ndarray:
    """Log density of customers' mean repeat spend, shape (draws, customers).

    Parameters
    ----------
    mean_spend, days, cell : ndarray, shape (customers,)
        Mean net revenue of the repeat days in currency, number of these days, cohort cell.
    p, q : ndarray, shape (draws,)
    log_spend : ndarray, shape (draws, cells)
        Log mean spend in currency.
    """
    p, q = p[:, None], q[:, None]
    gamma = spend.gamma_rate(np.exp(log_spend)[:, cell], p, q)
    return spend.log_density(mean_spend, days, p=p, q=q, gamma=gamma)
