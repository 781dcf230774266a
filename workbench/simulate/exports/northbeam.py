"""Northbeam's export: the same spend once for every attribution model, window and mode."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from workbench.simulate.exports.files import cents, csv_text, write_text
from workbench.simulate.simulation import Simulation

__all__ = ["write_northbeam"]

_VIEWS = (
    ("Accrual performance", "Clicks only", "7", 0.78),
    ("Accrual performance", "Clicks only", "30", 0.92),
    ("Cash snapshot", "First Touch", "1", 1.00),
)
"""Mode, model, window in days and the share of the platform's claim that it credits."""


def write_northbeam(path: Path, simulation: Simulation, *, days: int = 365) -> None:
    """Write the last days, by day, platform, model and window.

    The tool credits each channel with a share of what the platform claims, scaled down to the
    customers really won; first-time revenue leaves out the claims on repeat orders.
    """
    settings = simulation.settings
    spend = simulation.spend[simulation.spend["day"] >= settings.days - days]
    daily = spend.groupby(["day", "channel"], as_index=False)[
        ["spend", "impressions", "clicks", "conversions", "conversion_value", "new_customers"]
    ].sum()
    claims = {channel.name: channel.claim for channel in settings.channels}
    # a tracking tool finds part of the over-claim: half of its excess remains
    kept = daily["channel"].map(lambda name: (1 + (claims[name] - 1) / 2) / claims[name])
    parts = []
    for mode, model, window, share in _VIEWS:
        orders = (daily["conversions"] * kept * share).round()
        revenue = daily["conversion_value"] * kept * share
        new = (daily["new_customers"] * share).round()
        parts.append(
            pd.DataFrame(
                {
                    "date": simulation.dates(daily["day"]).dt.strftime("%Y-%m-%d"),
                    "accounting_mode": mode,
                    "attribution_model": model,
                    "attribution_window": window,
                    "breakdown_platform_northbeam": daily["channel"],
                    "spend": cents(daily["spend"]),
                    "attributed_rev": cents(revenue),
                    "attributed_rev_1st_time": cents(revenue * 0.85),
                    "transactions": orders.astype(int).astype(str),
                    "transactions_1st_time": new.astype(int).astype(str),
                    "customers_new": new.astype(int).astype(str),
                    "customers_returning": (orders - new).clip(lower=0).astype(int).astype(str),
                    "visits": daily["clicks"].astype(str),
                    "imprs": daily["impressions"].astype(str),
                }
            )
        )
    table = pd.concat(parts)
    keys = ["date", "breakdown_platform_northbeam", "accounting_mode", "attribution_window"]
    write_text(path, csv_text(table.sort_values(keys, kind="stable")))
