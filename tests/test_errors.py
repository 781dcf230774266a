"""Errors: all problems at once, in the user's words."""

from __future__ import annotations

import pickle

import pytest

from workbench.errors import (
    BrandError,
    InputError,
    ModelError,
    Problem,
    SourceError,
    WorkbenchError,
)


def test_the_message_numbers_every_problem_with_place_and_remedy():
    error = SourceError(
        [
            Problem("column Total is missing", "orders.csv", "Total or total_price", "map it"),
            Problem("2 dates are ambiguous", "orders.csv row 7"),
        ]
    )
    assert str(error).splitlines() == [
        "2 problems in the input:",
        "1. orders.csv: column Total is missing",
        "   Allowed: Total or total_price",
        "   To do: map it",
        "2. orders.csv row 7: 2 dates are ambiguous",
    ]


def test_one_problem_or_one_sentence_is_enough():
    assert str(InputError("the file is empty")) == "1 problem in the input:\n1. the file is empty"
    assert str(InputError(Problem("empty"), title="orders.csv")) == "orders.csv:\n1. empty"


@pytest.mark.parametrize("kind", [InputError, BrandError, SourceError])
def test_an_error_survives_another_process(kind):
    error = kind([Problem("empty", "orders.csv")], title="2 files")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.problems == error.problems
    assert str(again) == str(error)


def test_every_error_is_caught_as_a_workbench_error_or_a_value_error():
    for kind in (InputError, BrandError, SourceError, ModelError):
        assert issubclass(kind, WorkbenchError)
        assert issubclass(kind, ValueError)
