"""Work through many customers in blocks, so that memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

BLOCK = 2_048
"""Rows at a time: with some 70 nodes the arrays of a block stay in the cache."""


def in_blocks(function: Callable[..., np.ndarray], *arguments: ArrayLike) -> np.ndarray:
    """Apply a function of equally long vectors to arguments of any shapes that broadcast.

    Parameters
    ----------
    function : callable
        Takes one float vector of length n <= `BLOCK` per argument, returns a vector of length n.
    *arguments : array_like

    Returns
    -------
    ndarray
        Of the shape the arguments broadcast to, float64.
    """
    arrays = np.broadcast_arrays(*(np.asarray(argument, float) for argument in arguments))
    shape = arrays[0].shape
    flat = [array.ravel() for array in arrays]
    out = np.empty(flat[0].size)
    for begin in range(0, out.size, BLOCK):
        rows = slice(begin, begin + BLOCK)
        out[rows] = function(*(array[rows] for array in flat))
    return out.reshape(shape)
