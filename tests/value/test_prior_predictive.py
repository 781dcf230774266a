"""The prior's first year against formulas, simulation and the way it must move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench.models.priors import Priors
from workbench.value.prior_predictive import (
    COLUMNS,
    MONTH_DAYS,
    first_year_draws,
    prior_predictive_table,
)


def fixed(data, *, draws=2, rate=0.05, drop=0.3, spend=1.0, r=0.8, kappa=3.0):
    """Every draw the same, effects none, every day like another."""
    level = [np.log(rate), np.log(drop / (1 - drop)), np.log(spend)]
    named = {
        "r": np.full(draws, r),
        "kappa": np.full(draws, kappa),
        "level": np.tile(level, (draws, 1)),
        "season": np.zeros((draws, 12)),
        "sd_period": np.zeros(draws),
    }
    for name, levels in data.design.levels.items():
        named[f"effect_{name}"] = np.zeros((draws, 3, len(levels)))
    return named


def test_a_year_has_365_days():
    assert sum(MONTH_DAYS) == 365


def test_closed_forms_equal_a_simulation_of_many_customers(shop):
    found = first_year_draws(fixed(shop.data), shop.data, np.random.default_rng(1))
    random = np.random.default_rng(2)
    n, year = 200_000, 365 / 7
    rate = random.gamma(0.8, 0.05 / 0.8, n)
    leave = random.beta(3 * 0.3, 3 * 0.7, n)
    count, t = np.zeros(n), np.zeros(n)
    active = random.random(n) >= leave
    while active.any():
        t[active] += random.exponential(1 / rate[active])
        active &= t <= year
        count += active
        active &= random.random(n) >= leave
    # four standard errors of the simulation
    assert found["repeat_share"][0] == pytest.approx((count > 0).mean(), abs=4 * 0.5 / n**0.5)
    assert found["orders_12m"][0] - 1 == pytest.approx(count.mean(), abs=4 * count.std() / n**0.5)


def test_value_is_the_first_day_and_what_repeats_leave(shop):
    data, margins = shop.data, shop.data.margins
    found = first_year_draws(fixed(data, spend=1.4), data, np.random.default_rng(1))
    repeats = found["orders_12m"][0] - 1
    by_hand = 0.0
    for cell, people in enumerate(np.bincount(data.cell)):
        g = margins.group_of_cell[cell]
        each = margins.ratio[g] * 1.4 * data.spend_scale - margins.cost_per_purchase
        by_hand += people / len(data.cell) * (margins.first[g] + repeats * each)
    assert found["value_12m"][0] == pytest.approx(by_hand)


def test_a_season_moves_the_year(shop):
    named = fixed(shop.data)
    flat = first_year_draws(named, shop.data, np.random.default_rng(1))["orders_12m"]
    named["season"] = named["season"] + 0.2
    assert np.all(first_year_draws(named, shop.data, np.random.default_rng(1))["orders_12m"] > flat)


@pytest.mark.parametrize(
    ("change", "more"),
    [({"log_rate": (-2.5, 1.2)}, True), ({"logit_dropout": (0.0, 1.0)}, False)],
    ids=["faster", "leaving sooner"],
)
def test_priors_move_every_quantity_their_way(shop, change, more):
    usual = prior_predictive_table(shop.data, Priors(), 300, 1)
    moved = prior_predictive_table(shop.data, replace(Priors(), **change), 300, 1)
    for q in ("prior_q25", "prior_q50", "prior_q75"):
        assert ((moved[q] > usual[q]) == more).all()


def test_quantiles_of_the_share_equal_those_of_a_sample_by_hand(shop):
    """One cell, no effects, no season: the share is an explicit function of four priors."""
    narrow = (-12.0, 0.01)
    priors = Priors(
        sd_effect=(narrow,) * 3, sd_month=(narrow,) * 3, sd_interaction=(narrow,) * 3,
        sd_season=narrow, sd_period=narrow, season=(0.0,) * 12,
    )  # fmt: skip
    table = prior_predictive_table(shop.data, priors, 8000, 1).set_index("quantity")
    random = np.random.default_rng(9)
    r = np.exp(random.normal(*priors.shape, 400_000))
    alpha = r / np.exp(random.normal(*priors.log_rate, 400_000))
    stays = 1 / (1 + np.exp(random.normal(*priors.logit_dropout, 400_000)))
    share = stays * (1 - (alpha / (alpha + 365 / 7)) ** r)
    for q in (5, 25, 50, 75, 95):
        found = table.loc["repeat_share", f"prior_q{q:02d}"]
        assert found == pytest.approx(np.quantile(share, q / 100), abs=0.012)


def test_the_table_has_prior_posterior_and_observed(shop):
    seen = shop.warehouse.first_year(shop.as_of)
    table = prior_predictive_table(shop.data, None, 200, 1, fit=shop.fit, first_year=seen)
    assert tuple(table.columns) == COLUMNS
    assert list(table["quantity"]) == ["repeat_share", "orders_12m", "value_12m"]
    table = table.set_index("quantity")
    assert (table["customers"] == seen["customers"]).all()
    assert table["prior_below"].between(0, 1).all()
    # the posterior is the truth of the story in every draw
    assert table["posterior_mean"].to_numpy() == pytest.approx(
        table["posterior_q05"].to_numpy(), rel=1e-9
    )
    assert table["observed"]["repeat_share"] == pytest.approx(
        table["posterior_mean"]["repeat_share"], abs=0.15
    )
    again = prior_predictive_table(shop.data, None, 200, 1, fit=shop.fit, first_year=seen)
    assert again.set_index("quantity").equals(table)


def test_what_is_not_known_is_missing(shop):
    table = prior_predictive_table(shop.data, None, 50)
    assert table[["posterior_mean", "observed", "prior_below"]].isna().all(axis=None)
    table = prior_predictive_table(replace(shop.data, margins=None), None, 50)
    assert list(table["quantity"]) == ["repeat_share", "orders_12m"]


def test_the_first_year_of_customers_equals_a_count_by_hand(shop):
    seen = shop.warehouse.first_year(shop.as_of)
    old = shop.customers[shop.customers["age_days"] >= 365]
    orders, _ = shop.story.orders()
    days = orders.assign(day=orders["ordered_at"].dt.normalize()).merge(
        old[["customer_id", "first_day"]], on="customer_id"
    )
    age = (days["day"] - days["first_day"]).dt.days
    count = days[(age > 0) & (age <= 365)].drop_duplicates(["customer_id", "day"])
    assert seen["customers"] == len(old)
    assert seen["repeat_share"] == pytest.approx(count["customer_id"].nunique() / len(old))
    assert seen["orders_12m"] == pytest.approx(1 + len(count) / len(old))
    assert seen["value_12m"] == pytest.approx(old["contribution_12m"].mean())


def test_nobody_is_a_year_old(shop):
    seen = shop.warehouse.first_year(shop.story.as_of.replace(year=2025, month=6, day=1))
    assert seen["customers"] == 0
    assert np.isnan([seen["repeat_share"], seen["orders_12m"], seen["value_12m"]]).all()
