"""How the report says a number: money, shares, days, and probabilities in words.

A probability word never stands without its number, and both come from the unrounded value. Printed
percentages are whole and never 0% or 100%, because no model may promise that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from workbench.errors import WorkbenchError
from workbench.locales import localised, long_day, placed, written
from workbench.plots.words import SYMBOLS, WITHOUT_CENTS, whole_percent

__all__ = [
    "LEXICON",
    "VERBS",
    "ContradictionError",
    "Lexicon",
    "VerbRule",
    "chance",
    "check_interval",
    "count",
    "day",
    "days",
    "lift",
    "money",
    "money_range",
    "percent",
    "ratio",
    "ratio_range",
    "share",
]

_ROUNDING = 1e-9
_SCALES = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))
_ONE_IN = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


class ContradictionError(WorkbenchError):
    """A probability and an interval about the same quantity that cannot both be right."""


@dataclass(frozen=True)
class Lexicon:
    """Words for bands of probability, after ICD 203; each bound belongs to the band above it."""

    bands: tuple[tuple[float, str], ...] = (
        (0.95, "almost certain"),
        (0.80, "very likely"),
        (0.55, "likely"),
        (0.45, "about even"),
        (0.20, "unlikely"),
        (0.05, "very unlikely"),
        (0.00, "almost ruled out"),
    )

    def __post_init__(self) -> None:
        bounds = [bound for bound, _ in self.bands]
        if bounds != sorted(bounds, reverse=True) or bounds[-1] != 0.0:
            raise ValueError(f"bands must fall from high to 0, got bounds {bounds}.")

    def word(self, p: float) -> str:
        """Return the word for probability `p`, chosen before any rounding."""
        p = _probability(p)
        return next(word for bound, word in self.bands if p >= bound)


LEXICON = Lexicon()


@dataclass(frozen=True)
class VerbRule:
    """Which verb an advice may carry, from the probability that it pays.

    Parameters
    ----------
    move, part, test : float
        Lower bounds (inclusive) for "move", "move a part and measure" and "test first".
    """

    move: float = 0.80
    part: float = 0.55
    test: float = 0.20

    def verb(
        self,
        p_better: float,
        *,
        loss_1_in_20: float = 0.0,
        loss_limit: float = math.inf,
        value_of_test: float | None = None,
        cost_of_test: float = 0.0,
    ) -> str:
        """Return "move", "part", "test" or "leave".

        Parameters
        ----------
        p_better : float
            Probability that the change raises 12-month profit.
        loss_1_in_20, loss_limit : float
            The loss that one case in twenty reaches, and the largest the brand accepts; same
            currency, positive numbers.
        value_of_test, cost_of_test : float
            What a test is expected to be worth and to cost; None when the worth is not known, and
            then no test is advised.
        """
        if p_better >= self.move and loss_1_in_20 <= loss_limit:
            return "move"
        if p_better >= self.part:
            return "part"
        if p_better >= self.test and value_of_test is not None and value_of_test > cost_of_test:
            return "test"
        return "leave"


VERBS = VerbRule()


def percent(p: float) -> str:
    """Return a probability as a whole percentage, never 0% or 100%."""
    p = _probability(p)
    if p < 0.005:
        return "less than 1%"
    if p >= 0.995:
        return "more than 99%"
    return f"{whole_percent(p)}%"


def share(x: float) -> str:
    """Return a share as a whole percentage; 0% and 100% only where they are exact.

    A share of value may lie outside 0 to 100%, where what is left to come is a loss.
    """
    if 0.0 < x < 1.0 and min(x, 1.0 - x) > _ROUNDING:
        return percent(x)
    return f"{_half_up(100 * x)}%"


def lift(x: float) -> str:
    """Return a relative change as a percentage with its sign: ``+0.6%``, ``-19.3%``."""
    return localised(f"{100 * x:+.1f}%".replace("-0.0%", "+0.0%").replace("+0.0%", "0.0%"))


def chance(p: float, lexicon: Lexicon = LEXICON) -> str:
    """Return word and number, e.g. ``"very likely (88%)"``; small ones also as "about 1 in 30".

    Below half a percent no odds are named: some hundred draws cannot tell them.
    """
    word = lexicon.word(p)
    if 0.005 <= p < 0.05:
        return f"{word} ({percent(p)}, about 1 in {written(_one_in(p))})"
    return f"{word} ({percent(p)})"


def money(amount: float, currency: str, digits: int = 2) -> str:
    """Return an amount for running text, e.g. ``"$61"``, ``"€310k"``, ``"-¥1.2M"``.

    Parameters
    ----------
    amount : float
        In units of `currency`; must be finite.
    currency : str
        ISO 4217 code; printed before the amount where it has no familiar symbol.
    digits : int
        Significant digits from 1,000 on; below, whole units, with cents where `digits` asks for
        more than the whole units hold, or under 10.
    """
    if not math.isfinite(amount):
        raise ValueError(f"an amount must be finite, got {amount}.")
    size = abs(amount)
    cents = 0 if currency in WITHOUT_CENTS or (size >= 10 and digits <= _whole_digits(size)) else 2
    if round(size, cents) < 1000:
        body = f"{0:.0f}" if size == 0 else f"{size:,.{cents}f}"
        scale, zero = "", float(body.replace(",", "")) == 0
    else:
        size = _significant(size, digits)
        unit, scale = next((u, s) for u, s in _SCALES if size >= u)
        body, zero = _digits(size / unit, digits), False
    symbol = SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return placed(f"{'-' if amount < 0 and not zero else ''}{symbol}{localised(body)}{scale}")


def money_range(
    mean: float, low: float, high: float, currency: str, *, digits: int = 2
) -> tuple[str, str, str]:
    """Return mean and interval ends with just enough digits to be told apart (at most four)."""
    _ordered(mean, low, high)
    if math.isclose(low, high, rel_tol=1e-9):
        return (money(mean, currency, digits),) * 3
    texts = ("", "", "")
    for tried in range(digits, 5):
        texts = tuple(money(x, currency, tried) for x in (mean, low, high))  # type: ignore[assignment]
        if len(set(texts)) == 3:
            break
    return texts


def ratio(x: float, digits: int = 2) -> str:
    """Return a ratio such as a ROAS with `digits` significant digits: 3.1, 0.85, 120."""
    if not math.isfinite(x):
        raise ValueError(f"a ratio must be finite, got {x}.")
    return localised(_digits(_significant(abs(x), digits), digits, sign="-" if x < 0 else ""))


def ratio_range(mean: float, low: float, high: float) -> tuple[str, str, str]:
    """Return a ratio and its interval ends with just enough digits to be told apart."""
    _ordered(mean, low, high)
    texts = ("", "", "")
    for tried in (2, 3):
        texts = (ratio(mean, tried), ratio(low, tried), ratio(high, tried))
        if len(set(texts)) == 3:
            break
    return texts


def days(x: float, horizon: int = 365) -> str:
    """Return a number of days, ``"140 days"``; what lies past `horizon` is "beyond a year"."""
    if not x <= horizon:  # inf and NaN stand for "not within the horizon"
        return "beyond a year" if horizon == 365 else f"beyond day {horizon}"
    whole = _half_up(x) if x < 100 else 5 * _half_up(x / 5)
    return f"{whole} day{'' if whole == 1 else 's'}"


def count(x: float) -> str:
    """Return a whole number with thousands separators."""
    return written(_half_up(x))


def day(text: str | date) -> str:
    """Return a date as ``"30 June 2026"``, or as the locale writes it; accepts an ISO date."""
    value = text if isinstance(text, date) else date.fromisoformat(str(text)[:10])
    return long_day(value)


def check_interval(
    p_above: float,
    low: float,
    high: float,
    threshold: float,
    *,
    interval: float = 0.90,
    slack: float = 0.01,
    what: str = "the value",
) -> None:
    """Refuse a probability that its own interval contradicts.

    With a central 90% interval, ``P(value > threshold)`` lies above 95% exactly when the lower end
    lies above the threshold, and below 5% exactly when the upper end lies below it.

    Parameters
    ----------
    slack : float
        Allowed distance in probability, for quantiles of a finite number of draws.

    Raises
    ------
    ContradictionError
        If the two cannot both be right.
    """
    tail = (1 - interval) / 2
    wrong = (
        (low > threshold and p_above < 1 - tail - slack)
        or (high < threshold and p_above > tail + slack)
        or (low < threshold and p_above > 1 - tail + slack)
        or (high > threshold and p_above < tail - slack)
    )
    if wrong:
        raise ContradictionError(
            f"{what}: a probability of {p_above:.3f} to exceed {threshold:.6g} contradicts the "
            f"{interval:.0%} interval from {low:.6g} to {high:.6g}. Both must come from the same "
            "draws; the report was not written."
        )


def _probability(p: float) -> float:
    """Return `p`, with the rounding errors of a mean over draws taken off."""
    if not -_ROUNDING <= p <= 1.0 + _ROUNDING:
        raise ValueError(f"a probability must be in [0, 1], got {p}.")
    return min(max(p, 0.0), 1.0)


def _ordered(mean: float, low: float, high: float) -> None:
    if not low <= high:
        raise ContradictionError(f"an interval must not end before it starts: {low} to {high}.")
    if not math.isfinite(mean):
        raise ValueError(f"a mean must be finite, got {mean}.")


def _half_up(x: float) -> int:
    """Round half away from zero, as readers expect; `round` would give 0% for half a percent."""
    return math.floor(abs(x) + 0.5) * (-1 if x < 0 else 1)


def _whole_digits(size: float) -> int:
    return len(str(_half_up(size)))


def _significant(x: float, digits: int) -> float:
    if x == 0:
        return 0.0
    return float(f"{x:.{digits - 1}e}")


def _digits(x: float, digits: int, sign: str = "") -> str:
    """Print an already rounded number with exactly its significant digits."""
    if x == 0:
        return "0"
    decimals = max(digits - 1 - math.floor(math.log10(x)), 0)
    return f"{sign}{x:,.{decimals}f}"


def _one_in(p: float) -> float:
    raw = 1 / p
    unit = 10.0 ** math.floor(math.log10(raw))
    return float(min(_ONE_IN, key=lambda step: abs(step - raw / unit)) * unit)
