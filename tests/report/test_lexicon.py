"""Numbers in words: bands, rounding, money, and probabilities that contradict intervals."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.report import lexicon
from workbench.report.lexicon import ContradictionError, Lexicon, VerbRule

WORDS = {
    0.0004: "almost ruled out (less than 1%)",
    0.004: "almost ruled out (less than 1%)",
    0.03: "almost ruled out (3%, about 1 in 30)",
    0.05: "very unlikely (5%)",
    0.2: "unlikely (20%)",
    0.45: "about even (45%)",
    0.5: "about even (50%)",
    0.55: "likely (55%)",
    0.8: "very likely (80%)",
    0.95: "almost certain (95%)",
    0.996: "almost certain (more than 99%)",
}


@pytest.mark.parametrize(("p", "words"), WORDS.items())
def test_chance_is_word_and_number_with_inclusive_lower_bounds(p: float, words: str) -> None:
    assert lexicon.chance(p) == words


def test_the_word_is_chosen_before_rounding() -> None:
    assert lexicon.chance(0.7996) == "likely (80%)"


@given(st.floats(0, 1))
def test_no_probability_is_printed_as_certain_or_impossible(p: float) -> None:
    text = lexicon.chance(p)
    assert not re.search(r"(?<![\d,])(0|100)%", text)
    assert "%" in text


def test_bands_are_parameters_and_checked() -> None:
    own = Lexicon(((0.5, "rather"), (0.0, "hardly")))
    assert own.word(0.5) == "rather"
    with pytest.raises(ValueError, match="bands must fall"):
        Lexicon(((0.0, "hardly"), (0.5, "rather")))


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="must be in"):
        lexicon.chance(p)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (61.2, "USD", "$61"),
        (118.4, "USD", "$118"),
        (4.2, "USD", "$4.20"),
        (310_000, "EUR", "€310k"),
        (999.6, "USD", "$1.0k"),
        (999_950, "USD", "$1.0M"),
        (-2_000, "USD", "-$2.0k"),
        (-0.001, "USD", "$0.00"),
        (0, "USD", "$0"),
        (61.2, "JPY", "¥61"),
        (1_234_567, "JPY", "¥1.2M"),
        (61.2, "CHF", "CHF\N{NO-BREAK SPACE}61"),
    ],
)
def test_money(amount: float, currency: str, text: str) -> None:
    assert lexicon.money(amount, currency) == text


@given(st.floats(-1e10, 1e10), st.sampled_from(["USD", "EUR", "JPY", "XTS"]))
def test_money_reads_back_within_two_digits(amount: float, currency: str) -> None:
    text = lexicon.money(amount, currency)
    body = re.search(r"(\d[\d,.]*)(k|M|bn)?$", text)
    assert body
    scale = {None: 1, "k": 1e3, "M": 1e6, "bn": 1e9}[body[2]]
    printed = float(body[1].replace(",", "")) * scale
    assert printed == pytest.approx(abs(amount), rel=0.051, abs=0.51)
    assert text.startswith("-") == (amount < 0 and printed > 0)


def test_an_interval_gets_the_digits_that_tell_its_ends_apart() -> None:
    assert lexicon.money_range(310e3, 120e3, 540e3, "USD") == ("$310k", "$120k", "$540k")
    assert lexicon.money_range(61.2, 60.9, 61.4, "USD") == ("$61.20", "$60.90", "$61.40")
    assert lexicon.money_range(12_346, 12_301, 12_377, "USD") == ("$12.35k", "$12.30k", "$12.38k")
    assert lexicon.ratio_range(1.04, 1.01, 1.08) == ("1.04", "1.01", "1.08")


def test_an_interval_without_width_gets_no_more_digits() -> None:
    assert lexicon.money_range(150.32, 150.32, 150.32, "USD") == ("$150", "$150", "$150")


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ContradictionError):
        lexicon.money_range(5.0, 9.0, 1.0, "USD")


@pytest.mark.parametrize("amount", [math.nan, math.inf])
def test_no_sentence_says_nan(amount: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        lexicon.money(amount, "USD")


def test_days_beyond_the_year_are_words() -> None:
    assert [lexicon.days(x) for x in (1, 95, 141, 365, 365.4, math.inf, math.nan)] == [
        "1 day", "95 days", "140 days", "365 days", "beyond a year", "beyond a year",
        "beyond a year",
    ]  # fmt: skip


def test_shares_may_be_exact_and_days_are_dates() -> None:
    assert [lexicon.share(x) for x in (0.0, 0.004, 0.62, 0.999, 1.0)] == [
        "0%", "less than 1%", "62%", "more than 99%", "100%",
    ]  # fmt: skip
    assert lexicon.share(1.0000000000000002) == "100%", "a mean over draws"
    assert (lexicon.share(1.04), lexicon.share(-0.02)) == ("104%", "-2%")
    assert lexicon.day("2026-06-03") == "3 June 2026"


@pytest.mark.parametrize(
    ("p", "low", "high"),
    [(0.88, 61.0, 90.0), (0.98, 40.0, 90.0), (0.09, 40.0, 59.0), (0.02, 40.0, 90.0)],
)
def test_a_probability_that_contradicts_its_interval_is_refused(
    p: float, low: float, high: float
) -> None:
    with pytest.raises(ContradictionError, match="contradicts"):
        lexicon.check_interval(p, low, high, 60.0)


@pytest.mark.parametrize(
    ("p", "low", "high"),
    [(0.97, 61.0, 90.0), (0.88, 40.0, 90.0), (0.03, 40.0, 59.0), (0.953, 59.9, 90.0)],
)
def test_a_probability_that_agrees_with_its_interval_passes(
    p: float, low: float, high: float
) -> None:
    lexicon.check_interval(p, low, high, 60.0)


def test_the_verb_follows_the_probability() -> None:
    rule = VerbRule()
    assert rule.verb(0.80) == "move"
    assert rule.verb(0.95, loss_1_in_20=2_000, loss_limit=1_000) == "part"
    assert rule.verb(0.55) == "part"
    assert rule.verb(0.40, value_of_test=500, cost_of_test=300) == "test"
    assert rule.verb(0.40, value_of_test=200, cost_of_test=300) == "leave"
    assert rule.verb(0.40) == "leave"
    assert rule.verb(0.10, value_of_test=500) == "leave"


@given(st.integers(0, 1000))
def test_a_probability_and_its_opposite_make_one_hundred(k: int) -> None:
    """Told of one channel in two sentences, 10.5% and 89.5% must not read 11% and 90%."""
    p = k / 1000
    both = [re.search(r"(less than |more than )?(\d+)%", lexicon.percent(x)) for x in (p, 1 - p)]
    one, other = (int(found[2]) for found in both if found)
    assert one + other == 100


@pytest.mark.parametrize(
    ("change", "text"),
    [(0.006, "+0.6%"), (-0.193, "-19.3%"), (0.0, "0.0%"), (-0.0001, "0.0%"), (0.1, "+10.0%")],
)
def test_a_lift_is_no_probability(change, text):
    assert lexicon.lift(change) == text
