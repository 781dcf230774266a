"""Evidence from the e-mail and SMS tool: flows, deliverability, consent, order sync, properties."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pandas as pd

from workbench.spectrum.capabilities import Capability
from workbench.spectrum.facts import Evidence, Facts, count, day_text, matches, quote

__all__ = [
    "clv_property",
    "consent",
    "deliverability",
    "flow_live",
    "flow_seen",
    "order_sync",
    "sms_in_use",
]

FLOW_DAYS = 30
RATE_DAYS = 90
LIVE = frozenset({"live", "active", "enabled", "on"})
MIN_DELIVERED = 1_000
MAX_BOUNCE = 0.02
MAX_COMPLAINT = 0.001  # mailbox providers ask bulk senders to stay below 0.1%
CONSENT_SHARE = 0.9
SYNC_CLOSE, SYNC_ROUGH = 0.02, 0.10
SYNC_MIN_CUSTOMERS = 50
SYNC_SETTLED_DAYS = 30
CLV_NAMES = (r"\bp?(clv|cltv|ltv)\b", "lifetime value", r"\bvalue 12m\b", "predicted value")


def flow_live(facts: Facts, item: Capability) -> Evidence:
    """Look for a live flow of that name that delivered in the last 30 days of the export."""
    flows, file = facts.frames["flows"], facts.file("flows")
    last = facts.last_day("flows")
    if last is None:
        return Evidence.unknown("There is no flow export for the as-of date.")
    if (facts.as_of - last).days >= FLOW_DAYS:
        return Evidence.unknown(
            f"The flow export ends on {day_text(last)}, {(facts.as_of - last).days} days before "
            f"the as-of date ({file}).",
            day=last,
        )
    start = pd.Timestamp(last) - timedelta(days=FLOW_DAYS - 1)
    own = flows[matches(flows["flow"], item.names, item.names_not)]
    now = own[own["day"] >= start]
    # a flow without a status is judged by its sends alone
    live = now[now["status"].isna() | now["status"].str.strip().str.casefold().isin(LIVE)]
    if not live.empty and live["delivered"].isna().all():
        return Evidence.unknown(f"The flow export has no delivered counts ({file}).", day=last)
    sent = live[live["delivered"] > 0]
    if not sent.empty:
        flow = str(sent.groupby("flow")["delivered"].sum().sort_values(kind="stable").index[-1])
        return Evidence.proven(
            f"{quote(flow)} is live and delivered {count(sent['delivered'].sum())} messages in "
            f"the {FLOW_DAYS} days to {day_text(last)} ({file}).",
            day=sent["day"].max().date(),
        )
    if flows["day"].min() > start and (own.empty or not live.empty):
        return Evidence.unknown(
            f"The flow export covers fewer than {FLOW_DAYS} days and shows no send ({file}).",
            day=last,
        )
    return Evidence.absent(_silent(flows, own, live, file, last), day=last)


def _silent(
    flows: pd.DataFrame, own: pd.DataFrame, live: pd.DataFrame, file: str, last: date
) -> str:
    """Say why no flow counts."""
    if own.empty:
        names = flows["flow"].nunique()
        return (
            f"The flow export to {day_text(last)} names {names} flow{'' if names == 1 else 's'}, "
            f"none of this kind ({file})."
        )
    latest = own.sort_values("day", kind="stable").iloc[-1]
    flow, status = quote(str(latest["flow"])), latest["status"]
    if live.empty and isinstance(status, str) and status.strip().casefold() not in LIVE:
        return f"The last status of {flow} is {quote(status)} on {day_text(last)} ({file})."
    return (
        f"The flow export to {day_text(last)} shows no send of {flow} for {FLOW_DAYS} days "
        f"({file})."
    )


def flow_seen(facts: Facts, item: Capability) -> Evidence:
    """Prove from a live flow; its absence proves nothing, as the shop may send it instead."""
    found = flow_live(facts, item)
    if found.state != "absent":
        return found
    return Evidence.unknown(
        "No live flow of the e-mail tool sends it; the shop may, which no export holds.",
        day=found.day,
    )


def _sends(facts: Facts) -> pd.DataFrame:
    """Return sends of flows and campaigns of the last 90 days with their rates."""
    columns = ["channel", "delivered", "bounce_rate", "complaint_rate", "orders", "revenue"]
    parts = [facts.recent(name, RATE_DAYS) for name in ("flows", "campaigns")]
    kept = [part[columns] for part in parts if not part.empty]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=columns)


def _mean_rate(sends: pd.DataFrame, rate: str) -> tuple[float, float]:
    """Return the rate (0 to 1) weighted by deliveries, and the deliveries that it rests on."""
    known = sends[sends[rate].notna() & (sends["delivered"] > 0)]
    delivered = float(known["delivered"].sum())
    weighted = float((known[rate] * known["delivered"]).sum())
    return (weighted / delivered if delivered else math.nan), delivered


def deliverability(facts: Facts, item: Capability) -> Evidence:
    """Hold bounce and complaint rates against what mailbox providers accept.

    Exports show no SPF, DKIM or DMARC record, hence good rates prove it in part only.
    """
    sends = _sends(facts)
    sends = sends[~_is_sms(sends)]
    bounce, seen = _mean_rate(sends, "bounce_rate")
    complaint, seen_too = _mean_rate(sends, "complaint_rate")
    if min(seen, seen_too) < MIN_DELIVERED:
        return Evidence.unknown(
            f"Bounce and complaint rates are known for {count(min(seen, seen_too))} messages of "
            f"the last {RATE_DAYS} days; {count(MIN_DELIVERED)} are needed."
        )
    days = [day for day in map(facts.last_day, ("flows", "campaigns")) if day is not None]
    words = (
        f"Bounces {bounce:.2%} (at most {MAX_BOUNCE:.0%}), complaints {complaint:.3%} (at most "
        f"{MAX_COMPLAINT:.1%}) of {count(min(seen, seen_too))} messages in the {RATE_DAYS} days "
        f"to {day_text(facts.as_of)}."
    )
    if bounce > MAX_BOUNCE or complaint > MAX_COMPLAINT:
        return Evidence.absent(words, day=max(days))
    words += " SPF, DKIM and DMARC stand in no export."
    return Evidence.proven(words, score=1, day=max(days), open_part=True)


def sms_in_use(facts: Facts, item: Capability) -> Evidence:
    """Look whether SMS is sent: quiet hours and caps themselves stand in no export."""
    sent = _sms_delivered(facts)
    if sent > 0:
        return Evidence.unknown(
            f"{count(sent)} SMS were delivered in the {RATE_DAYS} days to "
            f"{day_text(facts.as_of)}; no export holds quiet hours or a frequency cap.",
            day=facts.as_of,
            applies=True,
        )
    return Evidence.unknown("No export holds quiet hours or a frequency cap.")


def _sms_delivered(facts: Facts) -> float:
    sends = _sends(facts)
    return float(sends.loc[_is_sms(sends), "delivered"].sum())


def _is_sms(sends: pd.DataFrame) -> pd.Series[bool]:
    return (
        sends["channel"].str.casefold().str.contains("sms", regex=False).fillna(False).astype(bool)
    )


def consent(facts: Facts, item: Capability) -> Evidence:
    """Look whether profiles carry consent, for SMS too where SMS is sent."""
    profiles, file = facts.frames["profiles"], facts.file("profiles")
    if profiles.empty:
        return Evidence.unknown("There is no profile export for the as-of date.")
    email = float(profiles["consent_email"].notna().mean())
    sms = float(profiles["consent_sms"].notna().mean())
    sends_sms = _sms_delivered(facts) > 0
    words = (
        f"Of {count(len(profiles))} profiles, {email:.0%} carry e-mail consent and {sms:.0%} SMS "
        f"consent ({CONSENT_SHARE:.0%} needed{'' if sends_sms else ', no SMS is sent'}; {file})."
    )
    shares = (email, sms) if sends_sms else (email,)
    if min(shares) == 0:
        return Evidence.absent(words)
    return Evidence.proven(words, score=2 if min(shares) >= CONSENT_SHARE else 1)


def order_sync(facts: Facts, item: Capability) -> Evidence:
    """Compare the revenue that the e-mail tool knows with the shop's, customer by customer.

    Where profiles carry no historic value, only an impossibility can be found: more revenue
    attributed to messages than the shop sold in the same days.
    """
    orders, profiles = facts.frames["orders"], facts.frames["profiles"]
    if orders.empty or orders["revenue"].isna().all():
        return Evidence.unknown("The orders hold no money to compare with.")
    if not profiles.empty:
        shop = _settled(facts).groupby("customer_id")["revenue"].sum()
        tool = profiles.dropna(subset=["historic_clv"]).groupby("customer_id")["historic_clv"].max()
        both = pd.concat([shop, tool], axis=1, join="inner")
        if len(both) >= SYNC_MIN_CUSTOMERS and both["revenue"].sum() > 0:
            return _compare(facts, both)
    return _impossible(facts)


def _settled(facts: Facts) -> pd.DataFrame:
    """Return orders of customers without a recent one: their profiles had time to catch up."""
    recent = facts.recent("orders", SYNC_SETTLED_DAYS)["customer_id"]
    orders = facts.frames["orders"]
    return orders[~orders["customer_id"].isin(recent)]


def _compare(facts: Facts, both: pd.DataFrame) -> Evidence:
    difference = float(both["historic_clv"].sum() / both["revenue"].sum()) - 1.0
    held = f"{abs(difference):.1%} {'more' if difference > 0 else 'less'} revenue than"
    if abs(difference) < 0.0005:
        held = "the same revenue as"
    words = (
        f"For {count(len(both))} customers in both exports the e-mail tool holds {held} the shop "
        f"(at most {SYNC_CLOSE:.0%} for a full match; {facts.file('profiles')}, "
        f"{facts.file('orders')})."
    )
    last = facts.last_day("orders")
    if abs(difference) > SYNC_ROUGH:
        return Evidence.absent(words, day=last)
    return Evidence.proven(words, score=2 if abs(difference) <= SYNC_CLOSE else 1, day=last)


def _impossible(facts: Facts) -> Evidence:
    attributed = float(_sends(facts)["revenue"].sum())
    sold = float(facts.recent("orders", RATE_DAYS)["revenue"].sum())
    if attributed > sold > 0:
        return Evidence.absent(
            f"The e-mail tool attributes {attributed / sold:.0%} of the shop's revenue of the "
            f"{RATE_DAYS} days to {day_text(facts.as_of)} to its messages: more than was sold.",
            day=facts.as_of,
        )
    return Evidence.unknown("No profile export holds the revenue per customer to compare with.")


def clv_property(facts: Facts, item: Capability) -> Evidence:
    """Look for a value property on profiles, and for flows or lists named after it.

    The tool's own prediction is exported whether or not anything uses it, hence it counts only
    where a flow or list is named after it.
    """
    profiles, file = facts.frames["profiles"], facts.file("profiles")
    if profiles.empty:
        return Evidence.unknown("There is no profile export for the as-of date.")
    listed = profiles["properties"].dropna().drop_duplicates().str.split(r"[,;|\n]").explode()
    names = pd.Series(sorted(set(listed.str.strip())), dtype="str")
    own = names[matches(names, CLV_NAMES)]
    used = _named_after_value(facts)
    built_in = float(profiles["predicted_clv"].notna().mean())
    if len(own):
        words = f"Property {quote(own.iloc[0])} is on the profiles ({file})"
    elif built_in > 0 and used:
        words = f"The tool's own prediction is on {built_in:.0%} of the profiles ({file})"
    else:
        rest = "; the tool's own prediction drives no flow or list by name" if built_in else ""
        return Evidence.absent(f"No profile property holds a customer value{rest} ({file}).")
    if used:
        words = f"{words}, and {quote(used)} is named after value."
        return Evidence.proven(words, score=2 if len(own) else 1, day=facts.as_of)
    return Evidence.proven(
        f"{words}; no flow or list of the last {RATE_DAYS} days is named after it.",
        score=1,
        open_part=True,
    )


def _named_after_value(facts: Facts) -> str:
    for frame, column in (("flows", "flow"), ("flows", "message"), ("campaigns", "list")):
        recent = facts.recent(frame, RATE_DAYS)
        if not recent.empty:
            found = recent.loc[matches(recent[column], CLV_NAMES), column]
            if len(found):
                return str(found.sort_values().iloc[0])
    return ""
