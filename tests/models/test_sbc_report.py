"""The verdicts of calibration by simulation: they hold uniform ranks and see those that are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.benchmarks.sbc_report import (
    band,
    counts_below,
    judge,
    tail,
    uniform_tails,
    write_figures,
)

RUNS, DRAWS = 80, 99


def table(ranks: np.ndarray) -> pd.DataFrame:
    frame = pd.DataFrame({"quantity": "r", "rank": ranks, "seed": np.arange(len(ranks))})
    return frame.assign(lag_1=0.0, prior_place=0.5)


def test_counts_are_those_of_ranks_below():
    ranks = np.array([0, 0, 3, 5])
    assert list(counts_below(ranks, 5)) == [2, 2, 2, 3, 3]


def test_the_band_holds_all_of_95_in_100_uniform_ecdfs():
    rng = np.random.default_rng(4)
    low, high = band(RUNS, DRAWS)
    chance = np.arange(1, DRAWS + 1) / (DRAWS + 1)
    off = counts_below(rng.integers(0, DRAWS + 1, (2000, RUNS)), DRAWS) / RUNS - chance
    held = ((off >= low - 1e-12) & (off <= high + 1e-12)).all(axis=1).mean()
    # two standard errors of 2,000 sets, and a little for counts being whole numbers
    assert 0.935 <= held <= 0.975


def test_the_verdict_is_that_of_the_band():
    rng = np.random.default_rng(5)
    cut = np.quantile(uniform_tails(RUNS, DRAWS), 0.05)
    ranks = rng.integers(0, DRAWS + 1, RUNS)
    found = tail(counts_below(ranks, DRAWS), RUNS, DRAWS)
    assert judge(table(ranks), DRAWS)["inside"].item() == bool(found > cut)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda u: u**1.6,  # posteriors too high
        lambda u: 0.5 + 0.5 * np.sign(u - 0.5) * np.abs(2 * u - 1) ** 0.4,  # too narrow
        lambda u: 0.5 + 0.3 * (u - 0.5) * 2,  # too wide
    ],
    ids=["biased", "too narrow", "too wide"],
)
def test_wrong_posteriors_leave_the_band(wrong):
    u = (np.arange(RUNS) + 0.5) / RUNS
    right = judge(table((u * (DRAWS + 1)).astype(int)), DRAWS)
    spoilt = judge(table((wrong(u) * (DRAWS + 1)).astype(int).clip(0, DRAWS)), DRAWS)
    assert right["inside"].item()
    assert not spoilt["inside"].item()


def test_figures_are_one_page(tmp_path):
    ranks = table(np.random.default_rng(6).integers(0, DRAWS + 1, RUNS))
    path = tmp_path / "sbc.html"
    write_figures(ranks, judge(ranks, DRAWS), DRAWS, path)
    assert path.read_text(encoding="utf-8").count("plotly-graph-div") >= 2
