"""A growth team's experiment backlog and the results of its finished tests.

The backlog carries ICE, PIE and PXL scores, from stage 4 on expected profit as well.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from workbench.simulate.backlog import IDEAS, draw_tests, weekly_traffic
from workbench.simulate.exports.files import csv_text, write_text
from workbench.simulate.simulation import Simulation

__all__ = ["PXL", "write_experiments", "write_test_results"]

PXL = (
    "above_fold", "noticeable_5s", "add_remove_element", "motivation", "high_traffic",
    "user_testing", "qual_feedback", "analytics", "heatmaps",
)  # fmt: skip
"""The questions of PXL beside ease."""

_RECENT_DAYS = 91


def write_experiments(path: Path, simulation: Simulation) -> None:
    """Write the backlog; weekly traffic is that of the last 13 weeks.

    `cost_to_run` is what media and tools cost; the days of work stand in `effort_days`.
    """
    settings = simulation.settings
    value = settings.spending.mean_order_value
    rows = []
    for idea in IDEAS:
        days = settings.days
        traffic = int(weekly_traffic(simulation, idea, days - _RECENT_DAYS, days))
        row = {
            "id": idea.number,
            "title": idea.title,
            "hypothesis": f"{idea.title} raises {idea.metric} by {idea.effect:.0%}",
            "surface": idea.surface,
            "channel": idea.channel,
            "segment": "all",
            "primary_metric": idea.metric,
            "baseline_rate": idea.baseline,
            "weekly_traffic": traffic,
            "aov_or_clv": f"{value:.0f}",
            "mde": idea.effect,
            "effort_days": idea.effort,
            "evidence_links": "",
            "status": idea.status,
            "owner": idea.owner,
            **dict(zip(("impact", "confidence", "ease"), idea.ice, strict=True)),
            **dict(zip(("potential", "importance"), idea.pie, strict=True)),
            **dict(zip(PXL, map(int, idea.pxl), strict=True)),
        }
        if settings.stage >= 4:
            yearly = 52 * traffic * idea.baseline * idea.effect * value * 0.4
            row |= {
                "exp_profit_12m": f"{0.3 * yearly:.0f}",
                "p_win": 0.3,
                "cost_to_run": idea.outside_cost,
            }
        rows.append(row)
    write_text(path, csv_text(pd.DataFrame(rows)))


def write_test_results(path: Path, simulation: Simulation) -> None:
    """Write the finished tests, one row per arm; what is true of them stands in `truth.json`."""
    tests = draw_tests(simulation)
    table = tests[["id", "arm", "exposed", "converted"]].copy()
    for column in ("value_90d_mean", "value_90d_sd"):
        table[column] = ["" if np.isnan(v) else f"{v:.4f}" for v in tests[column]]
    for column in ("started", "ended"):
        table[column] = simulation.dates(tests[column]).dt.strftime("%Y-%m-%d")
    write_text(path, csv_text(table))
