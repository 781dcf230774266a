"""Scores, bands and refund histories, against slow and plain versions of themselves."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.decisions.people import people
from tests.store import logs
from workbench.decisions.audience_settings import AudienceSettings
from workbench.decisions.segments import (
    refund_history,
    rfm_scores,
    seed_threshold,
    segment_bands,
    segment_table,
)
from workbench.errors import InputError

SETTINGS = AudienceSettings(draws=20)


@pytest.fixture(scope="module")
def shop():
    return people(3_000)


@pytest.fixture(scope="module")
def table(shop):
    return segment_table(shop.outlooks, shop.customers, shop.values, SETTINGS)


def test_scores_are_fifths_and_equals_score_alike():
    customers = pd.DataFrame(
        {
            "age_days": [100, 90, 80, 70, 60, 50, 40, 30, 20, 10],
            "recency_days": 0,
            "repeat_days": [0, 0, 0, 0, 0, 0, 0, 1, 2, 9],
            "revenue": np.arange(10.0),
        }
    )
    scores = rfm_scores(customers)
    assert scores["r_score"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert scores["f_score"].tolist() == [1] * 7 + [4, 5, 5]
    assert scores["m_score"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert scores["rfm"].iloc[0] == "111"


def test_scores_without_money_have_none():
    customers = pd.DataFrame(
        {"age_days": [9, 8], "recency_days": 0, "repeat_days": [0, 1], "revenue": np.nan}
    )
    assert rfm_scores(customers)["m_score"].tolist() == [0, 0]


def test_bands_have_their_sizes_and_the_top_is_chosen_by_probability():
    expected = np.arange(100.0)
    p_top = np.full(100, np.nan)
    p_top[70:] = np.linspace(0.9, 0.1, 30)  # the lower means are the more probable here
    band = segment_bands(expected, p_top, SETTINGS)
    assert np.flatnonzero(band == "top").tolist() == list(range(70, 80))
    assert np.flatnonzero(band == "low").tolist() == list(range(50))


def test_table_has_one_row_per_customer_and_valid_probabilities(shop, table):
    assert table["customer_id"].tolist() == shop.customers["customer_id"].tolist()
    for name in ("p_alive", "p_order_60d", "p_value_above"):
        assert table[name].between(0, 1).all()
    once = table["repeat_days"] == 0
    assert table.loc[once, "p_second_60d"].equals(table.loc[once, "p_order_60d"])
    assert table.loc[~once, "p_second_60d"].isna().all()
    assert table["suppress_days"].between(7, 180).all()
    assert (table["clv_band"] == "top").sum() == 300
    assert (table["p_order_60d"] <= table["p_alive"] + 1e-9).all()


def test_value_above_the_threshold_is_known_where_the_year_is_over(shop, table):
    over = (table["age_days"] >= 365).to_numpy()
    threshold = seed_threshold(shop.customers, shop.values, SETTINGS)
    known = shop.customers["contribution_12m"].to_numpy() > threshold
    assert (table["p_value_above"].to_numpy()[over] == known[over]).all()
    young = ~over & ~known
    assert 0 < table["p_value_above"].to_numpy()[young].mean() < 1


def test_other_customers_or_double_ones_are_refused(shop):
    swapped = shop.values.iloc[::-1]
    with pytest.raises(InputError, match="different customers"):
        segment_table(shop.outlooks, shop.customers, swapped, SETTINGS)
    double = shop.customers.assign(customer_id="same")
    with pytest.raises(InputError, match="several rows"):
        segment_table(shop.outlooks, double, shop.values, SETTINGS)


def test_refund_history_counts_everybody_who_ordered():
    orders = logs.orders(
        {"customer_id": "ann", "items": 50.0, "refund": 50.0},
        {"customer_id": "ann", "items": 60.0, "discount": 10.0, "refund": 25.0},
        {"customer_id": "bob", "items": 40.0},
        {"customer_id": "bob", "items": 40.0, "refund": 40.0, "ordered_at": "2026-01-01"},
    )
    table = refund_history(orders, date(2025, 6, 1)).set_index("customer_id")
    assert table.loc["ann", ["orders", "refunded_orders", "refund_share"]].tolist() == [2, 2, 0.75]
    assert table.loc["bob", "refund_share"] == 0.0


def test_settings_name_every_fault_at_once():
    with pytest.raises(InputError) as caught:
        AudienceSettings(seed_probability=1.5, ads_consent="maybe", contact_cost=-1.0, draws=3)
    assert [p.where for p in caught.value.problems] == [
        "seed_probability", "contact_cost", "ads_consent", "draws",
    ]  # fmt: skip
