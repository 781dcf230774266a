"""What customers do next: closed forms against customers simulated without any of our code."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.models.families import FAMILIES
from workbench.value.forecast import BLOCK
from workbench.value.next_purchase import Outlooks, customer_outlook, p_above, value_draws
from workbench.value.parameters import Parameters

TICKS = 20
"""Observed moments a day, so that rounding to them hardly matters."""
T_DAYS = 200.0
R, RATE, KAPPA, DROP, HAZARD = 1.2, 0.15, 3.0, 0.3, 0.03


def outlooks(family: str, last: np.ndarray, repeats: np.ndarray, draws: int = 1) -> Outlooks:
    """Return customers who first bought T_DAYS ago; every order earns 1 in expectation."""

    def each(value: float | list[float] | np.ndarray) -> np.ndarray:
        fixed = np.asarray(value, dtype=float)
        return np.broadcast_to(fixed, (draws, *fixed.shape)).copy()

    drop = np.log(HAZARD) if family == "pareto" else np.log(DROP / (1 - DROP))
    parameters = Parameters(
        r=each(R), kappa=each(KAPPA), p=each(4.0), q=each(5.0), fixed_cost=each(0.0),
        log_rate=each([float(np.log(RATE))]), logit_drop=each([float(drop)]), pace=each(1.0),
        pace_spread=each(0.0), spend_pace=each(1.0), spend_pace_spread=each(0.0),
        next_pace=each(1.0), next_pace_spread=each(0.0), next_spend_pace=each(1.0),
        next_spend_pace_spread=each(0.0), first_pace=each(1.0), first_pace_spread=each(0.0),
        log_spend=each([0.0]), ratio=each([1.0]), first_value=each([1.0]),
        clock=each(np.arange(int(T_DAYS * TICKS) + 1) / TICKS / 7.0),
        future=each(np.arange(366) / 7.0), has_money=True,
    )  # fmt: skip
    n = len(repeats)
    zero = np.zeros(n, dtype=np.int64)
    columns = {
        "cell": zero, "ratio_group": zero, "group": zero, "first": zero,
        "last": np.round(last * TICKS).astype(np.int64), "repeats": repeats.astype(np.int64),
        "spend": np.zeros(n),
    }  # fmt: skip
    ids = pd.Series([f"c{i}" for i in range(n)], dtype="str")
    pace = np.ones((draws, 1))
    return Outlooks(FAMILIES[family].code, parameters, pace, pace, columns, ids, 5)


class Truth:
    """Customers who live the story of a family, with what they do after day T_DAYS."""

    def __init__(self, family: str, n: int, seed: int = 3) -> None:
        rng = np.random.default_rng(seed)
        rate = rng.gamma(R, RATE / R / 7.0, n)  # a day
        if family == "pareto":
            ends = rng.exponential(1.0 / rng.gamma(KAPPA, HAZARD / KAPPA / 7.0, n))
            leave = np.zeros(n)
        else:
            ends = np.full(n, np.inf)
            leave = rng.beta(KAPPA * DROP, KAPPA * (1 - DROP), n)
        active = rng.random(n) >= leave if family == "mbg" else np.ones(n, dtype=bool)
        self.repeats, self.last = np.zeros(n, dtype=int), np.zeros(n)
        self.alive = np.zeros(n, dtype=bool)
        self.soon, self.year = np.zeros(n, dtype=bool), np.zeros(n, dtype=int)
        t = np.zeros(n)
        while active.any():
            t = np.where(active, t + rng.exponential(1.0 / rate), np.inf)
            crossed = active & (t > T_DAYS)
            self.alive |= crossed & (ends > T_DAYS) & (self.year == 0)
            active &= (t <= ends) & (t <= T_DAYS + 365.0)
            past = active & (t <= T_DAYS)
            self.repeats += past
            self.last = np.where(past, t, self.last)
            later = active & (t > T_DAYS)
            self.soon |= later & (t <= T_DAYS + 60.0)
            self.year += later
            active &= rng.random(n) >= leave
        # what those who are active would do after an order bought right at T_DAYS
        self.if_bought = np.ones(n)
        now = self.alive & (rng.random(n) >= leave)
        t = np.zeros(n)
        while now.any():
            t = np.where(now, t + rng.exponential(1.0 / rate), np.inf)
            now &= (t <= 365.0) & (T_DAYS + t <= ends)
            self.if_bought += now
            now &= rng.random(n) >= leave


@pytest.mark.parametrize("family", ["mbg", "bg", "pareto"])
def test_expectations_match_simulated_customers(family):
    truth = Truth(family, 120_000)
    table = customer_outlook(outlooks(family, truth.last, truth.repeats))
    rows = [truth.repeats == 0, truth.repeats == 1, (truth.repeats > 1) & (truth.repeats < 5)]
    for who in [*rows, truth.repeats >= 5]:
        n = who.sum()
        predicted = table["p_order_60d"][who].mean()
        error = np.sqrt(predicted * (1 - predicted) / n)
        assert truth.soon[who].mean() == pytest.approx(
            predicted, abs=4 * error
        )  # 4 standard errors
        assert truth.alive[who].mean() == pytest.approx(
            table["p_alive"][who].mean(), abs=4 * 0.5 / np.sqrt(n)
        )
        year = truth.year[who]
        error = year.std() / np.sqrt(n) + 0.002
        # dropout is drawn once per customer and draw, hence the second term
        assert year.mean() == pytest.approx(table["next_12m_mean"][who].mean(), abs=5 * error)
        active = who & truth.alive
        weight = table["p_alive"][who]
        expected = np.average(table["buyer_12m_mean"][who], weights=weight)
        error = truth.if_bought[active].std() / np.sqrt(active.sum())
        assert truth.if_bought[active].mean() == pytest.approx(expected, abs=6 * error)


def test_second_order_of_one_time_buyers_falls_with_their_silence():
    one = outlooks("mbg", np.zeros(1), np.zeros(1))
    fresh = customer_outlook(one)["p_order_60d"][0]
    n = int(T_DAYS * TICKS)
    late = Outlooks(**vars(one) | {"columns": one.columns | {"first": np.array([n]),
                                                             "last": np.array([n])}})  # fmt: skip
    assert customer_outlook(late)["p_order_60d"][0] > fresh


def test_rhythm_is_one_over_the_posterior_mean_rate():
    table = customer_outlook(outlooks("mbg", np.array([0.0, 150.0]), np.array([0, 6])))
    alpha = R / RATE * 7.0
    expected = [(alpha + T_DAYS) / R, (alpha + T_DAYS) / (R + 6)]
    assert table["rhythm_days"].to_numpy() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("family", ["mbg", "pareto"])
def test_p_above_nothing_within_60_days_is_p_of_an_order(family):
    some = outlooks(family, np.array([0.0, 190.0, 120.0]), np.array([0, 7, 3]), draws=8_000)
    simulated = p_above(some, np.zeros(3), np.full(3, 60), draws=8_000)
    exact = customer_outlook(some.thin(2))["p_order_60d"]
    assert simulated == pytest.approx(exact.to_numpy(), abs=4 * 0.5 / np.sqrt(8_000))


def test_p_above_without_a_future_is_what_is_known():
    some = outlooks("mbg", np.zeros(3), np.zeros(3))
    assert p_above(some, np.array([-1.0, 0.0, 2.0]), np.array([0, -5, 0])).tolist() == [1, 0, 0]


def test_sums_of_overlapping_groups_are_sums_of_customers():
    n = 400
    rng = np.random.default_rng(1)
    some = outlooks("pareto", rng.uniform(0, T_DAYS, n), rng.integers(1, 6, n), draws=3)
    members = rng.random((5, n)) < 0.4
    members[4] = False
    table = customer_outlook(some)
    sums = value_draws(some, members).mean(axis=2)
    for group, who in zip(sums, members, strict=True):
        assert group[0] == pytest.approx(table["next_12m_mean"][who].sum())
        assert group[1] == pytest.approx(table["buyer_12m_mean"][who].sum())


def test_blocks_do_not_show():
    n = BLOCK + 50
    some = outlooks("mbg", np.full(n, 100.0), np.full(n, 2))
    table = customer_outlook(some)
    assert table["p_order_60d"].nunique() == 1
    again = customer_outlook(some)
    pd.testing.assert_frame_equal(table, again, check_exact=True)


def test_departures_from_the_pace_are_those_of_the_forecast(shop):
    from workbench.value.forecast import simulate
    from workbench.value.next_purchase import make_outlooks
    from workbench.value.parameters import make_parameters

    parameters = make_parameters(shop.fit, draws=60, seed=4)
    spread = Parameters(**vars(parameters) | {"pace_spread": np.full(60, 0.4)})
    n = len(shop.customers)
    year = np.full(n, 365)
    forecast = simulate(
        shop.fit, spread, shop.customers, horizon=year, short=year, in_curve=year > 0, seed=4
    )
    close = forecast.customers["next_12m_mean"].to_numpy()
    cohort = shop.customers.groupby(["channel", "first_product", "first_month"]).ngroup()

    def off(seed: int) -> float:
        table = customer_outlook(make_outlooks(shop.fit, spread, shop.customers, seed=seed))
        sums = table["next_12m_mean"].groupby(cohort).sum() / pd.Series(close).groupby(cohort).sum()
        assert table["p_alive"].to_numpy() == pytest.approx(forecast.customers["p_alive"])
        return float(sums.std())

    assert off(4) < 0.75 * off(5)  # the rest is dropout, drawn anew
