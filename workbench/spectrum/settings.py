"""Assumptions of the gap report that a brand may change, under `decisions.gaps` of brand.yaml."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.errors import InputError, Problem

__all__ = ["GapSettings"]


@dataclass(frozen=True)
class GapSettings:
    """How gaps are judged and priced where the brand's own data says nothing.

    Attributes
    ----------
    leak_share : float
        Share of a paid channel's orders within customers' own resting time, from which on
        suppression leaks; that of `decisions.opportunities`.
    correlation : float
        Correlation, 0 to 1, of the normal scores of the gaps' profits. Their joint draws are not
        kept, so it has to be assumed. At 1 all gaps move together: then the total has the smallest
        mean, and the sum of gaps that do not overlap the widest spread, of any dependence.
    assumed_mean, assumed_q05, assumed_q95 : dict of str to float
        Capability -> profit that closing its gap brings in a year, in currency: mean and 90%
        interval. Used only where this data gives no figure; nothing is assumed by default.
    assumed_source : str
        Where these come from: a study or test, never a vendor's claim. Needed with them.
    """

    leak_share: float = 0.10
    correlation: float = 1.0
    assumed_mean: dict[str, float] = field(default_factory=dict)
    assumed_q05: dict[str, float] = field(default_factory=dict)
    assumed_q95: dict[str, float] = field(default_factory=dict)
    assumed_source: str = ""

    def __post_init__(self) -> None:
        problems = []
        if not 0 < self.leak_share < 1:
            problems.append(Problem(f"{self.leak_share!r} does not fit", "leak_share", "0 to 1"))
        if not 0 <= self.correlation <= 1:
            problems.append(Problem(f"{self.correlation!r} does not fit", "correlation", "0 to 1"))
        problems += self._assumed()
        if problems:
            raise InputError(problems, "decisions: gaps")

    def _assumed(self) -> list[Problem]:
        given: tuple[Mapping[str, float], ...] = (
            self.assumed_q05,
            self.assumed_mean,
            self.assumed_q95,
        )
        names = sorted({name for part in given for name in part})
        problems = []
        for name in names:
            low, mean, high = (part.get(name, math.nan) for part in given)
            if not low <= mean <= high:  # also where one is missing
                what = f"{name}: {low:g}, {mean:g}, {high:g} is no mean within an interval"
                todo = f"give {name} in assumed_mean, assumed_q05 and assumed_q95"
                problems.append(Problem(what, "assumed_mean", "q05 <= mean <= q95", todo))
        if names and not self.assumed_source.strip():
            what = "profits are assumed without a source"
            problems.append(Problem(what, "assumed_source", "a study or test, in words"))
        return problems
