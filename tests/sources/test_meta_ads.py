from __future__ import annotations

import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.files_of import brand_of, file_of, logged, read_file
from workbench.errors import SourceError
from workbench.sources import meta_ads

HEADER = (
    "Campaign name,Ad set name,Day,Attribution setting,Amount spent (USD),Impressions,Link clicks,"
    "Purchases,Purchases conversion value,Reporting starts,Reporting ends\n"
)
A1 = (
    "Prospecting,Broad,2026-01-01,7-day click or 1-day view,100.50,1000,20,3,240,2026-01-01,"
    "2026-01-01\n"
)
A2 = "Retargeting,Buyers,2026-01-01,1-day click,49.50,500,30,2,160.25,2026-01-01,2026-01-01\n"
TOTAL = ",,,,150.00,1500,50,5,400.25,2026-01-01,2026-01-02\n"


def read(tmp_path, text, brand=None, columns=None, **options):
    return read_file(meta_ads.read, "meta_ads", file_of(tmp_path, text), brand, columns, **options)


@pytest.mark.parametrize("body", [TOTAL + A1 + A2, A1 + A2 + TOTAL, A2 + A1])
def test_totals_row_at_top_or_bottom_is_never_counted(tmp_path, body):
    result = read(tmp_path, "\ufeff" + HEADER + body)
    assert result.frame["spend"].sum() == pytest.approx(150.0)
    assert result.frame["platform_conversion_value"].sum() == pytest.approx(400.25)
    assert logged(result).get("totals rows dropped", 0) == int(TOTAL in body)
    assert list(result.frame["campaign"]) == ["Prospecting", "Retargeting"]
    assert set(result.frame["channel"]) == {"Meta Ads"}
    assert result.frame["daily"].all()


def test_totals_row_that_exceeds_its_rows_is_reported(tmp_path):
    result = read(tmp_path, HEADER + A1 + TOTAL)
    note = next(row.note for row in result.log_rows if row.what == "totals rows dropped")
    assert "rows may be missing" in note
    assert "row 3" in note


def test_attribution_settings_stay_apart(tmp_path):
    result = read(
        tmp_path, HEADER + A1 + A2 + A1.replace("7-day click or 1-day view", "1-day click")
    )
    assert len(result.frame) == 3
    assert logged(result)["attribution settings in one file"] == 2
    by_setting = result.frame.groupby("attribution_setting")["platform_conversions"].sum()
    assert by_setting.to_dict() == {"1-day click": 5.0, "7-day click or 1-day view": 3.0}


def test_currency_in_header_and_quoted_thousands(tmp_path):
    text = (
        'Campaign name,Day,Amount spent (GBP)\nA,2026-01-01,"£1,234.56"\nB,2026-01-01,"£2,000.44"\n'
    )
    result = read(tmp_path, text, brand_of(tmp_path, "GBP"))
    assert result.frame["spend"].sum() == pytest.approx(3235.0)
    assert set(result.frame["currency"]) == {"GBP"}
    dollars = text.replace("£", "$").replace("GBP", "USD")
    assert read(tmp_path, dollars).frame["spend"].sum() == pytest.approx(3235.0)


@pytest.mark.parametrize(
    "text",
    [
        "Campaign name,Day,Amount spent (GBP)\nA,2026-01-01,5\n",
        "Campaign name,Day,Amount spent,Currency\nA,2026-01-01,5,GBP\n",
        "Campaign name,Day,Amount spent\nA,2026-01-01,£5\n",
    ],
)
def test_other_currency_is_refused_with_a_remedy(tmp_path, text):
    with pytest.raises(SourceError, match=r"money is in GBP.*USD") as caught:
        read(tmp_path, text)
    assert "fx: {GBP:" in str(caught.value)
    converted = read(tmp_path, text, fx={"GBP": 1.25})
    assert converted.frame["spend"].sum() == pytest.approx(6.25)
    assert set(converted.frame["currency"]) == {"USD"}
    assert logged(converted)["amounts converted"] == 1


def test_mixed_currencies_in_one_file_are_refused_with_rows(tmp_path):
    text = "Campaign name,Day,Amount spent,Currency\nA,2026-01-01,5,USD\nB,2026-01-01,5,EUR\n"
    with pytest.raises(SourceError, match="EUR in row 3"):
        read(tmp_path, text)


def test_header_and_column_that_disagree_are_refused(tmp_path):
    text = "Campaign name,Day,Amount spent (USD),Currency\nA,2026-01-01,5,EUR\n"
    with pytest.raises(SourceError, match="the header says USD"):
        read(tmp_path, text)


