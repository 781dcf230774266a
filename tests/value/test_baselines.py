"""Simple rules against logs worked by hand, and the textbook points against their libraries."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.special import hyp2f1

from tests.conftest import require
from tests.models.families.cases import cdnow, shipped
from tests.models.story import Story
from tests.store import logs
from workbench.store.warehouse import Warehouse
from workbench.value.baselines import (
    BASELINES,
    baselines_at,
    cohort_mean_curve,
    cohort_points,
    klaviyo_prediction,
    last_year_curve,
    pooled_point,
)
from workbench.value.maximum_likelihood import BgNbd, fit_bg_nbd, fit_gamma_gamma

# The average curve of older cohorts


def aged(*ages: int) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"c{i}" for i in range(len(ages))], "age_days": ages})


def by_age(**sums: dict[int, float]) -> pd.DataFrame:
    """Sums over customers at each age; contribution is half the revenue."""
    ages = sorted(set().union(*sums.values()))
    return pd.DataFrame(
        {
            "age_days": ages,
            "purchase_days": [sums["orders"].get(a, 0) for a in ages],
            "revenue": [sums["revenue"].get(a, 0.0) for a in ages],
            "contribution": [sums["revenue"].get(a, 0.0) / 2 for a in ages],
        }
    )


def test_the_average_curve_by_hand():
    """Ages 4, 2, 1: at risk 3 at age 1, 2 at age 2, 1 at ages 3 and 4; 3 customers are credible.

    Only age 1 is credible: its rate, 2 orders over 3 customers, goes on beyond it.
    """
    table = by_age(orders={1: 2, 3: 1}, revenue={1: 30.0, 3: 50.0})
    made = cohort_mean_curve(aged(4, 2, 1), table, horizon=3)
    assert made.predicted is not None
    assert made.predicted["orders"].to_numpy() == pytest.approx(3 * 2 / 3)
    assert made.predicted["revenue"].to_numpy() == pytest.approx(3 * 30 / 3)


def test_young_customers_go_on_as_older_ones_did():
    """Thirty customers of age 4 and ten of age 1: every age is credible."""
    ages = [4] * 30 + [1] * 10
    table = by_age(orders={1: 8, 2: 6, 4: 3}, revenue={1: 80.0, 2: 60.0, 4: 90.0})
    made = cohort_mean_curve(aged(*ages), table, horizon=2)
    assert made.predicted is not None
    young, old = made.predicted.iloc[-1], made.predicted.iloc[0]
    assert young["orders"] == pytest.approx(6 / 30 + 0 / 30)
    assert young["revenue"] == pytest.approx(60 / 30)
    assert young["contribution"] == pytest.approx(60 / 30 / 2)
    # beyond age 4: the mean rate of ages 1 to 4, all sums over all customer days
    assert old["orders"] == pytest.approx(2 * (8 + 6 + 3) / (40 + 30 + 30 + 30))


def test_a_shop_of_one_day_has_no_curve():
    made = cohort_mean_curve(aged(0, 0), by_age(orders={1: 0}, revenue={1: 0.0}), horizon=5)
    assert made.predicted is None
    assert "no curve" in made.note


def test_repeats_by_age_are_those_of_the_log():
    rows = [("ann", "2025-01-01", {}), ("ann", "2025-01-01", {}), ("ann", "2025-01-04", {}),
            ("bob", "2025-02-01", {}), ("bob", "2025-02-04", {"refund": 50.0}),
            ("bob", "2025-02-10", {}), ("bob", "2025-03-30", {})]  # fmt: skip
    orders = logs.orders(
        *({"customer_id": who, "ordered_at": day, **more} for who, day, more in rows)
    )
    found = Warehouse.from_frames(orders).repeats_by_age(date(2025, 3, 1))
    assert found["age_days"].tolist() == [3, 9]
    assert found["purchase_days"].tolist() == [1, 1]
    assert found["revenue"].tolist() == [50.0, 50.0]
    assert found["contribution"].tolist() == [50.0, 50.0]


# The same days a year before


def test_last_year_by_hand():
    """Then 20 customers of age 10 brought 1 each, 20 of age 40 brought 3, none was older."""
    earlier = aged(*[10] * 20, *[40] * 20)
    done = pd.DataFrame(
        {
            "customer_id": earlier["customer_id"],
            "purchase_days": [1] * 20 + [2, 4] * 10,
            "revenue": [10.0] * 20 + [20.0, 40.0] * 10,
            "contribution": [5.0] * 20 + [10.0, 20.0] * 10,
        }
    )
    made = last_year_curve(aged(0, 29, 30, 400), earlier, done, horizon=90)
    assert made.predicted is not None
    assert made.predicted["orders"].tolist() == [1.0, 1.0, 3.0, 3.0]
    assert made.predicted["revenue"].tolist() == [10.0, 10.0, 30.0, 30.0]
    assert made.predicted["contribution"].tolist() == [5.0, 5.0, 15.0, 15.0]
    assert made.predicted["customer_id"].tolist() == ["c0", "c1", "c2", "c3"]


@pytest.mark.parametrize(
    ("horizon", "customers", "words"),
    [(366, 40, "366 days a year before are not over"), (90, 29, "29 customers were known a year")],
)
def test_where_there_was_no_year_it_says_so(horizon, customers, words):
    earlier = aged(*[10] * customers)
    done = earlier[["customer_id"]].assign(purchase_days=1, revenue=1.0, contribution=1.0)
    made = last_year_curve(aged(5), earlier, done, horizon=horizon)
    assert made.predicted is None
    assert words in made.note


# Textbook points


def test_bg_nbd_reproduces_the_published_cdnow_parameters():
    """Fader, Hardie and Lee (2005), table 2: r 0.243, alpha 4.414 weeks, a 0.793, b 2.426."""
    data = cdnow()
    found = fit_bg_nbd(*(data[name].to_numpy(float) * days for name, days in
                         (("frequency", 1.0), ("recency", 7.0), ("T", 7.0))))  # fmt: skip
    assert found is not None
    assert [found.r, found.alpha / 7, found.a, found.b] == pytest.approx(
        [0.243, 4.414, 0.793, 2.426], abs=2e-3
    )


def test_expected_orders_equal_the_published_closed_form():
    """Fader, Hardie and Lee (2005), equation 10, with its hypergeometric function."""
    r, alpha, a, b, t = 0.243, 30.9, 0.793, 2.426, 120.0
    x = np.array([0.0, 1.0, 2.0, 7.0])
    t_x, age = np.array([0.0, 20.0, 150.0, 260.0]), np.array([100.0, 40.0, 200.0, 270.0])
    z = t / (alpha + age + t)
    top = 1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * hyp2f1(
        r + x, b + x, a + b + x - 1, z
    )
    bottom = 1 + (x > 0) * a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + t_x)) ** (
        r + x
    )
    closed = (a + b + x - 1) / (a - 1) * top / bottom
    found = BgNbd(r, alpha, a, b).expected_orders(t, x, t_x, age)
    assert found == pytest.approx(closed, rel=1e-6)


def test_points_equal_those_of_lifetimes():
    """Another library, its own optimiser: expected orders and spend within 0.5%."""
    lifetimes = require("lifetimes")
    data = shipped("cdnow_customers_summary_with_transactions.csv").rename(
        columns={"x": "frequency", "zbar": "monetary_value"}
    )
    returned = data[data["frequency"] > 0]
    theirs = lifetimes.GammaGammaFitter()
    theirs.fit(returned["frequency"], returned["monetary_value"])
    ours = fit_gamma_gamma(
        returned["monetary_value"].to_numpy(float), returned["frequency"].to_numpy(float)
    )
    assert ours is not None
    found = ours.expected_spend(
        returned["monetary_value"].to_numpy(float), returned["frequency"].to_numpy(float)
    )
    told = theirs.conditional_expected_average_profit(
        returned["frequency"], returned["monetary_value"]
    )
    assert found == pytest.approx(told.to_numpy(), rel=0.005)


def test_gamma_gamma_finds_what_was_simulated():
    """3000 customers: p, q and mean within 12%, 12% and 3%, about four standard errors."""
    rng = np.random.default_rng(5)
    x = rng.integers(1, 6, 3000).astype(float)
    nu = rng.gamma(5.0, 1 / (60.0 * 4.0 / 6.0), 3000)
    mean = rng.gamma(6.0 * x, 1 / (nu * x))
    found = fit_gamma_gamma(mean, x)
    assert found is not None
    assert found.p == pytest.approx(6.0, rel=0.12)
    assert found.q == pytest.approx(5.0, rel=0.12)
    assert found.mean == pytest.approx(60.0, rel=0.03)


def test_without_repeats_there_is_no_maximum():
    nobody = np.zeros(5)
    assert fit_bg_nbd(nobody, nobody, np.arange(5.0)) is None
    assert fit_bg_nbd(nobody[:0], nobody[:0], nobody[:0]) is None
    assert fit_gamma_gamma(np.array([5.0]), np.array([2.0])) is None


@pytest.fixture(scope="module")
def story():
    story = Story(customers=400, days=500, arrivals=400)
    return story, story.warehouse()


def test_the_pooled_point_finds_the_total(story):
    """Four hundred simulated customers: within a quarter, about three standard errors."""
    shop, warehouse = story
    cutoff = shop.as_of - timedelta(120)
    customers = warehouse.customers(cutoff)
    made = pooled_point(customers, horizon=120)
    assert made.predicted is not None
    done = warehouse.window(cutoff, shop.as_of)
    for metric, column in (("orders", "purchase_days"), ("revenue", "revenue"),
                           ("contribution", "contribution")):  # fmt: skip
        assert made.predicted[metric].sum() == pytest.approx(done[column].sum(), rel=0.25)


def test_each_month_learns_alone_and_an_empty_one_takes_the_pooled_point(story):
    shop, warehouse = story
    customers = warehouse.customers(shop.as_of)
    months = sorted(customers["first_month"].unique())
    silent = customers["first_month"] == months[2]
    changed = customers.copy()
    changed.loc[silent, ["repeat_days", "recency_days"]] = 0
    changed.loc[silent, "mean_repeat_revenue"] = np.nan
    made, pooled = (rule(changed, horizon=60) for rule in (cohort_points, pooled_point))
    assert made.predicted is not None
    assert pooled.predicted is not None
    assert f"1 of {len(months)} first months" in made.note
    assert made.predicted["customer_id"].tolist() == changed["customer_id"].tolist()
    pd.testing.assert_frame_equal(made.predicted[silent], pooled.predicted[silent])
    alone = changed[changed["first_month"] == months[0]]
    own = pooled_point(alone, horizon=60)
    assert own.predicted is not None
    pd.testing.assert_frame_equal(
        made.predicted[made.predicted["customer_id"].isin(alone["customer_id"])], own.predicted
    )


def test_a_log_without_money_is_promised_orders_only(story):
    shop, _ = story
    orders, _ = shop.orders()
    blank = dict.fromkeys(("items", "revenue"), np.nan)
    warehouse = Warehouse.from_frames(orders.assign(**blank))
    cutoff = shop.as_of - timedelta(60)
    for made in baselines_at(warehouse, warehouse.customers(cutoff), cutoff, 60):
        if made.predicted is not None:
            assert list(made.predicted) == ["customer_id", "orders"]
            assert made.predicted.notna().all(axis=None)


# Klaviyo


PROFILES = pd.DataFrame(
    {
        "customer_id": ["c0", "c2", "c9"],
        "created": pd.to_datetime(["2025-01-05", "2025-06-30", None]),
        "predicted_clv": [120.0, np.nan, 7.0],
    }
)
DAY = date(2025, 6, 30)


def test_klaviyo_is_taken_on_the_day_of_its_export():
    made = klaviyo_prediction(PROFILES, aged(1, 2, 3), cutoff=DAY, horizon=365)
    assert made.predicted is not None
    assert made.predicted.to_dict("records") == [{"customer_id": "c0", "revenue": 120.0}]
    assert "2 of 3 customers have no prediction" in made.note


@pytest.mark.parametrize(
    ("profiles", "given", "words"),
    [
        (pd.DataFrame(), {}, "No profile export carries"),
        (PROFILES.assign(predicted_clv=np.nan), {}, "No profile export carries"),
        (PROFILES, {"horizon": 180}, "cannot be held against 180"),
        (PROFILES, {"cutoff": date(2025, 1, 31)}, "exported on 2025-06-30, not at the cutoff"),
        (PROFILES, {"exported": date(2025, 7, 2)}, "exported on 2025-07-02"),
        (PROFILES.assign(created=pd.NaT), {}, "on an unknown day"),
        (PROFILES.tail(1).assign(created=pd.Timestamp(DAY)), {}, "No customer's profile"),
    ],
)  # fmt: skip
def test_klaviyo_says_why_it_cannot_be_compared(profiles, given, words):
    settings = {"cutoff": DAY, "horizon": 365} | given
    made = klaviyo_prediction(profiles, aged(1, 2, 3), **settings)
    assert made.predicted is None
    assert words in made.note


# All of them


def test_nothing_after_the_cutoff_is_used(story):
    shop, warehouse = story
    orders, lines = shop.orders()
    cutoff = shop.as_of - timedelta(100)
    known = orders[orders["day"] <= pd.Timestamp(cutoff)]
    blind = Warehouse.from_frames(known, lines, costs=logs.COSTS)
    for horizon in (90, 400):
        full, cut = (
            baselines_at(w, w.customers(cutoff), cutoff, horizon) for w in (warehouse, blind)
        )
        assert [made.model for made in full] == list(BASELINES)
        for one, other in zip(full, cut, strict=True):
            assert one.note == other.note
            if one.predicted is not None:
                assert other.predicted is not None
                pd.testing.assert_frame_equal(one.predicted, other.predicted)
