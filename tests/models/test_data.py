"""What the model learns from, against the order log it came from."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from tests.models.handmade import story_data
from tests.models.story import Story
from tests.store import logs
from workbench.errors import ModelError
from workbench.models.data import prepare
from workbench.store.warehouse import Warehouse

STORY = Story(customers=40, days=200, arrivals=100)
COHORTS = ("channel", "first_product", "first_month")


@pytest.fixture(scope="module")
def warehouse():
    return STORY.warehouse()


def days_of(as_of):
    """Purchase days of each customer up to a day, and revenue per day, straight from the log."""
    orders, _ = STORY.orders()
    seen = orders[orders["day"] <= pd.Timestamp(as_of)]
    return seen.groupby(["customer_id", "day"])["revenue"].sum()


@pytest.mark.parametrize("back", [0, 60])
def test_repeats_and_spend_are_those_of_the_log(warehouse, back):
    as_of = STORY.as_of - timedelta(back)
    customers = warehouse.customers(as_of)
    data = prepare(customers, warehouse.daily(as_of), as_of=as_of, cohorts=COHORTS)
    log = days_of(as_of).reset_index()
    log["rank"] = log.groupby("customer_id")["day"].rank().astype(int)
    repeats = log[log["rank"] > 1]
    month = repeats["day"].dt.year * 12 + repeats["day"].dt.month
    start = data.calendar.start.year * 12 + data.calendar.start.month
    expected = np.bincount(month - start, minlength=data.calendar.n_periods)
    assert data.repeats_by_period.tolist() == expected.tolist()
    assert data.histories.weight.sum() == log["customer_id"].nunique()
    means = repeats.groupby("customer_id")["revenue"].agg(["mean", "size"])
    assert data.spend.cell_customers.sum() == len(means)
    assert data.spend.distinct @ data.spend.count == len(repeats)
    # A Gauss rule keeps the total weight and the mean of log spending in customers and in days.
    spent = np.log(means["mean"] * means["size"] / data.spend_scale)
    for weight, by in ((data.spend.customers, 1), (data.spend.days, means["size"])):
        assert weight.sum() == pytest.approx((spent * 0 + by).sum())
        assert weight @ np.log(data.spend.spent) == pytest.approx((spent * by).sum())
    assert data.spend_scale == pytest.approx(np.exp(np.log(means["mean"]).mean()))
    assert data.calendar.end == as_of
    assert data.margins is not None


def test_spend_belongs_to_the_cell_of_its_customer(warehouse):
    data = story_data(STORY, warehouse)
    customers = warehouse.customers(STORY.as_of)
    paying = customers[customers["repeat_days"] > 0]
    spent = paying.groupby("channel")["mean_repeat_revenue"].agg(lambda x: np.log(x).sum())
    days = paying.groupby("channel")["repeat_days"].agg(lambda x: np.log(x).sum())
    channel = data.design.cells["channel"].to_numpy()[data.spend.cell]
    for name in spent.index:
        at = channel == name
        ours = data.spend.customers[at] @ np.log(data.spend.spent[at] * data.spend_scale)
        assert ours == pytest.approx(spent[name] + days[name])


def test_a_daily_table_of_another_day_is_refused(warehouse):
    earlier = STORY.as_of - timedelta(60)
    with pytest.raises(ModelError, match="same warehouse and as-of date"):
        prepare(
            warehouse.customers(STORY.as_of),
            warehouse.daily(earlier),
            as_of=STORY.as_of,
            cohorts=COHORTS,
        )


def test_no_customer_is_refused_in_words(warehouse):
    early = STORY.as_of - timedelta(1000)
    with pytest.raises(ModelError, match="No customer with a purchase on or before"):
        prepare(warehouse.customers(early), warehouse.daily(early), as_of=early, cohorts=COHORTS)


def log_of(*rows):
    warehouse = Warehouse.from_frames(logs.orders(*rows), costs=logs.COSTS)
    as_of = pd.Timestamp("2025-06-30").date()
    return prepare(warehouse.customers(as_of), warehouse.daily(as_of), as_of=as_of, cohorts=COHORTS)


def test_a_log_without_money_has_purchases_and_nothing_else():
    none = {"items": np.nan, "revenue": np.nan}
    days = [("ann", "2025-01-01"), ("ann", "2025-02-01"), ("bob", "2025-01-05")]
    data = log_of(*({"customer_id": who, "ordered_at": day, **none} for who, day in days))
    assert data.margins is None
    assert not data.has_spend
    assert data.repeats_by_period.sum() == 1


def test_where_nobody_came_back_first_orders_give_the_scale():
    data = log_of({"customer_id": "ann", "items": 20.0}, {"customer_id": "bob", "items": 80.0})
    assert not data.has_spend
    assert data.margins is not None
    assert data.spend_scale == pytest.approx(40.0)
    assert np.isnan(data.margins.ratio).all()


def test_an_order_before_the_first_purchase_starts_no_calendar():
    refused = {"customer_id": "ann", "ordered_at": "2024-12-01", "items": 30.0, "refund": 30.0}
    later = {"customer_id": "ann", "ordered_at": "2025-03-01"}
    data = log_of(refused, {"customer_id": "ann"}, later)
    assert str(data.calendar.start) == "2025-01-01"
    assert data.repeats_by_period.tolist() == [0, 0, 1, 0, 0, 0]
