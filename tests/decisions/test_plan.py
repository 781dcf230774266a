"""The plan: order, verbs, ids that stay, plain data."""

from __future__ import annotations

import json
import math
import re
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
import pytest

from tests.decisions import tables as given
from tests.decisions.people import people
from tests.decisions.tables import AS_OF, tables
from tests.store import logs
from workbench.decisions import plan as plans
from workbench.decisions.audience_settings import AudienceSettings
from workbench.decisions.briefs import NO_FACTS, creative_facts
from workbench.decisions.chains import CHAINS
from workbench.decisions.detectors import DETECTORS
from workbench.decisions.due import WEEKS, due_day
from workbench.decisions.opportunities import action_id, find_opportunities
from workbench.decisions.opportunity_settings import OpportunitySettings
from workbench.decisions.plan import COLUMNS, plan_json
from workbench.decisions.segments import segment_table
from workbench.decisions.verbs import LEAVE, MOVE, PART, TEST, verb
from workbench.errors import InputError

plan_table = partial(plans.plan_table, as_of=AS_OF)


def everything(**changes):
    audiences = pd.concat(
        [given.audience(name) for name in ("retain_lapsing_v1", "win_back_v1", "second_order_v1")]
        + [given.audience("seed_value_v1", expected_profit=math.nan, holdout=math.nan)]
    )
    filled = {
        "channels": given.broken(), "budget": given.budget(), "audiences": audiences,
        "rank_flips": given.flips(0.8), "forecast_record": given.record(30.0),
        "flows": given.flow_states("silent", "flow_welcome"), "leaks": given.leaks(100),
        "experiments": given.experiments(2_000.0), "order_contribution": 20.0,
    }  # fmt: skip
    return tables(**filled | changes)


def test_plan_joins_all_areas_in_a_fixed_order():
    some = everything()
    plan = plan_table(find_opportunities(some), audiences=some.audiences)
    assert list(plan.columns) == list(COLUMNS)
    assert set(plan["area"]) == {"ads", "e-mail", "experiments"}
    assert plan["rank"].tolist() == list(range(1, len(plan) + 1))
    assert plan["kind"].iloc[0] == "broken_economics"
    gains = plan[plan["gain"] & plan["profit"].notna()].iloc[1:]
    assert gains["profit"].is_monotonic_decreasing
    kinds = plan["kind"].tolist()
    assert kinds.index("cohort_decay") > kinds.index("next_experiment")
    assert kinds.index("core_flow") > kinds.index("cohort_decay")
    assert (plan["status"] == "proposed").all()
    assert (plan["owner"] == "unassigned").all()
    for name in ("business_goal", "marketing_objective", "automation_goal", "success_metric",
                 "measurement", "turns_if", "brief"):  # fmt: skip
        assert (plan[name].str.len() > 0).all(), name


def test_ids_stay_when_figures_and_company_change():
    one = plan_table(find_opportunities(everything()))
    two = plan_table(
        find_opportunities(everything(leaks=given.leaks(300), experiments=pd.DataFrame()))
    )
    both = one.merge(two, on=["kind", "subject"])
    assert len(both) > 5
    assert (both["id_x"] == both["id_y"]).all()
    assert one["id"].is_unique
    # written down: an id that changes loses what was approved under it
    assert action_id("win_back", "win_back_v1") == "act_bf88ddfe9642"


def test_the_same_thing_found_twice_is_refused():
    found = find_opportunities(everything())
    with pytest.raises(InputError, match="found twice"):
        plan_table([*found, found[0]])


def test_failing_data_comes_first_and_blocks_money():
    plan = plan_table(find_opportunities(everything(readiness=given.readiness("FAIL"))))
    assert plan["kind"].iloc[0] == "data_gate"
    blocked = plan[plan["blocked_by"] == "costs"]
    assert set(plan["kind"]) - set(blocked["kind"]) == {"data_gate", "core_flow"}


