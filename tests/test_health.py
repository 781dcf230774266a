"""The health of a fit: by hand, and never better for a worse check."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.checks import Check, Status
from workbench.health import CONVERGENCE, HEALTH, HealthWeights, health_check, health_score

NAMES = ["R-hat", "Divergences", "Weekly tracking", "Young customers", "Prior sensitivity"]
STATUSES = list(Status)


def checks(*statuses: str, names: list[str] = NAMES) -> list[Check]:
    return [
        Check(name, Status(status), None, "", f"found {name}", f"mend {name}")
        for name, status in zip(names, statuses, strict=False)
    ]


@pytest.mark.parametrize(
    ("statuses", "score"),
    [
        (["PASS"] * 5, 100),
        (["PASS", "PASS", "REVIEW", "PASS", "PASS"], 95),
        (["REVIEW"] * 5, 75),
        (["PASS", "PASS", "FAIL", "PASS", "PASS"], 50),
        (["PASS", "PASS", "FAIL", "FAIL", "FAIL"], 25),
        (["FAIL", "PASS", "PASS", "PASS", "PASS"], 20),
        (["FAIL"] * 5, 0),
        ([], 0),
    ],
)
def test_scores_by_hand(statuses, score):
    assert health_score(checks(*statuses)) == score


@given(st.lists(st.sampled_from(STATUSES), min_size=5, max_size=5), st.integers(0, 4))
def test_a_better_check_never_lowers_the_score(statuses, at):
    given_checks = checks(*statuses)
    for better in STATUSES[: STATUSES.index(statuses[at])]:
        changed = [*given_checks]
        changed[at] = replace(changed[at], status=better)
        assert health_score(changed) >= health_score(given_checks)
    assert 0 <= health_score(given_checks) <= 100


@given(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=5), st.sampled_from(STATUSES))
def test_one_more_check_never_raises_it(statuses, more):
    extra = Check("One more", more, None, "", "", "")
    assert health_score([*checks(*statuses), extra]) <= health_score(checks(*statuses))


def test_the_sentence_names_what_lowered_it_most():
    clean = health_check(checks(*["PASS"] * 5))
    assert (clean.status, clean.value, clean.recommendation) == (Status.PASS, 100, "")
    reviewed = health_check(checks("PASS", "PASS", "REVIEW", "REVIEW", "PASS"))
    assert reviewed.status is Status.PASS
    assert reviewed.message == (
        "90 of 100. Lowered most by: Weekly tracking (REVIEW), and 1 other check."
    )
    failed = health_check(checks("REVIEW", "FAIL", "FAIL", "PASS", "PASS"))
    assert failed.status is Status.FAIL
    assert "Divergences (FAIL), and 2 other checks." in failed.message
    assert failed.recommendation == "mend Divergences"
    assert health_check(checks("PASS", "PASS", "FAIL", "FAIL", "PASS")).message.startswith(
        "50 of 100. Lowered most by: Weekly tracking (FAIL)"
    )


def test_many_reviews_are_a_review_and_never_a_failure():
    names = [f"check {i}" for i in range(30)]
    found = health_check(checks(*["REVIEW"] * 30, names=names))
    assert (found.status, found.value) == (Status.REVIEW, 0)


def test_only_what_the_model_assumes_of_the_data_counts():
    data = checks("REVIEW", "FAIL", names=["regular_buying", "spend_grain"])
    found = health_check(checks(*["PASS"] * 5), data)
    assert found.value == 95
    assert "Regular buying (REVIEW)." in found.message


def test_the_health_itself_is_not_counted_again():
    judged = checks("PASS", "REVIEW")
    again = [health_check(judged), *judged]
    assert health_score(again) == health_score(judged) == 95
    assert health_check(again).message == health_check(judged).message
    assert health_check([]).status is Status.REVIEW
    assert HEALTH not in CONVERGENCE


def test_a_failure_is_capped_whatever_it_costs():
    mild = HealthWeights(fail=1)
    assert health_score(checks("PASS", "PASS", "FAIL"), mild) == 50
    assert health_score(checks("FAIL"), mild) == 20
