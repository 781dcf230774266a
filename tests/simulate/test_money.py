"""Money of simulated orders: identities that hold for every brand and seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.simulate import simulate_process, stage_settings


@given(
    stage=st.integers(1, 4),
    seed=st.integers(0, 2**32),
    customers=st.integers(1, 120),
    tax_rate=st.sampled_from([0.0, 0.065, 0.2]),
    partial_refund_rate=st.sampled_from([0.0, 0.5]),
)
def test_order_money_adds_up(stage, seed, customers, tax_rate, partial_refund_rate):
    settings = stage_settings(stage, customers=customers)
    spending = replace(
        settings.spending, tax_rate=tax_rate, partial_refund_rate=partial_refund_rate
    )
    settings = replace(settings, spending=spending)
    orders = simulate_process(settings, seed).orders

    money = ["price", "items", "discount", "shipping", "tax", "total", "refunded"]
    whole_cents = orders[money] * 100
    np.testing.assert_allclose(whole_cents, whole_cents.round(), atol=1e-6)
    net = orders["items"] - orders["discount"] + orders["shipping"]
    np.testing.assert_allclose(orders["total"], net + orders["tax"], atol=1e-9)
    assert (orders[money] >= 0).all(axis=None)
    assert (orders["refunded"] <= orders["total"]).all()
    assert (orders["refunded"] > 0).eq(orders["refund_day"] >= 0).all()

    kept = orders["kind"] == "kept"
    assert (orders["revenue"][kept] > 0).all()
    assert (orders["revenue"][~kept] == 0).all()
    np.testing.assert_allclose(orders["revenue"][kept], (net - orders["refund"])[kept], atol=1e-9)
    # the first line is the larger one, so that it decides the first product
    first_line = orders["price"] * orders["quantity"]
    assert (first_line + 0.02 >= orders["second_price"]).all()
    assert (orders["second_product"] >= 0).eq(orders["second_price"] > 0).all()
    # returned orders cost fulfilment and payment; what never was an order costs nothing
    returned, noise = orders["kind"] == "returned", ~orders["kind"].isin(["kept", "returned"])
    cost = settings.costs.fulfilment_per_order + settings.costs.payment_fixed
    assert (orders["contribution"][returned] <= -cost).all()
    assert (orders["contribution"][noise] == 0).all()
