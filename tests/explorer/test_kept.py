"""Views of the client's report: kept as settings, told apart, damaged, removed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import require
from tests.explorer.benches import bench_of
from tests.explorer.handmade import handmade
from workbench.errors import InputError
from workbench.explorer.kept import keep_view, kept_views, read_kept, remove_view, views_folder
from workbench.explorer.view import WINDOW, View

NOW = datetime(2026, 7, 2, 9, 30)


def test_a_view_is_kept_as_settings_in_the_order_of_adding(tmp_path: Path) -> None:
    first = keep_view(tmp_path, "Value", View(horizon=90), title="  Ninety\ndays ", now=NOW)
    later = keep_view(tmp_path, "Channels", View(), now=NOW.replace(hour=10))
    assert first.title == "Ninety days"
    assert later.title == "Channels"
    assert kept_views(tmp_path) == ((first, later), ())
    assert set(json.loads((tmp_path / f"{first.name}.json").read_text())) == {
        "tab", "title", "added", "view",
    }  # fmt: skip


def test_the_same_view_again_only_takes_the_new_title(tmp_path: Path) -> None:
    keep_view(tmp_path, "Value", View(), title="Old", now=NOW)
    again = keep_view(tmp_path, "Value", View(), title="New", now=NOW.replace(year=2027))
    assert again.added.startswith("2026-07-02")
    assert kept_views(tmp_path) == ((again,), ())


def test_a_view_is_removed_and_a_second_time_is_no_trouble(tmp_path: Path) -> None:
    one = keep_view(tmp_path, "Value", View(), now=NOW)
    remove_view(tmp_path, one.name)
    remove_view(tmp_path, one.name)
    assert kept_views(tmp_path) == ((), ())
    assert kept_views(tmp_path / "none") == ((), ())


@pytest.mark.parametrize(
    "damage",
    [
        lambda told: "{half",
        lambda told: "[]",
        lambda told: json.dumps({**told, "tab": "Weather"}),
        lambda told: json.dumps({**told, "added": "yesterday"}),
        lambda told: json.dumps({**told, "view": {"horizon": "long"}}),
        lambda told: json.dumps({**told, "view": 3}),
    ],
)
def test_a_damaged_view_is_told_and_the_others_stay(tmp_path: Path, damage: Any) -> None:
    good = keep_view(tmp_path, "Channels", View(), now=NOW)
    bad = tmp_path / f"{keep_view(tmp_path, 'Value', View(), now=NOW).name}.json"
    bad.write_text(damage(json.loads(bad.read_text())), encoding="utf-8")
    views, notes = kept_views(tmp_path)
    assert views == (good,)
    assert len(notes) == 1
    with pytest.raises(InputError):
        read_kept(bad)


def test_the_acquisition_window_moves_with_the_date_other_months_stay() -> None:
    now, then = handmade(), handmade()
    then = replace(then, facts=replace(then.facts, months=now.facts.months[1:]))
    kept = now.relative(now.default_view())
    assert kept.filters["first_month"] == WINDOW
    assert kept.segments[0].filters["first_month"] == WINDOW
    view, notes = then.known(kept)
    assert notes == ()
    assert view == then.default_view()
    chosen = View(filters={"first_month": now.facts.months[:1]})
    assert now.relative(chosen) == chosen
    assert now.known(now.relative(now.default_view()))[0] == now.default_view()


def test_the_explorer_adds_lists_and_removes(tmp_path: Path) -> None:
    require("ipywidgets")
    require("anywidget")
    from workbench.explorer.app import Explorer
    from workbench.explorer.kept_controls import KeptControls

    def controls(explorer: Explorer) -> KeptControls:
        return next(one for one in _all(explorer) if isinstance(one, KeptControls))

    explorer = Explorer(bench_of(tmp_path))
    explorer.tab = "What if"
    controls(explorer)._title.value = "<b>Dearer</b> spend"
    controls(explorer).add()
    (one,), _ = kept_views(views_folder(tmp_path))
    assert (one.tab, one.title) == ("What if", "<b>Dearer</b> spend")
    assert one.view == explorer._bench.material.relative(explorer.view)
    texts = [w.value for w in _all(controls(explorer)) if type(w).__name__ == "HTML"]
    assert any("&lt;b&gt;Dearer" in text for text in texts)
    assert "Added" in explorer._status.value
    again = Explorer(bench_of(tmp_path))
    button = next(w for w in _all(controls(again)) if getattr(w, "description", "") == "Remove")
    button.click()
    assert kept_views(views_folder(tmp_path)) == ((), ())
    assert not any(type(w).__name__ == "Button" for w in _all(controls(again)._list))
    assert not any(
        isinstance(w, KeptControls) for w in _all(Explorer(bench_of(tmp_path), presenting=True))
    )


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    require("ipywidgets")
    require("anywidget")
    from workbench.explorer.app import Explorer
    from workbench.explorer.kept_controls import KeptControls

    explorer = Explorer(bench_of(tmp_path))
    (tmp_path / "views").write_text("in the way", encoding="utf-8")
    next(one for one in _all(explorer) if isinstance(one, KeptControls)).add()
    assert "could not be added" in explorer._status.value


def _all(widget: Any) -> list[Any]:
    found = [widget]
    for child in getattr(widget, "children", ()):
        found += _all(child)
    return found
