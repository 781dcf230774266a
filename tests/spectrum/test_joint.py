"""The joint total against independent answers: quadrature, brute force, bounds that must hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from workbench.errors import InputError
from workbench.spectrum.joint import JOINT_DRAWS, SplitNormal, gap_money, joint_draws, priced_gaps
from workbench.spectrum.settings import GapSettings


def gaps(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows,
        columns=[
            "capability",
            "overlap_group",
            "profit_at_stake_mean",
            "profit_at_stake_q05",
            "profit_at_stake_q95",
        ],
    )
    return frame.assign(state="gap")


def largest(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the larger gain of two, and both losses, draw by draw."""
    both = zip(a, b, strict=True)
    return np.array([max(x, y, 0.0) + min(x, 0.0) + min(y, 0.0) for x, y in both])


TWO_GROUPS = gaps(("a", "flows", 50, 20, 90), ("b", "flows", 40, 10, 60), ("c", "spend", 30, 5, 60))


def total(frame: pd.DataFrame, name: str = "gaps_joint", **settings: Any) -> pd.Series:
    table = gap_money(frame, "USD", GapSettings(**settings))
    return table.set_index("quantity").loc[name]


triples = st.tuples(st.floats(-1e6, 1e6), st.floats(1.0, 1e6), st.floats(0.26, 0.74)).map(
    lambda t: (t[0] + t[2] * t[1], t[0], t[0] + t[1])
)


@given(triples)
def test_a_split_normal_has_the_mean_and_interval_it_was_made_of(triple):
    mean, low, high = triple
    made = SplitNormal.of(mean, low, high)
    width = high - low
    assert made.at(norm.ppf([0.05, 0.95])) == pytest.approx([low, high], abs=1e-9 * width + 1e-6)
    # the mean by quadrature of the quantile function, each half on its own
    half = [quad(lambda z: float(made.at(np.array(z))) * norm.pdf(z), *ends)[0]
            for ends in ((-10, 0), (0, 10))]  # fmt: skip
    assert sum(half) == pytest.approx(mean, abs=1e-6 * (width + abs(mean)))


def test_a_mean_outside_what_two_halves_can_have_keeps_the_interval():
    made = SplitNormal.of(100.0, 0.0, 100.0)
    assert made.at(norm.ppf([0.05, 0.95])) == pytest.approx([0.0, 100.0])


@pytest.mark.parametrize("triple", [(50, -20, 130), (-5, -20, 12), (0, -10, 10), (8, 2, 15)])
def test_probability_above_zero_is_that_of_the_draws(triple):
    made = SplitNormal.of(*triple)
    draws = made.at(norm.ppf((np.arange(200_000) + 0.5) / 200_000))
    assert made.p_above_0 == pytest.approx((draws > 0).mean(), abs=1e-4)
    # and does not contradict the interval
    assert (made.p_above_0 > 0.95) == (triple[1] > 0)


def test_a_single_gap_is_its_own_total():
    found = total(TWO_GROUPS.iloc[:1])
    assert [found["mean"], found["q05"], found["q95"]] == pytest.approx([50, 20, 90], rel=2e-3)
    assert total(TWO_GROUPS.iloc[:1], "gaps_overlap")["mean"] == 0.0


def test_of_one_group_the_largest_counts_and_groups_add_up():
    # by brute force on a grid of one common score: all move together
    score = norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    a, b, c = (SplitNormal.of(*row).at(score) for row in ((50, 20, 90), (40, 10, 60), (30, 5, 60)))
    wanted = largest(a, b) + c
    found = total(TWO_GROUPS)
    assert found["mean"] == pytest.approx(wanted.mean(), rel=1e-3)
    assert found["q05"] == pytest.approx(np.quantile(wanted, 0.05), rel=5e-3)
    assert found["q95"] == pytest.approx(np.quantile(wanted, 0.95), rel=5e-3)


def test_losses_of_one_group_all_count():
    frame = gaps(("a", "x", 20.0, -40.0, 80.0), ("b", "x", 10.0, -40.0, 60.0))
    score = norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    a, b = SplitNormal.of(20, -40, 80).at(score), SplitNormal.of(10, -40, 60).at(score)
    wanted = largest(a, b)
    found = total(frame)
    assert found["q05"] == pytest.approx(-80.0, rel=5e-3)
    assert found["mean"] == pytest.approx(wanted.mean(), rel=5e-3)


