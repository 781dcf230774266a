"""How numbers and names are written on figures: money, shares, days, axis ticks, safe text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date

from workbench.locales import localised, short_month, written

SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CAD": "CA$",
    "AUD": "A$",
    "NZD": "NZ$",
}
WITHOUT_CENTS = frozenset({"JPY", "KRW", "CLP", "VND", "ISK", "HUF"})
UNKNOWN = "not known"
_UNITS = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))


def is_number(value: object) -> bool:
    """Tell whether `value` is a finite number (NaN, None, NA and infinities are not)."""
    try:
        return math.isfinite(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def money(value: object, currency: str, scale: object = None) -> str:
    """Write an amount at the precision of a figure label: `$4.20`, `$118`, `€12.3k`, `-¥2M`.

    Parameters
    ----------
    value
        Amount in units of `currency`. Anything but a finite number gives "not known".
    currency
        ISO code. Codes without a symbol of their own are written out: `CHF 118`.
    scale
        Amount that sets unit and decimals, so that amounts in one phrase match; by default
        `value` itself. An amount that would vanish at that scale keeps its own.

    Returns
    -------
    str
        Never `-0`, `nan` or `1000k`; currencies without cents never show decimals below 1000.
    """
    return localised(_money(value, currency, scale))


def _money(value: object, currency: str, scale: object = None) -> str:
    if not is_number(value):
        return UNKNOWN
    amount = float(value)  # type: ignore[arg-type]
    size = abs(amount)
    text = _amount(size, abs(float(scale)) if is_number(scale) else size, currency)  # type: ignore[arg-type]
    if not _shows(text) and size > 0:
        text = _amount(size, size, currency)
    symbol = SYMBOLS.get(currency, f"{currency} " if currency else "")
    return ("-" if amount < 0 and _shows(text) else "") + symbol + text


def _shows(text: str) -> bool:
    """Tell whether a written number is anything but zero."""
    return any(digit in text for digit in "123456789")


def _amount(size: float, scale: float, currency: str) -> str:
    if scale < 9.995 and currency not in WITHOUT_CENTS:
        return f"{size:.2f}" if size >= 0.005 else "0"
    if scale < 9_999.5:
        return f"{size:,.0f}"
    # The unit is chosen after rounding to three digits: 999,950 is 1M, not 1000k.
    rounded = float(f"{scale:.3g}")
    unit, letter = next(((u, n) for u, n in _UNITS if rounded >= u), _UNITS[-1])
    decimals = max(0, 2 - int(math.log10(rounded / unit)))
    text = f"{size / unit:,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if decimals else text) + letter


def money_range(low: object, high: object, currency: str, scale: object = None) -> str:
    """Write an interval of amounts in one unit: `$96 to $143`."""
    ends = [abs(float(v)) for v in (low, high, scale) if is_number(v)]  # type: ignore[arg-type]
    scale = max(ends, default=0.0)
    return f"{money(low, currency, scale)} to {money(high, currency, scale)}"


def estimate(mean: object, low: object, high: object, currency: str) -> str:
    """Write an estimate with its interval in one unit: `$118 ($96 to $143)`.

    What is observed in whole has no interval: `$118`.
    """
    if not (is_number(low) and is_number(high)) or _alike(mean, low, high):
        return money(mean, currency)
    ends = [abs(float(v)) for v in (mean, low, high) if is_number(v)]  # type: ignore[arg-type]
    scale = max(ends)
    return f"{money(mean, currency, scale)} ({money_range(low, high, currency, scale)})"


def _alike(mean: object, low: object, high: object) -> bool:
    """Whether an interval has no width but that of floating point."""
    return is_number(mean) and all(
        math.isclose(float(mean), float(end), rel_tol=1e-9)  # type: ignore[arg-type]
        for end in (low, high)
    )


def number(value: object, digits: int = 1) -> str:
    """Write a plain number with thousands separators: `3.1`, `1,204`; never `-0.0` or `nan`."""
    if not is_number(value):
        return UNKNOWN
    text = f"{float(value):,.{digits}f}"  # type: ignore[arg-type]
    return localised(text if _shows(text) else text.lstrip("-"))


def share(value: object) -> str:
    """Write an observed share as a whole percentage: `0%` to `100%`."""
    if not is_number(value):
        return UNKNOWN
    return number(100 * float(value), 0) + "%"  # type: ignore[arg-type]


def share_tick(value: float) -> str:
    """Write a round axis value as a percentage, with the half that `share` would round: `2.5%`."""
    text = number(100 * value, 1)
    return text[:-2] + "%" if text.endswith("0") else text + "%"


def probability(value: object) -> str:
    """Write a probability as a whole percentage that never claims certainty."""
    if not is_number(value):
        return UNKNOWN
    p = float(value)  # type: ignore[arg-type]
    if p < 0.005:
        return "less than 1%"
    if p >= 0.995:
        return "more than 99%"
    return f"{whole_percent(p)}%"


def whole_percent(p: float) -> int:
    """Round a probability to 1 to 99 per cent, halves to the even one.

    So that a probability and that of its opposite, each rounded, always make 100.
    """
    return min(max(round(round(100.0 * p, 9)), 1), 99)


def days(value: object, limit: int = 365) -> str:
    """Write an age in days; NaN, infinity and anything past `limit` is "beyond a year"."""
    if not is_number(value) or float(value) > limit:  # type: ignore[arg-type]
        return "beyond a year"
    whole = round(float(value))  # type: ignore[arg-type]
    return f"{whole} day" if whole == 1 else f"{whole} days"


def span(horizon: int) -> str:
    """Word a horizon before a noun: `12-month`, `90-day`."""
    return "12-month" if horizon == 365 else f"{horizon}-day"


def within(horizon: int) -> str:
    """Word a horizon: `12 months`, `90 days`."""
    return "12 months" if horizon == 365 else plural(horizon, "day")


def month(value: object) -> str:
    """Write `2026-01` as `Jan 2026`; any other text is returned as it is."""
    text = str(value)
    year, _, index = text[:7].partition("-")
    if year.isdigit() and index.isdigit() and 1 <= int(index) <= 12:
        return short_month(date(int(year), int(index), 1))
    return text


def listing(names: Iterable[object], at_most: int = 6) -> str:
    """Join names with commas; past `at_most` the rest is counted, never dropped unsaid."""
    words = [shorten(name, 28) for name in names]
    if len(words) <= at_most:
        return ", ".join(words)
    return ", ".join(words[:at_most]) + f" and {len(words) - at_most} more"


def plural(count: int, noun: str) -> str:
    """Write a count with its noun: `1 channel`, `4 channels`."""
    return f"{written(count)} {noun}" if count == 1 else f"{written(count)} {noun}s"


def shorten(text: object, length: int) -> str:
    """Cut a text to `length` characters, the last an ellipsis; line breaks become blanks."""
    plain = " ".join(str(text).split())
    return plain if len(plain) <= length else plain[: length - 1].rstrip() + "…"


def wrap(text: object, width: int, lines: int | None = None) -> list[str]:
    """Break a text at blanks into lines of at most `width` characters.

    A single word that is longer is cut with an ellipsis. With `lines`, the last line ends in an
    ellipsis if text is left over.
    """
    rows: list[str] = []
    for word in str(text).split():
        if rows and len(rows[-1]) + 1 + len(word) <= width:
            rows[-1] += " " + word
        else:
            rows.append(shorten(word, width))
    rows = rows or [""]
    if lines is not None and len(rows) > lines:
        last = rows[lines - 1]
        rows = [*rows[: lines - 1], (last if len(last) < width else last[:-1]) + "…"]
    return rows


def literal(text: object) -> str:
    """Make a text come out character by character on a figure.

    plotly reads a subset of HTML, `%{...}` templates and, where MathJax is loaded, `$...$` in
    every text; names out of an export must trigger none of them, nor two prices in one sentence.
    """
    plain = str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.replace("$", "&#36;").replace("%{", "%&#123;").replace("\n", " ")


def literal_lines(lines: Sequence[object]) -> str:
    """Join lines with plotly's line break, each of them literal."""
    return "<br>".join(literal(line) for line in lines)


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Choose about `count` round tick values inside [low, high]."""
    span = high - low
    if not (span > 0 and math.isfinite(span)):
        return [low] if math.isfinite(low) else []
    rough = span / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 10) + 0.0 for i in range(first, last + 1)]


def money_tick(value: float, currency: str) -> str:
    """Write a round axis value: `$0`, `$2.50`, `$150`, `-$20k`."""
    text = _money(value, currency)
    return localised(text[:-3] if text.endswith(".00") else text)
