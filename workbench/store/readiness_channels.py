"""Whether orders and advertising meet in the same channels and months."""

from __future__ import annotations

import pandas as pd

from workbench.checks import Check, Status
from workbench.sources.channel_names import UNASSIGNED
from workbench.store.customers import UNKNOWN
from workbench.store.readiness_facts import (
    Facts,
    Thresholds,
    count,
    grade,
    listed,
    opening,
    percent,
    undecided,
    unneeded,
)

__all__ = [
    "channels_known",
    "customers_without_spend",
    "platform_claims",
    "spend_grain",
    "spend_without_channel",
    "spend_without_customers",
]

_KEY = ["channel", "month"]
_NO_SPEND = "there is no spend; CAC, ROAS and profit by channel are not answered."
# one check asks for it; the others then have nothing to look at
_ADD_SPEND = (
    "Export daily spend of each ad platform and name the files under `spend` in brand.yaml."
)


def _by_month(facts: Facts) -> pd.DataFrame:
    """Return spend, claims and new customers per channel and calendar month."""
    spend = facts.spend.groupby(_KEY).agg(
        spend=("spend", "sum"),
        conversions=("platform_conversions", lambda column: column.sum(min_count=1)),
        claimed=("new_customers_claimed", lambda column: column.sum(min_count=1)),
    )
    customers = facts.customers.rename(columns={"first_month": "month"}).groupby(_KEY).size()
    table = spend.join(customers.rename("customers"), how="outer")
    return table.fillna({"spend": 0.0, "customers": 0}).reset_index()


def channels_known(facts: Facts, limits: Thresholds) -> Check:
    """Judge the share of customers whose channel is unknown."""
    review, fail = limits.unknown_channel
    threshold = f"below {percent(review)} of customers (FAIL from {percent(fail)})"
    share = float((facts.customers["channel"] == UNKNOWN).mean())
    if share == 1 and facts.spend.empty and "channel" not in facts.brand.cohorts:
        why = "the brand compares no channels and has no spend."
        return unneeded("channels_known", threshold, why)
    found = f"The channel of {percent(share)} of customers is unknown."
    status = grade(share, limits.unknown_channel)
    if status is Status.PASS:
        return Check("channels_known", status, share, threshold, found, "")
    return Check(
        "channels_known",
        status,
        share,
        threshold,
        f"{found} They are missing from the channel that won them, whose CAC then looks too high "
        "and whose ROAS too low.",
        "Add a file that maps orders to channels (attribution tool or survey), or have utm tags "
        "written to Note Attributes or tags; complete `channel_rules` in brand.yaml.",
    )


def spend_without_channel(facts: Facts, limits: Thresholds) -> Check:
    """Judge the spend that no channel claims. Any of it is REVIEW."""
    name, fail = "spend_without_channel", limits.unmatched[1]
    threshold = f"no spend (FAIL from {percent(fail)})"
    spend = facts.spend[facts.spend["spend"] > 0]
    if spend.empty:
        return unneeded(name, threshold, _NO_SPEND)
    lost = spend[spend["channel"] == UNASSIGNED]
    if lost.empty:
        return Check(name, Status.PASS, 0.0, threshold, "All spend names its channel.", "")
    share = float(lost["spend"].sum() / spend["spend"].sum())
    files = sorted(lost["source_file"].dropna().unique())
    return Check(
        name,
        Status.FAIL if share >= fail else Status.REVIEW,
        share,
        threshold,
        f"{opening(share)} of spend stands under a name that says nothing, such as Unknown or "
        f"(not set), in {listed(files)}. It is held against no customer, not even those of unknown "
        "channel: the CAC of the channels it belongs to looks too low.",
        "Name the channel in these rows, or name their campaigns in `channel_rules` of brand.yaml.",
    )


def spend_without_customers(facts: Facts, limits: Thresholds) -> Check:
    """Judge the spend in months in which its channel won nobody."""
    review, fail = limits.unmatched
    threshold = f"below {percent(review)} of spend (FAIL from {percent(fail)})"
    table = _by_month(facts)
    total = float(table["spend"].clip(lower=0).sum())
    if not total:
        return undecided("spend_without_customers", threshold, _NO_SPEND, _ADD_SPEND)
    lost = table[(table["spend"] > 0) & (table["customers"] == 0)]
    lost = lost[lost["channel"] != UNASSIGNED]  # told by the check before this one
    share = float(lost["spend"].sum()) / total
    found = f"{opening(share)} of spend lies in months in which its channel won no customer."
    status = grade(share, limits.unmatched)
    if status is Status.PASS:
        return Check("spend_without_customers", status, share, threshold, found, "")
    names = lost.groupby("channel")["spend"].sum().sort_values(ascending=False).index
    return Check(
        "spend_without_customers",
        status,
        share,
        threshold,
        f"{found} It is in {listed(list(names))}. That spend has nobody to "
        "be held against. Often the orders name the channel differently.",
        "Compare the channel names of spend and orders, and map them in `channel_rules` of "
        "brand.yaml.",
    )


