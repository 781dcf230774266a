"""The ranked backlog: figures against simulated tests, and every odd entry in words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.decisions.experiment_backlog import backlog, money
from workbench.decisions import experiment_value as ev
from workbench.decisions.experiment_idea import value_by_size
from workbench.decisions.experiment_metrics import money_from_orders, noise_of_lift, read_metric
from workbench.decisions.experiment_settings import KINDS, ExperimentSettings
from workbench.decisions.experiments import experiment_table, left_out
from workbench.decisions.lift_prior import LiftPrior
from workbench.errors import InputError, WorkbenchError

SETTINGS = ExperimentSettings()
FIGURES = ["expected_profit_12m", "q05", "q95", "p_win", "evsi", "evsi_per_week", "weeks"]
CONTRACT = (
    "id title expected_profit_12m q05 q95 p_win evsi evsi_per_week weeks sample_per_arm rank "
    "rank_ice rank_pie rank_pxl"
).split()


def one(*rows, **settings):
    table = experiment_table(backlog(*rows), money(), settings=replace(SETTINGS, **settings))
    return table.set_index("id").loc["E1"]


def test_the_columns_of_the_contract():
    assert set(CONTRACT) <= set(experiment_table(backlog(), money()))


def test_figures_of_an_order_rate_test_against_a_year_with_real_orders():
    """Binomial orders week by week, a decision by the posterior mean, 12-month value of orders."""
    row = one({"surface": "landing page", "effort_days": 3.0})
    rng = np.random.default_rng(8)
    n, years = int(row["sample_per_arm"]), 60_000
    lift = 0.03 * rng.normal(size=years)
    control = rng.binomial(n, 0.03, size=years) / n
    variant = rng.binomial(n, 0.03 * (1 + lift)) / n
    estimate = variant / control - 1
    rolled_out = estimate > 0  # the prior mean is 0, so the sign decides
    value = rng.choice(money().new_customer, size=years)
    left = 52 - row["weeks_to_result"]
    people = 20_000 * (row["weeks"] / 2 + left * rolled_out)
    profit = 0.03 * value * lift * people - 3 * 600
    se = profit.std() / math.sqrt(years)
    assert row["expected_profit_12m"] == pytest.approx(profit.mean(), abs=4 * se)
    # the value draws are 500, the draws of the interval 4,000: its ends are known to a few %
    spread = profit.std()
    assert row["q05"] == pytest.approx(np.quantile(profit, 0.05), abs=0.06 * spread)
    assert row["q95"] == pytest.approx(np.quantile(profit, 0.95), abs=0.12 * spread)
    assert row["p_win"] == pytest.approx(rolled_out.mean(), abs=0.01)
    yearly = 52 * 20_000 * 0.03 * 80
    assert row["naive_gain"] == pytest.approx(yearly * estimate[rolled_out].mean(), rel=0.03)
    assert row["corrected_gain"] == pytest.approx(yearly * lift[rolled_out].mean(), rel=0.03)


def test_evsi_is_what_the_test_adds_to_the_best_action_without_it():
    for mean in (-0.02, 0.0, 0.02):
        table = experiment_table(backlog(), money(), priors={"order rate": LiftPrior(mean, 0.03)})
        row = table.iloc[0]
        gross = row["expected_profit_12m"] + row["cost"]
        assert row["evsi"] == pytest.approx(gross - max(0.0, row["profit_launch"] + row["cost"]))
        assert row["evsi_net"] == pytest.approx(
            row["expected_profit_12m"] - max(0.0, row["profit_launch"])
        )
        assert row["evsi_per_week"] == pytest.approx(row["evsi_net"] / row["weeks"])


def test_a_narrower_prior_makes_knowing_worth_less():
    row = one()
    assert row["evsi_net_narrow"] < 0.5 * row["evsi_net"]


def test_weeks_are_the_best_whole_weeks_near_the_unconstrained_optimum():
    row = one(max_weeks=50)
    worth = [
        ev.value_with_test(0, 0.03, row["noise_sd"], 10_000 * w, row["population"], 20_000)
        for w in range(2, 51)
    ]
    assert row["weeks"] == 2 + int(np.argmax(worth))
    assert row["sample_per_arm"] == pytest.approx(row["sample_best"], abs=10_000)
    assert one(max_weeks=4)["weeks"] == 4
    assert one(min_weeks=20, max_weeks=30)["weeks"] == 20


def test_ideas_waiting_for_the_same_traffic_shorten_a_test():
    alone = one()
    shared = one({}, {"baseline_rate": 0.025}, {"baseline_rate": 0.02}, {"baseline_rate": 0.028})
    elsewhere = one({}, {"surface": "cart"}, {"surface": "checkout"}, {"surface": "search"})
    assert shared["weeks"] < alone["weeks"] == elsewhere["weeks"]
    assert shared["week_price"] > alone["week_price"] == 0


def test_a_repeat_metric_waits_for_its_days():
    rows = [{"surface": "e-mail", "primary_metric": f"repeat in {days} days",
             "baseline_rate": 0.1} for days in (60, 90)]  # fmt: skip
    table = experiment_table(backlog(*rows), money()).set_index("id")
    wait = table["weeks_to_result"] - table["weeks"]
    assert wait.tolist() == pytest.approx([60 / 7, 90 / 7])
    late = experiment_table(backlog(rows[1]), money(), settings=replace(SETTINGS, horizon_weeks=12))
    assert "after the horizon" in late["note"].iloc[0]


@pytest.mark.parametrize(
    ("metric", "surface", "channel", "unit"),
    [
        ("order rate", "landing page", "", 0.03 * 80),
        ("conversion rate", "ads", "Meta Ads", 0.03 * 60),
        ("order rate", "e-mail", "Email", 0.03 * 40),
        ("order rate", "product page", "", 0.03 * 60),
        ("AOV", "cart", "", 0.03 * 100 * 0.6),
        ("repeat in 60 days", "e-mail", "", 0.03 * 40),
        ("new customers", "ads", "Meta Ads", 0.03 * (60 - 25)),
    ],
)
def test_what_a_unit_of_lift_is_worth(metric, surface, channel, unit):
    worth = money(cost_of_new_customer={"Meta Ads": 25.0})
    rows = backlog({"primary_metric": metric, "surface": surface, "channel": channel})
    found = experiment_table(rows, worth)["value_per_lift"].iloc[0]
    assert found == pytest.approx(unit, rel=0.02)


def test_carry_prices_an_early_repeat_at_what_it_becomes():
    rows = backlog({"primary_metric": "repeat in 60 days", "surface": "e-mail"})
    plain = experiment_table(rows, money())["value_per_lift"].iloc[0]
    carried = experiment_table(rows, money(carry=np.full(500, 1.3)))["value_per_lift"].iloc[0]
    assert carried == pytest.approx(1.3 * plain)


def test_noise_of_an_order_value_is_that_of_value_per_person():
    rng = np.random.default_rng(9)
    value = (rng.random(500_000) < 0.4) * rng.gamma(2, 50, 500_000)
    assert noise_of_lift("order value", 0.4, math.sqrt(0.5)) == pytest.approx(
        value.std() / value.mean(), rel=0.01
    )
    assert noise_of_lift("order rate", 0.03, 0.7) == pytest.approx(math.sqrt(0.97 / 0.03))


BAD = {
    "baseline_rate is missing": {"baseline_rate": math.nan},
    "baseline_rate 0 is impossible": {"baseline_rate": 0.0},
    "baseline_rate 1 is impossible": {"baseline_rate": 1.0},
    "baseline_rate 3.2 is impossible": {"baseline_rate": 3.2},
    "baseline_rate -0.1 is impossible": {"baseline_rate": -0.1},
    "weekly_traffic is missing": {"weekly_traffic": math.nan},
    "no traffic": {"weekly_traffic": 0.0},
    "less than one person": {"weekly_traffic": 0.01},
    "effort_days is negative": {"effort_days": -1.0},
    "cost_to_run is negative": {"cost_to_run": -5.0},
    "primary_metric is not known": {"primary_metric": "scroll depth"},
    "more than the brand sells": {"weekly_traffic": 1e6},
}


def test_entries_that_make_no_sense_are_explained_and_raise_nothing():
    rows = backlog(*BAD.values(), {}, {"primary_metric": None, "baseline_rate": np.inf})
    table = experiment_table(rows, money(orders_per_week=2_000.0)).set_index("id")
    for number, words in enumerate(BAD, start=1):
        row = table.loc[f"E{number}"]
        assert words in row["note"]
        assert row[FIGURES].isna().all()
        assert math.isnan(row["rank"])
        assert row["verb"] == "complete the entry"
    assert table.loc["E13", "rank"] == 1
    assert table.loc["E14", "note"].count("primary_metric is not known") == 1
    counted = left_out(table.reset_index()).set_index("note")["experiments"]
    assert counted["effort_days is negative"] == 1
    assert counted["primary_metric is not known"] == 2
    assert counted["baseline_rate is impossible"] == 4


def test_zero_value_is_not_ranked_and_a_zero_in_the_backlog_is_said():
    table = experiment_table(backlog({"surface": "ads"}), money(new_customer=np.zeros(10)))
    assert "zero value" in table["note"].iloc[0]
    assert math.isnan(table["rank"].iloc[0])
    note = experiment_table(backlog({"aov_or_clv": 0.0}), money())["note"].iloc[0]
    assert "aov_or_clv is 0" in note


def test_duplicates_finished_and_running_ideas_are_no_candidates():
    rows = backlog({}, {"id": "E1"}, {"status": "Done"}, {"status": "running"}, {})
    table = experiment_table(rows, money(), finished=["E5"])
    assert len(table) == 5
    note = table.set_index("id")["note"]
    assert any("occurs twice" in one for one in note["E1"])
    assert table["rank"].notna().sum() == 1
    assert table["rank_ice"].notna().sum() == 1
    verb = table.drop_duplicates("id").set_index("id")["verb"]
    assert verb.to_dict() == {"E1": "test first", "E3": "", "E4": "wait for its result", "E5": ""}


def test_missing_effort_is_assumed_and_said():
    row = one({"effort_days": math.nan})
    assert row["cost"] == 5 * 600
    assert "effort_days is missing: 5 assumed" in row["note"]


def test_cost_to_run_adds_to_the_work_or_holds_it():
    entry = {"effort_days": 2.0, "cost_to_run": 1500.0}
    assert one(entry)["cost"] == 2 * 600 + 1500
    assert one(entry, cost_to_run_includes_work=True)["cost"] == 1500


@pytest.mark.parametrize(
    ("mean", "effort", "verb"),
    [
        (0.0, 2.0, "test first"),
        (0.0, 500.0, "leave"),
        (-0.05, 2.0, "leave"),
        (0.01, 2.0, "move a part and measure"),
        (0.05, 2.0, "move"),
    ],
)
def test_verbs_follow_the_rule(mean, effort, verb):
    rows = backlog({"effort_days": effort})
    table = experiment_table(rows, money(), priors={"order rate": LiftPrior(mean, 0.03)})
    assert table["verb"].iloc[0] == verb


def test_a_loss_limit_turns_a_launch_into_a_part():
    table = experiment_table(
        backlog(), money(), priors={"order rate": LiftPrior(0.03, 0.03)},
        settings=replace(SETTINGS, loss_limit=100.0),
    )  # fmt: skip
    assert table["verb"].iloc[0] == "move a part and measure"


def test_scores_that_are_missing_have_no_rank():
    rows = backlog({"impact": 9.0}, {"impact": math.nan}, {})
    table = experiment_table(rows, money()).set_index("id")
    assert table.loc[["E1", "E3"], "rank_ice"].tolist() == [1, 2]
    assert math.isnan(table.loc["E2", "rank_ice"])
    assert table[["rank_pie", "rank_pxl"]].isna().all().all()


def test_same_inputs_same_bytes_whatever_the_order_or_the_neighbours():
    rows = backlog({}, {"surface": "cart"}, {"surface": "ads"})
    first = experiment_table(rows, money())
    again = experiment_table(rows.iloc[::-1], money())
    pd.testing.assert_frame_equal(first, again)
    alone = experiment_table(rows.iloc[:1], money()).iloc[0]
    assert alone["q05"] == first.set_index("id").loc["E1", "q05"]


def test_hostile_and_empty_backlogs():
    hostile = {"title": '=cmd|" /C calc"!A0', "surface": "<script>", "channel": "%{x}"}
    assert experiment_table(backlog(hostile), money())["title"].iloc[0] == hostile["title"]
    empty = experiment_table(backlog().iloc[:0], money())
    assert len(empty) == 0
    assert set(CONTRACT) <= set(empty)
    bare = experiment_table(pd.DataFrame({"id": ["a"], "title": ["b"]}), money())
    assert "baseline_rate is missing" in bare["note"].iloc[0]


def test_value_by_size_peaks_at_the_best_size():
    row = one()
    curve = value_by_size(row.to_dict(), SETTINGS)
    peak = curve.loc[curve["expected_profit"].idxmax(), "sample_per_arm"]
    assert peak == pytest.approx(row["sample_best"], rel=0.05)
    assert curve["p_win"].between(0, 1).all()


@pytest.mark.parametrize(
    ("text", "kind", "days"),
    [("Order rate", "order rate", 7), ("CVR", "order rate", 7), ("AOV", "order value", 7),
     ("repeat in 90 days", "repeat", 90), ("second-order rate, 45d", "repeat", 45),
     ("New customers", "new customers", 7)],
)  # fmt: skip
def test_metrics_are_told_by_their_words(text, kind, days):
    metric = read_metric(text, SETTINGS)
    assert (metric.kind, metric.days) == (kind, days)
    assert kind in KINDS


def test_money_comes_from_a_valuation_and_orders():
    rng = np.random.default_rng(3)
    revenue = rng.gamma(4, 25, 5_000)
    first = rng.random(5_000) < 0.6
    value = np.array([[50.0, 60.0], [100.0, 110.0]])
    found = money_from_orders(
        ["Direct", "Meta Ads"], value, {"Direct": 30, "Meta Ads": 10},
        revenue=np.append(revenue, np.nan), contribution=np.append(0.6 * revenue - 9, 5),
        first=np.append(first, True), seed=1, weeks=50,
    )  # fmt: skip
    assert found.new_customer == pytest.approx([62.5, 72.5])
    assert found.unit_margin == pytest.approx([0.6])
    assert found.orders_per_week == 100
    assert found.new_share == pytest.approx(first.mean())
    assert found.order.mean() == pytest.approx((0.6 * revenue - 9)[~first].mean(), rel=0.02)
    with pytest.raises(WorkbenchError, match="no order has revenue"):
        money_from_orders(["a"], value[:1], {}, revenue=np.array([np.nan]),
                          contribution=np.array([1.0]), first=np.array([True]), seed=1)  # fmt: skip


def test_settings_may_name_some_kinds_only():
    settings = ExperimentSettings(prior_sd={"repeat": 0.1})
    assert settings.prior_sd["repeat"] == 0.1
    assert settings.prior_sd["order rate"] == SETTINGS.prior_sd["order rate"]
    with pytest.raises(InputError, match="unknown kind of metric"):
        ExperimentSettings(days_to_result={"clicks": 3.0})


def test_settings_name_everything_that_does_not_fit():
    with pytest.raises(InputError, match=r"(?s)min_weeks.*day_rate.*prior_sd"):
        ExperimentSettings(min_weeks=0, day_rate=-1, prior_sd={"order rate": 0.0})
