from __future__ import annotations

import json
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs

from tests.conftest import require
from tests.plots import examples
from tests.plots.test_figures import CASES, HOSTILE
from workbench import plots
from workbench.errors import WorkbenchError


def hostile_channels() -> go.Figure:
    table = examples.channels([*HOSTILE[:4], "Meta Ads"])
    return plots.value_by_channel(table, currency="USD")


def test_title_and_subtitle_leave_the_plot_for_the_caption() -> None:
    fig = plots.value_by_channel(examples.channels(), currency="USD")
    html = plots.figure_to_html(fig, "value")
    assert f'<span class="wb-title">{fig.layout.meta["title"]}</span>' in html
    assert f'aria-label="{fig.layout.meta["alt"]}"' in html
    _, data_end = json.JSONDecoder().raw_decode(html, html.index("[{"))
    layout, _ = json.JSONDecoder().raw_decode(html, html.index("{", data_end))
    assert "title" not in layout
    assert "meta" not in layout
    assert layout["height"] == fig.layout.height - fig.layout.meta["head"]
    assert layout["margin"]["t"] == fig.layout.margin.t - fig.layout.meta["head"]
    assert fig.layout.title.text  # the figure itself stays whole


def test_the_same_figure_gives_the_same_bytes_also_after_json() -> None:
    fig = plots.cumulative_value(examples.curves(["Email"]), currency="USD")
    html = plots.figure_to_html(fig, "value-curve")
    assert plots.figure_to_html(fig, "value-curve") == html
    again = go.Figure(json.loads(fig.to_json()))
    assert plots.figure_to_html(again, "value-curve") == html
    assert 'id="fig-value-curve"' in html


def test_nothing_is_loaded_and_no_tag_escapes() -> None:
    html = plots.figure_to_html(hostile_channels(), "hostile")
    assert not re.search(r"<(script|link|img)[^>]+(src|href)", html)
    assert "<script>alert" not in html
    assert html.count("<script") == html.count("</script>") == 1
    assert "mathjax" not in html.lower()


def test_a_plain_plotly_figure_is_rendered_too() -> None:
    html = plots.figure_to_html(go.Figure(go.Scatter(x=[1], y=[2])), "plain")
    assert 'id="fig-plain"' in html


@pytest.mark.parametrize("slug", ["", "A", "a b", "a--b", '"><script>', "ä"])
def test_a_slug_is_a_safe_identifier(slug: str) -> None:
    with pytest.raises(WorkbenchError, match="slug"):
        plots.figure_to_html(go.Figure(), slug)


@pytest.mark.browser
def test_in_a_browser_every_figure_is_drawn_and_names_stay_names(tmp_path: Path) -> None:
    playwright = require("playwright.sync_api")
    figures = {name.replace("_", "-"): case() for name, case in CASES.items()}
    figures["hostile"] = hostile_channels()
    body = "".join(plots.figure_to_html(fig, slug) for slug, fig in figures.items())
    page_file = tmp_path / "page.html"
    page_file.write_text(
        f"<!doctype html><meta charset=utf-8><style>{plots.FIGURE_CSS}</style>"
        f"<script>{get_plotlyjs()}</script>{body}<script>{plots.FIGURE_SCRIPT}</script>",
        encoding="utf-8",
    )
    with playwright.sync_playwright() as driver:
        chromium = Path("/usr/bin/chromium")
        browser = driver.chromium.launch(
            executable_path=str(chromium) if chromium.exists() else None, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 390, "height": 800})
        seen: list[str] = []
        page.on("console", lambda message: seen.append(message.text))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.on("request", lambda call: seen.append(call.url))
        page.goto(page_file.as_uri())
        page.wait_for_selector("#fig-hostile .main-svg")
        assert seen == [page_file.as_uri()]
        assert page.locator(".js-plotly-plot .main-svg").count() >= len(figures)
        text = page.locator("#fig-hostile").text_content()
        for name in HOSTILE[:4]:
            assert name[:18] in text
        assert page.locator("#fig-hostile script, #fig-hostile b").count() == 0
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390
        browser.close()