def customers_without_spend(facts: Facts, limits: Thresholds) -> Check:
    """Judge the customers that a paid channel won in months without spend."""
    review, fail = limits.unmatched
    threshold = (
        f"below {percent(review)} of the customers of paid channels (FAIL from {percent(fail)})"
    )
    table = _by_month(facts)
    if not (table["spend"] > 0).any():
        return unneeded("customers_without_spend", threshold, _NO_SPEND)
    paid = table[table.groupby("channel")["spend"].transform("sum") > 0]
    won = int(paid["customers"].sum())
    if not won:
        return undecided(
            "customers_without_spend",
            threshold,
            "no customer carries the name of a channel with spend.",
            "Map the channel names of orders and spend to each other in `channel_rules`.",
        )
    free = paid[(paid["spend"] <= 0) & (paid["customers"] > 0)]
    share = float(free["customers"].sum()) / won
    unpaid = sorted(set(facts.customers["channel"]) - set(paid["channel"]) - {UNKNOWN})
    also = f" Channels without any spend: {listed(unpaid)}." if unpaid else ""
    found = (
        f"{opening(share)} of the customers of paid channels came in months without spend.{also}"
    )
    status = grade(share, limits.unmatched)
    if status is Status.PASS:
        return Check("customers_without_spend", status, share, threshold, found, "")
    months = f"{free['month'].min()} to {free['month'].max()}"
    names = free.groupby("channel")["customers"].sum().sort_values(ascending=False).index
    return Check(
        "customers_without_spend",
        status,
        share,
        threshold,
        f"{found} They are in {listed(list(names))} ({months}). Their CAC looks too low.",
        "Export spend for the same months as the orders.",
    )


def platform_claims(facts: Facts, limits: Thresholds) -> Check:
    """Judge what the platforms claim against the new customers that the shop saw."""
    review, fail = limits.claims
    threshold = f"claims below {review:g} times the shop's new customers (FAIL from {fail:g})"
    name = "platform_claims"
    if facts.spend.empty:
        return unneeded(name, threshold, _NO_SPEND)
    table = _by_month(facts)
    table["claims"] = table["claimed"].fillna(table["conversions"])
    table = table[table["claims"].notna()]
    if table.empty:
        return undecided(
            name,
            threshold,
            "the spend files hold no conversions.",
            "Add purchases (or conversions) and their value to the exports of the ad platforms.",
        )
    sums = table.groupby("channel")[["claims", "customers"]].sum()
    sums = sums[sums["customers"] >= limits.claims_customers]
    if sums.empty:
        return undecided(
            name,
            threshold,
            f"no channel with claims won {limits.claims_customers} customers or more.",
            "Compare the channel names of spend and orders.",
        )
    factor = (sums["claims"] / sums["customers"]).sort_values(ascending=False)
    words = [f"{channel} {times:.1f}" for channel, times in factor.items()]
    found = f"Purchases claimed per new customer of the shop: {listed(words, most=8)}."
    status = grade(float(factor.iloc[0]), limits.claims)
    if status is Status.PASS:
        return Check(name, status, float(factor.iloc[0]), threshold, found, "")
    return Check(
        name,
        status,
        float(factor.iloc[0]),
        threshold,
        f"{found} A platform counts repeat purchases and customers that other channels won, too: "
        "its reported ROAS is that much too high as a measure of new customers.",
        "Judge channels by 12-month ROAS, not by what the platform reports; from "
        f"{fail:g} times on, check that the conversion counts purchases and fires once.",
    )


def spend_grain(facts: Facts, limits: Thresholds) -> Check:
    """Judge the share of spend that has no day of its own. At worst REVIEW."""
    threshold = f"below {percent(limits.spread_spend)} of spend without a day"
    spend = facts.spend[facts.spend["spend"] > 0]
    if spend.empty:
        return unneeded("spend_grain", threshold, _NO_SPEND)
    coarse = spend[~spend["daily"]]
    share = float(coarse["spend"].sum() / spend["spend"].sum())
    found = f"{opening(share)} of spend comes by week, month or period instead of by day."
    if share < limits.spread_spend:
        return Check("spend_grain", Status.PASS, share, threshold, found, "")
    return Check(
        "spend_grain",
        Status.REVIEW,
        share,
        threshold,
        f"{found} It is in {listed(sorted(coarse['channel'].unique()))}. CAC over the whole time "
        f"holds, CAC by month may not ({count(len(coarse), 'row')}).",
        "Export with a breakdown by day.",
    )
