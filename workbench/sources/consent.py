"""Consent: what a cell says, what several exports say together, and who may be in which list.

One refusal anywhere counts, however many exports or orders say yes; a yes counts where nobody says
no; whatever is not told is unknown.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

__all__ = ["GRANTED", "REFUSED", "RULES", "UNKNOWN", "allowed", "state_of", "to_bool", "together"]

GRANTED, UNKNOWN, REFUSED = 1, 0, -1
RULES = {"given": GRANTED, "not_refused": UNKNOWN, "all": REFUSED}
"""Rule of a list -> the least state that it takes: a yes, no refusal, or neither."""

_TRUE = ("yes", "true", "1", "y", "subscribed", "subscribe")
_FALSE = ("no", "false", "0", "n", "unsubscribed", "never_subscribed", "never subscribed")
_TIME = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"


def to_bool(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return cells (yes/no, TRUE/FALSE, SUBSCRIBED, the time of it) as nullable booleans."""
    text = cells.astype("str").str.strip().str.lower()
    told = pd.Series(pd.NA, index=cells.index, dtype="boolean")
    told[text.isin(_TRUE) | text.str.match(_TIME).fillna(False).astype(bool)] = True
    told[text.isin(_FALSE)] = False
    return told


def state_of(answer: pd.Series[Any]) -> np.ndarray:
    """Return granted, unknown or refused (1, 0, -1) of nullable booleans."""
    state = np.full(len(answer), UNKNOWN, dtype=np.int8)
    state[answer.fillna(False).to_numpy(dtype=bool)] = GRANTED
    state[~answer.fillna(True).to_numpy(dtype=bool)] = REFUSED
    return state


def together(keys: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Return, row by row, what all rows of the same key say together.

    Parameters
    ----------
    keys : ndarray of int, shape (rows,)
        Number of the person or the contact from 0; -1 stands for none, and keeps its own state.
    states : ndarray of int, shape (rows,)
        From `state_of`.
    """
    of_row = states.copy()
    size = int(keys.max(initial=-1)) + 1
    for value in (GRANTED, REFUSED):  # a refusal comes last, so it stays
        holds = np.zeros(size + 1, dtype=bool)  # the last place is that of no key, -1
        holds[keys[states == value]] = True
        holds[-1] = False
        of_row[holds[keys]] = value
    return of_row


def allowed(states: np.ndarray, rule: str) -> np.ndarray:
    """Tell who may be in a list.

    Parameters
    ----------
    states : ndarray of int
        From `state_of` or `together`.
    rule : {"given", "not_refused", "all"}
        Whether a yes is needed, or no refusal, or neither.
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}.")
    return states >= RULES[rule]