def test_unstated_currency_is_logged(tmp_path):
    result = read(tmp_path, "Campaign name,Day,Amount spent\nA,2026-01-01,5\n")
    assert logged(result)["currency not stated"] == 1


RANGE = (
    "Campaign name,Amount spent (USD),Impressions,Reporting starts,Reporting ends\n"
    "A,310,3100,2026-01-01,2026-01-31\n,310,3100,2026-01-01,2026-01-31\n"
)


def test_report_without_day_is_refused_unless_spread(tmp_path):
    with pytest.raises(SourceError, match="cover several days") as caught:
        read(tmp_path, RANGE)
    assert "spread: true" in str(caught.value)
    frame = read(tmp_path, RANGE, spread=True).frame
    assert len(frame) == 31
    assert frame["spend"].sum() == pytest.approx(310)
    assert frame["impressions"].sum() == pytest.approx(3100)
    assert not frame["daily"].any()
    assert (frame["date"].min(), frame["date"].max()) == (
        pd.Timestamp("2026-01-01"),
        pd.Timestamp("2026-01-31"),
    )


def test_range_of_one_day_needs_no_day_column(tmp_path):
    text = RANGE.replace("2026-01-31", "2026-01-01")
    frame = read(tmp_path, text).frame
    assert frame["daily"].all()
    assert frame["spend"].sum() == 310


@pytest.mark.parametrize(
    "header",
    [
        "Purchases conversion value",
        "Website purchases conversion value",
        "Direct website purchases conversion value",
    ],
)
def test_names_of_the_purchase_value(tmp_path, header):
    text = f"Campaign name,Day,Amount spent (USD),{header}\nA,2026-01-01,5,12.5\n"
    assert read(tmp_path, text).frame["platform_conversion_value"].tolist() == [12.5]


def test_results_count_only_where_they_are_purchases(tmp_path):
    text = (
        "Campaign name,Day,Amount spent (USD),Results,Result type,Results value\n"
        "A,2026-01-01,5,2,Website purchases,30\nB,2026-01-01,5,90,Link clicks,\n"
    )
    result = read(tmp_path, text)
    frame = result.frame.set_index("campaign")
    assert frame.loc["A", "platform_conversions"] == 2
    assert pd.isna(frame.loc["B", "platform_conversions"])
    assert frame.loc["A", "platform_conversion_value"] == 30


def test_value_is_computed_from_roas_and_said(tmp_path):
    text = (
        "Campaign name,Day,Amount spent (USD),Purchase ROAS (return on ad spend)\n"
        "A,2026-01-01,50,2.5\n"
    )
    result = read(tmp_path, text)
    assert result.frame["platform_conversion_value"].tolist() == [125.0]
    assert "platform_conversion_value computed as spend x ROAS" in logged(result)


def test_renamed_columns_through_the_map(tmp_path):
    text = "Kampagne X,Datum X,Kosten X\nA,2026-01-01,5\n"
    columns = {"campaign": "Kampagne X", "date": "Datum X", "spend": "Kosten X"}
    assert read(tmp_path, text, columns=columns).frame["spend"].tolist() == [5.0]


def test_breakdown_rows_are_summed(tmp_path):
    text = (
        "Campaign name,Day,Platform,Amount spent (USD)\n"
        "A,2026-01-01,facebook,5\nA,2026-01-01,instagram,7\n"
    )
    frame = read(tmp_path, text).frame
    assert len(frame) == 1
    assert frame["spend"].tolist() == [12.0]


def test_rules_send_spend_where_orders_go(tmp_path):
    brand = brand_of(
        tmp_path,
        channel_rules={"facebook|fb": "Paid Social", "retargeting": "Retargeting"},
    )
    frame = read(tmp_path, HEADER + A1 + A2, brand).frame.set_index("campaign")
    assert frame["channel"].to_dict() == {
        "Prospecting": "Paid Social",
        "Retargeting": "Retargeting",
    }
    assert (
        logged(read(tmp_path, HEADER + A1 + A2, brand))[
            "rows with the channel of their campaign's name"
        ]
        == 1
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        (HEADER, "no rows"),
        ("Campaign name,Day\nA,2026-01-01\n", "column 'spend' is missing"),
        (HEADER + TOTAL, "no row but totals"),
        ("Day,Campaign,Cost,Impr.,Currency code\n2026-01-01,A,5,1,USD\n", "is a Google Ads report"),
        ("By Day,Campaign name,Ad group name,Cost\n2026-01-01,A,B,5\n", "is a TikTok Ads Manager"),
    ],
)
def test_bad_files_say_what_is_wrong(tmp_path, text, message):
    with pytest.raises(SourceError, match=message):
        read(tmp_path, text)


