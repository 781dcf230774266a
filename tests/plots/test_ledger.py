"""Figures of the ledger: forecasts and outcomes, coverage, errors over as-of dates."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.plots.ledger import ledger_by_channel, ledger_coverage, ledger_errors

Z = {"q025": -1.96, "q05": -1.645, "q10": -1.28, "q25": -0.67,
     "q75": 0.67, "q90": 1.28, "q95": 1.645, "q975": 1.96}  # fmt: skip


def row(made_at: str, group: str, actual: float, **changes) -> dict:
    days = changes.get("horizon_days", 365)
    return {
        "made_at": made_at,
        "due": (pd.Timestamp(made_at) + pd.Timedelta(days=days)).strftime("%Y-%m-%d"),
        "horizon_days": days,
        "level": "channel",
        "group": group,
        "metric": "contribution",
        "pace": "learned",
        "state": "scored",
        "actual": actual,
        "mean": 1000.0,
        "pit": 0.5,
        **{name: 1000.0 + 100.0 * z for name, z in Z.items()},
    } | changes


def scores() -> pd.DataFrame:
    rows = [
        row(day, "All customers", actual, level="total")
        for day, actual in (("2024-06-30", 900.0), ("2025-06-30", 1300.0))
    ]
    rows += [
        row("2025-06-30", "Email", 1050.0),
        row("2025-06-30", "<script>alert(1)</script>", 700.0),
        row("2025-06-30", "Email", 10.0, metric="orders"),
        row("2025-06-30", "Email", 10.0, pace="none"),
        row("2025-06-30", "Gone", float("nan"), state="regrouped"),
        row("2025-06-30", "Email", 10.0, horizon_days=90),
    ]
    rows += [row("2025-06-30", f"C{i}", 1000.0, level="cohort", pit=i / 10) for i in range(10)]
    return pd.DataFrame(rows)


def trace(fig, name: str):
    (found,) = [t for t in fig.data if t.name == name]
    return found


def test_channels_are_those_of_the_newest_longest_forecast_in_money():
    fig = ledger_by_channel(scores(), currency="USD")
    dots = trace(fig, "what happened")
    assert sorted(dots.x) == [0.7, 1.05, 1.3]
    assert sorted(dots.marker.symbol) == ["circle", "x", "x"]
    subtitle = fig.layout.meta["subtitle"]
    for words in ("contribution", "365 days from 2025-06-30", "USD", "90% interval",
                  "chance of purchase included"):  # fmt: skip
        assert words in subtitle
    assert "<script>" not in fig.to_json()


def test_coverage_counts_cohorts():
    fig = ledger_coverage(scores())
    assert trace(fig, "observed").y == (0.5, 0.9, 0.9, 0.9)
    assert "365 days from 2025-06-30" in fig.layout.meta["subtitle"]


def test_errors_stand_in_the_order_of_the_as_of_dates():
    fig = ledger_errors(scores(), currency="USD")
    dots = trace(fig, "what happened")
    assert dots.y == (0.9, 1.3)
    assert dots.marker.symbol == ("circle", "x")
    assert fig.layout.xaxis.ticktext == ("2024-06-30", "2025-06-30")
    assert fig.layout.meta["title"] == (
        "1 of 2 forecasts held in the 90% interval; 10% more came than was forecast."
    )
    assert "USD · 90% interval, chance of purchase included" in fig.layout.meta["subtitle"]


def test_only_so_many_dates_are_drawn_and_the_rest_is_counted():
    days = pd.date_range("2022-01-31", periods=30, freq="ME").strftime("%Y-%m-%d")
    many = pd.DataFrame([row(day, "All customers", 1000.0, level="total") for day in days])
    fig = ledger_errors(many, at_most=24)
    assert len(trace(fig, "what happened").y) == 24
    assert len(fig.layout.xaxis.ticktext) <= 6
    assert "24 of 30 as-of dates shown" in fig.layout.meta["subtitle"]
    assert fig.layout.meta["title"].endswith("what came is what was forecast.")


@pytest.mark.parametrize("draw", [ledger_by_channel, ledger_coverage, ledger_errors])
def test_nothing_due_says_so_and_missing_columns_are_named(draw):
    fig = draw(scores().iloc[:0])
    assert "no earlier forecast whose outcome is known" in fig.layout.annotations[0].text.replace(
        "<br>", " "
    )
    with pytest.raises(WorkbenchError, match="made_at"):
        draw(scores().drop(columns="made_at"))