def test_independent_gaps_add_their_variances():
    frame = gaps(("a", "x", 0.5, -1.0, 2.0), ("b", "y", 0.5, -1.0, 2.0))
    _, together, _ = joint_draws(frame, GapSettings(correlation=0.0))
    sd = 1.5 / norm.ppf(0.95)
    assert together.std() == pytest.approx(2**0.5 * sd, rel=0.02)
    _, tied, _ = joint_draws(frame)
    assert tied.std() == pytest.approx(2 * sd, rel=0.02)


amounts = st.tuples(st.floats(1, 1e5), st.floats(1, 1e5), st.floats(0.26, 0.74)).map(
    lambda t: (t[0] + t[2] * t[1], t[0], t[0] + t[1])
)


@given(st.lists(st.tuples(st.sampled_from("xyz"), amounts), min_size=1, max_size=5),
       st.sampled_from([0.0, 0.5, 1.0]))  # fmt: skip
def test_the_total_lies_between_its_largest_line_and_their_sum(rows, rho):
    frame = gaps(*((f"g{i}", group, *row) for i, (group, row) in enumerate(rows)))
    lines, together, overlap = joint_draws(frame, GapSettings(correlation=rho))
    assert lines.shape == (len(rows), JOINT_DRAWS)
    assert (overlap >= 0).all()
    np.testing.assert_allclose(together + overlap, lines.sum(axis=0), rtol=1e-9, atol=1e-6)
    # never more than the sum of what pays alone, never less than its largest line less all losses
    assert (together <= lines.clip(min=0).sum(axis=0) + 1e-6).all()
    assert (together >= lines.max(axis=0) + lines.clip(max=0).sum(axis=0) - 1e-6).all()
    # moving together gives the smallest mean of a largest
    tied = joint_draws(frame, GapSettings(correlation=1.0))[1]
    assert tied.mean() <= together.mean() * (1 + 1e-3)


def test_one_gap_more_changes_no_draw_of_the_others():
    some, _, _ = joint_draws(TWO_GROUPS, GapSettings(correlation=0.3))
    fewer, _, _ = joint_draws(TWO_GROUPS.iloc[[0, 2]], GapSettings(correlation=0.3))
    assert np.array_equal(some[[0, 2]], fewer)


def test_lines_overlap_and_together_add_up():
    table = gap_money(TWO_GROUPS, "EUR").set_index("quantity")
    assert table.loc["gaps_lines", "mean"] == pytest.approx(120, rel=1e-3)
    assert table.loc["gaps_lines", "mean"] == pytest.approx(
        table.loc["gaps_joint", "mean"] + table.loc["gaps_overlap", "mean"]
    )
    assert (table["unit"] == "EUR a year").all()
    pd.testing.assert_frame_equal(gap_money(TWO_GROUPS, "EUR"), gap_money(TWO_GROUPS, "EUR"))


def test_what_has_no_interval_or_loses_money_or_is_no_gap_is_in_no_total():
    frame = gaps(
        ("hours_per_week", "hours", 500, np.nan, np.nan),
        ("loses", "x", -10, -30, 5),
        ("closed", "y", 70, 50, 90),
        ("open", "z", 70, 50, 90),
    )
    frame.loc[2, "state"] = "proven"
    assert list(priced_gaps(frame)["capability"]) == ["open"]
    table = gap_money(frame, "USD").set_index("quantity")
    assert table.loc["gaps_joint", "mean"] == pytest.approx(70, rel=1e-3)
    assert table.loc["manual_hours", "mean"] == 500
    assert np.isnan(table.loc["manual_hours", "q05"])


def test_no_priced_gap_gives_no_total():
    assert gap_money(TWO_GROUPS.assign(state="gap_no_profit"), "USD").empty


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ({"correlation": 1.1}, "correlation"),
        ({"leak_share": 0.0}, "leak_share"),
        ({"assumed_mean": {"consent": 5.0}, "assumed_source": "x"}, "no mean within"),
        (
            {
                "assumed_mean": {"consent": 5.0},
                "assumed_q05": {"consent": 6.0},
                "assumed_q95": {"consent": 9.0},
                "assumed_source": "x",
            },
            "no mean within",
        ),
        (
            {
                "assumed_mean": {"consent": 5.0},
                "assumed_q05": {"consent": 1.0},
                "assumed_q95": {"consent": 9.0},
            },
            "without a source",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused(given_, words):
    with pytest.raises(InputError, match=words):
        GapSettings(**given_)
