"""Figures of scores: coverage, PIT, tenths of customers, models, pooling."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from tests.plots import examples
from workbench import plots
from workbench.errors import WorkbenchError
from workbench.plots.coverage import expected_range

ENDS = {"q025": -1.96, "q05": -1.645, "q10": -1.28, "q25": -0.67}


def normal(actual: list[float]) -> pd.DataFrame:
    """Standard normal forecasts around 10, and their outcomes."""
    upper = {"q75": 0.67, "q90": 1.28, "q95": 1.645, "q975": 1.96}
    ends = {name: 10.0 + z for name, z in (ENDS | upper).items()}
    return pd.DataFrame({"group": [f"g{i}" for i in range(len(actual))], "actual": actual} | ends)


def dots(fig, name: str):
    (trace,) = [t for t in fig.data if t.name == name]
    return trace


@pytest.mark.parametrize("n", [1, 7, 40, 500])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9, 0.95])
def test_the_expected_range_is_that_of_the_binomial(n, p):
    assert expected_range(n, p) == tuple(binom.ppf([0.05, 0.95], n, p).astype(int))


def test_coverage_counts_each_interval():
    fig = plots.interval_coverage(normal([10.0] * 5 + [11.0] * 3 + [11.5, 11.8]))
    trace = dots(fig, "observed")
    assert trace.y == (0.5, 0.8, 0.9, 1.0)
    assert trace.marker.symbol == ("circle",) * 4
    assert fig.layout.meta["title"] == (
        "Intervals were as wide as they should be, as far as 10 outcomes can tell: the 90% "
        "interval held 9."
    )


def test_coverage_says_too_narrow_and_too_wide():
    narrow = plots.interval_coverage(normal([14.0] * 12 + [10.0] * 8))
    assert narrow.layout.meta["title"] == (
        "Intervals were too narrow: the 95% interval held 8 of 20 outcomes, about 19 would be "
        "expected."
    )
    assert dots(narrow, "observed").marker.symbol[-1] == "x"
    wide = plots.interval_coverage(normal([10.0] * 20))
    assert wide.layout.meta["title"] == (
        "Intervals were wider than they had to be: the 50% interval held 20 of 20 outcomes, about "
        "10 would be expected."
    )


def test_a_small_excess_of_many_outcomes_is_called_small():
    few = normal([10.0] * 1000 + [11.0] * 600 + [11.5] * 240 + [11.8] * 60 + [14.0] * 100)
    assert plots.interval_coverage(few).layout.meta["title"] == (
        "Intervals were a little wider than they had to be: the 90% interval held 1,840 of 2,000 "
        "outcomes, about 1,800 would be expected."
    )


def test_an_outcome_on_an_end_counts_in_part_where_its_place_is_known():
    """All sit on the lower end of the 90% interval: in full they are inside, in part half are."""
    table = normal([10.0 - 1.645] * 10).assign(pit=np.arange(10) / 100 + 0.0025)
    assert dots(plots.interval_coverage(table.drop(columns="pit")), "observed").y[2] == 1.0
    fig = plots.interval_coverage(table)
    assert dots(fig, "observed").y[2] == 0.5
    assert "counts in part" in fig.layout.meta["subtitle"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.linspace(0.01, 0.99, 60), "Outcomes are spread over their forecasts"),
        (np.r_[np.linspace(0, 0.09, 30), np.linspace(0.91, 1, 30)], "too sure of themselves: 60"),
        (np.linspace(0.3, 0.7, 60), "less sure than they could be: 0 of 60"),
        (np.linspace(0.55, 0.85, 60), "too low: 60 of 60 outcomes fell into the upper half"),
        (np.linspace(0.15, 0.45, 60), "too high: 60 of 60 outcomes fell into the lower half"),
    ],
)
def test_the_pit_histogram_says_what_its_shape_means(values, words):
    table = pd.DataFrame({"group": "g", "pit": values})
    fig = plots.pit_histogram(table)
    assert words in fig.layout.meta["title"]
    (bars,) = fig.data
    assert len(bars.y) == 10
    assert sum(bars.y) == 60
    (band,) = [s for s in fig.layout.shapes if s.type == "rect"]
    assert (band.y0, band.y1) == expected_range(60, 0.1)


def test_few_outcomes_have_five_bars_and_ends_belong_to_a_bar():
    fig = plots.pit_histogram(pd.DataFrame({"group": "g", "pit": [0.0, 1.0, 0.5, 0.2]}))
    assert fig.data[0].y == (1, 1, 1, 0, 1)


def test_deciles_of_several_cutoffs_are_averaged_over_their_customers():
    first = examples.deciles()
    later = first.assign(cutoff="2026-03-31", customers=40, predicted=1.0, actual=2.0)
    fig = plots.decile_chart(pd.concat([first, later]), currency="USD")
    top = first.iloc[0]
    assert dots(fig, "observed").y[0] == pytest.approx((top["actual"] * 121 + 2 * 40) / 161)
    assert dots(fig, "predicted").y[0] == pytest.approx((top["predicted"] * 121 + 40) / 161)
    assert "from 2025-12-31" not in fig.layout.meta["subtitle"]


def test_the_top_tenth_is_told():
    table = pd.DataFrame(
        {"decile": range(1, 11), "customers": 10, "predicted": [9.0] + [1.0] * 9,
         "actual": [6.0] + [2.0] * 7 + [0.0] * 2}
    )  # fmt: skip
    fig = plots.decile_chart(table, gini=0.534, currency="EUR")
    assert fig.layout.meta["title"] == (
        "The tenth of customers with the highest forecasts brought 30% of what all brought; 50% "
        "was forecast."
    )
    subtitle = fig.layout.meta["subtitle"]
    assert "EUR" in subtitle
    assert "normalised Gini 0.53" in subtitle
    assert "Gini" not in plots.decile_chart(table, gini=float("nan")).layout.meta["subtitle"]


def test_models_stand_in_the_order_of_their_errors():
    fig = plots.model_errors(examples.models())
    bars = dots(fig, "error")
    assert list(bars.x) == sorted(bars.x)
    assert fig.layout.meta["title"] == (
        "This model had the smaller error against 3 of 4 others: off by 19% of what happened where "
        "the best other (Same days a year before) was off by 18%."
    )
    assert bars.marker.pattern.shape.count("") == 1
    marks = dots(fig, "this model from the same dates")
    assert marks.x == (0.19, 0.21, 0.21, 0.21)


def test_a_rule_far_off_does_not_squeeze_the_others():
    table = examples.models().assign(wape=[0.2, 0.3, 0.4, 0.5, 60.0])
    fig = plots.model_errors(table)
    assert fig.layout.xaxis.range[1] < 1.0
    assert "6,000%" in {note.text for note in fig.layout.annotations}


def test_a_model_stands_once():
    table = examples.models()
    with pytest.raises(WorkbenchError, match="cohort_mean"):
        plots.model_errors(pd.concat([table, table.iloc[[1]]]))


def test_a_rule_without_score_is_named():
    table = examples.models().assign(wape=[0.2, 0.3, np.nan, 0.5, 0.6])
    assert (
        "Not scored: Same days a year before" in plots.model_errors(table).layout.meta["subtitle"]
    )


def test_pooling_is_said_to_win_only_where_it_does():
    fig = plots.pooling_by_size(examples.ablation())
    assert fig.layout.meta["title"] == (
        "Partial pooling has the smallest absolute error in 3 of 5 sizes of cohorts."
    )
    marks = {trace.name: trace for trace in fig.data}
    assert set(marks) == {"partial pooling", "complete pooling", "no pooling"}
    assert len({trace.marker.symbol for trace in fig.data}) == 3
    assert fig.layout.xaxis.ticktext[-1] == "1,000+"
    other = plots.pooling_by_size(examples.ablation(), score="pinball").layout.meta
    assert "pinball loss" in other["subtitle"]


def test_one_kind_of_pooling_is_no_comparison():
    table = examples.ablation()
    fig = plots.pooling_by_size(table[table["pooling"] == "partial"])
    assert "nothing to compare" in fig.layout.meta["title"]
    with pytest.raises(WorkbenchError, match="<30, none"):
        plots.pooling_by_size(pd.concat([table, table.iloc[[2]]]))
