"""The rule that turns a probability into a verb: move, move a part and measure, test, leave."""

from __future__ import annotations

import math

__all__ = ["LEAVE", "MOVE", "PART", "TEST", "VERBS", "verb"]

MOVE, PART, TEST, LEAVE = "move", "move a part and measure", "test first", "leave"
VERBS = {
    MOVE: "Do it",
    PART: "Do a part and measure",
    TEST: "Test first",
    LEAVE: "Leave it",
}
"""Verb -> how an action begins."""


def verb(
    p_better: float,
    loss: float,
    *,
    loss_limit: float | None = None,
    evsi: float = math.nan,
    test_cost: float = 0.0,
) -> str:
    """Choose the verb of an action.

    Parameters
    ----------
    p_better : float
        Probability that acting is better than leaving things as they are; NaN gives "leave"
        unless a test pays.
    loss : float
        Loss in the worst 1 case of 20, in currency (positive; negative where even that gains).
    loss_limit : float, optional
        Loss that the brand accepts in 1 case of 20; None sets no limit.
    evsi : float
        Expected value of what a test would tell; NaN where not known.
    test_cost : float
        Currency.

    Returns
    -------
    {"move", "move a part and measure", "test first", "leave"}
        move from 80% on with the loss inside the limit; a part from 55% on; test from 20% on where
        knowing is worth more than it costs; else leave.
    """
    inside = loss_limit is None or (math.isfinite(loss) and loss <= loss_limit)
    if p_better >= 0.80 and inside:
        return MOVE
    if p_better >= 0.55:
        return PART
    worth = math.isfinite(evsi) and evsi > test_cost
    if worth and (p_better >= 0.20 or math.isnan(p_better)):
        return TEST
    return LEAVE
