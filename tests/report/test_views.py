"""Views that the analyst added: in the report with settings and data, their numbers in tables/."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.explorer.benches import bench_of
from tests.report.synthetic import fake_analysis
from workbench.cache import write_frame
from workbench.explorer import tabs
from workbench.explorer.kept import keep_view, views_folder
from workbench.explorer.sentence import Sentence
from workbench.explorer.tabs import TABS
from workbench.explorer.view import Assumptions, View
from workbench.report.document import Page, Report, to_json
from workbench.report.page import render_page
from workbench.report.pages.views import withheld_views
from workbench.report.story import tell
from workbench.report.views import AddedViews, added_views, table_path

NOW = datetime(2026, 7, 2, 9, 30)
VIEW = {
    "interval": 0.8, "horizon": 180, "customer": "c2", "budget": {"Channel 1": 900.0},
    "assumptions": Assumptions(cac_change=0.1, margin_change=-0.05),
}  # fmt: skip


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> AddedViews:
    folder = tmp_path_factory.mktemp("runs")
    bench = bench_of(folder)
    view = bench.material.relative(bench.material.default_view().change(**VIEW))
    views = [
        keep_view(folder / "views", tab, view, title=f"{tab} of <b>spring</b>", now=NOW)
        for tab in TABS
    ]
    return AddedViews(tuple(views), bench)


@pytest.fixture(scope="module")
def report(added: AddedViews) -> Report:
    return tell(fake_analysis(), added)  # type: ignore[arg-type]


def pages(report: Report) -> list[Page]:
    return [page for page in report.appendix if page.key.startswith("view-")]


def test_each_view_is_a_page_with_title_day_settings_figure_and_data(report: Report) -> None:
    assert [page.title.text for page in pages(report)] == [f"{t} of <b>spring</b>" for t in TABS]
    for page in pages(report):
        assert page.kicker == "View added by the analyst, 2 July 2026"
        assert page.figures
        assert all(figure.table.rows and figure.alt for figure in page.figures)
        settings = {row[0]: row[1] for row in page.tables[0].rows}
        assert settings["Interval"] == "80%, central"
    assert pages(report)[0].lead[0].text == "Assumed: CAC +10%, contribution of every order -5%."
    assert not pages(report)[TABS.index("Customer")].lead
    assert report.appendix[0].key == "view-1"
    html = render_page(report)
    assert "What the analyst added" in html
    assert "Channels of &lt;b&gt;spring" in html
    assert "What the analyst added" not in render_page(tell(fake_analysis()))  # type: ignore[arg-type]


def test_every_number_of_a_view_stands_in_tables(
    report: Report, added: AddedViews, tmp_path: Path
) -> None:
    for path, frame in added.tables():
        write_frame(frame, tmp_path / path)
    for one, page in zip(added.views, pages(report), strict=True):
        known = sorted(_cells(tmp_path.glob(f"views/{one.name}-*.csv")))
        assert known
        if one.tab == "Cohorts":  # its title sums up a table
            drawn = pd.read_csv(tmp_path / table_path(one, "shrinkage"))
            known.append(float((drawn["pooled_mean"] / drawn["raw_mean"] - 1).abs().median()))
        walked = 0
        for figure in page.figures:
            assert (tmp_path / figure.table.file.removeprefix("tables/")).is_file()
            for value in _values(figure.table.rows):
                walked += 1
                assert _stands(value, known), (one.tab, value)
            told = [one for one in _values([[figure.title]]) if not _stands(one, known)]
            assert not told, (one.tab, figure.title)
        assert walked or one.tab == "Experiment desk"


TERMS = re.compile(
    r"more than 99%|less than 1%|80% power|1-in-20|20\d\d|"
    r"day \d+|\d+-day|\d+ days|within \d+|12 months|Channel \d|Product \d"
)
"""Words with a number that is no finding: spans, names, years."""


def _cells(files: Iterator[Path]) -> Iterator[float]:
    for path in files:
        for column in pd.read_csv(path).select_dtypes("number"):
            yield from pd.read_csv(path)[column].dropna().astype(float)


def _values(rows: Any) -> Iterator[Any]:
    for row in rows:
        for cell in row:
            for value in cell if isinstance(cell, tuple) else (cell,):
                if isinstance(value, str):
                    plain = TERMS.sub(" ", value.replace("−", "-"))
                    yield from re.findall(r"(?<![\w.])-?[$]?[\d,]*\d\.?\d*[%kM]?", plain)
                elif value is not None and not (isinstance(value, float) and math.isnan(value)):
                    yield value


def _stands(value: Any, known: list[float]) -> bool:
    if not isinstance(value, str):
        return isinstance(value, pd.Timestamp) or any(
            value == cell or math.isclose(value, cell, rel_tol=1e-12) for cell in known
        )
    if value.isdigit() and int(value) <= 12:
        return True  # channels of a title, counted in words
    unit = {"k": 1e3, "M": 1e6}.get(value[-1], 1.0)
    plain = re.sub(r"[^\d.]", "", value)
    half = 0.51 * unit * 10.0 ** -len(plain.partition(".")[2])
    printed = float(plain) * unit
    return any(abs(abs(cell) * by - printed) <= half for cell in known for by in (1.0, 100.0))


def test_the_same_views_give_the_same_bytes(report: Report, added: AddedViews) -> None:
    assert to_json(report) == to_json(tell(fake_analysis(), added))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("check", "withheld"),
    [
        ("channels_known", {"Channels", "Value", "Cohorts", "Compare", "Budget desk"}),
        ("spend_grain", {"Channels", "Value", "What if", "Compare", "Budget desk"}),
        ("history_length_floor", set(TABS)),
    ],
)
def test_a_failed_check_withholds_what_rests_on_it(
    added: AddedViews, check: str, withheld: set[str]
) -> None:
    told = tell(fake_analysis(readiness_fails=check), added)  # type: ignore[arg-type]
    gone = {
        one.tab
        for one, page in zip(added.views, pages(told), strict=True)
        if page.flags and not page.figures and not page.tables
    }
    assert gone == withheld
    names = withheld_views(told.appendix, added)
    assert {one.tab for one in added.views if one.name in names} == withheld
    left = {path for path, _ in added.tables(names)}
    kept = [one.name for one in added.views if one.tab not in withheld]
    assert all(any(name in path for name in kept) for path in left)
    assert bool(left) == bool(kept)


def test_what_cannot_be_shown_is_a_sentence(added: AddedViews) -> None:
    empty = replace(added.views[0], view=View(filters={"channel": ()}))
    told = tell(fake_analysis(), replace(added, views=(empty,)))  # type: ignore[arg-type]
    (page,) = pages(told)
    assert "No customer passes these filters" in page.lead[0].text
    assert not page.figures
    other = replace(added.views[0], view=View(filters={"channel": ("Channel 1", "Bing")}))
    told = tell(fake_analysis(), replace(added, views=(other,)))  # type: ignore[arg-type]
    assert any("Bing" in note.text for note in pages(told)[0].notes)
    lost = replace(added, bench=Sentence("One customer is too few for a model."))
    told = tell(fake_analysis(), lost)  # type: ignore[arg-type]
    assert all("too few" in page.lead[-1].text for page in pages(told))
    assert list(lost.tables()) == []


def test_nothing_is_laid_out_without_a_view(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.explorer import bench

    monkeypatch.setattr(bench, "open_bench", lambda _: pytest.fail("laid out"))
    analysis = fake_analysis()
    analysis.folder = tmp_path / "2026-06-30"
    assert added_views(analysis).views == ()  # type: ignore[arg-type]
    folder = views_folder(tmp_path)
    folder.mkdir()
    (folder / "value-1.json").write_text("{", encoding="utf-8")
    assert "cannot be read" in added_views(analysis).notes[0]  # type: ignore[arg-type]


def test_a_table_has_a_path_of_its_own(added: AddedViews) -> None:
    paths = [path for path, _ in added.tables()]
    assert len(set(paths)) == len(paths)
    assert table_path(added.views[0], "roas") == f"views/{added.views[0].name}-roas.csv"


def test_a_view_is_answered_once_for_its_page_and_its_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    plain = tabs.show_tab

    def show_tab(tab: str, *rest: Any) -> Any:
        asked.append(tab)
        return plain(tab, *rest)

    monkeypatch.setattr(tabs, "show_tab", show_tab)
    bench = bench_of(tmp_path)
    views = [keep_view(tmp_path / "views", tab, View(), now=NOW) for tab in ("Value", "Cohorts")]
    added = AddedViews(tuple(views), bench)
    drawn = pages(tell(fake_analysis(), added))  # type: ignore[arg-type]
    assert len(drawn) == 2
    assert any("value-" in path for path, _ in added.tables())
    assert asked == ["Value", "Cohorts"]
