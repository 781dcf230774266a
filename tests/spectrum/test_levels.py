from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError, WorkbenchError
from workbench.spectrum.capabilities import load_capabilities
from workbench.spectrum.levels import (
    level_reached,
    levels_table,
    stage_of,
    stages_table,
    trailing_revenue,
)

ITEMS = [item for item in load_capabilities() if item.level]


@pytest.mark.parametrize(
    ("revenue", "number", "name"),
    [
        (-50.0, 1, "under 1M"),
        (0.0, 1, "under 1M"),
        (999_999.99, 1, "under 1M"),
        (1_000_000.0, 2, "1M to 3M"),
        (2_999_999.99, 2, "1M to 3M"),
        (3_000_000.0, 3, "3M to 10M"),
        (10_000_000.0, 4, "10M and more"),
        (math.inf, 4, "10M and more"),
    ],
)
def test_stage_includes_its_lower_bound(revenue: float, number: int, name: str):
    stage = stage_of(revenue)
    assert (stage.number, stage.name, stage.required_level) == (number, name, number)
    assert stage.needs


def test_stage_without_revenue_is_not_known_and_asks_for_level_1_only():
    stage = stage_of(math.nan)
    assert (stage.number, stage.required_level) == (0, 1)
    assert "not known" in stage.name


def test_bounds_are_parameters():
    assert stage_of(2_000_000.0, (0, 500_000, 2_000_000, 12_345_678)).number == 3
    assert stage_of(5.0, (0, 500_000, 2_000_000, 12_345_678)).name == "under 500k"
    assert stage_of(3e6, (0, 500_000, 2_000_000, 12_345_678)).name == "2M to 12,345,678"


@pytest.mark.parametrize("bounds", [(0, 1, 2), (1, 2, 3, 4), (0, 2, 2, 3), (0, 3, 2, 4)])
def test_bounds_that_are_none_are_refused(bounds):
    with pytest.raises(InputError, match="four ascending numbers"):
        stage_of(1.0, bounds)


