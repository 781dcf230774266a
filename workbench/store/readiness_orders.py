"""Whether there are enough customers, and whether their orders look like a shop's orders."""

from __future__ import annotations

from workbench.checks import Check, Status
from workbench.store.cohort_choice import carried, cohort_counts, tells_apart
from workbench.store.readiness_facts import (
    Facts,
    Thresholds,
    count,
    grade,
    opening,
    percent,
    unneeded,
)

__all__ = [
    "cohort_sizes",
    "duplicates",
    "enough_customers",
    "giant_orders",
    "guests",
    "repeat_buyers",
    "zero_orders",
]


def enough_customers(facts: Facts, limits: Thresholds) -> Check:
    """Judge the number of customers."""
    number = len(facts.customers)
    threshold = f"at least {limits.customers} customers, more than 1"
    if number > 1:
        status = Status.PASS if number >= limits.customers else Status.REVIEW
        message = f"{count(number, 'customer')} bought up to {facts.as_of}."
        advice = ""
        if status is Status.REVIEW:
            message += " So few leave wide intervals, and most cohorts speak with one voice only."
            advice = "Read totals rather than cohorts; export older orders if there are any."
        return Check("customers", status, number, threshold, message, advice)
    message = (
        "All purchases are those of one customer: nothing about other customers can be said."
        if number
        else f"Nobody bought anything up to {facts.as_of} (orders without revenue or refunded in "
        "full are no purchases)."
    )
    return Check(
        "customers",
        Status.FAIL,
        number,
        threshold,
        message,
        "Check which column of the export identifies the customer, and the as-of date.",
    )


def repeat_buyers(facts: Facts, limits: Thresholds) -> Check:
    """Judge the number of customers who bought on more than one day."""
    again = int((facts.customers["repeat_days"] > 0).sum())
    share = again / len(facts.customers)
    threshold = f"at least {limits.repeat_buyers} customers who bought again"
    if not again:
        return Check(
            "repeat_buyers",
            Status.FAIL,
            again,
            threshold,
            "No customer bought on a second day. What a customer will do after the first order "
            "cannot be learnt from this data: only first orders are answered.",
            "If customers do come back, their orders carry different ids: export a customer id, "
            "an e-mail address or a phone with every order.",
        )
    found = f"{count(again, 'customer')} bought again ({percent(share)})."
    if again < limits.repeat_buyers:
        return Check(
            "repeat_buyers",
            Status.REVIEW,
            again,
            threshold,
            f"{found} So few say little about differences between channels or products.",
            "Read totals rather than cohorts; export older orders if there are any.",
        )
    return Check("repeat_buyers", Status.PASS, again, threshold, found, "")


def cohort_sizes(facts: Facts, limits: Thresholds) -> Check:
    """Judge whether cohorts are large enough to differ by more than chance."""
    sizes = facts.warehouse.cohorts(facts.as_of)["customers"]
    small = float((sizes < limits.cohort_size).mean())
    threshold = (
        f"under {percent(limits.small_cohorts)} of cohorts with fewer than {limits.cohort_size} "
        "customers (FAIL when all are)"
    )
    median = f"{sizes.median():,.0f}"
    found = (
        f"{count(len(sizes), 'cohort')} with a median of {median} customers; {percent(small)} of "
        f"them hold fewer than {limits.cohort_size}."
    )
    if not tells_apart(sizes, limits.cohort_size):
        customers = facts.customers
        fewer, _ = carried(customers, facts.brand.cohorts, limits.cohort_size)
        todo = "Read totals: there are too few customers for cohorts."
        if tells_apart(cohort_counts(customers, fewer), limits.cohort_size):
            todo = f"Write `cohorts: [{', '.join(fewer)}]` in brand.yaml: that carries."
        return Check(
            "cohort_sizes",
            Status.FAIL,
            small,
            threshold,
            f"{found} No cohort can be told from another.",
            todo,
        )
    if len(sizes) == 1:
        return Check(
            "cohort_sizes",
            Status.REVIEW,
            small,
            threshold,
            f"All {sizes.iloc[0]:,} customers are one cohort: there is nothing to compare it with.",
            "Add a dimension to `cohorts` of brand.yaml, or export orders of more months.",
        )
    if small >= limits.small_cohorts:
        return Check(
            "cohort_sizes",
            Status.REVIEW,
            small,
            threshold,
            f"{found} Small cohorts are drawn towards what all customers do, and their intervals "
            "are wide.",
            "Compare channels or months rather than single cohorts, or use fewer dimensions in "
            "`cohorts` of brand.yaml.",
        )
    return Check("cohort_sizes", Status.PASS, small, threshold, found, "")


