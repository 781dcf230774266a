"""Tiles: cohort heat map, retention triangle, history matrix; and value by month."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import pytest

from tests.plots import examples
from workbench import plots
from workbench.errors import WorkbenchError


def bars(fig: go.Figure, name: str = "tiles") -> list[go.Bar]:
    return [t for t in fig.data if t.name == name]


def cell(channel: str, month: str, value: float, customers: int, seen: float) -> dict:
    return {
        "first_month": month,
        "channel": channel,
        "customers": customers,
        "value_12m_mean": value,
        "value_12m_q05": value - 10,
        "value_12m_q95": value + 10,
        "observed_share": seen,
    }


GRID = pd.DataFrame(
    [
        cell("Email", "2026-01", 120.0, 400, 1.0),
        cell("Email", "2026-02", 100.0, 300, 0.4),
        cell("Direct", "2026-01", 60.0, 12, 0.9),
        cell("Direct", "2026-02", 80.0, 90, 0.5),
    ]
)


def test_each_cohort_is_one_tile_with_its_number_and_customers() -> None:
    fig = plots.cohort_heatmap(GRID, currency="USD")
    (tiles,) = bars(fig)
    assert (tiles.x[0], tiles.base[0]) == (0, pytest.approx(-0.475))
    assert fig.layout.xaxis.ticktext == ("Email", "Direct")
    assert fig.layout.yaxis.ticktext == ("Jan 2026", "Feb 2026")
    (words,) = bars(fig, "texts")
    assert "&#36;120</span><br>" in words.text[0]
    assert "400</span>" in words.text[0]


def test_a_small_cohort_has_a_smaller_tile_and_says_so() -> None:
    (tiles,) = bars(plots.cohort_heatmap(GRID, currency="USD", small=50))
    sizes = dict(zip(zip(tiles.x, tiles.base, strict=True), tiles.width, strict=True))
    assert sorted(sizes.values()) == [0.62, 0.95, 0.95, 0.95]
    (small,) = [h for h, w in zip(tiles.hovertext, tiles.width, strict=True) if w < 0.9]
    assert "12 customers: a small cohort" in small
    assert "Direct, Jan 2026" in small


def test_a_mostly_predicted_cohort_is_hatched() -> None:
    fig = plots.cohort_heatmap(GRID, currency="USD")
    hatched = bars(fig, "mostly predicted")
    assert [(t.x, t.marker.pattern.shape) for t in hatched] == [((0,), "/")]
    assert "less than half of the value observed" in fig.layout.meta["subtitle"]


def test_a_small_cohort_does_not_stretch_the_colours() -> None:
    wild = pd.concat(
        [GRID, pd.DataFrame([cell("Direct", "2026-03", 9000.0, 3, 1.0)])], ignore_index=True
    )
    fig = plots.cohort_heatmap(wild, currency="USD")
    assert (fig.layout.coloraxis.cmin, fig.layout.coloraxis.cmax) == (80.0, 120.0)


def test_the_hover_has_interval_customers_and_observed_share() -> None:
    (tiles,) = bars(plots.cohort_heatmap(GRID, currency="USD"))
    text = tiles.hovertext[1].replace("&#36;", "$")
    assert "$100 ($90 to $110)" in text
    assert "300 customers" in text
    assert "40% of the value already observed" in text


def test_losses_turn_the_scale_diverging_around_zero() -> None:
    losing = GRID.assign(value_12m_mean=GRID["value_12m_mean"] - 90)
    axis = plots.cohort_heatmap(losing, currency="USD").layout.coloraxis
    assert axis.cmin == -axis.cmax


def test_rows_that_would_need_averaged_intervals_are_refused() -> None:
    twice = pd.concat([GRID, GRID.head(1)], ignore_index=True)
    with pytest.raises(WorkbenchError, match=r"Email stands in several\. Intervals cannot"):
        plots.cohort_heatmap(twice, currency="USD")
    with pytest.raises(WorkbenchError, match="Intervals cannot"):
        plots.value_by_month(GRID, currency="USD")


def test_the_columns_may_be_products() -> None:
    table = examples.cohorts(["Tea", "Pots"], 3, by="first_product")
    fig = plots.cohort_heatmap(table, currency="USD", by="first_product")
    assert set(fig.layout.xaxis.ticktext) == {"Tea", "Pots"}


def test_thirty_six_months_and_twelve_channels_fit_paper() -> None:
    fig = plots.cohort_heatmap(
        examples.cohorts([f"Channel {i}" for i in range(12)], 36), currency="USD"
    )
    assert fig.layout.meta["min_width"] <= 660
    assert fig.layout.height < 1300


def test_month_zero_is_no_tile_and_buyers_stand_in_the_first_column() -> None:
    fig = plots.retention_triangle(examples.retention(5))
    (tiles,) = bars(fig)
    assert min(tiles.x) == 1
    assert len(tiles.x) == 4 + 3 + 2 + 1
    counts = {note.y: note.text for note in fig.layout.annotations if note.xref != "paper"}
    assert counts == {0: "900", 1: "884", 2: "868", 3: "852"}


def test_the_finding_of_retention_is_weighted_by_customers() -> None:
    table = pd.DataFrame(
        {
            "first_month": ["2026-01", "2026-02"],
            "month": [1, 1],
            "customers": [900, 100],
            "retention": [0.10, 0.50],
        }
    )
    title = plots.retention_triangle(table).layout.meta["title"]
    assert title.startswith("14% of 1,000 customers bought again between day 30 and day 59")


def test_a_long_triangle_drops_its_texts_not_its_tiles() -> None:
    fig = plots.retention_triangle(examples.retention(36))
    assert not bars(fig, "texts")
    assert len(bars(fig)[0].x) == 35 * 36 / 2


def test_history_rows_and_columns_are_in_order_of_their_numbers() -> None:
    fig = plots.history_matrix(examples.history_matrix().sample(frac=1, random_state=1))
    assert fig.layout.yaxis.ticktext == ("0", "1", "2", "3", "4", "5", "6", "7+")
    assert fig.layout.xaxis.ticktext == ("0-4", "5-8", "9-13", "14-26", "27-39", "40-52", "53+")


def test_history_counts_customers_expected_to_be_there() -> None:
    table = pd.DataFrame(
        {
            "repeat_orders": ["0", "1"],
            "weeks_since_last": ["0-4", "0-4"],
            "customers": [100, 50],
            "p_alive_mean": [0.5, 0.8],
            "next_12m_orders_mean": [0.4, 2.0],
        }
    )
    fig = plots.history_matrix(table)
    assert fig.layout.meta["title"] == (
        "About 90 of 150 customers are expected still to be customers; together 140 orders are "
        "expected in the next 12 months."
    )
    assert fig.layout.coloraxis.cmax == 1.0


def test_months_are_filled_where_observed_and_hollow_where_predicted() -> None:
    table = examples.by_month(4).assign(observed_share=[1.0, 0.5, 0.49, 0.0])
    fig = plots.value_by_month(table, currency="USD")
    (dots,) = [t for t in fig.data if t.name == "12-month value"]
    assert [c == "#FFFFFF" for c in dots.marker.color] == [False, False, True, True]
    (seen,) = [t for t in fig.data if t.type == "bar"]
    assert seen.y == (1.0, 0.5, 0.49, 0.0)


def test_thirty_six_months_are_labelled_sparsely() -> None:
    fig = plots.value_by_month(examples.by_month(36), currency="USD")
    assert 4 <= len(fig.layout.xaxis.ticktext) <= 7
    assert fig.layout.xaxis.ticktext[0] == "Jan<br>2025"


def test_the_finding_names_no_cohort_of_a_few_customers_beside_larger_ones() -> None:
    table = examples.cohorts()
    table.loc[table.index[0], ["customers", "value_12m_mean"]] = [2, 1e6]
    title = plots.cohort_heatmap(table, currency="USD").layout.meta["title"]
    assert "2 customers" not in title


def test_many_groups_are_cut_to_the_largest() -> None:
    names = [f"C{i:02d}" for i in range(30)]
    fig = plots.cohort_heatmap(examples.cohorts(names), currency="USD")
    assert "14 of 30 channels shown" in fig.layout.meta["subtitle"]
    assert len(fig.layout.xaxis.ticktext) == 14


def test_a_column_head_of_eleven_letters_is_not_cut() -> None:
    names = ["Meta Ads", "Google Ads", "Influencers", "Email", "Direct", "TikTok Ads", "Unknown"]
    fig = plots.cohort_heatmap(examples.cohorts(names), currency="USD")
    assert "Influencers" in fig.layout.xaxis.ticktext
