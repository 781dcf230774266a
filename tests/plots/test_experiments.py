"""Figures of experiments: what knowing is worth, a year of tests, value against size."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
import pytest

from workbench.errors import WorkbenchError
from workbench.plots.experiment_year import year_of_tests
from workbench.plots.experiments import evsi_bars, value_against_size


def ideas(**changes) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "title": ["Bundle offer", "Quiz", "Gift wrap", "Broken entry"],
            "rank": [1.0, 2.0, 3.0, math.nan],
            "rank_ice": [3.0, 1.0, math.nan, 2.0],
            "evsi_per_week": [2100.0, 400.0, -150.0, math.nan],
            "weeks": [4.0, 6.0, 12.0, math.nan],
            "sample_per_arm": [20_000.0, 9_000.0, 800.0, math.nan],
            "p_win": [0.64, 0.5, 0.41, math.nan],
            "expected_profit_12m": [8400.0, 2400.0, -1800.0, math.nan],
            "q05": [-9000.0, -4000.0, -3000.0, math.nan],
            "q95": [60_000.0, 20_000.0, 900.0, math.nan],
        }
    )
    return table.assign(**changes)


def year() -> pd.DataFrame:
    rows = [
        ("EVSI", 1, "E1", "Bundle offer", 8000.0, 8000.0),
        ("EVSI", 2, "E2", "Quiz", 2000.0, 10_000.0),
        ("ICE", 1, "E2", "Quiz", 2300.0, 2300.0),
        ("ICE", 2, "E3", "Gift wrap", -1800.0, 500.0),
        ("ICE, 80% power", 1, "E2", "Quiz", -900.0, -900.0),
    ]
    return pd.DataFrame(
        rows, columns=["ranking", "tests", "id", "title", "profit", "cumulative_profit"]
    )


def curve() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sample_per_arm": [10.0, 100.0, 1000.0, 10_000.0],
            "weeks": [0.1, 1.0, 10.0, 100.0],
            "expected_profit": [-500.0, 900.0, 4200.0, -2000.0],
        }
    )


def notes(fig: go.Figure) -> str:
    return " | ".join(note.text for note in fig.layout.annotations).replace("&#36;", "$")


def title(fig: go.Figure) -> str:
    return fig.layout.meta["title"]


def test_rows_stand_in_the_order_of_value_with_ice_beside_them():
    fig = evsi_bars(ideas(), currency="USD")
    dots = [trace for trace in fig.data if trace.mode == "markers"]
    assert [dot.x[0] for dot in dots] == [2100, 400, -150]
    assert "$2,100 a week · 4 weeks · ICE 3." in notes(fig)
    assert "no ICE" in notes(fig)
    assert "Not ranked: Broken entry" in fig.layout.meta["subtitle"]
    assert title(fig) == (
        "Test Bundle offer first: knowing is worth $2,100 per week of traffic (ICE had it at "
        "rank 3); it wins with probability 64%."
    )


def test_when_no_test_pays_it_says_so():
    fig = evsi_bars(ideas(evsi_per_week=-5.0), currency="EUR")
    assert title(fig) == "No idea of the backlog is worth the cost of its test."
    nothing = evsi_bars(ideas(rank=math.nan), currency="EUR")
    assert "No idea" in notes(nothing)


def test_a_year_adds_up_and_names_the_difference():
    fig = year_of_tests(year(), currency="USD")
    lines = {trace.name: trace.y for trace in fig.data}
    assert lines["EVSI"] == (0, 8000, 10_000)
    assert lines["ICE, 80% power"] == (0, -900)
    assert title(fig) == (
        "A year of tests in the order of their value brings $10k, $9,500 more than in the order "
        "of ICE."
    )
    worse = year().assign(profit=lambda t: t["profit"].where(t["ranking"] != "EVSI", 100.0))
    assert "less than in the order of ICE" in title(year_of_tests(worse, currency="USD"))


def test_a_year_with_one_ranking_or_none():
    alone = year()[lambda t: t["ranking"] == "EVSI"]
    assert title(year_of_tests(alone, currency="JPY")).endswith("EVSI brings ¥10k.")
    assert "No test" in notes(year_of_tests(year().iloc[:0], currency="JPY"))


def test_the_curve_marks_plan_and_power():
    fig = value_against_size(curve(), currency="USD", name="Quiz", planned=950.0, power=2000.0)
    assert {shape.x0 for shape in fig.layout.shapes} >= {950.0, 2000.0}
    assert "planned: 950" in notes(fig)
    assert title(fig) == (
        "Quiz is best tested on 1,000 people per arm, for an expected $4,200; a test of 80% power "
        "takes 2,000."
    )
    dear = curve().assign(expected_profit=lambda t: t["expected_profit"] - 10_000.0)
    assert title(value_against_size(dear, currency="USD", name="Quiz")) == (
        "Quiz costs more to test than it tells: at best, on 1,000 people per arm, an expected "
        "-$5,800."
    )
    small = value_against_size(curve(), currency="USD", name="Quiz", planned=100.0)
    assert title(small) == (
        "Quiz, tested on 100 people per arm, brings an expected $900; at most $4,200, on 1,000."
    )
    far = value_against_size(curve(), currency="USD", name="Quiz", power=9e9)
    assert all(shape.x0 != 9e9 for shape in far.layout.shapes)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '=cmd|" /C calc"!A0', "Z" * 90,
                                  "$a_1$ %{meta.title}"])  # fmt: skip
def test_names_out_of_an_export_stay_text(name):
    figures = [
        evsi_bars(ideas(title=name), currency="USD"),
        year_of_tests(year().assign(title=name), currency="USD"),
        value_against_size(curve(), currency="USD", name=name),
    ]
    for fig in figures:
        hovers = [str(trace.hovertext) for trace in fig.data if trace.hovertext]
        assert all("<script" not in hover and "%{" not in hover for hover in hovers)
        assert "<script" not in notes(fig)
        assert "<script" not in fig.layout.title.text


@pytest.mark.parametrize("draw", [
    lambda t: evsi_bars(t, currency="USD"),
    lambda t: year_of_tests(t, currency="USD"),
    lambda t: value_against_size(t, currency="USD", name="x"),
])  # fmt: skip
def test_missing_columns_are_named(draw):
    with pytest.raises(WorkbenchError, match="needs the column"):
        draw(pd.DataFrame({"title": ["a"]}))


def test_same_table_same_figure():
    assert evsi_bars(ideas(), currency="USD") == evsi_bars(ideas(), currency="USD")
    assert year_of_tests(year(), currency="USD") == year_of_tests(year(), currency="USD")
