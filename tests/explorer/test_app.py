"""The explorer without a browser: controls move the view, the open tab answers, nothing is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import require
from tests.explorer.benches import NAMES, bench_of, budget_of, response, values
from tests.explorer.handmade import handmade
from workbench.errors import WorkbenchError
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Panel, Shown
from workbench.explorer.tabs import ANSWERS_TO, TABS, show_tab
from workbench.explorer.view import View

require("ipywidgets")
require("anywidget")
from workbench.explorer import app  # noqa: E402 - needs the widgets
from workbench.explorer.app import Explorer  # noqa: E402


@pytest.fixture
def explorer(tmp_path: Path) -> Explorer:
    return Explorer(bench_of(tmp_path))


def see_all(explorer: Explorer) -> None:
    """Lay out every tab: its own controls are made on first sight."""
    for tab in TABS:
        explorer._lay(tab)


def control(explorer: Explorer, name: str) -> Any:
    see_all(explorer)
    return next(one.widget for one in explorer._bound if one.name == name)


def status(explorer: Explorer) -> str:
    return str(explorer._status.value)


def charts(explorer: Explorer) -> list[Any]:
    return list(explorer._stages[explorer.tab].charts)


def test_it_begins_with_the_view_of_the_report(explorer: Explorer) -> None:
    assert explorer.view == explorer._bench.material.default_view()
    assert explorer.tab == TABS[0]
    assert explorer.trouble is None
    assert all(chart.figure and not chart.sentence for chart in charts(explorer))


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_shows_figures_with_words_for_a_screen_reader(
    explorer: Explorer, tab: str
) -> None:
    explorer.tab = tab
    assert explorer.trouble is None
    drawn = [chart for chart in charts(explorer) if not chart.sentence]
    assert drawn
    for chart in drawn:
        assert chart.title
        assert chart.alt
        assert json.loads(chart.figure)["data"]


MOVES = [
    ("channel", ("Channel 1",), lambda v: v.filters["channel"] == ("Channel 1",)),
    ("first_product", ("Product 0",), lambda v: v.filters["first_product"] == ("Product 0",)),
    ("first_month", ("2025-02", "2025-03"),
     lambda v: v.filters["first_month"] == ("2025-02", "2025-03")),
    ("by", "first_product", lambda v: v.by == "first_product"),
    ("horizon", 90, lambda v: v.horizon == 90),
    ("interval", 0.5, lambda v: v.interval == 0.5),
    ("cac_change", 0.1, lambda v: v.assumptions.cac_change == 0.1),
    ("margin_change", -0.2, lambda v: v.assumptions.margin_change == -0.2),
    ("retention_change", 0.3, lambda v: v.assumptions.retention_change == 0.3),
    ("customer", "c2", lambda v: v.customer == "c2"),
    ("segment_a", "First", lambda v: v.segments[0].name == "First"),
    ("segment_b_channel", ("Channel 0", "Channel 1"),
     lambda v: v.segments[1].filters["channel"] == ("Channel 0", "Channel 1")),
    ("experiment_weeks", 4, lambda v: v.experiment == {"weeks": 4.0}),
    ("experiment_metric", 1.0, lambda v: v.experiment == {"metric": 1.0}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "holds"), MOVES, ids=[move[0] for move in MOVES])
def test_a_control_moves_its_part_of_the_view_and_no_other(
    explorer: Explorer, name: str, value: Any, holds: Any
) -> None:
    before = explorer.view.to_dict()
    control(explorer, name).value = value
    assert holds(explorer.view)
    after = explorer.view.to_dict()
    assert sum(before[part] != after[part] for part in before) == 1
    kept = View.load(explorer._bench.folder / app.STATE)
    assert explorer._bench.material.known(kept)[0] == explorer.view, "kept after every change"


def test_the_figures_are_those_of_the_pure_functions(explorer: Explorer) -> None:
    explorer.tab = "Value"
    control(explorer, "horizon").value = 180
    expected = show_tab("Value", explorer._bench, explorer.view).panels[0].figure
    assert not isinstance(expected, Sentence)
    assert charts(explorer)[0].title == expected.layout.meta["title"]
    drawn = json.loads(charts(explorer)[0].figure)["data"]
    assert len(drawn) == len(expected.data)


def test_only_the_tab_in_sight_is_computed(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def show(name: str, bench: Any, view: View) -> Any:
        asked.append(name)
        return show_tab(name, bench, view)

    monkeypatch.setattr(app, "show_tab", show)
    control(explorer, "horizon").value = 90
    explorer.tab = "What if"
    assert asked == ["Channels", "What if"]


def test_a_budget_slider_stops_exactly_at_todays_spend(explorer: Explorer) -> None:
    slider = control(explorer, "budget_Channel 1")
    today = float(explorer._bench.budget.today[0])  # type: ignore[union-attr]
    assert slider.value == today
    assert explorer.view.budget == {}
    slider.value = slider.options[60][1]
    assert explorer.view.budget["Channel 1"] == pytest.approx(1.2 * today)
    slider.value = today
    assert explorer.view.budget == {"Channel 1": today}
    explorer.tab = "Budget desk"
    assert "today's spend" in charts(explorer)[0].sentence
    slider.value = slider.options[60][1]
    assert "better than today with probability" in charts(explorer)[0].title


def test_buttons_bring_back_the_report_and_take_its_proposal(explorer: Explorer) -> None:
    see_all(explorer)
    buttons = {one.description: one for one in _all(explorer) if type(one).__name__ == "Button"}
    buttons["Proposal of the report"].click()
    assert explorer.view.budget == {"Channel 1": 900.0}
    buttons["Today's spend"].click()
    assert explorer.view.budget == {}
    control(explorer, "horizon").value = 60
    buttons["Reset"].click()
    assert explorer.view == explorer._bench.material.default_view()
    assert control(explorer, "horizon").value == 365


def test_every_control_has_a_label_and_an_explanation(explorer: Explorer) -> None:
    see_all(explorer)
    for one in explorer._bound:
        assert one.widget.description
        assert one.widget.tooltip
    for widget in _all(explorer):
        if type(widget).__name__ in ("Button", "ToggleButton"):
            assert widget.description
            assert widget.tooltip


@pytest.mark.parametrize("weeks", [0, 2, 7])
def test_title_and_tiles_of_a_test_speak_of_one_size(explorer: Explorer, weeks: int) -> None:
    explorer.tab = "Experiment desk"
    explorer.view = explorer.view.change(experiment={"weeks": float(weeks)})
    tiles = {tile.label: tile.value for tile in explorer.shown().tiles}
    (chart,) = charts(explorer)
    assert f"on {tiles['Sample, people per arm']} people per arm" in chart.title
    assert tiles["Profit of testing, then showing the better version"] in chart.title


def test_a_filter_without_an_effect_in_the_model_says_so(explorer: Explorer) -> None:
    assert explorer._bench.material.untold == ("first_product", "first_month")
    product, channel = control(explorer, "first_product"), control(explorer, "channel")
    assert product.description == "First products (no effect in the model)"
    assert "`cohorts` in brand.yaml" in product.tooltip
    assert channel.description == "Channels"
    segment = control(explorer, "segment_a_first_product")
    assert segment.description == product.description
    for tab in ("Channels", "What if"):
        explorer.tab = tab
        product.value = ("Product 0",)
        assert any("no effect of the first product" in one for one in explorer.shown().notes)
        product.value = ("Product 0", "Product 1")
        assert not any("no effect of the first product" in one for one in explorer.shown().notes)
    explorer.tab = "Compare"
    assert not any("no effect of the first product" in one for one in explorer.shown().notes)
    segment.value = ("Product 1",)
    assert any("no effect of the first product" in one for one in explorer.shown().notes)


def test_controls_that_do_not_apply_are_greyed(explorer: Explorer) -> None:
    for tab in TABS:
        explorer.tab = tab
        for one in explorer._left:
            assert one.widget.disabled == (one.name not in ANSWERS_TO[tab])


def test_what_a_tab_answers_to_is_what_changes_it(explorer: Explorer) -> None:
    moves: dict[str, dict[str, Any]] = {
        "channel": {"filters": {"channel": ("Channel 1",)}},
        "horizon": {"horizon": 90},
        "interval": {"interval": 0.5},
        "cac_change": {"assumptions": replace(explorer.view.assumptions, cac_change=0.2)},
        "margin_change": {"assumptions": replace(explorer.view.assumptions, margin_change=0.2)},
        "by": {"by": "first_month"},
    }
    for tab in TABS:
        still = _drawn(show_tab(tab, explorer._bench, explorer.view))
        for name, change in moves.items():
            moved = _drawn(show_tab(tab, explorer._bench, explorer.view.change(**change)))
            if name not in ANSWERS_TO[tab]:
                assert moved == still, f"{tab} moves with {name}, but its control is greyed"


def _drawn(shown: Any) -> str:
    return json.dumps(
        [
            p.figure.text if isinstance(p.figure, Sentence) else p.figure.to_json()
            for p in shown.panels
        ]
    )


# Bad input


def test_an_empty_filter_is_a_sentence_and_the_next_choice_answers(explorer: Explorer) -> None:
    control(explorer, "channel").value = ()
    assert "No customer passes" in charts(explorer)[0].sentence
    assert not charts(explorer)[0].figure
    control(explorer, "channel").value = ("Channel 0", "Channel 1")
    assert charts(explorer)[0].figure


def test_a_horizon_beyond_the_data_is_a_sentence(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    bench.material.default_view().change(horizon=730).save(tmp_path / app.STATE)
    explorer = Explorer(bench)
    assert explorer.view.horizon == 730
    assert "365" in charts(explorer)[0].sentence
    control(explorer, "horizon").value = 365
    assert charts(explorer)[0].figure


def test_a_restart_begins_where_it_was_left(tmp_path: Path) -> None:
    first = Explorer(bench_of(tmp_path))
    control(first, "horizon").value = 180
    control(first, "cac_change").value = 0.25
    second = Explorer(bench_of(tmp_path))
    assert second.view == first.view
    assert control(second, "horizon").value == 180


def test_two_notebooks_on_one_brand(tmp_path: Path) -> None:
    first, second = Explorer(bench_of(tmp_path)), Explorer(bench_of(tmp_path))
    control(first, "horizon").value = 180
    control(second, "interval").value = 0.5
    assert "Another notebook" in status(second)
    assert Explorer(bench_of(tmp_path)).view == second.view


def test_a_state_of_other_data_is_taken_as_far_as_it_goes(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    view = bench.material.default_view()
    view.change(filters={"channel": ("Channel 1", "Bing")}, customer="gone").save(
        tmp_path / app.STATE
    )
    explorer = Explorer(bench)
    assert explorer.view.filters == {"channel": ("Channel 1",)}
    assert "Bing" in status(explorer)
    assert charts(explorer)[0].figure


def test_a_folder_deleted_while_it_is_open_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "brand"
    explorer = Explorer(bench_of(folder))
    control(explorer, "horizon").value = 90
    for one in sorted(folder.rglob("*"), reverse=True):
        one.unlink()
    folder.rmdir()
    control(explorer, "horizon").value = 180
    assert charts(explorer)[0].figure
    assert View.load(folder / app.STATE).horizon == 180, "the folder is made again"


def test_a_folder_that_cannot_be_written_is_told_while_figures_go_on(tmp_path: Path) -> None:
    (tmp_path / "brand").write_text("in the way", encoding="utf-8")
    explorer = Explorer(bench_of(tmp_path / "brand"))
    control(explorer, "horizon").value = 90
    assert "could not be kept" in status(explorer)
    assert charts(explorer)[0].figure
    explorer._export()
    assert "could not be exported" in status(explorer)


def test_a_brand_without_spend_or_money(tmp_path: Path) -> None:
    plain = handmade()
    material = replace(plain, facts=replace(plain.facts, has_money=False), budget={})
    bench = bench_of(tmp_path, material, money=Sentence("Tests are valued in money."))
    explorer = Explorer(bench)
    for tab in TABS:
        explorer.tab = tab
        assert explorer.trouble is None
        if tab != "Customer":
            assert charts(explorer)[0].sentence


@pytest.mark.parametrize("error", [WorkbenchError("The costs are missing."), KeyError("x")])
def test_any_error_is_a_sentence(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(app, "show_tab", fail)
    control(explorer, "horizon").value = 90
    assert getattr(explorer, "trouble") is error  # noqa: B009 - mypy takes it for narrowed
    assert charts(explorer)[0].sentence
    monkeypatch.setattr(app, "show_tab", show_tab)
    control(explorer, "horizon").value = 365
    assert explorer.trouble is None
    assert charts(explorer)[0].figure


def test_hostile_names_stay_texts(tmp_path: Path) -> None:
    plain = handmade()
    evil = "<script>alert(1)</script>"
    cells = plain.cells.replace({"channel": {"Channel 1": evil}})
    spend = plain.spend.replace({"channel": {"Channel 1": evil}})
    facts = replace(plain.facts, brand=evil)
    budget = budget_of(response(), values(), NAMES)
    material = replace(plain, cells=cells, spend=spend, facts=facts, budget=budget)
    explorer = Explorer(bench_of(tmp_path, material))
    for tab in TABS:
        explorer.tab = tab
        assert explorer.trouble is None
    for widget in _all(explorer):
        if type(widget).__name__ == "HTML":
            assert "<script>" not in widget.value
    assert "<script>alert" not in explorer.export().read_text(encoding="utf-8")


# Presenting


def test_presenting_is_large_without_code_and_with_few_controls(tmp_path: Path) -> None:
    explorer = Explorer(bench_of(tmp_path), presenting=True)
    assert [one.name for one in explorer._left] == list(app.PRESENTED)
    assert charts(explorer)[0].scale == app.LARGE
    assert "jp-CodeCell" in explorer._code.value
    named = Explorer(bench_of(tmp_path), presenting=["channel", "margin_change"])
    assert [one.name for one in named._left] == ["channel", "margin_change"]


def test_code_comes_back_with_its_button(tmp_path: Path) -> None:
    explorer = Explorer(bench_of(tmp_path), presenting=True)
    button = next(one for one in _all(explorer) if type(one).__name__ == "ToggleButton")
    button.value = True
    assert explorer._code.value == ""


def _all(widget: Any) -> list[Any]:
    found = [widget]
    for child in getattr(widget, "children", ()):
        found += _all(child)
    return found


def test_a_figure_is_on_its_way_while_the_next_is_drawn(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = explorer.shown().panels
    seen: list[list[str]] = []

    def second() -> Any:
        seen.append([chart.title for chart in charts(explorer)])
        return shown[1].figure

    later = Shown((shown[1], Panel("later", second)))
    monkeypatch.setattr(app, "show_tab", lambda *_: later)
    explorer.view = explorer.view.change(horizon=90)
    assert seen == [[shown[1].figure.layout.meta["title"]] * 2]  # type: ignore[union-attr]


def test_a_figure_that_cannot_be_drawn_is_a_sentence(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(app, "show_tab", lambda *_: Shown((Panel("broken", fail),)))
    explorer.view = explorer.view.change(horizon=90)
    assert "ZeroDivisionError" in charts(explorer)[0].sentence
    assert isinstance(explorer.trouble, ZeroDivisionError)
