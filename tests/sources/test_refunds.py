from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sources.refunds import book_refunds

COLUMNS = ["order_id", "customer_id", "ordered_at", "amount"]


def table(*rows):
    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    frame["ordered_at"] = pd.Timestamp(2025, 1, 1) + pd.to_timedelta(frame["ordered_at"], unit="D")
    return frame


ORDERS = table(
    ("A", "ann", 1, 50.0), ("B", "ann", 2, 30.0), ("C", "ann", 3, 40.0), ("D", "bob", 1, 50.0)
)


@pytest.mark.parametrize(
    ("refund", "booked", "unbooked"),
    [
        (("B", "ann", 9, 10.0), [0, 10, 0, 0], 0),  # the order of that id
        (("r", "ann", 9, 50.0), [50, 0, 0, 0], 0),  # exactly that amount
        (("r", "ann", 9, 20.0), [0, 0, 20, 0], 0),  # the latest that can carry it
        (("r", "ann", 2, 20.0), [0, 20, 0, 0], 0),  # not a later one
        (("r", "ann", 9, 45.0), [45, 0, 0, 0], 0),
        (("r", "ann", 9, 100.0), [30, 30, 40, 0], 0),  # several, the latest first
        (("r", "ann", 9, 130.0), [50, 30, 40, 0], 10),  # more than was ever bought
        (("r", "ann", 0, 20.0), [0, 0, 0, 0], 20),  # before the log begins
        (("r", "eve", 9, 20.0), [0, 0, 0, 0], 20),
    ],
)
def test_where_a_refund_is_booked(refund, booked, unbooked):
    got, left = book_refunds(ORDERS, table(refund))
    assert got.tolist() == booked
    assert left.tolist() == [unbooked]


def test_equal_refunds_take_one_order_each():
    got, left = book_refunds(
        table(("A", "ann", 1, 9.0), ("B", "ann", 2, 9.0)),
        table(("r", "ann", 3, 9.0), ("s", "ann", 4, 9.0), ("t", "ann", 5, 9.0)),
    )
    assert got.tolist() == [9.0, 9.0]
    assert left.tolist() == [0.0, 0.0, 9.0]


rows = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.sampled_from(["a", "b"]), st.integers(0, 9),
              st.integers(1, 5000).map(lambda cents: cents / 100)), max_size=12,
)  # fmt: skip


@given(rows, rows, st.randoms())
def test_nothing_is_lost_nor_overdrawn_in_any_order(orders, refunds, random):
    orders, refunds = table(*orders), table(*refunds)
    booked, left = book_refunds(orders, refunds)
    assert booked.sum() + left.sum() == pytest.approx(refunds["amount"].sum(), abs=0.01 * 12)
    assert (booked <= orders["amount"] + 1e-9).all()
    shuffled = refunds.sample(frac=1, random_state=random.randrange(100))
    again, left_again = book_refunds(orders, shuffled)
    assert again.tolist() == pytest.approx(booked.tolist(), abs=1e-9)
    assert left_again.sum() == pytest.approx(left.sum(), abs=1e-9)
