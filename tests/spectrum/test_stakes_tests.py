"""What the order of a backlog is worth, against the expectation in closed form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.experiment_year import ranking_values, year_of_tests
from workbench.spectrum.stakes_tests import DRAWS, _profit, ranking_gain

SETTINGS = ExperimentSettings()


def ideas() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    n = 6
    weeks = rng.integers(2, 12, n).astype(float)
    return pd.DataFrame(
        {
            "id": [f"E{i}" for i in range(n)],
            "title": "t",
            "status": "backlog",
            "surface": ["cart", "page", "cart", "page", "mail", "mail"],
            "evsi_net": [900.0, -50.0, 400.0, 300.0, -20.0, 700.0],
            "weeks": weeks,
            "weeks_to_result": weeks + 2.0,
            "effort_days": rng.uniform(1, 5, n),
            "weekly_traffic": rng.integers(500, 4_000, n).astype(float),
            "value_per_lift": rng.uniform(20, 60, n),
            "noise_sd": rng.uniform(0.2, 0.5, n),
            "prior_mean": rng.normal(0, 0.002, n),
            "prior_sd": rng.uniform(0.005, 0.02, n),
            "cost": rng.uniform(100, 900, n),
            "sample_80_power": 20_000.0,
            "rank": [1.0, 6.0, 3.0, 4.0, 5.0, 2.0],
            "rank_ice": [6.0, 1.0, 2.0, 5.0, 3.0, 4.0],
            "rank_pie": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "rank_pxl": np.nan,
        }
    )


def year(table: pd.DataFrame) -> pd.DataFrame:
    made = year_of_tests(table, SETTINGS)
    return made.assign(weeks_left=SETTINGS.year_weeks - made["end_week"])


def test_the_draws_of_every_test_have_the_expected_profit():
    table = ideas().set_index("id")
    for slot in year(ideas()).query("ranking in ('EVSI', 'ICE')").to_dict("records"):
        draws = _profit(table.loc[slot["id"]], slot)
        error = draws.std() / DRAWS**0.5
        # 4 standard errors of the simulation, for eleven tests
        assert abs(draws.mean() - slot["profit"]) < 4 * error


def test_the_gain_is_that_of_the_rankings_against_the_best_usual_order():
    found = ranking_gain(ideas(), year(ideas()))
    values = ranking_values(year(ideas())).set_index("ranking")["less_than_evsi"]
    usual = values.drop(["EVSI", "ICE, 80% power"])
    assert found is not None
    assert found.usual == usual.idxmin()
    assert found.mean == pytest.approx(usual.min())
    assert found.q05 < found.mean < found.q95
    assert 0 < found.p_above_0 < 1


def test_the_same_order_is_worth_exactly_nothing():
    table = ideas()[lambda f: f["evsi_net"] > 0].assign(rank_pie=np.nan)
    table["rank_ice"] = table["rank"]
    found = ranking_gain(table, year(table))
    assert found is not None
    assert [found.mean, found.q05, found.q95] == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)


def test_without_a_usual_order_there_is_no_figure():
    table = ideas().assign(rank_ice=np.nan, rank_pie=np.nan)
    assert ranking_gain(table, year(table)) is None
    assert ranking_gain(pd.DataFrame(), pd.DataFrame()) is None
