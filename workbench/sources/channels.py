"""The acquisition channel of an order: signals in order of precedence, and how far to trust them.

Every function returns signals: one row per order with source, medium, campaign, via (see
`channel_names.default_channel`) and confidence. `resolve` takes the first that says anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import unquote_plus

import pandas as pd

from workbench.sources.arrow_text import extract
from workbench.sources.channel_names import name_channels

__all__ = [
    "PRECEDENCE",
    "UNKNOWN",
    "from_journey",
    "from_landing",
    "from_names",
    "from_notes",
    "from_patterns",
    "one_spelling",
    "overlay",
    "resolve",
]

UNKNOWN = "Unknown"
PRECEDENCE = (
    "order_map",
    "column",
    "journey",
    "landing",
    "note",
    "tag",
    "discount_code",
    "survey",
    "profile",
    "ga4",
    "unknown",
)
"""Where the channel of an order may come from, best first."""

Signals: TypeAlias = pd.DataFrame
_FIELDS = ("source", "medium", "campaign", "via", "confidence")
_UTM = ("source", "medium", "campaign")
# click id -> source, medium, confidence; Facebook adds fbclid to unpaid links, too
_CLICKS = {
    "gclid": ("google", "cpc", "high"),
    "gbraid": ("google", "cpc", "high"),
    "wbraid": ("google", "cpc", "high"),
    "ttclid": ("tiktok", "cpc", "high"),
    "msclkid": ("bing", "cpc", "high"),
    "fbclid": ("facebook", "", "medium"),
}


def _silent(index: pd.Index[Any]) -> Signals:
    return pd.DataFrame({name: pd.Series(pd.NA, index=index, dtype="str") for name in _FIELDS})


def _first(best: Signals, other: Signals) -> Signals:
    """Return `best`, with whole rows of `other` where it says nothing."""
    mute = best["source"].isna() & best["medium"].isna()
    return best.where(~mute, other)


def _said(value: str) -> str | None:
    """Return a decoded value; None for a macro that the platform never filled in."""
    value = unquote_plus(value).strip()
    return None if not value or "{" in value else value


def _decoded(values: pd.Series[Any]) -> pd.Series[str]:
    known = {value: _said(value) for value in values.dropna().unique()}
    return values.map(known).astype("str")


def _tagged(get: Mapping[str, pd.Series[Any]], index: pd.Index[Any]) -> Signals:
    """Return signals of utm parameters and, where they are absent, of click ids."""
    tagged = _silent(index)
    for name in _UTM:
        tagged[name] = get[f"utm_{name}"]
    told = tagged["source"].notna() | tagged["medium"].notna()
    tagged.loc[told, ["via", "confidence"]] = ["utm", "high"]
    for click, (source, medium, confidence) in _CLICKS.items():
        clicked = get[click].notna()
        if clicked.any():
            signal = _silent(index)
            row = {"source": source, "via": "click", "confidence": confidence}
            for name, value in (row | ({"medium": medium} if medium else {})).items():
                signal.loc[clicked, name] = value
            signal["campaign"] = tagged["campaign"].where(clicked)
            tagged = _first(tagged, signal)
    return tagged


def _referred(referrer: pd.Series[Any]) -> Signals:
    signal = _silent(referrer.index)
    signal["source"] = extract(referrer, r"^(?:[a-z-]+://)?(?P<found>[^/?#\s]+)")
    signal.loc[signal["source"].notna(), ["via", "confidence"]] = ["referrer", "low"]
    return signal


def from_landing(landing: pd.Series[Any], referrer: pd.Series[Any]) -> Signals:
    """Return signals of a landing page's query string, else of the referring page."""
    if landing.isna().all() and referrer.isna().all():
        return _silent(landing.index)
    query = extract(landing, r"\?(?P<found>[^#]*)")
    get = {}
    for name in [*(f"utm_{part}" for part in _UTM), *_CLICKS]:
        get[name] = _decoded(extract(query, rf"(?i)(?:^|&){name}=(?P<found>[^&]*)"))
    return _first(_tagged(get, landing.index), _referred(referrer))


def from_journey(visit: pd.DataFrame) -> Signals:
    """Return signals of a first visit.

    Parameters
    ----------
    visit : DataFrame
        utm_source, utm_medium, utm_campaign, source, landing, referrer; NaN where unknown.
    """
    tagged = _silent(visit.index)
    for name in _UTM:
        tagged[name] = _decoded(visit[f"utm_{name}"])
    told = tagged["source"].notna() | tagged["medium"].notna()
    tagged.loc[told, ["via", "confidence"]] = ["utm", "high"]
    nothing = pd.Series(pd.NA, index=visit.index, dtype="str")
    landed = from_landing(visit["landing"], nothing)
    named = _silent(visit.index)
    named["source"] = visit["source"].where(
        ~visit["source"].str.lower().isin(["an unknown source", "unknown"])
    )
    named.loc[named["source"].notna(), ["via", "confidence"]] = ["referrer", "medium"]
    return _first(_first(_first(tagged, landed), named), _referred(visit["referrer"]))


