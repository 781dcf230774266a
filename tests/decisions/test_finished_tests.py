from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.decisions.experiment_backlog import backlog, money
from workbench.decisions.experiment_settings import ExperimentSettings
from workbench.decisions.experiments import experiment_table
from workbench.decisions.finished_tests import analyse_tests
from workbench.decisions.lift_estimates import lifts_of_tests
from workbench.decisions.lift_prior import learn_lifts
from workbench.decisions.surrogate import Surrogate

SETTINGS = ExperimentSettings()


def results(**tests: tuple) -> pd.DataFrame:
    """Test -> (exposed, converted) of control and variant, then value and sd of each."""
    rows = []
    for name, cells in tests.items():
        for at, arm in enumerate(("control", "variant")):
            exposed, converted = cells[at]
            value, sd = cells[2 + at] if len(cells) > 2 else (math.nan, math.nan)
            rows.append((name, arm, exposed, converted, value, sd,
                         pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01")))  # fmt: skip
    columns = ["id", "arm", "exposed", "converted", "value_90d_mean", "value_90d_sd", "started",
               "ended"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def row_of(found, name="E1"):
    return found.table.set_index("id").loc[name]


def test_lift_and_its_error_against_beta_draws():
    row = lifts_of_tests(results(E1=((20_000, 600), (20_100, 690)))).loc["E1"]
    rng = np.random.default_rng(1)
    ratio = rng.beta(690.5, 19_410.5, 400_000) / rng.beta(600.5, 19_400.5, 400_000) - 1
    assert row["lift"] == pytest.approx(ratio.mean(), abs=0.01 * ratio.std() + 2e-3)
    assert row["lift_se"] == pytest.approx(ratio.std(), rel=0.01)


def test_a_winner_is_worth_less_than_it_showed():
    row = row_of(analyse_tests(results(E1=((20_000, 600), (20_000, 690))), backlog(), money()))
    assert row["lift"] == pytest.approx(0.15, abs=0.001)
    assert 0 < row["lift_shrunk"] < row["lift"]
    # an own product page: half of the orders are first orders (80), the others worth 40
    unit = 600.5 / 20_001 * 60
    assert row["effect_naive"] == pytest.approx(unit * row["lift"], rel=0.01)
    assert row["effect_q05"] < row["effect_mean"] < row["effect_q95"]
    assert row["corrected_gain_12m"] == pytest.approx(52 * 20_000 * row["effect_mean"])
    assert row["naive_gain_12m"] > row["corrected_gain_12m"] > 0
    assert 0.5 < row["p_better"] < row["p_better_naive"]


def test_intervals_hold_the_truth_they_are_drawn_from():
    rng = np.random.default_rng(7)
    prior = learn_lifts([], [], analysis_prior(), SETTINGS)
    inside, wins, stated, errors = [], [], [], []
    for brand in range(60):
        tau = rng.choice(prior.tau, p=prior.weight)
        mu = math.sqrt(prior.mu_variance[0]) * rng.normal()
        lift = mu + tau * rng.normal(size=8)
        n = 40_000
        tests = {
            f"E{i}": (
                (n, rng.binomial(n, 0.03)),
                (n, rng.binomial(n, min(max(0.03 * (1 + lift[i]), 0), 1))),
            )
            for i in range(8)
        }
        ideas = backlog(*({"id": f"E{i}"} for i in range(8)))
        sure = money(new_customer=np.array([80.0]), order=np.array([40.0]))
        table = analyse_tests(results(**tests), ideas, sure, seed=brand).table
        truth = 0.03 * 60 * lift
        inside += list((table["effect_q05"] <= truth) & (truth <= table["effect_q95"]))
        wins += list(lift > 0)
        stated += list(table["p_better"])
        errors.append((table["lift_shrunk"] - lift).mean())
    assert np.mean(inside) == pytest.approx(0.90, abs=0.04)  # 480 tests, 60 brands
    assert np.mean(wins) == pytest.approx(np.mean(stated), abs=0.06)
    assert abs(np.mean(errors)) < 4 * np.std(errors) / math.sqrt(60)


def analysis_prior():
    from workbench.decisions.lift_prior import default_priors

    return default_priors(SETTINGS)["order rate"]


def test_surrogate_index_turns_90_day_value_into_12_months():
    model = Surrogate(np.array([4.0, 1.5]), np.diag([0.04, 0.0004]), 900, 0.6)
    tests = results(E1=((30_000, 900), (30_000, 900), (1.5, 9.5), (1.65, 9.8)))
    row = row_of(analyse_tests(tests, backlog(), money(), surrogate=model))
    rate = 900.5 / 30_001
    control = 4 * rate + 1.5 * 1.5
    assert row["lift"] == pytest.approx(1.5 * 0.15 / control, rel=1e-6)
    # by simulation of the means, their errors and the regression's
    rng = np.random.default_rng(2)
    a, b = 4 + 0.2 * rng.normal(size=200_000), 1.5 + 0.02 * rng.normal(size=200_000)
    arms = []
    for value, sd in ((1.5, 9.5), (1.65, 9.8)):
        shared = value * (1 - rate)
        cover = np.array([[rate * (1 - rate), shared], [shared, sd**2]]) / 30_000
        x = rng.multivariate_normal([rate, value], cover, size=200_000)
        arms.append(a * x[:, 0] + b * x[:, 1])
    assert row["lift_se"] == pytest.approx((arms[1] / arms[0] - 1).std(), rel=0.02)
    assert "900 mature customers" in row["basis"]


def test_order_value_is_judged_by_value_not_by_orders():
    ideas = backlog({"primary_metric": "order value", "surface": "cart", "baseline_rate": 0.5})
    value = results(E1=((5_000, 2_500), (5_000, 2_500), (50, 60), (53, 62)))
    row = row_of(analyse_tests(value, ideas, money()))
    assert row["lift"] == pytest.approx(0.06)
    missing = row_of(analyse_tests(results(E1=((5_000, 2_500), (5_000, 2_600))), ideas, money()))
    assert math.isnan(missing["effect_mean"])
    assert "needs value_90d_mean" in missing["note"]


def test_what_makes_no_sense_is_said_and_raises_nothing():
    tests = results(
        E1=((0, 0), (100, 3)), E2=((100, 300), (100, 3)), E3=((100, 3), (np.nan, 3)),
        E4=((1_000, 0), (1_000, 0)), E5=((9_000, 90), (5_000, 60)), E9=((900, 9), (900, 12)),
    )  # fmt: skip
    doubled = pd.concat([tests, results(E6=((50, 5), (50, 6))), results(E6=((50, 5), (50, 6)))])
    ideas = backlog({}, {}, {}, {}, {"weekly_traffic": np.nan}, {}, {"primary_metric": "scroll"})
    found = analyse_tests(doubled, ideas, money())
    notes = found.table.set_index("id")["note"]
    assert "shown to nobody" in notes["E1"]
    assert "impossible counts" in notes["E2"]
    assert "missing" in notes["E3"]
    assert "unequal size" in notes["E5"]
    assert "no gain a year" in notes["E5"]
    assert "occurs twice" in notes["E6"]
    assert "not in the backlog" in notes["E9"]
    lifts = found.table.set_index("id")["lift"]
    assert lifts["E4"] == pytest.approx(0)
    assert lifts[["E1", "E2", "E3", "E6"]].isna().all()
    assert found.finished == {"E4", "E5", "E9"}
    assert found.priors["order rate"].tests == 2


def test_a_test_that_still_runs_is_not_judged():
    tests = results(E1=((20_000, 600), (20_000, 690)))
    tests.loc[1, "ended"] = pd.NaT
    assert analyse_tests(tests, backlog(), money()).table.empty


def test_finished_tests_feed_the_priors_of_the_next():
    ideas = backlog(*({"id": f"E{i}"} for i in range(9)))
    losers = results(**{f"E{i}": ((200_000, 6_000), (200_000, 5_700)) for i in range(8)})
    found = analyse_tests(losers, ideas, money())
    assert found.priors["order rate"].mean < -0.02
    table = experiment_table(
        ideas, money(), priors=found.priors, finished=found.finished
    ).set_index("id")
    assert table.loc["E8", "p_win"] < 0.3
    assert table.loc["E0", "verb"] == ""
    assert math.isnan(table.loc["E0", "rank"])


@pytest.mark.parametrize(("converted", "verb"), [(690, "move"), (600, "leave"), (520, "leave")])
def test_verbs(converted, verb):
    tests = results(E1=((20_000, 600), (20_000, converted)))
    assert row_of(analyse_tests(tests, backlog(), money()))["verb"] == verb


def test_a_loss_limit_holds_a_winner_back():
    tests = results(E1=((40_000, 1_200), (40_000, 1_290)))
    free = row_of(analyse_tests(tests, backlog(), money()))
    bound = row_of(
        analyse_tests(tests, backlog(), money(), settings=ExperimentSettings(loss_limit=10.0))
    )
    assert (free["verb"], bound["verb"]) == ("move", "move a part and measure")
