"""Numbers and dates of locales, against Python's own formatting and babel's."""

from __future__ import annotations

from datetime import date

import pytest
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from workbench.locales import in_locale, localised, long_day, placed, short_month, written

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "de_CH", "pl_PL", "es_ES", "pt_BR", "en_IN", "ja_JP")


@given(st.floats(-1e12, 1e12), st.integers(0, 4), st.sampled_from(LOCALES))
def test_the_same_digits_in_every_locale(x: float, decimals: int, locale: str) -> None:
    with in_locale(locale):
        text = written(x, decimals)
    assert float(parse_decimal(text, locale=locale)) == float(f"{x:.{decimals}f}")


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_a_text_is_rewritten_as_its_number_would_be(x: float, decimals: int) -> None:
    with in_locale("de_DE"):
        assert localised(f"It is {x:,.{decimals}f}.") == f"It is {written(x, decimals)}."


@pytest.mark.parametrize(
    "text",
    [
        "v5.28.1",
        "tables/1.5.csv",
        "2026-06-30",
        "12:30",
        "run 1a2.5b",
        "level 3.",
        "31 June 2026",
        "1,2 and 3",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    with in_locale("de_DE"):
        assert localised(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("$1.5k", "1,5k\N{NO-BREAK SPACE}$"),
        ("CHF 1,204.50", "CHF 1.204,50"),
        ("30 March 2026.", "30. März 2026."),
    ],
)
def test_units_stay_with_their_number(text: str, told: str) -> None:
    with in_locale("de_DE"):
        assert localised(text) == told
    assert localised(text) == text


def test_dates() -> None:
    day = date(2026, 3, 1)
    assert (long_day(day), short_month(day)) == ("1 March 2026", "Mar 2026")
    with in_locale("de_DE"):
        assert (long_day(day), short_month(day)) == ("1. März 2026", "März 2026")


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("de_DE", "1.234,50_$ (-3k_€ to 4,1M_CA$), US$5, 3_$. CHF 7"),
        ("fr_FR", "1\u202f234,50_$ (-3k_€ to 4,1M_CA$), US$5, 3_$. CHF 7"),
        ("de_CH", "$1\u2019234.50 (-€3k to CA$4.1M), US$5, $3. CHF 7"),
        ("en_US", "$1,234.50 (-€3k to CA$4.1M), US$5, $3. CHF 7"),
    ],
)
def test_currency_symbols_stand_where_the_locale_has_them(locale: str, told: str) -> None:
    """And stay there when a text is written twice; codes stay before their amount."""
    told = told.replace("_", "\N{NO-BREAK SPACE}")
    with in_locale(locale):
        once = localised("$1,234.50 (-€3k to CA$4.1M), US$5, $3. CHF 7")
        assert once == told
        assert placed(once) == told
