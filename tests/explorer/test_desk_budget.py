"""The budget desk against the report's tables, brute force, and what holds for any spend."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.explorer.benches import NAMES, budget_of, desk_of, response, values
from workbench.decisions.budget import plan_budget
from workbench.decisions.budget_draws import WEEKS_PER_MONTH
from workbench.decisions.budget_settings import BudgetSettings
from workbench.explorer.desk_budget import (
    BudgetDesk,
    budget_answer,
    open_budget_desk,
    proposed_spend,
)
from workbench.explorer.sentence import Sentence

DESK = desk_of()
SETTINGS = BudgetSettings()


def test_todays_spend_changes_nothing() -> None:
    answer = budget_answer(DESK, {})
    assert answer.channels["channel"].tolist() == ["Channel 1", "Channel 2"]
    assert (answer.channels["profit_change_mean"] == 0).all()
    assert answer.channels["p_better"].isna().all()
    assert np.isnan(answer.total["p_better"])
    assert answer.total["spend"] == pytest.approx(DESK.today.sum() * WEEKS_PER_MONTH)
    assert answer.total["loss_1_in_20"] == 0.0


def test_at_todays_spend_it_says_what_the_report_says() -> None:
    ours = budget_answer(DESK, {}).channels.set_index("channel")
    plan = plan_budget(response(), values(), NAMES, SETTINGS, currency="USD")
    theirs = plan.table.set_index("channel").loc[ours.index]
    for our, their in {
        "marginal_cac_mean": "marginal_cac",
        "marginal_cac_low": "marginal_cac_q05",
        "marginal_cac_high": "marginal_cac_q95",
        "marginal_value_mean": "marginal_value",
        "marginal_value_low": "marginal_value_q05",
        "cac_now": "cac",
        "spend_now": "spend_now",
    }.items():
        np.testing.assert_allclose(ours[our], theirs[their], rtol=1e-9, err_msg=our)


def test_a_change_is_the_sum_over_draws_written_out() -> None:
    spend = {"Channel 1": float(1.3 * DESK.today[0]), "Channel 2": float(0.6 * DESK.today[1])}
    answer = budget_answer(DESK, spend, interval=0.8)
    draws, total = DESK.draws, np.zeros(DESK.draws.value.shape[1])
    for i, ratio in enumerate((1.3, 0.6)):
        e, h = DESK.response.elasticity[i], DESK.response.hill[i]
        q = h / e - 1.0
        curve = ratio**h * (1.0 + q) / (1.0 + q * ratio**h)
        won = draws.customers[i] * draws.incrementality[i] * (curve - 1.0)
        profit = WEEKS_PER_MONTH * (won * draws.value[i] - (ratio - 1.0) * DESK.today[i])
        row = answer.channels.iloc[i]
        assert row["profit_change_mean"] == pytest.approx(profit.mean())
        assert row["profit_change_low"] == pytest.approx(np.quantile(profit, 0.1))
        assert row["p_better"] == (profit > 0).mean()
        total += profit
    assert answer.total["profit_change_mean"] == pytest.approx(total.mean())
    assert answer.total["profit_change_high"] == pytest.approx(np.quantile(total, 0.9))
    assert answer.total["p_better"] == (total > 0).mean()


def test_marginal_cac_is_the_slope_of_the_curve() -> None:
    step, spend = 1e-4, 1.4 * DESK.today

    def caused(factor: float) -> np.ndarray:
        ratio = np.ones((1, 3))
        ratio[0, :2] = factor * spend / DESK.today
        curve = DESK.response.relative(ratio)[0][DESK.draws.position]
        return DESK.draws.customers * DESK.draws.incrementality * curve

    slope = (caused(1 + step) - caused(1 - step)) / (2 * step * spend[:, None])
    told = budget_answer(DESK, dict(zip(DESK.channels, spend, strict=True))).channels
    np.testing.assert_allclose(told["marginal_cac_mean"], 1.0 / slope.mean(axis=1), rtol=1e-6)


@given(st.lists(st.floats(0.0, 3.0), min_size=2, max_size=2), st.floats(0.5, 0.95))
def test_any_spend_has_finite_ordered_figures(ratios: list[float], interval: float) -> None:
    spend = dict(zip(DESK.channels, (np.array(ratios) * DESK.today).tolist(), strict=True))
    answer = budget_answer(DESK, spend, interval=interval)
    table = answer.channels
    for name in ("customers", "marginal_cac", "marginal_value", "profit_change"):
        ends = table[[f"{name}_{end}" for end in ("mean", "low", "high")]].to_numpy()
        assert np.isfinite(ends).all()
        assert (table[f"{name}_low"] <= table[f"{name}_high"]).all()
    assert (table["spend"] <= 2.0 * table["spend_now"] * (1 + 1e-12)).all()
    assert table["profit_change_mean"].sum() == pytest.approx(answer.total["profit_change_mean"])


def test_more_spend_costs_more_at_the_margin() -> None:
    costs = [
        budget_answer(DESK, {"Channel 1": spend}).channels["marginal_cac_mean"][0]
        for spend in (np.array([0.2, 0.6, 1.0, 1.4, 2.0]) * DESK.today[0]).tolist()
    ]
    assert costs == sorted(costs)


def test_the_proposal_is_that_of_the_report() -> None:
    told = proposed_spend(budget_of(response(), values(), NAMES), SETTINGS, "USD")
    plan = plan_budget(response(), values(), NAMES, SETTINGS, currency="USD").table
    moved = plan[plan["change"].abs() > 1e-9]
    assert set(told) == set(moved["channel"])
    for row in moved.to_dict("records"):
        assert told[row["channel"]] * WEEKS_PER_MONTH == pytest.approx(row["spend_proposed"])
    for name, spend in told.items():
        at = DESK.channels.index(name)
        assert 0.8 - 1e-9 <= spend / DESK.today[at] <= 1.2 + 1e-9


def test_a_brand_without_budget_gets_a_sentence() -> None:
    told = open_budget_desk({"note": "No budget: the log holds no money."})
    assert isinstance(told, Sentence)
    assert "holds no money" in told.text
    assert proposed_spend({}, SETTINGS, "USD") == {}


def test_channels_without_spend_today_are_not_on_the_desk() -> None:
    assert "Resting" not in DESK.channels
    assert isinstance(DESK, BudgetDesk)


def test_customers_of_unknown_channel_count_as_in_the_report() -> None:
    """Average and marginal CAC fall alike, and both are those of the budget table."""
    each = 1.0 + np.random.default_rng(8).uniform(0.1, 0.4, values().shape)
    told = budget_of(response(), values(), NAMES) | {"per_counted": each}
    desk = open_budget_desk(told, SETTINGS)
    assert isinstance(desk, BudgetDesk)
    ours = budget_answer(desk, {}).channels.set_index("channel")
    alone = budget_answer(DESK, {}).channels.set_index("channel")
    plan = plan_budget(
        response(), values(), NAMES, SETTINGS, currency="USD", per_counted=each
    ).table.set_index("channel")
    for our, their in {
        "marginal_cac_mean": "marginal_cac", "marginal_cac_high": "marginal_cac_q95",
        "marginal_value_mean": "marginal_value", "cac_now": "cac",
    }.items():  # fmt: skip
        np.testing.assert_allclose(ours[our], plan.loc[ours.index, their], rtol=1e-9, err_msg=our)
    for name in ("cac_now", "cac_mean", "marginal_cac_mean"):
        assert (ours[name] / alone[name]).between(0.7, 0.9).all(), name
