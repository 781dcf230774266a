"""The form fills stack.yaml: comments stay, a wrong answer changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SmallBrand, require
from workbench.errors import InputError, WorkbenchError
from workbench.questionnaire import form, load_answers, save_answers, stack_path
from workbench.sources.stack import read_stack
from workbench.spectrum.capabilities import load_capabilities, questionnaire

HAND = """\
# our stack, kept by Ann
flow_welcome:
  state: basic  # since spring
  owner: "Ann"
flow_win_back: live
# asked twice
consent:
"""
ANSWER = {
    "state": "live",
    "owner": "Ann",
    "date": date(2026, 5, 18),
    "evidence": "wiki: page 4 # and 5",
}


def test_a_new_file_holds_every_question_and_the_answer(tmp_path: Path) -> None:
    path = save_answers(tmp_path / "stack.yaml", {"flow_welcome": ANSWER})
    assert read_stack(path)["flow_welcome"] == ANSWER
    text = path.read_text(encoding="utf-8")
    for item in load_capabilities():
        assert item.question in text
    changed = set(text.splitlines()) - set(questionnaire().splitlines())
    assert len(changed) <= len(ANSWER)


def test_comments_and_other_answers_stay(tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(HAND, encoding="utf-8")
    save_answers(path, {"flow_welcome": {"state": "live"}, "flow_win_back": {"owner": "Bo"}})
    text = path.read_text(encoding="utf-8")
    for kept in ("# our stack, kept by Ann", "# since spring", "# asked twice", 'owner: "Ann"'):
        assert kept in text
    assert read_stack(path) == {
        "flow_welcome": {"state": "live", "owner": "Ann"},
        "flow_win_back": {"state": "live", "owner": "Bo"},
    }


def test_saving_nothing_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(questionnaire(), encoding="utf-8")
    save_answers(path, {})
    assert path.read_text(encoding="utf-8") == questionnaire()


def test_an_answer_can_be_taken_back(tmp_path: Path) -> None:
    path = save_answers(tmp_path / "stack.yaml", {"flow_welcome": ANSWER})
    save_answers(path, {"flow_welcome": {"owner": "", "date": None}})
    assert set(read_stack(path)["flow_welcome"]) == {"state", "evidence"}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"flow_welcom": {"state": "live"}}, "no such question"),
        ({"flow_welcome": {"hours": 3}}, "unknown field 'hours'"),
        ({"flow_welcome": {"state": "perhaps"}}, "there is no state 'perhaps'"),
        ({"flow_welcome": {"date": "31 June"}}, "is no date"),
        ({"hours_per_week": {"hours": -1}}, "is no amount"),
    ],
)
def test_a_wrong_answer_leaves_the_file_as_it_was(
    tmp_path: Path, answers: dict[str, Any], words: str
) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(HAND, encoding="utf-8")
    with pytest.raises((InputError, WorkbenchError), match=words):
        save_answers(path, answers)
    assert path.read_text(encoding="utf-8") == HAND
    assert list(tmp_path.iterdir()) == [path]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_text_is_read_back(tmp_path_factory: pytest.TempPathFactory, note: str) -> None:
    path = tmp_path_factory.mktemp("stack") / "stack.yaml"
    save_answers(path, {"consent": {"state": "basic", "note": note}})
    assert load_answers(path)["consent"].get("note", "") == " ".join(note.split())


def test_the_form_shows_saves_and_says_what_is_wrong(small_brand: SmallBrand) -> None:
    require("ipywidgets")
    home = small_brand(
        sources={"orders": {"format": "orders", "path": "orders.csv"}, "stack": "stack.yaml"},
        files={"stack.yaml": HAND},
    )
    levels, button, said = form(home).children
    questions = [box for level in levels.children for box in level.children]
    assert len(questions) == len(load_capabilities())
    by_id = {item.number: item.id for item in load_capabilities()}
    found = {by_id[int(box.children[0].value[3:].split(".")[0])]: box for box in questions}
    state = found["flow_welcome"].children[1]
    assert state.value == "basic"
    state.value = "live"
    button.click()
    assert said.value == "Saved 1 answer to stack.yaml."
    assert load_answers(stack_path(home))["flow_welcome"]["state"] == "live"
    assert "# since spring" in stack_path(home).read_text(encoding="utf-8")
    stack_path(home).unlink()
    found["hours_per_week"].children[2].value = 5.0
    button.click()
    assert load_answers(home / "stack.yaml")["hours_per_week"]["hours"] == 5.0
