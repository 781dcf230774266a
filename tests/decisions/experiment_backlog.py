"""A small backlog and what a brand is worth, for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.decisions.experiment_metrics import ExperimentMoney


def money(**changes: Any) -> ExperimentMoney:
    rng = np.random.default_rng(5)
    settings: dict[str, Any] = {
        "new_customer": rng.normal(80, 8, 500),
        "by_channel": {"Meta Ads": rng.normal(60, 8, 500)},
        "order": rng.normal(40, 1, 500),
        "order_value": 100.0,
        "order_value_cv": 0.7,
        "unit_margin": np.array([0.6]),
        "new_share": 0.5,
    }
    return ExperimentMoney(**(settings | changes))


def backlog(*rows: dict[str, Any]) -> pd.DataFrame:
    start = {
        "title": "Idea",
        "surface": "product page",
        "channel": "",
        "primary_metric": "order rate",
        "baseline_rate": 0.03,
        "weekly_traffic": 20_000.0,
        "mde": 0.05,
        "effort_days": 2.0,
        "status": "backlog",
        "impact": 5.0,
        "confidence": 5.0,
        "ease": 5.0,
    }
    rows = rows or ({},)
    return pd.DataFrame([{"id": f"E{n}"} | start | row for n, row in enumerate(rows, start=1)])
