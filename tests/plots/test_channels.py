"""Figures of the channel table: ROAS against value, rank slope, value beside CAC."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
import pytest

from tests.plots import examples
from workbench import plots
from workbench.plots.scatter import _scale


def channels(**changes: dict[str, float]) -> pd.DataFrame:
    table = examples.channels().set_index("channel")
    for column, values in changes.items():
        for name, value in values.items():
            table.loc[name, column] = value
    return table.reset_index()


def notes(fig: go.Figure) -> str:
    return " | ".join(note.text for note in fig.layout.annotations)


def drawn(fig: go.Figure, mode: str = "markers") -> dict[str, go.Scatter]:
    return {t.name: t for t in fig.data if t.mode == mode and t.hovertext}


def test_points_stand_at_reported_and_twelve_month_roas() -> None:
    table = examples.channels().set_index("channel")
    points = drawn(plots.roas_against_value(examples.channels(), currency="USD"))
    assert set(points) == {"Affiliates", "Google Ads", "Meta Ads", "TikTok Ads"}
    for name, trace in points.items():
        assert trace.x == (table.loc[name, "reported_roas"],)
        assert trace.y == (table.loc[name, "roas_12m_mean"],)


def test_intervals_are_upright_and_exact() -> None:
    table = examples.channels().set_index("channel")
    fig = plots.roas_against_value(examples.channels(), currency="USD")
    lines = {t.name: t for t in fig.data if t.mode == "lines"}
    for name, line in lines.items():
        assert line.x[0] == line.x[1] == table.loc[name, "reported_roas"]
        assert line.y == tuple(table.loc[name, ["roas_12m_q05", "roas_12m_q95"]])


def test_channels_without_spend_are_named_not_dropped() -> None:
    fig = plots.roas_against_value(examples.channels(), currency="USD")
    assert "Without spend, not drawn: Direct, Email" in fig.layout.meta["subtitle"]
    table = channels(reported_roas={"Meta Ads": math.nan}, spend={"TikTok Ads": 0.0})
    subtitle = plots.roas_against_value(table, currency="USD").layout.meta["subtitle"]
    assert "Without spend, not drawn: Direct, Email, TikTok Ads" in subtitle
    assert "Spend without both ROAS, not drawn: Meta Ads" in subtitle


def test_reference_lines_are_break_evens_and_diagonal() -> None:
    fig = plots.roas_against_value(examples.channels(), currency="USD")
    shapes = fig.layout.shapes
    assert any(s.type == "line" and s.y0 == s.y1 == 1 for s in shapes)
    (diagonal,) = [s for s in shapes if s.name == "diagonal"]
    assert (diagonal.x0, diagonal.x1) == (diagonal.y0, diagonal.y1)
    (band,) = [s for s in shapes if s.type == "rect" and s.x0 != 0]
    paid = examples.channels().query("spend > 0")["break_even_roas"]
    assert (band.x0, band.x1) == (paid.min(), paid.max())


def test_one_break_even_is_a_line_and_none_is_left_out() -> None:
    same = examples.channels().assign(break_even_roas=2.5)
    fig = plots.roas_against_value(same, currency="USD")
    assert any(s.type == "line" and s.x0 == s.x1 == 2.5 for s in fig.layout.shapes)
    without = plots.roas_against_value(
        examples.channels().drop(columns="break_even_roas"), currency="USD"
    )
    assert "break-even" not in notes(without)


def test_every_drawn_channel_has_its_name_beside_it() -> None:
    text = notes(plots.roas_against_value(examples.channels(), currency="USD"))
    assert all(f"<b>{name}</b>" in text for name in ("Affiliates", "Google Ads", "Meta Ads"))


def test_one_extreme_channel_turns_the_axis_logarithmic_and_moves_its_name_along() -> None:
    table = channels(
        reported_roas={"Affiliates": 40.0},
        roas_12m_mean={"Affiliates": 22.0},
        roas_12m_q05={"Affiliates": 15.0},
        roas_12m_q95={"Affiliates": 31.0},
    )
    fig = plots.roas_against_value(table, currency="USD")
    assert fig.layout.xaxis.type == fig.layout.yaxis.type == "log"
    (name,) = [n for n in fig.layout.annotations if n.text == "<b>Affiliates</b>"]
    assert name.x == pytest.approx(math.log10(40))
    assert name.y == pytest.approx(math.log10(22))
    assert "(logarithmic)" in fig.layout.xaxis.title.text


def test_losses_never_get_a_logarithmic_axis() -> None:
    assert _scale([-0.5, 1.0, 2.0, 40.0], 0.0)[0] == "linear"


def test_the_finding_names_both_leaders() -> None:
    title = plots.roas_against_value(examples.channels(), currency="USD").layout.meta["title"]
    assert title.startswith("Meta Ads leads on reported ROAS (3.1), Google Ads on 12-month ROAS")


def test_the_slope_joins_reported_rank_and_value_rank() -> None:
    fig = plots.rank_slope(examples.channels(), examples.rank_flips())
    places = {t.name: t.y for t in fig.data}
    assert places == {
        "Meta Ads": (-1.0, -3.0),
        "Affiliates": (-2.0, -2.0),
        "Google Ads": (-3.0, -1.0),
        "TikTok Ads": (-4.0, -4.0),
    }


def test_the_slope_is_wider_the_more_probable_the_change() -> None:
    table = channels(p_rank_flip={"Meta Ads": 0.9, "Affiliates": 0.1, "Google Ads": math.nan})
    width = {t.name: t.line.width for t in plots.rank_slope(table).data}
    assert width["Meta Ads"] > width["TikTok Ads"] > width["Affiliates"] > width["Google Ads"]


def test_the_slope_tells_the_likeliest_reversal() -> None:
    fig = plots.rank_slope(examples.channels(), examples.rank_flips())
    assert fig.layout.meta["title"] == (
        "Meta Ads leads Google Ads on reported ROAS; with probability 97% the order by "
        "12-month ROAS is the reverse."
    )
    assert "Affiliates above Meta Ads: 88%" in fig.data[0].hovertext[0]


def test_ties_get_places_of_their_own() -> None:
    table = examples.channels()
    table["rank_reported"] = table["rank_reported"].where(table["rank_reported"].isna(), 1.0)
    fig = plots.rank_slope(table)
    assert sorted(t.y[0] for t in fig.data) == [-4.0, -3.0, -2.0, -1.0]


def test_value_rows_run_from_high_to_low_with_cac_and_interval() -> None:
    table = examples.channels().set_index("channel")
    fig = plots.value_by_channel(examples.channels(), currency="USD")
    means = [t for t in fig.data if t.mode == "markers" and t.name != "mark"]
    assert [t.name for t in means] == [
        *("Email", "Direct", "Google Ads", "Affiliates", "Meta Ads", "TikTok Ads")
    ]
    assert [t.y[0] for t in means] == [-0.0, -1.0, -2.0, -3.0, -4.0, -5.0]
    marks = [t.x[0] for t in fig.data if t.name == "mark"]
    assert marks == list(table.loc[["Google Ads", "Affiliates", "Meta Ads", "TikTok Ads"], "cac"])
    ends = [t.x for t in fig.data if t.name == "interval"]
    assert ends[0] == tuple(table.loc["Email", ["value_12m_q05", "value_12m_q95"]])
    assert "$118 ($73 to $163)" in notes(fig).replace("&#36;", "$")


def test_value_without_spend_is_drawn_and_said() -> None:
    fig = plots.value_by_channel(examples.channels(["Direct", "Email"]), currency="USD")
    assert not [t for t in fig.data if t.name == "mark"]
    assert "No CAC for: Email, Direct" in fig.layout.meta["subtitle"]


def test_a_very_wide_interval_does_not_squeeze_the_others() -> None:
    table = channels(value_12m_q95={"Affiliates": 5000.0})
    fig = plots.value_by_channel(table, currency="USD")
    assert fig.layout.xaxis.range[1] < 400
    assert "▸" in notes(fig)
    assert "to $5,000)" in notes(fig).replace("&#36;", "$")
    inside = [t.x for t in fig.data if t.name == "interval"]
    assert all(x <= fig.layout.xaxis.range[1] for ends in inside for x in ends)


def test_losses_are_drawn_left_of_a_zero_line() -> None:
    table = examples.channels().assign(value_12m_mean=-20.0, value_12m_q05=-45.0, value_12m_q95=5.0)
    fig = plots.value_by_channel(table, currency="EUR")
    assert fig.layout.xaxis.range[0] < -45
    assert any(s.x0 == s.x1 == 0 for s in fig.layout.shapes)
    assert "-€20 (-€45 to €5)" in notes(fig)


def test_the_finding_counts_channels_whose_interval_lies_below_cac() -> None:
    table = channels(cac={"TikTok Ads": 90.0})
    title = plots.value_by_channel(table, currency="USD").layout.meta["title"]
    assert "for 1 of 4 channels the whole interval lies below CAC" in title


def test_a_palette_keeps_colours_when_channels_are_missing() -> None:
    palette = plots.channel_styles([*examples.NAMES, "Ambassadors", "Zine"])
    few = examples.channels(["Zine", "Meta Ads"])
    fig = plots.value_by_channel(few, currency="USD", palette=palette)
    (zine,) = [t for t in fig.data if t.name == "Zine"]
    assert zine.marker.color == palette["Zine"].colour
    assert zine.marker.symbol == palette["Zine"].symbol


def test_a_handful_of_customers_is_never_the_best_channel() -> None:
    table = examples.channels()
    best = plots.value_by_channel(table, currency="USD").layout.meta["title"]
    tiny = table.iloc[[0]].assign(channel="Tiny", customers=7, value_12m_mean=9e4)
    fig = plots.value_by_channel(pd.concat([table, tiny]), currency="USD")
    assert fig.layout.meta["title"] == best


def test_many_channels_are_cut_to_the_largest_and_the_rest_is_counted() -> None:
    table = pd.concat(
        [
            examples.channels(["Meta Ads"]).assign(channel=f"C{i:02d}", customers=i)
            for i in range(40)
        ]
    )
    fig = plots.value_by_channel(table, currency="USD")
    assert "16 of 40 channels shown" in fig.layout.meta["subtitle"]
    shown = " ".join(note.text for note in fig.layout.annotations)
    assert "C39" in shown
    assert "C23" not in shown
