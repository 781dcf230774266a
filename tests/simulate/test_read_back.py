"""A written brand, read by the workbench, gives the customers and values of its truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.brand import load_brand
from workbench.simulate import simulate_process, stage_settings, write_simulation
from workbench.sources.exports import read_exports
from workbench.store.warehouse import Warehouse

CUSTOMERS = 800


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_customers_read_back_are_those_of_the_simulation(tmp_path, stage):
    simulation = simulate_process(stage_settings(stage, customers=CUSTOMERS), seed=30 + stage)
    brand = load_brand(write_simulation(tmp_path / "brand", simulation))
    exports = read_exports(brand)
    customers = Warehouse.open(brand, exports).customers(simulation.settings.as_of)
    assert len(customers) == CUSTOMERS

    # e-mail address -> position in the simulation; customers without one are left out
    email = exports.identities.set_index("customer_id")["email"]
    number = pd.to_numeric(email.str.extract(r"c(\d+)@", expand=False)) - 10_001
    number = number[number < CUSTOMERS].astype(int)
    read = customers.set_index("customer_id").join(number.rename("number"), how="inner")
    assert len(read) > 0.98 * CUSTOMERS
    truth = simulation.customers.loc[read["number"]].reset_index(drop=True)

    settings = simulation.settings
    day = (pd.to_datetime(read["first_day"]) - pd.Timestamp(settings.start)).dt.days
    np.testing.assert_array_equal(day, truth["first_day"])
    products = np.array([product.name for product in settings.products])
    assert list(read["first_product"]) == list(products[truth["product"]])
    assert list(read["first_month"]) == list(np.array(settings.months)[truth["month"]])

    names = np.array([channel.name for channel in settings.channels])
    want = np.where(truth["tracked"], names[truth["channel"]], "Unknown")
    # a source that only a second order of the first day has is used as well
    same = read["channel"].to_numpy() == want
    assert same[truth["tracked"]].all()
    assert same.mean() > 0.99

    orders = simulation.orders[simulation.observed]
    cancelled = orders.loc[orders["kind"] == "cancelled", "customer"]
    mature = read["age_days"].to_numpy() > 365 + 31  # 12 months and the refunds after them
    mature &= ~read["number"].isin(cancelled).to_numpy()
    np.testing.assert_allclose(
        read["contribution_12m"][mature], truth["value_12m"][mature], atol=1e-6
    )
    assert mature.sum() > 0.2 * CUSTOMERS

    # spend and orders meet under the same names
    spend = exports.spend.groupby("channel")["spend"].sum().to_dict()
    assert spend == pytest.approx(simulation.spend.groupby("channel")["spend"].sum().to_dict())
    assert set(exports.orders["channel"]) == {*names, "Unknown"}
