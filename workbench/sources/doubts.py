"""What deserves a look in the orders that were kept: counted and logged, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem
from workbench.sources.frames import LogRow

if TYPE_CHECKING:
    from workbench.brand import Brand

__all__ = ["doubts", "no_order"]

_ABSURD = 1000.0  # times the median order


def no_order(brand: Brand, log: list[LogRow]) -> Problem:
    """Say why nothing is left of the orders of a brand."""
    reasons = "; ".join(f"{row.what}: {row.count}" for row in log) or "the files hold no rows"
    return Problem(
        f"no order is left to analyse ({reasons})",
        ", ".join(spec.place for spec in brand.sources.orders),
        "at least one paid order with a customer and a date",
        "export orders of a longer period, or change options.keep in brand.yaml",
    )


def doubts(orders: pd.DataFrame, brand: Brand) -> list[LogRow]:
    """Return what deserves a look in the orders that were kept."""
    revenue = orders["revenue"]
    moneyless = pd.Series(bool(revenue.isna().all()), index=orders.index)
    typical = revenue[revenue > 0].median()
    after = orders["day"] > pd.Timestamp(brand.as_of or pd.Timestamp.max)
    looks = (
        ("orders after the as-of date", after, "kept here, not used in any result"),
        (
            "orders without any amount in the log",
            moneyless,
            "purchases are answered, money is not",
        ),
        ("orders with negative revenue", revenue < 0, "refunds above the order, exchanges"),
        ("orders without revenue", revenue == 0, "gifts or full refunds: no purchase"),
        (
            "orders of absurd size",
            revenue > _ABSURD * typical,
            f"more than {_ABSURD:,.0f} times the median order of {typical:,.2f}",
        ),
        (
            "orders without a known channel",
            orders["channel_source"] == "unknown",
            "channel is Unknown; an order -> channel file, Note Attributes, tags or GA4 tell it",
        ),
    )
    rows = []
    for what, where, note in looks:
        for file, count in orders.loc[where, "source_file"].value_counts().sort_index().items():
            rows.append(LogRow("orders", str(file), what, int(count), note))
    return rows
