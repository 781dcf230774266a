"""Orders of a shop, whatever file told them: repeats, status rules, money, canonical columns.

The Shopify readers return a `ShopOrders`; several of them, of one shop, become canonical frames
in `settle`. Raw money is as the shop writes it, tax included in `total`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.frames import LogRow, empty, fit, sort_rows
from workbench.sources.identities import guest_key, merge_identities
from workbench.sources.order_states import STATES

__all__ = ["MONEY", "RAW", "ShopOrders", "settle"]

MONEY = ("total", "subtotal", "taxes", "shipping", "discount", "refunded", "outstanding")
RAW = (
    "order",
    "order_name",
    "shop_id",
    "ordered_at",
    "customer_id",
    "status",
    "cancelled",
    "drop",
    *MONEY,
    "currency",
    "channel",
    "channel_source",
    "channel_confidence",
    "campaign",
    "source_file",
)
"""Columns of the orders of one file; no e-mail, phone or name among them."""

_SAME_ORDER = pd.Timedelta(seconds=60)  # a spreadsheet rounds times; names repeat years apart


@dataclass(frozen=True)
class ShopOrders:
    """What one file of a shop tells.

    Attributes
    ----------
    orders : DataFrame
        One row per order, columns `RAW`; order is the label that `lines` use, customer_id is NaN
        for guests, drop says why an order is left out, NaN where it is kept.
    lines : DataFrame
        order, sku, name, vendor, quantity, amount.
    identities : DataFrame
        People, see `COLUMNS`.
    log_rows : list of LogRow
    """

    orders: pd.DataFrame
    lines: pd.DataFrame
    identities: pd.DataFrame = field(repr=False)
    log_rows: list[LogRow]


def settle(
    parts: Sequence[ShopOrders], *, slug: str, currency: str, tax_included_rate: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, list[LogRow]]:
    """Return canonical orders, order lines, identities and log of one shop.

    The orders have two columns more than `COLUMNS` says, for the joins that follow:
    order_name and shop_id.

    Parameters
    ----------
    parts : sequence of ShopOrders
        In any order; the result does not depend on it.
    slug, currency : str
        `Brand.slug`, `Brand.currency`.
    tax_included_rate : float
        Tax within prices, for exports that do not tell the tax.

    Raises
    ------
    SourceError
        Orders in another currency than the brand's.
    """
    orders = pd.concat([part.orders.assign(part=n) for n, part in enumerate(parts)])
    lines = pd.concat([part.lines.assign(part=n) for n, part in enumerate(parts)])
    orders = orders.reset_index(drop=True)
    rows = [row for part in parts for row in part.log_rows]
    orders, repeated = _without_repeats(orders)
    rows += _counted(repeated["source_file"], "orders repeated in overlapping exports dropped")
    dropped = orders[orders["drop"].notna()]
    for (file, why), some in dropped.groupby(["source_file", "drop"]):
        rows.append(LogRow("shopify", file, why, len(some), f"total {some['total'].sum():,.2f}"))
    orders = orders[orders["drop"].isna()].reset_index(drop=True)
    unnamed = orders["currency"].isna()
    rows += _counted(orders.loc[unnamed, "source_file"], "orders without a currency", currency)
    orders["currency"] = orders["currency"].fillna(currency)
    _refuse_other_currencies(orders, currency)
    orders, money_rows = _with_money(orders, tax_included_rate)
    rows += money_rows
    orders = _with_ids(orders, rows, slug)
    lines = orders[["part", "order", "order_id"]].merge(lines, on=["part", "order"], sort=False)
    lines = sort_rows(lines, ["order_id", "amount", "name", "sku"], ["amount"])
    orders["day"] = orders["ordered_at"].dt.normalize()
    extra = orders[["order_name", "shop_id"]]
    return (
        fit("orders", orders).assign(**{name: extra[name] for name in extra}),
        fit("order_lines", lines) if len(lines) else empty("order_lines"),
        merge_identities([part.identities for part in parts]),
        rows,
    )


def _counted(files: pd.Series[Any], what: str, note: str = "") -> list[LogRow]:
    counts = files.value_counts().sort_index()
    return [LogRow("shopify", str(file), what, int(count), note) for file, count in counts.items()]


def _without_repeats(orders: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return whole orders once, in their latest known state, and the repeats.

    Refunds only grow and states only advance, so that the row with more of them is the later one:
    no file date is needed.
    """
    orders = orders.assign(bare_name=orders["order_name"].str.removeprefix("#"))
    orders = sort_rows(orders, ["bare_name", "ordered_at"])
    same_name = orders["bare_name"].eq(orders["bare_name"].shift())
    near = orders["ordered_at"].diff() <= _SAME_ORDER
    group = (~(same_name & near)).cumsum()
    ids = orders["shop_id"].groupby(group)
    # a file without ids tells the same order as one with ids, but two ids are two orders
    shop_id = orders["shop_id"].where(orders["shop_id"].notna(), ids.transform("first"))
    key = shop_id.where(shop_id.notna(), "#" + group.astype("str"))
    orders["shop_id"] = shop_id
    state = orders["status"].map({name: rank for rank, name in enumerate(STATES)})
    latest = pd.DataFrame(
        {
            "key": key,
            "refunded": orders["refunded"].fillna(0),
            "cancelled": orders["cancelled"],
            "state": state.fillna(-1),
            "channel": orders["channel_source"].ne("unknown"),
            "file": orders["source_file"],
        }
    ).sort_values(["key", "refunded", "cancelled", "state", "channel", "file"], kind="stable")
    repeated = latest.duplicated("key", keep="last")
    return orders.loc[latest.index[~repeated]], orders.loc[latest.index[repeated]]


