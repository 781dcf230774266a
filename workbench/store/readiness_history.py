"""Whether the history is long, whole and of the kind that the models describe."""

from __future__ import annotations

from workbench.checks import Check, Status
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

__all__ = [
    "after_as_of",
    "history_length",
    "left_truncation",
    "observed_year",
    "order_gaps",
    "regular_buying",
]

_BLOCK = 30  # days


def history_length(facts: Facts, limits: Thresholds) -> Check:
    """Judge the days from the first order to the as-of date."""
    floor, year = limits.history_days
    days = (facts.as_of - facts.daily["day"].min().date()).days
    threshold = f"at least {floor} days, better {year}"
    found = f"The orders cover {count(days, 'day')} up to {facts.as_of}."
    if days < floor:
        return Check(
            "history_length",
            Status.FAIL,
            days,
            threshold,
            f"{found} A 90-day repeat rate cannot be seen in them, so no value over 12 months is "
            "more than a guess.",
            "Export every order since the shop opened, or wait until 90 days are covered.",
        )
    if days < year:
        return Check(
            "history_length",
            Status.REVIEW,
            days,
            threshold,
            f"{found} No customer has been seen for a whole year: every value over 12 months rests "
            "on the model, and a yearly season cannot be told from growth.",
            "Export older orders if there are any; else read the intervals, not the means.",
        )
    return Check("history_length", Status.PASS, days, threshold, found, "")


def observed_year(facts: Facts, limits: Thresholds) -> Check:
    """Judge how many customers have been seen for a whole year."""
    ages = facts.customers["age_days"]
    grown, year = int((ages >= 90).sum()), int((ages >= 365).sum())
    threshold = f"at least {limits.year_customers} customers seen for 365 days"
    found = (
        f"{count(year, 'customer')} have been seen for a whole year, {grown:,} for 90 days, of "
        f"{len(ages):,}."
    )
    if not grown:
        return Check(
            "observed_year",
            Status.FAIL,
            year,
            threshold,
            f"{found} Nothing that was observed can be held against a forecast.",
            "Export older orders, or wait until customers are 90 days old.",
        )
    if year < limits.year_customers:
        return Check(
            "observed_year",
            Status.REVIEW,
            year,
            threshold,
            f"{found} Values over 12 months are mostly predicted; few or none can be checked "
            "against what happened.",
            "Export older orders if there are any, and score this report again in some months.",
        )
    return Check("observed_year", Status.PASS, year, threshold, found, "")


def left_truncation(facts: Facts, limits: Thresholds) -> Check:
    """Judge whether the first month holds old customers who look new."""
    review, fail = limits.first_month_excess
    threshold = f"first 30 days below {review:g} times a usual 30 days (FAIL from {fail:g})"
    new = facts.daily["new_customers"]
    block = new.index // _BLOCK
    whole = new.groupby(block).sum()[new.groupby(block).size() == _BLOCK]
    # old customers still turn up in the second month, but a log may stop recruiting after it
    neighbours, later = whole.iloc[1:3].mean(), whole.iloc[3:12].median()
    usual = max(value for value in (neighbours, later, 0.0) if value == value)
    if not usual:
        return undecided(
            "left_truncation",
            threshold,
            "there is no second month with new customers to compare the first with.",
            "If the shop is older than its export, export everything since it opened.",
        )
    excess = float(whole.iloc[0]) / float(usual)
    found = (
        f"The first 30 days brought {whole.iloc[0]:,} new customers, a usual 30 days "
        f"{usual:,.0f} ({excess:.1f} times)."
    )
    status = grade(excess, limits.first_month_excess)
    if status is Status.PASS:
        return Check("left_truncation", status, excess, threshold, found, "")
    return Check(
        "left_truncation",
        status,
        excess,
        threshold,
        f"{found} The export probably starts after the shop did, so that old customers look new: "
        "early cohorts look more loyal than they are.",
        "Export all orders since the shop opened; or read the first months' cohorts as too good.",
    )


