"""Figures of the budget: what they say, what is dashed or hollow, and hostile names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.plots.budget import budget_moves
from workbench.plots.marginal import marginal_curves

NAMES = ["Google Ads", "Meta Ads", "<script>alert(1)</script>"]


def budget() -> pd.DataFrame:
    now = np.array([12_000.0, 30_000.0, 4_000.0])
    return pd.DataFrame(
        {
            "channel": NAMES,
            "spend_now": now,
            "spend_proposed": now * [1.2, 0.8, 1.0],
            "low": 0.8 * now,
            "high": 1.2 * now,
            "change": now * [0.2, -0.2, 0.0],
            "identified": [True, True, False],
            "expected_profit_change": [900.0, 1500.0, np.nan],
            "q05": [-200.0, 300.0, np.nan],
            "q95": [2000.0, 2800.0, np.nan],
            "p_better": [0.88, 0.97, np.nan],
            "p_cac_above_value": [0.02, 0.3, np.nan],
            "verb": ["move", "move", "leave"],
        }
    )


def curves() -> pd.DataFrame:
    parts = []
    for i, name in enumerate(NAMES):
        ratio = np.linspace(0.5, 1.5, 9)
        profit = 0.4 - 0.3 * i - 0.5 * (ratio - 1)
        parts.append(
            pd.DataFrame(
                {
                    "channel": name,
                    "spend": 1000.0 * ratio,
                    "spend_now": 1000.0,
                    "inside": np.abs(ratio - 1) <= 0.2,
                    "seen": ratio > 0.8,
                    "identified": i < 2,
                    "profit_mean": profit,
                    "profit_q05": profit - 0.25,
                    "profit_q95": profit + 0.25,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def moves(table: pd.DataFrame, **more):
    return budget_moves(table, currency="USD", horizon_weeks=13, **more)


def test_moves_show_now_proposed_and_bounds():
    fig = moves(budget())
    assert fig.layout.meta["title"] == (
        "$2,400 a month would go to other channels, $6,000 is released."
    )
    dots = {t.name: t for t in fig.data if t.mode == "markers" and t.name != "mark"}
    assert dots["Google Ads"].x[0] == pytest.approx(14_400)
    marks = [t.x[0] for t in fig.data if t.name == "mark"]
    assert marks == [30_000.0, 12_000.0, 4_000.0]
    ends = [tuple(t.x) for t in fig.data if t.name == "interval"]
    assert ends[0] == (24_000.0, 36_000.0)
    words = fig.layout.meta["subtitle"]
    for needed in ("13 weeks", "USD a month", "90% interval", "observed", "predicted"):
        assert needed in words
    assert "associations" in words
    assert "<script" not in fig.to_json().replace("\\u003c", "<")


def test_prior_driven_channels_are_hollow():
    fig = moves(budget())
    dots = [t for t in fig.data if t.mode == "markers" and t.name != "mark"]
    assert [t.marker.color == "#FFFFFF" for t in dots] == [False, False, True]


def test_a_channel_that_costs_too_much_comes_first():
    table = budget()
    table.loc[1, "p_cac_above_value"] = 0.88
    assert moves(table).layout.meta["title"].startswith("Meta Ads costs more")
    assert "88%" in moves(table).layout.meta["title"]


def test_nothing_moved_and_nothing_there():
    kept = budget().assign(change=0.0)
    assert "kept" in moves(kept).layout.meta["title"]
    empty = moves(budget().iloc[:0])
    assert "No channel" in empty.layout.annotations[0].text
    assert moves(budget(), at_most=2).layout.meta["subtitle"].count("2 of 3 channels shown") == 1
    with pytest.raises(WorkbenchError, match="p_better"):
        moves(budget().drop(columns="p_better"))
    with pytest.raises(WorkbenchError, match="several"):
        moves(pd.concat([budget(), budget()]))


def test_curves_are_solid_only_where_learnt_and_seen():
    fig = marginal_curves(curves(), currency="USD", horizon_weeks=13)
    solid = {t.name: t for t in fig.data if t.line.dash == "solid"}
    assert set(solid) == {"Google Ads", "Meta Ads"}
    assert [v is None for v in solid["Meta Ads"].y] == [True] * 3 + [False] * 6
    assert sum(t.line.dash == "dash" for t in fig.data) == 3
    assert fig.layout.meta["title"] == (
        "At today's spend the next unit of money comes back in 1 of 3 channels over the whole "
        "interval, and is lost in 0."
    )
    assert len(fig.layout.shapes) == 6
    assert "<script" not in fig.to_json().replace("\\u003c", "<")


def test_no_curve_is_said_in_words():
    fig = marginal_curves(curves().iloc[:0], currency="USD", horizon_weeks=13)
    assert "no curve" in fig.layout.annotations[0].text
