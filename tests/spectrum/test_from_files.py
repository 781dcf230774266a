from __future__ import annotations

from datetime import date

from workbench.brand import load_brand
from workbench.sources.exports import read_exports
from workbench.spectrum.gaps import capability_table
from workbench.spectrum.levels import levels_table
from workbench.spectrum.summary import stage_summary

FLOWS = """\
Day,Flow ID,Flow Name,Flow Message Name,Flow Message Channel,Status,Delivered,Revenue
2025-08-31,F1,Welcome Series,Welcome 1,Email,live,40,10.00
2025-09-29,F1,Welcome Series,Welcome 1,Email,live,30,10.00
2025-09-29,F2,Win-back,We miss you,Email,draft,0,0.00
"""
STACK = """\
flow_welcome: {state: live, owner: Ana}
flow_win_back: live
hours_per_week: {hours: 8, hourly_rate: 30}
"""


def test_a_brand_folder_with_a_flow_export_and_three_answers(small_brand):
    folder = small_brand(
        files={"flows.csv": FLOWS, "stack.yaml": STACK},
        sources={
            "orders": {"format": "orders", "path": "orders.csv"},
            "flows": {"format": "klaviyo_flows", "path": "flows.csv"},
            "stack": "stack.yaml",
        },
    )
    brand = load_brand(folder)
    exports = read_exports(brand)
    gaps = capability_table(brand, exports, exports.stack, {}, date(2025, 9, 30))
    rows = gaps.set_index("capability")
    assert rows.loc["flow_welcome", "state"] == "proven"
    assert "delivered 70 messages" in rows.loc["flow_welcome", "evidence"]
    assert "flows.csv" in rows.loc["flow_welcome", "evidence"]
    assert rows.loc["flow_win_back", "state"] == "gap_no_profit"
    assert "status of 'Win-back' is 'draft'" in rows.loc["flow_win_back", "evidence"]
    assert rows.loc["flow_abandoned_cart", "state"] == "gap_no_profit"
    assert rows.loc["hours_per_week", "profit_at_stake_mean"] == 8 * 30 * 52
    assert levels_table(gaps)["evidenced_points"].iloc[0] == 4.0  # one flow: 2 of 2, weight 2
    found = stage_summary(brand, exports, gaps, date(2025, 9, 30))
    assert (found.stage.number, found.evidenced_level) == (1, 0)
    assert found.revenue_12m == 193.5
