from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.files_of import brand_of, file_of, logged, read_file
from workbench.errors import SourceError
from workbench.sources import google_ads

PREAMBLE = 'Campaign report\n"September 1, 2026 - September 3, 2026"\n'
ENGLISH = (
    "Day,Campaign,Campaign ID,Campaign type,Currency code,Cost,Impr.,Clicks,Conversions,"
    "Conv. value\n"
    '2026-09-01,Brand,11,Search,USD,"1,020.50","12,000",300,12.50,"2,400.10"\n'
    "2026-09-02,Brand,11,Search,USD,20.00,--,3,--,--\n"
    "2026-09-02,PMax,12,Performance Max,USD,30.25,400,5,0.33,15.00\n"
)
TOTALS = (
    'Total: Account,--,--,--,--,"1,070.75","12,400",308,12.83,"2,415.10"\n'
    'Total: Campaigns, --,--,--,,"1,070.75",--,--,--,--\n'
    "Total: Search,--,--,--,--,1040.50,,,,\n"
)


def read(tmp_path, text, brand=None, encoding="utf-8", columns=None, **options):
    path = file_of(tmp_path, text, encoding=encoding)
    return read_file(google_ads.read, "google_ads", path, brand, columns, **options)


@pytest.mark.parametrize("preamble", [PREAMBLE, "", "Untitled report\n\n"])
def test_preamble_or_none_and_three_totals_rows(tmp_path, preamble):
    result = read(tmp_path, preamble + ENGLISH + TOTALS)
    frame = result.frame
    assert frame["spend"].sum() == pytest.approx(1070.75)
    assert frame["platform_conversions"].sum() == pytest.approx(12.83)  # fractions stay
    assert frame["platform_conversion_value"].sum() == pytest.approx(2415.10)
    assert logged(result)["totals rows dropped"] == 3
    assert set(frame["channel"]) == {"Google Ads"}
    assert frame["daily"].all()


def test_dashes_are_unknown_not_zero(tmp_path):
    frame = read(tmp_path, ENGLISH).frame
    second = frame[(frame["campaign"] == "Brand") & (frame["date"] == "2026-09-02")].iloc[0]
    assert pd.isna(second["impressions"])
    assert pd.isna(second["platform_conversions"])
    assert second["clicks"] == 3


@pytest.mark.parametrize(
    ("text", "encoding", "currency"),
    [
        (
            "Rapport sur les campagnes\n1 sept. 2026 - 2 sept. 2026\n"
            "Jour;Campagne;Code de devise;Coût;Impr.;Clics;Conversions;Valeur de conv.\n"
            '2026-09-01;Marque;EUR;"1 020,50";"12 000";300;12,50;"2 400,10"\n'
            "2026-09-02;Marque;EUR;50,25;400;5;0,33;15,00\n"
            "Total\xa0: compte;--;--;1\xa0070,75;12 400;305;12,83;2 415,10\n",
            "utf-8",
            "EUR",
        ),
        (
            "Kampagnenbericht\n1. September 2026 - 2. September 2026\n"
            "Tag\tKampagne\tWährungscode\tKosten\tImpr.\tKlicks\tConversions\tConv.-Wert\n"
            "2026-09-01\tMarke\tEUR\t1.020,50\t12.000\t300\t12,50\t2.400,10\n"
            "2026-09-02\tMarke\tEUR\t50,25\t400\t5\t0,33\t15,00\n"
            "Gesamt: Konto\t--\t--\t1.070,75\t12.400\t305\t12,83\t2.415,10\n",
            "utf-16",
            "EUR",
        ),
        (
            "Tag;Kampagne;Währungscode;Kosten;Impr.;Klicks;Conversions;Conv.-Wert\n"
            "01.09.2026;Marke;EUR;1.020,50;12.000;300;12,50;2.400,10\n"
            "02.09.2026;Marke;EUR;50,25;400;5;0,33;15,00\n"
            "Gesamt: Konto;;;1.070,75;;;;\n",
            "cp1252",
            "EUR",
        ),
    ],
    ids=["french-semicolon", "german-utf16-tab", "german-cp1252"],
)
def test_other_languages_and_encodings(tmp_path, text, encoding, currency):
    frame = read(tmp_path, text, brand_of(tmp_path, currency), encoding).frame
    assert frame["spend"].tolist() == [1020.50, 50.25]
    assert frame["platform_conversions"].tolist() == [12.5, 0.33]
    assert frame["platform_conversion_value"].tolist() == [2400.10, 15.0]
    assert frame["impressions"].tolist() == [12000, 400]
    assert list(frame["date"].dt.strftime("%Y-%m-%d")) == ["2026-09-01", "2026-09-02"]


def test_utf16_without_byte_order_mark(tmp_path):
    tabbed = ENGLISH.replace('"1,020.50"', "1020.50").replace('"12,000"', "12000")
    tabbed = tabbed.replace('"2,400.10"', "2400.10").replace(",", "\t")
    frame = read(tmp_path, tabbed, encoding="utf-16-le").frame
    assert frame["spend"].sum() == pytest.approx(1070.75)


