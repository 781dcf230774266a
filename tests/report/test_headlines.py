"""Action titles: at most 14 words, and no number that the page's sentence does not hold."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from tests.report.reading import sentences, unfounded
from tests.report.test_prose import values_of
from tests.report.test_story import told
from workbench.report.document import Sentence
from workbench.report.headlines import MOST_WORDS, SHORT, STEPS, headline, short, words
from workbench.report.prose import PATTERNS, Voice

VOICE = Voice("USD", 0.90)
TITLES = sorted(
    name
    for name in PATTERNS
    if (name.startswith(("answer_", "levels_none")) or "_title" in name)
    and name not in ("levels_none_holds", "readiness_title")
)


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_short_form_uses_the_values_of_its_pattern():
    for name, template in SHORT.items():
        assert fields(template) <= fields(PATTERNS[name]), name


@pytest.mark.parametrize("name", TITLES)
def test_every_title_of_a_page_has_a_form_that_fits(name):
    values = {
        key: "Meta Ads" if isinstance(value, str) and "<" in value else value
        for key, value in values_of(name, 0.72).items()
    }
    sentence = VOICE.say(name, **values)
    assert words(headline(sentence, VOICE, "too long")) <= MOST_WORDS
    assert headline(sentence, VOICE, "too long") != "too long"


@pytest.mark.parametrize("case", ["full", "yen, losing", "hostile", "nobody", "no stack"])
def test_a_short_form_says_no_number_that_its_sentence_does_not_hold(case):
    report = told(case)
    voice = Voice(str(report.meta["currency"] or ""), 0.90)
    for sentence in sentences(report):
        cut = Sentence(sentence.pattern, short(sentence, voice), sentence.values)
        if sentence.pattern in SHORT:
            assert unfounded(cut) == [], cut.text


def test_half_a_sentence_is_never_a_title():
    text = "Meta leads on reported ROAS; " + "and by value it is very much the other way " * 2
    assert headline(Sentence("unheard of", text), VOICE, "ROAS against value") == (
        "ROAS against value"
    )


def test_a_channel_of_many_words_leaves_the_title_to_the_page():
    values = {"a": "one two three four five six seven eight", "roas": (1.9, 1.8, 2.0)}
    assert headline(VOICE.say("channels_one_title", **values), VOICE, "kicker") == "kicker"


def test_words_are_counted_as_a_reader_does():
    assert words("“Win-back flow” – $36k a year (90% interval -$7k to $75k)") == 10
    assert sum(words(step) for step in STEPS) <= 40
    assert not re.search(r"\d", " ".join(STEPS).replace("12-month", ""))
