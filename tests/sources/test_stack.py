from __future__ import annotations

from datetime import date

import pytest

from workbench.errors import SourceError
from workbench.sources.stack import FIELDS, STATES, read_stack
from workbench.spectrum.answers import read_answers
from workbench.spectrum.capabilities import answer_states, load_capabilities, questionnaire


def read(tmp_path, text):
    path = tmp_path / "stack.yaml"
    path.write_text(text, encoding="utf-8")
    return read_stack(path)


def test_answers(tmp_path):
    answers = read(
        tmp_path,
        "flow_welcome: {state: live, owner: Ann, date: 2026-05-01, evidence: flows.csv}\n"
        "hours_per_week: {hours: 12, hourly_rate: 55.5}\nconsent:\n  note:\nholdouts:\n",
    )
    assert answers == {
        "flow_welcome": {
            "state": "live",
            "owner": "Ann",
            "date": date(2026, 5, 1),
            "evidence": "flows.csv",
        },
        "hours_per_week": {"hours": 12.0, "hourly_rate": 55.5},
    }


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("0", "absent"), ("1", "basic"), ("2", "live"), ("yes", "live"), ("no", "absent"),
        ("'Yes'", "live"), ("true", "live"), ("LIVE", "live"), ("unknown", "unknown"),
        ("not_applicable", "not_applicable"),
    ],
)  # fmt: skip
def test_states_as_people_write_them(tmp_path, written, state):
    assert read(tmp_path, f"a: {{state: {written}}}\nb: {written}\n") == {
        "a": {"state": state},
        "b": {"state": state},
    }


def test_all_problems_at_once_with_their_lines(tmp_path):
    text = (
        "a:\n  state: sometimes\n  ownr: Ann\nb:\n  date: 2026-02-31\n  hours: -3\n"
        "c:\n  note: [x]\nd: live\nd: live\n"
    )
    with pytest.raises(SourceError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert len(caught.value.problems) == 6
    assert "line 3, a.ownr" in message
    assert "did you mean 'owner'?" in message
    assert "line 5, b.date: '2026-02-31' is no date" in message
    assert "is written twice" in message


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n", "a: {state: live\n"])
def test_other_files_are_refused(tmp_path, text):
    with pytest.raises(SourceError):
        read(tmp_path, text)


def test_it_speaks_the_registry_s_words(tmp_path):
    assert set(STATES) == set(answer_states())
    assert {field for item in load_capabilities() for field in item.answer_fields} <= set(FIELDS)
    unanswered = read(tmp_path, questionnaire())
    assert {answer["state"] for answer in unanswered.values()} == {"unknown"}
    assert set(read_answers(unanswered)) == {item.id for item in load_capabilities()}
