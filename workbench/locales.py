"""Numbers and dates in the manner of a locale, e.g. 1.234,5 and 30. Juni 2026; words stay English.

The locale belongs to a report, not to a call: `in_locale` sets it for everything printed inside.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, get_decimal_symbol, get_group_symbol

__all__ = [
    "DEFAULT",
    "in_locale",
    "localised",
    "long_day",
    "placed",
    "short_day",
    "short_month",
    "signs",
    "written",
]

DEFAULT = "en_US"
_LOCALE: ContextVar[str] = ContextVar("locale", default=DEFAULT)
_NUMBER = re.compile(
    r"(?<![\w.,/:#-])-?\d{1,3}(?:(?:,\d{3})+(?:\.\d+)?|\d*\.\d+)"
    r"(?:(?=(?:k|M|bn)\b)|(?![\w:/-]|[.,]\d))"
)
_MONEY = re.compile(
    r"(?<![\w$])((?:CA|A|NZ)?\$|[€£¥])(\d[\d.,\u00a0\u202f]*(?<=\d)(?:k|M|bn)?)(?!\w)"
)
"""An amount as it is written in English: the symbol first."""
_MONTHS = list(month_name)
_DAY = re.compile(rf"\b([1-9]|[12]\d|3[01]) ({'|'.join(_MONTHS[1:])}) (\d{{4}})\b")


@contextmanager
def in_locale(name: str | None) -> Iterator[None]:
    """Write numbers and dates in the manner of a locale inside a `with` block."""
    token = _LOCALE.set(name or DEFAULT)
    try:
        yield
    finally:
        _LOCALE.reset(token)


def written(x: float, decimals: int = 0) -> str:
    """Write a number with this many decimals and with the locale's separators.

    Digits are those of Python's own formatting in every locale: one rounding rule.
    """
    text = f"{x:,.{decimals}f}"
    name = _LOCALE.get()
    if name == DEFAULT:
        return text
    sign, body = ("-", text[1:]) if text.startswith("-") else ("", text)
    return sign + str(_pattern(name, decimals).apply(Decimal(body.replace(",", "")), name))


def localised(text: str) -> str:
    """Rewrite the numbers of a text that another part of the workbench wrote, e.g. a check.

    Only days such as 30 June 2026 and what is written with a separator differ between locales;
    versions, ISO dates, names of files and what touches a letter stay.
    """
    if _LOCALE.get() == DEFAULT:
        return text

    def again(found: re.Match[str]) -> str:
        plain = found[0].replace(",", "")
        return written(Decimal(plain), len(plain.partition(".")[2]))  # type: ignore[arg-type]

    def day(found: re.Match[str]) -> str:
        try:
            return long_day(date(int(found[3]), _MONTHS.index(found[2]), int(found[1])))
        except ValueError:  # 31 June, in a name
            return found[0]

    return placed(_NUMBER.sub(again, _DAY.sub(day, text)))


def placed(text: str) -> str:
    """Put currency symbols where the locale has them: 1.234 € in German, $1,234 in English.

    A code in place of a symbol, CHF 118, stays before its amount.
    """
    name = _LOCALE.get()
    if name == DEFAULT or not _symbol_last(name):
        return text
    return _MONEY.sub("\\2\N{NO-BREAK SPACE}\\1", text)


def long_day(day: date) -> str:
    """Write a day: 30 June 2026, in every kind of English, else as the locale does."""
    name = _LOCALE.get()
    pattern = "d MMMM y" if name.startswith("en") else "long"
    return format_date(day, pattern, locale="en" if name.startswith("en") else name)


def short_day(day: date) -> str:
    """Write a day in little room: 30 Jun 2026, or as the locale does."""
    name = _LOCALE.get()
    if name.startswith("en"):
        return format_date(day, "d MMM y", locale="en")
    return long_day(day)


def short_month(day: date) -> str:
    """Write a month: Jan 2026, or as the locale does."""
    name = _LOCALE.get()
    return format_date(day, "MMM y", locale="en" if name.startswith("en") else name)


def signs() -> tuple[str, str]:
    """Return the locale's decimal and group separators."""
    name = _LOCALE.get()
    return str(get_decimal_symbol(name)), str(get_group_symbol(name))


@cache
def _symbol_last(name: str) -> bool:
    pattern = Locale.parse(name).currency_formats["standard"].pattern.split(";")[0]
    return not pattern.startswith("¤")


@cache
def _pattern(name: str, decimals: int) -> NumberPattern:
    found = Locale.parse(name).decimal_formats[None]
    return NumberPattern(
        found.pattern, found.prefix, found.suffix, found.grouping, found.int_prec,
        (decimals, decimals), found.exp_prec, found.exp_plus, found.number_pattern,
    )  # fmt: skip
