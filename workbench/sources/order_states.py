"""Which orders of a shop count: payment states, test orders, exclusions of the brand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["KEPT", "SHOP_OPTIONS", "STATES", "drop_reasons"]

KEPT = ("paid", "partially_paid", "partially_refunded", "refunded")
"""States of orders that count; a refunded order is still an order."""

STATES = (
    "pending",
    "authorized",
    "partially_paid",
    "paid",
    "partially_refunded",
    "refunded",
    "voided",
)
"""Every state that the shop is known to write, in the order in which an order may pass them."""

SHOP_OPTIONS: dict[str, type] = {
    "keep": list,
    "exclude_sources": list,
    "exclude_tags": list,
    "tags": dict,
    "discount_codes": dict,
}
"""Options of a Shopify source; see `drop_reasons` and `channels.from_patterns`."""


def _words(value: Any) -> set[str]:
    listed = [value] if isinstance(value, str) else list(value or ())
    return {str(word).strip().lower() for word in listed}


def drop_reasons(
    orders: pd.DataFrame, options: Mapping[str, Any], *, test: pd.Series[bool]
) -> pd.Series[str]:
    """Return why an order is left out, NaN where it is kept.

    Parameters
    ----------
    orders : DataFrame
        status, cancelled, total, refunded, sales_channel, tags (comma-separated).
    options : mapping
        keep: further statuses to keep, e.g. [pending, authorized]; exclude_sources: sales
        channels, e.g. [pos, shopify_draft_order]; exclude_tags: e.g. [wholesale].
    test : Series of bool
        Test orders.
    """
    reason = pd.Series(pd.NA, index=orders.index, dtype="str")

    def leave_out(where: pd.Series[bool], why: str | pd.Series[str]) -> None:
        nonlocal reason
        reason = reason.mask(reason.isna() & where, why)

    status = orders["status"].fillna("")
    plain = status.str.fullmatch(r"\w{0,30}").astype(bool)  # anything else may be personal
    leave_out(test, "test orders dropped")
    leave_out(orders["total"].isna(), "orders without a total dropped")
    sales = orders["sales_channel"].str.lower()
    excluded = sales.isin(_words(options.get("exclude_sources")))
    leave_out(excluded, "sales channel excluded: " + sales)
    tags = ("," + orders["tags"].str.lower() + ",").str.replace(r"\s*,\s*", ",", regex=True)
    for tag in sorted(_words(options.get("exclude_tags"))):
        tagged = tags.str.contains(f",{tag},", regex=False).fillna(False).astype(bool)
        leave_out(tagged, f"tag excluded: {tag}")
    leave_out(status == "voided", "voided orders dropped")
    unpaid = orders["cancelled"] & (orders["refunded"].fillna(0) < orders["total"] - 0.005)
    leave_out(unpaid, "cancelled orders not fully refunded dropped")
    keep = set(KEPT) | _words(options.get("keep"))
    known = status.isin(STATES)
    leave_out(~status.isin(list(keep)) & known, status + " orders dropped")
    shown = "unknown status '" + status.where(plain, "...") + "', orders dropped"
    leave_out(~status.isin(list(keep)) & ~known, shown)
    return reason
