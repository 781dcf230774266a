"""Settings of the budget decision, with their units; they stand in brand.yaml under `decisions`."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.errors import InputError, Problem

__all__ = ["BudgetSettings"]


@dataclass(frozen=True)
class BudgetSettings:
    """What may be decided about the budget, and what is believed before a test.

    Attributes
    ----------
    total : float or None
        Most that may be spent, currency a month; None: as much as today.
    bound : float
        Largest change of a channel's spend, as a share of today's.
    bounds : dict of str to float
        The same for single channels.
    risk : {"expected", "cvar"}
        Maximise the expected change in True Profit, or its mean over the worst cases.
    level : float
        With "cvar": share of the cases that count as the worst.
    loss_limit : float
        Largest 1-in-20 loss that a move may risk without a test, as a share of today's spend.
    horizon_weeks : int
        Weeks ahead that the budget is for.
    recent_weeks : int
        Latest full weeks whose mean spend is today's.
    history_weeks : int
        Most recent weeks that responses are learnt from.
    incrementality, incrementality_sd : float
        Prior mean and sd (gamma) of the share of the new customers that a channel won, its part
        of those of unknown channel included, that spend really caused. The default says 0.50 to
        1.15 with 90% probability: judgement. Above 1, spend also wins customers that are counted
        under other channels.
    channel_incrementality, channel_incrementality_sd : dict of str to float
        For single channels what a geo test found: customers that spend caused, of whatever
        channel, for each one counted under this one. So customers of unknown channel are inside,
        and none are added. An sd alone keeps the meaning of the prior.
    test_weeks : int
        Length of a geo test.
    test_cut : float
        Share by which a geo test cuts a channel's spend, in half of the regions.
    test_noise : float
        Relative sd with which the regions' new customers differ during a test for other reasons.
    draws : int
        Draws of response and value that decide.
    seed : int
    """

    total: float | None = None
    bound: float = 0.20
    bounds: dict[str, float] = field(default_factory=dict)
    risk: str = "expected"
    level: float = 0.20
    loss_limit: float = 0.05
    horizon_weeks: int = 13
    recent_weeks: int = 8
    history_weeks: int = 104
    incrementality: float = 0.8
    incrementality_sd: float = 0.2
    channel_incrementality: dict[str, float] = field(default_factory=dict)
    channel_incrementality_sd: dict[str, float] = field(default_factory=dict)
    test_weeks: int = 4
    test_cut: float = 0.5
    test_noise: float = 0.03
    draws: int = 1000
    seed: int = 20260630

    def __post_init__(self) -> None:
        shares = {"bound": self.bound} | {f"bounds.{k}": v for k, v in self.bounds.items()}
        positive = {
            "incrementality": self.incrementality,
            "incrementality_sd": self.incrementality_sd,
            "test_noise": self.test_noise,
        }
        for name in ("channel_incrementality", "channel_incrementality_sd"):
            positive |= {f"{name}.{key}": value for key, value in getattr(self, name).items()}
        counts = {
            name: (getattr(self, name), least)
            for name, least in (
                ("horizon_weeks", 1),
                ("recent_weeks", 1),
                ("history_weeks", 8),
                ("test_weeks", 1),
                ("draws", 100),
            )
        }
        total_ok = self.total is None or 0 < self.total < float("inf")
        rules = [
            *((k, v, 0 <= v < 1, "0 or more, below 1") for k, v in shares.items()),
            *((k, v, 0 < v < float("inf"), "above 0") for k, v in positive.items()),
            *((k, v, v >= least, f"at least {least}") for k, (v, least) in counts.items()),
            ("level", self.level, 0 < self.level < 1, "between 0 and 1"),
            ("test_cut", self.test_cut, 0 < self.test_cut <= 1, "above 0, at most 1"),
            ("loss_limit", self.loss_limit, self.loss_limit >= 0, "0 or more"),
            ("total", self.total, total_ok, "an amount above 0, or nothing"),
            ("risk", self.risk, self.risk in ("expected", "cvar"), "expected, cvar"),
        ]
        problems = [
            Problem(f"{value!r} does not fit", f"decisions.budget.{name}", allowed)
            for name, value, good, allowed in rules
            if not good
        ]
        if problems:
            raise InputError(problems, "Settings of the budget")
