"""Evidence on audiences: seeds, suppression measured from orders, age of lists, holdouts."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd

from workbench.decisions.leaks import LEAK_DAYS
from workbench.spectrum.approved import LIST_KINDS, LOG_DAYS, SEED, approved
from workbench.spectrum.capabilities import Capability
from workbench.spectrum.evidence_ads import AD_DAYS, ad_names, ads_run, found_name, running_ads
from workbench.spectrum.facts import Evidence, Facts, count, day_text, matches, quote

__all__ = ["holdout_shown", "list_age", "seed_quality", "suppression_overlap"]

LEAST_ORDERS = 50
"""Orders of a paid channel from which on its share of recent buyers is judged."""
LIST_DAYS = 30
"""Age in days up to which a list counts as kept."""
SEED_DAYS = 183
"""Age in days from which on a seed counts as of another time."""
_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_. ]?(0[1-9]|1[0-2])(?!\d)")


def list_age(facts: Facts, item: Capability) -> Evidence:
    """Measure how old the last list for the ad platforms is.

    A list that a person approves is kept by hand: it proves the sync in part, and what the
    platforms hold stands in no export.
    """
    running = ads_run(facts, item)
    lists = approved(facts, *LIST_KINDS, days=365)
    if running.state == "not_applicable" or not running.applies or lists.empty:
        return running
    last = lists["day"].max().date()
    age = (facts.as_of - last).days
    words = (
        f"The last list for the ad platforms was approved on {day_text(last)}, {age} days before "
        f"the as-of date (at most {LIST_DAYS}; approvals.jsonl)"
    )
    if age > LIST_DAYS:
        return Evidence.unknown(
            f"{words}; a sync by another way stands in no export.", applies=True
        )
    return Evidence.proven(
        f"{words}; by hand, so that it proves the sync in part.", score=1, day=last, open_part=True
    )


def seed_quality(facts: Facts, item: Capability) -> Evidence:
    """Look for the seed by name, for its age in the name, and for an approved seed of this run.

    Name and approval together prove it; each alone does in part: a name does not show how the
    seed was chosen, an approval not that it is used. A name that dates itself more than half a
    year back shows a seed of another time.
    """
    named = ad_names(facts, item)
    if named.state == "not_applicable" or (named.state == "unknown" and not named.applies):
        return named
    if named.state == "absent":
        return Evidence.absent(f"{named.words}{_ready(facts)}", day=named.day)
    old = _named_month(named.words) if named.state == "proven" else None
    if old is not None and (facts.as_of - old).days >= SEED_DAYS:
        return Evidence.absent(
            f"{named.words} But the name dates it {old:%B %Y}: older than half a year."
            f"{_ready(facts)}",
            day=named.day,
        )
    seeds = approved(facts, "value_seed", days=SEED_DAYS)
    if seeds.empty:
        if named.state == "proven":
            return named
        return Evidence.unknown(f"{named.words}{_ready(facts)}", day=named.day, applies=True)
    last = seeds["day"].max().date()
    told = f"A seed of the customers of highest 12-month value was approved on {day_text(last)}"
    if named.state == "proven":
        return Evidence.proven(f"{named.words} {told} (approvals.jsonl).", day=named.day)
    return Evidence.proven(
        f"{told} (approvals.jsonl); no campaign or ad set of the {AD_DAYS} days to "
        f"{day_text(facts.as_of)} is named after it.",
        score=1,
        day=last,
        open_part=True,
    )


def _named_month(words: str) -> date | None:
    """Return the first day of the month that a quoted name carries, as in "LAL CLV 2026-06"."""
    name = words[words.find("'") : words.rfind("'")]
    found = _MONTH.search(name)
    return date(int(found[1]), int(found[2]), 1) if found else None


def _ready(facts: Facts) -> str:
    """Say that this run has a seed to offer."""
    audiences = facts.table("audiences")
    if audiences.empty:
        return ""
    own = audiences[(audiences["audience"] == SEED) & (audiences["file"].astype(str) != "")]
    if own.empty:
        return ""
    people = count(own["customers"].iloc[0])
    return f" A seed of {people} customers stands ready in this run's outbox (audiences.csv)."


def suppression_overlap(facts: Facts, item: Capability) -> Evidence:
    """Measure from orders how many paid orders came from people who had just bought.

    A channel in which that share reaches the limit leaks, whatever its names or the answer say.
    Below the limit in all channels, the outcome is there but not what brings it about: it proves
    in part, and in full where a name shows the exclusion. The channel of an order is the shop's
    own attribution.
    """
    named = ad_names(facts, item)
    if named.state == "not_applicable" or (named.state == "unknown" and not named.applies):
        return named
    leaks = facts.table("leaks")
    judged = leaks[leaks["orders"] >= LEAST_ORDERS] if len(leaks) else leaks
    if judged.empty:
        return named
    shares = judged.assign(share=judged["recent"] / judged["orders"])
    shares = shares.sort_values(["share", "channel"], ascending=[False, True])
    limit = facts.settings.leak_share
    leaking = shares[shares["share"] >= limit]
    span = f"in the {LEAK_DAYS} days to {day_text(facts.as_of)}"
    if len(leaking):
        listed = ", ".join(
            f"{count(row['recent'])} of {count(row['orders'])} orders of {quote(row['channel'])} "
            f"({row['share']:.0%})"
            for row in leaking.head(3).to_dict("records")
        )
        name = f"{named.words} But {listed[:1].lower()}" if named.score else listed[:1].upper()
        more = f" and {len(leaking) - 3} channels more" if len(leaking) > 3 else ""
        return Evidence.absent(
            f"{name}{listed[1:]}{more} came {span} from customers who had just bought by their own "
            f"rhythm (below {limit:.0%} needed).",
            day=facts.as_of,
        )
    measured = (
        f"{count(judged['recent'].sum())} of {count(judged['orders'].sum())} orders of paid "
        f"channels {span} came from customers who had just bought by their own rhythm, in no "
        f"channel {limit:.0%} or more."
    )
    if named.score:
        return Evidence.proven(f"{named.words} {measured}", day=facts.as_of)
    return Evidence.proven(
        f"{measured} That a list brings this about stands in no export.",
        score=1,
        day=facts.as_of,
        open_part=True,
    )


def holdout_shown(facts: Facts, item: Capability) -> Evidence:
    """Look for a holdout in names of the last 90 days, and in approved lists with one."""
    running = running_ads(facts)
    if isinstance(running, pd.DataFrame):
        hit = found_name(running, item.names, item.names_not)
        if hit is not None:
            last = running["date"].max().date()
            return Evidence.proven(f"By name it runs: {hit}.", score=1, day=last, open_part=True)
    for frame, column in (("flows", "flow"), ("flows", "message"), ("campaigns", "campaign")):
        recent = facts.recent(frame, AD_DAYS)
        if not recent.empty:
            found = recent.loc[matches(recent[column], item.names, item.names_not), column]
            if len(found):
                name = quote(str(found.sort_values().iloc[0]))
                words = f"By name it runs: {name} ({facts.file(frame)})."
                return Evidence.proven(words, score=1, day=facts.as_of, open_part=True)
    lists = approved(facts)
    lists = lists[lists["holdout"] > 0].sort_values(["day", "action"])
    if len(lists):
        row = lists.iloc[-1]
        return Evidence.proven(
            f"The list {quote(str(row['audience']))} was approved on "
            f"{day_text(row['day'].date())} with {count(row['holdout'])} people held out at random "
            "(approvals.jsonl); that it was sent so stands in no export.",
            score=1,
            day=row["day"].date(),
            open_part=True,
        )
    return Evidence.unknown(
        "No flow, campaign or ad set is named as a holdout, and no list with one was approved in "
        f"the {LOG_DAYS} days to {day_text(facts.as_of)}."
    )
