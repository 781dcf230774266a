"""The clock that ticks faster in season."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.models.calendar import clock, future_log_intensity, make_calendar

DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))


@given(DAYS, st.integers(0, 1500))
def test_each_day_belongs_to_its_calendar_month(start, length):
    calendar = make_calendar(start, start + timedelta(length))
    assert calendar.n_days == length + 1
    for offset in {0, length // 2, length}:
        day = start + timedelta(offset)
        months = (day.year - start.year) * 12 + day.month - start.month
        assert calendar.period[offset] == months
        assert calendar.month_of_year[months] == day.month - 1
    assert calendar.n_periods == calendar.period[-1] + 1


def test_without_season_the_clock_counts_weeks():
    calendar = make_calendar(date(2025, 2, 10), date(2026, 2, 9))
    assert calendar.n_days == 365
    weeks = clock(np.zeros(calendar.n_periods), calendar.period)
    assert weeks == pytest.approx(np.arange(1, 366) / 7)


def test_a_doubled_month_counts_twice():
    calendar = make_calendar(date(2025, 10, 31), date(2025, 12, 1))
    log_intensity = np.array([[0.0, np.log(2.0), 0.0]])
    weeks = clock(log_intensity, calendar.period)
    assert weeks.shape == (1, 32)
    assert weeks[0, -1] == pytest.approx((1 + 2 * 30 + 1) / 7)
    assert np.diff(weeks[0])[[0, 29, 30]] * 7 == pytest.approx([2, 2, 1])


def test_future_months_have_their_season_and_a_departure_of_their_own():
    random = np.random.default_rng(1)
    season = np.tile(np.linspace(-0.3, 0.3, 12), (4000, 1))
    drawn = future_log_intensity(season, np.full(4000, 0.1), np.array([11, 0]), random)
    assert drawn.mean(axis=0) == pytest.approx([0.3, -0.3], abs=4 * 0.1 / np.sqrt(4000))
    assert drawn.std(axis=0) == pytest.approx([0.1, 0.1], rel=0.05)
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.06
    exact = future_log_intensity(season, np.zeros(4000), np.array([11, 0]), random)
    assert exact == pytest.approx(np.tile([0.3, -0.3], (4000, 1)))


def test_no_future_month_is_no_error():
    drawn = future_log_intensity(
        np.zeros((5, 12)), np.ones(5), np.zeros(0, dtype=int), np.random.default_rng(1)
    )
    assert drawn.shape == (5, 0)
