"""Forecast against what happened: weekly tracking and backtest."""

from __future__ import annotations

import pandas as pd

from tests.plots import examples
from workbench import plots


def weeks(observed: list[float], phase: list[str]) -> pd.DataFrame:
    count = len(observed)
    days = pd.date_range("2026-05-04", periods=count, freq="7D").strftime("%Y-%m-%d")
    return pd.DataFrame(
        {
            "week": days,
            "observed": observed,
            "expected_mean": [10.0] * count,
            "expected_q05": [5.0] * count,
            "expected_q95": [15.0] * count,
            "phase": phase,
        }
    )


NAN = float("nan")


def test_tracking_counts_weeks_inside_and_marks_those_outside() -> None:
    table = weeks([5, 15, 16, NAN], ["fit", "fit", "fit", "forecast"])
    fig = plots.tracking(table)
    assert fig.layout.meta["title"] == (
        "2 of 3 observed weeks lie inside the interval: 36 repeat orders came, 30 were expected."
    )
    (dots,) = [t for t in fig.data if t.name == "observed"]
    assert dots.marker.symbol == ("circle", "circle", "x")


def test_the_forecast_starts_at_the_first_week_after_the_as_of_date() -> None:
    fig = plots.tracking(weeks([5, 6, NAN, NAN], ["fit", "fit", "forecast", "forecast"]))
    (line,) = [s for s in fig.layout.shapes if s.line.dash == "dot"]
    assert line.x0 == line.x1 == "2026-05-18"
    expected = {t.name: t for t in fig.data if t.name in ("expected", "forecast")}
    assert expected["expected"].x == ("2026-05-04", "2026-05-11")
    assert expected["forecast"].x == ("2026-05-11", "2026-05-18", "2026-05-25")
    assert expected["forecast"].line.dash == "dash"


def test_a_fit_without_forecast_has_no_as_of_line() -> None:
    fig = plots.tracking(weeks([5, 6], ["fit", "fit"]))
    assert not fig.layout.shapes
    assert not [t for t in fig.data if t.name == "forecast"]


def scored(count: int = 4) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": [f"G{i}" for i in range(count)],
            "actual": [100.0, 150.0, 0.0, 81.0] * (count // 4),
            "mean": [100.0, 100.0, 50.0, 90.0] * (count // 4),
            "q05": [80.0, 80.0, 20.0, 81.0] * (count // 4),
            "q95": [120.0, 120.0, 80.0, 99.0] * (count // 4),
        }
    )


def test_calibration_counts_hits_with_the_ends_inside() -> None:
    fig = plots.calibration(scored())
    assert fig.layout.meta["title"] == (
        "2 of 4 forecasts ended inside their 90% interval; about 4 would be expected."
    )
    (dots,) = [t for t in fig.data if t.name == "what happened"]
    hits = dict(zip(dots.x, dots.marker.symbol, strict=True))
    assert hits == {1.0: "circle", 1.5: "x", 0.9: "circle", 0.0: "x"}


def test_calibration_is_relative_to_the_forecast() -> None:
    fig = plots.calibration(scored())
    (bars,) = [t.x for t in fig.data if t.name == "interval"]
    assert bars == (0.8, 1.2, None, 0.8, 1.2, None, 0.9, 1.1, None, 0.4, 1.6, None)


def test_of_many_forecasts_only_the_misses_are_named() -> None:
    fig = plots.calibration(scored(20))
    names = {note.text for note in fig.layout.annotations}
    assert names == {f"<b>G{i}</b>" for i in range(20) if i % 4 in (1, 2)}


def test_a_forecast_of_zero_or_without_outcome_is_named_not_divided() -> None:
    table = scored().assign(mean=[100.0, 0.0, 50.0, 90.0], actual=[100.0, 1.0, NAN, 81.0])
    fig = plots.calibration(table)
    assert "Without forecast or outcome: G1, G2" in fig.layout.meta["subtitle"]
    assert fig.layout.meta["title"].startswith("2 of 2")


def test_a_wild_outcome_does_not_squeeze_the_others() -> None:
    table = scored().assign(actual=[100.0, 9000.0, 0.0, 81.0])
    fig = plots.calibration(table)
    assert fig.layout.xaxis.range[1] < 6


def test_horizon_and_cutoff_are_said_when_they_are_one() -> None:
    subtitle = plots.calibration(examples.backtest()).layout.meta["subtitle"]
    assert "orders" in subtitle
    assert "181 days from 2025-12-31" in subtitle
    mixed = examples.backtest().assign(horizon_days=range(24))
    assert " days" not in plots.calibration(mixed).layout.meta["subtitle"]


def test_more_forecasts_than_fit_are_counted() -> None:
    fig = plots.calibration(examples.backtest(80))
    assert "60 of 80 forecasts shown" in fig.layout.meta["subtitle"]