def _refuse_other_currencies(orders: pd.DataFrame, currency: str) -> None:
    other = orders[orders["currency"].ne(currency)]
    if len(other):
        counts = other.groupby(["source_file", "currency"]).size()
        raise SourceError(
            [
                Problem(
                    f"{count} orders are in {code}, the brand is in {currency}",
                    str(file),
                    f"orders in {currency} only",
                    "correct `currency` in brand.yaml, or export each currency as its own brand",
                )
                for (file, code), count in counts.items()
            ]
        )


def _with_money(orders: pd.DataFrame, rate: float) -> tuple[pd.DataFrame, list[LogRow]]:
    """Return items, discount, shipping, tax, refund and revenue, all but tax without tax."""
    files, rows = orders["source_file"], []
    raw = {name: orders[name] for name in MONEY}
    total, inside = raw["total"], rate / (1 + rate)
    told = raw["taxes"].notna() & bool(rate == 0 or raw["taxes"].fillna(0).ne(0).any())
    rows += _counted(
        files[~told],
        "orders without a tax amount",
        f"tax taken as {rate:.1%} within prices (costs.tax_included_rate)"
        if rate
        else "revenue taken as free of tax",
    )
    taxes = raw["taxes"].where(told, total * inside)
    part_paid = orders["status"].eq("partially_paid")
    rows += _counted(
        files[part_paid & raw["outstanding"].isna()],
        "partially paid orders without an outstanding balance",
        "taken as paid in full",
    )
    owed = raw["outstanding"].where(part_paid, 0.0).fillna(0.0).clip(0.0)
    nonzero = total.ne(0)
    paid = ((total - owed) / total).where(nonzero, 1.0).clip(0.0, 1.0)
    untaxed = ((total - taxes) / total).where(nonzero, 1 - inside).clip(0.0, 1.0)
    refunded = raw["refunded"].abs()
    silent = refunded.fillna(0).eq(0) & orders["status"].eq("refunded") & total.gt(0)
    rows += _counted(
        files[silent], "refunded orders without an amount", "taken as refunded in full"
    )
    partly = refunded.fillna(0).eq(0) & orders["status"].eq("partially_refunded")
    rows += _counted(
        files[partly], "partially refunded orders without an amount", "no refund taken"
    )
    refunded = refunded.where(~silent, total).fillna(0.0)
    rows += _counted(files[refunded > total - owed + 0.005], "refunds larger than their order")
    # some tools write discounts as negative amounts; a negative shipping is part of the goods
    shipping, discount = raw["shipping"].fillna(0.0).clip(0.0), raw["discount"].fillna(0.0).abs()
    sums = raw["subtotal"] + shipping
    inclusive = (sums - total).abs() < (sums + taxes - total).abs()
    inclusive = inclusive.where(raw["subtotal"].notna(), rate > 0)
    off = np.minimum((sums - total).abs(), (sums + taxes - total).abs()) > 0.05
    rows += _counted(
        files[off],
        "orders whose parts do not add up to their total",
        "tips, duties, gift cards or edits; the total counts",
    )
    scale = paid * untaxed.where(inclusive, 1.0)
    net = (total - taxes) * paid
    money = pd.DataFrame(
        {
            "items": net - (shipping - discount) * scale,
            "discount": discount * scale,
            "shipping": shipping * scale,
            "tax": (taxes * paid).clip(0.0),
            "refund": refunded * untaxed,
            "revenue": net - refunded * untaxed,
        }
    )
    # a full refund must leave 0, not 1e-15; adding 0 turns -0.0 into 0.0
    return orders.assign(**{name: money[name].round(6) + 0.0 for name in money}), rows


def _with_ids(orders: pd.DataFrame, rows: list[LogRow], slug: str) -> pd.DataFrame:
    order_id = orders["shop_id"].where(orders["shop_id"].notna(), orders["order_name"])
    twice = order_id.duplicated(keep=False)
    rows += _counted(
        orders.loc[twice, "source_file"],
        "orders that share a name with another order",
        "told apart by their time",
    )
    stamp = orders["ordered_at"].dt.strftime("%Y-%m-%d %H:%M:%S")
    order_id = order_id.where(~twice, order_id + " " + stamp)
    guest = orders["customer_id"].isna()
    rows += _counted(
        orders.loc[guest, "source_file"],
        "guest orders without e-mail and phone",
        "each counts as a customer of its own",
    )
    customer = orders["customer_id"].where(~guest, guest_key(order_id.where(guest), slug=slug))
    orders = orders.assign(order_id=order_id, customer_id=customer, guest=guest)
    return sort_rows(orders, ["ordered_at", "order_id"]).reset_index(drop=True)
