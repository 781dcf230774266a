"""What Google is told of value: which orders are adjusted, and the value sheet."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.outbox.format_checks import google_adjustments
from tests.outbox.people import AS_OF, FORMULA, SETTINGS, customer_table, orders_of
from workbench.outbox.google_values import (
    adjustments,
    beyond_first_order,
    write_adjustments,
    write_value_sheet,
)

IDS = [f"c{k:03d}" for k in range(80)]


def test_first_orders_are_restated_and_refunds_retracted_within_the_window():
    orders = orders_of(IDS)
    table = customer_table(IDS)
    rows, left_out = adjustments(orders, table, SETTINGS, as_of=AS_OF)
    told = rows.set_index("order_id")
    # the last moment of June 30: an order at noon of that day is not yet 24 hours old, one of
    # May 7 at noon is 54.5 days old, one of May 6 is 55.5
    assert "#0" not in told.index
    assert "#54" in told.index
    assert "#55" not in told.index
    assert told.loc["#5", "kind"] == "RETRACT"
    assert np.isnan(told.loc["#5", "value"])
    assert told.loc["#6", "kind"] == "RESTATE"  # part of it came back, the customer did not leave
    value = table.set_index("customer_id")["value_12m_mean"]
    assert told.loc["#20", "value"] == pytest.approx(value["c020"], abs=0.005)
    assert left_out == {
        "order of another channel": 1,
        "order id missing or not one Google could know": 1,
        "order id used twice": 2,
    }
    assert FORMULA not in told.index


def test_repeat_orders_and_worthless_customers_are_left_as_they_are():
    days = pd.to_datetime(["2026-06-10", "2026-06-20", "2026-06-12", "2026-01-05", "2026-06-15"])
    orders = pd.DataFrame(
        {
            "order_id": list("abcde"),
            "customer_id": ["x", "x", "y", "z", "z"],
            "ordered_at": days,
            "revenue": 10.0,
            "refund": 0.0,
            "channel": "Google Ads",
        }
    )
    worth = pd.DataFrame({"customer_id": ["x", "y", "z"], "value_12m_mean": [80.0, -4.0, 50.0]})
    rows, left_out = adjustments(orders, worth, SETTINGS, as_of=AS_OF)
    assert rows.to_dict("records") == [{"order_id": "a", "kind": "RESTATE", "value": 80.0}]
    assert left_out == {"repeat order, left as it is": 2, "value zero, negative or unknown": 1}


def test_the_file_is_what_google_takes(tmp_path):
    (made,) = write_adjustments(
        tmp_path, orders_of(IDS), customer_table(IDS), SETTINGS, as_of=AS_OF
    )
    path = tmp_path / made.file
    assert google_adjustments(path) == []
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "Parameters:TimeZone=America/New_York"
    assert "#5,Purchase,2026-06-30 23:59:59,RETRACT,," in lines
    assert "RETRACTION" not in path.read_text("utf-8")


def test_without_a_conversion_name_none_is_written(tmp_path):
    settings = replace(SETTINGS, google_conversion_name="")
    (made,) = write_adjustments(
        tmp_path, orders_of(IDS), customer_table(IDS), settings, as_of=AS_OF
    )
    assert made.status == "refused"
    assert "google_conversion_name" in made.note


def test_value_beyond_the_first_order():
    draws = np.random.default_rng(1).normal(90.0, 10.0, 4000)
    row = beyond_first_order(draws, 30.0, "new customers").iloc[0]
    # normal(60, 10): mean within 4 standard errors, quantiles within 1
    assert row["mean"] == pytest.approx(60.0, abs=0.7)
    assert row["q05"] == pytest.approx(60.0 - 16.45, abs=1.0)
    assert row["q95"] == pytest.approx(60.0 + 16.45, abs=1.0)


def test_no_negative_value_is_suggested(tmp_path):
    values = pd.DataFrame(
        {"applies_to": ["new customers"], "mean": [-3.0], "q05": [-9.0], "q95": [2.0]}
    )
    write_value_sheet(tmp_path, values, SETTINGS)
    path = tmp_path / "google" / "new_customer_value.csv"
    (row,) = csv.DictReader(path.read_text("utf-8").splitlines())
    assert (row["suggested_value"], row["low_90"], row["high_90"]) == ("0.00", "-9.00", "2.00")
    assert row["currency"] == "USD"
