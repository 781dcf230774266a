"""The warehouse against the order-by-order reference, on random logs."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.store import reference
from tests.store.logs import COST_MODELS, PRODUCTS, as_of_days, logs
from workbench.store.engine import fetch
from workbench.store.warehouse import Warehouse

EXACT = {"check_dtype": False, "rtol": 1e-9, "atol": 1e-8}  # money; the rest is equal exactly
QUESTIONS = ("daily", "value_by_age", "retention", "cohorts")
# every example compiles a dozen queries: large logs, few examples, no minutes of shrinking
EXAMPLES = max(settings().max_examples // 3, 2)
PHASES = (Phase.explicit, Phase.generate)


def build(log, costs=None, top=8):
    return Warehouse.from_frames(log[0], log[1], PRODUCTS, costs=costs, top=top)


def check_equal(got, expected, name):
    if expected.empty:
        assert got.empty, name
    else:
        assert list(got.columns) == list(expected.columns)
        pd.testing.assert_frame_equal(got, expected, obj=name, **EXACT)


@settings(max_examples=EXAMPLES, phases=PHASES)
@given(logs(), as_of_days, st.sampled_from(COST_MODELS), st.integers(1, 3), st.integers(1, 400))
def test_every_answer_equals_the_reference(log, as_of, costs, top, length):
    store = build(log, costs, top)
    priced = reference.priced_orders(*log, PRODUCTS, costs)
    table = store.customers(as_of)
    check_equal(table, reference.customers(priced, as_of, top), "customers")
    for question in QUESTIONS:
        expected = getattr(reference, question)(priced, table, as_of)
        check_equal(getattr(store, question)(as_of), expected, question)
    end = as_of + timedelta(days=length)
    check_equal(store.window(as_of, end), reference.window(priced, as_of, end), "window")
    check_money(store, table, as_of)


def check_money(store, table, as_of):
    """The answers agree with each other, whatever the reference says."""
    if not store.has_money:
        money = [name for name in table if "revenue" in name or "contribution" in name]
        assert table[money].isna().all(axis=None)
        return
    parts = table["first_contribution"] + table["repeat_contribution"]
    pd.testing.assert_series_equal(parts, table["contribution"], check_names=False, **EXACT)
    by_age, daily = store.value_by_age(as_of), store.daily(as_of)
    assert by_age["contribution"].sum() == pytest.approx(table["contribution"].sum(), abs=1e-6)
    assert by_age["orders"].sum() == table["orders"].sum()
    year = by_age.loc[by_age["age_days"] <= 365, "contribution"].sum()
    assert year == pytest.approx(table["contribution_12m"].sum(), abs=1e-6)
    assert daily["new_customers"].sum() == len(table)
    assert daily["repeat_days"].sum() == table["repeat_days"].sum()
    everything = fetch(store.orders(as_of).contribution.sum().coalesce(0.0))
    assert daily["contribution"].sum() == pytest.approx(everything, abs=1e-6)
    assert (table["orders"] > table["repeat_days"]).all()
    assert ((table["repeat_days"] == 0) == (table["recency_days"] == 0)).all()
    assert (table["recency_days"] <= table["age_days"]).all()


@settings(max_examples=EXAMPLES // 2, phases=PHASES)
@given(logs(), as_of_days, st.sampled_from(COST_MODELS))
def test_nothing_after_the_as_of_date_is_used(log, as_of, costs):
    orders, lines = log
    early = orders[orders["day"] <= pd.Timestamp(as_of)]
    early_lines = lines[lines["order_id"].isin(early["order_id"])]
    whole, cut = build(log, costs, top=1), build((early, early_lines), costs, top=1)
    for question in ("customers", *QUESTIONS):
        pd.testing.assert_frame_equal(
            getattr(whole, question)(as_of), getattr(cut, question)(as_of), obj=question
        )
