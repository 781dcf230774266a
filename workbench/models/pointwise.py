"""What each customer says about the parameters: log-likelihoods draw by draw, and closed forms.

The one place that names the family of the purchase model for the checks of a fit. Histories are
read on operational time: given the calendar clock of each draw, customers are independent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from workbench.models import spend
from workbench.models.families import mbg as family
from workbench.models.histories import day_number

__all__ = ["Process", "Spend", "blocks", "distinct_histories"]

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

    def at(self, draws: np.ndarray) -> Process:
        """Some of the draws."""
        return Process(*(getattr(self, field.name)[draws] for field in fields(self)))

    @cached_property
    def _cells(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """alpha, a and b of the family, shape (draws, cells)."""
        alpha = self.r[:, None] * np.exp(-self.log_rate)
        a = self.kappa[:, None] / (1.0 + np.exp(-self.logit_drop))
        return alpha, a, self.kappa[:, None] - a

    def _by_cell(self, cell: np.ndarray) -> dict[str, np.ndarray]:
        """Parameters of the family for customers of these cells, shape (draws, customers)."""
        alpha, a, b = (values[:, cell] for values in self._cells)
        return {"r": self.r[:, None], "alpha": alpha, "a": a, "b": b}

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
        and having x purchases without leaving needs N = x. Chances follow one from the other, so
        no special function is called.

        Returns
        -------
        ndarray, shape (most + 1, draws, n)
        """
        at = self._by_cell(cell)
        r, a, b = at["r"], at["a"], at["b"]
        time = self.clock[:, -1:] - self.clock[:, first]
        buys = time / (at["alpha"] + time)
        exactly = np.exp(r * np.log1p(-buys))
        stays, below, out = b / (a + b), np.zeros(time.shape), []
        leaves = 1.0 - stays
        for x in range(most):
            out.append(stays * exactly + leaves * (1.0 - below))
            below = below + exactly
            exactly = exactly * (buys * ((r + x) / (x + 1.0)))
            total = a + b + x + 1.0
            leaves = stays * (a / total)
            stays = stays * ((total - a) / total)
        out.append(np.clip(1.0 - np.sum(out, axis=0), 0.0, 1.0))
        return np.stack(out)


@dataclass(frozen=True)
class Spend:
    """Draws of the spend model.

    Attributes
    ----------
    p, q : ndarray, shape (draws,)
    log_spend : ndarray, shape (draws, cells)
        Log mean spend in currency.
    """

    p: np.ndarray
    q: np.ndarray
    log_spend: np.ndarray

    def at(self, draws: np.ndarray) -> Spend:
        """Some of the draws."""
        return Spend(self.p[draws], self.q[draws], self.log_spend[draws])

    def log_likelihood(
        self, mean_spend: np.ndarray, days: np.ndarray, cell: np.ndarray
    ) -> np.ndarray:
        """Log density of customers' mean repeat spend, shape (draws, n).

        Parameters
        ----------
        mean_spend, days, cell : ndarray, shape (n,)
            Mean net revenue of the repeat days in currency, number of these days, cohort cell.
        """
        p, q = self.p[:, None], self.q[:, None]
        gamma = spend.gamma_rate(np.exp(self.log_spend[:, cell]), p, q)
        return spend.log_density(mean_spend, days, p=p, q=q, gamma=gamma)


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
