"""All order files of a brand as one, under the shop's own customer ids, with their channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.frames import LogRow, ReadResult, empty, fit, sort_rows
from workbench.sources.readers import collecting

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec
    from workbench.sources.shop_orders import ShopOrders

__all__ = ["Settled", "all_products", "settled", "with_outside_channels", "with_real_ids"]


@dataclass
class Settled:
    """What all order files of a brand come to."""

    orders: pd.DataFrame = field(default_factory=partial(empty, "orders"))
    lines: pd.DataFrame = field(default_factory=partial(empty, "order_lines"))
    products: pd.DataFrame = field(default_factory=partial(empty, "products"))
    identities: pd.DataFrame = field(default_factory=partial(empty, "identities"))
    log: list[LogRow] = field(default_factory=list)


def settled(brand: Brand, read: list[tuple[SourceSpec, str, Any]]) -> Settled:
    """Join what the readers made of all order files: those of a shop, and plain logs."""
    from workbench.sources import order_log, shop_orders
    from workbench.sources.identities import merge_identities

    rate = brand.costs.tax_included_rate if brand.costs else 0.0
    rules = brand.channel_names()
    shop: list[ShopOrders] = [result for spec, _, result in read if spec.format != "orders"]
    rows = [result for spec, _, result in read if spec.format == "orders"]
    problems: list[Problem] = []
    parts = []
    if shop:
        with collecting(problems):
            found, lines, people, log = shop_orders.settle(
                shop, slug=brand.slug, currency=brand.currency, tax_included_rate=rate
            )
            parts.append(Settled(found, lines, empty("products"), people, log))
    if rows:
        with collecting(problems):
            found, lines, products, log = order_log.settle(
                [result.frame for result in rows],
                currency=brand.currency,
                tax_included_rate=rate,
                rules=rules,
                as_of=brand.as_of,
            )
            log = [row for result in rows for row in result.log_rows] + log
            people = merge_identities([result.identities for result in rows])
            found["order_name"] = found["order_id"]
            parts.append(Settled(found, lines, products, people, log))
    if problems:
        raise SourceError(problems)
    if len(parts) < 2:
        return parts[0] if parts else Settled()
    return _both(*parts)


def _both(shop: Settled, other: Settled) -> Settled:
    """Join the orders of a shop and of a log; an order in both counts as the shop's."""
    again = other.orders["order_id"].isin(shop.orders["order_id"])
    log = [*shop.log, *other.log]
    if again.any():
        log.append(
            LogRow(
                "orders", "", "orders that the shop's export holds, too, dropped", int(again.sum())
            )
        )
    kept = other.orders[~again]
    if shop.orders["revenue"].notna().any():
        blank = kept["revenue"].isna()
        if blank.any():
            log.append(
                LogRow(
                    "orders",
                    "",
                    "orders without an amount left out",
                    int(blank.sum()),
                    "the shop's export has amounts, the log has none",
                )
            )
        kept = kept[~blank]
    lines = other.lines[other.lines["order_id"].isin(kept["order_id"])]
    orders = pd.concat([shop.orders, kept], ignore_index=True)
    return Settled(
        sort_rows(orders, ["ordered_at", "order_id"]).reset_index(drop=True),
        pd.concat([shop.lines, lines], ignore_index=True),
        other.products,
        pd.concat([shop.identities, other.identities], ignore_index=True),
        log,
    )


def with_real_ids(
    orders: pd.DataFrame,
    frames: dict[str, pd.DataFrame],
    people: list[pd.DataFrame | None],
    slug: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put the shop's own customer ids wherever a person was known by e-mail or phone only."""
    from workbench.sources.identities import merge_identities, real_ids

    identities = merge_identities([part for part in people if part is not None])
    ids = real_ids(identities, slug=slug)
    if ids.empty:
        return orders, identities

    def joined(frame: pd.DataFrame) -> pd.DataFrame:
        known = frame["customer_id"].map(ids)
        return frame.assign(customer_id=known.where(known.notna(), frame["customer_id"]))

    profiles = joined(frames["profiles"]).drop_duplicates("customer_id")
    frames["profiles"] = fit("profiles", profiles.sort_values("customer_id", kind="stable"))
    return joined(orders), merge_identities([joined(identities)])


def with_outside_channels(
    orders: pd.DataFrame,
    read: list[tuple[SourceSpec, str, ReadResult]],
    profiles: pd.DataFrame,
    identities: pd.DataFrame,
    brand: Brand,
) -> tuple[pd.DataFrame, list[LogRow]]:
    """Give orders the channels that other sources tell: maps, GA4, profiles."""
    from workbench.sources.identities import real_ids
    from workbench.sources.order_channels import apply, from_ga4, from_profiles

    ids = real_ids(identities, slug=brand.slug)
    parts = []
    for spec, _, result in read:
        told = from_ga4(result.frame) if spec.format == "ga4" else result.frame
        known = told["key"].map(ids) if len(ids) else told["key"]
        parts.append(told.assign(key=known.where(known.notna(), told["key"])))
    log: list[LogRow] = []
    for told in [*parts, from_profiles(profiles)]:
        orders, rows = apply(orders, told, brand.channel_names())
        log += rows
    return orders, log


def all_products(files: list[pd.DataFrame], told_by_log: pd.DataFrame) -> pd.DataFrame:
    """Return one row per key; a products file beats what an order log says."""
    together = pd.concat([*files, told_by_log], ignore_index=True)
    return fit("products", together.drop_duplicates("key").sort_values("key", kind="stable"))
