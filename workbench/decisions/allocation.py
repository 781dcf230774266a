"""Divide a total over channels with concave returns, for many sets of beliefs at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Returns", "allocate", "allocate_against_worst", "make_returns"]

STEPS = 40
"""Pieces into which a channel's range of spend is cut; in between, returns are straight."""


@dataclass(frozen=True)
class Returns:
    """What customers caused by spend are worth, on a grid of spend.

    Attributes
    ----------
    spend : ndarray, shape (points, channels)
        Currency a month, from each channel's lower to its upper bound.
    value : ndarray, shape (draws, points, channels)
        12-month value won a month at that spend, currency.
    today : ndarray, shape (channels,)
        Currency a month.
    value_today : ndarray, shape (draws, channels)
    """

    spend: np.ndarray
    value: np.ndarray
    today: np.ndarray
    value_today: np.ndarray

    def at(self, spend: np.ndarray, value: np.ndarray | None = None) -> np.ndarray:
        """Value won at a spend inside the bounds.

        Parameters
        ----------
        spend : ndarray, shape (..., channels)
        value : ndarray, shape (rows, points, channels), optional
            Instead of the draws'; its rows broadcast with the leading axis of `spend`.

        Returns
        -------
        ndarray, shape (rows, channels)
        """
        value = self.value if value is None else value
        low, high = self.spend[0], self.spend[-1]
        width = np.where(high > low, high - low, 1.0)
        position = np.clip((np.atleast_2d(spend) - low) / width, 0.0, 1.0) * (len(self.spend) - 1)
        left = np.minimum(position.astype(int), len(self.spend) - 2)
        part = position - left
        rows = np.arange(len(value))[:, None]
        left = np.broadcast_to(left, (len(value), left.shape[1]))
        each = np.arange(left.shape[1])
        return (1.0 - part) * value[rows, left, each] + part * value[rows, left + 1, each]

    def change(self, spend: np.ndarray) -> np.ndarray:
        """Change in True Profit against today by channel, currency a month, (draws, channels)."""
        return self.at(spend) - self.value_today - (np.asarray(spend) - self.today)


def make_returns(
    low: np.ndarray,
    high: np.ndarray,
    today: np.ndarray,
    value_of: np.ndarray,
    value_today: np.ndarray,
) -> Returns:
    """Put returns on their grid.

    Parameters
    ----------
    low, high, today : ndarray, shape (channels,)
    value_of : ndarray, shape (points, channels, draws)
        Value won at evenly spaced spend from `low` to `high`.
    value_today : ndarray, shape (channels, draws)
    """
    part = np.linspace(0.0, 1.0, len(value_of))[:, None]
    spend = low + part * (high - low)
    return Returns(spend, np.moveaxis(value_of, 2, 0), today, value_today.T)


def allocate(returns: Returns, value: np.ndarray, total: float) -> np.ndarray:
    """Split that maximises value less spend, under a total and the bounds of the grid.

    Money goes to the steepest piece of any channel until the total is spent or no piece brings
    back more than it costs. With concave returns that is the maximum.

    Parameters
    ----------
    returns : Returns
    value : ndarray, shape (rows, points, channels)
        One belief per row: expected value won at `returns.spend`.
    total : float
        Currency a month; at least the sum of the lower bounds.

    Returns
    -------
    ndarray, shape (rows, channels)
        Spend, currency a month.
    """
    cost = np.diff(returns.spend, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(cost > 0, np.diff(value, axis=1) / cost, -np.inf)
    # Where a negative value bends a curve the wrong way, later pieces wait for earlier ones.
    slope = np.minimum.accumulate(slope, axis=1).reshape(len(value), -1)
    pieces = np.broadcast_to(cost.ravel(), slope.shape)
    order = np.argsort(-slope, axis=1, kind="stable")
    sorted_cost = np.take_along_axis(pieces, order, axis=1)
    worth = np.take_along_axis(slope, order, axis=1) > 1.0
    room = total - returns.spend[0].sum()
    before = np.cumsum(sorted_cost, axis=1) - sorted_cost
    taken = np.where(worth, np.clip(room - before, 0.0, sorted_cost), 0.0)
    back = np.empty_like(taken)
    np.put_along_axis(back, order, taken, axis=1)
    return returns.spend[0] + back.reshape(len(value), *cost.shape).sum(axis=1)


def allocate_against_worst(
    returns: Returns, total: float, level: float, *, rounds: int = 60
) -> np.ndarray:
    """Split that maximises the mean change in profit over the worst share of draws (CVaR).

    CVaR is the least expectation over weightings of the draws that give none more than
    1 / (level x draws) (Rockafellar and Uryasev 2000, doi:10.21314/JOR.2000.038). Split and
    weights answer each other, the weights averaged over rounds as in fictitious play; the best
    split met is kept.

    Parameters
    ----------
    returns : Returns
    total : float
    level : float
        Share of draws that counts as the worst.
    rounds : int

    Returns
    -------
    ndarray, shape (channels,)
    """
    draws = len(returns.value)
    worst = max(int(np.ceil(level * draws)), 1)
    flat = returns.value.reshape(draws, -1)
    weight = np.full(draws, 1.0 / draws)
    best, best_value = np.minimum(returns.today, returns.spend[-1]), -np.inf
    for step in range(rounds):
        belief = (weight @ flat).reshape(1, *returns.value.shape[1:])
        split = allocate(returns, belief, total)[0]
        change = returns.change(split).sum(axis=1)
        tail = np.argpartition(change, worst - 1)[:worst]
        value = float(change[tail].mean())
        if value > best_value:
            best, best_value = split, value
        answer = np.zeros(draws)
        answer[tail] = 1.0 / worst
        weight += (answer - weight) / (step + 2.0)
    return best
