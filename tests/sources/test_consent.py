"""One refusal anywhere counts, whoever says yes beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.reading import read
from tests.sources.shopify_rows import ORDER, text
from workbench.sources.consent import RULES, allowed, state_of, to_bool, together
from workbench.sources.identities import merge_identities

ANSWERS = st.sampled_from([True, False, None])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-1, 4), ANSWERS), max_size=20))
def test_together_is_no_if_anybody_says_no(rows):
    keys = np.array([key for key, _ in rows], dtype=np.int64)
    states = state_of(pd.Series([answer for _, answer in rows], dtype="boolean"))
    for (key, own), state in zip(rows, together(keys, states), strict=True):
        said = [answer for k, answer in rows if k == key] if key >= 0 else [own]
        assert state == (-1 if False in said else 1 if True in said else 0)


def test_rules_take_a_yes_no_refusal_or_all():
    states = np.array([1, 0, -1])
    may = {rule: allowed(states, rule).tolist() for rule in RULES}
    assert may == {
        "given": [True, False, False], "not_refused": [True, True, False], "all": [True] * 3,
    }  # fmt: skip
    with pytest.raises(ValueError, match="given, not_refused, all"):
        allowed(states, "some")


def test_cells_of_any_tool():
    cells = pd.Series(
        ["Yes", "FALSE", "SUBSCRIBED", "never_subscribed", "05/04/2022 10:00", "", None]
    )
    assert to_bool(cells).tolist() == [True, False, True, False, True, pd.NA, pd.NA]


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_a_refusal_in_one_part_outlives_a_yes_in_another(order):
    parts = [
        pd.DataFrame(
            {
                "customer_id": ["ann", "bob", "cy"],
                "city": [f"City {k}"] * 3,
                "consent_email": pd.array(answers, dtype="boolean"),
                "consent_sms": pd.array([None] * 3, dtype="boolean"),
            }
        )
        for k, answers in enumerate([[True, True, None], [False, None, None]])
    ]
    merged = merge_identities([parts[k] for k in order]).set_index("customer_id")
    assert merged["consent_email"].tolist() == [False, True, pd.NA]
    assert merged["city"].tolist() == [f"City {order[0]}"] * 3


def test_who_unsubscribed_after_a_first_order_is_not_asked_again(small_brand):
    rows = [
        {**ORDER, "Name": "#1", "Id": "1", "Accepts Marketing": "yes"},
        {**ORDER, "Name": "#2", "Id": "2", "Accepts Marketing": "no",
         "Created at": "2025-12-31 10:00:00 +0100"},
    ]  # fmt: skip
    exports = read(small_brand(files={"export.csv": text(rows)}, sources={
        "orders": {"format": "shopify_orders", "path": "export.csv"}}))  # fmt: skip
    assert exports.identities["consent_email"].tolist() == [False]
