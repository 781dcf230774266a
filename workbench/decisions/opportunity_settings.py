"""Thresholds of the detectors and of the plan, with their units."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import InputError, Problem

__all__ = ["OpportunitySettings"]


@dataclass(frozen=True)
class OpportunitySettings:
    """When a detector speaks, and who owns what it proposes.

    Attributes
    ----------
    share_gap : float
        Share of value minus share of spend, from which on a channel is named.
    p_flip : float
        Probability of a reversed order from which on a rank flip is named.
    p_broken : float
        Probability that CAC is above 12-month value, from which on economics are called broken.
    forecast_spread : float
        How far forecasts of real shops stray, log scale, beside what the forecast itself allows.
    false_discoveries : float
        Expected share of false alarms among the cohorts named (Benjamini and Hochberg 1995).
    leak_share : float
        Share of a paid channel's orders within customers' resting time, from which on it leaks.
    leak_waste_mean, leak_waste_sd : float
        Prior of the share of the spend on such orders that brings nothing.
    loss_limit : float or None
        Loss in 1 case of 20 that the brand accepts for one action, in currency a year; None sets
        no limit.
    test_cost : float
        What a test costs at least, in currency.
    owner : str
        Who owns a proposed action until somebody takes it.
    """

    share_gap: float = 0.05
    p_flip: float = 0.55
    p_broken: float = 0.50
    forecast_spread: float = 0.15
    false_discoveries: float = 0.10
    leak_share: float = 0.10
    leak_waste_mean: float = 0.5
    leak_waste_sd: float = 0.2
    loss_limit: float | None = None
    test_cost: float = 0.0
    owner: str = "unassigned"

    def __post_init__(self) -> None:
        shares = (
            "share_gap", "p_flip", "p_broken", "false_discoveries", "leak_share", "leak_waste_mean"
        )  # fmt: skip
        problems = [
            Problem(f"{getattr(self, name)!r} does not fit", name, "between 0 and 1")
            for name in shares
            if not 0 < getattr(self, name) < 1
        ]
        problems += [
            Problem(f"{getattr(self, name)!r} does not fit", name, "0 or more")
            for name in ("forecast_spread", "test_cost", "loss_limit", "leak_waste_sd")
            if getattr(self, name) is not None and not getattr(self, name) >= 0
        ]
        mean, sd = self.leak_waste_mean, self.leak_waste_sd
        if 0 < mean < 1 and sd > 0 and sd**2 >= mean * (1 - mean):
            what = f"{sd:g} is too wide for a share with mean {mean:g}"
            problems.append(
                Problem(what, "leak_waste_sd", f"below {(mean * (1 - mean)) ** 0.5:.2f}")
            )
        if problems:
            raise InputError(problems, "decisions: opportunities")
