from __future__ import annotations

import math
from datetime import date

import pytest

from workbench.errors import InputError
from workbench.spectrum.answers import Answer, read_answers

AS_OF = date(2026, 6, 30)


@pytest.mark.parametrize("stack", [None, {}, {"flow_welcome": None}, {"flow_welcome": {}}])
def test_missing_or_empty_questionnaire_answers_nothing(stack):
    answers = read_answers(stack)
    assert len(answers) == 34
    assert all(math.isnan(answer.score) for answer in answers.values())


def test_dates_may_come_as_text_or_as_days():
    stack = {"flow_welcome": {"date": "2026-05-01"}, "consent": {"date": date(2026, 5, 1)}}
    answers = read_answers(stack)
    assert answers["flow_welcome"].day == answers["consent"].day == date(2026, 5, 1)


def test_every_fault_is_reported_at_once():
    stack = {
        "flow_welcom": {"state": "live"},
        "consent": {"state": "done", "who": "Ana", "date": "2026-13-01"},
        "order_sync": "live",
        "flow_win_back": {"hours": 3},
        "hours_per_week": {"hours": "many", "hourly_rate": -5},
        "deliverability": {"state": True},
    }
    with pytest.raises(InputError) as caught:
        read_answers(stack)
    assert len(caught.value.problems) == 9
    text = str(caught.value)
    for words in (
        "did you mean 'flow_welcome'?",
        "unknown state 'done'",
        "unknown key 'who'",
        "'2026-13-01' is no date",
        "the answer is no mapping",
        "unknown key 'hours'",
        "'many' is no amount",
        "-5 is no amount",
        "unknown state True",
    ):
        assert words in text
    assert "absent, basic, live, not_applicable, unknown" in text


@pytest.mark.parametrize("stack", [["flow_welcome"], "live", 3])
def test_answers_that_are_no_mapping_are_refused(stack):
    with pytest.raises(InputError, match="no mapping"):
        read_answers(stack)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer("live", owner="Ana", evidence="log.pdf", day=date(2026, 6, 30)), ""),
        (Answer("live", owner="Ana", evidence="log.pdf", day=date(2025, 7, 1)), ""),
        (Answer("live", owner="Ana", evidence="log.pdf", day=date(2025, 6, 30)), "older than"),
        (Answer("live", owner="Ana", evidence="log.pdf", day=date(2026, 7, 1)), "after the as-of"),
        (Answer("live", owner="Ana", evidence="log.pdf"), "no date"),
        (Answer("live", evidence="log.pdf", day=AS_OF), "no owner"),
        (Answer("live", owner="Ana", day=AS_OF), "no artefact"),
    ],
)
def test_artefact_counts_only_when_named_owned_and_of_the_last_year(answer: Answer, fault: str):
    found = answer.artefact_fault(AS_OF)
    assert fault in found
    assert bool(found) == bool(fault)
