"""Materials made from plain arithmetic, of any size, with draws that are known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from workbench.explorer.levels import LEVELS
from workbench.explorer.material import Facts, Material, MonthCurves

AGES = np.union1d(np.append(np.arange(0, 365, 7), 365), np.arange(30, 361, 30))


def handmade(
    channels: int = 3, products: int = 2, months: int = 4, draws: int = 40, seed: int = 1
) -> Material:
    """Material of random cohorts; the last three months (or all) have something to predict."""
    random = np.random.default_rng(seed)
    names = [str(m) for m in pd.period_range("2025-01", periods=months, freq="M")]
    cells = pd.MultiIndex.from_product(
        [
            [f"Channel {i}" for i in range(channels)],
            [f"Product {i}" for i in range(products)],
            names,
        ],
        names=["channel", "first_product", "first_month"],
    ).to_frame(index=False)
    n = random.integers(1, 60, len(cells))
    cells = cells.assign(
        customers=n, age_days=n * 100, orders=2 * n, customers_90d=n, retained_90d=n // 3
    )
    observed = np.cumsum(random.gamma(2.0, 2.0, (len(cells), len(AGES))), axis=1) * n[:, None]
    blocks = []
    for i, name in enumerate(names[-3:]):
        rows = np.flatnonzero(cells["first_month"] == name)
        start = 12 - 4 * i
        steps = random.gamma(0.5, 3.0, (len(rows), len(AGES) - start, draws))
        blocks.append(MonthCurves(rows, start, np.cumsum(steps, axis=1).astype(np.float32)))
    spend = cells[cells["channel"] != "Channel 0"][["channel", "first_month"]].drop_duplicates()
    spend = spend.assign(
        spend=random.uniform(100, 900, len(spend)), claimed_value=500.0, claimed_spend=200.0
    )
    spend["attribution"] = [["7-day click"]] * len(spend)
    people = 5
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(people)],
            "channel": "Channel 0",
            "first_product": "Product 0",
            "first_month": names[0],
            "age_days": [400, 300, 200, 100, 10],
            "orders": [1, 4, 2, 1, 1],
            "contribution_to_date": 20.0,
            "p_alive": [0.1, 0.9, 0.5, 0.4, 0.8],
            "value_12m_mean": 30.0,
            "next_12m_mean": [1.0, 50.0, 20.0, 10.0, 5.0],
            "next_12m_orders": 1.5,
            "next_order_date": pd.Timestamp("2025-09-01"),
            "segment": "active",
            **{f"future_q{round(1000 * level):03d}": 20.0 * level for level in LEVELS},
            "future_mean": 10.0,
        }
    )
    orders = pd.DataFrame(
        {
            "customer": np.array([0, 1, 1, 1, 1, 2, 2, 3, 4], dtype=np.int32),
            "day": pd.date_range("2025-01-01", periods=9, freq="10D"),
            "revenue": 30.0,
            "contribution": 10.0,
        }
    )
    shrunk = pd.DataFrame(
        {
            "channel": ["Channel 0", "Channel 1"] * 2,
            "first_product": "All",
            "first_month": "All",
            "horizon": [30, 30, 60, 60],
            "customers": [50, 2, 40, 1],
            "raw_mean": [10.0, 20.0, 12.0, 24.0],
            "raw_se": [1.0, 5.0, 1.0, np.nan],
            "pooled_mean": [11.0, 14.0, 13.0, 15.0],
            **{f"pooled_q{round(1000 * level):03d}": 10.0 + level for level in LEVELS},
        }
    )
    facts = Facts(
        brand="Juniper Tea", currency="USD", as_of=date(2025, 4, 30), months=tuple(names),
        has_money=True, draws=draws, draws_of=draws,
    )  # fmt: skip
    reached = np.maximum(n[:, None] - np.arange(len(AGES)), 0)
    return Material(
        facts, cells, AGES, observed, reached, tuple(blocks), spend, customers, orders, shrunk
    )


def total_curve(material: Material, cell: int) -> np.ndarray:
    """Observed plus predicted contribution of one cell, (ages, draws), slowly but surely."""
    out = np.repeat(material.observed[cell][:, None], material.facts.draws, axis=1)
    for block in material.predicted:
        for row, at in enumerate(block.rows):
            if at == cell:
                out[block.start :] += block.curves[row]
    return out
