"""Does the model reproduce what was seen? Weeks, the history matrix, and the checks."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from tests.models.handmade import handmade
from workbench.checks import Status
from workbench.value.parameters import make_parameters
from workbench.value.predictive import history_matrix, predictive_checks, tracking_table


@pytest.fixture(scope="module")
def tracking(shop):
    parameters = make_parameters(shop.fit, draws=150)
    return tracking_table(shop.fit, parameters, shop.customers, shop.daily, seed=1)


def test_weeks_are_whole_and_end_with_the_as_of_date(shop, tracking):
    starts = pd.to_datetime(tracking["week"])
    assert starts.iloc[-1].date() == shop.as_of - timedelta(6)
    assert (starts.diff().dropna().dt.days == 7).all()
    assert starts.iloc[0].date() >= shop.data.calendar.start
    assert starts.iloc[0].date() < shop.data.calendar.start + timedelta(7)


def test_observed_weeks_are_those_of_the_order_log(shop, tracking):
    orders, _ = shop.story.orders()
    days = orders[["customer_id", "day"]].drop_duplicates()
    first = days.groupby("customer_id")["day"].transform("min")
    repeats = days.loc[days["day"] > first, "day"]
    for row in tracking.to_dict("records"):
        start = pd.Timestamp(row["week"])
        seen = repeats.between(start, start + pd.Timedelta(days=6)).sum()
        assert row["observed"] == seen


def test_the_true_model_holds_its_own_weeks(shop, tracking):
    inside = tracking["observed"].between(tracking["expected_q05"], tracking["expected_q95"])
    # 61 weeks at 90%: fewer than 48 inside would be a miracle
    assert inside.sum() >= 48
    assert tracking["expected_mean"].sum() == pytest.approx(tracking["observed"].sum(), rel=0.2)
    statuses = {check.check: check.status for check in predictive_checks(tracking)}
    assert statuses["Weekly tracking"] == Status.PASS
    assert (tracking["phase"] == "fit").all()


def test_a_wrong_model_is_found_out(shop):
    wrong = handmade(shop.data, draws=150, level=np.array([0.3, -2.5, 0.0]))
    table = tracking_table(
        wrong, make_parameters(wrong, draws=150), shop.customers, shop.daily, seed=1
    )
    statuses = {check.check: check.status for check in predictive_checks(table)}
    assert statuses == {"Weekly tracking": Status.FAIL, "Total repeat orders": Status.FAIL}


def weeks(observed: list[float], mean: float = 100.0) -> pd.DataFrame:
    return pd.DataFrame(
        {"observed": observed, "expected_mean": mean, "expected_q05": 90.0, "expected_q95": 110.0}
    )


@pytest.mark.parametrize(
    ("outside", "status"),
    [(2, Status.PASS), (3, Status.REVIEW), (5, Status.REVIEW), (6, Status.FAIL)],
)
def test_weeks_outside_the_band_are_counted(outside, status):
    observed = [100.0] * (10 - outside) + [111.0, 89.0, 120.0, 80.0, 119.0, 81.0][:outside]
    check = predictive_checks(weeks(observed))[0]
    assert (check.status, check.value) == (status, pytest.approx(1 - outside / 10))


@pytest.mark.parametrize(
    ("mean", "status"),
    [(104.9, Status.PASS), (105.1, Status.REVIEW), (85.1, Status.REVIEW), (84.9, Status.FAIL)],
)
def test_the_total_is_held_against_what_was_seen(mean, status):
    check = predictive_checks(weeks([100.0] * 10, mean))[1]
    assert check.status == status
    assert check.value == pytest.approx(mean / 100 - 1)


def test_too_few_weeks_are_not_judged():
    checks = predictive_checks(weeks([100.0] * 7))
    assert [check.status for check in checks] == [Status.REVIEW]
    assert "7 full weeks" in checks[0].message


def test_no_repeat_at_all_has_no_total_to_compare():
    checks = predictive_checks(weeks([0.0] * 10))
    assert [check.check for check in checks] == ["Weekly tracking"]


def test_the_history_matrix_counts_each_customer_once():
    customers = pd.DataFrame(
        {
            "age_days": [34, 35, 300, 400, 400, 500],
            "recency_days": [0, 0, 272, 36, 29, 400],
            "repeat_days": [0, 0, 3, 1, 1, 12],
        }
    )
    scores = pd.DataFrame(
        {"p_alive": [0.9, 0.8, 0.7, 0.2, 0.4, 0.5], "next_12m_orders": [1.0, 2, 3, 4, 6, 5]}
    )
    table = history_matrix(customers, scores)
    cells = table.set_index(["repeat_orders", "weeks_since_last"])
    assert cells["customers"].to_dict() == {
        ("0", "0-4"): 1, ("0", "5-8"): 1, ("1", "40-52"): 1, ("1", "53+"): 1,
        ("3", "0-4"): 1, ("7+", "14-26"): 1,
    }  # fmt: skip
    assert cells.loc[("7+", "14-26"), "next_12m_orders_mean"] == 5.0
    assert cells["customers"].sum() == len(customers)
    assert cells.loc[("0", "0-4"), "p_alive_mean"] == pytest.approx(0.9)


def test_the_history_matrix_of_a_shop_adds_up(shop):
    scores = pd.DataFrame({"p_alive": 0.5, "next_12m_orders": 1.0}, index=shop.customers.index)
    table = history_matrix(shop.customers, scores)
    assert table["customers"].sum() == len(shop.customers)
    once = shop.customers["repeat_days"] == 0
    assert table.loc[table["repeat_orders"] == "0", "customers"].sum() == once.sum()
    assert (table["p_alive_mean"] == 0.5).all()
