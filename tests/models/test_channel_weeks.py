"""Spend and new customers by week: sums against plain pandas, and bad input."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench.errors import InputError, ModelError
from workbench.models.channel_weeks import channel_weeks

AS_OF = date(2026, 3, 31)


def frames(days: int = 100) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(5)
    day = pd.date_range(end=AS_OF, periods=days, freq="D")
    spend = pd.DataFrame(
        [
            {"date": d, "channel": c, "spend": float(rng.integers(1, 90)), "daily": True}
            for d in day
            for c in ("Meta Ads", "Google Ads")
        ]
    )
    n = 1500
    customers = pd.DataFrame(
        {
            "channel": rng.choice(["Meta Ads", "Google Ads", "Direct", "Unknown"], n),
            "first_day": day.to_numpy()[rng.integers(0, days, n)],
        }
    )
    return spend, customers


def test_weeks_are_full_and_end_on_the_as_of_date():
    spend, customers = frames()
    data = channel_weeks(spend, customers, AS_OF)
    assert data.weeks == 14
    assert data.end == AS_OF
    assert data.channels == ["Google Ads", "Meta Ads"]
    assert data.unpaid_channels == ["Direct"]
    third = data.starts[3]
    rows = spend[
        (spend["channel"] == "Meta Ads")
        & (spend["date"] >= third)
        & (spend["date"] < third + pd.Timedelta(days=7))
    ]
    assert data.spend[3, 1] == pytest.approx(rows["spend"].sum(), rel=1e-12)
    kept = customers[customers["first_day"] >= data.starts[0]]
    assert data.customers.sum() == kept["channel"].isin(data.channels).sum()
    assert data.unpaid.sum() == (kept["channel"] == "Direct").sum()
    lost = int((kept["channel"] == "Unknown").sum())
    assert data.left_out == {"new customers of unknown channel": lost}


def test_days_without_export_are_not_days_without_spend():
    spend, customers = frames()
    last = pd.Timestamp(AS_OF) - pd.Timedelta(days=10)
    data = channel_weeks(spend[spend["date"] <= last], customers, AS_OF)
    assert data.end == last.date()
    assert (data.spend > 0).all()


def test_only_the_latest_weeks_are_kept():
    spend, customers = frames()
    assert channel_weeks(spend, customers, AS_OF, weeks=9).weeks == 9


def test_bad_rows_are_left_out_and_counted():
    spend, customers = frames()
    clean = channel_weeks(spend, customers, AS_OF)
    bad = pd.DataFrame(
        [
            {"date": pd.Timestamp(AS_OF), "channel": "Meta Ads", "spend": -50.0, "daily": True},
            {"date": pd.NaT, "channel": "Meta Ads", "spend": 9.0, "daily": True},
            {"date": pd.Timestamp(AS_OF), "channel": None, "spend": 9.0, "daily": True},
            {"date": pd.Timestamp(AS_OF), "channel": "Meta Ads", "spend": np.inf, "daily": True},
            {"date": pd.Timestamp("2026-04-01"), "channel": "X", "spend": 9.0, "daily": True},
            {"date": pd.Timestamp(AS_OF), "channel": "Zero", "spend": 0.0, "daily": True},
        ]
    )
    data = channel_weeks(pd.concat([spend, bad], ignore_index=True), customers, AS_OF)
    assert data.channels == clean.channels
    assert data.spend == pytest.approx(clean.spend)
    assert data.left_out["spend rows below zero"] == 1
    assert data.left_out["spend rows after the as-of date"] == 1
    assert data.left_out["spend rows without a day, channel or amount"] == 3


def test_spread_spend_is_coarse():
    spend, customers = frames()
    spend["daily"] = spend["channel"] != "Meta Ads"
    assert channel_weeks(spend, customers, AS_OF).coarse.tolist() == [False, True]


def test_spend_without_a_customer_stays_in():
    spend, customers = frames()
    data = channel_weeks(spend, customers[customers["channel"] != "Meta Ads"], AS_OF)
    assert data.channels == ["Google Ads", "Meta Ads"]
    assert data.customers[:, 1].sum() == 0


@pytest.mark.parametrize("days", [20, 55])
def test_few_weeks_are_refused_in_words(days):
    with pytest.raises(ModelError, match="needs 8"):
        channel_weeks(*frames(days), AS_OF)


def test_no_spend_and_missing_columns_are_refused():
    spend, customers = frames()
    with pytest.raises(ModelError, match="no budget to divide"):
        channel_weeks(spend.assign(spend=0.0), customers, AS_OF)
    with pytest.raises(InputError) as caught:
        channel_weeks(spend.drop(columns="channel"), customers.drop(columns="first_day"), AS_OF)
    assert len(caught.value.problems) == 2


def test_spend_that_names_no_channel_is_no_channel_to_decide_on():
    spend, customers = frames()
    lost = spend[spend["channel"] == "Meta Ads"].assign(channel="Unassigned spend")
    data = channel_weeks(pd.concat([spend, lost], ignore_index=True), customers, AS_OF)
    plain = channel_weeks(spend, customers, AS_OF)
    assert data.channels == plain.channels == ["Google Ads", "Meta Ads"]
    np.testing.assert_array_equal(data.spend, plain.spend)
    assert data.left_out["spend rows that name no channel"] == len(lost)
