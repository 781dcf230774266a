from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.files_of import brand_of, file_of
from workbench.brand import SourceSpec
from workbench.errors import SourceError
from workbench.sources import google_ads, klaviyo_sends, meta_ads, northbeam, spend
from workbench.sources.frames import ReadResult, fit
from workbench.sources.merge import combine, natural

READERS = {
    "meta_ads": meta_ads.read,
    "google_ads": google_ads.read,
    "spend": spend.read,
    "northbeam": northbeam.read_spend,
    "klaviyo_flows": klaviyo_sends.read_flows,
}
HEAD = "Campaign name,Day,Amount spent (USD)\n"


def part(folder, form, name, text, **options):
    path = file_of(folder, text, name)
    spec = SourceSpec(format=form, path=name, options=options)
    return spec, name, READERS[form](path, spec, brand_of(folder))


def days(first, last, amount, campaign="A"):
    span = pd.date_range(first, last)
    return HEAD + "".join(f"{campaign},{day:%Y-%m-%d},{amount}\n" for day in span)


def test_natural_order_of_names():
    names = ["export(12).csv", "export(3).csv", "export.csv", "a.csv"]
    assert sorted(names, key=natural) == ["a.csv", "export(3).csv", "export(12).csv", "export.csv"]


def test_reading_a_file_twice_changes_nothing(tmp_path):
    one = part(tmp_path, "meta_ads", "a.csv", days("2026-01-01", "2026-01-10", 10))
    copy = part(tmp_path, "meta_ads", "b.csv", days("2026-01-01", "2026-01-10", 10))
    both = combine("spend", [one, copy])
    assert both.frame["spend"].sum() == 100
    assert any("replaced" in row.what and row.count == 10 for row in both.log_rows)


def test_restated_days_come_from_the_later_file_whatever_the_order(tmp_path):
    old = part(tmp_path, "meta_ads", "z_old.csv", days("2026-01-01", "2026-01-10", 10))
    new = part(tmp_path, "meta_ads", "a_new.csv", days("2026-01-08", "2026-01-20", 10.5))
    first, second = combine("spend", [old, new]), combine("spend", [new, old])
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert first.frame["spend"].sum() == pytest.approx(7 * 10 + 13 * 10.5)
    row = next(row for row in first.log_rows if "replaced" in row.what)
    assert row.count == 3
    assert "30.00 before, 31.50 after" in row.note


def test_same_last_day_is_settled_by_the_file_name(tmp_path):
    third = part(tmp_path, "meta_ads", "export(3).csv", days("2026-01-01", "2026-01-02", 10))
    twelfth = part(tmp_path, "meta_ads", "export(12).csv", days("2026-01-01", "2026-01-02", 11))
    assert combine("spend", [twelfth, third]).frame["spend"].sum() == 22


def test_campaigns_split_over_files_are_all_kept(tmp_path):
    one = part(tmp_path, "meta_ads", "a.csv", days("2026-01-01", "2026-01-10", 10, "A"))
    two = part(tmp_path, "meta_ads", "b.csv", days("2026-01-01", "2026-01-10", 30, "B"))
    assert combine("spend", [one, two]).frame["spend"].sum() == 400


def test_files_of_different_depth_replace_whole_campaigns(tmp_path):
    deep = "Campaign name,Ad name,Day,Amount spent (USD)\n" + "".join(
        f"A,{ad},2026-01-0{day},5\n" for ad in ("x", "y") for day in (1, 2, 3)
    )
    one = part(tmp_path, "meta_ads", "a.csv", days("2026-01-01", "2026-01-03", 10))
    two = part(tmp_path, "meta_ads", "b.csv", deep)
    assert combine("spend", [one, two]).frame["spend"].sum() == 30


def test_two_accounts_with_the_same_campaign_names(tmp_path):
    texts = days("2026-01-01", "2026-01-10", 10), days("2026-01-01", "2026-01-10", 90)
    names = ("us.csv", "uk.csv")
    parts = [
        part(tmp_path, "meta_ads", name, text) for name, text in zip(names, texts, strict=True)
    ]
    with pytest.raises(SourceError, match="two ad accounts") as caught:
        combine("spend", parts)
    assert "options: {account:" in str(caught.value)
    named = [
        part(tmp_path, "meta_ads", name, text, account=name)
        for name, text in zip(names, texts, strict=True)
    ]
    assert combine("spend", named).frame["spend"].sum() == 1000


def test_campaign_ids_tell_campaigns_of_one_name_apart(tmp_path):
    head = "Day,Campaign,Campaign ID,Currency code,Cost\n"
    texts = [
        head + "".join(f"2026-09-0{day},Brand,{number},USD,{cost}\n" for day in range(1, 8))
        for number, cost in ((1, 10), (2, 90))
    ]
    parts = [part(tmp_path, "google_ads", f"{n}.csv", text) for n, text in enumerate(texts)]
    assert combine("spend", parts).frame["spend"].sum() == 700


