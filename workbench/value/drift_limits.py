"""When outcomes count as too far from their forecasts: a brand's setting, checked on opening."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DriftLimits"]


@dataclass(frozen=True)
class DriftLimits:
    """What counts as drift.

    Attributes
    ----------
    miss : float
        Chance that an honest forecast of the whole brand is called a miss, and the chance that
        any channel is.
    alarm : float
        Chance that honest forecasts of the whole brand are ever called drifted, over the life of
        the ledger; the same again for all channels together.
    shift : float
        Standard deviation of the drift that is looked for, in standard deviations of a forecast.
    """

    miss: float = 0.05
    alarm: float = 0.05
    shift: float = 1.0
