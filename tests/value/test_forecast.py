"""Forecasts of a whole shop: blocks, groups and customers add up, and to what is expected."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.models.handmade import handmade
from workbench.models.data import prepare
from workbench.models.families import mbg
from workbench.models.histories import day_number
from workbench.value import forecast as forecasting
from workbench.value.forecast import simulate
from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.parameters import make_parameters


def run(shop, **changes):
    customers = shop.customers
    age = customers["age_days"].to_numpy()
    given = {
        "horizon": 365 - age,
        "short": 90 - age,
        "in_curve": np.ones(len(customers), dtype=bool),
        "seed": 1,
    } | changes
    parameters = make_parameters(shop.fit, draws=200, horizon=365)
    return parameters, simulate(shop.fit, parameters, customers, **given)


@pytest.fixture(scope="module")
def made(shop):
    return run(shop)


def closed_form(shop, days):
    """Expected orders of each customer within `days` after the as-of date, at the truth."""
    story, customers = shop.story, shop.customers
    clock = np.arange(1, shop.data.calendar.n_days + 1) / 7
    first = clock[day_number(customers["first_day"], shop.data.calendar.start)]
    last = clock[day_number(customers["last_day"], shop.data.calendar.start)]
    drop = customers["channel"].map(story.drop).to_numpy()
    return mbg.expected_purchases(
        np.clip(days, 0, None) / 7,
        customers["repeat_days"].to_numpy(),
        last - first,
        clock[-1] - first,
        r=story.r,
        alpha=story.r / customers["channel"].map(story.rate).to_numpy(),
        a=story.kappa * drop,
        b=story.kappa * (1 - drop),
    )


def test_groups_are_the_cohorts_with_their_customers(shop, made):
    _, forecast = made
    sizes = shop.customers.groupby(GROUP_COLUMNS).size()
    assert forecast.groups[GROUP_COLUMNS].to_numpy().tolist() == [list(key) for key in sizes.index]
    assert forecast.groups["customers"].tolist() == sizes.tolist()
    assert forecast.n_draws == 200


def test_orders_of_each_cohort_are_those_expected(shop, made):
    _, forecast = made
    days = 365 - shop.customers["age_days"].to_numpy()
    expected = (
        shop.customers[GROUP_COLUMNS]
        .assign(orders=np.where(days > 0, closed_form(shop, days), 0.0))
        .groupby(GROUP_COLUMNS)["orders"]
        .sum()
        .to_numpy()
    )
    error = forecast.orders.std(axis=1) / np.sqrt(forecast.n_draws)
    assert np.all(np.abs(forecast.orders.mean(axis=1) - expected) <= 4.5 * error + 1e-9)
    assert expected.sum() > 50


def test_customers_follow_their_own_row(shop, made):
    _, forecast = made
    table = forecast.customers
    assert table["customer_id"].tolist() == shop.customers["customer_id"].tolist()
    expected = closed_form(shop, np.full(len(table), 365))
    # noise of the chance to leave at 200 draws: a tenth for one customer, little for all
    assert table["next_12m_orders"].corr(shop.customers["repeat_days"].astype(float)) > 0.3
    assert np.corrcoef(table["next_12m_orders"], expected)[0, 1] > 0.97
    assert table["next_12m_orders"].sum() == pytest.approx(expected.sum(), rel=0.03)
    old = shop.customers["age_days"].to_numpy() >= 365
    assert not table.loc[old, ["future_mean", "future_q05", "future_q95"]].to_numpy().any()
    assert table["p_alive"].between(0, 1).all()


def test_customers_add_up_to_their_cohort(shop, made):
    _, forecast = made
    summed = (
        shop.customers[GROUP_COLUMNS]
        .assign(value=forecast.customers["future_mean"])
        .groupby(GROUP_COLUMNS)["value"]
        .sum()
        .to_numpy()
    )
    assert summed == pytest.approx(forecast.contribution.mean(axis=1), rel=1e-4, abs=1e-2)


def test_curves_hold_the_contribution_of_each_channel(shop, made):
    _, forecast = made
    assert forecast.curve_channels == ["Email", "Meta Ads"]
    for k, channel in enumerate(forecast.curve_channels):
        rows = (forecast.groups["channel"] == channel).to_numpy()
        assert forecast.curves[k].sum(axis=0) == pytest.approx(
            forecast.contribution[rows].sum(axis=0), rel=1e-9, abs=1e-6
        )
    _, nobody = run(shop, in_curve=np.zeros(len(shop.customers), dtype=bool))
    assert not nobody.curves.any()
    assert np.array_equal(nobody.contribution, forecast.contribution)


def test_other_curves_and_quantiles_leave_the_purchases_alone(shop, made):
    _, forecast = made
    n = len(shop.customers)
    row = np.arange(n) % 3 - 1  # a third enters no curve
    ages = np.array([0, 30, 90, 365])
    _, other = run(shop, curve_row=row, curve_ages=ages, levels=(0.025, 0.05, 0.5, 0.95))
    assert np.array_equal(other.contribution, forecast.contribution)
    assert other.curves.shape == (2, 4, 200)
    inside = np.where(row >= 0, forecast.customers["future_mean"], 0.0).sum()
    assert other.curves.sum() / 200 == pytest.approx(inside, rel=1e-5)
    told = other.customers
    for name in ("future_q05", "future_q95"):
        assert np.array_equal(told[name], forecast.customers[name])
    assert (told["future_q025"] <= told["future_q05"]).all()
    assert (told["future_q05"] <= told["future_q50"]).all()


def test_blocks_change_nothing_but_the_random_numbers(shop, made, monkeypatch):
    _, whole = made
    monkeypatch.setattr(forecasting, "BLOCK", 70)
    _, parts = run(shop)
    assert parts.customers["customer_id"].tolist() == whole.customers["customer_id"].tolist()
    assert parts.customers["p_alive"].to_numpy() == pytest.approx(whole.customers["p_alive"])
    error = np.hypot(whole.orders.std(axis=1), parts.orders.std(axis=1)) / np.sqrt(200)
    gap = np.abs(parts.orders.mean(axis=1) - whole.orders.mean(axis=1))
    assert np.all(gap <= 4.5 * error + 1e-9)
    assert not np.array_equal(parts.orders, whole.orders)


def test_a_log_without_money_has_orders_and_no_value(shop):
    customers = shop.customers.copy()
    money = [name for name in customers if "revenue" in name or "contribution" in name]
    customers[money] = np.nan
    data = prepare(customers, shop.daily, as_of=shop.as_of, cohorts=("channel",))
    silent = replace(shop, customers=customers, data=data, fit=handmade(data, draws=200))
    _, forecast = run(silent)
    assert forecast.orders.sum() > 0
    assert np.isnan(forecast.contribution[forecast.orders.sum(axis=1) > 0]).any()