@pytest.mark.parametrize(
    ("check", "areas"),
    [
        ("costs", {"ads", "e-mail", "experiments"}),
        ("channels_known", {"ads"}),
        ("unheard of", {"ads", "e-mail", "experiments"}),
    ],
)
def test_a_failed_check_blocks_what_rests_on_it_and_no_more(check, areas):
    plan = plan_table(
        find_opportunities(everything(readiness=given.readiness("FAIL").assign(check=check)))
    )
    own = plan[~plan["kind"].isin(["data_gate", "core_flow", "cohort_decay"])]
    assert set(own["area"]) == {"ads", "e-mail", "experiments"}
    assert set(own.loc[own["blocked_by"] == check, "area"]) == areas
    assert set(own.loc[own["blocked_by"] == "", "area"]) == set(own["area"]) - areas


def test_what_waits_for_data_leaves_no_figure_and_no_file():
    plan = plan_table(find_opportunities(everything(readiness=given.readiness("FAIL"))))
    told = plan_json(plan, brand="Shop", as_of=AS_OF, currency="USD")
    waiting = [action for action in told["actions"] if action["blocked_by"]]
    money = re.compile(r"\$ ?\d|USD \d|\d USD")
    assert len(waiting) > 5
    for action in waiting:
        assert not action["files"]
        numbers = [v for k, v in action.items() if isinstance(v, float)]
        assert not [v for v in numbers if v], action
        assert not money.search(json.dumps(action)), action
        assert action["title"].startswith("Wait: ")
    free = plan_json(plan_table(find_opportunities(everything())), brand="Shop", as_of=AS_OF,
                     currency="USD")  # fmt: skip
    assert sum(bool(money.search(json.dumps(action))) for action in free["actions"]) > 5


def test_a_repair_stands_when_forecasts_fail_but_without_what_rests_on_them():
    def flows(**given_tables):
        silent = given.flow_states("silent", "flow_win_back")
        plan = plan_table(find_opportunities(everything(flows=silent, **given_tables)))
        told = plan_json(plan, brand="Shop", as_of=AS_OF, currency="USD")["actions"]
        return [action for action in told if action["kind"] == "core_flow"]

    failed = given.readiness("FAIL").assign(check="R-hat")
    before, after = flows(), flows(model_checks=failed)
    assert any(action["files"] and action["profit"] for action in before)
    assert {action["id"] for action in after} == {action["id"] for action in before}
    for action in after:
        assert action["blocked_by"] == ""
        assert action["files"] == []
        assert (action["profit"], action["q05"], action["p_better"]) == (None, None, None)


@pytest.mark.parametrize(("check", "stops"), [("R-hat", True), ("Order sizes", False)])
def test_a_fit_that_did_not_converge_blocks_money_and_a_doubtful_one_does_not(check, stops):
    checks = given.readiness("FAIL").assign(check=check)
    plan = plan_table(find_opportunities(everything(model_checks=checks)))
    assert (plan["blocked_by"] == check).any() == stops
    assert (plan["kind"] == "data_gate").any() == stops


@pytest.mark.parametrize(
    ("p", "loss", "evsi", "expected"),
    [
        (0.80, 100.0, math.nan, MOVE),
        (0.799, 100.0, math.nan, PART),
        (0.95, 900.0, math.nan, PART),  # the loss is beyond the limit
        (0.55, 100.0, math.nan, PART),
        (0.549, 100.0, 10.0, TEST),
        (0.549, 100.0, 4.0, LEAVE),
        (0.20, 100.0, 10.0, TEST),
        (0.199, 100.0, 10.0, LEAVE),
        (math.nan, math.nan, math.nan, LEAVE),
        (math.nan, math.nan, 10.0, TEST),
    ],
)
def test_verb_rule(p, loss, evsi, expected):
    assert verb(p, loss, loss_limit=500.0, evsi=evsi, test_cost=5.0) == expected


def test_loss_limit_of_the_brand_turns_a_move_into_a_part():
    found = find_opportunities(tables(channels=given.broken(), budget=given.budget(0.0)))
    free = plan_table(found)
    tight = plan_table(found, OpportunitySettings(loss_limit=100.0))
    assert (free["verb"].item(), tight["verb"].item()) == (MOVE, PART)
    assert tight["action"].item().startswith("Do a part and measure: ")


def test_a_prior_alone_moves_nothing():
    (row,) = plan_table(
        find_opportunities(tables(audiences=given.audience("win_back_v1", p_profit=0.99)))
    ).to_dict("records")
    assert row["verb"] == PART


