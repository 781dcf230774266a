"""Customers collapsed to distinct histories, and histories that cannot be."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ModelError
from workbench.models.calendar import make_calendar
from workbench.models.families import mbg
from workbench.models.histories import collapse, day_number
from workbench.models.kernels import history_kernel

START, AS_OF = date(2025, 1, 1), date(2025, 12, 31)
CALENDAR = make_calendar(START, AS_OF)


def customers(*rows: tuple[int, int, int]) -> pd.DataFrame:
    """Customers from (first day, last day, repeat days), days counted from `START`."""
    first, last, repeats = zip(*rows, strict=True)
    origin = pd.Timestamp(START)
    return pd.DataFrame(
        {
            "first_day": origin + pd.to_timedelta(list(first), unit="D"),
            "last_day": origin + pd.to_timedelta(list(last), unit="D"),
            "repeat_days": list(repeats),
        }
    )


@st.composite
def tables(draw):
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 40), st.integers(1, 60), st.integers(0, 5), st.integers(0, 2)),
            min_size=1,
            max_size=60,
        )
    )
    table = [(f, f + (max(gap, x) if x else 0), x) for f, gap, x, _ in rows]
    return customers(*table), np.array([cell for *_, cell in rows])


@given(tables())
def test_the_likelihood_of_equal_histories_is_that_of_all_customers(case):
    table, cell = case
    data = collapse(table, cell, 3, CALENDAR, tolerance=0)
    assert data.weight.sum() == len(table)
    assert (data.weight * data.repeats).sum() == table["repeat_days"].sum()
    clock = np.arange(1, 366) / 7.0
    rate, drop = np.array([-2.0, -2.5, -1.0]), np.array([-1.0, 0.3, 0.0])
    first = day_number(table["first_day"], START)
    chance = 1 / (1 + np.exp(-drop[cell]))
    plain = mbg.log_likelihood(
        table["repeat_days"].to_numpy(),
        clock[day_number(table["last_day"], START)] - clock[first],
        clock[-1] - clock[first],
        r=0.8,
        alpha=0.8 * np.exp(-rate[cell]),
        a=3.0 * chance,
        b=3.0 * (1 - chance),
    ).sum()
    ours = history_kernel(1, 0.8, 3.0, rate, drop, clock, *data.arrays().values())[0]
    assert ours == pytest.approx(float(plain), rel=1e-10, abs=1e-9)


def test_rows_are_distinct_and_sorted_by_cell_then_repeats():
    table = customers((3, 9, 2), (0, 0, 0), (3, 9, 2), (1, 8, 1), (0, 0, 0))
    data = collapse(table, np.array([1, 1, 1, 0, 1]), 2, CALENDAR)
    assert data.cell.tolist() == [0, 1, 1]
    assert data.first.tolist() == [1, 0, 3]
    assert data.last.tolist() == [8, 0, 9]
    assert data.weight.tolist() == [1, 2, 2]
    assert data.above.tolist() == [3, 2]
    assert data.cell_start.tolist() == [0, 1, 3]
    assert data.cell_above.tolist() == [1, 2, 2]
    assert data.cell_weight.tolist() == [1, 4]


def test_nobody_who_came_back_leaves_the_counts_empty():
    data = collapse(customers((0, 0, 0), (5, 5, 0)), np.zeros(2, dtype=int), 1, CALENDAR)
    assert len(data.above) == len(data.cell_above) == 0
    assert data.cell_start.tolist() == [0, 0]


IMPOSSIBLE = {
    "after the as-of date": (400, 400, 0),
    "last purchase before the first": (9, 4, 1),
    "negative number": (4, 4, -1),
    "without a later purchase day": (4, 4, 2),
    "without repeat days": (4, 9, 0),
    "more repeat days than days": (4, 6, 3),
}


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_an_impossible_history_is_refused_in_words(words):
    with pytest.raises(ModelError, match=words):
        collapse(customers((0, 3, 1), IMPOSSIBLE[words]), np.zeros(2, int), 1, CALENDAR)


def test_all_broken_rules_are_named_at_once():
    rows = customers(*IMPOSSIBLE.values())
    with pytest.raises(ModelError) as error:
        collapse(rows, np.zeros(len(rows), dtype=int), 1, CALENDAR)
    assert all(words in str(error.value) for words in IMPOSSIBLE)


def test_a_repeat_purchase_on_the_as_of_date_counts():
    data = collapse(customers((0, 364, 1)), np.zeros(1, dtype=int), 1, CALENDAR)
    assert data.last.tolist() == [364]


def test_like_histories_share_a_row_at_their_mean_days():
    rows = [(first, first + 100 + first, 2) for first in range(5)] + [(40, 150, 2), (3, 300, 2)]
    data = collapse(customers(*rows), np.zeros(len(rows), dtype=int), 1, CALENDAR, tolerance=0.2)
    assert data.weight.tolist() == [5, 1, 1]
    assert data.first.tolist() == [2, 3, 40]
    assert data.last.tolist() == [104, 300, 150]


@given(tables())
def test_compressed_rows_keep_customers_repeats_and_days(case):
    table, cell = case
    loose = collapse(table, cell, 3, CALENDAR, tolerance=0.5)
    exact = collapse(table, cell, 3, CALENDAR, tolerance=0)
    for c in range(3):
        for name in ("repeats", "first", "last"):
            sums = [(d.weight * getattr(d, name))[d.cell == c].sum() for d in (loose, exact)]
            assert sums[0] == pytest.approx(sums[1])
    assert len(loose.cell) <= len(exact.cell)
    for name in ("above", "cell_start", "cell_above", "cell_weight"):
        assert np.array_equal(getattr(loose, name), getattr(exact, name))


def test_the_error_of_a_row_shrinks_with_the_square_of_its_width():
    rng = np.random.default_rng(4)
    first = rng.integers(0, 31, 4000)
    repeats = rng.integers(0, 4, 4000)
    gap = np.where(repeats > 0, rng.integers(10, 330, 4000), 0)
    table = customers(*zip(first, first + gap, repeats, strict=True))
    clock = np.cumsum(rng.uniform(0.8, 1.2, 365)) / 7.0
    args = (1, 0.8, 3.0, np.array([-2.5]), np.array([-0.5]), clock)

    def value(tolerance: float) -> float:
        data = collapse(table, np.zeros(4000, int), 1, CALENDAR, tolerance=tolerance)
        return float(history_kernel(*args, *data.arrays().values())[0])

    exact = value(0)
    wide, narrow = abs(value(0.4) - exact), abs(value(0.1) - exact)
    assert wide < 3e-3 * abs(exact)
    assert narrow < wide / 6
