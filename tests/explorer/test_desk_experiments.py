"""The experiment desk against the ranking of the report and closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.explorer.benches import NAMES, budget_of, money, response, values
from tests.explorer.handmade import handmade
from workbench.decisions import experiment_value as ev
from workbench.decisions.experiment_metrics import noise_of_lift
from workbench.explorer.desk_experiments import (
    ExperimentAnswer,
    ExperimentPlan,
    experiment_answer,
    experiment_money,
)
from workbench.explorer.sentence import Sentence

MONEY = money()


def answered(plan: ExperimentPlan, **more: float) -> ExperimentAnswer:
    answer = experiment_answer(MONEY, plan, **more)  # type: ignore[arg-type]
    assert isinstance(answer, ExperimentAnswer), answer
    return answer


def test_the_value_of_a_test_is_test_and_roll() -> None:
    plan = ExperimentPlan(weekly_traffic=20_000, baseline_rate=0.05, cost=1000.0, weeks=6)
    f = answered(plan).figures
    noise = noise_of_lift("order rate", 0.05, MONEY.order_value_cv)
    worth = ev.value_with_test(0.0, 0.03, noise, 60_000, 52 * 20_000, 20_000)
    per_person, _ = MONEY.per_unit_lift("order rate", 0.05, "", "", _settings())
    assert f["weeks"] == 6
    assert f["sample_per_arm"] == 60_000
    assert f["evsi"] == pytest.approx(float(worth) * per_person.mean())
    assert f["evsi_net"] == pytest.approx(f["evsi"] - 1000.0)
    assert f["evsi_per_week"] == pytest.approx(f["evsi_net"] / 6)
    assert f["p_win"] == pytest.approx(0.5)


def test_left_to_itself_it_takes_the_best_duration() -> None:
    plan = ExperimentPlan(weekly_traffic=5_000, baseline_rate=0.05)
    best = answered(plan).figures
    others = [answered(replace(plan, weeks=float(n))).figures["evsi_net"] for n in range(2, 13)]
    assert best["evsi_net"] == pytest.approx(max(others))


@given(
    st.floats(200, 1e5), st.floats(0.002, 0.5), st.sampled_from([-0.03, 0.0, 0.03]),
    st.floats(0.005, 0.1), st.floats(0, 20_000), st.sampled_from([0.0, 2.0, 8.0]),
    st.sampled_from([0.0, 1.0, 2.0, 3.0]),
)  # fmt: skip
def test_any_plan_has_figures_that_fit_together(
    traffic: float, rate: float, mean: float, sd: float, cost: float, weeks: float, metric: float
) -> None:
    plan = ExperimentPlan(metric, traffic, rate, mean, sd, cost, weeks)
    answer = experiment_answer(MONEY, plan)
    if isinstance(answer, Sentence):
        return
    f = answer.figures
    if mean == 0:  # otherwise the people in the test may cost more than it tells
        assert f["evsi"] >= 0
    assert f["low"] <= f["high"]
    assert 0.0 <= f["p_win"] <= 1.0
    assert f["evsi_net"] <= f["evsi"] + 1e-9


def test_a_wider_view_has_a_wider_interval() -> None:
    plan = ExperimentPlan()
    narrow, wide = answered(plan, interval=0.5).figures, answered(plan, interval=0.95).figures
    assert wide["low"] < narrow["low"] < narrow["high"] < wide["high"]


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (ExperimentPlan(lift_sd=0.0), "nothing to learn"),
        (ExperimentPlan(baseline_rate=0.0), "baseline rate"),
        (ExperimentPlan(weekly_traffic=0.0), "no traffic"),
        (ExperimentPlan(weeks=60.0), "1 to 51 weeks"),
        (ExperimentPlan(cost=-1.0), "negative"),
    ],
)
def test_a_plan_that_makes_no_sense_gets_a_sentence(plan: ExperimentPlan, words: str) -> None:
    told = experiment_answer(MONEY, plan)
    assert isinstance(told, Sentence)
    assert words in told.text


def test_a_plan_survives_the_state_of_a_view() -> None:
    plan = ExperimentPlan(metric=2.0, weeks=4.0, cost=12.5)
    assert ExperimentPlan.of(plan.to_dict()) == plan
    assert ExperimentPlan.of({"weeks": 3.0, "gone": 1.0}).weeks == 3.0


def test_money_is_that_of_the_orders_of_the_last_year() -> None:
    material = replace(handmade(), budget=budget_of(response(), values(), NAMES))
    told = experiment_money(material)
    assert not isinstance(told, Sentence)
    assert told.order_value == pytest.approx(30.0)
    # five of nine orders are first orders, over 81 days
    assert told.new_share == pytest.approx(5 / 9)
    assert told.orders_per_week == pytest.approx(9 / (81 / 7))
    assert set(told.by_channel) == set(NAMES)
    np.testing.assert_allclose(told.by_channel["Channel 1"], values()[1])


def test_without_money_a_sentence() -> None:
    assert isinstance(experiment_money(handmade()), Sentence)


def _settings():
    from workbench.decisions.experiment_settings import ExperimentSettings

    return ExperimentSettings()


@pytest.mark.parametrize("orders", [1.0, 30.0, 210.0, 2_000.0, float("inf")])
def test_the_first_plan_of_a_brand_asks_for_no_more_people_than_it_can_have(orders: float) -> None:
    small = replace(MONEY, orders_per_week=orders)
    plan = ExperimentPlan.of({}, small)
    assert plan.weekly_traffic <= ExperimentPlan().weekly_traffic
    assert isinstance(experiment_answer(small, plan), ExperimentAnswer)
    assert ExperimentPlan.of({"weekly_traffic": 5e4}, small).weekly_traffic == 5e4
