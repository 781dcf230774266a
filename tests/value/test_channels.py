"""Channels: spend and claims in the window, payback, ranks and flips, curves."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.value.channels import (
    ChannelDraws,
    channel_table,
    curve_table,
    p_any_flip,
    rank_flips,
    spend_table,
    spend_without_customers,
    trailing_revenue,
)
from workbench.value.forward import CURVE_AGES
from workbench.value.payback import payback_days
from workbench.value.scope import acquisition_window, newest_day

WINDOW = acquisition_window(date(2026, 6, 30), date(2024, 1, 5))


def spend_rows(*rows: tuple) -> pd.DataFrame:
    """Rows of (date, channel, spend, claimed value, attribution)."""
    names = ["date", "channel", "spend", "platform_conversion_value", "attribution_setting"]
    return pd.DataFrame(rows, columns=names).assign(date=lambda t: pd.to_datetime(t["date"]))


# The window of acquisition


def test_the_window_is_twelve_calendar_months_to_the_as_of_date():
    assert WINDOW.months[0] == "2025-07"
    assert WINDOW.months[-1] == "2026-06"
    assert len(WINDOW.months) == 12
    assert (WINDOW.start, WINDOW.end) == (date(2025, 7, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("first", "newest", "months", "start", "end"),
    [
        (date(2024, 1, 5), None, 12, date(2025, 7, 1), date(2026, 6, 12)),
        (date(2024, 1, 5), date(2026, 5, 1), 12, date(2025, 7, 1), date(2026, 6, 12)),
        (date(2026, 4, 20), date(2026, 5, 1), 3, date(2026, 4, 20), date(2026, 6, 12)),
        (date(2025, 7, 9), None, 12, date(2025, 7, 9), date(2026, 6, 12)),
        (date(2026, 6, 12), date(2026, 6, 12), 1, date(2026, 6, 12), date(2026, 6, 12)),
        (date(2024, 1, 5), date(2025, 7, 1), 12, date(2025, 7, 1), date(2026, 6, 12)),
        # nobody won within the twelve months: those up to the last new customer
        (date(2024, 1, 5), date(2025, 6, 30), 12, date(2024, 7, 1), date(2025, 6, 30)),
        (date(2024, 1, 5), date(2024, 3, 2), 3, date(2024, 1, 5), date(2024, 3, 31)),
    ],
)
def test_the_window_is_where_customers_were_won(first, newest, months, start, end):
    window = acquisition_window(date(2026, 6, 12), first, newest)
    assert len(window.months) == months
    assert (window.start, window.end) == (start, end)
    assert window.months[0] == f"{start:%Y-%m}"
    assert window.months[-1] == f"{end:%Y-%m}"


# Spend


def test_spend_counts_from_the_first_to_the_last_day_of_the_window():
    rows = spend_rows(
        ("2025-06-30", "Meta Ads", 1000.0, 9000.0, "7-day click"),
        ("2025-07-01", "Meta Ads", 10.0, 40.0, "7-day click"),
        ("2026-06-30", "Meta Ads", 20.0, 20.0, "7-day click"),
        ("2026-07-01", "Meta Ads", 1000.0, 9000.0, "7-day click"),
        ("2026-01-01", "TikTok Ads", 5.0, np.nan, None),
    )
    table = spend_table(rows, WINDOW).set_index("channel")
    assert table["spend"].to_dict() == {"Meta Ads": 30.0, "TikTok Ads": 5.0}
    assert table.loc["Meta Ads", "reported_roas"] == pytest.approx(2.0)
    assert table.loc["Meta Ads", "attribution"] == "7-day click"
    assert np.isnan(table.loc["TikTok Ads", "reported_roas"])
    assert table.loc["TikTok Ads", "attribution"] == "not stated"


def test_reported_roas_is_over_the_spend_that_reports_it():
    rows = spend_rows(
        ("2026-01-01", "Meta Ads", 100.0, 300.0, "7-day click"),
        ("2026-01-02", "Meta Ads", 50.0, np.nan, "7-day click"),
    )
    row = spend_table(rows, WINDOW).iloc[0]
    assert row["spend"] == 150.0
    assert row["reported_roas"] == pytest.approx(3.0)


def test_mixed_attribution_is_said():
    rows = spend_rows(
        ("2026-01-01", "Meta Ads", 100.0, 300.0, "7-day click"),
        ("2026-01-02", "Meta Ads", 50.0, 100.0, "1-day view"),
        ("2026-01-03", "Meta Ads", 50.0, 100.0, ""),
    )
    assert spend_table(rows, WINDOW)["attribution"].tolist() == ["mixed: 1-day view; 7-day click"]


def test_claims_on_no_spend_are_no_roas():
    rows = spend_rows(("2026-01-01", "Email", 0.0, 300.0, None))
    assert np.isnan(spend_table(rows, WINDOW).loc[0, "reported_roas"])


@pytest.mark.parametrize("rows", [(), (("2020-01-01", "Meta Ads", 1.0, 1.0, "x"),)])
def test_no_spend_in_the_window_is_an_empty_table(rows):
    table = spend_table(spend_rows(*rows), WINDOW)
    assert table.empty
    assert list(table) == ["channel", "spend", "claimed_value", "reported_roas", "attribution"]


# Payback


def curve(*points: tuple[int, float]) -> np.ndarray:
    """A cumulative curve through (age, value), linear between, as one channel and one draw."""
    ages, values = zip(*points, strict=True)
    return np.interp(CURVE_AGES, ages, values)[None, :, None]


@pytest.mark.parametrize(
    ("points", "cac", "days"),
    [
        (((0, 30.0), (365, 30.0)), 20.0, 0.0),
        (((0, 20.0), (365, 30.0)), 20.0, 0.0),
        (((0, 0.0), (364, 364.0), (365, 365.0)), 100.0, 100.0),
        (((0, 0.0), (364, 364.0), (365, 365.0)), 100.5, 100.5),
        (((0, 0.0), (364, 364.0), (365, 365.0)), 364.5, 364.5),
        (((0, 0.0), (364, 364.0), (365, 365.0)), 365.0, 365.0),
        (((0, 0.0), (364, 364.0), (365, 365.0)), 365.01, np.inf),
        (((0, -5.0), (365, -1.0)), 3.0, np.inf),
        (((0, 30.0), (365, 30.0)), np.nan, np.nan),
    ],
)
def test_payback_is_the_day_that_the_curve_covers_cac(points, cac, days):
    found = payback_days(curve(*points), CURVE_AGES, np.array([[cac]]))
    assert found.shape == (1, 1)
    assert found[0, 0] == pytest.approx(days, nan_ok=True)


def test_payback_is_the_first_time_even_if_later_costs_take_it_back():
    points = ((0, 0.0), (70, 70.0), (140, 10.0), (365, 400.0))
    assert payback_days(curve(*points), CURVE_AGES, np.array([[50.0]]))[0, 0] == pytest.approx(50.0)


def test_an_order_within_a_week_is_spread_over_that_week():
    values = np.where(CURVE_AGES >= 14, 70.0, 0.0)[None, :, None]
    assert payback_days(values, CURVE_AGES, np.array([[35.0]]))[0, 0] == pytest.approx(10.5)


# Ranks, flips, tables


def draws_of(value, *, spend, reported, customers=None, curves=None) -> ChannelDraws:
    value = np.asarray(value, dtype=float)
    n = len(value)
    if curves is None:
        curves = np.repeat(value[:, None, :], len(CURVE_AGES), axis=1)
    return ChannelDraws(
        channels=[f"Channel {'ABCDE'[i]}" for i in range(n)],
        customers=np.full(n, 10.0) if customers is None else np.asarray(customers, dtype=float),
        spend=np.asarray(spend, dtype=float),
        reported_roas=np.asarray(reported, dtype=float),
        attribution=["7-day click"] * n,
        value=value,
        observed_share=np.full(n, 0.5),
        curves=curves,
        reached=np.ones((n, len(CURVE_AGES))),
        unknown=np.zeros((n, 1)),
    )


NAN = np.nan
FOUR = draws_of(
    [[30.0, 10.0, 30.0, 30.0], [20.0, 20.0, 20.0, 20.0], [5.0, 5.0, 5.0, 40.0], [9.0, 9, 9, 9]],
    spend=[100.0, 100.0, 100.0, NAN],
    reported=[1.0, 3.0, 2.0, NAN],
)
"""12-month ROAS over four draws: A 3 1 3 3, B 2 2 2 2, C 0.5 0.5 0.5 4; D unpaid."""


def test_the_channel_table_counts_each_figure_by_hand():
    table = channel_table(FOUR).set_index("channel")
    a, d = table.loc["Channel A"], table.loc["Channel D"]
    assert a["cac"] == 10.0
    assert a["roas_12m_mean"] == pytest.approx(2.5)
    assert a["true_profit_mean"] == pytest.approx((25.0 - 10.0) * 10)
    assert a["p_value_above_cac"] == pytest.approx(0.75)  # 10 is not above a CAC of 10
    assert table["rank_reported"].tolist()[:3] == [3, 1, 2]
    assert table["rank_value"].tolist()[:3] == [1, 2, 3]
    # by draw: A B C | B A C | A B C | C A B; reported: B C A
    assert table["p_rank_flip"].tolist()[:3] == pytest.approx([1.0, 3 / 4, 1.0])
    absent = ["spend", "cac", "reported_roas", "roas_12m_mean", "roas_12m_q05", "true_profit_mean",
              "p_value_above_cac", "payback_days_mean", "payback_days_q95", "p_payback_12m",
              "rank_reported", "rank_value", "p_rank_flip"]  # fmt: skip
    assert d[absent].isna().all()
    assert d["value_12m_mean"] == 9.0


def test_payback_in_the_table_keeps_never_as_never():
    table = channel_table(FOUR).set_index("channel")
    c = table.loc["Channel C"]
    assert c["p_payback_12m"] == pytest.approx(0.25)
    assert np.isinf(c["payback_days_q95"])
    assert np.isinf(c["payback_days_mean"])  # the median: most draws never pay back
    assert table.loc["Channel B", "payback_days_mean"] == 0.0
    assert table.loc["Channel A", "payback_days_mean"] == 0.0


def test_pairs_are_listed_by_reported_roas_with_the_chance_of_the_opposite():
    table = rank_flips(FOUR)
    pairs = table[["channel_a", "channel_b"]].agg("".join, axis=1).str.replace("Channel ", "")
    assert pairs.tolist() == ["BC", "BA", "CA"]
    assert table["p_flip"].tolist() == pytest.approx([0.25, 0.75, 0.75])
    assert (table["reported_a"] >= table["reported_b"]).all()


def test_any_flip_is_the_share_of_draws_in_another_order():
    assert p_any_flip(FOUR) == 1.0
    kept = draws_of([[30.0, 10.0], [20.0, 20.0]], spend=[10.0, 10.0], reported=[2.0, 1.0])
    assert p_any_flip(kept) == pytest.approx(0.5)


@pytest.mark.parametrize("reported", [[NAN, NAN], [2.0, NAN]])
def test_fewer_than_two_reported_channels_have_no_rank(reported):
    draws = draws_of([[30.0, 10.0], [20.0, 20.0]], spend=[10.0, 10.0], reported=reported)
    table = channel_table(draws)
    assert table[["rank_reported", "rank_value", "p_rank_flip"]].isna().all(axis=None)
    assert rank_flips(draws).empty
    assert np.isnan(p_any_flip(draws))


@given(st.integers(2, 5), st.integers(0, 1000))
def test_ranks_are_permutations_and_sure_orders_do_not_flip(n, seed):
    random = np.random.default_rng(seed)
    true = random.permutation(n) + 1.0
    reported = random.permutation(n) + 1.0
    draws = draws_of(np.tile(true[:, None] * 10, 3), spend=np.full(n, 100.0), reported=reported)
    table = channel_table(draws)
    assert sorted(table["rank_value"]) == sorted(table["rank_reported"]) == list(range(1, n + 1))
    assert (table["p_rank_flip"] == (table["rank_value"] != table["rank_reported"])).all()
    assert p_any_flip(draws) == float((table["rank_value"] != table["rank_reported"]).any())
    flips = rank_flips(draws)
    opposite = flips["roas_12m_b"] > flips["roas_12m_a"]
    assert (flips["p_flip"] == opposite).all()
    assert len(flips) == n * (n - 1) / 2


def test_the_next_customer_joins_the_table():
    table = channel_table(FOUR, value_next=FOUR.value + 1)
    assert table["value_next_mean"].tolist() == pytest.approx(
        (table["value_12m_mean"] + 1).tolist()
    )


def test_curves_carry_cac_and_the_ages_of_the_report():
    table = curve_table(FOUR)
    assert len(table) == 4 * len(CURVE_AGES)
    one = table[table["channel"] == "Channel A"]
    assert one["age_days"].tolist() == [*range(0, 365, 7), 365]
    assert (one["cac"] == 10.0).all()
    assert table.loc[table["channel"] == "Channel D", "cac"].isna().all()
    assert (one["value_q05"] <= one["value_mean"]).all()


def test_spend_on_a_channel_that_won_nobody_is_named():
    rows = spend_rows(
        ("2026-01-01", "Channel A", 100.0, 300.0, "x"), ("2026-01-01", "Podcast", 70.0, NAN, None),
        ("2020-01-01", "Radio", 70.0, NAN, None),
    )  # fmt: skip
    lost = spend_without_customers(FOUR, rows, WINDOW)
    assert lost[["channel", "spend"]].to_numpy().tolist() == [["Podcast", 70.0]]


def test_trailing_revenue_is_of_365_days():
    days = pd.to_datetime(["2025-06-30", "2025-07-01", "2026-06-30", "2026-07-01"])
    daily = pd.DataFrame({"day": days, "revenue": [1.0, 10.0, 100.0, 1000.0]})
    assert trailing_revenue(daily, date(2026, 6, 30)) == 110.0


def test_a_few_late_customers_do_not_make_a_year():
    """CDNOW: everybody in one quarter, and two strays eight months later."""
    days = pd.Series(pd.to_datetime(["1997-01-10"] * 500 + ["1997-03-20"] * 500))
    late = pd.Series(pd.to_datetime(["1997-11-02"] * 2))
    shop = pd.DataFrame({"first_day": pd.concat([late, days], ignore_index=True)})
    assert newest_day(shop) == date(1997, 3, 20)
    assert newest_day(shop.iloc[:1]) == date(1997, 11, 2)
    window = acquisition_window(date(1998, 6, 30), date(1997, 1, 10), newest_day(shop))
    assert window.months == ("1997-01", "1997-02", "1997-03")