def order_gaps(facts: Facts, limits: Thresholds) -> Check:
    """Judge whether days without any order look like a missing export."""
    threshold = (
        f"no {limits.gap_days[0]} days without an order where {limits.gap_orders[0]:g} orders "
        f"were to be expected (FAIL from {limits.gap_days[1]} days)"
    )
    orders = facts.daily["orders"]
    silent = orders == 0
    run = (silent != silent.shift()).cumsum()
    before = (orders.rolling(28, min_periods=1).sum() / 28).shift().fillna(0.0)
    spans = facts.daily.assign(run=run, usual=before)[silent]
    gaps = spans.groupby("run").agg(
        start=("day", "min"), days=("day", "size"), usual=("usual", "first")
    )
    gaps["orders"] = gaps["days"] * gaps["usual"]
    doubtful = gaps[(gaps["days"] >= limits.gap_days[0]) & (gaps["orders"] >= limits.gap_orders[0])]
    if doubtful.empty:
        longest = int(gaps["days"].max()) if len(gaps) else 0
        found = f"The longest time without an order is {count(longest, 'day')}."
        return Check("order_gaps", Status.PASS, longest, threshold, found, "")
    worst = doubtful.sort_values("orders").iloc[-1]
    missing = worst["days"] >= limits.gap_days[1] and worst["orders"] >= limits.gap_orders[1]
    return Check(
        "order_gaps",
        Status.FAIL if missing else Status.REVIEW,
        int(worst["days"]),
        threshold,
        f"{worst['start'].date()} and the {worst['days'] - 1} days after it hold no order, though "
        f"about {worst['orders']:,.0f} were to be expected ({count(len(doubtful), 'such gap')}). "
        "Customers seem to have stayed away who may only be missing from the export.",
        "Export these days again. If the shop was closed, say so when you read the report; if the "
        "as-of date is later than the export, set as_of to the last day that it covers.",
    )


def regular_buying(facts: Facts, limits: Thresholds) -> Check:
    """Judge whether customers buy at fixed intervals, as subscribers do."""
    review, fail = limits.regular_share
    threshold = f"below {percent(review)} of frequent buyers (FAIL from {percent(fail)})"
    frequent, regular = facts.warehouse.regular_buyers(facts.as_of)
    if frequent < limits.regular_buyers:
        return unneeded(
            "regular_buying",
            threshold,
            f"{count(frequent, 'customer')} bought on five days or more, too few to show fixed "
            "intervals.",
        )
    share = regular / frequent
    found = (
        f"{opening(share)} of the {frequent:,} customers who bought on five days or more do so at "
        "near-constant intervals."
    )
    status = grade(share, limits.regular_share)
    if status is Status.PASS:
        return Check("regular_buying", status, share, threshold, found, "")
    return Check(
        "regular_buying",
        status,
        share,
        threshold,
        f"{found} That looks like subscriptions. The model takes purchases as random in time, so "
        "it reads a cancelled subscription too late and an active one with too much doubt.",
        "Leave subscription orders out of the export, or make them a brand of their own.",
    )


def after_as_of(facts: Facts, limits: Thresholds) -> Check:
    """Judge orders dated after the as-of date."""
    del limits
    everything, kept = len(facts.exports.amounts), len(facts.orders)
    late = everything - kept
    threshold = "no order after the as-of date"
    if not late:
        found = f"The last order is not after {facts.as_of}."
        return Check("after_as_of", Status.PASS, 0, threshold, found, "")
    found = f"{count(late, 'order')} of {everything:,} came after {facts.as_of}"
    return Check(
        "after_as_of",
        Status.REVIEW if kept else Status.FAIL,
        late,
        threshold,
        f"{found} and are not used: the report describes the shop as it was that day."
        if kept
        else f"{found}: none is left to analyse.",
        "Set as_of in brand.yaml to the last day that you want to see, or leave it out for the "
        "day of the last order.",
    )
