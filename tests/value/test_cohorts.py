"""12-month value is what came in plus what is predicted, and sums are kept."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.store import logs
from workbench.store.warehouse import Warehouse
from workbench.value.cohorts import cohort_table, cohort_value, value_table
from workbench.value.forecast import Forecast, simulate
from workbench.value.forward import CURVE_AGES
from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.parameters import make_parameters

AS_OF = date(2026, 6, 30)


def table(*rows: dict) -> pd.DataFrame:
    """Customers of (channel, month, age, ...) with one product."""
    base = {
        "first_product": "Tea", "repeat_days_90d": 0, "contribution_90d": 0.0,
        "contribution_12m": 0.0,
    }  # fmt: skip
    frame = pd.DataFrame([base | row for row in rows])
    return frame.assign(customer_id=[f"c{i}" for i in range(len(frame))])


def forecast(customers: pd.DataFrame, long: np.ndarray, short: np.ndarray) -> Forecast:
    """A forecast whose cohorts bring `long` (`short`) to age 365 (90), shape (cohorts, draws)."""
    groups = customers.groupby(GROUP_COLUMNS).size().rename("customers").reset_index()
    nothing = np.zeros_like(long)
    curves = np.zeros((1, len(CURVE_AGES), long.shape[1]))
    return Forecast(groups, nothing, nothing, long, short, curves, [], pd.DataFrame())


CUSTOMERS = table(
    {"channel": "Email", "first_month": "2025-01", "age_days": 500, "contribution_12m": 40.0,
     "contribution_90d": 30.0, "repeat_days_90d": 1},
    {"channel": "Email", "first_month": "2025-01", "age_days": 480, "contribution_12m": 20.0,
     "contribution_90d": 20.0},
    {"channel": "Meta Ads", "first_month": "2026-04", "age_days": 90, "contribution_12m": 10.0,
     "contribution_90d": 10.0, "repeat_days_90d": 2},
    {"channel": "Meta Ads", "first_month": "2026-04", "age_days": 89, "contribution_12m": 8.0,
     "contribution_90d": 8.0, "repeat_days_90d": 1},
    {"channel": "Meta Ads", "first_month": "2026-06", "age_days": 3, "contribution_12m": 6.0,
     "contribution_90d": 6.0},
)  # fmt: skip
LONG = np.array([[0.0, 0.0], [10.0, 30.0], [4.0, 8.0]])
SHORT = np.array([[0.0, 0.0], [0.0, 2.0], [1.0, 3.0]])


@pytest.fixture
def value():
    return cohort_value(CUSTOMERS, forecast(CUSTOMERS, LONG, SHORT))


def test_value_is_observed_plus_predicted(value):
    found = value_table(value, GROUP_COLUMNS)
    assert found["value_12m_mean"].tolist() == pytest.approx([30.0, (18 + 20) / 2, 6 + 6])
    assert found["value_90d_mean"].tolist() == pytest.approx([25.0, (18 + 1) / 2, 6 + 2])
    assert found["observed_share"].tolist() == pytest.approx([1.0, 18 / 38, 6 / 12])
    assert found["customers"].tolist() == [2, 2, 1]
    assert found["age_days"].tolist() == pytest.approx([490.0, 89.5, 3.0])


def test_a_mature_cohort_has_no_width(value):
    mature = value_table(value, GROUP_COLUMNS).iloc[0]
    quantiles = ["q05", "q25", "q50", "q75", "q95"]
    assert {mature[f"value_12m_{q}"] for q in quantiles} == {30.0}
    assert mature["value_90d_q05"] == mature["value_90d_q95"] == 25.0
    young = value_table(value, GROUP_COLUMNS).iloc[2]
    assert young["value_12m_q05"] < young["value_12m_q95"]


def test_retention_asks_each_customer_for_90_days(value):
    found = value_table(value, GROUP_COLUMNS)["retention_90d"]
    # Meta Ads in April: one of the two is 90 days old, and came back
    assert found.tolist()[:2] == pytest.approx([0.5, 1.0])
    assert np.isnan(found[2])


@pytest.mark.parametrize("by", [["channel"], ["first_product"], ["first_month"],
                                ["first_month", "channel"], GROUP_COLUMNS])  # fmt: skip
def test_sums_are_kept_however_cohorts_are_grouped(value, by):
    found = value_table(value, by)
    total = (found["value_12m_mean"] * found["customers"]).sum()
    assert total == pytest.approx(CUSTOMERS["contribution_12m"].sum() + LONG.mean(axis=1).sum())
    assert found["customers"].sum() == len(CUSTOMERS)
    seen = (found["observed_share"] * found["value_12m_mean"] * found["customers"]).sum()
    assert seen == pytest.approx(CUSTOMERS["contribution_12m"].sum())
    assert found[by].equals(found[by].sort_values(by, ignore_index=True))


def test_groups_are_summed_draw_by_draw(value):
    meta = value_table(value, ["channel"]).iloc[1]
    draws = (18 + LONG[1] + 6 + LONG[2]) / 3
    assert meta["value_12m_q95"] == pytest.approx(np.quantile(draws, 0.95))
    assert meta["value_12m_q05"] == pytest.approx(np.quantile(draws, 0.05))


def test_only_the_months_asked_for(value):
    found = value_table(value, ["channel"], months=["2026-04"])
    assert found["channel"].tolist() == ["Meta Ads"]
    assert found["customers"].tolist() == [2]
    assert value_table(value, ["channel"], months=["1999-01"]).empty


def test_a_cohort_that_brought_nothing_has_no_observed_share():
    customers = table({"channel": "Email", "first_month": "2026-06", "age_days": 1})
    value = cohort_value(customers, forecast(customers, np.zeros((1, 4)), np.zeros((1, 4))))
    assert np.isnan(value_table(value, ["channel"])["observed_share"]).all()


def test_a_whole_shop_keeps_what_its_orders_left(shop):
    """End to end: observed value from the order log, order by order."""
    age = shop.customers["age_days"].to_numpy()
    parameters = make_parameters(shop.fit, draws=50)
    made = simulate(
        shop.fit, parameters, shop.customers, horizon=365 - age, short=90 - age,
        in_curve=np.zeros(len(age), dtype=bool), seed=1,
    )  # fmt: skip
    value = cohort_value(shop.customers, made)
    orders, _ = shop.story.orders()
    first = orders.groupby("customer_id")["day"].transform("min")
    within = (orders["day"] - first).dt.days <= 365
    left = (orders["revenue"] * (1 - 0.34 - 0.029) - 6.7)[within].sum()
    assert value.observed_12m.sum() == pytest.approx(left)
    mature = shop.customers.groupby(GROUP_COLUMNS)["age_days"].min().to_numpy() >= 365
    assert mature.any()
    width = np.ptp(value.total_12m, axis=1)
    assert not width[mature].any()
    assert (width[~mature] > 0).mean() > 0.9
    named = cohort_table(value, shop.fit)
    assert set(named["pooled_towards"]) == {"channel + first_product + first_month"}


def test_day_365_is_observed_and_day_366_is_not():
    rows = [("ann", day) for day in ("2025-01-01", "2026-01-01", "2026-01-02")]
    orders = logs.orders(
        *({"customer_id": who, "ordered_at": day, "items": 10.0} for who, day in rows)
    )
    customers = Warehouse.from_frames(orders).customers(AS_OF)
    value = cohort_value(customers, forecast(customers, np.zeros((1, 2)), np.zeros((1, 2))))
    assert value.observed_12m.tolist() == [20.0]
    assert value.observed_90d.tolist() == [10.0]
