from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.plots import words

AMOUNTS = st.floats(allow_nan=True, allow_infinity=True, width=64) | st.floats(-1e7, 1e7)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (4.2, "USD", "$4.20"),
        (9.996, "USD", "$10"),
        (118.4, "USD", "$118"),
        (9_999.4, "USD", "$9,999"),
        (12_340, "EUR", "€12.3k"),
        (999_950, "USD", "$1M"),
        (1_234_000, "GBP", "£1.23M"),
        (2.5e9, "USD", "$2.5bn"),
        (-2_000_000, "JPY", "-¥2M"),
        (7.6, "JPY", "¥8"),
        (118, "CHF", "CHF 118"),
        (0, "USD", "$0"),
        (-0.0001, "USD", "$0"),
        (-0.4, "JPY", "¥0"),
        (float("nan"), "USD", "not known"),
        (float("inf"), "USD", "not known"),
        (None, "USD", "not known"),
    ],
)
def test_money(amount: object, currency: str, text: str) -> None:
    assert words.money(amount, currency) == text


@given(AMOUNTS, st.sampled_from(["USD", "EUR", "JPY", "CHF", ""]))
def test_money_never_prints_a_negative_zero_nan_or_four_digits_before_a_unit(
    amount: float, currency: str
) -> None:
    text = words.money(amount, currency)
    assert "nan" not in text
    assert "inf" not in text
    if text.startswith("-"):
        assert any(digit in text for digit in "123456789")
    if text.endswith(("k", "M")):
        assert len(text.strip("-$€¥CHF kM").split(".")[0].replace(",", "")) <= 3


@given(st.floats(-1e9, 1e9))
def test_money_is_right_to_half_a_percent(amount: float) -> None:
    text = words.money(amount, "JPY").replace("¥", "").replace(",", "")
    unit = {"k": 1e3, "M": 1e6, "n": 1e9}.get(text[-1], 1.0)
    value = float(text.rstrip("kMbn")) * unit
    assert value == pytest.approx(amount, rel=0.0051, abs=0.5)


def test_an_estimate_keeps_one_unit_and_one_precision() -> None:
    assert words.estimate(64_000, 7_200, 122_000, "USD") == "$64k ($7k to $122k)"
    assert words.estimate(104, -0.21, 208, "USD") == "$104 (-$0.21 to $208)"
    assert words.estimate(40, 9.7, 70, "EUR") == "€40 (€10 to €70)"
    assert words.estimate(40, math.nan, 70, "EUR") == "€40"


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "less than 1%"),
        (0.004, "less than 1%"),
        (0.05, "5%"),
        (0.72, "72%"),
        (0.996, "more than 99%"),
        (1.0, "more than 99%"),
        (math.nan, "not known"),
    ],
)
def test_a_probability_never_claims_certainty(p: float, text: str) -> None:
    assert words.probability(p) == text


def test_a_share_may_be_whole() -> None:
    assert [words.share(s) for s in (0, 0.5, 1, -0.001, math.nan)] == [
        *("0%", "50%", "100%", "0%", "not known")
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, None, 366.0])
def test_days_past_a_year_are_beyond_it(value: object) -> None:
    assert words.days(value) == "beyond a year"


def test_days() -> None:
    assert words.days(1.2) == "1 day"
    assert words.days(139.6) == "140 days"


@given(st.text(max_size=60))
def test_literal_text_holds_no_tag_template_or_formula(text: str) -> None:
    safe = words.literal(text)
    assert "<" not in safe
    assert ">" not in safe
    assert "$" not in safe
    assert "%{" not in safe


@given(st.text(max_size=80), st.integers(4, 30))
def test_wrapped_lines_keep_the_width(text: str, width: int) -> None:
    lines = words.wrap(text, width)
    assert all(len(line) <= width for line in lines)
    if all(len(word) <= width for word in text.split()):
        assert " ".join(lines) == " ".join(text.split())


def test_a_cut_text_says_so() -> None:
    assert words.wrap("one two three four", 9, 1) == ["one two…"]
    assert words.shorten("Influencer partnerships", 12) == "Influencer…"
    assert words.listing(list("abcdefgh")) == "a, b, c, d, e, f and 2 more"


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_inside_the_range_and_even(low: float, span: float) -> None:
    high = low + span
    ticks = words.nice_ticks(low, high)
    assert 2 <= len(ticks) <= 7
    assert all(low - span * 1e-6 <= t <= high + span * 1e-6 for t in ticks)
    steps = [b - a for a, b in pairwise(ticks)]
    assert max(steps) == pytest.approx(min(steps), rel=1e-3)


def test_a_month_is_named() -> None:
    assert words.month("2026-01") == "Jan 2026"
    assert words.month("2026-13") == "2026-13"
    assert words.month("All") == "All"


def test_a_horizon_is_worded() -> None:
    assert (words.span(365), words.within(365)) == ("12-month", "12 months")
    assert (words.span(90), words.within(90)) == ("90-day", "90 days")


def test_what_is_observed_in_whole_has_no_interval():
    assert words.estimate(326.4, 326.4, 326.4, "USD") == "$326"
    assert words.estimate(326.4, 326.4, 330.0, "USD") == "$326 ($326 to $330)"
