"""How the core flows of the e-mail tool stand: missing, silent, failing or sending."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from workbench.plots.words import shorten

__all__ = ["FLOW_DAYS", "CoreFlow", "flow_states"]

FLOW_DAYS = 30
_LIVE = frozenset({"live", "active", "enabled", "on"})
_MAX_BOUNCE = 0.02
_MAX_COMPLAINT = 0.003  # at 0.3% mailbox providers stop delivering
_FALLEN = 0.5
_LEAST = 100.0
COLUMNS = ("flow", "title", "state", "delivered", "before", "facts")


@dataclass(frozen=True)
class CoreFlow:
    """A flow that every shop needs and how its name is recognised.

    Attributes
    ----------
    title : str
        As a person calls it.
    names, names_not : tuple of str
        Regular expressions over names in lower case with single blanks between words.
    """

    title: str
    names: tuple[str, ...]
    names_not: tuple[str, ...] = ()


def flow_states(flows: pd.DataFrame, core: Mapping[str, CoreFlow], as_of: date) -> pd.DataFrame:
    """Say how each core flow stands in the last 30 days of the flow export.

    Parameters
    ----------
    flows : DataFrame
        Canonical flows: day, flow, status, delivered, bounce_rate, complaint_rate.
    core : mapping of str to CoreFlow
        By id, e.g. ``flow_welcome``.
    as_of : date

    Returns
    -------
    DataFrame
        One row per core flow: flow (id), title, state, delivered (messages in the last 30 days),
        before (mean of 30 days over the 90 days before), facts (one sentence with numbers). state
        is missing (none of this name), silent (there, but nothing delivered), failing (bounces
        above 2%, complaints above 0.3%, or less than half of what it delivered before), live, or
        unknown (no export, or it ended more than 30 days before the as-of date).
    """
    end = pd.Timestamp(as_of)
    seen = flows[flows["day"] < end + timedelta(days=1)] if len(flows) else flows
    last = seen["day"].max() if len(seen) else pd.NaT
    if pd.isna(last) or (end - last).days >= FLOW_DAYS:
        why = "There is no flow export for the as-of date."
        rows = [(key, flow.title, "unknown", 0.0, 0.0, why) for key, flow in core.items()]
        return pd.DataFrame(rows, columns=list(COLUMNS))
    plain = seen["flow"].astype("str").str.slice(0, 300).str.casefold()
    plain = plain.str.replace(r"[\W_]+", " ", regex=True).str.strip()
    rows = [(key, flow.title, *_state(seen, plain, flow, last)) for key, flow in core.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _state(
    flows: pd.DataFrame, plain: pd.Series, flow: CoreFlow, last: pd.Timestamp
) -> tuple[str, float, float, str]:
    def hit(name: str) -> bool:
        found = any(re.search(p, name) for p in flow.names)
        return found and not any(re.search(p, name) for p in flow.names_not)

    own = flows[plain.isin([name for name in plain.dropna().unique() if hit(name)])]
    day = f"{last.day} {last:%B %Y}"
    if own.empty:
        return "missing", 0.0, 0.0, f"The flow export to {day} names no flow of this kind."
    start = last - timedelta(days=FLOW_DAYS - 1)
    now, earlier = own[own["day"] >= start], own[own["day"] < start]
    earlier = earlier[earlier["day"] >= start - timedelta(days=3 * FLOW_DAYS)]
    # a flow without a status is judged by its sends alone
    live = now[now["status"].isna() | now["status"].str.strip().str.casefold().isin(_LIVE)]
    delivered = float(live["delivered"].sum())
    before = float(earlier["delivered"].sum()) / 3.0
    name = f"'{shorten(own['flow'].iloc[-1], 60)}'"
    if delivered <= 0:
        if flows["day"].min() > start:
            words = f"The flow export covers fewer than {FLOW_DAYS} days and shows no send."
            return "unknown", 0.0, before, words
        words = f"{name} delivered nothing in the {FLOW_DAYS} days to {day}"
        was = f"; before that about {before:,.0f} messages in {FLOW_DAYS} days" if before else ""
        return "silent", 0.0, before, f"{words}{was}."
    faults = [
        f"{label} are {rate:.2%} (at most {most:.1%})"
        for label, column, most in (
            ("bounces", "bounce_rate", _MAX_BOUNCE),
            ("complaints", "complaint_rate", _MAX_COMPLAINT),
        )
        if (rate := _rate(live, column)) > most and delivered >= _LEAST
    ]
    whole = flows["day"].min() <= start - timedelta(days=3 * FLOW_DAYS - 1)
    if whole and before >= _LEAST and delivered < _FALLEN * before:
        faults.append(f"it delivered {before:,.0f} in {FLOW_DAYS} days before")
    sent = f"{name} delivered {delivered:,.0f} messages in the {FLOW_DAYS} days to {day}"
    if faults:
        return "failing", delivered, before, f"{sent}; {', '.join(faults)}."
    return "live", delivered, before, f"{sent}."


def _rate(sends: pd.DataFrame, column: str) -> float:
    known = sends[sends[column].notna() & (sends["delivered"] > 0)]
    total = float(known["delivered"].sum())
    return float((known[column] * known["delivered"]).sum()) / total if total else 0.0
