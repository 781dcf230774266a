from __future__ import annotations

import pytest

from tests.sources.files_of import brand_of, file_of, logged, read_file
from workbench.errors import SourceError
from workbench.sources import northbeam

HEAD = (
    "date,accounting_mode,attribution_model,attribution_window,breakdown_platform_northbeam,"
    "campaign_name,spend,attributed_rev,transactions,customers_new\n"
)


def rows(mode, model, window, revenue, days=(1, 2)):
    return "".join(
        f"2026-01-0{day},{mode},{model},{window},{platform},{campaign},100,{revenue},4,2\n"
        for day in days
        for platform, campaign in (("Facebook Ads", "A"), ("Facebook Ads", "B"), ("TikTok", "C"))
    )


TEXT = (
    HEAD
    + rows("Cash", "Clicks only", "1", 200, days=(1,))
    + rows("Cash", "Clicks only", "30", 300)
    + rows("Accrual", "Clicks + Views", "7", "")
)


def read(tmp_path, text=TEXT, reader=northbeam.read, brand=None, **options):
    return read_file(reader, "northbeam", file_of(tmp_path, text), brand, **options)


def test_spend_is_counted_once_under_the_most_complete_combination(tmp_path):
    result = read(tmp_path)
    frame = result.frame
    assert frame["spend"].sum() == 600
    assert frame["revenue"].sum() == 1800
    assert set(frame["model"]) == {"Clicks only"}
    assert set(frame["window"]) == {"30"}
    assert logged(result)["other attribution combinations set aside"] == 2
    assert set(frame["channel"]) == {"Meta Ads", "TikTok Ads"}


def test_the_brand_pins_a_combination(tmp_path):
    frame = read(tmp_path, model="clicks only", window="1").frame
    assert frame["spend"].sum() == 300
    assert frame["revenue"].sum() == 600
    with pytest.raises(SourceError, match="no row has the pinned window '90'") as caught:
        read(tmp_path, window="90")
    assert "window: 1, 30, 7" in str(caught.value)


def test_spend_source_takes_each_amount_once(tmp_path):
    result = read(tmp_path, reader=northbeam.read_spend)
    frame = result.frame
    assert frame["spend"].sum() == 600
    assert frame["platform_conversion_value"].sum() == 1800
    assert set(frame["attribution_setting"]) == {"Northbeam Clicks only, 30, Cash"}
    assert frame.groupby("channel")["spend"].sum().to_dict() == {
        "Meta Ads": 400.0,
        "TikTok Ads": 200.0,
    }


def test_channel_rules_apply(tmp_path):
    brand = brand_of(tmp_path, channel_rules={"facebook ads": "Paid Social"})
    assert set(read(tmp_path, brand=brand).frame["channel"]) == {"Paid Social", "TikTok Ads"}
