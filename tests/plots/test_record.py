"""Earlier forecasts against what happened: the same numbers as the table, none clipped."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import lognorm

from workbench import plots
from workbench.plots.record import find_forecast_record, record_rows


def record() -> pd.DataFrame:
    """Two forecasts of everybody, one with money and far off, and a cohort."""
    return pd.DataFrame(
        {
            "cutoff": ["2025-06-30", "2025-12-30", "2025-06-30"],
            "horizon_days": [365, 182, 365],
            "level": ["total", "total", "cohort"],
            "group": ["All customers", "All customers", "Email"],
            "actual": [1000.0, 500.0, 10.0],
            "mean": [1010.0, 800.0, 9.0],
            "log_mean": [np.log(1008.0), np.log(798.0), np.nan],
            "log_sd": [0.05, 0.06, np.nan],
            "actual_spend": [80.0, np.nan, np.nan],
            "log_spend_mean": [np.log(79.0), np.nan, np.nan],
            "log_spend_sd": [0.02, np.nan, np.nan],
        }
    )


def test_intervals_are_quantiles_of_the_forecast() -> None:
    rows = record_rows(record())
    assert list(rows["quantity"]) == ["repeat orders", "repeat orders", "net revenue per order"]
    exact = lognorm(s=0.05, scale=1008.0).ppf([0.05, 0.95])
    assert rows.loc[0, ["forecast_q05", "forecast_q95"]].tolist() == pytest.approx(list(exact))
    assert rows.loc[0, "forecast_mean"] == 1010.0
    assert find_forecast_record(rows) == (
        "2 of 3 earlier forecasts held what happened in the 90% interval."
    )


def test_customers_won_after_the_date_have_a_row_of_their_own() -> None:
    won = record().iloc[:1].assign(level="newcomers", actual=300.0, log_mean=np.log(400.0))
    rows = record_rows(pd.concat([record(), won], ignore_index=True))
    assert rows["quantity"].tolist()[3:] == ["newcomers' orders"]
    assert rows.loc[3, ["cutoff", "horizon_days", "actual"]].tolist() == ["2025-06-30", 365, 300.0]
    exact = lognorm(s=0.05, scale=400.0).ppf([0.05, 0.95])
    assert rows.loc[3, ["forecast_q05", "forecast_q95"]].tolist() == pytest.approx(list(exact))


def test_a_forecast_too_high_stands_right_of_what_happened_and_is_marked() -> None:
    fig = plots.forecast_record_ranges(record(), currency="USD")
    dots = [trace for trace in fig.data if trace.mode == "markers"]
    assert [dot.x[0] for dot in dots[:2]] == pytest.approx([0.01, 0.6])
    assert [dot.marker.symbol for dot in dots] == ["circle", "x", "circle"]
    words = [note.text for note in fig.layout.annotations]
    assert "+60%: 800 forecast (723 to 881), 500 came" in words[1]


def test_no_interval_is_cut_at_the_edge_however_small_the_errors() -> None:
    small = record().iloc[:1].assign(actual=1010.0, actual_spend=np.nan)
    fig = plots.forecast_record_ranges(small)
    bar = next(trace for trace in fig.data if trace.mode == "lines")
    low, high = fig.layout.xaxis.range
    assert low < bar.x[0] < -0.05 < 0.05 < bar.x[1] < high


def test_without_an_outcome_there_is_nothing_to_draw() -> None:
    assert not plots.forecast_record_ranges(record().iloc[2:]).data
