"""What a notebook shows of an object: escaped, small, and computed from what is known already."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

import workbench as wb
from workbench.cards import card
from workbench.checks import Check, Checks, Status
from workbench.value.valuation import Valuation

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)
        self.open.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def safe(html: str) -> str:
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    assert tags.found <= {"div", "table", "tr", "th", "td", "b"}
    assert len(html) < 50_000
    return html


def check(status, message="All is well."):
    return Check("history_length", status, 1234.0, ">= 90 days", message, "Wait.")


def test_hostile_words_stay_words():
    safe(card(HOSTILE, {HOSTILE: HOSTILE}, header=[HOSTILE], rows=[[HOSTILE]], note=HOSTILE))
    safe(check(Status.FAIL, HOSTILE)._repr_html_())
    safe(Checks([check(Status.FAIL, HOSTILE)])._repr_html_())


def test_a_long_table_is_cut_and_counted():
    assert "1,960 more rows" in card("t", rows=[[number] for number in range(2000)])


def test_checks_are_shown_with_the_worst_first():
    checks = Checks([check(Status.PASS, "good"), check(Status.FAIL, "bad")])
    html = safe(checks._repr_html_())
    assert "2 checks: 1 PASS, 1 FAIL" in html
    assert html.index("bad") < html.index("good")
    assert checks == list(checks), "it stays a list"
    assert safe(Checks()._repr_html_())
    assert "1,234" in safe(checks[0]._repr_html_())


def test_a_brand_shows_its_settings_and_no_connection(small_brand):
    sources = {
        "orders": [
            {"format": "orders", "path": "orders.csv"},
            {"format": "orders", "connect": "postgres://${WB_WHO}@secret-host/db", "table": "a.b"},
        ]
    }
    folder = small_brand(name=HOSTILE, sources=sources, engine="postgres://other-host/x")
    html = safe(wb.load_brand(folder)._repr_html_())
    assert "1 file" in html
    assert "a.b" in html
    assert "host" not in html
    assert "not profit" in html


def test_an_analysis_is_shown_without_reading_anything(small_brand, tmp_path, monkeypatch):
    folder = small_brand()
    analysis = wb.open_analysis(folder, out=tmp_path / "out", fast=True)
    (folder / "orders.csv").unlink()
    html = safe(analysis._repr_html_())
    assert "not read yet" in html
    assert "never for a client" in html
    assert not (tmp_path / "out").exists()


def test_a_fit_says_how_it_converged():
    from workbench.models.fit import OFF, Fit

    posterior = SimpleNamespace(sizes={"chain": 4, "draw": 250})
    data = SimpleNamespace(histories=SimpleNamespace(weight=np.array([1500.0, 20.0])))

    class Draws(SimpleNamespace):
        def __contains__(self, name):
            return name == "p"

    posterior = Draws(**vars(posterior), attrs={OFF: 0.0184})
    html = safe(Fit(posterior, [check(Status.REVIEW)], "key", data)._repr_html_())
    assert "at most 0.018 of their sd" in html
    assert "1,520" in html
    assert "1,000 in 4 chains" in html
    assert "REVIEW" in html


@pytest.mark.parametrize("money", [True, False])
def test_a_valuation_shows_what_each_channel_brings(money):
    draws = np.vstack([np.linspace(0, 100, 1001), np.linspace(10, 20, 1001)])
    won = SimpleNamespace(
        channels=[HOSTILE, "Google Ads"],
        customers=np.array([2000.0, 3.0]),
        value=draws if money else np.full_like(draws, np.nan),
    )
    window = SimpleNamespace(start="2025-07-01", end="2026-06-30")
    html = safe(Valuation(window, None, None, None, won, None)._repr_html_())
    assert "2,000" in html
    if money:
        assert "50.00" in html
        assert "5.00 to 95.00" in html
        assert "associations" in html
    else:
        assert "not known" in html
        assert "nan" not in html


def test_completion_offers_what_an_analyst_needs():
    names = dir(wb)
    assert {"load_brand", "open_analysis", "samples", "read_exports", "render_report"} <= set(names)
    assert names == sorted(wb.__all__)
    for name in names:
        offered = getattr(wb, name)
        assert offered.__doc__ or isinstance(offered, str), name


def test_the_samples_can_be_loaded():
    found = wb.samples()
    assert "little_fern" in found
    assert [wb.load_brand(folder).slug for folder in found.values()] == list(found)
