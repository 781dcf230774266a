"""A report in another locale: the same numbers, written as its reader writes them."""

from __future__ import annotations

import re
from functools import cache

import pytest
from bs4 import BeautifulSoup

from tests.report.reading import anglicised, sentences, unfounded
from tests.report.test_story import CASES
from workbench.locales import in_locale
from workbench.report.document import Report
from workbench.report.page import render_page
from workbench.report.slides import render_slides
from workbench.report.story import tell

NAMES = ("full", "no stack", "readiness fails", "yen, losing", "no spend")
PLAIN = re.compile(r"\d[\d.,]*\d|\d")


@cache
def german(name: str) -> Report:
    analysis = CASES[name]()
    analysis.meta["locale"] = "de_DE"
    return tell(analysis)  # type: ignore[arg-type]


@cache
def english(name: str) -> Report:
    return tell(CASES[name]())  # type: ignore[arg-type]


def shown(html: str) -> str:
    soup = BeautifulSoup(html, "html.parser")
    for part in (*soup(["script", "style"]), *soup.select("#table-provenance")):  # versions
        part.decompose()
    return soup.get_text(" ")


@pytest.mark.parametrize("name", NAMES)
def test_every_number_in_the_prose_stands_in_report_json(name: str) -> None:
    for sentence in sentences(german(name)):
        assert not unfounded(sentence, german=True), sentence.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("render", [render_page, render_slides])
def test_every_number_is_that_of_the_english_page(name: str, render: object) -> None:
    """With point and comma swapped back the German page holds the numbers of the English one."""
    here, there = (shown(render(told(name))) for told in (german, english))  # type: ignore[operator]
    assert PLAIN.findall(anglicised(here)) == PLAIN.findall(anglicised(anglicised(there)))


@pytest.mark.parametrize("name", NAMES)
def test_no_number_on_the_page_is_left_in_english(name: str) -> None:
    text = shown(render_page(german(name)))
    english = r"(?<![\w.])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])|(?<![\w.])\d+\.\d{1,2}(?![\d.])"
    assert re.findall(english, text) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_number_on_a_figure_is_left_in_english(name: str) -> None:
    for figure in german(name).figures:
        assert figure.plot["layout"]["separators"] == ",."
        for text in (figure.title, figure.subtitle, figure.alt):
            assert not re.search(r"\d,\d{3}\b|(?<![\d.])\d{1,2}\.\d{1,2}(?![\d.])", text), text
        axes = [part for key, part in figure.plot["layout"].items() if "axis" in key]
        for label in [text for axis in axes for text in axis.get("ticktext") or ()]:
            assert not re.search(r"\d,\d{3}|\d\.\d{1,2}(?!\d)", str(label)), label


def test_dates_are_those_of_the_locale() -> None:
    assert dict(german("full").strip)["As of"] == "30. Juni 2026"
    assert dict(english("full").strip)["As of"] == "30 June 2026"


def test_the_locale_ends_with_its_report() -> None:
    from workbench.report.lexicon import ratio

    german("full")
    assert ratio(1.5) == "1.5"
    with in_locale("de_DE"):
        assert ratio(1.5) == "1,5"
