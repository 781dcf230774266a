"""How many people to leave out of a campaign, so that what it brought can be seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

__all__ = ["Holdout", "holdout"]

_WEAK = 5


@dataclass(frozen=True)
class Holdout:
    """A control group chosen at random from an audience.

    Attributes
    ----------
    size : int
        People left out.
    treated : int
    power : float
        Probability that the expected uplift shows at the two-sided error.
    enough : bool
        Whether the asked-for power is reached.
    """

    size: int
    treated: int
    power: float
    enough: bool


def holdout(
    people: int, rate: float, uplift: float, *, power: float = 0.8, alpha: float = 0.10
) -> Holdout:
    """Smallest control group that shows an uplift, of two proportions with unequal groups.

    With n left out of N, rates p0 without and p1 = p0 + uplift with the campaign, the estimate's
    variance is p0 (1 - p0) / n + p1 (1 - p1) / (N - n); it must not exceed
    (uplift / (z_{1 - alpha / 2} + z_power))^2 (Fleiss, Levin and Paik 2003, Statistical Methods
    for Rates and Proportions, chapter 4, without continuity correction). Where no n does, one
    campaign cannot settle the question: a fifth is left out, and the results of repeated campaigns
    add up.

    Parameters
    ----------
    people : int
        Size of the audience, N.
    rate : float
        Share that buys in the window without the campaign, 0 to 1.
    uplift : float
        Expected change of that share; its sign does not matter.
    power, alpha : float
        Asked-for probability to see it; two-sided error.
    """
    normal = NormalDist()
    p0 = min(max(rate, 0.0), 1.0)
    p1 = min(max(rate + uplift, 0.0), 1.0)
    gap = abs(p1 - p0)
    a, b = p0 * (1.0 - p0), p1 * (1.0 - p1)
    z_alpha = normal.inv_cdf(1.0 - alpha / 2.0)
    if people < 2 or gap == 0.0:
        return Holdout(people // _WEAK, people - people // _WEAK, 0.0, False)
    allowed = (gap / (z_alpha + normal.inv_cdf(power))) ** 2
    # a / n + b / (N - n) = allowed is a quadratic in n; its smaller root is the smallest group.
    half = (allowed * people + a - b) / 2.0
    root = half * half - allowed * a * people
    size = people
    if root >= 0.0 and half > 0.0:
        # numerically steady form of the smaller root
        size = math.ceil(a * people / (half + math.sqrt(root)) - 1e-9)
    if size > people // 2:
        size = people // _WEAK
    size = max(1, size)
    error = math.sqrt(a / size + b / (people - size))
    reached = normal.cdf(gap / error - z_alpha) if error > 0 else 1.0
    return Holdout(size, people - size, reached, reached >= power - 1e-9)
