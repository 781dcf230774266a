"""What was read, in a few lines that the owner of a shop can hold against what they know."""

from __future__ import annotations

import pandas as pd

from workbench.sources.exports import Exports
from workbench.store.readiness_facts import count, listed

__all__ = ["reading_words"]

_MOST = 8
_ALSO = {
    "profiles": "profiles",
    "flows": "rows of flows",
    "campaigns": "campaigns",
    "experiments": "ideas for tests",
    "test_results": "finished tests",
}


def reading_words(
    exports: Exports, customers: pd.DataFrame, as_of: pd.Timestamp, currency: str
) -> tuple[str, ...]:
    """Say what the exports hold up to the as-of date: orders, channels, spend and the rest.

    Parameters
    ----------
    exports : Exports
    customers : DataFrame
        `Warehouse.customers` at the as-of date.
    as_of : Timestamp
        Later orders and spend are not counted.
    currency : str
        Of all money.

    Returns
    -------
    tuple of str
        One sentence each.
    """
    orders = exports.orders[exports.orders["day"] <= as_of]
    if orders.empty:
        return (f"Read: no order up to {as_of.date()}.",)
    days = f"{orders['day'].min().date()} to {orders['day'].max().date()}"
    money = f", {orders['revenue'].sum():,.0f} {currency} of net revenue"
    told = [
        f"Read: {count(len(orders), 'order')} of {count(len(customers), 'customer')}, {days}"
        f"{money if orders['revenue'].notna().any() else ', without amounts'}."
    ]
    if customers["channel"].nunique() > 1:
        sizes = customers["channel"].value_counts()
        names = [f"{name} {size:,}" for name, size in sizes.items()]
        told.append(f"Customers by channel of the first order: {listed(names, most=_MOST)}.")
    spend = exports.spend[exports.spend["date"] <= as_of]
    if spend["spend"].any():
        sums = spend.groupby("channel")["spend"].sum().sort_values(ascending=False)
        names = [f"{name} {amount:,.0f}" for name, amount in sums.items()]
        first, last = spend["date"].min().date(), spend["date"].max().date()
        told.append(f"Spend in {currency}, {first} to {last}: {listed(names, most=_MOST)}.")
    else:
        told.append("No spend was read.")
    also = {name: len(getattr(exports, name)) for name in _ALSO}
    if any(also.values()):
        rows = [f"{_ALSO[name]} {size:,}" for name, size in also.items() if size]
        told.append(f"Also: {', '.join(rows)}.")
    return tuple(told)
