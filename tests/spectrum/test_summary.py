from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from tests.spectrum.sample import AS_OF, Case, full_case
from workbench.spectrum.summary import StageSummary, stage_summary, summary_table

FULL = full_case()


def summary(case: Case) -> StageSummary:
    return stage_summary(case.brand, case.exports, case.gaps(), case.as_of)


def test_summary_of_a_brand_at_its_level():
    found = summary(FULL)
    assert (found.stage.number, found.required_level, found.evidenced_level) == (3, 3, 3)
    assert found.revenue_12m == FULL.exports["orders"].query("day > '2025-06-30'")["revenue"].sum()
    assert sum(found.states.values()) == 34
    assert (found.required_items, found.proven_items) == (29, 24)
    assert found.blockers == ()
    assert found.gaps == ("hours_per_week",)


def test_blockers_are_what_the_next_level_cannot_do_without():
    case = FULL.with_answer("flow_exclusions", state="absent").with_frame(
        "flows", lambda f: f[f["flow"] != "Welcome Series"]
    )
    found = summary(case)
    assert found.evidenced_level == 0
    assert found.declared_level == 3
    assert found.blockers == ("flow_welcome",)
    assert found.gaps[0] == "hours_per_week"  # the only one with a figure
    assert set(found.gaps[1:]) == {"flow_welcome", "flow_exclusions"}
    assert any("it is not zero" in note for note in found.notes)


def test_money_is_never_added_over_gaps():
    def losing(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[0, ["true_profit_mean", "true_profit_q05", "true_profit_q95"]] = [-9, -14, -3]
        return frame.assign(p_value_above_cac=[0.01, 0.9, np.nan])

    case = FULL.with_table("channels", losing)
    assert any("not added up" in note for note in summary(case).notes)
    assert not any("not added up" in note for note in summary(FULL).notes)


def test_a_short_log_gives_lower_bounds():
    case = FULL.with_frame("orders", lambda f: f[f["day"] > "2026-03-31"])
    found = summary(case)
    assert found.revenue_days < 365
    assert any("lower bounds" in note for note in found.notes)


def test_a_log_without_money_has_no_stage():
    case = FULL.with_frame("orders", lambda f: f.assign(revenue=np.nan))
    found = summary(case)
    assert (found.stage.number, found.required_level) == (0, 1)
    assert any("stage is not known" in note for note in found.notes)


def test_summary_rows():
    table = summary_table(summary(FULL), "USD").set_index("quantity")
    assert table.loc["stage", "mean"] == 3
    assert table.loc["level_evidenced", "mean"] == 3
    assert table.loc["revenue_12m", "unit"] == "USD"
    assert table["q05"].isna().all()


def test_no_orders_at_all():
    empty = {**FULL.exports, "orders": FULL.exports["orders"].iloc[:0]}
    found = summary(replace(FULL, exports=empty, as_of=AS_OF))
    assert found.stage.number == 0
    assert found.revenue_days == 0
