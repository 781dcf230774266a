"""The orders as the shop knows them on the evening of the as-of date, whatever the file format."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.simulate.exports.people import people
from workbench.simulate.simulation import Simulation

__all__ = ["article_names", "article_sku", "date_ranges", "exported_orders", "timestamps"]

_HOURS = (
    1, 1, 0.5, 0.3, 0.3, 0.5, 1.2, 2.5, 4, 5, 6, 6.5,
    6.5, 6, 6, 6, 6, 6, 6.5, 7, 7.5, 7, 5, 3,
)  # fmt: skip
"""Relative number of orders by hour of the shop's day."""


def exported_orders(simulation: Simulation) -> pd.DataFrame:
    """Return the orders that an export of the as-of date holds, sorted by time.

    Returns
    -------
    pandas.DataFrame
        The columns of `simulation.orders` and `visits`, with

        refunded : what was refunded until the as-of date, tax included;
        status : Shopify's financial status, lower case;
        created : local time of the shop, with time zone, to the second;
        order_name, order_id, customer_number, email, phone and place columns.
    """
    settings = simulation.settings
    kept = simulation.observed
    orders = simulation.orders[kept].join(simulation.visits[kept]).reset_index(drop=True)
    arrived = (orders["refund_day"] >= 0) & (orders["refund_day"] < settings.days)
    orders["refunded"] = orders["refunded"].where(arrived, 0.0)
    status = np.select(
        [
            orders["kind"].isin(["voided", "pending"]),
            (orders["refunded"] > 0) & (orders["refunded"] >= orders["total"]),
            orders["refunded"] > 0,
        ],
        [orders["kind"], "refunded", "partially_refunded"],
        default="paid",
    )
    orders["status"] = status
    orders["created"] = timestamps(simulation, orders["time"])
    orders["order_name"] = [f"#{1001 + position}" for position in range(len(orders))]
    orders["order_id"] = 5_400_000_000_000 + 32 * orders.index.to_numpy()
    contact = people(orders["customer"].to_numpy())
    # some customers type their address in capitals: it is the same customer
    shouts = orders.index.to_numpy() % 97 == 5
    contact["email"] = contact["email"].where(~shouts, contact["email"].str.upper())
    return orders.join(contact.rename(columns={"number": "customer_number"}))


def timestamps(simulation: Simulation, time: pd.Series) -> pd.Series:
    """Return times in days since the start as local times of the shop.

    The fraction of the day goes through the shop's daily rhythm, which keeps the order of events
    and the calendar day.
    """
    hours = np.concatenate([[0.0], np.cumsum(_HOURS) / sum(_HOURS)])
    day = np.floor(time.to_numpy())
    second = np.interp(time.to_numpy() - day, hours, np.arange(25.0)) * 3600
    second = np.minimum(second.astype(np.int64), 86_399)
    start = np.datetime64(simulation.settings.start, "s")
    local = pd.Series(start + (day.astype(np.int64) * 86_400 + second).astype("timedelta64[s]"))
    return local.dt.tz_localize(
        simulation.settings.timezone,
        ambiguous=np.ones(len(local), dtype=bool),
        nonexistent="shift_forward",
    )


def article_names(simulation: Simulation, product: pd.Series, article: pd.Series) -> list[str]:
    """Return the line item names: an article of the category, or the category itself."""
    names = [item.articles or (item.name,) for item in simulation.settings.products]
    return [
        names[which][position] if which >= 0 else ""
        for which, position in zip(product, article, strict=True)
    ]


def article_sku(name: str) -> str:
    """Return the stock keeping unit of an article, such as EARL-GREY."""
    return "-".join(name.upper().split())


def date_ranges(
    orders: pd.DataFrame, simulation: Simulation, files: int, overlap_days: int = 6
) -> list[pd.Series]:
    """Return which orders each of several exports holds.

    The ranges follow each other, hold about as many orders each, and two neighbours share
    `overlap_days` days; a shared order is the same in both.
    """
    borders = np.quantile(orders["day"], np.arange(1, files) / files).astype(int)
    starts = [0, *(border - overlap_days for border in borders)]
    ends = [*borders, simulation.settings.days]
    return [
        (orders["day"] >= start) & (orders["day"] < end)
        for start, end in zip(starts, ends, strict=True)
    ]
