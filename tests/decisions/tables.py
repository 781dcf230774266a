"""Tables for detectors, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from workbench.decisions.opportunities import Tables

AS_OF = date(2026, 6, 30)


def channels(**changes: Any) -> pd.DataFrame:
    """Return two paid channels and one without spend."""
    table = pd.DataFrame(
        {
            "channel": ["Google Ads", "Meta Ads", "Direct"],
            "customers": [1_000, 1_000, 500],
            "spend": [30_000.0, 60_000.0, float("nan")],
            "cac": [30.0, 60.0, float("nan")],
            "value_12m_mean": [80.0, 70.0, 90.0],
            "value_12m_q05": [70.0, 60.0, 80.0],
            "value_12m_q95": [90.0, 80.0, 99.0],
            "true_profit_mean": [50_000.0, 10_000.0, float("nan")],
            "true_profit_q05": [40_000.0, 0.0, float("nan")],
            "true_profit_q95": [60_000.0, 20_000.0, float("nan")],
            "p_value_above_cac": [0.99, 0.95, float("nan")],
        }
    )
    return table.assign(**changes)


def broken() -> pd.DataFrame:
    """Return channels of which Meta Ads costs more than it brings."""
    return channels(
        value_12m_mean=[80.0, 50.0, 90.0],
        true_profit_mean=[50_000.0, -10_000.0, float("nan")],
        true_profit_q05=[40_000.0, -22_000.0, float("nan")],
        true_profit_q95=[60_000.0, 4_000.0, float("nan")],
        p_value_above_cac=[0.99, 0.12, float("nan")],
    )


def budget(change: float = 5_000.0) -> pd.DataFrame:
    """Return a budget that moves money from Meta Ads to Google Ads."""
    return pd.DataFrame(
        {
            "channel": ["Google Ads", "Meta Ads"],
            "spend_now": [30_000.0, 60_000.0],
            "spend_proposed": [30_000.0 + change, 60_000.0 - change],
            "change": [change, -change],
            "expected_profit_change": [4_000.0, 1_000.0],
            "q05": [-500.0, -2_000.0],
            "q95": [9_000.0, 4_000.0],
            "p_better": [0.9, 0.7],
        }
    )


def record(actual: float) -> pd.DataFrame:
    """Return a forecast record of 20 cohorts, of which the first did what is given."""
    done = [actual] + [100.0] * 19
    return pd.DataFrame(
        {
            "cutoff": "2025-12-30",
            "horizon_days": 182,
            "level": "cohort",
            "group": [f"Cohort {i:02d}" for i in range(20)],
            "customers": 200,
            "actual": done,
            "mean": 100.0,
            "log_mean": 4.6,
            "log_sd": 0.1,
        }
    )


def audience(name: str, **changes: Any) -> pd.DataFrame:
    """Return one row of the audiences' table."""
    row = {
        "audience": name, "purpose": "retain", "tool": "Klaviyo", "customers": 1_200,
        "expected_value": 40_000.0, "expected_value_q05": 35_000.0, "expected_value_q95": 46_000.0,
        "expected_profit": 900.0, "profit_q05": -300.0, "profit_q95": 2_100.0, "p_profit": 0.88,
        "p_order_60d": 0.06, "uplift": 0.01, "holdout": 400, "holdout_power": 0.8,
        "left_out": "12 refused e-mail marketing", "file": f"klaviyo/{name}.csv",
        "definition": "Words.",
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def flow_states(state: str, flow: str = "flow_win_back") -> pd.DataFrame:
    """Return the state of one core flow."""
    return pd.DataFrame(
        {"flow": [flow], "title": ["Win-back flow"], "state": [state], "delivered": [0.0],
         "before": [0.0], "facts": ["Facts with 30 days."]}
    )  # fmt: skip


def flips(p: float) -> pd.DataFrame:
    """Return one pair of channels."""
    return pd.DataFrame(
        {"channel_a": ["Meta Ads"], "channel_b": ["Google Ads"], "reported_a": [3.1],
         "reported_b": [2.4], "roas_12m_a": [1.2], "roas_12m_b": [2.6], "p_flip": [p]}
    )  # fmt: skip


def experiments(evsi: float) -> pd.DataFrame:
    """Return a backlog of one test."""
    return pd.DataFrame(
        {"id": ["E1"], "title": ["Free shipping"], "expected_profit_12m": [4_000.0],
         "q05": [-6_000.0], "q95": [15_000.0], "p_win": [0.64], "evsi": [evsi],
         "evsi_per_week": [evsi / 4], "weeks": [4.0], "sample_per_arm": [3_000.0], "rank": [1]}
    )  # fmt: skip


def leaks(recent: int) -> pd.DataFrame:
    """Return one channel's orders, of which so many came from recent buyers."""
    return pd.DataFrame(
        {"channel": ["Meta Ads"], "orders": [400], "recent": [recent], "spend": [9_000.0]}
    )


def readiness(status: str) -> pd.DataFrame:
    """Return one readiness check."""
    return pd.DataFrame(
        {"check": ["costs"], "status": [status], "message": ["Margins known for 61%."],
         "recommendation": ["Give unit costs."]}
    )  # fmt: skip


def tables(**given: Any) -> Tables:
    """Return tables of which only the given ones are filled."""
    return replace(Tables(currency="USD", as_of=AS_OF), **given)