def test_holdout_stands_in_the_measurement():
    some = everything()
    plan = plan_table(find_opportunities(some), audiences=some.audiences).set_index("kind")
    assert "Holdout: 400 people" in plan.loc["win_back", "measurement"]
    assert "80%" in plan.loc["win_back", "measurement"]
    assert "Holdout" not in plan.loc["value_seed", "measurement"]


def test_json_is_plain_and_the_same_every_time():
    plan = plan_table(find_opportunities(everything()))
    one = plan_json(plan, brand="Juniper Tea", as_of=AS_OF, currency="USD")
    text = json.dumps(one, allow_nan=False)
    again = plan_json(
        plan_table(find_opportunities(everything())), brand="Juniper Tea", as_of=AS_OF,
        currency="USD",
    )  # fmt: skip
    assert text == json.dumps(again, allow_nan=False)
    assert one["schema"] == "workbench.plan/1"
    assert len(one["actions"]) == len(plan)
    listed = {action["kind"]: action["files"] for action in one["actions"]}
    assert listed["win_back"] == ["win_back_v1"]
    assert listed["rank_flip"] == []


def test_nothing_found_is_an_empty_plan():
    plan = plan_table([])
    assert plan.empty
    assert list(plan.columns) == list(COLUMNS)


def test_every_kind_has_a_chain():
    assert set(CHAINS) == set(DETECTORS)


def test_brief_tells_facts_of_the_segment_only():
    shop = people(300)
    segments = segment_table(shop.outlooks, shop.customers, shop.values, AudienceSettings(draws=20))
    ids = segments["customer_id"]
    rows = [
        {"customer_id": ids[i], "items": 40.0 + i, "discount": 10.0 if i < 5 else 0.0,
         "ordered_at": "2026-05-01"}
        for i in range(25)
    ]  # fmt: skip
    later = {"customer_id": ids[0], "items": 9_000.0, "ordered_at": "2026-07-05"}
    other = {"customer_id": "else", "items": 9_000.0, "ordered_at": "2026-05-05"}
    orders = logs.orders(*rows, later, other)
    lines = logs.lines(
        *((f"{i:03d}", "Green <b>Tea</b>" if i < 20 else "Cups", 40.0) for i in range(1, 26))
    )
    words = creative_facts(ids[:25], segments, orders, lines, AS_OF, currency="USD")
    assert "Green <b>Tea</b> (76%), Cups (24%)" in words
    assert "Orders with a discount: 20%" in words
    median = float(np.median([40 + i - (10 if i < 5 else 0) for i in range(25)]))
    assert f"Median order: ${median:.0f}" in words
    assert "Rhythm while active" in words
    assert creative_facts(ids[:5], segments, orders, lines, AS_OF, currency="USD") == NO_FACTS


def test_every_action_is_due_on_a_working_day_by_its_kind():
    assert set(WEEKS) == set(DETECTORS)
    assert due_day("data_gate", date(2026, 6, 30)) == date(2026, 7, 7)
    assert due_day("win_back", date(2026, 6, 30)) == date(2026, 7, 28)
    assert due_day("core_flow", date(2026, 6, 30), blocked=True) == date(2026, 8, 18)
    for day in range(7):
        found = due_day("budget_change", date(2026, 6, 1) + timedelta(day))
        assert found.weekday() < 5
        assert 14 <= (found - date(2026, 6, 1)).days - day <= 16
    free, waits = (
        plan_table(find_opportunities(some)).set_index("id")
        for some in (everything(), everything(readiness=given.readiness("FAIL")))
    )
    told = free["due"][free["verb"] != LEAVE]
    assert set(told) == {due_day(k, AS_OF).isoformat() for k in free["kind"][told.index]}
    later = waits["due"][waits["blocked_by"] != ""]
    assert (pd.to_datetime(later) >= pd.to_datetime(free["due"][later.index])).all()
    one = plan_json(free.reset_index(), brand="Shop", as_of=AS_OF, currency="USD")
    assert [action["due"] for action in one["actions"]] == free["due"].tolist()


def test_what_is_left_is_never_due():
    row = given.audience("win_back_v1", expected_profit=-5.0, profit_q05=-9.0, profit_q95=-1.0,
                         p_profit=0.01)  # fmt: skip
    (left,) = plan_table(find_opportunities(tables(audiences=row))).to_dict("records")
    assert (left["verb"], left["due"]) == (LEAVE, "")
