# mypy: disable-error-code="no-untyped-def"
"""Operational time at days that may lie between two, and what moves it."""

from __future__ import annotations

from numba import njit

__all__ = ["add_at", "clock_at"]


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def clock_at(clock, day, end):
    """Operational time at `day`, between the days around it; `end` is the last day."""
    at = int(day)
    return clock[at] + (day - at) * (clock[min(at + 1, end)] - clock[at])


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def add_at(d_clock, day, end, value):
    """Add the derivative by `clock_at` to that by the clock."""
    at = int(day)
    part = (day - at) * value
    d_clock[at] += value - part
    d_clock[min(at + 1, end)] += part
