"""Posterior draws unfolded: the calendar run on, effects summed, money from what was seen."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.models.handmade import handmade
from tests.models.story import Story
from tests.store import logs
from workbench.models.data import prepare
from workbench.store.warehouse import Warehouse
from workbench.value.parameters import evenly_spaced, make_parameters, next_month_shift


@pytest.mark.parametrize("horizon", [1, 5, 30, 180, 365, 366, 800])
def test_the_calendar_runs_on_for_any_horizon(shop, horizon):
    season = np.linspace(-0.4, 0.4, 12)
    fit = handmade(shop.data, draws=10, season=season, departure=_departures(shop))
    parameters = make_parameters(fit, draws=10, horizon=horizon)
    assert parameters.future.shape == (10, horizon + 1)
    assert not parameters.future[:, 0].any()
    days = [shop.as_of + timedelta(k) for k in range(1, horizon + 1)]
    logs_of_days = np.array([season[day.month - 1] for day in days])
    own = [day.month == shop.as_of.month and day.year == shop.as_of.year for day in days]
    # what is left of the as-of date's own month keeps that month's departure
    logs_of_days[own] += _departures(shop)[-1]
    expected = np.cumsum(np.exp(logs_of_days)) / 7
    assert parameters.future[:, 1:] == pytest.approx(np.tile(expected, (10, 1)))


def _departures(shop):
    values = np.linspace(-0.2, 0.3, shop.data.calendar.n_periods)
    return values - values.mean()


def test_the_observed_clock_has_season_and_departure(shop):
    season = np.linspace(-0.4, 0.4, 12)
    departure = _departures(shop)
    fit = handmade(shop.data, draws=4, season=season, departure=departure)
    parameters = make_parameters(fit, draws=4)
    start = shop.data.calendar.start
    days = [start + timedelta(k) for k in range((shop.as_of - start).days + 1)]
    since = [(day.year - start.year) * 12 + day.month - start.month for day in days]
    log_day = [season[d.month - 1] + departure[m] for d, m in zip(days, since, strict=True)]
    expected = np.cumsum(np.exp(log_day)) / 7
    assert parameters.clock == pytest.approx(np.tile(expected, (4, 1)))


def test_a_new_month_departs_by_its_own_spread(shop):
    fit = handmade(shop.data, draws=4000, sd_period=0.2)
    future = make_parameters(fit, draws=4000, horizon=90, seed=1).future
    last_day = np.log(np.diff(future, axis=1)[:, -1] * 7)
    assert last_day.std() == pytest.approx(0.2, rel=0.06)


def test_cells_are_the_sum_of_level_and_effects(shop):
    design = shop.data.design
    effects = {
        name: np.arange(3 * len(levels)).reshape(3, -1) / 10.0
        for name, levels in design.levels.items()
    }
    level = np.array([-1.0, 0.5, 0.2])
    fit = handmade(
        shop.data, draws=6, level=level, **{f"effect_{k}": v for k, v in effects.items()}
    )
    parameters = make_parameters(fit, draws=6)
    for c, row in enumerate(design.cells.to_dict("records")):
        row["channel_product"] = f"{row['channel']} · {row['first_product']}"
        at = {name: design.levels[name].index(row[name]) for name in effects}
        sums = level + sum(effects[name][:, i] for name, i in at.items())
        assert parameters.log_rate[:, c] == pytest.approx(np.full(6, sums[0]))
        assert parameters.logit_drop[:, c] == pytest.approx(np.full(6, sums[1]))
        assert parameters.log_spend[:, c] == pytest.approx(
            np.full(6, sums[2] + np.log(shop.data.spend_scale))
        )


def test_draws_are_spread_over_the_posterior_and_never_more_than_there_are(shop):
    fit = handmade(shop.data, draws=40)
    fit.posterior["r"].values[:] = np.arange(40).reshape(2, 20)
    assert make_parameters(fit, draws=400).r.tolist() == list(range(40))
    few = make_parameters(fit, draws=4).r
    assert few.tolist() == [0, 13, 26, 39]


def test_the_same_seed_gives_the_same_parameters(shop):
    fit = handmade(shop.data, draws=20, sd_period=0.1)
    first, again, other = (make_parameters(fit, draws=20, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.ratio, again.ratio)
    assert np.array_equal(first.future, again.future)
    assert not np.array_equal(first.future, other.future)


def small_shop(*rows, costs=logs.COSTS):
    warehouse = Warehouse.from_frames(logs.orders(*rows), costs=costs)
    day = date(2025, 6, 30)
    customers = warehouse.customers(day)
    return prepare(customers, warehouse.daily(day), as_of=day, cohorts=("channel",))


TWICE = [("ann", "2025-01-01"), ("ann", "2025-03-01"), ("bob", "2025-02-01"), ("bob", "2025-04-01")]


def test_without_costs_every_unit_of_revenue_is_contribution():
    data = small_shop(
        *({"customer_id": who, "ordered_at": day, "items": 30.0} for who, day in TWICE), costs=None
    )
    parameters = make_parameters(handmade(data, draws=8), draws=8)
    assert (parameters.ratio == 1.0).all()
    assert not parameters.fixed_cost.any()
    assert parameters.has_money


def test_where_nobody_came_back_prior_and_first_orders_stand_in():
    data = small_shop({"customer_id": "ann", "items": 50.0}, {"customer_id": "bob", "items": 90.0})
    parameters = make_parameters(handmade(data, draws=2000), draws=2000)
    # 34% goods, 2.9% + 0.30 payment, 6.40 fulfilment on 140 of revenue
    margin = (140 * (1 - 0.34 - 0.029) - 2 * 6.7) / 140
    assert parameters.ratio.mean() == pytest.approx(margin, abs=5 * 0.1 / np.sqrt(2000))
    typical = np.sqrt(50.0 * 90.0)
    assert np.median(np.exp(parameters.log_spend)) == pytest.approx(typical * np.exp(0.1), rel=0.1)
    assert (parameters.q > 1).all()


def test_a_log_without_money_has_no_margin():
    none = {"items": np.nan, "revenue": np.nan}
    data = small_shop(*({"customer_id": who, "ordered_at": day, **none} for who, day in TWICE))
    parameters = make_parameters(handmade(data, draws=8), draws=8)
    assert not parameters.has_money
    assert np.isnan(parameters.ratio).all()
    assert np.isfinite(parameters.future).all()


def test_the_next_month_is_one_more_step_of_the_walk(shop):
    spread = np.array([0.1, 0.2, 0.05])
    fit = handmade(shop.data, draws=4000, sd_first_month=spread)
    shift = next_month_shift(fit, draws=4000, seed=1)
    assert shift.std(axis=0) == pytest.approx(spread, rel=0.05)
    assert np.abs(shift.mean(axis=0)).max() < 4 * 0.2 / np.sqrt(4000)
    assert np.abs(np.corrcoef(shift.T) - np.eye(3)).max() < 0.08


def test_without_months_there_is_no_step():
    story = Story(customers=20, days=60, arrivals=20)
    warehouse = story.warehouse()
    day = story.as_of
    data = prepare(warehouse.customers(day), warehouse.daily(day), as_of=day, cohorts=("channel",))
    assert not next_month_shift(handmade(data, draws=10), draws=10, seed=1).any()
    assert pd.notna(make_parameters(handmade(data, draws=10), draws=10).first_value).all()


@pytest.mark.parametrize(
    ("draws", "expected"), [(3, [0, 10, 19]), (20, range(20)), (99, range(20))]
)
def test_draws_are_evenly_spaced_and_known_by_their_number(shop, draws, expected):
    fit = handmade(shop.data, draws=20)
    fit.posterior["r"] = (("chain", "draw"), np.arange(20.0).reshape(2, 10))
    assert evenly_spaced(fit, draws).tolist() == list(expected)
    assert make_parameters(fit, draws=draws, horizon=5).r.tolist() == list(expected)
