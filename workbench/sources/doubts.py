"""What deserves a look in the orders that were kept: counted and logged, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem
from workbench.sources.frames import LogRow

if TYPE_CHECKING:
    from workbench.brand import Brand

__all__ = ["ABSURD", "DOUBTS", "doubts", "no_order"]

ABSURD = 1000.0  # times the median order
DOUBTS = {
    "late": ("orders after the as-of date", "kept here, not used in any result"),
    "moneyless": (
        "orders without any amount in the log",
        "purchases are answered, money is not",
    ),
    "negative": ("orders with negative revenue", "refunds above the order, exchanges"),
    "nothing": ("orders without revenue", "gifts or full refunds: no purchase"),
    "absurd": (
        "orders of absurd size",
        f"more than {ABSURD:,.0f} times the median order of {{typical:,.2f}}",
    ),
    "unknown": (
        "orders without a known channel",
        "channel is Unknown; an order -> channel file, Note Attributes, tags or GA4 tell it",
    ),
}
"""What is looked for -> how the log says it, and what it means."""


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
    looks = {
        "late": after,
        "moneyless": moneyless,
        "negative": revenue < 0,
        "nothing": revenue == 0,
        "absurd": revenue > ABSURD * typical,
        "unknown": orders["channel_source"] == "unknown",
    }
    rows = []
    for name, where in looks.items():
        what, note = DOUBTS[name]
        for file, count in orders.loc[where, "source_file"].value_counts().sort_index().items():
            said = note.format(typical=typical)
            rows.append(LogRow("orders", str(file), what, int(count), said))
    return rows
