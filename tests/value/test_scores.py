"""Summaries of scores: coverage at every level, sums of amounts, sizes of cohorts, models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm, poisson

from workbench.value.scores import (
    INTERVALS,
    MORE_QUANTILES,
    QUANTILES,
    SIZES,
    ablation_by_size,
    backtest_summary,
    compare_models,
)

LEVELS = QUANTILES | MORE_QUANTILES
KEYS = {"cutoff": "2025-06-30", "horizon_days": 90, "level": "cohort", "metric": "orders",
        "pooling": "partial"}  # fmt: skip


def normal_table(rows: int, claimed: float, seed: int = 1, **more) -> pd.DataFrame:
    """Forecasts of normal outcomes with sd 10 that claim another."""
    rng = np.random.default_rng(seed)
    mean = rng.uniform(100, 500, rows)
    return pd.DataFrame(
        {
            **KEYS,
            "group": [f"g{i}" for i in range(rows)],
            "customers": 50,
            "actual": rng.normal(mean, 10.0),
            "mean": mean,
            **{name: norm.ppf(q, mean, claimed) for name, q in LEVELS.items()},
            **more,
        }
    )


def test_honest_intervals_cover_what_they_promise():
    """Each level within the binomial range that it leaves once in 10,000."""
    row = backtest_summary(normal_table(1000, claimed=10.0)).iloc[0]
    for share in INTERVALS:
        low, high = binom.ppf([0.00005, 0.99995], 1000, share / 100) / 1000
        assert low <= row[f"covered_{share}"] <= high
    assert row["covered"] == row["covered_90"]
    shares = [row[f"covered_{share}"] for share in sorted(INTERVALS)]
    assert shares == sorted(shares)


@pytest.mark.parametrize("share", list(INTERVALS))
def test_intervals_too_narrow_cover_as_much_as_theory_says(share):
    """Half the true sd: an interval of +-z holds what +-z/2 should."""
    row = backtest_summary(normal_table(2000, claimed=5.0)).iloc[0]
    true = 2 * norm.cdf(norm.ppf(0.5 + share / 200) / 2) - 1
    low, high = binom.ppf([0.00005, 0.99995], 2000, true) / 2000
    assert low <= row[f"covered_{share}"] <= high
    assert row[f"covered_{share}"] < share / 100 - 0.1


def test_small_counts_cover_too_much_with_their_ends_and_not_in_part():
    """Honest Poisson forecasts of mean 0.7, exact quantiles, PIT randomised by hand."""
    rng = np.random.default_rng(8)
    actual = rng.poisson(0.7, 4000)
    below, up_to = poisson.cdf(actual - 1, 0.7), poisson.cdf(actual, 0.7)
    table = pd.DataFrame(
        {
            **KEYS, "group": "g", "customers": 3, "actual": actual, "mean": 0.7,
            **{name: poisson.ppf(q, 0.7) for name, q in LEVELS.items()},
            "pit": below + rng.uniform(size=4000) * (up_to - below),
        }
    )  # fmt: skip
    row = backtest_summary(table).iloc[0]
    assert row["covered_50"] > 0.75
    for share in INTERVALS:
        low, high = binom.ppf([0.00005, 0.99995], 4000, share / 100) / 4000
        assert low <= row[f"pit_{share}"] <= high


def test_amounts_are_ratios_of_sums():
    table = normal_table(3, claimed=10.0, crps=[1.0, 2.0, 6.0], pit=[0.1, 0.2, 0.9])
    row = backtest_summary(table).iloc[0]
    total = table["actual"].sum()
    assert row["crps"] == pytest.approx(9.0 / total)
    assert row["wape"] == pytest.approx((table["mean"] - table["actual"]).abs().sum() / total)
    # share of values up to 0.2 is 2/3 there
    assert row["pit_distance"] == pytest.approx(2 / 3 - 0.2)


def test_pinball_and_crps_of_honest_normals_are_what_theory_says():
    """Of a normal with sd s the expected loss at level q is s phi(z_q), expected CRPS s / sqrt(pi).

    Mean of 4000 rows: within 5%.
    """
    table = normal_table(4000, claimed=10.0)
    z = (table["actual"] - table["mean"]) / 10.0
    closed = 10.0 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    row = backtest_summary(table.assign(crps=closed)).iloc[0]
    each = row[["pinball", "crps"]] * row["actual"] / 4000
    levels = np.array(list(QUANTILES.values()))
    assert each["pinball"] == pytest.approx(20.0 * norm.pdf(norm.ppf(levels)).mean(), rel=0.05)
    assert each["crps"] == pytest.approx(10.0 / np.sqrt(np.pi), rel=0.05)


def test_a_table_without_the_new_columns_still_has_its_old_scores():
    table = normal_table(40, claimed=10.0).drop(columns=list(MORE_QUANTILES))
    row = backtest_summary(table).iloc[0]
    assert row[["covered_80", "crps", "pit_distance", "pit_p", "pit_90"]].isna().all()
    assert row[["bias", "wape", "covered", "pinball", "covered_50", "covered_95"]].notna().all()


def test_a_point_forecast_has_no_score_of_an_interval():
    blank = dict.fromkeys([*LEVELS, "crps", "pit"], np.nan)
    ours = normal_table(5, claimed=10.0, model="workbench", crps=1.0, pit=0.5)
    table = pd.concat([ours, ours.assign(model="rule", **blank)])
    rule = backtest_summary(table).set_index("model").loc["rule"]
    assert rule[["covered", "covered_50", "pinball", "crps", "pit_p"]].isna().all()
    assert rule["wape"] == pytest.approx(backtest_summary(ours).iloc[0]["wape"])


def test_a_sum_with_something_unknown_is_unknown():
    table = normal_table(4, claimed=10.0, crps=[1.0, np.nan, 1.0, 1.0])
    row = backtest_summary(table).iloc[0]
    assert np.isnan(row["crps"])
    assert row["pinball"] > 0


def test_cohorts_are_scored_by_their_size():
    sizes = [1, 29, 30, 99, 100, 299, 300, 999, 1000, 50_000]
    table = pd.concat(
        [
            normal_table(10, claimed=10.0, pooling=pooling, customers=sizes)
            for pooling in ("partial", "complete", "none")
        ]
    )
    total = table.iloc[:1].assign(level="total", customers=5)
    found = ablation_by_size(pd.concat([table, total], ignore_index=True))
    assert found["size"].tolist() == [size for size in SIZES for _ in range(3)]
    assert found["groups"].eq(2).all()
    small = table[table["customers"] < 30]
    small = small[small["pooling"] == "none"]
    row = found[(found["size"] == "<30") & (found["pooling"] == "none")].iloc[0]
    error = (small["mean"] - small["actual"]).abs().sum()
    assert row["wape"] == pytest.approx(error / small["actual"].sum())
    assert {"pinball", "covered", "crps", "bias"} <= set(found)


def test_a_size_counts_cohorts_of_every_cutoff_and_leaves_out_empty_bins():
    first = normal_table(6, claimed=10.0, customers=40)
    found = ablation_by_size(pd.concat([first, first.assign(cutoff="2025-12-31")]))
    assert found[["size", "groups"]].values.tolist() == [["30-99", 12]]


def scores(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {**KEYS, "model": model, "cutoff": cutoff, "wape": wape, "actual": actual,
             "mean": 1.1 * actual, "pooling": "partial" if model == "workbench" else "complete"}
            for model, cutoff, wape, actual in rows
        ]
    )  # fmt: skip


def test_models_are_compared_at_the_same_cutoffs():
    table = scores(
        ("workbench", "a", 0.1, 100.0), ("workbench", "b", 0.4, 300.0),
        ("cohort_mean", "a", 0.2, 100.0), ("cohort_mean", "b", 0.6, 300.0),
        ("last_year", "b", 0.3, 300.0), ("klaviyo", "a", np.nan, 0.0),
    )  # fmt: skip
    extra = table.iloc[:1].assign(pooling="none", wape=9.0)
    found = compare_models(pd.concat([table, extra])).set_index("model")
    assert found["cutoffs"].to_dict() == {"cohort_mean": 2, "last_year": 1, "workbench": 2}
    assert found.loc["workbench", "wape"] == pytest.approx((10 + 120) / 400)
    assert found.loc["cohort_mean", "wape"] == pytest.approx((20 + 180) / 400)
    assert found.loc["cohort_mean", "ours_wape"] == pytest.approx(130 / 400)
    assert found.loc["last_year", "ours_wape"] == pytest.approx(0.4)
    assert found["bias"].to_numpy() == pytest.approx(0.1)
