"""The questions of the warehouse answered slowly: order by order, in plain Python.

Written from the definitions alone and kept apart from the package, so that the two can only agree
by both being right. The only thing it shares with it are the cost settings.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

import pandas as pd

from workbench.brand import Costs, RateTable

Row = dict[str, Any]


def priced_orders(
    orders: pd.DataFrame, lines: pd.DataFrame, products: pd.DataFrame, costs: Costs | None
) -> list[Row]:
    """Return every order with product, contribution and whether it is a purchase."""
    catalogue = {row["key"].strip().lower(): row for row in products.to_dict("records")}
    by_order: dict[str, list[Row]] = defaultdict(list)
    for line in lines.to_dict("records"):
        entry = catalogue.get(str(line["name"]).strip().lower(), {})
        category, cost = entry.get("category"), entry.get("unit_cost")
        line["product"] = category if isinstance(category, str) else line["name"] or None
        line["unit_cost"] = None if cost is None or math.isnan(cost) else cost
        by_order[line["order_id"]].append(line)

    has_money = orders["revenue"].notna().any()
    rows = orders.to_dict("records")
    for row in rows:
        row["day"] = row["ordered_at"].date()
        bought = [line for line in by_order[row["order_id"]] if line["product"]]
        largest = sorted(bought, key=lambda line: (-line["amount"], line["product"]))
        row["product"] = largest[0]["product"] if largest else None
        row["is_purchase"] = row["revenue"] > 0.0005 if has_money else True
        row["contribution"] = (
            row["revenue"]
            if costs is None or not has_money
            else row["revenue"] - _cost(row, by_order[row["order_id"]], costs)
        )
    return rows


def _cost(order: Row, lines: list[Row], costs: Costs) -> float:
    month = order["day"].strftime("%Y-%m")

    def rate(table: float | RateTable, product: str | None) -> float:
        if not isinstance(table, RateTable):
            return table
        if table.by_month is not None:
            return table.by_month.get(month, table.default)
        listed = {name.strip().lower(): value for name, value in (table.by_product or {}).items()}
        return listed.get((product or "").strip().lower(), table.default)

    sold = order["items"] - order["discount"]
    kept_money = max(sold - order["refund"], 0.0)
    kept_share = kept_money / sold if sold > 0 else 1.0
    goods = 0.0
    if not lines:
        goods = rate(costs.goods_rate, None) * kept_money
    amounts = sum(line["amount"] for line in lines)
    for line in lines:
        if line["unit_cost"] is not None:
            goods += kept_share * line["unit_cost"] * line["quantity"]
        else:
            weight = line["amount"] / amounts if amounts else 1 / len(lines)
            goods += rate(costs.goods_rate, line["product"]) * kept_money * weight
    charged = sold + order["shipping"] + order["tax"]
    fee = costs.payment.rate * charged + costs.payment.fixed if charged > 0 else 0.0
    return goods + rate(costs.fulfilment_per_order, order["product"]) + fee


def customers(priced: list[Row], as_of: date, top: int) -> pd.DataFrame:
    """Return the customer table from priced orders."""
    seen = [row for row in priced if row["day"] <= as_of]
    has_products = any(row["product"] for row in seen)
    histories: dict[str, list[Row]] = defaultdict(list)
    for row in seen:
        histories[row["customer_id"]].append(row)
    table = []
    for customer, history in sorted(histories.items()):
        history.sort(key=lambda row: (row["ordered_at"], row["order_id"]))
        revenue_of: dict[date, list[float]] = defaultdict(list)
        for row in history:
            revenue_of[row["day"]].append(row["revenue"])
        bought = sorted(
            day
            for day, amounts in revenue_of.items()
            if math.isnan(amounts[0]) or math.fsum(amounts) > 0.0005
        )
        if not bought:
            continue
        first, last = bought[0], bought[-1]

        def added(name: str, low: int, high: int = 10**6, history=history, first=first) -> float:
            ages = [(max((row["day"] - first).days, 0), row[name]) for row in history]
            return math.fsum(value for age, value in ages if low <= age <= high)

        opening = [row for row in history if row["day"] == first]
        purchases = [row for row in opening if row["is_purchase"]]
        sourced = [row for row in purchases if row["channel"] != "Unknown"]
        sourced += [row for row in opening if row["channel"] != "Unknown"]
        source = (sourced or purchases)[0]
        repeat_days = bought[1:]
        repeat_money = math.fsum(math.fsum(revenue_of[day]) for day in repeat_days)
        table.append(
            {
                "customer_id": customer,
                "channel": source["channel"],
                "first_product": purchases[0]["product"] if has_products else "All products",
                "first_month": first.strftime("%Y-%m"),
                "first_day": pd.Timestamp(first),
                "last_day": pd.Timestamp(last),
                "repeat_days": len(repeat_days),
                "recency_days": (last - first).days,
                "age_days": (as_of - first).days,
                "orders": sum(row["is_purchase"] for row in history),
                "revenue": math.fsum(row["revenue"] for row in history),
                "contribution": added("contribution", 0),
                "first_revenue": math.fsum(revenue_of[first]),
                "first_contribution": added("contribution", 0, 0),
                "mean_repeat_revenue": repeat_money / len(repeat_days) if repeat_days else math.nan,
                "repeat_revenue": added("revenue", 1),
                "repeat_contribution": added("contribution", 1),
                "contribution_90d": added("contribution", 0, 90),
                "contribution_12m": added("contribution", 0, 365),
                "repeat_days_90d": sum((day - first).days <= 90 for day in repeat_days),
                "guest": purchases[0]["guest"],
                "channel_source": source["channel_source"],
            }
        )
    if has_products:
        counts = Counter(row["first_product"] for row in table if row["first_product"])
        ranked = sorted(counts, key=lambda name: (-counts[name], name))[:top]
        for row in table:
            row["first_product"] = (
                row["first_product"] if row["first_product"] in ranked else "Other"
            )
    if not priced or math.isnan(priced[0]["revenue"]):
        for row in table:
            row["repeat_revenue"] = row["repeat_contribution"] = math.nan
    return pd.DataFrame(table)


def daily(priced: list[Row], table: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return every calendar day from the first order to the as-of date."""
    seen = [row for row in priced if row["day"] <= as_of]
    if not seen:
        return pd.DataFrame()
    first_days = dict(zip(table["customer_id"], table["first_day"].dt.date, strict=True))
    days = purchase_days(seen)
    rows = []
    day = min(row["day"] for row in seen)
    money = not math.isnan(seen[0]["revenue"])
    while day <= as_of:
        orders = [row for row in seen if row["day"] == day]
        bought = [who for who, their in days.items() if day in their]
        rows.append(
            {
                "day": pd.Timestamp(day),
                "new_customers": sum(first_days[who] == day for who in bought),
                "repeat_days": sum(first_days[who] < day for who in bought),
                "orders": sum(row["is_purchase"] for row in orders),
                "revenue": math.fsum(row["revenue"] for row in orders) if money else math.nan,
                "contribution": math.fsum(o["contribution"] for o in orders) if money else math.nan,
            }
        )
        day += timedelta(days=1)
    return pd.DataFrame(rows)


