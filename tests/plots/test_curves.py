from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
import pytest

from tests.plots import examples
from workbench import plots
from workbench.plots.payback import payback_words


def payback(name: str, mean: float, low: float, high: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "channel": [name],
            "payback_days_mean": [mean],
            "payback_days_q05": [low],
            "payback_days_q95": [high],
        }
    )


def one(name: str, paid: pd.DataFrame | None = None) -> go.Figure:
    return plots.cumulative_value(examples.curves([name]), paid, currency="USD")


def traces(fig: go.Figure, name: str) -> list[go.Scatter]:
    return [t for t in fig.data if t.name == name]


def test_a_curve_is_solid_where_observed_and_dashed_where_predicted() -> None:
    fig = one("Meta Ads")
    solid, dashed = traces(fig, "Meta Ads")
    assert (solid.line.dash, dashed.line.dash) == ("solid", "dash")
    table = examples.curves(["Meta Ads"])
    seen = table[table["observed_share"] >= 0.5]
    assert solid.x == tuple(seen["age_days"])
    assert dashed.x[0] == solid.x[-1]
    assert dashed.x[-1] == 365
    bands = traces(fig, "Meta Ads interval")
    assert [b.fillpattern.shape for b in bands] == [None, "/"]


def test_a_year_fully_observed_has_no_dashed_part_and_the_reverse() -> None:
    table = examples.curves(["Meta Ads"])
    seen = plots.cumulative_value(table.assign(observed_share=1.0), currency="USD")
    assert [t.line.dash for t in traces(seen, "Meta Ads")] == ["solid"]
    ahead = plots.cumulative_value(table.assign(observed_share=0.0), currency="USD")
    assert [t.line.dash for t in traces(ahead, "Meta Ads")] == ["dash"]


def test_the_band_holds_the_quantiles() -> None:
    table = examples.curves(["Meta Ads"]).assign(observed_share=1.0)
    (band,) = traces(plots.cumulative_value(table, currency="USD"), "Meta Ads interval")
    count = len(table)
    assert band.y[:count] == tuple(table["value_q95"])
    assert band.y[count:] == tuple(table["value_q05"])[::-1]


def test_payback_lies_on_the_cac_line_with_its_interval() -> None:
    fig = one("Meta Ads", payback("Meta Ads", 140, 95, 210))
    cac = examples.curves(["Meta Ads"])["cac"].iloc[0]
    (line,), (bar,), (point,) = (traces(fig, n) for n in ("CAC", "payback interval", "payback"))
    assert line.y == (cac, cac)
    assert (bar.x, bar.y) == ((95, 210), (cac, cac))
    assert (point.x, point.y) == ((140,), (cac,))


@pytest.mark.parametrize("end", [math.nan, math.inf, 400.0])
def test_a_payback_interval_beyond_a_year_ends_in_an_arrow(end: float) -> None:
    (bar,) = traces(one("Meta Ads", payback("Meta Ads", 340, 230, end)), "payback interval")
    assert bar.x == (230, 365)
    assert bar.marker.symbol[1] == "triangle-right"


def test_a_payback_that_never_comes_is_said_and_not_drawn() -> None:
    fig = one("Meta Ads", payback("Meta Ads", math.inf, math.inf, math.inf))
    assert not traces(fig, "payback")
    assert not traces(fig, "payback interval")
    assert "payback beyond a year" in fig.layout.annotations[0].text


@pytest.mark.parametrize(
    ("low", "mean", "high", "words"),
    [
        (95, 140, 210, "day 140 (95 to 210)"),
        (95, 140, math.inf, "day 140 (95 to 365+)"),
        (230, math.inf, math.nan, "day 230 to 365+"),
        (0, 0, 1, "day 0 (0 to 1)"),
        (0, 0, 0, "with the first order"),
    ],
)
def test_payback_in_words(low: float, mean: float, high: float, words: str) -> None:
    assert payback_words(low, mean, high) == words


def test_without_spend_there_is_no_cac_line() -> None:
    fig = one("Direct")
    assert not traces(fig, "CAC")
    assert "no spend, so no CAC" in fig.layout.annotations[0].text
    assert "No channel has spend" in fig.layout.meta["title"]


def test_panels_share_their_scales() -> None:
    fig = plots.cumulative_value(examples.curves(), currency="USD")
    ranges = {tuple(fig.layout[f"yaxis{n or ''}"].range) for n in ["", 2, 3, 4, 5, 6]}
    assert len(ranges) == 1


def test_forty_channels_are_cut_and_counted_those_with_cac_first() -> None:
    names = [*(f"Country {i}" for i in range(34)), *examples.NAMES]
    table = examples.curves(names)
    table.loc[table["channel"].str.startswith("Country"), "cac"] = math.nan
    fig = plots.cumulative_value(table, currency="USD")
    heads = [note.text for note in fig.layout.annotations]
    assert len(heads) == 12
    assert "<b>Affiliates</b>" in heads[0]
    assert "12 of 40 channels shown" in fig.layout.meta["subtitle"]


def test_every_panel_numbers_its_ages():
    fig = plots.cumulative_value(examples.curves(), currency="USD")
    axes = [axis for name, axis in fig.layout.to_plotly_json().items() if name.startswith("xaxis")]
    assert len(axes) > 2
    assert all(axis.get("showticklabels", True) and axis["ticktext"] for axis in axes)
