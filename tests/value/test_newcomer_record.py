"""Forecasts of customers who were not won yet, against shops whose newcomers have a known pace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from tests.models.handmade import story_data, true_fit
from tests.models.story import START, Story
from workbench.models.families import mbg
from workbench.value.newcomer_record import first_order_rows, newcomer_rows
from workbench.value.pace import learn_pace
from workbench.value.parameters import make_parameters
from workbench.value.record import COLUMNS, won_after

STORY = Story(customers=1600, days=600, arrivals=560)
CUTOFF = START + timedelta(334)
HORIZON = 265


@pytest.fixture(scope="module")
def told():
    """Customers of the last day, and a fit at the cutoff that knows the truth."""
    warehouse = STORY.warehouse()
    early = replace(STORY, days=335)
    data = story_data(early, warehouse, ("channel",))
    fit = true_fit(STORY, data)
    return warehouse.customers(STORY.as_of), fit, make_parameters(fit, draws=40, horizon=HORIZON)


def rows_of(told, won: pd.DataFrame, parameters=None, least: float = 20.0) -> pd.DataFrame:
    _, fit, plain = told
    return newcomer_rows(fit, parameters or plain, won, least_orders=least, seed=1)


def test_newcomers_are_those_won_after_the_cutoff_and_followed_for_half_of_the_days(told):
    customers = told[0]
    won = won_after(customers, CUTOFF, HORIZON)
    assert won["day"].min() == 1
    assert won["day"].max() == HORIZON // 2
    first = pd.to_datetime(customers["first_day"]).dt.date
    whole = (first > CUTOFF) & (first <= CUTOFF + timedelta(HORIZON // 2))
    assert len(won) == whole.sum()
    repeats = customers.loc[whole, "repeat_days"]
    assert won["repeat_days"].sum() == repeats.sum()
    spent = (repeats * customers.loc[whole, "mean_repeat_revenue"]).sum()
    assert won["repeat_revenue"].sum() == pytest.approx(spent)
    assert won["repeat_revenue"].notna().all()  # one order alone is no unknown money


def test_a_model_that_knows_the_truth_is_right_about_newcomers(told):
    found = rows_of(told, won_after(told[0], CUTOFF, HORIZON))
    assert found["level"].tolist() == ["newcomers", "newcomers_channel", "newcomers_channel"]
    assert set(found) == set(COLUMNS) - {"months", "cutoff", "horizon_days"}
    sums = found.groupby("level")[["customers", "actual"]].sum()
    assert sums.loc["newcomers"].tolist() == sums.loc["newcomers_channel"].tolist()
    z = (np.log(found["actual"]) - found["log_mean"]) / found["log_sd"]
    assert z.abs().max() < 3.5
    z = (np.log(found["actual_spend"]) - found["log_spend_mean"]) / found["log_spend_sd"]
    assert z.abs().max() < 3.5


def test_the_forecast_is_the_closed_form_over_first_days(told):
    won = won_after(told[0], CUTOFF, HORIZON)
    email = won[won["channel"] == "Email"]
    found = rows_of(told, email).iloc[0]
    shapes = {
        "r": STORY.r, "alpha": STORY.r / STORY.rate["Email"],
        "a": STORY.kappa * STORY.drop["Email"], "b": STORY.kappa * (1 - STORY.drop["Email"]),
    }  # fmt: skip
    weeks = (HORIZON - email["day"].to_numpy()) / 7.0
    expected = mbg.expected_purchases_new(weeks, **shapes).sum()
    assert np.exp(found["log_mean"]) == pytest.approx(expected, rel=1e-6)
    assert np.exp(found["log_spend_mean"]) == pytest.approx(STORY.spend["Email"], rel=1e-6)
    # Nothing of the parameters is unknown: what is left is the noise of these customers' orders.
    orders = email["repeat_days"].to_numpy()
    noise = orders.std() * np.sqrt(len(orders)) / orders.sum()
    assert found["log_sd"] == pytest.approx(noise, rel=1e-6)


def test_the_stated_noise_is_that_of_other_shops_like_it(told):
    """Twenty shops of one truth: log errors spread as each forecast says."""
    errors, stated = [], []
    _, fit, parameters = told
    for seed in range(2, 22):
        everyone = STORY.warehouse(seed=seed).customers(STORY.as_of)
        row = newcomer_rows(
            fit, parameters, won_after(everyone, CUTOFF, HORIZON), least_orders=20, seed=1
        ).iloc[0]
        errors.append(np.log(row["actual"]) - row["log_mean"])
        stated.append(row["log_sd"])
    # A standard deviation of 20 has a relative standard error of 16%.
    assert np.std(errors) / np.mean(stated) == pytest.approx(1.0, abs=0.5)
    assert abs(np.mean(errors)) < 3.5 * np.mean(stated) / np.sqrt(20)


def test_newcomers_who_buy_half_as_often_teach_a_pace_of_a_half(told):
    won = won_after(told[0], CUTOFF, HORIZON)
    half = won.assign(repeat_days=won["repeat_days"] / 2, repeat_revenue=won["repeat_revenue"] / 4)
    found = rows_of(told, half)
    rows = pd.concat([found.assign(cutoff=f"2025-0{k}-01") for k in (1, 2)])
    pace = learn_pace(rows.assign(months=False, horizon_days=HORIZON))
    new = pace.newcomers
    assert new is not None
    assert new.forecasts == 2
    assert -0.75 < new.weight @ new.mean < -0.35  # of log 0.5, shrunk to 0 by a prior of 0.3
    assert new.spend is not None
    assert -0.75 < new.spend.weight @ new.spend.mean < -0.1  # of log 0.5, a prior of 0.12
    assert pace.forecasts == 0  # nothing is said of customers that the shop had

    paced = make_parameters(told[1], draws=4000, horizon=HORIZON, pace=pace)
    again = rows_of(told, half, paced).iloc[0]
    assert again["mean"] < 0.75 * found["mean"].iloc[0]
    assert again["log_sd"] > found["log_sd"].iloc[0]
    assert again["log_spend_mean"] < found["log_spend_mean"].iloc[0] - 0.1


def test_a_small_group_says_nothing_and_strangers_are_left_out(told):
    won = won_after(told[0], CUTOFF, HORIZON)
    assert rows_of(told, won.iloc[:0]).empty
    assert rows_of(told, won.assign(channel="TikTok Ads")).empty
    few = rows_of(told, won, least=1e9)
    unsure = ["log_mean", "log_sd", "actual_spend", "log_spend_mean", "log_spend_sd"]
    assert few[unsure].isna().all(axis=None)
    assert few["actual"].gt(0).all()
    none = rows_of(told, won.assign(repeat_days=0, repeat_revenue=0.0))
    assert none["actual"].eq(0).all()
    assert none["log_sd"].gt(0).all()
    assert none["actual_spend"].isna().all()


def test_a_log_without_money_has_no_spend_of_newcomers(told):
    won = won_after(told[0], CUTOFF, HORIZON).assign(repeat_revenue=np.nan)
    found = rows_of(told, won)
    assert found["log_mean"].notna().all()
    assert found[["actual_spend", "log_spend_mean", "log_spend_sd"]].isna().all(axis=None)


def first_orders(n: int, factor: float, *, seed: int) -> pd.DataFrame:
    """Customers of two channels and products whose first orders bring 40 and 90 on average."""
    rng = np.random.default_rng(seed)
    email = rng.random(n) < 0.5
    mean = np.where(email, 90.0, 40.0) * factor
    return pd.DataFrame(
        {
            "channel": np.where(email, "Email", "Meta Ads"),
            "first_product": np.where(rng.random(n) < 0.3, "Cups", "Tea"),
            "first_revenue": rng.gamma(4.0, mean / 4.0),
        }
    )


def test_first_orders_are_set_against_what_their_channels_had_brought():
    before = first_orders(4000, 1.0, seed=1)
    # Half as many of the dear channel: its mix is no drift.
    won = first_orders(3000, 1.2, seed=2)
    won = won[(won["channel"] == "Meta Ads") | (np.arange(len(won)) % 2 == 0)]
    found = first_order_rows(before, won)
    assert found["level"].tolist() == ["first_orders", *["first_orders_channel"] * 2]
    assert found["actual"].tolist() == found["mean"].tolist() == found["customers"].tolist()
    assert found["actual_spend"].iloc[0] == pytest.approx(won["first_revenue"].mean())
    error = np.log(found["actual_spend"]) - found["log_spend_mean"]
    # Orders of a gamma with shape 4 vary by a half: a standard error of 2% with 1,500 of them.
    assert (error - np.log(1.2)).abs().max() < 4 * found["log_spend_sd"].max()
    assert found["log_spend_sd"].iloc[0] == pytest.approx(
        0.5 * np.hypot(1.15 / np.sqrt(len(won)), 1.15 / np.sqrt(4000)), rel=0.15
    )


def test_few_or_unknown_newcomers_tell_nothing_of_first_orders():
    before = first_orders(400, 1.0, seed=3)
    few = first_order_rows(before, first_orders(29, 1.0, seed=4))
    assert few["log_spend_mean"].isna().all()
    assert first_order_rows(before, before.assign(channel="TikTok Ads")).empty
    assert first_order_rows(before, before.iloc[:0]).empty
    without = first_order_rows(before, before.assign(first_revenue=np.nan))
    assert without["log_spend_mean"].isna().all()


def test_a_drift_of_first_orders_teaches_a_pace_of_their_own():
    before, won = first_orders(4000, 1.0, seed=5), first_orders(4000, 1.3, seed=6)
    rows = [first_order_rows(before, won).assign(cutoff=f"2025-0{k}-01") for k in (1, 2)]
    pace = learn_pace(pd.concat(rows).assign(months=False, horizon_days=182))
    assert pace.first_order is not None
    assert pace.first_order.forecasts == 2
    assert 0.1 < pace.first_order.weight @ pace.first_order.mean < np.log(1.3)
    nothing = learn_pace(pd.concat(rows).iloc[:0].assign(months=False, horizon_days=182))
    assert pace.newcomers is not None
    assert nothing.newcomers is not None
    assert np.array_equal(pace.newcomers.weight, nothing.newcomers.weight)
    assert np.array_equal(pace.weight, nothing.weight)