def from_notes(notes: pd.Series[Any]) -> Signals:
    """Return signals of note attributes: ``utm_source: facebook`` on lines of their own."""
    if notes.isna().all():
        return _silent(notes.index)
    get = {}
    for name in [*(f"utm_{part}" for part in _UTM), *_CLICKS, "landing", "referrer"]:
        key = {
            "landing": "landing[ _]?(?:page|site)(?:[ _]url)?",
            "referrer": "referr(?:er|ing)"
            r"(?:[ _](?:url|site))?",
        }.get(name, name)
        pattern = rf"(?im)^[ \t]*_?{key}[ \t]*[:=][ \t]*(?P<found>[^\r\n]*)"
        get[name] = _decoded(extract(notes, pattern))
    tagged = _tagged(get, notes.index)
    return _first(tagged, from_landing(get["landing"], get["referrer"]))


def from_names(
    names: pd.Series[Any], campaign: pd.Series[Any] | None = None, *, confidence: str
) -> Signals:
    """Return signals of channels that someone wrote down."""
    signal = _silent(names.index)
    signal["source"] = names
    if campaign is not None:
        signal["campaign"] = campaign
    signal.loc[names.notna(), ["via", "confidence"]] = ["name", confidence]
    return signal


def from_patterns(
    text: pd.Series[Any], patterns: Mapping[str, str], *, prefix: bool, confidence: str
) -> Signals:
    """Return signals of tags or discount codes that fit a pattern of the brand.

    Parameters
    ----------
    text : Series of str
        Comma-separated tags or codes of an order.
    patterns : mapping of str to str
        ``tiktok*|tt-*`` -> channel; case does not count, the first pattern that fits decides.
    prefix : bool
        Whether a pattern without ``*`` fits every text that starts with it.
    """
    names = pd.Series(pd.NA, index=text.index, dtype="str")
    if not patterns:
        return _silent(text.index)
    for key, channel in patterns.items():
        options = [part.strip() for part in str(key).split("|") if part.strip()]
        inner = "|".join(re.escape(option).replace(r"\*", "[^,]*") for option in options)
        tail = "" if prefix else r"\s*(?:,|$)"
        fits = text.str.contains(rf"(?i)(?:^|,)\s*(?:{inner}){tail}", regex=True)
        names = names.where(names.notna() | ~fits.fillna(False).astype(bool), str(channel))
    return from_names(names, confidence=confidence)


def resolve(signals: Sequence[tuple[str, Signals]], rules: Mapping[str, str]) -> pd.DataFrame:
    """Return channel, channel_source, channel_confidence and campaign of every order.

    Parameters
    ----------
    signals : sequence of (channel_source, signals)
        In any order; `PRECEDENCE` decides. All with the same index.
    rules : mapping
        `Brand.channel_names()`.
    """
    index = signals[0][1].index
    told = pd.DataFrame(
        {
            "channel": pd.Series(pd.NA, index=index, dtype="str"),
            "channel_source": pd.Series("unknown", index=index, dtype="str"),
            "channel_confidence": pd.Series("none", index=index, dtype="str"),
            "campaign": pd.Series(pd.NA, index=index, dtype="str"),
        }
    )
    for origin, signal in sorted(signals, key=lambda pair: PRECEDENCE.index(pair[0])):
        if signal[["source", "medium"]].isna().all(axis=None):
            continue
        names = name_channels(signal["source"], signal["medium"], signal["via"], rules)
        new = told["channel"].isna() & names.notna()
        told["channel"] = told["channel"].mask(new, names)
        told["channel_source"] = told["channel_source"].mask(new, origin)
        told["channel_confidence"] = told["channel_confidence"].mask(new, signal["confidence"])
        told["campaign"] = told["campaign"].mask(new, signal["campaign"])
    told["channel"] = one_spelling(told["channel"]).fillna(UNKNOWN)
    return told


def overlay(
    orders: pd.DataFrame, origin: str, signal: Signals, rules: Mapping[str, str]
) -> pd.DataFrame:
    """Return orders with the channels of a further source, wherever it takes precedence."""
    new = resolve([(origin, signal)], rules)
    rank = orders["channel_source"].map({name: rank for rank, name in enumerate(PRECEDENCE)})
    better = (new["channel"] != UNKNOWN) & (rank > PRECEDENCE.index(origin))
    orders = orders.copy()
    for name in ("channel", "channel_source", "channel_confidence"):
        orders[name] = orders[name].mask(better, new[name])
    orders["campaign"] = orders["campaign"].mask(better & new["campaign"].notna(), new["campaign"])
    orders["channel"] = one_spelling(orders["channel"])
    return orders


def one_spelling(names: pd.Series[Any], number: pd.Series[Any] | None = None) -> pd.Series[str]:
    """Return names with one spelling where they differ in case only: the commonest.

    Parameters
    ----------
    names : Series of str
    number : Series of int, optional
        How many orders each name stands for; 1 by default.
    """
    if number is None:
        counts = names.value_counts().rename_axis("name").reset_index(name="count")
    else:
        counts = number.groupby(names).sum().rename_axis("name").reset_index(name="count")
    counts["key"] = counts["name"].str.casefold()
    counts = counts.sort_values(["count", "name"], ascending=[False, True], kind="stable")
    best = counts.drop_duplicates("key").set_index("key")["name"]
    if len(best) == len(counts):
        return names
    return names.map(counts.set_index("name")["key"].map(best).to_dict()).astype("str")