def test_a_campaign_by_day_and_by_month_is_refused(tmp_path):
    head = "{},Campaign,Currency code,Cost\n"
    daily = head.format("Day") + "".join(f"2026-09-{day:02d},A,USD,10\n" for day in range(1, 31))
    monthly = head.format("Month") + "2026-09,A,USD,300\n"
    for spread in ({}, {"spread": True}):
        parts = [
            part(tmp_path, "google_ads", "a.csv", daily),
            part(tmp_path, "google_ads", "b.csv", monthly, **spread),
        ]
        with pytest.raises(SourceError, match="by day in one file"):
            combine("spend", parts)


def test_the_same_money_from_two_sources_is_refused(tmp_path):
    meta = part(tmp_path, "meta_ads", "a.csv", days("2026-01-01", "2026-01-10", 10))
    plain = "date,channel,spend\n" + "".join(f"2026-01-{d:02d},facebook,10\n" for d in range(1, 11))
    again = part(tmp_path, "spend", "b.csv", plain)
    with pytest.raises(SourceError, match="count it twice"):
        combine("spend", [meta, again])
    fees = part(tmp_path, "spend", "b.csv", plain.replace(",10\n", ",1\n"))
    both = combine("spend", [meta, fees])
    assert both.frame["spend"].sum() == 110
    assert any(row.what == "channel with spend of two sources" for row in both.log_rows)


def test_northbeam_spend_beside_the_platform_is_refused(tmp_path):
    text = (
        "date,accounting_mode,attribution_model,attribution_window,breakdown_platform_northbeam,"
        "spend\n2026-01-01,Cash,Clicks,7,Facebook Ads,44\n"
    )
    parts = [
        part(tmp_path, "meta_ads", "a.csv", days("2026-01-01", "2026-01-10", 10)),
        part(tmp_path, "northbeam", "b.csv", text),
    ]
    with pytest.raises(SourceError, match=r"Meta Ads: meta_ads .* northbeam"):
        combine("spend", parts)


def test_flows_are_replaced_by_message_and_day(tmp_path):
    head = "Day,Flow ID,Flow Name,Flow Message Name,Flow Message Channel,Delivered,Placed Order\n"
    old = part(tmp_path, "klaviyo_flows", "a.csv", head + "2026-01-01,1,Cart,M1,email,100,3\n")
    new = part(
        tmp_path,
        "klaviyo_flows",
        "b.csv",
        head + "2026-01-01,1,Cart,M1,email,100,4\n2026-01-02,1,Cart,M1,email,50,1\n",
    )
    both = combine("flows", [new, old])
    assert both.frame["orders"].tolist() == [4.0, 1.0]
    assert [row.count for row in both.log_rows if "replaced" in row.what] == [1]


def test_a_renamed_flow_is_still_the_same(tmp_path):
    head = "Day,Flow ID,Flow Name,Flow Message Name,Flow Message Channel,Delivered\n"
    old = part(tmp_path, "klaviyo_flows", "a.csv", head + "2026-01-01,1,Cart,M1,email,100\n")
    new = part(tmp_path, "klaviyo_flows", "b.csv", head + "2026-01-01,1,Cart v2,M1,email,101\n")
    assert combine("flows", [old, new]).frame["delivered"].tolist() == [101.0]


def test_variants_within_one_file_are_kept(tmp_path):
    head = "Day,Flow Name,Flow Message ID,Flow Message Name,Delivered\n"
    both = head + "2026-01-01,Cart,M1,Hi,100\n2026-01-01,Cart,M2,Hi,50\n"
    files = [part(tmp_path, "klaviyo_flows", name, both) for name in ("a.csv", "b.csv")]
    assert combine("flows", files).frame["delivered"].sum() == 150


def test_nothing_to_combine_gives_an_empty_frame():
    result = combine("spend", [])
    assert result.frame.empty
    assert "spend" in result.frame


@given(
    cuts=st.lists(st.tuples(st.integers(0, 27), st.integers(0, 27)), min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
)
def test_overlapping_exports_of_the_same_days_count_each_day_once(cuts, order):
    truth = {day: 3 + day * 1.25 for day in range(28)}
    seen = set()
    parts = []
    for number, pair in enumerate(cuts):
        span = range(min(pair), max(pair) + 1)
        seen |= set(span)
        frame = pd.DataFrame(
            {
                "date": [pd.Timestamp("2026-02-01") + pd.Timedelta(days=day) for day in span],
                "platform": "Meta Ads",
                "campaign": "A",
                "channel": "Meta Ads",
                "spend": [truth[day] for day in span],
                "daily": True,
                "source_file": f"{number}.csv",
            }
        )
        spec = SourceSpec(format="meta_ads", path=f"{number}.csv")
        parts.append((spec, spec.path, ReadResult(fit("spend", frame))))
    order.shuffle(parts)
    frame = combine("spend", parts).frame
    assert frame["spend"].sum() == pytest.approx(sum(truth[day] for day in seen))
    assert frame["date"].is_unique