def purchase_days(seen: list[Row]) -> dict[str, list[date]]:
    """Return the purchase days of each customer who has one."""
    revenue: dict[tuple[str, date], float] = defaultdict(float)
    for row in seen:
        revenue[row["customer_id"], row["day"]] += row["revenue"]
    days: dict[str, list[date]] = defaultdict(list)
    for (customer, day), amount in sorted(revenue.items()):
        if math.isnan(amount) or amount > 0.0005:
            days[customer].append(day)
    return days


def value_by_age(priced: list[Row], table: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return sums over customers by cohort and age."""
    sums: dict[tuple, list[float]] = defaultdict(lambda: [0.0, 0.0])
    known = {row["customer_id"]: row for row in table.to_dict("records")}
    for row in priced:
        if row["day"] <= as_of and row["customer_id"] in known:
            customer = known[row["customer_id"]]
            age = max((pd.Timestamp(row["day"]) - customer["first_day"]).days, 0)
            cell = sums[
                customer["channel"], customer["first_product"], customer["first_month"], age
            ]
            cell[0] += row["contribution"]
            cell[1] += row["is_purchase"]
    names = ["channel", "first_product", "first_month", "age_days", "contribution", "orders"]
    return pd.DataFrame([(*key, *sums[key]) for key in sorted(sums)], columns=names)


def retention(priced: list[Row], table: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return who could and who did buy by 30-day month of age."""
    days = purchase_days([row for row in priced if row["day"] <= as_of])
    at_risk: Counter[tuple[str, int]] = Counter()
    active: Counter[tuple[str, int]] = Counter()
    for customer in table.to_dict("records"):
        first, month = customer["first_day"].date(), 0
        while (as_of - first).days >= 30 * month + 29:
            key = (customer["first_month"], month)
            at_risk[key] += 1
            active[key] += any(
                30 * month <= (day - first).days <= 30 * month + 29
                for day in days[customer["customer_id"]]
            )
            month += 1
    rows = [
        (*key, at_risk[key], active[key], active[key] / at_risk[key]) for key in sorted(at_risk)
    ]
    return pd.DataFrame(rows, columns=["first_month", "month", "customers", "active", "retention"])


def cohorts(priced: list[Row], table: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return sizes and observed value by cohort."""
    del priced, as_of
    rows = []
    names = ["channel", "first_product", "first_month"]
    for key in sorted(set(table[names].itertuples(index=False, name=None))):
        members = [r for r in table.to_dict("records") if tuple(r[name] for name in names) == key]
        old = [row for row in members if row["age_days"] >= 90]
        year = [row for row in members if row["age_days"] >= 365]
        rows.append(
            {
                **dict(zip(names, key, strict=True)),
                "customers": len(members),
                "customers_90d": len(old),
                "retained_90d": sum(row["repeat_days_90d"] > 0 for row in old),
                "value_90d_observed": _mean([row["contribution_90d"] for row in old]),
                "value_12m_observed": _mean([row["contribution_12m"] for row in year]),
                "age_days": _mean([row["age_days"] for row in members]),
            }
        )
    return pd.DataFrame(rows)


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan


def window(priced: list[Row], start: date, end: date) -> pd.DataFrame:
    """Return what customers acquired by `start` did in (start, end]."""
    acquired = sorted(purchase_days([row for row in priced if row["day"] <= start]))
    later = [row for row in priced if start < row["day"] <= end]
    days = purchase_days(later)
    has_money = not math.isnan(priced[0]["revenue"])
    rows = []
    for customer in acquired:
        orders = [row for row in later if row["customer_id"] == customer]
        sums = {
            name: math.fsum(row[name] for row in orders) if has_money else math.nan
            for name in ("revenue", "contribution")
        }
        rows.append({"customer_id": customer, "purchase_days": len(days[customer]), **sums})
    return pd.DataFrame(rows)
