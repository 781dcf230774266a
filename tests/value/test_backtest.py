"""Forecasts from earlier dates: what they may use, what they are held against, how they score."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.models.handmade import handmade, true_fit
from tests.models.story import Story
from tests.store import logs
from workbench.errors import InputError
from workbench.models.settings import SamplerSettings
from workbench.store.warehouse import Warehouse
from workbench.value import backtest as testing
from workbench.value.backtest import (
    COLUMNS,
    QUANTILES,
    backtest,
    backtest_summary,
    check_cutoffs,
    make_backtest,
    run_backtest,
)
from workbench.value.backtest_tables import BASELINE_COLUMNS, CUSTOMER_COLUMNS, SCORE_COLUMNS
from workbench.value.baselines import BASELINES

STORY = Story(customers=300, days=430, arrivals=330)
CUTOFFS = (STORY.as_of - timedelta(180), STORY.as_of - timedelta(120))
HORIZON = 120
COHORTS = ("channel", "first_month")
SETTINGS = SamplerSettings(chains=2, draws=100, seed=5, longer=False)


@pytest.fixture(autouse=True)
def known_truth(monkeypatch):
    """Fit nothing: the posterior knows the truth. Returns the data that were asked to be fitted."""
    asked = []

    def fit(data, *, store=None, settings=None):
        asked.append((data, store, settings))
        known = data.has_spend and "channel" in data.design.levels
        return true_fit(STORY, data, draws=400) if known else handmade(data, draws=400)

    monkeypatch.setattr(testing, "fit", fit)
    return asked


@pytest.fixture(scope="module")
def log():
    return STORY.orders()


@pytest.fixture(scope="module")
def made(log):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testing, "fit", lambda data, **_: true_fit(STORY, data, draws=400))
        warehouse = Warehouse.from_frames(*log, costs=logs.COSTS)
        return make_backtest(warehouse, CUTOFFS, HORIZON, cohorts=COHORTS, settings=SETTINGS)


@pytest.fixture(scope="module")
def table(made):
    return made.table


# What is compared


def test_the_columns_are_those_of_the_contract(table):
    assert list(table) == list(COLUMNS) == (
        "cutoff horizon_days level group customers metric pooling actual mean "
        "q025 q05 q25 q50 q75 q95 q975 q10 q90 crps pit"
    ).split()  # fmt: skip
    assert table["cutoff"].unique().tolist() == [day.isoformat() for day in CUTOFFS]
    assert set(table["level"]) == {"total", "channel", "cohort"}
    assert set(table["metric"]) == {"orders", "revenue", "contribution"}
    assert set(table["horizon_days"]) == {HORIZON}
    assert set(table["pooling"]) == {"partial"}
    keys = ["cutoff", "level", "group", "metric"]
    assert not table.duplicated(keys).any()
    assert (np.diff(table[list(QUANTILES)].to_numpy(), axis=1) >= 0).all()
    assert table.notna().all(axis=None)


def test_what_happened_is_what_the_order_log_says(table, log):
    """Counted order by order: customers of the cutoff, days after it, horizon included."""
    orders, _ = log
    orders = orders.assign(contribution=orders["revenue"] * (1 - 0.34 - 0.029) - 6.7)
    opening = orders.sort_values("ordered_at").groupby("customer_id").first()
    for cutoff in CUTOFFS:
        old = opening[opening["day"] <= pd.Timestamp(cutoff)]
        end = pd.Timestamp(cutoff) + pd.Timedelta(days=HORIZON)
        seen = orders[
            orders["customer_id"].isin(old.index)
            & (orders["day"] > pd.Timestamp(cutoff))
            & (orders["day"] <= end)
        ]
        rows = table[table["cutoff"] == cutoff.isoformat()].set_index(["level", "group", "metric"])
        rows = rows.sort_index()
        for channel in ("Email", "Meta Ads"):
            own = seen[seen["customer_id"].map(old["channel"]) == channel]
            found = rows.loc[("channel", channel)]
            days = own.drop_duplicates(["customer_id", "day"])
            assert found.loc["orders", "actual"] == len(days)
            assert found.loc["revenue", "actual"] == pytest.approx(own["revenue"].sum())
            assert found.loc["contribution", "actual"] == pytest.approx(own["contribution"].sum())
            assert (found["customers"] == (old["channel"] == channel).sum()).all()
        months = old["day"].dt.strftime("%Y-%m")
        groups = (old["channel"] + " · " + months).value_counts()
        cohorts = rows.loc["cohort"].xs("orders", level="metric")
        assert cohorts["customers"].sort_index().to_dict() == groups.sort_index().to_dict()


@pytest.mark.parametrize("column", ["customers", "actual", "mean"])
def test_every_level_adds_up_to_the_total(table, column):
    sums = table.pivot_table(
        index=["cutoff", "metric"], columns="level", values=column, aggfunc="sum"
    )
    assert sums["channel"].to_numpy() == pytest.approx(sums["total"].to_numpy())
    assert sums["cohort"].to_numpy() == pytest.approx(sums["total"].to_numpy())


def test_forecasts_that_know_the_truth_are_honest(table):
    """Intervals of the true process: nine in ten hold what happened, and the total is near."""
    cohorts = table[(table["level"] == "cohort") & (table["metric"] != "contribution")]
    inside = cohorts["actual"].between(cohorts["q05"], cohorts["q95"])
    assert len(inside) > 60
    # cohorts share their customers between metrics and cutoffs: about a third are independent
    assert inside.mean() > 0.75
    total = table[(table["level"] == "total") & (table["metric"] == "orders")]
    assert total["actual"].between(total["q025"], total["q975"]).all()
    assert ((total["q95"] - total["q05"]) < 0.6 * total["mean"]).all()


def test_nothing_after_the_cutoff_is_used(table, log):
    """Orders after the cutoff changed beyond recognition leave the forecast as it was."""
    orders, lines = log
    cutoff = CUTOFFS[1]
    later = orders["day"] > pd.Timestamp(cutoff)
    keep = ~later | (np.arange(len(orders)) % 3 == 0)
    changed = orders.assign(
        revenue=orders["revenue"].where(~later, 5 * orders["revenue"]),
        items=orders["items"].where(~later, 5 * orders["items"]),
        channel=orders["channel"].where(~later, "Radio"),
    )[keep]
    warehouse = Warehouse.from_frames(changed, lines, costs=logs.COSTS)
    again = backtest(warehouse, [cutoff], HORIZON, cohorts=COHORTS, settings=SETTINGS)
    before = table[table["cutoff"] == cutoff.isoformat()].reset_index(drop=True)
    forecast = [name for name in COLUMNS if name not in ("actual", "crps", "pit")]
    pd.testing.assert_frame_equal(again[forecast], before[forecast])
    assert (again["actual"] != before["actual"]).mean() > 0.5


def test_a_refunded_order_costs_in_what_happened():
    rows = [("ann", "2025-01-01", {}), ("ann", "2025-02-01", {}), ("ann", "2025-05-01", {}),
            ("ann", "2025-05-09", {"refund": 50.0}), ("bob", "2025-03-01", {})]  # fmt: skip
    orders = logs.orders(
        *({"customer_id": who, "ordered_at": day, **more} for who, day, more in rows)
    )
    warehouse = Warehouse.from_frames(orders, costs=logs.COSTS)
    found = backtest(warehouse, [date(2025, 4, 1)], 60, cohorts=(), settings=SETTINGS)
    actual = found[found["level"] == "total"].set_index("metric")["actual"]
    assert actual["orders"] == 1
    assert actual["revenue"] == pytest.approx(50.0)
    one = 50.0 * (1 - 0.34 - 0.029) - 6.7
    assert actual["contribution"] == pytest.approx(one + refunded_order())
    assert found[found["level"] == "cohort"]["group"].unique().tolist() == ["All customers"]


def refunded_order() -> float:
    """Fulfilment and payment fees, which come back with no refund."""
    return -(6.4 + 0.029 * 50.0 + 0.3)


def test_a_log_without_money_is_held_to_its_orders():
    rows = [
        ("ann", "2025-01-01"),
        ("ann", "2025-02-01"),
        ("ann", "2025-05-01"),
        ("bob", "2025-03-01"),
    ]
    orders = logs.orders(
        *(
            {"customer_id": who, "ordered_at": day, "items": np.nan, "revenue": np.nan}
            for who, day in rows
        )
    )
    found = backtest(
        Warehouse.from_frames(orders), [date(2025, 4, 1)], 60, cohorts=("channel",),
        settings=SETTINGS,
    )  # fmt: skip
    assert set(found["metric"]) == {"orders"}
    assert found["actual"].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("horizon", [1, 30, 400])
def test_any_horizon_is_forecast(log, horizon, known_truth):
    cutoff = STORY.as_of - timedelta(200)
    warehouse = Warehouse.from_frames(*log, costs=logs.COSTS)
    found = backtest(warehouse, [cutoff], horizon, cohorts=("channel",), settings=SETTINGS)
    total = found[(found["level"] == "total") & (found["metric"] == "orders")].iloc[0]
    assert total["horizon_days"] == horizon
    assert total["mean"] > 0
    [(data, _, settings)] = known_truth
    assert data.calendar.end == cutoff
    assert settings == SETTINGS


# Beside the groups: customers, baselines, scores


def test_the_draws_of_every_group_are_scored(table):
    assert (table["crps"] < (table["mean"] - table["actual"]).abs() + table["q95"]).all()
    assert table["pit"].between(0, 1, inclusive="neither").all()
    # an outcome outside the 90% interval lies in a tail of the draws, one inside does not
    low, high = table["actual"] < table["q05"], table["actual"] > table["q95"]
    assert (table.loc[low, "pit"] < 0.06).all()
    assert (table.loc[high, "pit"] > 0.94).all()
    assert table.loc[~low & ~high, "pit"].between(0.03, 0.97).all()
    assert (table["q10"] >= table["q05"]).all()
    assert (table["q90"] <= table["q95"]).all()


def test_customers_in_tenths_add_up_to_what_happened(made):
    assert list(made.customers) == list(CUSTOMER_COLUMNS)
    deciles = made.customers
    total = made.table[made.table["level"] == "total"].set_index(["cutoff", "metric"])
    for (cutoff, metric), part in deciles.groupby(["cutoff", "metric"]):
        row = total.loc[(cutoff, metric)]
        assert part["decile"].tolist() == list(range(1, 11))
        assert part["customers"].sum() == row["customers"]
        assert (part["actual"] * part["customers"]).sum() == pytest.approx(row["actual"])
        # expectations against a mean of simulated purchases: 1000 draws, within 3%
        assert (part["predicted"] * part["customers"]).sum() == pytest.approx(row["mean"], rel=0.03)
    assert set(deciles["metric"]) == {"orders", "contribution"}


def test_baselines_have_the_groups_of_the_model(made, log):
    rules, table = made.baselines, made.table
    assert list(rules) == list(BASELINE_COLUMNS)
    assert list(rules["model"].unique()) == list(BASELINES)
    keys = ["cutoff", "level", "group", "metric"]
    ours = table.set_index(keys)[["customers", "actual"]]
    for model in ("cohort_mean", "pooled_point", "cohort_point"):
        theirs = rules[rules["model"] == model].set_index(keys)[["customers", "actual"]]
        pd.testing.assert_frame_equal(theirs, ours, check_dtype=False)
    points = rules.dropna(subset=["mean"])
    assert points[[*QUANTILES, "q10", "q90", "crps", "pit"]].isna().all(axis=None)
    sums = points.pivot_table(
        index=["model", "cutoff", "metric"], columns="level", values="mean", aggfunc="sum"
    )
    assert sums["cohort"].to_numpy() == pytest.approx(sums["total"].to_numpy())
    missing = rules[rules["mean"].isna()]
    assert set(missing["model"]) == {"last_year", "klaviyo"}
    assert (missing["level"] == "total").all()
    assert missing["note"].str.endswith(".").all()


def test_scores_hold_groups_and_customers_of_every_model(made):
    scores = made.scores
    assert list(scores) == list(SCORE_COLUMNS)
    assert set(scores["model"]) == {"workbench", "cohort_mean", "pooled_point", "cohort_point"}
    groups = scores[(scores["model"] == "workbench") & (scores["level"] != "customer")]
    summary = backtest_summary(made.table)
    shared = list(summary)
    pd.testing.assert_frame_equal(groups[shared].reset_index(drop=True), summary, check_dtype=False)
    people = scores[scores["level"] == "customer"].set_index(["model", "cutoff", "metric"])
    assert people[["gini", "mae", "wape"]].notna().all(axis=None)
    for cutoff in made.table["cutoff"].unique():
        ours, curve = (people.loc[(m, cutoff, "orders")] for m in ("workbench", "cohort_mean"))
        # the truth knows who buys; an average curve knows ages only
        assert ours["gini"] > curve["gini"] + 0.2
        assert ours["mae"] < curve["mae"]


def test_every_pooling_is_fitted_and_kept_apart(log, monkeypatch):
    asked = []
    real = testing.prepare

    def prepare(*frames, **given):
        asked.append(given["pooling"])
        return real(*frames, **given)

    monkeypatch.setattr(testing, "prepare", prepare)
    warehouse = Warehouse.from_frames(*log, costs=logs.COSTS)
    poolings = ("partial", "complete", "none")
    found = make_backtest(
        warehouse, CUTOFFS[:1], 30, cohorts=("channel",), settings=SETTINGS, poolings=poolings
    )
    assert asked == ["partial", "complete", "none"]
    assert found.table["pooling"].unique().tolist() == list(poolings)
    assert found.customers["pooling"].unique().tolist() == list(poolings)
    ours = found.scores[found.scores["model"] == "workbench"]
    assert not ours.duplicated(["cutoff", "level", "metric", "pooling"]).any()
    assert not found.baselines.duplicated(["cutoff", "level", "group", "metric", "model"]).any()
    assert set(testing.ablation_by_size(found.table)["pooling"]) == set(poolings)


# Which cutoffs are taken


DAYS = pd.Series(pd.to_datetime(["2025-01-01", "2025-12-31"]))


@pytest.mark.parametrize(
    ("cutoff", "horizon"), [("2025-04-01", 1), ("2025-04-01", 274), ("2025-12-01", 30)]
)
def test_a_cutoff_with_history_and_outcome_is_taken(cutoff, horizon):
    check_cutoffs([date.fromisoformat(cutoff)], horizon, DAYS)


@pytest.mark.parametrize(
    ("cutoff", "horizon", "words"),
    [
        ("2025-03-31", 30, "Fewer than 90 days of orders"),
        ("2025-12-02", 30, "2026-01-01, after the last order day 2025-12-31"),
        ("2026-02-01", 30, "after the last order day"),
        ("2025-06-01", 0, "0 is no horizon"),
        ("2025-06-01", 400, "too few days"),
    ],
)
def test_a_cutoff_that_cannot_be_scored_is_refused(cutoff, horizon, words):
    with pytest.raises(InputError) as error:
        check_cutoffs([date.fromisoformat(cutoff)], horizon, DAYS)
    assert words in str(error.value)
    assert "Allowed:" in str(error.value)


def test_a_pooling_that_is_not_known_is_refused():
    with pytest.raises(InputError, match="'some'") as error:
        check_cutoffs([date(2025, 6, 1)], 30, DAYS, ["partial", "some"])
    assert "partial, complete, none" in str(error.value)
    with pytest.raises(InputError, match="No pooling"):
        check_cutoffs([date(2025, 6, 1)], 30, DAYS, [])


def test_all_problems_are_told_at_once():
    cutoffs = [date(2025, 1, 15), date(2025, 6, 1), date(2025, 12, 30), date(2026, 3, 1)]
    with pytest.raises(InputError) as error:
        check_cutoffs(cutoffs, 30, DAYS)
    assert [problem.where for problem in error.value.problems] == [
        "cutoff 2025-01-15", "cutoff 2025-12-30", "cutoff 2026-03-01",
    ]  # fmt: skip
    with pytest.raises(InputError) as error:
        check_cutoffs([], -1, DAYS)
    assert len(error.value.problems) == 2


def test_a_log_without_orders_is_refused():
    with pytest.raises(InputError, match="no usable order"):
        check_cutoffs([date(2025, 6, 1)], 30, DAYS[:0])


# The file


@pytest.fixture
def brand(small_brand, log):
    orders, _ = log
    text = orders[["order_id", "customer_id", "ordered_at", "revenue", "channel"]].to_csv(
        index=False
    )
    return small_brand("=fern", {"orders.csv": text})


def test_the_file_is_written_whole_and_read_by_the_report(brand, tmp_path, known_truth):
    from workbench.analysis import open_analysis

    out = tmp_path / "reports"
    path = run_backtest(brand, [CUTOFFS[1], CUTOFFS[0], CUTOFFS[1]], HORIZON, out, seed=9)
    assert path == out / "=fern" / "backtest" / "backtest.csv"
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "backtest.csv", "backtest_baselines.csv", "backtest_customers.csv", "backtest_scores.csv",
    ]  # fmt: skip
    written = pd.read_csv(path)
    assert list(written) == list(COLUMNS)
    assert written["cutoff"].unique().tolist() == [day.isoformat() for day in CUTOFFS]
    pd.testing.assert_frame_equal(open_analysis(brand, out=out).table("backtest"), written)
    for name, columns in (
        ("backtest_customers", CUSTOMER_COLUMNS),
        ("backtest_baselines", BASELINE_COLUMNS),
        ("backtest_scores", SCORE_COLUMNS),
    ):
        empty = open_analysis(brand, out=tmp_path / "elsewhere").table(name)
        found = open_analysis(brand, out=out).table(name)
        assert list(found) == list(empty) == list(columns)
        assert len(found) > 0
        assert len(empty) == 0
    rules = open_analysis(brand, out=out).table("backtest_baselines")
    assert set(rules["pooling"]) == {"complete", "none"}
    assert rules["mean"].dtype == float
    assert [(store, settings.seed) for _, store, settings in known_truth] == [
        (out / "=fern" / "fits", 9)
    ] * 2
    first = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    run_backtest(brand, CUTOFFS, HORIZON, out, seed=9)
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == first


def test_the_brands_own_as_of_date_is_the_last_day_used(brand, tmp_path):
    settings = (brand / "brand.yaml").read_text(encoding="utf-8")
    (brand / "brand.yaml").write_text(f"{settings}as_of: {CUTOFFS[1]}\n", encoding="utf-8")
    with pytest.raises(InputError, match="after the last order day"):
        run_backtest(brand, [CUTOFFS[1]], HORIZON, tmp_path / "reports")
    assert not (tmp_path / "reports").exists()


# Scores


def test_scores_by_hand():
    levels = np.array(list(QUANTILES.values()))
    sure = dict.fromkeys(QUANTILES, 10.0)
    wide = dict(zip(QUANTILES, [0.0, 2.0, 8.0, 10.0, 14.0, 20.0, 30.0], strict=True))
    base = {"cutoff": "2025-06-30", "horizon_days": 30, "level": "cohort", "customers": 5,
            "metric": "orders", "pooling": "partial", "mean": 10.0}  # fmt: skip
    table = pd.DataFrame(
        [
            base | {"group": "a", "actual": 10.0} | sure,
            base | {"group": "b", "actual": 16.0} | wide,
            base | {"group": "c", "actual": 1.0} | wide,
        ]
    )
    row = backtest_summary(table).iloc[0]
    assert row["groups"] == 3
    assert row["bias"] == pytest.approx(30 / 27 - 1)
    assert row["wape"] == pytest.approx((0 + 6 + 9) / 27)
    assert row["covered"] == pytest.approx(2 / 3)
    quantiles = np.array(list(wide.values()))

    def loss(actual):
        return np.where(actual >= quantiles, levels * (actual - quantiles),
                        (1 - levels) * (quantiles - actual)).mean()  # fmt: skip

    assert row["pinball"] == pytest.approx(2 * (loss(16.0) + loss(1.0)) / 27)


def test_the_score_of_a_sure_forecast_is_its_absolute_error():
    """Twice the mean pinball loss of one number is near the absolute error, CRPS's limit."""
    base = {"cutoff": "d", "horizon_days": 1, "level": "total", "group": "all", "customers": 1,
            "metric": "orders", "pooling": "partial", "mean": 8.0}  # fmt: skip
    table = pd.DataFrame([base | {"actual": 10.0} | dict.fromkeys(QUANTILES, 8.0)])
    row = backtest_summary(table).iloc[0]
    assert row["pinball"] == pytest.approx(row["wape"]) == pytest.approx(0.2)


def test_a_better_forecast_scores_better(table):
    cohorts = table[table["level"] == "cohort"]
    scores = [
        backtest_summary(
            cohorts.assign(**{name: cohorts[name] * factor for name in ("mean", *QUANTILES)})
        )["pinball"].to_numpy()
        for factor in (1.0, 2.0)
    ]
    assert (scores[0] < scores[1]).all()


def test_scores_are_kept_apart_by_cutoff_level_and_metric(table):
    summary = backtest_summary(table)
    assert len(summary) == 2 * 3 * 3
    assert (summary["covered"].between(0, 1)).all()
    assert summary[summary["level"] == "total"]["groups"].eq(1).all()


def test_no_actual_total_has_no_ratio(table):
    nothing = table[table["metric"] == "orders"].assign(actual=0.0)
    summary = backtest_summary(nothing)
    assert summary[["bias", "wape", "pinball"]].isna().all(axis=None)
    assert summary["covered"].notna().all()