def test_all_bad_columns_are_reported_at_once(tmp_path):
    text = (
        "Campaign name,Day,Amount spent (USD),Purchases,Impressions\n"
        "A,31/01/2026,5,many,1\nB,01.01.2026,5,2,lots\n"
    )
    with pytest.raises(SourceError) as caught:
        read(tmp_path, text)
    assert len(caught.value.problems) == 3


def test_a_plain_table_declared_as_meta_is_refused(tmp_path):
    text = "date,channel,campaign,spend,impressions\n2026-01-01,Podcast,A,5,1\n"
    with pytest.raises(SourceError, match="is a table of spend by channel"):
        read(tmp_path, text)


def test_misspelt_settings_are_refused(tmp_path):
    with pytest.raises(SourceError) as caught:
        read(tmp_path, HEADER + A1, columns={"spent": "Amount spent (USD)"}, sprad=True)
    assert "did you mean 'spend'?" in str(caught.value)
    assert "did you mean 'spread'?" in str(caught.value)


def test_daily_subtotals_under_a_label_are_not_counted(tmp_path):
    head = "Campaign name,Day,Amount spent (USD)\n"
    days = "".join(
        f"A,2026-01-0{n},{n}\nB,2026-01-0{n},{2 * n}\nTotal,2026-01-0{n},{3 * n}\n"
        for n in (1, 2, 3)
    )
    assert read(tmp_path, head + days).frame["spend"].sum() == 18
    other = read(tmp_path, head + days.replace("Total,2026-01-03,9", "Total,2026-01-03,8"))
    assert other.frame["spend"].sum() == 18 + 17  # a campaign of that name
    assert logged(other)["rows named like a total kept"] == 3


def test_footnotes_and_rows_without_spend(tmp_path):
    text = (
        "Campaign name,Day,Amount spent (USD),Purchases\nA,2026-01-01,5,1\nA,2026-01-02,,2\n"
        "Data may be delayed,,,\n"
    )
    result = read(tmp_path, text)
    assert result.frame["spend"].tolist() == [5.0, 0.0]
    assert result.frame["platform_conversions"].sum() == 3
    assert logged(result)["rows without any amount dropped"] == 1
    assert logged(result)["rows without spend amount taken as nothing spent"] == 1


def test_negative_counts_are_refused(tmp_path):
    with pytest.raises(SourceError, match="counts are below 0"):
        read(tmp_path, HEADER + A1.replace(",1000,", ",-1000,"))


def test_spend_without_campaign_is_not_lost_silently(tmp_path):
    text = "Campaign name,Day,Amount spent (USD)\nA,2026-01-01,5\n,2026-01-01,7\n"
    with pytest.raises(SourceError, match="name no campaign"):
        read(tmp_path, text)
    subtotal = text.replace(",7\n", ",5\n")
    assert read(tmp_path, subtotal).frame["spend"].sum() == 5


HOSTILE = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20
).filter(lambda text: text.strip() == text and text not in ("-", "--", "---", "–", "—"))
NAMES = HOSTILE | st.sampled_from(
    ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "Total: Recall", "Total", "@SUM(A1)", 'a"b']
)
ROWS = st.lists(
    st.tuples(NAMES, st.integers(1, 28), st.integers(0, 10**7), st.integers(0, 999)),
    min_size=1,
    max_size=12,
)


@given(rows=ROWS, seed=st.randoms(use_true_random=False), at=st.sampled_from([0, -1, None]))
def test_money_is_conserved_whatever_names_order_and_totals(tmp_path_factory, rows, seed, at):
    folder = tmp_path_factory.mktemp("meta")
    records = [(name, f"2026-01-{day:02d}", cents / 100, n) for name, day, cents, n in rows]
    table = pd.DataFrame(
        records, columns=["Campaign name", "Day", "Amount spent (USD)", "Purchases"]
    )
    total = pd.DataFrame(
        [["", "", table["Amount spent (USD)"].sum(), table["Purchases"].sum()]],
        columns=table.columns,
    )
    order = list(range(len(table)))
    seed.shuffle(order)
    frames = [table, table.iloc[order]]
    read_frames = []
    for frame in frames:
        parts = [frame] if at is None else [total, frame] if at == 0 else [frame, total]
        buffer = io.StringIO()
        pd.concat(parts).to_csv(buffer, index=False)
        read_frames.append(read(folder, buffer.getvalue()).frame)
    first, second = read_frames
    pd.testing.assert_frame_equal(first, second)  # the order of rows does not matter
    assert first["spend"].sum() == pytest.approx(table["Amount spent (USD)"].sum(), abs=1e-6)
    assert first["platform_conversions"].sum() == table["Purchases"].sum()
    assert set(first["campaign"]) == {name for name, *_ in records}
