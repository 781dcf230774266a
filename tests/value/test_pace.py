"""What a forecast record teaches, against closed forms and simulated records."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from workbench.checks import Status
from workbench.value.checks.forecasts import record_check
from workbench.value.pace import PacePriors, draw_pace, learn_pace
from workbench.value.record import COLUMNS, Outlook, months_help, outlook


def record(
    *errors: float, noise: float = 0.02, cohort: tuple[float, ...] = (), months: bool = False
) -> pd.DataFrame:
    """Forecasts of a thousand orders; `errors` are log(actual/forecast) of all customers."""
    rows = []
    for k, error in enumerate(errors):
        one = {"months": months, "cutoff": f"2025-0{k + 1}-01", "horizon_days": 182,
               "customers": 100, "log_mean": np.log(1000.0), "log_sd": noise, "loss": 1.0,
               "mean": 1000.0}  # fmt: skip
        actual = 1000.0 * np.exp(error)
        rows.append({**one, "level": "total", "group": "All customers", "actual": actual})
        for i, own in enumerate(cohort):
            rows.append({**one, "level": "cohort", "group": str(i), "actual": actual * np.exp(own)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


EMPTY = record()


def with_spend(rows: pd.DataFrame, *errors: float) -> pd.DataFrame:
    """The same record with forecasts of 50 an order; `errors` are log(actual/forecast)."""
    of = dict(zip(rows["cutoff"].unique(), errors, strict=True))
    actual = 50.0 * np.exp(rows["cutoff"].map(of))
    return rows.assign(actual_spend=actual, log_spend_mean=np.log(50.0), log_spend_sd=0.02)


def moments(pace) -> tuple[float, float]:
    return float(pace.weight @ pace.mean), float(pace.weight @ pace.common)


def test_without_a_record_the_priors_are_what_is_known():
    pace = learn_pace(EMPTY)
    mean, common = moments(pace)
    assert pace.forecasts == 0
    assert mean == pytest.approx(0.0, abs=1e-12)
    # mean of a half-normal, on a grid of 60 points
    assert common == pytest.approx(0.12 * np.sqrt(2 / np.pi), rel=0.04)
    assert pace.cohort_weight @ pace.cohort == pytest.approx(0.10 * np.sqrt(2 / np.pi), rel=0.04)


def test_the_mean_is_the_normal_one_where_the_spread_is_known():
    """With the spread all but pinned, mean and error are two normals."""
    priors = PacePriors(mean_sd=0.10, common=1e-4, shared=0.0)
    pace = learn_pace(record(0.2, 0.1, noise=0.05), priors)
    precision = 1 / 0.10**2 + 2 / 0.05**2
    assert moments(pace)[0] == pytest.approx((0.3 / 0.05**2) / precision, rel=0.01)
    sd = np.sqrt(pace.weight @ pace.mean**2 - moments(pace)[0] ** 2)
    assert sd == pytest.approx(precision**-0.5, rel=0.05)


def test_good_records_narrow_the_pace_and_bad_ones_widen_it():
    good, bad = (learn_pace(record(*e)) for e in ((0.01, -0.01), (0.35, -0.30)))
    assert moments(good)[1] < moments(learn_pace(EMPTY))[1] < moments(bad)[1]


def test_errors_of_one_direction_move_the_pace_towards_them():
    up, down = (moments(learn_pace(record(e, e)))[0] for e in (0.2, -0.2))
    assert 0.02 < up < 0.2
    assert down == pytest.approx(-up)


def test_spend_and_purchases_are_learned_apart():
    orders = record(0.2, 0.2)
    both = learn_pace(with_spend(orders, -0.1, -0.1))
    assert np.array_equal(both.weight, learn_pace(orders).weight)
    assert both.spend is not None
    assert -0.1 < moments(both.spend)[0] < -0.02
    assert both.spend.forecasts == 2
    without = learn_pace(orders).spend
    assert without is not None
    assert without.forecasts == 0
    assert moments(without)[0] == pytest.approx(0.0, abs=1e-12)


def test_newcomers_and_customers_of_the_shop_are_learned_apart():
    of_shop = record(0.1, 0.1, cohort=(0.02, -0.02))
    levels = {"total": "newcomers", "cohort": "newcomers_channel"}
    won = with_spend(record(-0.5, -0.5, cohort=(0.3, -0.3)), -0.2, -0.2)
    both = learn_pace(pd.concat([of_shop, won.assign(level=won["level"].map(levels))]))
    assert np.array_equal(both.weight, learn_pace(of_shop).weight)
    assert np.array_equal(both.cohort_weight, learn_pace(of_shop).cohort_weight)
    new = both.newcomers
    assert new is not None
    assert -0.5 < moments(new)[0] < -0.35  # the prior's sd is 0.3
    assert new.cohort_weight @ new.cohort > 2 * (both.cohort_weight @ both.cohort)
    assert new.spend is not None
    assert -0.2 < moments(new.spend)[0] < -0.05
    nobody = learn_pace(EMPTY).newcomers
    assert nobody is not None
    common, _ = draw_pace(nobody, draws=50_000, rng=np.random.default_rng(3))
    assert np.log(common).std() == pytest.approx(np.hypot(0.30, 0.12), rel=0.03)


def test_the_record_of_newcomers_is_told():
    rows = record(0.0, -0.4).iloc[1:]
    rows = pd.concat([record(0.0), rows.assign(level="newcomers")], ignore_index=True)
    message = record_check(Outlook((), learn_pace(rows), rows)).message
    off = f"{np.expm1(0.4):+.0%}"
    assert f"customers who were not won yet, off by {off}, are moved by -" in message
    assert (
        "not won yet are left there" in record_check(Outlook((), learn_pace(EMPTY), EMPTY)).message
    )


def test_the_record_of_first_orders_is_told():
    rows = with_spend(record(0.0), 0.2).assign(log_mean=np.nan, level="first_orders")
    rows = pd.concat([record(0.0), rows], ignore_index=True)
    message = record_check(Outlook((), learn_pace(rows), rows)).message
    assert f"Their first orders, off by {np.expm1(-0.2):+.0%}, are moved by +" in message


def test_cohorts_that_stray_alone_widen_their_own_departure_only():
    close, far = (
        learn_pace(record(0.0, cohort=tuple(size * np.linspace(-1, 1, 12)), noise=0.03))
        for size in (0.01, 0.5)
    )
    spreads = [float(p.cohort_weight @ p.cohort) for p in (close, far)]
    assert spreads[0] < 0.03
    assert spreads[1] == pytest.approx(0.5 * np.linspace(-1, 1, 12).std(), rel=0.25)
    assert moments(close)[1] == pytest.approx(moments(far)[1])


def test_a_forecast_too_small_to_tell_teaches_nothing():
    told = record(0.1, cohort=(0.5, -0.5))
    told.loc[told["level"] == "cohort", ["log_mean", "log_sd"]] = np.nan
    assert np.allclose(learn_pace(told).cohort_weight, learn_pace(EMPTY).cohort_weight)


def test_intervals_of_a_straying_shop_are_honest():
    """A hundred shops with a spread of 0.2: two forecasts known, the third inside its interval."""
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(300):
        errors = 0.15 * rng.normal(size=3)
        pace = learn_pace(record(*errors[:2], noise=0.02))
        common, _ = draw_pace(pace, draws=400, rng=rng)
        low, high = np.quantile(np.log(common), [0.05, 0.95])
        inside.append(low <= errors[2] <= high)
    # 300 shops: the share covered has a standard error of 2 points.
    assert 0.80 < np.mean(inside) < 0.97


def test_draws_are_those_of_the_posterior():
    pace = learn_pace(EMPTY)
    common, spread = draw_pace(pace, draws=100_000, rng=np.random.default_rng(2))
    # normal with a normal mean and a half-normal spread: variances add
    assert np.log(common).std() == pytest.approx(np.hypot(0.10, 0.12), rel=0.03)
    assert abs(np.log(common).mean()) < 3 * 0.156 / np.sqrt(100_000)
    assert np.quantile(spread, 0.5) == pytest.approx(0.10 * norm.ppf(0.75), rel=0.05)


@pytest.mark.parametrize(("with_months", "kept"), [(0.9, True), (0.99, False), (1.5, False)])
def test_months_stay_in_where_earlier_forecasts_were_better_with_them(with_months, kept):
    rows = pd.concat(
        [
            record(0.0, cohort=(0.0,), months=True).assign(loss=with_months),
            record(0.0, cohort=(0.0,), months=False),
        ]
    )
    assert months_help(rows) is kept
    known = outlook(rows, ("channel", "first_month"))
    assert known.cohorts == (("channel", "first_month") if kept else ("channel",))
    assert known.record["months"].unique().tolist() == [kept]


def test_a_cutoff_forecast_one_way_only_does_not_decide():
    """The first cutoff has no forecast with months; at the second they lose."""
    apart = record(0.0, 0.0, cohort=(0.0,)).assign(loss=1.0)
    again = record(0.0, 0.0, cohort=(0.0,), months=True).assign(loss=1.5)
    again = again[again["cutoff"] == again["cutoff"].max()]
    assert again["loss"].sum() < apart["loss"].sum()
    assert not months_help(pd.concat([apart, again]))


def test_without_a_record_months_stay_out():
    assert outlook(EMPTY, ("first_month",)).cohorts == ()


@pytest.mark.parametrize(
    ("error", "status"), [(0.05, Status.PASS), (0.3, Status.REVIEW), (1.0, Status.FAIL)]
)
def test_the_record_is_judged_by_its_worst_error(error, status):
    rows = record(0.0, -error)
    check = record_check(Outlook((), learn_pace(rows), rows))
    assert check.status is status
    assert check.value == pytest.approx(np.expm1(error), abs=1e-3)
    assert f"{np.expm1(error):+.0%}" in check.message


def test_the_record_of_spend_is_told():
    rows = with_spend(record(0.05), 0.1)
    message = record_check(Outlook((), learn_pace(rows), rows)).message
    assert f"What an order brings was off by {np.expm1(-0.1):+.0%}; it is moved by +" in message


def test_a_missing_record_is_said():
    check = record_check(Outlook((), learn_pace(EMPTY), EMPTY))
    assert check.status is Status.REVIEW
    assert "too short" in check.message
