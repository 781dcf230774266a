"""Evidence from orders, costs and this run's own tables: the data layer of levels 2 and 3."""

from __future__ import annotations

import pandas as pd

from workbench.brand_costs import Costs
from workbench.health import HEALTH
from workbench.spectrum.capabilities import Capability
from workbench.spectrum.facts import Evidence, Facts, count, day_text

__all__ = [
    "channel_known",
    "cohort_value",
    "costs_known",
    "history",
]

UNKNOWN_CHANNEL = "Unknown"
YEAR_DAYS = 365
FLOOR_DAYS = 90
UNKNOWN_FULL, UNKNOWN_PART = 0.10, 0.30
COST_SHARE = 0.8


def channel_known(facts: Facts, item: Capability) -> Evidence:
    """Measure the share of the last year's new customers whose channel is not known."""
    orders = facts.frames["orders"]
    if orders.empty:
        return Evidence.unknown("There are no orders up to the as-of date.")
    bought = orders[orders["revenue"].isna() | (orders["revenue"] > 0)]
    first = bought.sort_values(["ordered_at", "order_id"]).drop_duplicates("customer_id")
    start = pd.Timestamp(facts.as_of) - pd.Timedelta(days=YEAR_DAYS)
    new = first[first["day"] > start]
    if new.empty:
        return Evidence.unknown("No customer was won in the last 12 months.")
    channel = new["channel"]
    share = float((channel.isna() | channel.isin(["", UNKNOWN_CHANNEL])).mean())
    words = (
        f"The channel of the first order is not known for {share:.1%} of {count(len(new))} "
        f"customers won in the 12 months to {day_text(facts.as_of)} (at most {UNKNOWN_FULL:.0%}; "
        f"{facts.file('orders')})."
    )
    if share > UNKNOWN_PART:
        return Evidence.absent(words, day=facts.as_of)
    return Evidence.proven(words, score=2 if share <= UNKNOWN_FULL else 1, day=facts.as_of)


def history(facts: Facts, item: Capability) -> Evidence:
    """Measure the length of the order history; readiness says whether it is clean."""
    orders = facts.frames["orders"]
    if orders.empty:
        return Evidence.absent("There are no orders up to the as-of date.")
    first = orders["day"].min().date()
    days = (facts.as_of - first).days
    file = facts.file("orders")
    words = f"Orders run from {day_text(first)}: {count(days)} days ({file})"
    failed = _failed(facts.table("readiness"))
    if failed:
        return Evidence.absent(
            f"{words}, but the readiness page marks FAIL: {', '.join(failed)}.", day=facts.as_of
        )
    if days < FLOOR_DAYS:
        return Evidence.absent(f"{words}; {FLOOR_DAYS} are the floor.", day=facts.as_of)
    if days < YEAR_DAYS:
        words += f"; {YEAR_DAYS} are needed to observe a full 12-month value"
    return Evidence.proven(
        f"{words}.", score=2 if days >= YEAR_DAYS else 1, day=facts.last_day("orders")
    )


def _failed(checks: pd.DataFrame, status: str = "FAIL") -> list[str]:
    """Return the names of the checks with this status; the health only sums them up."""
    if checks.empty:
        return []
    chosen = (checks["status"].astype(str) == status) & (checks["check"] != HEALTH)
    found = checks.loc[chosen, "check"]
    return [str(name).replace("_", " ") for name in found]


def costs_known(facts: Facts, item: Capability) -> Evidence:
    """Measure for which share of sales the goods cost is known per product.

    One flat rate proves it in part: it hides which products earn.
    """
    costs = getattr(facts.brand, "costs", None)
    if costs is None:
        return Evidence.absent(
            "brand.yaml holds no costs: contribution equals net revenue, True Profit is not known."
        )
    share = _cost_share(facts, costs)
    fees = [
        name
        for name, value in (
            ("fulfilment", costs.fulfilment_per_order),
            ("payment fees", costs.payment.rate + costs.payment.fixed),
        )
        if value == 0
    ]
    words = (
        f"brand.yaml gives cost rates; goods cost is known per product for {share:.0%} of sales "
        f"({COST_SHARE:.0%} needed)"
    )
    if share < COST_SHARE:
        words += ", the rest carries an average"
    if fees:
        words += f"; {' and '.join(fees)} not given"
    full = share >= COST_SHARE and not fees
    return Evidence.proven(f"{words}.", score=2 if full else 1, day=facts.last_day("orders"))


def _cost_share(facts: Facts, costs: Costs) -> float:
    """Return the share of line amounts, 0 to 1, with a cost of their own product."""
    lines, products = facts.frames["order_lines"], facts.frames["products"]
    orders = facts.frames["orders"]
    if lines.empty or orders.empty:
        return 0.0
    lines = lines[lines["order_id"].isin(orders["order_id"])]
    by_product = getattr(costs.goods_rate, "by_product", None) or {}
    known = {name.strip().lower() for name in by_product}
    if not products.empty:
        own_cost = products["unit_cost"].notna() | products["category"].isin(list(by_product))
        known |= set(products.loc[own_cost, "key"].str.strip().str.lower())
    has = pd.Series(False, index=lines.index)
    for column in ("sku", "name"):
        has |= lines[column].str.strip().str.lower().isin(known)
    amount = lines["amount"].clip(lower=0)
    total = float(amount.sum())
    return float(amount[has].sum()) / total if total > 0 else 0.0


def cohort_value(facts: Facts, item: Capability) -> Evidence:
    """Prove from this run's own fit: its checks must not fail, all dimensions must be in."""
    checks = facts.table("model_checks")
    if checks.empty:
        return Evidence.unknown("No model was fitted in this run.")
    failed = _failed(checks)
    if failed:
        return Evidence.absent(
            f"The model of this run fails its checks: {', '.join(failed)} (model_checks.csv).",
            day=facts.as_of,
        )
    dimensions = [name.replace("_", " ") for name in facts.brand.cohorts]
    review = _failed(checks, "REVIEW")
    words = f"This run's model gives value by {', '.join(dimensions)} as of {day_text(facts.as_of)}"
    if review:
        words += f", with checks to review: {', '.join(review)}"
    full = not review and len(dimensions) == 3
    return Evidence.proven(
        f"{words} (cohorts.csv, model_checks.csv).", score=2 if full else 1, day=facts.as_of
    )
