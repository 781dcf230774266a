from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.files_of import brand_of, file_of, logged, read_file
from workbench.errors import SourceError
from workbench.sources import spend

PLAIN = (
    "date,channel,spend,currency,campaign,impressions,clicks,conversions,conversion_value,"
    "new_customers\n"
    "2026-01-01,Podcast,500,USD,Show A,,,4,300,3\n"
    "2026-01-01,facebook,80.5,USD,,1000,20,2,120,\n"
)


def read(tmp_path, text, brand=None, columns=None, **options):
    return read_file(spend.read, "spend", file_of(tmp_path, text), brand, columns, **options)


def test_plain_table(tmp_path):
    frame = read(tmp_path, PLAIN).frame.set_index("platform")
    assert frame.loc["Podcast", "spend"] == 500
    assert frame.loc["Podcast", "channel"] == "Podcast"
    assert frame.loc["Podcast", "new_customers_claimed"] == 3
    assert frame.loc["facebook", "channel"] == "Meta Ads"  # as its orders are called
    assert frame.loc["facebook", "platform_conversion_value"] == 120


def test_only_three_columns_are_needed(tmp_path):
    result = read(tmp_path, "Date,Channel,Spend\n2026-01-01,Podcast,5\n")
    assert result.frame["spend"].tolist() == [5.0]


def test_rules_decide_the_channel(tmp_path):
    brand = brand_of(tmp_path, channel_rules={"podcast": "Audio", "show a": "Audio A"})
    frame = read(tmp_path, PLAIN + "2026-01-02,Podcast,5,USD,,,,,,\n", brand).frame
    assert set(frame.loc[frame["platform"] == "Podcast", "channel"]) == {"Audio", "Audio A"}


@pytest.mark.parametrize("name", ["Unknown", "(not set)", "n/a", "Unassigned", "{{site}}"])
def test_spend_under_a_name_that_says_nothing_is_kept_apart(tmp_path, name):
    """Not as the channel of customers who are unknown: it would make a CAC out of them."""
    result = read(tmp_path, PLAIN + f"2026-01-02,{name},70,USD,,,,,,\n")
    lost = result.frame[result.frame["channel"] == "Unassigned spend"]
    assert lost[["platform", "spend"]].to_numpy().tolist() == [[name, 70.0]]
    assert result.frame["spend"].sum() == 650.5
    assert logged(result)["rows of spend that name no channel kept apart"] == 1
    with pytest.raises(SourceError, match="name no"):
        read(tmp_path, PLAIN + "2026-01-02,,70,USD,,,,,,\n")


def test_a_rule_gives_nameless_spend_its_channel_and_none_to_the_unknown(tmp_path):
    text = PLAIN + "2026-01-02,Unknown,70,USD,,,,,,\n"
    brand = brand_of(tmp_path, channel_rules={"unknown": "Audio", "podcast": "unknown"})
    frame = read(tmp_path, text, brand).frame.set_index("platform")["channel"]
    assert frame["Unknown"] == "Audio"
    assert frame["Podcast"] == "Unassigned spend"


@pytest.mark.parametrize("grain", ["month", "week"])
def test_coarse_grain_is_flagged(tmp_path, grain):
    text = f"{grain},channel,spend\n2026-02-02,Podcast,280\n"
    assert not read(tmp_path, text).frame["daily"].any()
    frame = read(tmp_path, text, spread=True).frame
    assert frame["spend"].sum() == pytest.approx(280)
    assert len(frame) == {"month": 28, "week": 7}[grain]


def test_start_and_end(tmp_path):
    text = "start,end,channel,spend\n2026-02-01,2026-02-10,Podcast,100\n"
    with pytest.raises(SourceError, match="cover several days"):
        read(tmp_path, text)
    assert read(tmp_path, text, spread=True).frame["spend"].tolist() == [10.0] * 10
    with pytest.raises(SourceError, match="ends before it starts"):
        read(tmp_path, text.replace("2026-02-10", "2026-01-10"), spread=True)


def test_totals_row(tmp_path):
    text = "date,channel,spend\n2026-01-01,Podcast,5\n,Total,5\n"
    assert read(tmp_path, text).frame["spend"].sum() == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("channel,spend\nPodcast,5\n", "column 'date' is missing"),
        ("date,spend\n2026-01-01,5\n", "column 'channel' is missing"),
        ("date,channel,spend\n,Podcast,5\n", "no date"),
        ("date,channel,spend\n03/04/2026,Podcast,5\n", "03/04/2026"),
        ("date,channel,spend,currency\n2026-01-01,Podcast,5,dollars\n", "no currency codes"),
        ("date,channel,spend,currency\n2026-01-01,A,5,USD\n2026-01-01,B,5,EUR\n", "EUR in row 3"),
        (
            "date,channel,spend,currency\n2026-01-01,A,5,USD\n2026-01-01,B,5,EUR\n"
            "2026-01-02,B,5,\n",
            "rows without currency",
        ),
    ],
)
def test_bad_tables(tmp_path, text, message):
    with pytest.raises(SourceError, match=message):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"spread": "yes"}, "spread"),
        ({"fx": {"EUR": -1}}, "no table of rates"),
        ({"fx": 1.1}, "no table of rates"),
        ({"currency": "dollar"}, "option 'currency'"),
    ],
)
def test_bad_options(tmp_path, options, message):
    text = "start,end,channel,spend,currency\n2026-02-01,2026-02-10,Podcast,100,USD\n"
    with pytest.raises(SourceError, match=message):
        read(tmp_path, text, **{"spread": True, **options})


def test_negative_spend_is_kept_and_reported(tmp_path):
    result = read(tmp_path, "date,channel,spend\n2026-01-01,A,50\n2026-01-02,A,-10\n")
    assert result.frame["spend"].sum() == 40
    assert logged(result)["negative spend kept"] == 1


def test_identical_rows_are_summed_and_reported(tmp_path):
    result = read(tmp_path, "date,channel,spend\n2026-01-01,A,50\n2026-01-01,A,50\n")
    assert result.frame["spend"].tolist() == [100.0]
    assert logged(result)["identical rows summed"] == 1


PERIODS = st.lists(
    st.tuples(
        st.dates(pd.Timestamp("2025-01-01").date(), pd.Timestamp("2026-12-31").date()),
        st.integers(0, 400),
        st.integers(0, 10**9),
    ),
    min_size=1,
    max_size=8,
)


@given(rows=PERIODS)
def test_spreading_conserves_money_and_stays_within_the_period(tmp_path_factory, rows):
    lines = ["start,end,channel,spend"]
    for number, (start, length, cents) in enumerate(rows):
        end = start + pd.Timedelta(days=length)
        lines.append(f"{start},{end},C{number},{cents / 100:.2f}")
    folder = tmp_path_factory.mktemp("spend")
    frame = read(folder, "\n".join(lines) + "\n", spread=True).frame
    for number, (start, length, cents) in enumerate(rows):
        own = frame[frame["platform"] == f"C{number}"]
        assert own["spend"].sum() == pytest.approx(cents / 100, rel=1e-9, abs=1e-9)
        assert own["date"].min() == pd.Timestamp(start)
        assert len(own) == length + 1
        assert own["daily"].all() == (length == 0)
