from __future__ import annotations

import pandas as pd
import pytest

from tests.sources.files_of import file_of, logged, read_file
from workbench.errors import SourceError
from workbench.sources import klaviyo_sends

FLOW_HEAD = (
    "Day,Flow ID,Flow Name,Flow Message ID,Flow Message Name,Flow Message Channel,Status,Delivered,"
    "Unique Opens,Open Rate,Unique Clicks,Click Rate,Placed Order,Placed Order Rate,Revenue,"
    "Revenue per Recipient,Unsub Rate,Complaint Rate,Bounce Rate,Tags\n"
)


def flow_row(open_rate, click_rate, order_rate, unsub, complaint, bounce, day="2026-06-01"):
    return (
        f'{day},F1,Abandoned Cart,M1,Cart 1,email,Live,"1,000",395,{open_rate},40,{click_rate},5,'
        f'{order_rate},"1,250.50",1.25,{unsub},{complaint},{bounce},core\n'
    )


STYLES = {
    "signs": flow_row("39.5%", "4%", "0.5%", "0.4%", "0.02%", "1.1%"),
    "percent": flow_row("39.5", "4", "0.5", "0.4", "0.02", "1.1"),
    "fraction": flow_row("0.395", "0.04", "0.005", "0.004", "0.0002", "0.011"),
}


def flows(tmp_path, text, **options):
    return read_file(klaviyo_sends.read_flows, "klaviyo_flows", file_of(tmp_path, text), **options)


@pytest.mark.parametrize("style", STYLES)
def test_rates_in_three_styles_are_the_same_shares(tmp_path, style):
    row = flows(tmp_path, FLOW_HEAD + STYLES[style]).frame.iloc[0]
    assert row["unsub_rate"] == pytest.approx(0.004)
    assert row["complaint_rate"] == pytest.approx(0.0002)
    assert row["bounce_rate"] == pytest.approx(0.011)
    assert row["delivered"] == 1000
    assert row["orders"] == 5
    assert row["revenue"] == 1250.5
    assert row["status"] == "live"
    assert row["flow"] == "Abandoned Cart"
    assert row["channel"] == "email"


SMALL = "Day,Flow Name,Delivered,Unsub Rate\n2026-06-01,Cart,1000,0.4\n"


def test_rates_that_nothing_settles_are_refused_until_stated(tmp_path):
    with pytest.raises(SourceError, match="may mean 1% or 100%"):
        flows(tmp_path, SMALL)
    assert flows(tmp_path, SMALL, rates="percent").frame["unsub_rate"].iloc[0] == 0.004
    assert flows(tmp_path, SMALL, rates="fraction").frame["unsub_rate"].iloc[0] == 0.4
    with pytest.raises(SourceError, match="option 'rates'"):
        flows(tmp_path, SMALL, rates="both")
    assert flows(tmp_path, SMALL.replace("0.4", "0")).frame["unsub_rate"].iloc[0] == 0


def test_signs_on_some_cells_are_refused_with_their_rows(tmp_path):
    text = SMALL.replace("0.4", "0.4%") + "2026-06-02,Cart,1000,0.4\n"
    with pytest.raises(SourceError, match="some rates have a % sign"):
        flows(tmp_path, text)
    assert flows(tmp_path, text.replace("0,0.4\n", "0,0\n")).frame["unsub_rate"].sum() == 0.004


def test_impossible_rates_are_refused(tmp_path):
    with pytest.raises(SourceError, match="outside 0% to 100%"):
        flows(tmp_path, SMALL.replace("0.4", "140%"))


def test_identical_rows_count_once_and_variants_of_a_message_each(tmp_path):
    variant = STYLES["signs"].replace(",M1,", ",M2,").replace(",5,", ",6,")
    result = flows(tmp_path, FLOW_HEAD + STYLES["signs"] + variant + STYLES["signs"])
    assert sorted(result.frame["orders"]) == [5.0, 6.0]
    assert logged(result)["repeated flows rows dropped"] == 1


def test_an_agencys_file_needs_the_client(tmp_path):
    text = (
        "Client Name,Day,Flow Name,Delivered\nJuniper,2026-06-01,Cart,5\nOther,2026-06-01,Cart,9\n"
    )
    with pytest.raises(SourceError, match="holds 2 clients"):
        flows(tmp_path, text)
    assert flows(tmp_path, text, client="Juniper").frame["delivered"].tolist() == [5.0]
    with pytest.raises(SourceError, match="none is called 'Nobody'"):
        flows(tmp_path, text, client="Nobody")


CAMPAIGNS = (
    "Campaign ID,Campaign Name,Tags,Subject,List,Campaign Channel,Send Time,Send Weekday,"
    "Total Recipients,Successful Deliveries,Bounces,Bounce Rate,Unique Opens,Total Opens,Open Rate,"
    "Unique Clicks,Total Clicks,Click Rate,Unique Placed Order,Placed Order Rate,Revenue,"
    "Unsubscribes,Spam Complaints,Spam Complaints Rate\n"
    "C1,=SUM(A1) spring,sale,Hi,VIP,email,2026-03-01 15:00:00+00:00,Sunday,1000,980,20,2%,400,500,"
    '40.82%,50,60,5.10%,7,0.71%,"$1,400.00",4,1,0.10%\n'
)


def test_campaigns(tmp_path):
    result = read_file(
        klaviyo_sends.read_campaigns, "klaviyo_campaigns", file_of(tmp_path, CAMPAIGNS)
    )
    row = result.frame.iloc[0]
    assert row["send_time"] == pd.Timestamp("2026-03-01 10:00:00")
    assert row["bounce_rate"] == pytest.approx(0.02)
    assert row["complaint_rate"] == pytest.approx(0.001)
    assert row["unsub_rate"] == pytest.approx(4 / 980)  # from counts, where there is no rate
    assert row["revenue"] == 1400
    assert row["orders"] == 7
    assert row["campaign"] == "=SUM(A1) spring"
    assert row["list"] == "VIP"


def test_other_format_is_named(tmp_path):
    with pytest.raises(SourceError, match="is a Klaviyo campaign performance export"):
        flows(tmp_path, CAMPAIGNS)
