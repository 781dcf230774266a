"""The view for the client: offline, complete, the same bytes for the same view."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.explorer.benches import bench_of
from workbench.explorer.export import assumptions_grid, export_view
from workbench.explorer.sentence import Sentence
from workbench.explorer.tabs import ANSWERS_TO, TABS, show_tab
from workbench.explorer.view import Assumptions, View


def exported(folder: Path, tab: str, **changes: object) -> tuple[Path, View]:
    bench = bench_of(folder)
    view = bench.material.default_view().change(**changes)
    return export_view(bench, view, tab, show_tab(tab, bench, view)), view


@pytest.mark.parametrize("tab", TABS)
def test_a_page_needs_no_network_and_tells_every_setting(tmp_path: Path, tab: str) -> None:
    page, view = exported(
        tmp_path, tab, horizon=180, interval=0.8, assumptions=Assumptions(0.1, -0.2, 0.05)
    )
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", text)
    said = {"interval": "80%, central", "horizon": "180 days from", "cac_change": ">+10%<",
            "margin_change": ">-20%<", "retention_change": ">+5%<"}  # fmt: skip
    for name, words in said.items():
        assert (words in text) == (name in ANSWERS_TO[tab]), "no setting that a tab ignores"
    assert "As of 30 April 2025" in text
    panels = show_tab(tab, bench_of(tmp_path), view).panels
    drawn = [one for one in panels if not isinstance(one.figure, Sentence)]
    assert text.count('class="wb-figure"') == len(drawn)


def test_csv_holds_the_table_behind_the_figure(tmp_path: Path) -> None:
    page, view = exported(tmp_path, "What if", assumptions=Assumptions(cac_change=0.5))
    table = pd.read_csv(page.with_name(f"{page.stem}-what-if.csv"))
    bench = bench_of(tmp_path)
    expected = show_tab("What if", bench, view).panels[0].table
    assert expected is not None
    assert table["then_mean"].tolist() == pytest.approx(expected["then_mean"].tolist())


def test_the_view_beside_the_page_opens_again(tmp_path: Path) -> None:
    page, view = exported(tmp_path, "Value", by="first_product")
    assert View.load(page.with_suffix(".json")) == view


def test_the_same_view_gives_the_same_bytes_another_view_another_file(tmp_path: Path) -> None:
    first, _ = exported(tmp_path / "a", "Channels")
    second, _ = exported(tmp_path / "b", "Channels")
    other, _ = exported(tmp_path / "a", "Channels", horizon=90)
    assert first.name == second.name != other.name
    assert first.read_bytes() == second.read_bytes()


def test_it_lies_below_the_run(tmp_path: Path) -> None:
    page, _ = exported(tmp_path, "Compare")
    assert page.parent == tmp_path / "2025-04-30" / "explorer"


def test_the_settings_count_customers_and_name_what_is_chosen(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    view = View(filters={"channel": ("Channel 1",)}, budget={"Channel 1": 700.0})
    rows = {row[0]: row[1] for row in assumptions_grid(bench, view, "Channels").rows}
    chosen = bench.material.cells["channel"] == "Channel 1"
    n = int(bench.material.cells["customers"][chosen].sum())
    assert rows["Customers"] == f"{n:,} customers; channel: Channel 1"
    assert rows["CAC"] == "as it was"
    desk = {row[0]: row[1] for row in assumptions_grid(bench, view, "Budget desk").rows}
    assert desk["Spend on Channel 1"].startswith("700 USD a week; today")
    assert "CAC" not in desk


def test_a_formula_in_a_name_is_disarmed_in_csv(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    evil = "=cmd|' /C calc'!A0"
    cells = bench.material.cells.replace({"channel": {"Channel 1": evil}})
    bench = replace(bench, material=replace(bench.material, cells=cells))
    view = bench.material.default_view()
    page = export_view(bench, view, "Channels", show_tab("Channels", bench, view))
    text = page.with_name(f"{page.stem}-roas.csv").read_text(encoding="utf-8")
    assert "\n=cmd" not in text
    assert "'=cmd" in text
