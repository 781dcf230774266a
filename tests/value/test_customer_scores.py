"""Scores customer by customer, by hand and by what must hold for any forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.value.customer_scores import customer_summary, decile_table, normalised_gini

AMOUNTS = st.lists(st.integers(0, 50), min_size=2, max_size=30).filter(lambda v: len(set(v)) > 1)


def test_a_perfect_order_has_a_gini_of_one_and_the_reverse_minus_one():
    actual = np.random.default_rng(1).gamma(0.5, 10.0, 300)
    assert normalised_gini(actual, actual) == pytest.approx(1.0)
    assert normalised_gini(np.sqrt(actual), actual) == pytest.approx(1.0)
    assert normalised_gini(-actual, actual) == pytest.approx(-1.0)


def test_a_random_order_has_a_gini_near_zero():
    """Sd of the mean of 200 random orders of 500 customers is about 0.005."""
    rng = np.random.default_rng(2)
    actual = rng.gamma(0.5, 10.0, 500)
    found = [normalised_gini(rng.uniform(size=500), actual) for _ in range(200)]
    assert np.mean(found) == pytest.approx(0.0, abs=0.025)


def test_the_gini_by_hand():
    """Outcomes 6, 3, 1, 0 seen in the order 6, 1, 3, 0: running shares 0.6, 0.7, 1, 1."""
    actual = np.array([6.0, 3.0, 1.0, 0.0])
    area = (0.6 + 0.7 + 1.0 + 1.0 - 2.5) / 4
    perfect = (0.6 + 0.9 + 1.0 + 1.0 - 2.5) / 4
    assert normalised_gini(np.array([9.0, 2.0, 5.0, 1.0]), actual) == pytest.approx(area / perfect)


def test_equal_forecasts_say_nothing():
    actual = np.array([5.0, 0.0, 2.0, 1.0])
    assert normalised_gini(np.ones(4), actual) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("actual", [[0.0, 0.0], [3.0, 3.0, 3.0], [5.0], [-4.0, 1.0], []], ids=str)
def test_without_anything_to_rank_there_is_no_gini(actual):
    assert np.isnan(normalised_gini(np.arange(len(actual)), np.array(actual)))


@given(AMOUNTS, st.randoms(use_true_random=False))
def test_the_order_of_customers_does_not_matter_and_no_gini_passes_one(values, random):
    actual = np.array(values, dtype=float)
    predicted = np.array([random.randrange(5) for _ in values], dtype=float)
    at = np.array(random.sample(range(len(values)), len(values)))
    found = normalised_gini(predicted, actual)
    assert found == pytest.approx(normalised_gini(predicted[at], actual[at]), abs=1e-9)
    assert -1 - 1e-9 <= found <= 1 + 1e-9
    pd.testing.assert_frame_equal(
        decile_table(predicted, actual), decile_table(predicted[at], actual[at])
    )


@given(AMOUNTS)
def test_deciles_add_up_to_the_totals(values):
    actual = np.array(values, dtype=float)
    predicted = actual[::-1] + 1.0
    table = decile_table(predicted, actual)
    assert table["customers"].sum() == len(values)
    assert table["customers"].max() - table["customers"].min() <= 1
    for name, column in (("predicted", predicted), ("actual", actual)):
        assert (table[name] * table["customers"]).sum() == pytest.approx(column.sum())
    assert (np.diff(table["predicted"]) <= 1e-9).all()


def test_a_decile_table_by_hand():
    """Twelve customers: two in each of the first two tenths, one in each of the others."""
    predicted = np.array([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], dtype=float)
    actual = np.array([20, 10, 4, 6, 9, 0, 0, 5, 0, 1, 0, 0], dtype=float)
    table = decile_table(predicted[::-1], actual[::-1])
    assert table["decile"].tolist() == list(range(1, 11))
    assert table["customers"].tolist() == [2, 2, 1, 1, 1, 1, 1, 1, 1, 1]
    assert table["predicted"].tolist() == [11.5, 9.5, 8, 7, 6, 5, 4, 3, 2, 1]
    assert table["actual"].tolist() == [15, 5, 9, 0, 0, 5, 0, 1, 0, 0]


def test_customers_with_equal_forecasts_share_their_outcomes():
    table = decile_table(np.ones(20), np.r_[np.full(10, 4.0), np.zeros(10)])
    assert table["actual"].tolist() == [2.0] * 10


def test_fewer_customers_than_tenths():
    assert decile_table(np.array([3.0, 1.0]), np.array([2.0, 0.0])).values.tolist() == [
        [1, 1, 3.0, 2.0], [2, 1, 1.0, 0.0],
    ]  # fmt: skip
    assert decile_table(np.zeros(0), np.zeros(0)).empty


def test_a_summary_by_hand():
    predicted = pd.DataFrame({"customer_id": ["a", "b", "c"], "orders": [2.0, 1.0, 0.0]})
    actual = pd.DataFrame(
        {"customer_id": ["c", "b", "a"], "orders": [1, 0, 3], "revenue": [9.0, 0.0, 90.0]}
    )
    found = customer_summary(predicted, actual, ["orders", "revenue"])
    [row] = found.to_dict("records")
    assert (row["level"], row["metric"], row["groups"]) == ("customer", "orders", 3)
    assert (row["actual"], row["mean"]) == (4.0, 3.0)
    assert row["bias"] == pytest.approx(-0.25)
    assert row["wape"] == pytest.approx(3 / 4)
    assert row["mae"] == pytest.approx(1.0)
    # running shares 3/4, 3/4, 1 against the best 3/4, 1, 1
    assert row["gini"] == pytest.approx((2.5 - 2) / (2.75 - 2))
