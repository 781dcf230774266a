"""Repeat rates of model and data: the truth passes, a wrong model is found out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.models.handmade import handmade
from workbench.checks import Status
from workbench.value.checks import process_of
from workbench.value.checks.calibration import Calibration, calibrate, calibration_checks
from workbench.value.parameters import make_parameters

LOOSE = {"customers": 50}


def found_of(shop, fit) -> Calibration:
    return calibrate(fit, process_of(make_parameters(fit, draws=20)), shop.customers)


@pytest.fixture(scope="module")
def truth(shop) -> Calibration:
    return found_of(shop, shop.fit)


def test_counts_are_those_of_the_customer_table(shop, truth):
    customers = shop.customers
    mature = customers[customers["age_days"] >= 90]
    by_month = mature.groupby("first_month")["repeat_days_90d"].agg(
        ["size", lambda days: (days > 0).sum()]
    )
    assert truth.months == list(by_month.index)
    assert truth.mature.tolist() == by_month["size"].tolist()
    assert truth.retained.tolist() == by_month.iloc[:, 1].tolist()
    repeats = customers["repeat_days"].clip(upper=3).value_counts().sort_index()
    assert truth.counts.tolist() == repeats.tolist()


def test_expectations_are_sums_over_customers(shop, truth):
    """By hand for the true parameters: purchases of both channels in closed form."""
    story, customers = shop.story, shop.customers
    age = customers["age_days"].to_numpy() / 7
    rate = customers["channel"].map(story.rate).to_numpy()
    drop = customers["channel"].map(story.drop).to_numpy()
    alpha = story.r / rate
    again = (1 - drop) * (1 - (alpha / (alpha + age)) ** story.r)
    assert truth.expected[:, 1:].sum(axis=1) == pytest.approx(again.sum())
    assert truth.repeat_variance == pytest.approx((again * (1 - again)).sum())
    assert truth.expected.sum(axis=1) == pytest.approx(len(customers))
    mature = age >= 90 / 7
    in_90 = (1 - drop) * (1 - (alpha / (alpha + 90 / 7)) ** story.r)
    assert truth.mean.sum(axis=1) == pytest.approx(in_90[mature].sum())
    assert truth.variance.sum(axis=1) == pytest.approx((in_90 * (1 - in_90))[mature].sum())


def test_the_true_model_passes(truth):
    assert [c.status for c in calibration_checks(truth)] == [Status.PASS] * 3


@pytest.mark.parametrize("level", [[-0.3, -3.0, 0.0], [-3.5, 0.5, 0.0]])
def test_a_wrong_model_fails_with_the_direction_of_its_error(shop, level):
    found = found_of(shop, handmade(shop.data, draws=20, level=np.array(level)))
    checks = calibration_checks(found)
    assert [c.status for c in checks] == [Status.FAIL] * 3
    too_much = level[0] > -1
    assert (checks[0].value > 0) == (checks[1].value > 0) == too_much
    assert all(c.recommendation for c in checks)


def test_a_replicated_count_is_surprised_one_time_in_ten():
    """Counts drawn from the draws' own distribution: p below 0.1 in 10% of 2,000, within 2%."""
    rng = np.random.default_rng(1)
    chance = rng.beta(200, 800, size=2000)
    seen = rng.binomial(400, chance)
    draws = rng.beta(200, 800, size=400)
    p = []
    for count in seen:
        found = made(400 * draws, 400 * draws * (1 - draws), count)
        text = calibration_checks(found)[0].message
        p.append(float(text.split("p-value ")[1].split(")")[0]))
    assert np.mean(np.array(p) < 0.095) == pytest.approx(0.10, abs=0.02)


def made(mean: np.ndarray, variance: np.ndarray, seen: float) -> Calibration:
    return Calibration(
        months=["2025-01"],
        mature=np.array([400]),
        retained=np.array([seen], dtype=float),
        mean=mean[:, None],
        variance=variance[:, None],
        counts=np.array([300, 60, 25, 15]),
        expected=np.tile([300.0, 60.0, 25.0, 15.0], (len(mean), 1)),
        repeat_variance=np.full(len(mean), 70.0),
    )


@pytest.mark.parametrize(
    ("seen", "variance", "status"),
    [(100, 1.0, Status.PASS), (90, 1.0, Status.REVIEW), (90, 400.0, Status.PASS),
     (70, 1.0, Status.FAIL), (97, 1.0, Status.PASS)],
)  # fmt: skip
def test_a_gap_must_be_both_large_and_no_chance(seen, variance, status):
    found = made(np.full(10, 100.0), np.full(10, variance), seen)
    assert calibration_checks(found)[0].status is status


@pytest.mark.parametrize(
    ("counts", "status"),
    [([300, 60, 25, 15], Status.PASS), ([300, 55, 22, 23], Status.PASS),
     ([3000, 450, 200, 350], Status.REVIEW), ([2400, 900, 400, 300], Status.FAIL)],
)  # fmt: skip
def test_the_number_of_repeats_is_judged_by_its_shape(counts, status):
    found = made(np.full(10, 100.0), np.full(10, 1.0), 100)
    scale = sum(counts) / 400
    found = replace(found, counts=np.array(counts), expected=found.expected * scale)
    assert calibration_checks(found)[2].status is status


def test_months_outside_their_interval_are_counted():
    found = made(np.full(10, 100.0), np.full(10, 1.0), 100)
    many = replace(
        found, months=[f"m{i}" for i in range(10)], mature=np.full(10, 40),
        retained=np.array([10.0] * 6 + [4.0, 16.0, 4.0, 16.0]),
        mean=np.full((10, 10), 10.0), variance=np.full((10, 10), 4.0),
    )  # fmt: skip
    check = calibration_checks(many)[0]
    assert check.status is Status.REVIEW
    assert "6 of 10 months" in check.message


def test_too_few_grown_customers_are_as_uncertain_as_the_prior():
    found = made(np.full(10, 1.0), np.full(10, 1.0), 1)
    check = calibration_checks(replace(found, mature=np.array([99])))[0]
    assert check.status is Status.REVIEW
    assert "as uncertain as the prior" in check.message