def guests(facts: Facts, limits: Thresholds) -> Check:
    """Judge the share of customers whose later orders cannot be recognised."""
    review, fail = limits.guests
    share = float(facts.customers["guest"].mean())
    threshold = f"below {percent(review)} of customers (FAIL from {percent(fail)})"
    found = f"{opening(share)} of customers ordered as guests without any way to recognise them."
    status = grade(share, limits.guests)
    if status is Status.PASS:
        return Check("guests", status, share, threshold, found, "")
    return Check(
        "guests",
        status,
        share,
        threshold,
        f"{found} Each of their orders counts as a new customer, so that customers look more "
        "numerous and less loyal than they are.",
        "Export e-mail address or phone with every order (they are hashed on reading).",
    )


def duplicates(facts: Facts, limits: Thresholds) -> Check:
    """Judge orders that the readers found more than once."""
    repeated = facts.log_count(r"(?i)repeated|duplicate|too, dropped")
    alike = facts.log_count(r"(?i)alike|share (?:a name|an id)")
    orders = max(len(facts.exports.amounts), 1)
    share = alike / orders
    review, fail = limits.alike_orders
    threshold = (
        f"below {percent(limits.repeated_rows)} repeats dropped, below {review:.1%} look-alikes "
        f"kept (FAIL from {percent(fail)})"
    )
    found = f"{count(repeated, 'repeat')} dropped, {count(alike, 'order')} alike but kept."
    status = grade(share, limits.alike_orders)
    if status is not Status.PASS:
        return Check(
            "duplicates",
            status,
            alike,
            threshold,
            f"{found} Look-alikes are equal in customer, time and amount, or share an order name: "
            "if they are copies, revenue and purchases are counted twice.",
            "Look at them in tables/reading_log.csv of the report; where they are copies, export "
            "again without them.",
        )
    if repeated / orders >= limits.repeated_rows:
        return Check(
            "duplicates",
            Status.REVIEW,
            repeated,
            threshold,
            f"{found} The repeats were left out and change no number.",
            "Harmless where export files overlap on purpose; else check that no file is missing.",
        )
    return Check("duplicates", Status.PASS, repeated, threshold, found, "")


def giant_orders(facts: Facts, limits: Thresholds) -> Check:
    """Judge the revenue in orders far above the usual ones."""
    review, fail = limits.giant_revenue
    times = limits.giant_multiple
    threshold = (
        f"below {percent(review)} of revenue in orders above {times:g} times the median (FAIL from "
        f"{percent(fail)})"
    )
    revenue = facts.orders["revenue"]
    paid = revenue[revenue > 0]
    if paid.empty:
        return unneeded("giant_orders", threshold, "the log has no amounts.")
    giant = paid[paid > times * paid.median()]
    share = float(giant.sum() / paid.sum())
    money = facts.brand.currency
    found = (
        f"{opening(share)} of revenue lies in {count(len(giant), 'order')} above {times:g} times "
        f"the median order of {paid.median():,.2f} {money}."
    )
    status = grade(share, limits.giant_revenue)
    if status is Status.PASS:
        return Check("giant_orders", status, share, threshold, found, "")
    return Check(
        "giant_orders",
        status,
        share,
        threshold,
        f"{found} The largest is {giant.max():,.2f} {money}. A few such orders decide the value of "
        "whole cohorts.",
        "If they are wholesale, staff or mistaken orders, leave them out of the export or read "
        "them as a brand of their own.",
    )


def zero_orders(facts: Facts, limits: Thresholds) -> Check:
    """Judge the share of orders that leave no revenue."""
    review, fail = limits.zero_orders
    threshold = f"below {percent(review)} of orders (FAIL from {percent(fail)})"
    if not facts.has_money:
        return unneeded("zero_orders", threshold, "the log has no amounts.")
    orders = facts.orders
    nothing = ~(orders["revenue"] > 0)
    back = int((nothing & (orders["refund"] > 0)).sum())
    share = float(nothing.mean())
    found = (
        f"{opening(share)} of orders ({int(nothing.sum()):,} of {len(orders):,}) leave no revenue, "
        f"{back:,} of them refunded in full. They count as no purchase, but with their costs."
    )
    status = grade(share, limits.zero_orders)
    advice = (
        "If they are samples, exchanges or gift cards, leave them out of the export; if amounts "
        "are missing, check which column holds the revenue."
    )
    return Check(
        "zero_orders", status, share, threshold, found, "" if status is Status.PASS else advice
    )
