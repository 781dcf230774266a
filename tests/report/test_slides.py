"""The slides: few words, whole sentences, every warning, one offline file, the same bytes twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from plotly.offline import get_plotlyjs

from tests.report.synthetic import fake_analysis
from tests.report.test_browser import browser, opened  # noqa: F401 - a fixture
from tests.report.test_story import CASES, HOSTILE, told
from workbench.plots.theme import contrast
from workbench.report.deck import BODY_WORDS, FEWEST, MOST, Slide, deck
from workbench.report.headlines import MOST_WORDS, words
from workbench.report.slides import COLOURS, render_slides
from workbench.report.story import tell

SHOWN = ("full", "hostile", "readiness fails", "nobody")


@cache
def rendered(name: str) -> str:
    return render_slides(told(name))


@cache
def parsed(name: str) -> BeautifulSoup:
    library = get_plotlyjs()
    return BeautifulSoup(rendered(name).replace(library, library[:40]), "html.parser")


def points(slide: Slide) -> Iterator[str]:
    for _, listed in slide.lists:
        yield from (point.text for point in listed)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_deck_is_short_and_says_little_on_each_slide(name: str) -> None:
    slides = deck(told(name))
    assert FEWEST <= len(slides) <= MOST
    assert slides[0].kind == "cover"
    for slide in slides[1:]:
        assert words(slide.title) <= MOST_WORDS, slide.title
        assert sum(map(words, slide.body)) <= BODY_WORDS
        if not slide.tiles and slide.lists:
            assert sum(map(words, (*slide.body, *points(slide)))) <= BODY_WORDS, slide.title
        assert "How computed" in dict(slide.notes) or not slide.figure
        assert "run " in dict(slide.notes)["Source"][0]


def test_the_plan_shows_its_first_actions_with_their_worth() -> None:
    report = told("full")
    plan = next(page for page in report.pages if page.key == "plan")
    actions = next(table for table in plan.tables if table.key == "actions")
    slide = next(slide for slide in deck(report) if slide.kicker.endswith(plan.kicker))
    shown = slide.lists[0][1]
    assert [point.text for point in shown] == [row[0] for row in actions.rows[: len(shown)]]
    assert len(shown) + slide.more == plan.title.values["n"]
    assert any(" over 12 months" in point.value for point in shown)


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_page_has_its_slide_and_no_warning_is_left_out(name: str) -> None:
    report = told(name)
    slides = deck(report)
    for number, page in enumerate(report.pages, 1):
        first = next(s for s in slides if s.kicker == f"{number} · {page.kicker}")
        shown = " ".join([*(text for _, text in first.flags), *points(first)])
        for flag in page.flags:
            check = flag.sentence.values.get("check")
            assert (
                str(check) in shown or first.more
                if check
                else flag.status in {status for status, _ in first.flags}
            )
        spoken = " ".join(text for _, texts in first.notes for text in texts)
        for sentence in (page.title, *page.lead, *(flag.sentence for flag in page.flags)):
            assert sentence.text in spoken or sentence.text in first.body


def test_a_sentence_stands_whole_or_not_at_all() -> None:
    report = told("full")
    known = {
        sentence.text
        for page in (*report.pages, *report.appendix)
        for sentence in (page.title, *page.lead)
    }
    assert {text for slide in deck(report) for text in slide.body} <= known


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_comes_from_the_network(name: str) -> None:
    page = parsed(name)
    assert not page.select("[src], link, iframe, object, embed, form, base, [srcset]")
    assert not page.select("[href]")
    styles = "".join(style.text for style in page.select("style"))
    assert not re.search(r"@import|url\(", styles)
    policy = page.select_one("meta[http-equiv=Content-Security-Policy]")
    assert policy
    assert str(policy["content"]).startswith("default-src 'none'")
    assert len(rendered(name).encode()) < 8_000_000


def test_a_hostile_name_stays_text() -> None:
    page = parsed("hostile")
    drawn = sum(slide.figure is not None for slide in deck(told("hostile")))
    assert len(page.select("script")) == drawn + 2, "plotly.js, one per figure, our own"
    assert not page.select("h1 *, h2 *")
    assert page.select_one("h1").text == "<b>Tea</b> & co"  # type: ignore[union-attr]
    assert HOSTILE[0] in page.get_text()
    assert "<script>alert" not in rendered("hostile")


def test_same_report_same_bytes() -> None:
    analysis = fake_analysis(brand="<b>Tea</b> & co", channels=HOSTILE, currency="EUR")
    assert render_slides(tell(analysis)) == rendered("hostile")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["ink", "muted", "accent", "warm", "amber"])
def test_colours_can_be_read(name: str) -> None:
    assert contrast(COLOURS[name], COLOURS["paper"]) >= 4.5
    assert contrast(COLOURS[name], COLOURS["soft"]) >= 4.5


@pytest.mark.browser
@pytest.mark.parametrize("name", SHOWN)
def test_every_figure_is_drawn_without_any_request(
    browser: Any,  # noqa: F811
    tmp_path: Path,
    name: str,
) -> None:
    path = tmp_path / "slides.html"
    path.write_text(rendered(name), encoding="utf-8")
    tab, requests, errors = opened(browser, path, 1280)
    drawn = sum(slide.figure is not None for slide in deck(told(name)))
    plots = "[...document.querySelectorAll('.js-plotly-plot .main-svg:first-child')]"
    sizes = tab.evaluate(f"{plots}.map(svg => svg.getBoundingClientRect().width)")
    assert len(sizes) == drawn
    assert all(width > 200 for width in sizes)
    assert requests == [path.as_uri()]
    assert errors == []
    # no text runs out of its slide, into the footer or past the edge
    spill = "s => Math.max(s.scrollHeight - s.clientHeight, s.scrollWidth - s.clientWidth)"
    assert tab.evaluate(f"[...document.querySelectorAll('.content')].map({spill})") == [0] * len(
        deck(told(name))
    )


@pytest.mark.browser
def test_keys_turn_the_slides_and_show_the_notes(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "slides.html"
    path.write_text(rendered("full"), encoding="utf-8")
    tab, _, errors = opened(browser, path, 1280)
    visible = ".filter(s => getComputedStyle(s).visibility === 'visible').map(s => s.id)"

    def now() -> list[str]:
        return tab.evaluate(f"[...document.querySelectorAll('.slide')]{visible}")

    assert now() == ["s1"]
    for key, slide in (("ArrowRight", "s2"), (" ", "s3"), ("PageUp", "s2"), ("End", "s14"),
                       ("ArrowDown", "s14"), ("Home", "s1"), ("ArrowLeft", "s1")):  # fmt: skip
        tab.keyboard.press(key)
        assert now() == [slide], key
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("location.hash + document.activeElement.id") == "#s2s2"
    assert not tab.locator("#s2 .notes").is_visible()
    tab.keyboard.press("n")
    assert tab.locator("#s2 .notes").is_visible()
    assert errors == []


@pytest.mark.browser
def test_without_script_all_slides_and_the_data_are_there(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "slides.html"
    path.write_text(rendered("full"), encoding="utf-8")
    tab, _, _ = opened(browser, path, 1280, java_script_enabled=False)
    slides = deck(told("full"))
    tops = [tab.locator(f"#s{n}").bounding_box()["y"] for n in range(1, len(slides) + 1)]
    assert tops == sorted(set(tops)), "one below the other"
    tables = tab.locator("noscript table")
    assert tables.count() == sum(slide.figure is not None for slide in slides)
    assert all(table.is_visible() for table in tables.all())
    spill = "s => s.scrollHeight - s.clientHeight"
    assert set(tab.evaluate(f"[...document.querySelectorAll('.content')].map({spill})")) == {0}


@pytest.mark.browser
def test_paper_holds_one_slide_a_page_and_no_notes(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "slides.html"
    path.write_text(rendered("full"), encoding="utf-8")
    tab, _, errors = opened(browser, path, 1280)
    tab.keyboard.press("n")
    body = tab.pdf(prefer_css_page_size=True)
    pages = re.findall(rb"/MediaBox \[0 0 (\S+) (\S+)\]", body)
    assert len(pages) == len(deck(told("full")))
    assert {(round(float(w)), round(float(h))) for w, h in pages} == {(960, 540)}, "16:9"
    tab.emulate_media(media="print")
    assert not any(item.is_visible() for item in tab.locator(".notes").all())
    assert errors == []


@pytest.mark.parametrize("name", sorted(CASES))
def test_no_slide_is_a_title_alone(name: str) -> None:
    """A page with neither figure nor sentence that fits lends its notes, or says what to do."""
    for slide in deck(told(name)):
        filled = (slide.flags, slide.tiles, slide.body, slide.lists, slide.figure)
        assert slide.kind == "cover" or any(filled), slide.title
