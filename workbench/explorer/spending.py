"""Spend and claims of the platforms by channel and month, laid out to be summed at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["SpendGrid", "spend_grid"]


@dataclass(frozen=True)
class SpendGrid:
    """Spend by channel (down) and month (across); channels and months of cohorts and of spend.

    Attributes
    ----------
    channels, months : ndarray of str
        Sorted.
    channel, month : ndarray of int, shape (cells,)
        Place of every cohort.
    spend, claimed_value, claimed_spend : ndarray, shape (channels, months)
        Currency, 0 where nothing is known; `claimed_spend` is that of rows that report a value.
    settings : dict
        Attribution settings by (channel, month), where there are rows of spend.
    """

    channels: np.ndarray
    months: np.ndarray
    channel: np.ndarray
    month: np.ndarray
    spend: np.ndarray
    claimed_value: np.ndarray
    claimed_spend: np.ndarray
    settings: dict[tuple[int, int], tuple[str, ...]]


def spend_grid(cells: pd.DataFrame, spend: pd.DataFrame) -> SpendGrid:
    """Lay out `Material.spend` beside `Material.cells`."""
    axes, places = {}, {}
    for name in ("channel", "first_month"):
        own, paid = (table[name].to_numpy(dtype=object).astype(str) for table in (cells, spend))
        axes[name] = np.unique(np.concatenate([own, paid]))
        places[name] = np.searchsorted(axes[name], own), np.searchsorted(axes[name], paid)
    at = places["channel"][1], places["first_month"][1]
    grids = {}
    for name in ("spend", "claimed_value", "claimed_spend"):
        grids[name] = np.zeros((len(axes["channel"]), len(axes["first_month"])))
        np.add.at(grids[name], at, np.nan_to_num(spend[name].to_numpy(dtype=float)))
    settings = {
        (int(c), int(m)): tuple(str(one) for one in told)
        for c, m, told in zip(*at, spend["attribution"], strict=True)
    }
    return SpendGrid(
        axes["channel"],
        axes["first_month"],
        places["channel"][0],
        places["first_month"][0],
        settings=settings,
        **grids,
    )
