"""The warehouse against the order-by-order reference, on random logs."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.store import reference
from tests.store.logs import COST_MODELS, PRODUCTS, as_of_days, logs
from workbench.store.warehouse import Warehouse

EXACT = {"check_dtype": False, "rtol": 1e-9, "atol": 1e-8}


def build(log, costs=None, **options):
    return Warehouse.from_frames(log[0], log[1], PRODUCTS, costs=costs, **options)


@given(logs(), as_of_days, st.sampled_from(COST_MODELS), st.integers(1, 3))
def test_customers_equal_the_reference(log, as_of, costs, top):
    priced = reference.priced_orders(*log, PRODUCTS, costs)
    expected = reference.customers(priced, as_of, top)
    got = build(log, costs, top=top).customers(as_of)
    if expected.empty:
        assert got.empty
        return
    assert list(got.columns) == list(expected.columns)
    pd.testing.assert_frame_equal(got, expected, **EXACT)
