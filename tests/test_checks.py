"""Checks: the worst status counts, and the table keeps what was measured."""

from __future__ import annotations

from itertools import permutations

import pytest

from workbench.checks import COLUMNS, Check, Status, measured, to_table, worst


def check(status: Status, value: float | str | None = None) -> Check:
    return Check("guest_share", status, value, "<= 0.3", "found", "do")


def test_the_worst_status_counts_in_any_order():
    for order in permutations(Status):
        assert worst(check(status) for status in order) is Status.FAIL
    assert worst([check(Status.REVIEW), check(Status.PASS)]) is Status.REVIEW
    assert worst([]) is Status.PASS


def test_a_status_is_one_of_three():
    assert check("REVIEW").status is Status.REVIEW
    with pytest.raises(ValueError, match="WARN"):
        check("WARN")


def test_the_table_keeps_numbers_and_words_side_by_side():
    values = [0.25, "none", None, 3]
    table = to_table([check(Status.PASS, value) for value in values])
    assert tuple(table.columns) == COLUMNS
    assert list(table["value"]) == values
    assert list(table["status"]) == ["PASS"] * 4


def test_no_check_gives_an_empty_table_with_its_columns():
    assert tuple(to_table([]).columns) == COLUMNS
    assert len(to_table([])) == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [(23_502, "23,502"), (23_502.0, "23,502"), (1.0107, "1.011"), (0.0266512, "0.02665"),
     (None, ""), (float("nan"), ""), ("USD", "USD"), (-0.0865, "-0.0865")],
)  # fmt: skip
def test_what_was_measured_is_written_without_exponents(value: object, text: str) -> None:
    assert measured(value) == text  # type: ignore[arg-type]
