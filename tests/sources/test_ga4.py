from __future__ import annotations

import pandas as pd
import pytest

from tests.sources.files_of import brand_of, file_of, logged, read_file
from workbench.errors import SourceError
from workbench.sources import ga4

PREAMBLE = (
    "# ----------------------------------------\n# User acquisition, by source\n"
    "# Account: Juniper\n"
    "# Property: Juniper Shop\n# ----------------------------------------\n#\n"
    "# Start date: 20260101\n# End date: 20260131\n\n"
)
BODY = (
    "First user source / medium,New users,First time purchasers,Transactions,Total revenue\n"
    "google / cpc,100,8,10,1000.50\nfacebook / paid_social,90,5,6,400\n"
    "(direct) / (none),80,4,4,200\n"
    ",270,17,20,1600.50,\n"
)


def read(tmp_path, text, reader=ga4.read, brand=None, columns=None, **options):
    return read_file(reader, "ga4", file_of(tmp_path, text), brand, columns, **options)


def test_preamble_totals_and_channels(tmp_path):
    result = read(tmp_path, PREAMBLE + BODY)
    frame = result.frame.set_index("channel")
    assert frame["revenue"].to_dict() == {"Google Ads": 1000.5, "Meta Ads": 400.0, "Direct": 200.0}
    assert frame["new_customers"].sum() == 17
    assert frame["spend"].isna().all()
    assert set(frame["model"]) == {"first user"}
    assert set(frame["date"]) == {pd.Timestamp("2026-01-01")}
    assert logged(result)["totals rows dropped"] == 1
    assert logged(result)["report covers several days"] == 3


def test_days_as_ga4_writes_them(tmp_path):
    text = (
        "Date,Session source / medium,Transactions,Purchase revenue\n"
        "20260102,google / organic,2,50\n20260101,google / cpc,1,30\n"
    )
    frame = read(tmp_path, PREAMBLE + text).frame
    assert list(frame["date"].dt.day) == [1, 2]
    assert list(frame["channel"]) == ["Google Ads", "Organic Search"]
    assert set(frame["model"]) == {"session"}


def test_further_tables_below_are_left_out(tmp_path):
    text = PREAMBLE + BODY + "\n# Second table\n# more\nCountry,Users\nUS,5\n"
    assert read(tmp_path, text).frame["revenue"].sum() == pytest.approx(1600.5)


def test_rules_apply(tmp_path):
    brand = brand_of(tmp_path, channel_rules={"google / cpc": "Paid Search"})
    assert "Paid Search" in set(read(tmp_path, PREAMBLE + BODY, brand=brand).frame["channel"])


def test_a_report_without_money_or_purchases_is_refused(tmp_path):
    with pytest.raises(SourceError, match="neither revenue nor purchases"):
        read(tmp_path, PREAMBLE + "Session source / medium,Sessions\ngoogle / cpc,5\n")


def test_transactions(tmp_path):
    text = (
        "Transaction ID,Session source / medium,Total revenue\n#1001,google / cpc,50\n"
        "1002,klaviyo / email,20\n1002,klaviyo / email,20\n(not set),google / cpc,1\n"
    )
    result = read(tmp_path, PREAMBLE + text, reader=ga4.read_transactions)
    frame = result.frame
    assert list(frame["order_id"]) == ["#1001", "1002"]
    assert list(frame["source"]) == ["google", "klaviyo"]
    assert list(frame["medium"]) == ["cpc", "email"]
    assert logged(result) == {
        "rows without transaction id dropped": 1,
        "further rows of a transaction dropped": 1,
    }
