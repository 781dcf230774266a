"""What was read, in sentences, against the rows that were read."""

from __future__ import annotations

import pandas as pd

from workbench.brand import load_brand
from workbench.sources import read_exports
from workbench.store.reading_words import reading_words
from workbench.store.warehouse import Warehouse

SPEND = "date,channel,spend\n2025-01-01,Meta Ads,100.25\n2025-12-01,Meta Ads,50\n"


def told(folder, day):
    brand = load_brand(folder)
    exports = read_exports(brand)
    until = pd.Timestamp(day)
    customers = Warehouse.open(brand, exports).customers(until.date())
    return reading_words(exports, customers, until, brand.currency)


def test_orders_channels_and_spend_up_to_the_day(small_brand):
    orders = {"format": "orders", "path": "orders.csv"}
    spend = {"format": "spend", "path": "spend.csv"}
    folder = small_brand(files={"spend.csv": SPEND}, sources={"orders": orders, "spend": spend})
    read, channels, spent = told(folder, "2025-09-30")
    assert read == (
        "Read: 5 orders of 3 customers, 2025-01-05 to 2025-09-30, 194 USD of net revenue."
    )
    assert channels == "Customers by channel of the first order: Meta Ads 2, Google Ads 1."
    assert spent == "Spend in USD, 2025-01-01 to 2025-01-01: Meta Ads 100."


def test_what_is_missing_is_said(small_brand):
    assert told(small_brand(), "2025-09-30")[-1] == "No spend was read."
    assert told(small_brand(), "2024-01-01") == ("Read: no order up to 2024-01-01.",)
