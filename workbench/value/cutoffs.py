"""Which days a backtest may forecast from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from workbench.errors import InputError, Problem
from workbench.models.design import POOLINGS

__all__ = ["POOLINGS", "check_cutoffs"]

LEAST_HISTORY = 90
"""Days of orders that a cutoff must have before it."""


def check_cutoffs(
    cutoffs: Sequence[date],
    horizon: int,
    order_days: pd.Series,
    poolings: Sequence[str] = ("partial",),
) -> None:
    """Refuse what cannot be forecast or compared, all problems at once.

    Parameters
    ----------
    cutoffs : sequence of date
    horizon : int
        Days forecast.
    order_days : Series of datetime64
        Days with orders that may be used.
    poolings : sequence of {"partial", "complete", "none"}

    Raises
    ------
    InputError
        Without cutoff, pooling or order, for a pooling that is not known, for a horizon below one
        day, for a cutoff with fewer than 90 days of orders before it or whose horizon reaches
        beyond the last order day.
    """
    problems = []
    if not cutoffs:
        problems.append(Problem("No cutoff is given.", "cutoffs", "one day or more"))
    if horizon < 1:
        problems.append(Problem(f"{horizon} is no horizon.", "horizon", "whole days, at least 1"))
    unknown = [repr(name) for name in poolings if name not in POOLINGS]
    if unknown or not poolings:
        what = f"Not known: {', '.join(unknown)}." if unknown else "No pooling is given."
        problems.append(Problem(what, "poolings", ", ".join(POOLINGS)))
    if order_days.empty:
        problems.append(Problem("The order log holds no usable order.", "orders"))
    if problems:
        raise InputError(problems, "The backtest cannot be run")
    first, last = order_days.min().date(), order_days.max().date()
    earliest, latest = first + timedelta(LEAST_HISTORY), last - timedelta(horizon)
    allowed = (
        f"days from {earliest} to {latest}, for orders from {first} to {last}"
        if earliest <= latest
        else f"none: orders from {first} to {last} are too few days for {LEAST_HISTORY} days of "
        f"history and a horizon of {horizon}"
    )
    for cutoff in cutoffs:
        where = f"cutoff {cutoff}"
        if cutoff < earliest:
            what = f"Fewer than {LEAST_HISTORY} days of orders before it."
            problems.append(Problem(what, where, allowed, "Take a later day."))
        if cutoff > latest:
            end = cutoff + timedelta(horizon)
            what = f"{horizon} days on is {end}, after the last order day {last}."
            todo = "Take an earlier day or a shorter horizon."
            problems.append(Problem(what, where, allowed, todo))
    if problems:
        raise InputError(problems, "The backtest cannot be run")
