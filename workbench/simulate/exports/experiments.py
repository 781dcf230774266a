"""An experiment backlog as a growth team keeps it: ICE scores, from stage 4 on profit as well."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from workbench.simulate.exports.files import csv_text, write_text
from workbench.simulate.simulation import Simulation

__all__ = ["write_experiments"]

# id, title, surface, channel, metric, baseline, share of weekly traffic, effect to detect (share),
# days of work, ICE scores, status, owner
_TESTS = (
    ("E01", "Bundle offer on product page", "product page", "", "order rate", 0.031, 1.00, 0.06, 5,
     (7, 6, 6), "backlog", "site lead"),
    ("E02", "Free shipping threshold +20%", "cart", "", "order value", 0.58, 0.12, 0.05, 2,
     (8, 6, 8), "backlog", "site lead"),
    ("E03", "Second-order offer on day 21", "e-mail", "Email", "repeat in 60 days", 0.11, 0.02,
     0.12, 3, (7, 7, 7), "ready", "e-mail lead"),
    ("E04", "Quiz before first purchase", "landing page", "Meta Ads", "order rate", 0.022, 0.45,
     0.10, 15, (8, 5, 3), "backlog", "growth lead"),
    ("E05", "Creator video against studio video", "ads", "Meta Ads", "order rate", 0.019, 0.40,
     0.08, 4, (6, 6, 7), "running", "growth lead"),
    ("E06", "Replenishment reminder by product", "e-mail", "Email", "repeat in 90 days", 0.17, 0.03,
     0.10, 6, (7, 6, 5), "backlog", "e-mail lead"),
    ("E07", "Gift wrap option", "checkout", "", "order value", 0.61, 0.05, 0.03, 8, (4, 5, 5),
     "backlog", "site lead"),
    ("E08", "Brand search off in two regions", "ads", "Google Ads", "new customers", 0.05, 0.20,
     0.15, 2, (6, 5, 9), "ready", "growth lead"),
    ("E09", "Win-back without discount", "e-mail", "Email", "repeat in 60 days", 0.03, 0.02, 0.15,
     2, (5, 6, 9), "backlog", "e-mail lead"),
    ("E10", "Subscription as default choice", "product page", "", "repeat in 90 days", 0.16, 0.60,
     0.20, 20, (9, 4, 2), "backlog", "founder"),
)  # fmt: skip


def write_experiments(path: Path, simulation: Simulation) -> None:
    """Write the backlog; weekly traffic is 40 visits per new customer of the last 90 days."""
    settings = simulation.settings
    recent = (simulation.customers["first_day"] >= settings.days - 90).sum()
    visits = 40 * recent / (90 / 7)
    value = settings.spending.mean_order_value
    rows = []
    for test in _TESTS:
        (number, title, surface, channel, metric, baseline, share, effect, effort, ice) = test[:10]
        traffic = round(visits * share)
        row = {
            "id": number,
            "title": title,
            "hypothesis": f"{title} raises {metric} by {effect:.0%}",
            "surface": surface,
            "channel": channel,
            "segment": "all",
            "primary_metric": metric,
            "baseline_rate": baseline,
            "weekly_traffic": traffic,
            "aov_or_clv": f"{value:.0f}",
            "mde": effect,
            "effort_days": effort,
            "evidence_links": "",
            "status": test[10],
            "owner": test[11],
            **dict(zip(("impact", "confidence", "ease"), ice, strict=True)),
        }
        if settings.stage >= 4:
            yearly = 52 * traffic * baseline * effect * value * 0.4
            row |= {
                "exp_profit_12m": f"{0.3 * yearly:.0f}",
                "p_win": 0.3,
                "cost_to_run": effort * 600,
            }
        rows.append(row)
    write_text(path, csv_text(pd.DataFrame(rows)))
