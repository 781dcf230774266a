"""All tables of value of a whole shop: they agree with each other and with its orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.models.handmade import handmade
from workbench.models.data import prepare
from workbench.sources.frames import fit as canonical
from workbench.value.tables import value_tables
from workbench.value.valuation import valuate

DRAWS = 100


def spend_of(as_of: date) -> pd.DataFrame:
    """Spend of two channels, one of which won nobody, and of a day outside the window."""
    rows = [
        (as_of - timedelta(30), "Meta Ads", 900.0, 2700.0),
        (as_of - timedelta(60), "Meta Ads", 600.0, 300.0),
        (as_of - timedelta(60), "Podcast", 250.0, np.nan),
        (as_of - timedelta(800), "Meta Ads", 5000.0, 9000.0),
    ]
    frame = pd.DataFrame(rows, columns=["date", "channel", "spend", "platform_conversion_value"])
    return canonical("spend", frame.assign(date=pd.to_datetime(frame["date"])))


@pytest.fixture(scope="module")
def made(shop):
    spend = spend_of(shop.as_of)
    valuation = valuate(
        shop.fit, shop.customers, shop.value_by_age, spend, as_of=shop.as_of, draws=DRAWS, seed=1
    )
    tables = value_tables(valuation, shop.fit, shop.customers, shop.daily, spend, seed=1)
    return valuation, tables


def test_channels_are_their_cohorts(shop, made):
    valuation, tables = made
    channels = tables["channels"].set_index("channel")
    cohorts = tables["cohorts"]
    own = cohorts[cohorts["first_month"].isin(valuation.window.months)]
    for channel, rows in own.groupby("channel"):
        found = channels.loc[channel]
        n = rows["customers"].sum()
        assert found["customers"] == n
        total = (rows["value_12m_mean"] * rows["customers"]).sum()
        assert found["value_12m_mean"] == pytest.approx(total / n)
    in_window = shop.customers["first_month"].isin(valuation.window.months)
    assert 0 < in_window.sum() < len(shop.customers)
    assert channels["customers"].sum() == in_window.sum()
    assert cohorts["customers"].sum() == len(shop.customers)


def test_money_of_a_channel_is_counted_once(shop, made):
    channels = made[1]["channels"].set_index("channel")
    meta = channels.loc["Meta Ads"]
    assert meta["spend"] == 1500.0
    assert meta["cac"] == pytest.approx(1500.0 / meta["customers"])
    assert meta["reported_roas"] == pytest.approx(2.0)
    assert meta["roas_12m_mean"] == pytest.approx(
        meta["value_12m_mean"] * meta["customers"] / 1500.0
    )
    assert meta["true_profit_mean"] == pytest.approx(
        meta["value_12m_mean"] * meta["customers"] - 1500.0
    )
    email = channels.loc["Email"]
    assert email[["spend", "cac", "roas_12m_mean", "true_profit_mean"]].isna().all()
    assert email["value_12m_mean"] > 0


def test_the_curve_ends_at_the_12_month_value(made):
    curves, channels = made[1]["curves"], made[1]["channels"].set_index("channel")
    for channel, rows in curves.groupby("channel"):
        assert rows["age_days"].iloc[-1] == 365
        assert rows["value_mean"].iloc[-1] == pytest.approx(channels.loc[channel, "value_12m_mean"])
        assert rows["value_q95"].iloc[-1] == pytest.approx(channels.loc[channel, "value_12m_q95"])
        assert rows["observed_share"].is_monotonic_decreasing
        assert rows["observed_share"].iloc[0] == 1.0


def test_the_observed_share_of_a_curve_is_that_of_its_customers(shop, made):
    valuation, tables = made
    own = shop.customers[shop.customers["first_month"].isin(valuation.window.months)]
    for row in tables["curves"].to_dict("records"):
        ages = own.loc[own["channel"] == row["channel"], "age_days"]
        assert row["observed_share"] == pytest.approx((ages >= row["age_days"]).mean())


def test_the_start_of_a_curve_is_the_first_day(shop, made):
    valuation, tables = made
    own = shop.customers[shop.customers["first_month"].isin(valuation.window.months)]
    first = own.groupby("channel")["first_contribution"].mean()
    start = tables["curves"][tables["curves"]["age_days"] == 0].set_index("channel")
    assert start["value_mean"].to_dict() == pytest.approx(first.to_dict())
    assert start["value_q05"].to_numpy() == pytest.approx(start["value_q95"].to_numpy())


def test_customers_add_up_to_cohorts(shop, made):
    customers, cohorts = made[1]["customers"], made[1]["cohorts"]
    summed = customers.groupby(["channel", "first_product", "first_month"])["value_12m_mean"].sum()
    total = (cohorts["value_12m_mean"] * cohorts["customers"]).to_numpy()
    assert summed.to_numpy() == pytest.approx(total, rel=1e-4, abs=1e-2)
    old = shop.customers["age_days"] >= 365
    assert customers.loc[old, "value_12m_q05"].equals(customers.loc[old, "value_12m_q95"])
    assert set(customers["segment"]) <= {"new", "active", "lapsing", "lapsed"}
    young = (customers["age_days"] < 90) & (customers["repeat_days"] == 0)
    assert (customers["segment"] == "new").equals(young)


def test_next_orders_lie_ahead(shop, made):
    customers = made[1]["customers"]
    known = customers["next_order_date"].dropna()
    assert len(known) > len(customers) / 2
    assert known.min() > pd.Timestamp(shop.as_of)
    assert known.max() <= pd.Timestamp(shop.as_of) + pd.Timedelta(days=365)
    busy = customers[customers["repeat_days"] >= 8]["next_order_date"].median()
    once = customers[customers["repeat_days"] == 0]["next_order_date"].median()
    assert busy < once


def test_the_summary_is_of_the_window(made):
    _, tables = made
    summary = tables["summary"].set_index("quantity")
    channels = tables["channels"]
    weighted = (channels["value_12m_mean"] * channels["customers"]).sum()
    assert summary.loc["value_12m", "mean"] == pytest.approx(weighted / channels["customers"].sum())
    paid = channels[channels["spend"].notna()]
    assert summary.loc["true_profit", "mean"] == pytest.approx(paid["true_profit_mean"].sum())
    assert summary.loc["spend_without_customers", "mean"] == 250.0
    assert "p_rank_disagree" not in summary.index  # one channel has no order


def test_groupings_agree_on_customers_and_value(made):
    tables = made[1]
    total = (tables["cohorts"]["value_12m_mean"] * tables["cohorts"]["customers"]).sum()
    for name in ("products", "months", "channel_months"):
        table = tables[name]
        assert (table["value_12m_mean"] * table["customers"]).sum() == pytest.approx(total)


def test_break_even_is_revenue_over_contribution(shop, made):
    valuation, tables = made
    own = shop.customers[shop.customers["first_month"].isin(valuation.window.months)]
    sums = own.groupby("channel")[["revenue", "contribution"]].sum()
    expected = sums["revenue"] / sums["contribution"]
    assert tables["channels"]["break_even_roas"].tolist() == pytest.approx(expected.tolist())


def test_a_log_without_money_has_purchases_and_empty_money_tables(shop):
    customers, by_age = shop.customers.copy(), shop.value_by_age.copy()
    money = [name for name in customers if "revenue" in name or "contribution" in name]
    customers[money] = np.nan
    by_age["contribution"] = np.nan
    data = prepare(customers, shop.daily, as_of=shop.as_of, cohorts=("channel", "first_month"))
    silent = replace(shop, customers=customers, data=data, fit=handmade(data, draws=DRAWS))
    nothing = spend_of(shop.as_of).iloc[:0]
    valuation = valuate(
        silent.fit, customers, by_age, nothing, as_of=shop.as_of, draws=DRAWS, seed=1
    )
    tables = value_tables(valuation, silent.fit, customers, shop.daily, nothing, seed=1)
    for name in ("cohorts", "channels", "curves", "rank_flips", "products", "months", "summary"):
        assert tables[name].empty
        assert len(tables[name].columns) > 0
    people = tables["customers"]
    assert people["next_12m_orders"].gt(0).all()
    assert people[["value_12m_mean", "next_12m_mean"]].isna().all(axis=None)
    assert len(tables["history_matrix"]) > 5
    assert len(tables["tracking"]) > 50


def test_the_same_seed_gives_the_same_tables(shop, made):
    spend = spend_of(shop.as_of)
    again = valuate(
        shop.fit, shop.customers, shop.value_by_age, spend, as_of=shop.as_of, draws=DRAWS, seed=1
    )
    tables = value_tables(again, shop.fit, shop.customers, shop.daily, spend, seed=1)
    for name, table in made[1].items():
        pd.testing.assert_frame_equal(tables[name], table)
