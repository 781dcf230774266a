"""The backlog fits the shop that it belongs to; finished tests scatter around their true lifts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.decisions.experiment_backlog import money
from workbench.brand import load_brand
from workbench.decisions.experiment_scores import ice, pie, pxl
from workbench.decisions.experiments import experiment_table
from workbench.decisions.lift_estimates import lifts_of_tests
from workbench.simulate import simulate_process, stage_settings, write_simulation
from workbench.simulate.backlog import draw_tests
from workbench.simulate.stages import SAMPLE_FOLDERS
from workbench.sources.exports import Exports, read_exports

WEEKS = 13


@pytest.fixture(scope="module", params=[3, 4])
def sample(request, root: Path) -> tuple[Path, Exports]:
    folder = root / "data" / "sample" / SAMPLE_FOLDERS[request.param]
    return folder, read_exports(load_brand(folder))


def test_no_idea_reaches_more_people_than_the_shop_has(sample):
    _, exports = sample
    orders = exports.orders[exports.orders["revenue"] > 0]
    since = orders["day"].max() - pd.Timedelta(days=7 * WEEKS - 1)
    orders_per_week = (orders["day"] >= since).sum() / WEEKS
    first = orders.sort_values("ordered_at").drop_duplicates("customer_id")
    new = first[first["day"] >= since]
    new_per_week = new["channel"].value_counts() / WEEKS
    ideas = exports.experiments.set_index("id")
    outcomes = ideas["baseline_rate"] * ideas["weekly_traffic"]
    repeats = ideas["primary_metric"].str.startswith("repeat")
    paid = ideas["channel"].isin(["Meta Ads", "Google Ads"])
    assert (repeats.sum(), paid.sum()) == (6, 4)
    # a surface sees a good part of the shop's orders, and never more than all of them
    seen = outcomes[~repeats & ~paid] / orders_per_week
    assert seen.between(0.5, 1).all()
    won = outcomes[paid] / new_per_week.reindex(ideas.loc[paid, "channel"]).to_numpy()
    assert won.between(0.5, 1).all()
    # people are shown something after an order: a new customer's, or any
    assert (ideas.loc[repeats, "weekly_traffic"] <= orders_per_week).all()
    after_the_first = ["E03", "E09", "E10", "E13"]
    assert (ideas.loc[after_the_first, "weekly_traffic"] <= new_per_week.sum()).all()
    notes = experiment_table(exports.experiments, money(orders_per_week=orders_per_week))["note"]
    assert not notes.str.contains("more than the brand sells|missing|impossible").any()


def test_every_idea_can_be_ranked_by_every_score(sample):
    _, exports = sample
    for score in (ice, pie, pxl):
        assert score(exports.experiments).notna().all()
    assert pxl(exports.experiments).between(1, 14).all()
    assert pxl(exports.experiments).nunique() > 4


def test_work_is_not_counted_twice(sample):
    folder, exports = sample
    ideas = exports.experiments.set_index("id")
    table = experiment_table(exports.experiments, money()).set_index("id")
    outside = ideas["cost_to_run"].reindex(table.index).fillna(0)
    cost = table["cost"].dropna()
    assert len(cost) == 10
    want = 600 * ideas["effort_days"].reindex(table.index) + outside
    np.testing.assert_allclose(cost, want[cost.index])
    if folder.name == SAMPLE_FOLDERS[4]:
        assert (outside > 0).any()
        assert (outside != 600 * ideas["effort_days"].reindex(table.index)).all()


def test_results_are_those_of_the_finished_ideas(sample):
    folder, exports = sample
    results, ideas = exports.test_results, exports.experiments.set_index("id")
    assert set(results["id"]) == set(ideas.index[ideas["status"] == "done"])
    assert (results.groupby("id")["arm"].agg(list) == [["control", "variant"]] * 5).all()
    assert exports.log.query("source == 'test_results'").empty
    as_of = load_brand(folder).as_of
    assert as_of is not None
    assert (results["started"] < results["ended"]).all()
    assert (results["ended"] <= pd.Timestamp(as_of)).all()
    # 90-day value is known of what ended long enough ago
    known = results.set_index("id")["value_90d_mean"].notna()
    assert known.groupby("id").all().to_dict() == {
        "E11": False, "E12": True, "E13": True, "E14": True, "E15": True,
    }  # fmt: skip
    # the control converts at the baseline of the backlog
    control = results[results["arm"] == "control"].set_index("id")
    base = ideas["baseline_rate"].reindex(control.index)
    error = np.sqrt(base * (1 - base) / control["exposed"])
    assert ((control["converted"] / control["exposed"] - base).abs() < 4 * error).all()
    told = json.loads((folder / "truth.json").read_text())["tests"]["finished"]
    assert {record["id"] for record in told} == set(control.index)
    lifts = lifts_of_tests(results)
    assert (lifts["note"] == "").all()
    truth = pd.Series({record["id"]: record["true_lift"] for record in told})
    rates = truth.index[truth.index != "E12"]  # a lift of order value leaves the rate alone
    assert ((lifts["lift"] - truth)[rates].abs() < 4 * lifts["lift_se"][rates]).all()


def test_the_traffic_of_a_test_is_that_of_its_weeks(sample):
    _, exports = sample
    results, ideas = exports.test_results, exports.experiments.set_index("id")
    people = results.groupby("id")["exposed"].sum()
    span = results.groupby("id").agg({"started": "first", "ended": "first"})
    days = pd.Series({"E11": 0, "E12": 0, "E13": 60, "E14": 0, "E15": 90})
    weeks = ((span["ended"] - span["started"]).dt.days + 1 - days) / 7
    assert weeks.to_dict() == {"E11": 4, "E12": 6, "E13": 12, "E14": 5, "E15": 8}
    # the shop grows and has its season, so earlier weeks differ from today's, but not by much
    assert (people / weeks / ideas["weekly_traffic"].reindex(weeks.index)).between(0.5, 1.4).all()


def test_estimates_scatter_around_the_truth():
    simulation = simulate_process(stage_settings(3, customers=6_000), seed=5)
    rates, values = [], []
    for seed in range(100):
        tests = draw_tests(replace(simulation, seed=seed))
        lifts = lifts_of_tests(tests)
        truth = tests[tests["arm"] == "variant"].set_index("id")
        # a lift of order value leaves the rate alone
        true_rate = truth["true_lift"].where(truth["metric"] != "order value", 0.0)
        rates += list((lifts["lift"] - true_rate) / lifts["lift_se"])
        value = (lifts["value_lift"] - truth["true_value_lift"]) / lifts["value_lift_se"]
        values += list(value.dropna())
    assert (len(rates), len(values)) == (500, 400)
    for found in (rates, values):
        z = np.array(found)
        # tests of a small shop: ratios of a few dozen conversions lean by a tenth of their error
        assert abs(z.mean()) < 0.15 + 4 / np.sqrt(len(z))
        assert 0.85 < z.std() < 1.2
        within = np.mean(np.abs(z) < 1.645)
        assert within == pytest.approx(0.9, abs=0.01 + 4 * np.sqrt(0.09 / len(z)))


def test_earlier_brands_have_no_tests(tmp_path):
    for stage in (1, 2):
        simulation = simulate_process(stage_settings(stage, customers=60), seed=1)
        folder = write_simulation(tmp_path / str(stage), simulation)
        assert "tests" not in json.loads((folder / "truth.json").read_text())
        assert not (folder / "test_results.csv").exists()
