"""The budget decision: tables add up, verbs follow their rule, bad input is handled as stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.decisions.budget import BudgetPlan, plan_budget
from workbench.decisions.budget_draws import WEEKS_PER_MONTH
from workbench.decisions.budget_settings import BudgetSettings
from workbench.decisions.budget_tables import verb_for
from workbench.errors import InputError
from workbench.models.channel_weeks import channel_weeks
from workbench.models.response import ResponseDraws, fit_response
from workbench.simulate.response import ResponseShop, simulate_response
from workbench.value.unknown import unknown_parts


@pytest.fixture(scope="module")
def shop() -> ResponseShop:
    return simulate_response(3, channels=4, weeks=60)


@pytest.fixture(scope="module")
def response(shop) -> ResponseDraws:
    data = channel_weeks(shop.spend, shop.customers, shop.end.date())
    return fit_response(data, draws=600, seed=2)


def values(shop: ResponseShop, sd: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(4)
    return shop.value[:, None] * np.exp(sd * rng.normal(size=(len(shop.value), 800)))


def propose(response: ResponseDraws, shop: ResponseShop, **settings: object) -> BudgetPlan:
    chosen = BudgetSettings(**settings)  # type: ignore[arg-type]
    return plan_budget(response, values(shop), shop.channels, chosen, currency="EUR")


@pytest.fixture(scope="module")
def plan(response, shop) -> BudgetPlan:
    return propose(response, shop)


def test_columns_and_bounds(plan, shop):
    needed = """channel spend_now spend_proposed change marginal_value marginal_cac cac
        expected_profit_change q05 q95 p_better identified elasticity_mean elasticity_q05
        elasticity_q95 p_cac_above_value verb reason"""
    assert set(needed.split()) <= set(plan.table.columns)
    table = plan.table
    assert sorted(table["channel"]) == shop.channels
    assert (table["spend_proposed"] >= 0.8 * table["spend_now"] - 1e-6).all()
    assert (table["spend_proposed"] <= 1.2 * table["spend_now"] + 1e-6).all()
    assert table["spend_proposed"].sum() <= table["spend_now"].sum() + 1e-6
    assert table["p_cac_above_value"].is_monotonic_decreasing
    assert plan.left_out["channels without spend"] == 1


def test_spend_now_is_the_observed_mean_of_the_recent_weeks(plan, shop):
    last = shop.spend[shop.spend["date"] > shop.end - pd.Timedelta(days=56)]
    monthly = last.groupby("channel")["spend"].sum() / 8 * WEEKS_PER_MONTH
    ours = plan.table.set_index("channel")["spend_now"]
    assert ours.sort_index().to_numpy() == pytest.approx(monthly.sort_index().to_numpy())


def test_rows_add_up_to_the_plan(plan):
    row = plan.summary.iloc[0]
    total = plan.table["expected_profit_change"].sum()
    assert total == pytest.approx(row["expected_profit_change"], rel=1e-6, abs=1e-6)
    assert row["expected_profit_change"] == pytest.approx(plan.change.mean())
    assert row["p_better"] == (plan.change > 0).mean()
    assert row["q05"] <= row["expected_profit_change"] <= row["q95"]
    assert row["cvar_05"] <= row["q05"]


def test_probability_and_interval_agree(plan):
    """At most 1 in 20 below q05, so a row whose q05 is above zero is better in 95% and more."""
    moved = plan.table.dropna(subset=["p_better"])
    assert len(moved)
    for row in moved.to_dict("records"):
        if row["q05"] > 0:
            assert row["p_better"] >= 0.95
        if row["q95"] < 0:
            assert row["p_better"] <= 0.05


def test_marginal_value_is_the_slope_of_expected_value(response, plan, shop):
    """Against a difference of 0.1% of spend, from the same prior of what spend causes (0.8)."""
    up = response.relative(np.full((1, 4), 1.001))[0]
    slope = response.customers * (up - 1.0) / (0.001 * response.spend_now[:, None])
    expected = 0.8 * slope.mean(axis=1) * values(shop).mean(axis=1)
    table = plan.table.set_index("channel").loc[shop.channels]
    assert table["marginal_value"].to_numpy() == pytest.approx(expected, rel=0.04)
    assert (table["marginal_cac"] > table["cac"]).all()


def test_no_uncertainty_no_regret_and_certain_gain(response, shop):
    """With every draw alike the plan is the best there is: P(better) 1, regret 0."""
    flat = replace(
        response,
        customers=np.repeat(response.customers.mean(axis=1, keepdims=True), 600, axis=1),
        elasticity=np.repeat(response.elasticity.mean(axis=1, keepdims=True), 600, axis=1),
        hill=np.repeat(response.hill.mean(axis=1, keepdims=True), 600, axis=1),
    )
    chosen = BudgetSettings(incrementality_sd=1e-6)
    value = np.repeat(shop.value[:, None], 10, axis=1)
    row = plan_budget(flat, value, shop.channels, chosen, currency="EUR").summary.iloc[0]
    assert row["p_better"] == 1.0
    assert row["expected_regret"] == pytest.approx(0.0, abs=1e-3 * row["spend_now"])
    assert row["q05"] == pytest.approx(row["q95"], rel=1e-3)


def test_nothing_to_gain_is_left_alone(response, shop):
    row = propose(response, shop, bound=0.0).summary.iloc[0]
    assert row["changes"] == 0
    assert row["expected_profit_change"] == 0.0
    assert np.isnan(row["p_better"])


def test_bounds_and_total_are_kept(response, shop):
    first = shop.channels[0]
    now = response.spend_now.sum() * WEEKS_PER_MONTH
    plan = propose(response, shop, bounds={first: 0.05}, total=1.1 * now)
    rows = plan.table.set_index("channel")
    assert abs(rows.loc[first, "change"]) <= 0.05 * rows.loc[first, "spend_now"] + 1e-6
    assert rows["spend_proposed"].sum() <= 1.1 * now + 1e-6
    less = propose(response, shop, total=0.85 * now)
    assert less.table["spend_proposed"].sum() <= 0.85 * now + 1e-6
    with pytest.raises(InputError, match="lower bound"):
        propose(response, shop, total=0.5 * now)
    with pytest.raises(InputError, match="no spend"):
        propose(response, shop, bounds={"Fax": 0.1})


def test_averse_to_risk_loses_less_in_the_worst_cases(response, shop):
    expected = propose(response, shop)
    averse = propose(response, shop, risk="cvar", level=0.05)
    assert averse.summary["cvar_05"].iloc[0] >= expected.summary["cvar_05"].iloc[0] - 50.0


def test_a_geo_test_narrows_what_it_measured(response, shop):
    first = shop.channels[1]
    tested = propose(
        response,
        shop,
        channel_incrementality={first: 0.3},
        channel_incrementality_sd={first: 0.02},
    )
    before = propose(response, shop).table.set_index("channel").loc[first]
    after = tested.table.set_index("channel").loc[first]
    assert after["marginal_value"] == pytest.approx(0.3 / 0.8 * before["marginal_value"], rel=0.05)
    width = ["marginal_value_q05", "marginal_value_q95"]
    assert after[width[1]] - after[width[0]] < before[width[1]] - before[width[0]]


def test_constant_spend_is_marked_and_never_moved_whole(plan):
    row = plan.table.set_index("channel").loc["Channel A"]
    assert not row["identified"]
    assert "prior" in row["reason"]
    assert row["verb"] != "move"


def test_spend_without_customers_or_value_stays_as_it_is(shop):
    customers = shop.customers[shop.customers["channel"] != "Channel B"]
    data = channel_weeks(shop.spend, customers, shop.end.date())
    response = fit_response(data, draws=200, seed=2)
    known = shop.channels[:1] + shop.channels[2:]
    value = values(shop)[[0, 2, 3]]
    plan = plan_budget(response, value, known, currency="EUR")
    row = plan.table.set_index("channel").loc["Channel B"]
    assert row["change"] == 0
    assert row["verb"] == "leave"
    assert "tracking" in row["reason"]
    assert np.isnan(row["cac"])
    assert plan.left_out["channels kept at today's spend"] == 1


def test_no_channel_with_value_still_gives_a_table(response):
    plan = plan_budget(response, np.ones((1, 50)), ["Elsewhere"], currency="EUR")
    assert (plan.table["change"] == 0).all()
    assert plan.summary["verb"].iloc[0] == "leave"
    assert plan.curves.empty


def test_same_input_same_bytes(response, shop, plan):
    again = propose(response, shop)
    assert again.table.to_csv() == plan.table.to_csv()
    assert again.summary.to_csv() == plan.summary.to_csv()


@pytest.mark.parametrize(
    ("p", "loss", "pays", "verb"),
    [
        (0.80, 10.0, False, "move"),
        (0.95, 10.1, False, "move a part and measure"),
        (0.799, 0.0, False, "move a part and measure"),
        (0.55, 0.0, False, "move a part and measure"),
        (0.549, 0.0, True, "test first"),
        (0.20, 0.0, True, "test first"),
        (0.549, 0.0, False, "leave"),
        (0.199, 0.0, True, "leave"),
    ],
)
def test_verbs(p, loss, pays, verb):
    assert verb_for(p, loss, 10.0, test_pays=pays) == verb


def test_settings_name_every_problem_at_once():
    with pytest.raises(InputError) as caught:
        BudgetSettings(bound=1.2, risk="var", level=0.0, draws=3, bounds={"Meta Ads": -0.1})
    assert len(caught.value.problems) == 5
    assert "decisions.budget.bounds.Meta Ads" in str(caught.value)


LOST = 0.25
"""Share of customers whose source is lost, in the middle; each channel has its own."""


def marginal_cac(seed: int) -> pd.DataFrame:
    """A shop that loses the source of some customers: true marginal CAC, and what is said of it."""
    shop = simulate_response(seed, channels=4, weeks=104, volume=80.0, constant=0)
    rng = np.random.default_rng([seed, 97])
    names = [*shop.channels, "Direct"]
    lost = 1.0 / (1.0 + np.exp(np.log(1 / LOST - 1) + 0.5 * rng.normal(size=5)))
    channel = shop.customers["channel"].to_numpy(dtype=object)
    gone = rng.random(len(channel)) < lost[pd.Index(names).get_indexer(channel)]
    seen = shop.customers.assign(channel=np.where(gone, "Unknown", channel))
    year = seen["first_day"] > shop.end - pd.Timedelta(days=365)
    counted = seen[year].groupby("channel").size().astype(float)
    parts = unknown_parts(list(counted.index), counted.to_numpy(), draws=800, seed=seed)
    each = 1.0 + parts / counted.to_numpy()[:, None]
    value = np.full((len(counted), 800), 100.0)

    def told(customers: pd.DataFrame, each: np.ndarray | None) -> pd.DataFrame:
        data = channel_weeks(shop.spend, customers, shop.end.date())
        response = fit_response(data, draws=400, seed=seed)
        plan = plan_budget(response, value, list(counted.index), currency="EUR", per_counted=each)
        return plan.table.set_index("channel").loc[shop.channels]

    now = shop.spend[shop.spend["date"] > shop.end - pd.Timedelta(days=56)]
    now = now.groupby("channel")["spend"].sum().to_numpy() / 8
    slope = shop.incremental * shop.elasticity(now) * shop.counted(now) / now
    ours, whole, before = told(seen, each), told(shop.customers, None), told(seen, None)
    inside = {
        f"inside_{name}": one["marginal_cac_q05"].lt(1 / slope)
        & one["marginal_cac_q95"].gt(1 / slope)
        for name, one in {"ours": ours, "whole": whole, "before": before}.items()
    }
    return pd.DataFrame(
        {
            "off": np.log(ours["marginal_cac"] / whole["marginal_cac"]),
            "off_before": np.log(before["marginal_cac"] / whole["marginal_cac"]),
            "off_average": np.log(ours["cac"] / whole["cac"]),
            **inside,
        }
    )


def test_marginal_cac_counts_customers_of_unknown_channel_as_average_cac_does():
    """Shops that lose a quarter of the sources, more of one channel than of another.

    Had no source been lost, marginal CAC would be `whole`; over counted customers alone it is
    about 30% too high, with each channel's part of the unknown ones as near as average CAC is. Over
    64 channels of 16 shops its 90% interval held the truth in 83% of them, as it would have had no
    source been lost, and in 56% before.
    """
    rows = pd.concat([marginal_cac(seed) for seed in range(4)])
    assert rows["off_before"].mean() > 0.2
    assert abs(rows["off"].mean()) < 0.5 * rows["off_before"].mean()
    assert rows["off"].mean() == pytest.approx(rows["off_average"].mean(), abs=0.05)
    assert rows["inside_ours"].mean() >= rows["inside_whole"].mean() - 0.15
    assert rows["inside_ours"].mean() > rows["inside_before"].mean() + 0.15


def test_what_a_geo_test_found_holds_customers_of_unknown_channel_already(response, shop):
    each = np.full((len(shop.channels), 800), 1.3)
    tested = shop.channels[0]
    chosen = BudgetSettings(
        channel_incrementality={tested: 0.9}, channel_incrementality_sd={tested: 0.05}
    )
    rows = [
        plan_budget(
            response, values(shop), shop.channels, chosen, currency="EUR", per_counted=one
        ).table.set_index("channel")["marginal_cac"]
        for one in (None, each)
    ]
    ratio = rows[0] / rows[1]
    assert ratio[tested] == pytest.approx(1.0)
    assert ratio.drop(tested).to_numpy() == pytest.approx(1.3)
