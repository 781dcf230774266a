"""A shop whose customers buy exactly as the model says, as an order log with known truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from tests.store import logs
from workbench.brand import Costs
from workbench.store.warehouse import Warehouse

START = date(2025, 1, 1)
PRODUCTS = ("Cups", "Tea")


@dataclass(frozen=True)
class Story:
    """True parameters: rates a week, dropout as a chance after each purchase, money in USD."""

    customers: int = 300
    days: int = 364
    arrivals: int = 180
    r: float = 1.5
    kappa: float = 4.0
    p: float = 4.0
    q: float = 6.0
    rate: dict[str, float] = field(default_factory=lambda: {"Email": 0.35, "Meta Ads": 0.22})
    drop: dict[str, float] = field(default_factory=lambda: {"Email": 0.15, "Meta Ads": 0.25})
    spend: dict[str, float] = field(default_factory=lambda: {"Email": 60.0, "Meta Ads": 40.0})

    @property
    def as_of(self) -> date:
        """Last day of the log."""
        return START + timedelta(self.days - 1)

    def orders(self, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return canonical orders and lines; one order of a customer a day, as the model has it.

        Time runs in days of a flat calendar: a purchase belongs to the day in which it falls.
        """
        random = np.random.default_rng(seed)
        rows, lines = [], []
        for i in range(self.customers):
            channel = list(self.rate)[i % len(self.rate)]
            rate = random.gamma(self.r, self.rate[channel] / self.r) / 7.0
            leave = random.beta(
                self.kappa * self.drop[channel], self.kappa * (1 - self.drop[channel])
            )
            nu = random.gamma(self.q, self.p / (self.spend[channel] * (self.q - 1)))
            first = int(random.integers(0, self.arrivals))
            days, t = [first], float(first)
            while random.random() >= leave:
                t += random.exponential(1 / rate)
                if t > self.days - 1:
                    break
                days.append(int(np.ceil(t)))
            for day in dict.fromkeys(days):
                amount = random.gamma(self.p, 1 / nu)
                rows.append(
                    {
                        "customer_id": f"c{i:04d}",
                        "ordered_at": f"{START + timedelta(day)} 12:00",
                        "items": round(amount, 2) + 0.01,
                        "channel": channel,
                    }
                )
                lines.append((f"{len(rows):03d}", PRODUCTS[i % 3 // 2], round(amount, 2) + 0.01))
        return logs.orders(*rows), logs.lines(*lines)

    def warehouse(self, seed: int = 1, costs: Costs | None = logs.COSTS) -> Warehouse:
        """Return the warehouse of such a log."""
        orders, lines = self.orders(seed)
        return Warehouse.from_frames(orders, lines, costs=costs)
