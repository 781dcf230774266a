"""Figures of audiences, segments and the plan: what stands on them is what stands in the table."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.plots.audiences import audience_ranges, plan_ranges, segment_bands


def audiences() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "audience": ["seed_value_v1", "seed_value_v1", "suppress_refunds_v1", "none_v1"],
            "purpose": ["acquire", "acquire", "suppress", "retain"],
            "tool": ["Meta Ads", "TikTok Ads", "Meta Ads", "Klaviyo"],
            "customers": [100, 100, 50, 0],
            "expected_value": [9_000.0, 9_000.0, 500.0, float("nan")],
            "expected_value_q05": [8_000.0, 8_000.0, 300.0, float("nan")],
            "expected_value_q95": [11_000.0, 11_000.0, 800.0, float("nan")],
        }
    )


def plan() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rank": [1, 2, 3, 4],
            "kind": ["broken_economics", "win_back", "cohort_decay", "core_flow"],
            "subject": ["Meta <b>Ads</b>", "win_back_v1", "Tea, 2026-01", "flow_welcome"],
            "area": ["ads", "e-mail", "ads", "e-mail"],
            "action": ["Cut.", "Send.", "Find out.", "Build."],
            "profit": [20_000.0, 900.0, 5_000.0, float("nan")],
            "q05": [-8_000.0, -300.0, 2_000.0, float("nan")],
            "q95": [44_000.0, 2_100.0, 8_000.0, float("nan")],
            "p_better": [0.88, 0.85, 0.99, float("nan")],
            "randomness": ["chance of purchase included", "chance of purchase left out",
                           "chance of purchase included", ""],
            "gain": [True, True, False, True],
        }
    )  # fmt: skip


def segments() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": ["active"] * 60 + ["lapsed"] * 40,
            "clv_band": ["top"] * 20 + ["mid"] * 40 + ["low"] * 40,
            "next_12m_mean": [80.0] * 20 + [20.0] * 40 + [0.0] * 40,
        }
    )


def test_audiences_are_drawn_once_per_member():
    fig = audience_ranges(audiences(), currency="USD")
    meta = fig.layout.meta
    assert "seed_value_v1" in meta["title"]
    assert "$90 ($80 to $110)" in meta["title"]
    assert "none_v1" in meta["subtitle"]
    assert "chance of purchase left out" in meta["subtitle"]
    dots = [t for t in fig.data if t.mode == "markers"]
    assert [t.x[0] for t in dots] == [90.0, 10.0]


def test_plan_has_a_zero_line_and_tells_shortfalls_apart():
    fig = plan_ranges(plan(), currency="USD")
    assert any(shape.x0 == 0.0 == shape.x1 for shape in fig.layout.shapes)
    assert "$20k (-$8k to $44k)" in fig.layout.meta["title"]
    assert "1 action without a figure" in fig.layout.meta["subtitle"]
    assert "losing channel, cohort decay" in fig.layout.meta["subtitle"]
    fills = {t.name: t.marker.color for t in fig.data if t.mode == "markers"}
    assert fills["3. cohort decay: Tea, 2026-01"] == "#FFFFFF"
    assert "<b>Ads</b>" not in " ".join(fills)  # names are written, not run


def test_bands_name_the_share_of_the_top():
    fig = segment_bands(segments(), currency="USD")
    assert "20% of the customers" in fig.layout.meta["title"]
    assert "67%" in fig.layout.meta["title"]


@pytest.mark.parametrize(
    ("figure", "table"),
    [
        (audience_ranges, audiences().iloc[:0]),
        (plan_ranges, plan().iloc[:0]),
        (segment_bands, pd.DataFrame({"segment": [], "clv_band": [], "next_12m_mean": []})),
    ],
)
def test_nothing_to_draw_is_said(figure, table):
    assert figure(table, currency="EUR").layout.meta["alt"].startswith("Empty figure")
    with pytest.raises(WorkbenchError, match="needs the column"):
        figure(table.iloc[:, :1], currency="EUR")
