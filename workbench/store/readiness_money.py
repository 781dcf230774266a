"""Whether the amounts can carry a statement in money."""

from __future__ import annotations

import pandas as pd

from workbench.checks import Check, Status
from workbench.store.engine import fetch
from workbench.store.readiness_facts import (
    Facts,
    Thresholds,
    count,
    grade,
    opening,
    percent,
    undecided,
    unneeded,
)

__all__ = ["costs", "currency", "money", "refund_maturity"]


def money(facts: Facts, limits: Thresholds) -> Check:
    """Judge whether orders have amounts."""
    threshold = f"an amount in every order (REVIEW from {limits.missing_amounts:.1%} without)"
    if not facts.has_money:
        return Check(
            "money",
            Status.FAIL,
            0.0,
            threshold,
            "The log has no amounts: purchases are answered, money is not.",
            "Export the revenue of each order, or name its column in `columns` of brand.yaml.",
        )
    lost = facts.log_count(r"(?i)without an amount|without a total")
    share = lost / (len(facts.exports.amounts) + lost)
    if share >= limits.missing_amounts:
        return Check(
            "money",
            Status.REVIEW,
            share,
            threshold,
            f"{count(lost, 'row')} had no amount and were left out ({percent(share)}).",
            "Fill in their amounts (0 where nothing was paid): a purchase left out makes a "
            "customer look less loyal.",
        )
    return Check(
        "money", Status.PASS, share, threshold, "Every order that is used has an amount.", ""
    )


def currency(facts: Facts, limits: Thresholds) -> Check:
    """Judge whether all money is in the currency of the brand."""
    del limits
    code = facts.brand.currency
    threshold = f"all money in {code}"
    spend = facts.exports.spend["currency"].rename("spend")
    orders = facts.exports.amounts["currency"].rename("orders")
    used = {name for column in (orders, spend) for name in column.dropna().unique()}
    if used - {code}:
        return Check(
            "currency",
            Status.FAIL,
            ", ".join(sorted(used)),
            threshold,
            f"Orders or spend are in {', '.join(sorted(used))}, the brand is in {code}: sums and "
            "ratios of them mean nothing.",
            "Export everything in one currency, or correct `currency` in brand.yaml.",
        )
    untold = [column.name for column in (orders, spend) if column.isna().any()]
    if untold:
        return undecided(
            "currency",
            threshold,
            f"the export does not tell the currency of {' and '.join(untold)}; {code} was assumed. "
            "Were it another, every ratio of value to spend would be wrong.",
            "Compare a few amounts with the tool that exported them; or add a column `currency`.",
        )
    return Check("currency", Status.PASS, code, threshold, f"All money is in {code}.", "")


def refund_maturity(facts: Facts, limits: Thresholds) -> Check:
    """Judge whether the refunds of recent orders have arrived yet."""
    recent_days, mature_days = limits.refund_days
    review, fail = limits.refund_lag
    threshold = (
        f"refunds of the last {recent_days} days within {review:.0%} of revenue of what older "
        f"orders show (FAIL from {percent(fail)})"
    )
    if not facts.has_money:
        return unneeded("refund_maturity", threshold, "the log has no amounts.")
    orders = facts.orders
    age = (pd.Timestamp(facts.as_of) - orders["day"]).dt.days
    gross = orders["revenue"] + orders["refund"]

    def refunded(which: pd.Series[bool]) -> float | None:
        sold = float(gross[which].sum())
        return float(orders.loc[which, "refund"].sum()) / sold if sold > 0 else None

    recent, mature = refunded(age < recent_days), refunded(age >= mature_days)
    if mature is None or recent is None:
        lacking = f"before the last {mature_days} days" if recent is not None else "of late"
        return undecided(
            "refund_maturity",
            threshold,
            f"there is no revenue {lacking} to compare with.",
            "Read the value of the youngest cohorts with care: refunds may still come.",
        )
    if not orders["refund"].any():
        return undecided(
            "refund_maturity",
            threshold,
            "the export holds no refund at all.",
            "If the shop does refund, export the refunded amounts: without them every value is "
            "too high.",
        )
    lag = mature - recent
    found = (
        f"{opening(recent)} of the revenue of the last {recent_days} days was refunded, against "
        f"{percent(mature)} of orders older than {mature_days} days."
    )
    status = grade(lag, limits.refund_lag)
    if status is Status.PASS:
        return Check("refund_maturity", status, lag, threshold, found, "")
    return Check(
        "refund_maturity",
        status,
        lag,
        threshold,
        f"{found} Refunds of recent orders have not arrived yet: recent revenue looks about "
        f"{percent(lag)} too high.",
        f"Set as_of {mature_days} days back, or read the youngest cohorts as too good.",
    )


def costs(facts: Facts, limits: Thresholds) -> Check:
    """Judge whether contribution is known, and plausible."""
    high, low = limits.margin
    threshold = (
        f"costs given, contribution above {percent(low)} and below {percent(high)} of revenue"
    )
    if not facts.has_money:
        return unneeded("costs", threshold, "the log has no amounts.")
    unit_costs = int(facts.exports.products["unit_cost"].notna().sum())
    if facts.brand.costs is None:
        unused = f" The {unit_costs:,} unit costs of the products table are not used." * (
            unit_costs > 0
        )
        return Check(
            "costs",
            Status.REVIEW,
            None,
            threshold,
            "No costs are given: contribution equals net revenue, so every value is revenue and "
            f"not profit.{unused}",
            "Add `costs` to brand.yaml: goods, fulfilment and payment.",
        )
    orders = facts.warehouse.orders(facts.as_of)
    merchandise = orders.revenue - orders.shipping.coalesce(0.0)
    sums = fetch(
        orders.agg(
            revenue=orders.revenue.sum(),
            contribution=orders.contribution.sum(),
            merchandise=merchandise.sum(),
            known=(merchandise * orders.unit_cost_share).sum(),
        )
    ).iloc[0]
    margin = float(sums["contribution"] / sums["revenue"]) if sums["revenue"] else 0.0
    cover = float(sums["known"] / sums["merchandise"]) if sums["merchandise"] else 0.0
    found = (
        f"{opening(margin)} of revenue is left after costs. Unit costs are known for "
        f"{percent(cover)} of what was sold"
        + ("." if cover == 1 else "; the goods rate of brand.yaml stands for the rest.")
    )
    if margin <= low:
        return Check(
            "costs",
            Status.FAIL,
            margin,
            threshold,
            f"{found} Orders as a whole lose money before any advertising.",
            "Check the costs in brand.yaml: rates are shares (34% is 0.34), amounts are per order.",
        )
    if margin > high:
        return Check(
            "costs",
            Status.REVIEW,
            margin,
            threshold,
            f"{found} That is more than goods, packing and payment leave most shops.",
            "Check the costs in brand.yaml: rates are shares (34% is 0.34), amounts are per order.",
        )
    return Check("costs", Status.PASS, margin, threshold, found, "")