def orders(*rows: tuple[str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["day", "revenue"])
    return frame.assign(day=pd.to_datetime(frame["day"]), revenue=frame["revenue"].astype(float))


def test_trailing_revenue_takes_365_days_and_nothing_after_the_as_of_date():
    log = orders(("2025-06-30", 1), ("2025-07-01", 10), ("2026-06-30", 100), ("2026-07-01", 1000))
    found = trailing_revenue(log, date(2026, 6, 30))
    assert found.amount == 110.0
    assert found.days == 365


def test_trailing_revenue_of_a_short_log_says_its_days():
    found = trailing_revenue(orders(("2026-06-01", 5)), date(2026, 6, 30))
    assert (found.amount, found.days) == (5.0, 30)


@pytest.mark.parametrize(
    "log",
    [
        orders(),
        orders(("2026-06-01", math.nan)),
        orders(("2024-01-01", 7), ("2026-06-01", math.nan)),
        orders(("2027-01-01", 7)),
    ],
)
def test_revenue_that_is_not_in_the_data_is_no_zero(log: pd.DataFrame):
    assert math.isnan(trailing_revenue(log, date(2026, 6, 30)).amount)


def test_a_year_without_orders_is_a_zero():
    assert trailing_revenue(orders(("2024-01-01", 7)), date(2026, 6, 30)).amount == 0.0


def table(scores: dict[str, float], **states: str) -> pd.DataFrame:
    rows = [
        (i.id, i.level, math.nan, scores.get(i.id, math.nan), states.get(i.id, "proven"))
        for i in ITEMS
    ]
    return pd.DataFrame(rows, columns=["capability", "level", "declared", "evidenced", "state"])


def reached(scores: dict[str, float], **states: str) -> int:
    return level_reached(levels_table(table(scores, **states), 3))


FULL = {item.id: 2.0 for item in ITEMS}


def test_points_are_score_times_weight():
    level_1 = levels_table(table({"flow_welcome": 2.0, "sms_governance": 1.0}), 1).iloc[0]
    assert level_1["evidenced_points"] == 2 * 2 + 1 * 1
    # 5 flows, deliverability, consent, order sync of weight 2 and three of weight 1: 2 x 19
    assert level_1["share_evidenced"] == pytest.approx(5 / 38)
    assert level_1["declared_points"] == 0.0


def test_all_points_hold_every_level():
    found = levels_table(table(FULL), 3)
    assert found["holds_evidenced"].all()
    assert list(found["required"]) == [True, True, True, False]
    assert not found["holds_declared"].any()


def test_a_must_that_is_missing_breaks_its_level_and_all_above():
    found = levels_table(table({**FULL, "lookalike_seed": 0.0}), 3)
    assert found.loc[1, "share_evidenced"] > 0.8
    assert list(found["holds_evidenced"]) == [True, False, False, False]


def test_80_percent_is_inside():
    # level 2 has 32 points: weight-1 items off (4 x 2) leaves 24; level 1 has 38
    scores = {**FULL, "order_messages": 0.0, "flow_exclusions": 0.0, "sms_governance": 0.0}
    assert reached(scores) == 4  # 32 of 38 = 84%
    assert reached({**scores, "consent": 1.0}) == 0  # 30 of 38 = 79%, though every must is there
    # level 4 has 10 points: 8 of 10 is exactly 80%
    assert reached({**FULL, "segment_creative": 0.0}) == 4
    assert reached({**FULL, "segment_creative": 1.0, "auto_launch": 1.0}) == 3


def test_no_level_is_skipped():
    scores = {item.id: 0.0 if item.level == 1 and item.weight == 1 else 2.0 for item in ITEMS}
    scores["consent"] = 1.0  # level 1 fails by points alone, the musts of level 2 are all there
    found = levels_table(table(scores), 3)
    assert list(found["holds_evidenced"]) == [False, True, True, True]
    assert level_reached(found) == 0


def test_not_applicable_leaves_the_share_and_the_musts():
    scores = {**FULL, "lookalike_seed": math.nan}
    assert reached(scores, lookalike_seed="not_applicable") == 4
    assert reached(scores, lookalike_seed="unknown") == 1


scores_of_all = st.fixed_dictionaries({item.id: st.sampled_from([0.0, 1.0, 2.0]) for item in ITEMS})


@given(scores_of_all, st.sampled_from(ITEMS))
def test_unknown_never_lifts_a_share_or_a_level(scores, item):
    before = levels_table(table(scores), 3)
    after = levels_table(table({**scores, item.id: math.nan}, **{item.id: "unknown"}), 3)
    assert (after["share_evidenced"] <= before["share_evidenced"]).all()
    assert level_reached(after) <= level_reached(before)


@given(scores_of_all, st.sampled_from(ITEMS))
def test_more_evidence_never_costs_a_level(scores, item):
    assert reached({**scores, item.id: 2.0}) >= reached(scores)


def test_table_from_a_file_needs_the_required_level():
    with pytest.raises(WorkbenchError, match="required_level"):
        levels_table(table(FULL))


def test_levels_say_what_part_they_play():
    found = levels_table(table(FULL), 2)
    assert list(found["role"]) == ["foundation", "present", "road", "road"]
    # reached: no level is skipped
    scores = {**FULL, "lookalike_seed": 0.0}
    found = levels_table(table(scores), 3)
    assert list(found["reached_evidenced"]) == [True, False, False, False]


def staged(revenue: float, **scores: float) -> pd.DataFrame:
    gaps = table({**FULL, **scores})
    missing = gaps["evidenced"] == 0
    gaps["state_if_needed"] = gaps["state"].mask(missing, "gap_no_profit")
    return stages_table(gaps, revenue)


def test_the_same_evidence_is_judged_at_every_stage():
    found = staged(3_000_000.0, consent=1.0, lookalike_seed=0.0, auto_launch=0.0)
    assert list(found["role"]) == ["foundation", "foundation", "present", "road"]
    assert list(found["required_level"]) == [1, 2, 3, 4]
    assert list(found["level_evidenced"]) == [1, 1, 1, 1]
    assert list(found["met"]) == [True, False, False, False]
    assert list(found["gaps"]) == [0, 1, 1, 2]
    assert list(found["open"]) == [
        "", "lookalike_seed", "lookalike_seed", "lookalike_seed, auto_launch",
    ]  # fmt: skip
    assert found["not_yet"].iloc[2].startswith("Autonomous execution")
    assert found["not_yet"].iloc[3] == ""
    assert (found["items"] == found["proven"] + found["gaps"]).all()


@pytest.mark.parametrize(
    ("revenue", "present"), [(2_999_999.99, 2), (3_000_000.0, 3), (0.0, 1), (1e7, 4)]
)
def test_a_bound_belongs_to_the_stage_above_in_the_table_of_stages(revenue, present):
    found = staged(revenue).set_index("stage")
    assert found.index[found["role"] == "present"].tolist() == [present]
    assert (found["lower"] <= revenue).sum() == present


def test_without_revenue_no_stage_is_the_present_one():
    assert set(staged(math.nan)["role"]) == {"not known"}
