"""The lists of all audiences: who of their members may be in which tool's file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.cache import write_frame
from workbench.decisions.tools import FOLDERS
from workbench.outbox import google, klaviyo, meta, tiktok
from workbench.outbox.contacts import placed, recipients
from workbench.outbox.outcome import Written
from workbench.outbox.settings import OutboxSettings

__all__ = ["write_lists", "write_profiles"]


def write_profiles(
    draft: Path,
    people: pd.DataFrame,
    customers: pd.DataFrame,
    told: pd.DataFrame,
    settings: OutboxSettings,
) -> list[Written]:
    """Write the properties of all customers who may be written to, for Klaviyo."""
    everyone = customers[["customer_id"]].assign(value=customers["value_12m_mean"])
    chosen = recipients(people, placed(people, everyone), consent="given", email_only=True)
    return klaviyo.write_profiles(draft, "profiles", people, chosen, told, settings, requests=True)


def _is(row: Any, *words: str) -> bool:
    text = f"{row.audience} {row.purpose}".casefold()
    return any(word in text for word in words)


def write_lists(
    draft: Path,
    people: pd.DataFrame,
    members: pd.DataFrame,
    audiences: pd.DataFrame,
    told: pd.DataFrame,
    settings: OutboxSettings,
    known: set[str],
) -> list[Written]:
    """Write the lists of all audiences, tool after tool, so that only one tool's hashes exist.

    Of those in `known` it has been said that they have no tool.
    """
    rows = placed(people, members)
    of = dict(list(rows.groupby("audience", sort=False, observed=True)[["row", "value"]]))
    none = rows.iloc[:0]
    wanted = [
        (row, {FOLDERS[name] for name in str(row.tool).split(", ") if name in FOLDERS})
        for row in audiences.itertuples(index=False)
    ]
    written = []
    for row, tools in wanted:
        if not tools and row.audience not in known:
            note = f"no format for this tool; known: {', '.join(FOLDERS)}"
            written.append(Written(row.audience, str(row.tool), "", 0, note))
    for tool in FOLDERS.values():
        mine = [row for row, tools in wanted if tool in tools]
        if not mine:
            continue
        if tool == "klaviyo":
            withheld: list[pd.DataFrame] = []
            for row in mine:
                given = of.get(row.audience, none)
                written += _klaviyo_list(draft, people, row, given, told, settings, withheld)
            if withheld:
                write_frame(pd.concat(withheld, ignore_index=True), draft / "holdouts.csv")
            continue
        write = _ad_writer(draft, tool, people, settings)
        for row in mine:
            suppression = _is(row, "suppress", "exclu")
            given = of.get(row.audience, none)
            valued = tool == "meta" and not suppression and bool(given["value"].notna().any())
            chosen = recipients(
                people,
                given,
                consent=settings.suppression_consent if suppression else settings.ads_consent,
                needs_value=valued,
            )
            few = _too_few(len(chosen), settings.smallest)
            written += (
                [Written(row.audience, tool, "", 0, few, chosen.left_out)]
                if few
                else write(row.audience, chosen, valued)
            )
    return written


def _too_few(people: int, smallest: int) -> str:
    """Say why a list of so many people is not written for an ad platform; empty where it is."""
    if not people:
        return "nobody may be uploaded: see the reasons; consent comes from the exports"
    if people < smallest:
        return (
            f"people left: {people}; a list for ads needs at least {smallest}: widen the audience"
        )
    return ""


def _ad_writer(draft: Path, tool: str, people: pd.DataFrame, settings: OutboxSettings) -> Any:
    hashed = settings.writes("hashed")
    if tool == "meta":
        ready = meta.MetaPeople(people, hashed=hashed)
        return lambda name, chosen, valued: meta.write_list(
            draft, name, ready, chosen, settings, with_value=valued
        )
    if tool == "google":
        matched = google.GooglePeople(people, settings)
        return lambda name, chosen, valued: google.write_list(
            draft, name, matched, chosen, settings
        )
    known = tiktok.TikTokPeople(people, hashed=hashed)
    return lambda name, chosen, valued: tiktok.write_list(draft, name, known, chosen, settings)


def _klaviyo_list(
    draft: Path,
    people: pd.DataFrame,
    row: Any,
    members: pd.DataFrame,
    told: pd.DataFrame,
    settings: OutboxSettings,
    withheld: list[pd.DataFrame],
) -> list[Written]:
    if _is(row, "suppress", "exclu"):
        # to stop writing to somebody needs nobody's consent
        chosen = recipients(people, members, consent="all", email_only=True)
        return klaviyo.write_suppression(draft, row.audience, people, chosen, settings)
    share = settings.holdout
    if "holdout" in row._fields:
        size = float(row.holdout)
        share = size / max(float(row.customers), 1.0) if size > 0 else 0.0
    held_out = _held_out(people, row.audience, share)
    chosen = recipients(people, members, consent="given", email_only=True, held_out=held_out)
    if len(chosen.held_out):
        control = people["customer_id"].iloc[chosen.held_out]
        withheld.append(pd.DataFrame({"audience": row.audience, "customer_id": control}))
    return klaviyo.write_profiles(
        draft, row.audience, people, chosen, told, settings, requests=False
    )


def _held_out(people: pd.DataFrame, audience: str, share: float) -> np.ndarray:
    """Draw people by a keyed hash of the customer id: the same ones in every run."""
    lead = people["customer_id"].to_numpy(dtype=object)[people["person"].to_numpy()]
    if not len(lead):
        return np.zeros(0, dtype=bool)
    key = hashlib.sha256(audience.encode()).hexdigest()[:16]
    drawn = pd.util.hash_array(lead, hash_key=key, categorize=False)
    return (drawn / 2.0**64) < share
