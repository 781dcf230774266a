"""Files that tools export, as canonical frames. One module per tool."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd

from workbench.sources.frames import COLUMNS, LogRow, ReadResult, empty

__all__ = ["COLUMNS", "Exports", "LogRow", "ReadResult", "empty"]


def _frame(name: str) -> Any:
    return field(default_factory=partial(empty, name))


@dataclass(frozen=True)
class Exports:
    """Everything a brand's exports say, as canonical frames (columns in `COLUMNS`).

    A frame whose source is absent is empty, with its columns. Money is in the brand's currency,
    dates are naive and in the brand's time zone. `identities` holds e-mails, phones and names:
    it stays in memory and goes nowhere but to the outbox.
    """

    orders: pd.DataFrame = _frame("orders")
    order_lines: pd.DataFrame = _frame("order_lines")
    products: pd.DataFrame = _frame("products")
    spend: pd.DataFrame = _frame("spend")
    attributed: pd.DataFrame = _frame("attributed")
    profiles: pd.DataFrame = _frame("profiles")
    flows: pd.DataFrame = _frame("flows")
    campaigns: pd.DataFrame = _frame("campaigns")
    experiments: pd.DataFrame = _frame("experiments")
    stack: dict[str, Any] = field(default_factory=dict)
    identities: pd.DataFrame = field(default_factory=partial(empty, "identities"), repr=False)
    log: pd.DataFrame = _frame("log")
