"""Whom an offer pays for, against brute force; holdouts against the power they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.decisions.holdout import holdout
from workbench.decisions.offers import Offer, break_even_uplift, expected_profit, profit_draws


@given(
    gain=st.floats(0.5, 500.0),
    p=st.floats(0.0, 0.9),
    contact=st.floats(0.01, 5.0),
    incentive=st.floats(0.0, 20.0),
)
def test_break_even_is_where_the_expected_profit_turns(gain, p, contact, incentive):
    offer = Offer(0.0, 0.0, contact, incentive)
    at = break_even_uplift(np.array([gain]), np.array([p]), offer)[0]
    if gain <= incentive:
        assert np.isinf(at)
        return
    # brute force: the first of many uplifts at which contacting brings more than leaving alone
    for uplift, pays in ((at * 1.001 + 1e-9, True), (at * 0.999 - 1e-9, False)):
        left_alone = p * gain
        contacted = (p + uplift) * (gain - incentive) - contact
        assert bool(contacted > left_alone) is pays
        profit = expected_profit(
            np.array([gain]), np.array([p]), Offer(uplift, 0, contact, incentive)
        )
        assert profit[0] == pytest.approx(contacted - left_alone, rel=1e-6, abs=1e-9)


def test_profit_draws_match_a_campaign_simulated_person_by_person():
    rng = np.random.default_rng(2)
    people = 3_000
    gain, p = rng.gamma(2.0, 40.0, people), rng.beta(1, 15, people)
    offer = Offer(0.02, 0.0, 0.25, 3.0)
    profit = profit_draws(np.array([gain.sum()]), people, p.sum(), offer, seed=1)
    runs = []
    for _ in range(400):
        luck = rng.random(people)
        anyway, buys = luck < p, luck < p + offer.uplift_mean
        extra = (gain * (buys & ~anyway)).sum() - offer.incentive * buys.sum()
        runs.append(extra - offer.contact_cost * people)
    error = np.std(runs) / np.sqrt(len(runs))
    assert profit.mean() == pytest.approx(np.mean(runs), abs=4 * error)
    assert np.ptp(profit) < 1e-6  # a known uplift and gain leave nothing to chance


def test_interval_of_profit_is_that_of_the_prior():
    offer = Offer(0.01, 0.01, 0.0)
    profit = profit_draws(np.array([10_000.0]), 100, 5.0, offer, seed=3)
    low, high = np.quantile(profit, [0.05, 0.95])
    assert (low, high) == pytest.approx((100 - 164.5, 100 + 164.5), abs=6)
    assert (profit < 0).mean() == pytest.approx(0.159, abs=0.02)  # contacting may do harm


@given(st.integers(200, 100_000), st.floats(0.01, 0.5), st.floats(0.003, 0.1))
def test_holdout_is_the_smallest_that_reaches_the_power(people, rate, uplift):
    test = holdout(people, rate, uplift)
    p1 = min(rate + uplift, 1.0)

    def error(n: int) -> float:
        return rate * (1 - rate) / n + p1 * (1 - p1) / (people - n)

    allowed = ((p1 - rate) / (1.6449 + 0.8416)) ** 2
    sizes = np.arange(1, people // 2 + 1)
    enough = sizes[error(sizes) <= allowed]
    if len(enough):
        assert abs(test.size - enough[0]) <= 1 + 0.001 * enough[0]
        assert test.enough
    else:
        assert test.size == people // 5
        assert test.power < 0.8
    assert test.size + test.treated == people


def test_power_of_a_holdout_by_simulation():
    test = holdout(20_000, 0.05, 0.01)
    rng = np.random.default_rng(5)
    runs = 20_000
    a = rng.binomial(test.size, 0.05, runs) / test.size
    b = rng.binomial(test.treated, 0.06, runs) / test.treated
    se = np.sqrt(a * (1 - a) / test.size + b * (1 - b) / test.treated)
    seen = ((b - a) / se > 1.645).mean()
    assert seen == pytest.approx(test.power, abs=0.03)


@pytest.mark.parametrize("people", [0, 1, 2])
def test_no_holdout_of_nobody(people):
    assert holdout(people, 0.1, 0.02).size <= people
    assert not holdout(people, 0.1, 0.0).enough