def test_segments_repeat_a_campaign_day_and_are_summed(tmp_path):
    text = (
        "Day,Campaign,Device,Network,Currency code,Cost\n2026-09-01,A,Mobile,Search,USD,1.50\n"
        "2026-09-01,A,Desktop,Search,USD,2.50\n2026-09-01,A,Desktop,YouTube,USD,4.00\n"
    )
    frame = read(tmp_path, text).frame
    assert frame["spend"].tolist() == [8.0]


@pytest.mark.parametrize(
    ("head", "cells", "first", "days"),
    [
        ("Week", ["2026-08-31", "2026-09-07"], "2026-08-31", 14),
        ("Month", ["September 2026", "October 2026"], "2026-09-01", 61),
        ("Month", ["2026-09", "2026-10"], "2026-09-01", 61),
        ("Month", ["2026-09-01", "2026-10-01"], "2026-09-01", 61),
    ],
)
def test_week_and_month_are_not_daily(tmp_path, head, cells, first, days):
    text = f"{head},Campaign,Currency code,Cost\n" + "".join(f"{c},A,USD,70\n" for c in cells)
    result = read(tmp_path, text)
    assert not result.frame["daily"].any()
    assert len(result.frame) == 2
    assert result.frame["date"].min() == pd.Timestamp(first)
    assert logged(result)[f"rows by {head.lower()}"] == 2
    spread = read(tmp_path, text, spread=True).frame
    assert len(spread) == days
    assert spread["spend"].sum() == pytest.approx(140)
    assert not spread["daily"].any()


def test_a_month_that_the_report_cuts_is_spread_over_its_days_only(tmp_path):
    text = PREAMBLE + "Month,Campaign,Currency code,Cost\nSeptember 2026,A,USD,30\n"
    frame = read(tmp_path, text, spread=True).frame
    assert frame["spend"].tolist() == [10.0, 10.0, 10.0]
    assert frame["date"].max() == pd.Timestamp("2026-09-03")


def test_report_without_any_date(tmp_path):
    text = "Campaign,Currency code,Cost,Clicks\nA,USD,30,1\nTotal: Account,--,30,1\n"
    with pytest.raises(SourceError, match="states no date range"):
        read(tmp_path, text)
    with pytest.raises(SourceError, match="cover several days"):
        read(tmp_path, PREAMBLE + text)
    frame = read(tmp_path, PREAMBLE + text, spread=True).frame
    assert frame["spend"].tolist() == [10.0, 10.0, 10.0]


def test_campaign_named_like_a_total_keeps_its_rows(tmp_path):
    text = ENGLISH.replace("PMax", "Total: Recall") + TOTALS
    frame = read(tmp_path, text).frame
    assert frame["spend"].sum() == pytest.approx(1070.75)
    assert "Total: Recall" in set(frame["campaign"])


def test_campaign_id_survives_and_a_damaged_amount_is_refused(tmp_path):
    assert set(read(tmp_path, ENGLISH).frame["campaign_id"]) == {"11", "12"}
    with pytest.raises(SourceError, match="spreadsheet has replaced the amounts"):
        read(tmp_path, ENGLISH.replace("20.00", "####"))


def test_ambiguous_amounts_are_refused(tmp_path):
    text = "Day,Campaign,Currency code,Cost\n2026-09-01,A,USD,1.234\n2026-09-02,A,USD,5.678\n"
    with pytest.raises(SourceError, match="read in two ways"):
        read(tmp_path, text)
    assert read(tmp_path, text, decimal=".").frame["spend"].sum() == pytest.approx(6.912)
    assert read(tmp_path, text, decimal=",").frame["spend"].sum() == pytest.approx(6912)


def test_other_format_is_named(tmp_path):
    text = "Campaign name,Day,Amount spent (USD),Reporting starts\nA,2026-01-01,5,2026-01-01\n"
    with pytest.raises(SourceError, match="is a Meta Ads Manager export"):
        read(tmp_path, text)


def test_channel_rule_of_the_medium_beats_the_bare_source(tmp_path):
    rules = {"google_cpc|adwords": "Paid Search", "google": "Organic"}
    frame = read(tmp_path, ENGLISH, brand_of(tmp_path, channel_rules=rules)).frame
    assert set(frame["channel"]) == {"Paid Search"}


AMOUNTS = st.lists(st.integers(0, 10**8), min_size=1, max_size=15)


@given(cents=AMOUNTS, order=st.randoms(use_true_random=False), german=st.booleans())
def test_money_is_conserved_in_both_notations(tmp_path_factory, cents, order, german):
    def written(value):
        text = f"{value / 100:,.2f}"
        return text.translate(str.maketrans(",.", ".,")) if german else text

    head = "Tag;Kampagne;Währungscode;Kosten" if german else "Day;Campaign;Currency code;Cost"
    lines = [f"2026-09-{1 + n:02d};C{n % 3};USD;{written(c)}" for n, c in enumerate(cents)]
    lines.append(f"{'Gesamt: Konto' if german else 'Total: Account'};--;--;{written(sum(cents))}")
    order.shuffle(lines)
    folder = tmp_path_factory.mktemp("google")
    frame = read(folder, "\n".join([head, *lines]) + "\n").frame
    assert frame["spend"].sum() == pytest.approx(sum(cents) / 100, abs=1e-6)
