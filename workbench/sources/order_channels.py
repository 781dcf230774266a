"""Channels told from outside the shop: an order -> channel file, a survey, GA4, profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.channels import overlay
from workbench.sources.frames import LogRow, ReadResult
from workbench.sources.identities import clean_email, customer_key
from workbench.sources.reader_settings import TABLE_OPTIONS, check_settings
from workbench.sources.tabular import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.brand import Brand, SourceSpec
    from workbench.sources.database_table import DatabaseTable

__all__ = ["apply", "from_ga4", "from_profiles", "read"]

_ALIASES = {
    "order": ("order_name", "order_id", "order name", "order id", "order number", "name",
              "transaction_id", "transaction id"),
    "email": ("customer_email", "customer email", "email address"),
    "channel": ("utm_source", "source", "answer", "response"),
    "medium": ("utm_medium",),
    "campaign": ("utm_campaign",),
}  # fmt: skip


def read(path: Path | DatabaseTable, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read one order -> channel file of an attribution tool, or the answers to a survey.

    Parameters
    ----------
    spec : SourceSpec
        columns: order (name or id), email, channel, medium, campaign -> header; order or email
        is needed. options: kind: survey, for answers of buyers, which come after what the shop
        itself saw.

    Returns
    -------
    ReadResult
        frame: key (order name, order id or customer key), channel, medium, campaign, origin (a
        `channel_source`), via, confidence; one row per key.

    Raises
    ------
    SourceError
        No channel column, or neither order nor e-mail.
    """
    columns = {
        "order" if name in ("order_id", "order_name") else name: header
        for name, header in spec.columns.items()
    }
    check_settings(
        spec,
        columns={*_ALIASES, "order_id", "order_name"},
        options={**TABLE_OPTIONS, "kind": ("survey", "order_map")},
    )
    table = read_table(
        path, required=["channel"], aliases=_ALIASES, columns=columns, options=spec.options
    )
    if not {"order", "email"} & set(table.frame):
        raise SourceError(
            Problem(
                "no column says which order a channel belongs to",
                table.file,
                "order_name, order_id or email",
                "add the order name, or map it in brand.yaml: columns: {order: <header>}",
            )
        )
    survey = spec.options.get("kind") == "survey"
    origin, confidence = ("survey", "medium") if survey else ("order_map", "high")
    order = table.id("order")
    buyer = customer_key(clean_email(table.text("email")), slug=brand.slug)
    key = order.where(order.notna(), buyer)
    told = pd.DataFrame(
        {
            "key": key,
            "channel": table.text("channel"),
            "medium": table.text("medium"),
            "campaign": table.text("campaign"),
            "origin": origin,
            "via": "name",
            "confidence": confidence,
        }
    )
    log: list[LogRow] = []

    def report(what: str, count: int, note: str = "") -> None:
        if count:
            log.append(LogRow(spec.format, table.file, what, count, note))

    unusable = told["key"].isna() | told["channel"].isna()
    report("rows without order or channel dropped", int(unusable.sum()))
    told = told[~unusable]
    several = told.groupby("key")["channel"].transform("nunique") > 1
    report(
        "orders with several channels",
        int(told.loc[several, "key"].nunique()),
        "the first row of each counts",
    )
    return ReadResult(told.drop_duplicates("key").reset_index(drop=True), log)


def from_ga4(transactions: pd.DataFrame) -> pd.DataFrame:
    """Return what GA4 tells of single orders (`ga4.read_transactions`) as `apply` takes it."""
    told = transactions.rename(columns={"order_id": "key", "source": "channel"})
    return told.assign(origin="ga4", via="name", confidence="medium")


def from_profiles(profiles: pd.DataFrame) -> pd.DataFrame:
    """Return the sources of profiles as `apply` takes it; only known ones become channels."""
    told = profiles.loc[profiles["source"].notna(), ["customer_id", "source"]]
    told = told.rename(columns={"customer_id": "key", "source": "channel"})
    nothing = pd.Series(pd.NA, index=told.index, dtype="str")
    return told.assign(
        medium=nothing, campaign=nothing, origin="profile", via="profile", confidence="low"
    )


def apply(
    orders: pd.DataFrame, told: pd.DataFrame, rules: Mapping[str, str]
) -> tuple[pd.DataFrame, list[LogRow]]:
    """Return orders with the channels of one file, wherever they take precedence.

    Parameters
    ----------
    orders : DataFrame
        Canonical orders, with order_name.
    told : DataFrame
        As `read`, `from_ga4` and `from_profiles` return it.
    rules : mapping
        `Brand.channel_names()`.
    """
    if told.empty or orders.empty:
        return orders, []
    by_key = told.drop_duplicates("key").set_index("key")
    place = pd.Series(-1, index=orders.index)
    bare = orders["order_name"].str.removeprefix("#")
    for key in (orders["order_name"], bare, "#" + bare, orders["order_id"], orders["customer_id"]):
        found = pd.Series(by_key.index.get_indexer(key), index=orders.index)
        place = place.where(place >= 0, found)
    rows = by_key.reset_index(drop=True).reindex(place).set_axis(orders.index)
    signal = rows.rename(columns={"channel": "source"})
    origin = str(told["origin"].iloc[0])
    log = []
    idle = len(by_key) - place[place >= 0].nunique()
    if idle and origin in ("order_map", "survey", "ga4"):
        log.append(LogRow(origin, "", "channels of orders that no order export holds", idle))
    return overlay(orders, origin, signal, rules), log
