"""Each detector with a case that fires and one that does not, and figures worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.decisions import tables as given
from tests.decisions.tables import AS_OF, tables
from tests.store import logs
from workbench.decisions.detectors import DETECTORS
from workbench.decisions.flows import CoreFlow, flow_states
from workbench.decisions.leaks import suppression_leaks
from workbench.decisions.opportunities import find_opportunities
from workbench.decisions.opportunity_settings import OpportunitySettings
from workbench.errors import InputError
from workbench.sources.frames import fit

BROKEN = given.broken()
CASES = {
    "data_gate": ({"readiness": given.readiness("FAIL")}, {"readiness": given.readiness("REVIEW")}),
    "broken_economics": ({"channels": BROKEN}, {"channels": given.channels()}),
    "channel_above_share": (
        {"channels": given.channels(), "budget": given.budget()},
        {"channels": given.channels(), "budget": given.budget(-5_000.0)},
    ),
    "budget_change": (
        {"channels": given.channels(), "budget": given.budget()},
        {"channels": given.channels(), "budget": given.budget(0.0)},
    ),
    "leaking_suppression": ({"leaks": given.leaks(80)}, {"leaks": given.leaks(20)}),
    "rank_flip": ({"rank_flips": given.flips(0.72)}, {"rank_flips": given.flips(0.4)}),
    "cohort_decay": (
        {"forecast_record": given.record(40.0), "order_contribution": 20.0},
        {"forecast_record": given.record(85.0), "order_contribution": 20.0},
    ),
    "core_flow": ({"flows": given.flow_states("silent")}, {"flows": given.flow_states("live")}),
    "lapsing_high_value": (
        {"audiences": given.audience("retain_lapsing_v1")},
        {"audiences": given.audience("retain_lapsing_v1", customers=0)},
    ),
    "win_back": (
        {"audiences": given.audience("win_back_v1")},
        {"audiences": given.audience("win_back_v1", customers=0)},
    ),
    "second_order": (
        {"audiences": given.audience("second_order_v1")},
        {"audiences": given.audience("second_order_v1", expected_profit=math.nan)},
    ),
    "value_seed": (
        {"audiences": given.audience("seed_value_v1")},
        {"audiences": given.audience("seed_value_v1", file="")},
    ),
    "next_experiment": (
        {"experiments": given.experiments(2_000.0)},
        {"experiments": given.experiments(0.0)},
    ),
}


def test_every_detector_has_its_cases():
    assert set(CASES) == set(DETECTORS)


@pytest.mark.parametrize("name", CASES)
def test_detector_fires_and_stays_silent(name):
    fires, silent = CASES[name]
    settings = OpportunitySettings()
    found = DETECTORS[name](tables(**fires), settings)
    assert len(found) == 1
    assert found[0].kind == name
    assert found[0].evidence
    assert found[0].action
    if math.isfinite(found[0].profit):
        assert found[0].q05 < found[0].profit < found[0].q95
        assert found[0].assumption
    assert DETECTORS[name](tables(**silent), settings) == []
    assert DETECTORS[name](tables(), settings) == []


def test_broken_economics_scales_to_a_year_of_spend():
    spend = pd.DataFrame(
        {"date": pd.to_datetime(["2026-01-01", "2024-01-01"]), "channel": "Meta Ads",
         "spend": [120_000.0, 9.0]}
    )  # fmt: skip
    (found,) = DETECTORS["broken_economics"](
        tables(channels=BROKEN, spend=spend), OpportunitySettings()
    )
    # twice the spend of the table: mean and half-widths double
    assert found.profit == pytest.approx(20_000)
    assert (found.q05, found.q95) == pytest.approx((20_000 - 28_000, 20_000 + 24_000))
    assert found.p_better == pytest.approx(0.88)
    assert found.first


def test_a_channel_is_found_without_a_budget_but_not_priced():
    (found,) = DETECTORS["channel_above_share"](
        tables(channels=given.channels()), OpportunitySettings()
    )
    assert found.subject == "Google Ads"
    assert math.isnan(found.profit)
    assert "33%" in found.evidence
    assert "53%" in found.evidence


def test_leak_is_priced_by_its_prior():
    (found,) = DETECTORS["leaking_suppression"](
        tables(leaks=given.leaks(80)), OpportunitySettings(leak_waste_mean=0.5, leak_waste_sd=0.0)
    )
    assert found.profit == pytest.approx(9_000 * 365 / 90 * 0.2 * 0.5, rel=0.02)
    assert "80 of 400" in found.evidence


def test_cohort_shortfall_is_orders_times_contribution_over_a_year():
    record = given.record(40.0).assign(log_sd=0.001)
    (found,) = DETECTORS["cohort_decay"](
        tables(forecast_record=record, order_contribution=20.0), OpportunitySettings()
    )
    expected = (np.exp(4.6) - 40.0) * 20.0 * 365 / 182
    assert found.profit == pytest.approx(expected, rel=0.01)
    assert not found.gain


def test_chance_alone_names_few_cohorts():
    rng = np.random.default_rng(8)
    named = 0
    for _ in range(60):
        record = given.record(100.0)
        log_actual = rng.normal(4.6, np.hypot(0.1, 0.15), len(record))
        record["actual"] = np.exp(log_actual)
        named += bool(DETECTORS["cohort_decay"](
            tables(forecast_record=record, order_contribution=1.0), OpportunitySettings()
        ))  # fmt: skip
    # all are null, so a batch with any alarm has a probability of at most 10%
    assert named <= 13


CORE = {
    "flow_welcome": CoreFlow("Welcome", ("welcome",), ("welcome back",)),
    "flow_win_back": CoreFlow("Win-back", ("win ?back", "welcome back")),
    "flow_cart": CoreFlow("Cart", ("cart",)),
}


def flow_rows(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    names = ["day", "flow", "status", "delivered", "bounce_rate"]
    frame = pd.DataFrame(rows, columns=names)
    return fit("flows", frame.assign(day=pd.to_datetime(frame["day"])))


def test_flow_states_tell_missing_silent_failing_and_live():
    months = ["2026-03-15", "2026-04-15", "2026-05-15"]
    flows = flow_rows(
        ("2026-01-01", "Welcome series", "live", 900.0, 0.0),
        *((m, "Welcome series", "live", 900.0, 0.0) for m in months),
        ("2026-06-28", "Welcome series", "live", 850.0, 0.001),
        *((m, "Welcome_Back!", "live", 300.0, 0.0) for m in months),
        ("2026-06-29", "Welcome_Back!", "draft", 0.0, 0.0),
    )
    states = flow_states(flows, CORE, AS_OF).set_index("flow")["state"]
    assert states.to_dict() == {
        "flow_welcome": "live", "flow_win_back": "silent", "flow_cart": "missing",
    }  # fmt: skip

    def welcome(rows: pd.DataFrame) -> str:
        return flow_states(rows, CORE, AS_OF).set_index("flow").loc["flow_welcome", "state"]

    bouncing = flows.assign(bounce_rate=0.05)
    assert welcome(bouncing) == "failing"
    fallen = flows.assign(delivered=flows["delivered"].where(flows["day"] < "2026-06-01", 200.0))
    assert welcome(fallen) == "failing"


def test_flow_states_are_unknown_without_a_recent_export():
    old = flow_rows(("2026-01-01", "Welcome", "live", 10.0, 0.0))
    assert set(flow_states(old, CORE, AS_OF)["state"]) == {"unknown"}
    assert set(flow_states(fit("flows", pd.DataFrame()), CORE, AS_OF)["state"]) == {"unknown"}
    short = flow_rows(("2026-06-20", "Welcome", "live", 0.0, 0.0))
    assert flow_states(short, CORE, AS_OF)["state"].iloc[0] == "unknown"


def test_a_flow_without_sends_takes_the_stake_of_its_audience():
    some = tables(flows=given.flow_states("missing"), audiences=given.audience("win_back_v1"))
    (found,) = DETECTORS["core_flow"](some, OpportunitySettings())
    assert found.profit == 900.0
    assert found.group == "win_back_v1"
    (failing,) = DETECTORS["core_flow"](
        tables(flows=given.flow_states("failing"), audiences=given.audience("win_back_v1")),
        OpportunitySettings(),
    )
    assert math.isnan(failing.profit)


def test_leaks_count_paid_orders_within_the_resting_time():
    orders = logs.orders(
        {"customer_id": "ann", "ordered_at": "2026-05-01", "channel": "Email"},
        {"customer_id": "ann", "ordered_at": "2026-05-11", "channel": "Meta Ads"},
        {"customer_id": "bob", "ordered_at": "2026-01-01", "channel": "Meta Ads"},
        {"customer_id": "bob", "ordered_at": "2026-06-01", "channel": "Meta Ads"},
        {"customer_id": "cy", "ordered_at": "2026-06-02", "channel": "Meta Ads"},
        {"customer_id": "cy", "ordered_at": "2026-06-02 18:00", "channel": "Meta Ads"},
        {"customer_id": "ann", "ordered_at": "2026-06-29", "channel": "Direct"},
        {"customer_id": "ann", "ordered_at": "2026-07-02", "channel": "Meta Ads"},
    )
    spend = pd.DataFrame(
        {"date": pd.to_datetime(["2026-06-01", "2026-01-01"]), "channel": "Meta Ads",
         "spend": [500.0, 900.0]}
    )  # fmt: skip
    rest = pd.Series({"ann": 30.0, "bob": 30.0, "cy": 30.0})
    table = suppression_leaks(orders, spend, rest, AS_OF)
    assert table.to_dict("records") == [
        {"channel": "Meta Ads", "orders": 4, "recent": 1, "spend": 500.0}
    ]


def test_the_backlog_decides_the_verb_of_its_tests():
    for word, count in (("leave", 0), ("move", 1), ("test first", 1)):
        backlog = given.experiments(2_000.0).assign(verb=word, p_better=0.9)
        found = DETECTORS["next_experiment"](tables(experiments=backlog), OpportunitySettings())
        assert [one.verb for one in found] == [word] * count
    finished = given.experiments(2_000.0).assign(rank=float("nan"))
    assert not DETECTORS["next_experiment"](tables(experiments=finished), OpportunitySettings())


def test_hostile_names_stay_one_line():
    nasty = "=cmd|' /C calc'!A0\n<script>alert(1)</script>" + "x" * 400
    some = tables(channels=BROKEN.assign(channel=["Google Ads", nasty, "Direct"]))
    for found in find_opportunities(some):
        assert "\n" not in found.evidence + found.action
        assert len(found.action) < 300


def test_settings_name_every_fault():
    with pytest.raises(InputError) as caught:
        OpportunitySettings(p_flip=2.0, loss_limit=-1.0, leak_waste_sd=0.6)
    assert [p.where for p in caught.value.problems] == ["p_flip", "loss_limit", "leak_waste_sd"]


def test_a_change_of_budget_counts_for_its_weeks_and_keeps_the_verb_of_the_budget():
    budget = given.budget().assign(verb=["move a part and measure", "leave"])
    found = DETECTORS["budget_change"](
        tables(channels=given.channels(), budget=budget), OpportunitySettings()
    )
    rows = budget.set_index("channel")
    assert found
    for one in found:
        row = rows.loc[one.subject]
        months = 13 * 7 / (365.25 / 12)
        assert one.profit == pytest.approx(months * row["expected_profit_change"])
        assert (one.q05, one.q95) == pytest.approx((months * row["q05"], months * row["q95"]))
        assert one.verb == row["verb"]
        assert "a month" in one.action
