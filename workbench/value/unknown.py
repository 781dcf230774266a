"""Customers of unknown channel: which part of them each channel may have won.

A first order that reached the shop without a source leaves a customer of unknown channel. Some of
them were won by the channels that money was spent on, so that spend over the customers counted
for a channel is the highest that its CAC can be. How many is not in the data: the part is drawn
from a stated prior, and CAC, ROAS and True Profit carry what is not known of it.
"""

from __future__ import annotations

import numpy as np

from workbench.store.customers import UNKNOWN

__all__ = ["BETWEEN_CHANNELS", "LEVEL_SPREAD", "LOST_ODDS", "unknown_parts"]

LOST_ODDS = 0.25
"""Median odds that the source of a customer is lost: one without for every four counted."""
LEVEL_SPREAD = 1.2
"""Standard deviation of the log odds over brands: 3 to 64 lost in 100 with 90% probability."""
BETWEEN_CHANNELS = 0.8
"""Standard deviation of the log odds between the channels of a brand."""


def unknown_parts(
    channels: list[str], customers: np.ndarray, *, draws: int, seed: int
) -> np.ndarray:
    """Draw how many of the customers of unknown channel each channel won.

    Channel i loses the source of ``odds_i`` customers for each one counted, with ``log odds_i``
    normal around `LOST_ODDS`: a common part of sd `LEVEL_SPREAD`, one of its own of sd
    `BETWEEN_CHANNELS`. Where that makes more customers than are unknown, all parts shrink alike
    until they add up; where it makes fewer, the rest came by no channel that the exports name.
    So a small unknown group is shared out about as the counted customers are, and of a large one,
    which holds visitors that no tag tells apart, anything from little to all is paid for. The
    prior is a judgement, wide on purpose; nothing in an export can replace it.

    Parameters
    ----------
    channels : list of str
        "Unknown" among them, or nothing is unknown.
    customers : ndarray, shape (channels,)
        Counted in the acquisition window.
    draws : int
    seed : int

    Returns
    -------
    ndarray, shape (channels, draws)
        Customers beside those counted, 0 for "Unknown" itself; shape (channels, 1) and all 0 where
        nothing is unknown, or no channel is known.
    """
    named = np.array([name != UNKNOWN for name in channels])
    unknown = float(customers[~named].sum())
    if unknown == 0.0 or not named.any():
        return np.zeros((len(channels), 1))
    rng = np.random.default_rng([seed, 89])
    common = LEVEL_SPREAD * rng.standard_normal(draws)
    own = BETWEEN_CHANNELS * rng.standard_normal((len(channels), draws))
    lost = (customers * named)[:, None] * LOST_ODDS * np.exp(common + own)
    return lost * np.minimum(1.0, unknown / lost.sum(axis=0))
