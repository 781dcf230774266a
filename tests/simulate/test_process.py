"""The buying process against closed forms that share no code with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import hyp2f1

from workbench.simulate import simulate_process, stage_settings
from workbench.simulate.expectation import expected_repeats
from workbench.simulate.process import Calendar, draw_customers, draw_population, draw_purchases
from workbench.simulate.settings import BrandSettings, Buying, Channel, CostSettings, Product
from workbench.simulate.settings import Spending as SpendingSettings

FLAT = (1.0,) * 12


def one_cohort(customers: int = 60_000, **buying: float) -> BrandSettings:
    """Return a brand with one channel, one product, no season and no drift."""
    return BrandSettings(
        stage=1,
        name="One cohort",
        customers=customers,
        channels=(Channel("Meta Ads", 1.0, sources=(("fb", "paid", 1.0),)),),
        products=(Product("Tea", 1.0),),
        spending=SpendingSettings(mean_order_value=50.0),
        costs=CostSettings(fulfilment_per_order=5.0),
        buying=Buying(month_rate_step=0.0, month_dropout_step=0.0, season=FLAT, **buying),
    )


def purchases_of(settings: BrandSettings, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    population = draw_population(settings, seed)
    customers = draw_customers(population, seed)
    calendar = Calendar.of(settings)
    return customers, draw_purchases(customers, calendar, settings.generator(seed, "purchases"))


def repeats_within(customers: pd.DataFrame, purchases: pd.DataFrame, days: float) -> np.ndarray:
    """Return the number of repeat purchases of each customer within so many days."""
    since = purchases["time"] - customers["first_time"].to_numpy()[purchases["customer"]]
    later = purchases[(purchases["number"] > 0) & (since <= days)]
    return later.groupby("customer").size().reindex(customers.index, fill_value=0).to_numpy()


def mbg_nbd_mean(r: float, alpha: float, a: float, b: float, t: float) -> float:
    """E[X(t)] of a new customer, closed form of Batislam et al. 2007 (needs a other than 1)."""
    factor = (alpha / (alpha + t)) ** r
    return b / (a - 1) * (1 - factor * hyp2f1(r, b + 1, a + b, t / (alpha + t)))


@pytest.mark.parametrize(
    ("shape", "yearly", "concentration", "dropout"),
    [(0.85, 1.45, 2.6, 0.36), (2.0, 3.0, 5.0, 0.15), (0.5, 0.8, 1.5, 0.6)],
)
def test_repeats_follow_the_mbg_nbd_model(shape, yearly, concentration, dropout):
    settings = one_cohort(
        rate_shape=shape,
        mean_rate=yearly / 365,
        dropout_concentration=concentration,
        mean_dropout=dropout,
    )
    customers, purchases = purchases_of(settings, seed=11)
    alpha, a, b = shape / (yearly / 365), concentration * dropout, concentration * (1 - dropout)
    for days in (90, 365):
        counts = repeats_within(customers, purchases, days)
        error = counts.std() / np.sqrt(len(counts))
        # 4.5 standard errors: a correct process fails once in 100,000 runs
        assert abs(counts.mean() - mbg_nbd_mean(shape, alpha, a, b, days)) < 4.5 * error
        bought_again = b / (a + b) * (1 - (alpha / (alpha + days)) ** shape)
        error = np.sqrt(bought_again * (1 - bought_again) / len(counts))
        assert abs((counts > 0).mean() - bought_again) < 4.5 * error


@pytest.mark.parametrize("dropout", [0.1, 0.36, 0.7])
def test_expectation_equals_the_closed_form(dropout):
    shape, concentration, rate = 0.85, 2.6, 0.004
    spans = np.array([1.0, 90.0, 365.0, 2000.0])
    got = expected_repeats(shape, np.full(4, rate), concentration, np.full(4, dropout), spans)
    a, b = concentration * dropout, concentration * (1 - dropout)
    want = [mbg_nbd_mean(shape, shape / rate, a, b, t) for t in spans]
    np.testing.assert_allclose(got, want, rtol=1e-9)


def test_season_multiplies_the_rate_and_has_mean_one():
    season = tuple(np.linspace(0.7, 1.3, 12))
    settings = one_cohort(customers=40_000, rate_shape=50.0, mean_rate=0.02, mean_dropout=1e-9)
    settings = replace(settings, buying=replace(settings.buying, season=season), growth=1.0)
    calendar = Calendar.of(settings)
    assert calendar.season[:365].mean() == pytest.approx(1.0)
    customers, purchases = purchases_of(settings, seed=3)
    second_year = purchases[(purchases["number"] > 0) & purchases["day"].between(400, 729)]
    dates = np.datetime64(settings.start, "D") + second_year["day"].to_numpy()
    month = dates.astype("datetime64[M]").astype(int) % 12
    counts = np.bincount(second_year["day"], minlength=730)[400:730]
    buyers = np.searchsorted(customers["first_time"], np.arange(400, 730) + 0.5)
    # nobody leaves here: orders a day over customers so far is the rate times the season
    ratio = counts / buyers / 0.02
    by_month = (
        pd.Series(ratio)
        .groupby(
            (np.datetime64(settings.start, "D") + np.arange(400, 730))
            .astype("datetime64[M]")
            .astype(int)
            % 12
        )
        .mean()
    )
    np.testing.assert_allclose(
        by_month,
        pd.Series(calendar.season[:365])
        .groupby(calendar.dates[:365].astype("datetime64[M]").astype(int) % 12)
        .mean()[by_month.index],
        rtol=0.03,
    )
    assert len(month) > 100_000  # enough orders for 3%


def test_operational_time_and_days_are_inverse():
    calendar = Calendar.of(stage_settings(3))
    days = np.linspace(0, calendar.days, 1001)
    np.testing.assert_allclose(calendar.to_days(calendar.to_operational(days)), days, atol=1e-8)


def test_order_values_follow_gamma_gamma():
    simulation = simulate_process(one_cohort(), seed=5)
    orders, spending = simulation.orders, simulation.settings.spending
    kept = orders[orders["kind"] == "kept"]
    value = kept["items"] - kept["discount"]
    first, later = value[kept["number"] == 0], value[kept["number"] > 0]
    mean = spending.mean_order_value
    want = mean * spending.first_order_factor
    # variance of one order: m^2 ((1 + 1/p) (q-1)/(q-2) - 1)
    p, q = spending.shape, spending.customer_shape
    spread = mean * np.sqrt((1 + 1 / p) * (q - 1) / (q - 2) - 1)
    assert abs(first.mean() - want) < 4.5 * spread / np.sqrt(len(first))
    assert first.std() == pytest.approx(spread * spending.first_order_factor, rel=0.1)
    by_customer = later.groupby(kept["customer"]).mean()
    assert abs(by_customer.mean() - mean) < 4.5 * spread / np.sqrt(len(by_customer))
    # within a cohort, spend and frequency are independent
    counts = later.groupby(kept["customer"]).size()
    correlation = np.corrcoef(by_customer, np.log(counts))[0, 1]
    assert abs(correlation) < 4.5 / np.sqrt(len(counts))


def test_effects_add_up_on_their_scales():
    settings = stage_settings(3)
    population = draw_population(settings, 1)
    channel = np.array([0, 2])
    same = np.zeros(2, dtype=int)
    rate = population.mean_rate(channel, same, same)
    assert rate[1] / rate[0] == pytest.approx(
        np.exp(settings.channels[2].rate - settings.channels[0].rate)
    )
    dropout = population.mean_dropout(channel, same, same)
    logit = np.log(dropout / (1 - dropout))
    assert logit[1] - logit[0] == pytest.approx(
        settings.channels[2].dropout - settings.channels[0].dropout
    )
    assert abs(population.month_rate.mean()) < 1e-12


def test_expected_value_is_the_mean_of_realised_values():
    simulation = simulate_process(stage_settings(3, customers=40_000), seed=9)
    customers = simulation.customers
    for column in ("channel", "product"):
        for _, group in customers.groupby(column):
            gap = group["value_12m"] - group["value_12m_expected"]
            assert abs(gap.mean()) < 4.5 * gap.std() / np.sqrt(len(gap))
    gap = customers["value_90d"] - customers["value_90d_expected"]
    assert abs(gap.mean()) < 4.5 * gap.std() / np.sqrt(len(gap))


def test_same_seed_same_brand_and_other_seed_another():
    settings = stage_settings(2, customers=500)
    one, again, other = (simulate_process(settings, seed) for seed in (1, 1, 2))
    for frame in ("customers", "orders", "visits", "spend"):
        pd.testing.assert_frame_equal(getattr(one, frame), getattr(again, frame))
    assert not one.orders["total"].head(100).equals(other.orders["total"].head(100))


@pytest.mark.parametrize("customers", [1, 2, 7])
def test_tiny_brands_are_possible(customers):
    simulation = simulate_process(stage_settings(3, customers=customers), seed=1)
    assert len(simulation.customers) == customers
    assert np.isfinite(simulation.customers["value_12m"]).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"customers": 0}, "customers"),
        ({"channels": ()}, "channel"),
        ({"acquisition_season": (1.0,) * 11}, "12 positive"),
        ({"buying": Buying(mean_dropout=1.0)}, "mean_dropout"),
    ],
)
def test_impossible_settings_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        replace(stage_settings(1), **change)
