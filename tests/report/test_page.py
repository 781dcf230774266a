"""The client page as HTML: offline, escaped, accessible, the same bytes twice."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from plotly.offline import get_plotlyjs

from tests.conftest import ROOT
from tests.report.synthetic import fake_analysis
from tests.report.test_story import HOSTILE, told
from workbench.plots.theme import contrast
from workbench.report.document import to_json
from workbench.report.page import cell, render_page
from workbench.report.story import tell


@cache
def rendered(name: str) -> str:
    return render_page(told(name))


@cache
def parsed(name: str) -> BeautifulSoup:
    """Parse a page; the one library is replaced by its first line, which makes this fast."""
    library = get_plotlyjs()
    return BeautifulSoup(rendered(name).replace(library, library[:40]), "html.parser")


@pytest.mark.parametrize("name", ["full", "hostile", "no money"])
def test_nothing_comes_from_the_network(name: str) -> None:
    page = parsed(name)
    assert not page.select("[src], link, iframe, object, embed, form, base, [srcset]")
    assert all(str(link["href"]).startswith("#") for link in page.select("[href]"))
    assert "@import" not in "".join(style.text for style in page.select("style"))
    assert not re.search(r"url\((?!data:)", "".join(style.text for style in page.select("style")))
    policy = page.select_one("meta[http-equiv=Content-Security-Policy]")
    assert policy
    assert str(policy["content"]).startswith("default-src 'none'")


def test_plotly_is_inlined_once_and_every_figure_is_called_once() -> None:
    page, report = parsed("full"), told("full")
    scripts = [script.text for script in page.select("script")]
    assert sum("plotly.js v" in text for text in scripts) == 1
    calls = sum(text.count("Plotly.newPlot(") for text in scripts if "plotly.js v" not in text)
    assert calls == len(report.figures) == len(page.select("figure"))
    assert len(rendered("full").encode()) < 8_000_000


def test_a_page_without_figures_carries_no_plotly() -> None:
    report = told("full")
    bare = json.loads(to_json(report))
    assert bare["schema"] == report.schema
    pages = tuple(replace(page, figures=()) for page in report.pages)
    assert len(render_page(replace(report, pages=pages))) < 400_000


def test_headings_go_down_one_step_at_a_time() -> None:
    levels = [int(heading.name[1]) for heading in parsed("full").select("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_every_figure_has_alternative_text_caption_and_data() -> None:
    for figure in parsed("full").select("figure"):
        image = figure.select_one("[role=img]")
        assert image
        assert len(str(image["aria-label"])) > 40
        assert figure.select_one("figcaption")
        block = figure.find_parent(class_="block")
        assert block
        assert block.select_one("details table tbody tr")


def test_tables_have_captions_and_scoped_headings() -> None:
    for table in parsed("full").select("table"):
        assert table.select_one("caption")
        assert all(head.get("scope") in ("col", "row") for head in table.select("th"))
        assert len(table.select("thead th")) == len(table.select("tbody tr:first-child > *"))


def test_ids_are_unique_and_the_contents_lead_somewhere() -> None:
    page = parsed("full")
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    assert {str(a["href"])[1:] for a in page.select("nav a")} <= set(ids)


def test_a_hostile_name_stays_text() -> None:
    page, report = parsed("hostile"), told("hostile")
    # plotly.js, one per figure, the data, our own: a name that broke out would add to them
    assert len(page.select("script")) == len(report.figures) + 3
    assert not page.select("h1 *, h2 *:not(span.whole)")
    assert "<b>Tea</b> & co" in page.select_one("h1").text  # type: ignore[union-attr]
    shown = page.get_text()
    assert all(name in shown for name in HOSTILE[:3])
    assert "<script>alert" not in rendered("hostile")


def test_the_embedded_data_is_the_report_without_its_plots() -> None:
    page = parsed("full")
    data = json.loads(page.select_one("#report-data").text)  # type: ignore[union-attr]
    whole = json.loads(to_json(told("full")))
    for part in (*whole["pages"], *whole["appendix"]):
        for figure in part["figures"]:
            del figure["plot"]
    assert data == whole


def test_the_text_is_complete_without_script() -> None:
    page, report = parsed("full"), told("full")
    shown = " ".join(" ".join(tag.get_text(" ") for tag in page.select("h2, p, li")).split())
    for part in (*report.pages, *report.appendix):
        for sentence in (part.title, *part.lead, *part.notes):
            assert " ".join(sentence.text.split()) in shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_schemes(scheme: str) -> None:
    css = (ROOT / "workbench/report/templates/report.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6})", blocks[scheme == "dark"]))
    for text, *grounds in (
        ("ink", "paper", "warm-soft", "amber-soft"),
        ("muted", "paper"),
        ("accent", "paper"),
        ("warm", "paper"),
        ("amber", "paper"),
    ):
        for ground in grounds:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["ink"], colours["paper"]) >= 7


def test_same_report_same_bytes() -> None:
    analysis = fake_analysis(channels=HOSTILE, brand="<b>Tea</b> & co", currency="EUR")
    assert render_page(tell(analysis)) == rendered("hostile")  # type: ignore[arg-type]


def test_there_is_no_clock_no_path_and_no_code_on_the_page() -> None:
    page = parsed("full")
    shown = page.get_text(" ")
    assert not re.search(r"\d\d:\d\d:\d\d", shown)
    assert str(ROOT) not in rendered("full")
    assert "import workbench" not in shown


@pytest.mark.parametrize(
    ("value", "kind", "currency", "text"),
    [
        (61.237, "money", "USD", ("$61.24", "")),
        (-310_412.4, "money", "EUR", ("-€310,412", "")),
        (0.0, "money", "USD", ("$0", "")),
        (61.237, "money", "JPY", ("¥61", "")),
        (None, "money", "USD", ("–", "")),
        (math.nan, "count", "", ("–", "")),
        ((86.2, 78.1, 95.3), "money_range", "USD", ("$86.20", "$78.10 to $95.30")),
        ((86.2, None, None), "money_range", "USD", ("$86.20", "no interval")),
        ((140.0, 95.0, math.inf), "days_range", "", ("140", "95 to beyond a year")),
        ((365.0, math.inf, math.inf), "days_range", "", ("beyond a year", "")),
        ((0.0, 0.0, 0.0), "days_range", "", ("0", "")),
        ((None, None, None), "days_range", "", ("–", "")),
        (0.999, "chance", "", ("more than 99%", "")),
        (0.0, "share", "", ("0%", "")),
        ("2026-06-03", "day", "", ("3 June 2026", "")),
        (1.0134, "number", "", ("1.01", "")),
        ("a word", "number", "", ("a word", "")),
    ],
)
def test_cells(value: object, kind: str, currency: str, text: tuple[str, str]) -> None:
    assert cell(value, kind, currency) == text


def test_names_of_settings_are_set_as_code_and_stay_escaped() -> None:
    frame = fake_analysis(readiness_fails="money")
    checks = frame.tables["readiness"]
    checks.loc[checks["status"] == "FAIL", "recommendation"] = (
        "Name `columns` in <b>brand.yaml</b>."
    )
    page = render_page(tell(frame))  # type: ignore[arg-type]
    assert "Name <code>columns</code> in &lt;b&gt;brand.yaml&lt;/b&gt;." in page
