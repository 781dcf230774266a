"""The file of a view: restarts, two notebooks, damage, folders that are gone."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from workbench.explorer.state import StateFile
from workbench.explorer.view import View


def test_a_restart_finds_the_view(tmp_path: Path) -> None:
    view = View(horizon=180, budget={"Meta Ads": 12.5})
    assert StateFile(tmp_path / "a" / "explorer.json").save(view) == ""
    assert StateFile(tmp_path / "a" / "explorer.json").load() == (view, "")


def test_nothing_kept_is_no_trouble(tmp_path: Path) -> None:
    assert StateFile(tmp_path / "explorer.json").load() == (None, "")


def test_two_notebooks_the_last_wins_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "explorer.json"
    first, second = StateFile(path), StateFile(path)
    first.load()
    second.load()
    assert first.save(View(horizon=90)) == ""
    note = second.save(View(horizon=180))
    assert "Another notebook" in note
    assert second.save(View(horizon=200)) == "", "said once, not with every movement"
    assert "Another notebook" in first.save(View(horizon=30))
    assert StateFile(path).load()[0] == View(horizon=30)


def test_many_writers_never_leave_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "explorer.json"

    def write(horizon: int) -> None:
        state = StateFile(path)
        for _ in range(20):
            state.save(View(horizon=horizon))

    StateFile(path).save(View())
    threads = [threading.Thread(target=write, args=(30 + i,)) for i in range(4)]
    for one in threads:
        one.start()
    for _ in range(50):
        json.loads(path.read_text(encoding="utf-8"))
    for one in threads:
        one.join()
    view, note = StateFile(path).load()
    assert view is not None
    assert note == ""


def test_a_damaged_file_is_told_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "explorer.json"
    for text in ("{half", "[]", '{"horizon": "long"}', ""):
        path.write_text(text, encoding="utf-8")
        state = StateFile(path)
        view, note = state.load()
        assert view is None
        assert "cannot be read" in note
        assert state.save(View()) == ""


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "gone").write_text("a file where the folder was", encoding="utf-8")
    note = StateFile(tmp_path / "gone" / "explorer.json").save(View())
    assert "could not be kept" in note
