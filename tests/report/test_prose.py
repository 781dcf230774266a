"""Every pattern speaks at every probability, in every currency, with hostile names."""

from __future__ import annotations

import math
import string

import pytest

from tests.report.reading import unfounded
from workbench.report.prose import PATTERNS, Voice

CHANCES = (0.004, 0.05, 0.2, 0.45, 0.5, 0.8, 0.95, 0.996)
HOSTILE = "<script>alert(1)</script> {p} =cmd|' /C calc'!A0 %s"
RANGES = {
    "money_range": (310e3, -120e3, 540e3),
    "ratio_range": (1.24, 1.05, 1.43),
    "days_range": (140.0, 95.0, math.inf),
}
SINGLES = {
    "money": -61.2, "ratio": 3.12, "count": 1, "share": 0.617, "days": 140.0, "level": 2,
    "day": "2026-06-30", "": HOSTILE, "told": HOSTILE,
}  # fmt: skip


def values_of(pattern: str, p: float) -> dict[str, object]:
    values: dict[str, object] = {}
    for _, name, spec, _ in string.Formatter().parse(PATTERNS[pattern]):
        if name and name != "interval":
            kind = (spec or "").partition("|")[0]
            values[name] = p if kind in ("chance", "percent") else {**SINGLES, **RANGES}[kind]
    return values


@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY", "CHF"])
@pytest.mark.parametrize("p", CHANCES)
def test_every_pattern_speaks(currency: str, p: float) -> None:
    voice = Voice(currency)
    for pattern in PATTERNS:
        said = voice.say(pattern, **values_of(pattern, p))
        assert "nan" not in said.text.lower().replace("finan", "")
        assert "inf " not in said.text
        assert not said.text.endswith((" .", ".."))
        assert "  " not in said.text
        assert not unfounded(said), (pattern, said.text)


def test_a_sentence_keeps_the_values_behind_its_words() -> None:
    said = Voice("USD").say("red_flag", channel="Meta prospecting", p=0.88, cac=61.2)
    assert said.text == (
        "Before any automation: it is very likely (88%) that a customer of Meta prospecting "
        "brings less in 12 months than the $61 it takes to win one. Automating this channel loses "
        "money faster."
    )
    assert said.values == {"channel": "Meta prospecting", "p": 0.88, "cac": 61.2}


def test_house_patterns() -> None:
    voice = Voice("USD")
    assert voice.say(
        "answer_levels_worth", brand="Juniper Tea", evidenced=1, required=3,
        joint=(310e3, 120e3, 540e3),
    ).text == (
        "Juniper Tea has proven level 1 of the 3 its size needs; closing the gaps is worth $310k "
        "over 12 months (90% interval $120k to $540k)."
    )  # fmt: skip
    assert voice.say("payback", channel="Meta", payback=(140.0, 95.0, math.inf), p=0.09).text == (
        "Meta: CAC comes back after about 140 days (90% interval 95 days to beyond a year); it is "
        "very unlikely (9%) that a year is not enough."
    )
    assert voice.say("pair_tie", a="TikTok", b="Meta", p=0.52).text.startswith(
        "The data cannot rank TikTok and Meta (about even, 52%)"
    )


def test_an_untyped_number_and_a_missing_value_are_refused() -> None:
    voice = Voice("USD")
    with pytest.raises(ValueError, match="a text was expected"):
        voice.say("red_flag", channel=3, p=0.88, cac=61.0)
    with pytest.raises(ValueError, match="finite"):
        voice.say("red_flag", channel="Meta", p=0.88, cac=math.nan)
    with pytest.raises(KeyError):
        voice.say("red_flag", channel="Meta", p=0.88)


def test_nouns_agree_with_their_count() -> None:
    voice = Voice("USD")
    assert (
        "1 customer has bought from Tea 2 times"
        in voice.say("answer_purchases", brand="Tea", customers=1, orders=2).text
    )
