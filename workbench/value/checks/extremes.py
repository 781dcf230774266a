"""One customer who outweighs the others, in orders or in spend."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.checks import Check, Status
from workbench.store.readiness_facts import count, grade, percent

__all__ = ["ExtremeThresholds", "extreme_checks"]


@dataclass(frozen=True)
class ExtremeThresholds:
    """Limits; a pair is (REVIEW from, FAIL from).

    Parameters
    ----------
    orders : (float, float)
        Share of all repeat days that one customer made.
    days : int
        Repeat days of that customer below which nothing is extreme.
    spend : (float, float)
        Share of all repeat revenue that one customer brought.
    buyers : int
        Repeat buyers below which every one of them weighs much, which other checks say.
    """

    orders: tuple[float, float] = (0.05, 0.5)
    days: int = 20
    spend: tuple[float, float] = (0.10, 0.5)
    buyers: int = 20


def extreme_checks(
    customers: pd.DataFrame, thresholds: ExtremeThresholds | None = None
) -> list[Check]:
    """Judge the largest buyer and, in a log with money, the largest spender among repeat buyers.

    Single giant orders and buying at fixed intervals are checked with the readiness of the data.
    """
    limits = thresholds or ExtremeThresholds()
    days = customers["repeat_days"]
    total, most = int(days.sum()), int(days.max()) if len(days) else 0
    share = most / total if total else 0.0
    status = grade(share, limits.orders) if most >= limits.days else Status.PASS
    checks = [
        Check(
            "Largest buyer",
            status,
            round(share, 4),
            f"below {percent(limits.orders[0])} of repeat orders (FAIL from "
            f"{percent(limits.orders[1])})",
            f"One customer made {count(most, 'repeat order')} of {total:,} ({percent(share)})."
            if total
            else "Nobody has come back yet.",
            ""
            if status is Status.PASS
            else "Find out who this is: a reseller, a shop's own account or a test account "
            "belongs on its own; leave its orders out of the export.",
        )
    ]
    revenue = customers["repeat_revenue"].fillna(0.0).clip(lower=0.0)
    buyers, whole = int((revenue > 0).sum()), float(revenue.sum())
    if whole > 0:
        top = float(revenue.max()) / whole
        status = grade(top, limits.spend) if buyers >= limits.buyers else Status.PASS
        checks.append(
            Check(
                "Largest spender",
                status,
                round(top, 4),
                f"below {percent(limits.spend[0])} of repeat revenue (FAIL from "
                f"{percent(limits.spend[1])})",
                f"One customer brought {percent(top)} of the revenue of "
                f"{count(buyers, 'customer')} who came back.",
                ""
                if status is Status.PASS
                else "Look at this customer's orders: wholesale orders and wrong amounts belong "
                "out of the export, because they raise what every other customer seems worth.",
            )
        )
    return checks
