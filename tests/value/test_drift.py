"""Drift: how often honest forecasts are called drifted, how soon drifted ones are."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from workbench.checks import Status
from workbench.value.drift import (
    DRIFT_COLUMNS,
    DriftLimits,
    drift_check,
    drift_table,
    evidence,
    windows,
)

START = date(2024, 6, 30)
CHANNELS = ("Email", "Meta Ads", "Organic")


def scored(z: dict[str, list[float]], *, every: int = 91, horizon: int = 90) -> pd.DataFrame:
    """Forecasts one after the other: scores of the whole brand ("") and of channels."""
    rows = []
    for group, values in z.items():
        for i, value in enumerate(values):
            made_at = START + timedelta(every * i)
            rows.append(
                {
                    "made_at": made_at.isoformat(),
                    "due": (made_at + timedelta(horizon)).isoformat(),
                    "horizon_days": horizon,
                    "level": "channel" if group else "total",
                    "group": group or "All customers",
                    "metric": "contribution",
                    "pace": "learned",
                    "state": "scored",
                    "ahead": True,
                    "z": value,
                }
            )
    return pd.DataFrame(rows)


def channels(*z: float) -> dict[str, list[float]]:
    return {name: list(z) for name in CHANNELS}


def today(n: int, every: int = 91) -> date:
    return START + timedelta(every * n)


# The evidence


@pytest.mark.parametrize("scores", [[0.3], [2.5], [1.0, -0.4, 2.2], [-3.0, -3.0]])
@pytest.mark.parametrize("shift", [0.5, 1.0])
def test_the_evidence_is_the_bayes_factor_by_quadrature(scores, shift):
    """Integral over delta of the likelihood ratio against no drift, to 1e-6."""
    z = np.array(scores)

    def ratio(delta: float) -> float:
        log = norm.logpdf(z, delta).sum() - norm.logpdf(z).sum()
        return float(np.exp(log) * norm.pdf(delta, scale=shift))

    assert evidence(z, shift) == pytest.approx(quad(ratio, -12, 12, points=[0.0])[0], rel=1e-6)


def running(z: np.ndarray) -> np.ndarray:
    """Largest evidence so far of each row of scores."""
    return np.array([max(evidence(row[: i + 1]) for i in range(len(row))) for row in z])


def test_honest_forecasts_are_seldom_ever_called_drifted():
    """5% is the most over any number of looks; 2,000 ledgers of 40 forecasts, 3 standard errors."""
    rng = np.random.default_rng(1)
    share = (running(rng.normal(size=(2000, 40))) > 20.0).mean()
    assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
    assert share > 0.005  # and the bound is not idle


@pytest.mark.parametrize(("shift", "within"), [(3.0, 3), (2.0, 5), (1.0, 16)])
def test_drift_is_found_within_a_few_forecasts(shift, within):
    """In four ledgers of five, by the size of the drift in standard deviations of a forecast."""
    rng = np.random.default_rng(2)
    assert (running(rng.normal(shift, size=(500, within))) > 20.0).mean() > 0.8


def test_evidence_beyond_all_bounds_is_a_number():
    assert np.isfinite(evidence(np.array([1e6, 1e6])))


# Which forecasts count


def test_windows_never_overlap_and_outcomes_have_no_say():
    monthly = pd.concat(
        [scored({"": list(range(25))}, every=30, horizon=h) for h in (90, 182, 365)],
        ignore_index=True,
    )
    chosen = windows(monthly)
    ends = [date.fromisoformat(at) + timedelta(days) for at, days in chosen]
    starts = [date.fromisoformat(at) for at, _ in chosen]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    shuffled = monthly.assign(z=monthly["z"].to_numpy()[::-1])
    assert windows(shuffled) == chosen
    assert [days for _, days in chosen[:-1]] == [90] * (len(chosen) - 1)


@pytest.mark.parametrize(
    ("every", "horizons"), [(365, [365, 365]), (182, [182, 182]), (91, [90, 90])]
)
def test_the_longest_horizon_that_fits_between_two_runs_counts(every, horizons):
    both = pd.concat(
        [scored({"": [0.1, 0.2]}, every=every, horizon=h) for h in (90, 182, 365) if h <= every],
        ignore_index=True,
    )
    assert [days for _, days in windows(both)] == horizons


# The verdict


def check(z: dict[str, list[float]], **changes):
    table = scored(z)
    return drift_check(table, sorted(set(table["made_at"])), today(len(z[""])), **changes)


def test_what_came_as_forecast_passes():
    found = check({"": [0.3, -1.0, 0.5], **channels(0.1, 1.0, -2.0)})
    assert found.status == Status.PASS
    assert "3 forecasts one after the other" in found.message


@pytest.mark.parametrize("value", [2.1, -2.1])
def test_one_miss_asks_for_a_look_and_names_the_decisions(value):
    found = check({"": [0.0, value], **channels(0.0, 0.0)})
    assert found.status == Status.REVIEW
    assert ("above" if value > 0 else "below") in found.message
    assert f"{START} and {START + timedelta(91)}" in found.recommendation


def test_a_channel_must_miss_by_more_as_there_are_many():
    calm = {"": [0.0], "Email": [2.3], "Meta Ads": [0.0], "Organic": [0.0]}
    assert check(calm).status == Status.PASS
    far = check(calm | {"Email": [2.5]})
    assert far.status == Status.REVIEW
    assert "Email" in far.message


def test_misses_that_add_up_make_decisions_void():
    found = check({"": [-2.5] * 2 + [0.0] * 2, **channels(0.0, 0.0, 0.0, 0.0)})
    assert found.status == Status.FAIL
    assert found.value > 20.0
    assert "All customers, contribution below the forecasts" in found.message
    assert "void" in found.recommendation
    # the second forecast raised the alarm; what was decided after its day has learned from it
    assert f"made as of {START} and {START + timedelta(91)} as void" in found.recommendation


def test_counting_starts_anew_after_an_alarm():
    table = drift_table(scored({"": [-2.2] * 3 + [0.0] * 2})).iloc[0]
    assert table["alarm"] == (START + timedelta(91 * 2 + 90)).isoformat()
    assert table["alarm_evidence"] == pytest.approx(evidence(np.array([-2.2] * 3)))
    assert table["evidence"] == pytest.approx(evidence(np.zeros(2)))


def test_decisions_made_after_the_alarm_stand():
    """The alarm of the third quarter voids what was decided before it, and is over a year on."""
    table = scored({"": [-2.2] * 3 + [0.0] * 5})
    alarm = (START + timedelta(91 * 2 + 90)).isoformat()
    for runs, status in ((4, Status.FAIL), (6, Status.FAIL), (8, Status.PASS)):
        known = table[table["due"] <= today(runs).isoformat()]
        dates = [today(i).isoformat() for i in range(runs)]
        found = drift_check(known, dates, today(runs))
        assert found.status == status
        named = [day for day in dates if day in found.recommendation]
        assert all(day < alarm for day in named)
        assert bool(named) == (status == Status.FAIL)
        assert (found.value > 20.0) == (status == Status.FAIL)
    assert "missed, but all decisions that still stand were made after" in found.message


def test_the_last_decision_stands_however_old():
    table = scored({"": [-6.0]}, every=800)
    found = drift_check(table, [START.isoformat()], today(1, 800))
    assert found.status == Status.FAIL
    assert START.isoformat() in found.recommendation


def test_decisions_older_than_a_year_no_longer_stand():
    table = scored({"": [0.0] * 7 + [-4.5]})
    found = drift_check(table, sorted(set(table["made_at"])), today(8))
    assert found.status == Status.REVIEW
    assert str(today(3)) not in found.recommendation
    assert str(today(4)) in found.recommendation
    assert str(today(7)) in found.recommendation


def test_a_decision_whose_forecast_is_not_due_yet_is_named_too():
    table = scored({"": [-6.0]})
    recent = (START + timedelta(80)).isoformat()
    found = drift_check(table, [START.isoformat(), recent], START + timedelta(95))
    assert found.status == Status.FAIL
    assert recent in found.recommendation


def test_nothing_due_is_not_known():
    nothing = scored({"": [0.0]}).iloc[:0]
    found = drift_check(nothing, [START.isoformat()], START)
    assert found.status == Status.REVIEW
    assert found.value is None
    assert list(drift_table(nothing)) == list(DRIFT_COLUMNS)


def test_forecasts_made_when_the_outcome_was_known_are_named():
    table = scored({"": [0.0]}).assign(ahead=False)
    found = drift_check(table, [START.isoformat()], today(1))
    assert f"Forecasts as of {START} were made again" in found.message


def test_rates_of_false_alarms_can_be_chosen():
    assert check({"": [2.1]}).status == Status.REVIEW
    assert check({"": [2.1]}, limits=DriftLimits(miss=0.01)).status == Status.PASS
    assert check({"": [3.8]}).status == Status.FAIL
    assert check({"": [3.8]}, limits=DriftLimits(alarm=0.01)).status == Status.REVIEW
