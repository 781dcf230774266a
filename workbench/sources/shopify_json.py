"""Shopify orders as JSON: GraphQL or REST answers, webhook dumps, bulk operation JSONL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.channels import (
    from_journey,
    from_landing,
    from_notes,
    from_patterns,
    resolve,
)
from workbench.sources.consent import to_bool
from workbench.sources.files import decode, read_bytes
from workbench.sources.frames import LogRow, fit
from workbench.sources.identities import clean_email, customer_key
from workbench.sources.order_states import SHOP_OPTIONS, drop_reasons
from workbench.sources.phones import clean_phone
from workbench.sources.reader_settings import check_settings
from workbench.sources.shop_orders import MONEY, RAW, ShopOrders
from workbench.sources.shopify_objects import flat_lines, flat_order, is_order, nodes
from workbench.sources.tabular import to_date

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["read"]

_ALLOWED = (
    'orders of the Admin API: {"orders": [...]}, a list of orders, or one object per line (bulk)'
)
_TEXTS = (
    "shop_id", "order_name", "ordered_at", "real_id", "email", "phone", "address_phone",
    "first_name", "last_name", "city", "province", "zip", "country", "consent_email",
    "consent_sms", "status", "currency", "sales_channel", "tags", "discount_code", "notes",
    "landing", "referrer", "utm_source", "utm_medium", "utm_campaign", "visit_source",
    "visit_landing", "visit_referrer",
)  # fmt: skip


def read(path: Path, spec: SourceSpec, brand: Brand) -> ShopOrders:
    """Read one file of orders.

    Refunds have dates here: those after the brand's as-of date are not taken off.

    Parameters
    ----------
    spec : SourceSpec
        options: keep, exclude_sources, exclude_tags (see `drop_reasons`), tags and discount_codes
        (pattern -> channel).

    Raises
    ------
    SourceError
        No JSON, no orders in it, or orders without total or date.
    """
    check_settings(spec, options=SHOP_OPTIONS)
    text, _ = decode(read_bytes(path), path)
    log: list[LogRow] = []
    found = _orders(text, path, log)
    rows, lines = _flattened(found, path)
    raw = pd.DataFrame(rows)
    raw.index = pd.RangeIndex(1, len(raw) + 1)  # messages name the n-th order of the file
    for name in _TEXTS:
        raw[name] = raw[name].astype("str")
    for name in MONEY:
        raw[name] = raw[name].astype("float64")
    raw["order"] = raw.index
    raw["source_file"] = path.name
    raw["ordered_at"] = to_date(
        raw["ordered_at"], where=f"{path.name}, order date", timezone=brand.timezone
    )
    _refuse_incomplete(raw, path)
    raw["status"] = raw["status"].str.lower().str.replace(" ", "_", regex=False)
    raw = _refunded(raw, path, brand, log)
    raw["drop"] = drop_reasons(raw, spec.options, test=raw["test"].astype(bool))
    early = raw["journey_ready"].eq(False)
    if early.any():
        log.append(
            LogRow(
                "shopify",
                path.name,
                "customer journeys not ready yet",
                int(early.sum()),
                "export these orders again later",
            )
        )
    people = _people(raw, brand.slug)
    raw["customer_id"] = people["customer_id"]
    raw = raw.join(resolve(_signals(raw, spec.options), brand.channel_names()))
    known = people.dropna(subset="customer_id").sort_values("at", kind="stable")
    return ShopOrders(raw[list(RAW)], lines, fit("identities", known), log)


def _refuse(path: Path, what: str, todo: str) -> SourceError:
    return SourceError(Problem(what, path.name, _ALLOWED, todo))


def _orders(text: str, path: Path, log: list[LogRow]) -> list[tuple[dict[str, Any], list[Any]]]:
    """Return orders with their lines, whatever the file wraps them in."""
    try:
        things = [json.loads(text)]
    except json.JSONDecodeError:
        things = list(_by_line(text, path))
    if len(things) == 1:
        things = _unwrapped(things[0])
    listed = [thing for thing in things if is_order(thing)]
    if not listed:
        raise _refuse(path, "the file holds no order", "export orders, or check format and path")
    other = [thing for thing in things if not is_order(thing) and "__parentId" not in (thing or ())]
    if other:
        what = "objects that are no orders, or lack their total, skipped"
        log.append(LogRow("shopify", path.name, what, len(other)))
    lines_of: dict[str, list[Any]] = {str(order.get("id")): [] for order in listed}
    orphans = 0
    for child in things:  # bulk files promise no order of parents and children
        if not _is_line(child):
            continue
        if child["__parentId"] in lines_of:
            lines_of[child["__parentId"]].append(child)
        else:
            orphans += 1
    if orphans:
        log.append(LogRow("shopify", path.name, "lines whose order is not in the file", orphans))
    return [
        (
            order,
            nodes(order.get("lineItems") or order.get("line_items"))
            + lines_of[str(order.get("id"))],
        )
        for order in listed
    ]


def _is_line(thing: Any) -> bool:
    """Say whether a bulk object is an order line and not, say, a fulfilment."""
    if not isinstance(thing, dict) or "__parentId" not in thing or "quantity" not in thing:
        return False
    return "/LineItem/" in str(thing.get("id", "/LineItem/"))


def _by_line(text: str, path: Path) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise _refuse(
                    path,
                    f"line {number} is no JSON ({error.msg})",
                    "download the file again: it may be cut off",
                ) from None


def _unwrapped(thing: Any) -> list[Any]:
    """Return the list of orders inside an API answer."""
    if isinstance(thing, list):
        return [order for item in thing for order in _unwrapped(item)]
    if not isinstance(thing, dict) or is_order(thing):
        return [thing]
    for key in ("data", "orders", "order", "node"):
        if key in thing:
            return _unwrapped(thing[key])
    if "edges" in thing or "nodes" in thing:
        return [order for item in nodes(thing) for order in _unwrapped(item)]
    return [thing]


def _flattened(
    found: list[tuple[dict[str, Any], list[Any]]], path: Path
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    rows, lines, problems = [], [], []
    for number, (order, items) in enumerate(found, start=1):
        try:
            row = flat_order(order)
            for name in MONEY:
                row[name] = None if row[name] is None else float(row[name])
            rows.append(row)
            lines += [line | {"order": number} for line in flat_lines(items)]
        except (TypeError, ValueError, AttributeError):
            problems.append(
                Problem(
                    "an amount or a list is not as Shopify writes it",
                    f"{path.name}, order {number}",
                    todo="export the orders again",
                )
            )
    if problems:
        raise SourceError(problems)
    columns = ["order", "sku", "name", "vendor", "quantity", "amount"]
    frame = pd.DataFrame(lines, columns=columns)
    return rows, frame.astype({"sku": "str", "name": "str", "vendor": "str"})


def _refuse_incomplete(raw: pd.DataFrame, path: Path) -> None:
    needs = {
        "total": "totalPriceSet or total_price",
        "ordered_at": "processedAt or createdAt",
        "status": "displayFinancialStatus or financial_status",
    }
    problems = [
        Problem(
            f"{int(raw[name].isna().sum())} of {len(raw)} orders have no {field}",
            path.name,
            todo="add the field to the query and export again",
        )
        for name, field in needs.items()
        if raw[name].isna().any()
    ]
    if problems:
        raise SourceError(problems)


def _refunded(raw: pd.DataFrame, path: Path, brand: Brand, log: list[LogRow]) -> pd.DataFrame:
    """Set refunded and status to what was known on the as-of date, where refunds have dates."""
    raw = raw.assign(refunded=raw["refunded"].fillna(0.0))
    dated = raw["refunds"].explode().dropna()
    if dated.empty:
        return raw
    refunds = pd.DataFrame(dated.tolist(), index=dated.index, columns=["at", "amount"])
    at = to_date(
        refunds["at"].astype("str"), where=f"{path.name}, refund date", timezone=brand.timezone
    )
    late = at.dt.normalize() > pd.Timestamp(brand.as_of or pd.Timestamp.max)
    if late.any():
        log.append(
            LogRow(
                "shopify",
                path.name,
                "refunds after the as-of date not taken off",
                int(late.sum()),
                f"total {refunds['amount'][late].sum():,.2f}",
            )
        )
    known = refunds["amount"].where(~late, 0.0).groupby(level=0).sum()
    raw["refunded"] = known.reindex(raw.index).fillna(raw["refunded"])
    status = raw["status"]
    cut = raw.index.isin(late.index[late]) & status.isin(["refunded", "partially_refunded"])
    partly = raw["refunded"].gt(0)
    status = status.mask(cut & ~partly, "paid").mask(cut & partly, "partially_refunded")
    return raw.assign(status=status)


def _people(raw: pd.DataFrame, slug: str) -> pd.DataFrame:
    names = ["first_name", "last_name", "city", "province", "zip", "country"]
    people = raw[names].assign(at=raw["ordered_at"])
    phone = raw["phone"].where(raw["phone"].notna(), raw["address_phone"])
    people["email"] = clean_email(raw["email"])
    people["phone"] = clean_phone(phone, raw["country"])
    key = customer_key(people["email"], people["phone"], slug=slug)
    people["customer_id"] = raw["real_id"].where(raw["real_id"].notna(), key)
    for name in ("consent_email", "consent_sms"):
        people[name] = to_bool(raw[name])
    return people


def _signals(raw: pd.DataFrame, options: dict[str, Any]) -> list[tuple[str, pd.DataFrame]]:
    visit = raw[["utm_source", "utm_medium", "utm_campaign"]].assign(
        source=raw["visit_source"], landing=raw["visit_landing"], referrer=raw["visit_referrer"]
    )
    tags, codes = options.get("tags", {}), options.get("discount_codes", {})
    return [
        ("journey", from_journey(visit)),
        ("landing", from_landing(raw["landing"], raw["referrer"])),
        ("note", from_notes(raw["notes"])),
        ("tag", from_patterns(raw["tags"], tags, prefix=False, confidence="medium")),
        (
            "discount_code",
            from_patterns(raw["discount_code"], codes, prefix=True, confidence="medium"),
        ),
    ]
