from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decisions.experiment_backlog import backlog, money
from workbench.decisions.experiment_scores import ice, pie, pxl, rank_down
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.experiment_year import ranking_values, schedule, year_of_tests
from workbench.decisions.experiments import experiment_table

SETTINGS = ExperimentSettings()
IDEAS = [
    {"surface": "cart", "primary_metric": "order value", "baseline_rate": 0.5, "impact": 3.0,
     "weekly_traffic": 4_000.0},
    {"surface": "e-mail", "primary_metric": "repeat in 60 days", "baseline_rate": 0.1,
     "weekly_traffic": 300.0, "impact": 9.0, "mde": 0.15},
    {"impact": 6.0},
    {"impact": 7.0, "baseline_rate": 0.01},
]  # fmt: skip

rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(1, 12), st.floats(0, 13), st.floats(0, 20)),
    max_size=14,
)


@given(rows, st.floats(0.5, 10))
def test_a_schedule_never_shares_traffic_or_overruns_the_team_or_the_year(ideas, capacity):
    settings = replace(SETTINGS, capacity_days_per_week=capacity)
    surface, weeks, wait, effort = ([row[k] for row in ideas] for k in range(4))
    slots = schedule(range(len(ideas)), surface, weeks, wait, effort, settings)
    days = 0.0
    for at, slot in enumerate(slots):
        days += effort[slot.row]
        assert slot.start >= days / capacity - 1e-6
        assert slot.start + slot.weeks + wait[slot.row] < 52
        for other in slots[:at]:
            if surface[other.row] == surface[slot.row]:
                assert slot.start >= other.start + other.weeks


def test_busy_surfaces_are_waited_for():
    (slot,) = schedule([0], ["cart"], [3], [1], [0.0], SETTINGS, {"cart": 5.5})
    assert slot.start == 6


def test_profit_of_a_placed_test_against_simulation():
    table = experiment_table(backlog({"effort_days": 10.0}), money())
    year = year_of_tests(table).set_index("ranking").loc["EVSI"]
    row = table.iloc[0]
    rng = np.random.default_rng(4)
    lift = 0.03 * rng.normal(size=400_000)
    error = row["noise_sd"] * math.sqrt(2 / (row["weekly_traffic"] * row["weeks"] / 2))
    win = lift + error * rng.normal(size=len(lift)) > 0
    left = 52 - 2 - row["weeks_to_result"]  # ten days of work take the team two weeks
    people = row["weekly_traffic"] * (row["weeks"] / 2 + left * win)
    profit = row["value_per_lift"] * lift * people - row["cost"]
    assert year["start_week"] == 2
    assert year["profit"] == pytest.approx(profit.mean(), abs=4 * profit.std() / 632)


def test_evsi_order_earns_at_least_as_much_and_stops_where_tests_cost_more():
    table = experiment_table(backlog(*IDEAS), money())
    year = year_of_tests(table)
    values = ranking_values(year).set_index("ranking")
    assert values["profit"].idxmax() == "EVSI"
    assert values.loc["EVSI", "less_than_evsi"] == 0
    assert (values["less_than_evsi"] >= 0).all()
    assert set(values.index) == {"EVSI", "ICE", "ICE, 80% power"}
    assert "E2" not in set(year.loc[year["ranking"] == "EVSI", "id"])
    by_ice = year[year["ranking"] == "ICE"]
    assert by_ice["id"].iloc[0] == "E2"
    assert by_ice["cumulative_profit"].tolist() == pytest.approx(by_ice["profit"].cumsum())


def test_running_tests_go_first_and_nothing_gives_nothing():
    table = experiment_table(backlog({"status": "running"}, {}), money())
    busy = table.set_index("id").loc["E1", "weeks"]
    year = year_of_tests(table)
    assert (year["id"] == "E2").all()
    assert year["start_week"].iloc[0] == busy
    nothing = year_of_tests(experiment_table(backlog({"weekly_traffic": 0.0}), money()))
    assert nothing.empty
    assert ranking_values(nothing).empty


def test_scores_by_hand():
    rows = backlog({"impact": 8.0, "confidence": 5.0, "ease": 4.0, "potential": 6.0,
                    "importance": 8.0, "effort_days": 1.0, "above_fold": 1, "noticeable_5s": 2,
                    "add_remove_element": 2, "motivation": 1, "high_traffic": 1, "user_testing": 0,
                    "qual_feedback": 1, "analytics": 1, "heatmaps": 0})  # fmt: skip
    assert ice(rows).tolist() == [160]
    assert pie(rows).tolist() == [6]
    assert pxl(rows).tolist() == [11]  # 9 points and 2 for a day of work
    assert pxl(rows.assign(ease=3.0)).tolist() == [12]
    assert math.isnan(pxl(rows.assign(heatmaps=np.nan)).iloc[0])
    assert math.isnan(pxl(rows.drop(columns="heatmaps")).iloc[0])
    scores = rows["impact"].reindex([0, 0, 0]).reset_index(drop=True)
    assert rank_down(scores, scores > 0).tolist() == [1, 1, 1]
