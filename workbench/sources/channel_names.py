"""Raw traffic sources to channel names, so that orders and spend meet under one name.

The brand's `channel_rules` decide first; what they leave open gets the customary name of the
platform, split into paid and organic by the medium. What neither knows keeps its own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

__all__ = ["default_channel", "known_channel", "map_channels", "name_channels"]

# source -> (name when paid, name when organic)
_SOCIAL = "Organic Social"
_SEARCH = "Organic Search"
_PLATFORMS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("facebook", "fb", "ig", "instagram", "meta", "messenger", "audience_network"),
        ("Meta Ads", _SOCIAL),
    ),
    **dict.fromkeys(("google", "adwords", "googleads"), ("Google Ads", _SEARCH)),
    **dict.fromkeys(("tiktok", "tt"), ("TikTok Ads", _SOCIAL)),
    **dict.fromkeys(("bing", "microsoft", "msn"), ("Microsoft Ads", _SEARCH)),
    **dict.fromkeys(("youtube", "yt"), ("YouTube Ads", _SOCIAL)),
    **dict.fromkeys(("pinterest", "pin"), ("Pinterest Ads", _SOCIAL)),
    **dict.fromkeys(("snapchat", "snap"), ("Snapchat Ads", _SOCIAL)),
    **dict.fromkeys(("twitter", "t.co"), ("X Ads", _SOCIAL)),
    **dict.fromkeys(("linkedin", "lnkd"), ("LinkedIn Ads", _SOCIAL)),
    "reddit": ("Reddit Ads", _SOCIAL),
    "yahoo": ("Yahoo Ads", _SEARCH),
    "criteo": ("Criteo", "Criteo"),
    **dict.fromkeys(
        ("duckduckgo", "ecosia", "baidu", "yandex", "qwant", "startpage"), (_SEARCH, _SEARCH)
    ),
    **dict.fromkeys(
        ("klaviyo", "omnisend", "mailchimp", "newsletter", "email", "e_mail"), ("Email", "Email")
    ),
    **dict.fromkeys(("sms", "postscript", "attentive"), ("SMS", "SMS")),
    **dict.fromkeys(("direct", "(direct)"), ("Direct", "Direct")),
    **dict.fromkeys(("awin", "shareasale", "rakuten"), ("Affiliates", "Affiliates")),
}
_META_SITES = {"msg": "facebook", "an": "facebook"}  # values of Meta's {{site_source_name}}
_SHORT = {"tt", "yt", "pin", "snap"}  # in a column of names these may be country codes and such
_PAID = {
    "cpc", "ppc", "cpm", "cpv", "paid", "ads", "ad", "paid_social", "paidsocial", "social_paid",
    "paid_search", "shopping", "pmax", "performance_max", "display", "retargeting", "remarketing",
    "video", "paid_media",
}  # fmt: skip
_ORGANIC = {
    "organic", "social", "organic_social", "referral", "post", "bio", "story", "link_in_bio",
}  # fmt: skip
_MEDIA = {
    **dict.fromkeys(("email", "e_mail", "newsletter"), "Email"),
    **dict.fromkeys(("sms", "text"), "SMS"),
    **dict.fromkeys(("affiliate", "affiliates", "partner"), "Affiliates"),
    **dict.fromkeys(("influencer", "influencers", "creator", "ambassador"), "Influencers"),
}
_NOTHING = {
    "(none)", "none", "(not_set)", "not_set", "null", "undefined", "nan", "n/a", "unknown",
    "(unknown)", "(other)", "an_unknown_source", "unassigned", "(unassigned)", "unattributed",
}  # fmt: skip
UNASSIGNED = "Unassigned spend"
"""Channel of spend that a file puts under a name which says nothing: never that of a customer.

Were it called as customers of unknown channel are, their number would make a CAC of it.
"""


def _token(text: Any) -> str:
    """Return a raw value as it is compared; empty when it says nothing."""
    if not isinstance(text, str) or "{" in text:  # a macro that the platform never filled in
        return ""
    token = re.sub(r"[\s\-]+", "_", text.strip().lower())
    return "" if token in _NOTHING else token


def _label(host: str) -> str:
    """Return the telling part of a host: ``l.facebook.com`` and ``facebook.com`` -> facebook."""
    if host == "t.co":
        return host
    parts = host.split(".")
    while len(parts) > 2 and parts[-2] in ("co", "com", "org") and len(parts[-1]) == 2:
        parts = parts[:-1]
    return parts[-2] if len(parts) >= 2 else host


def _host(source: str) -> str:
    host = urlsplit(source if "//" in source else f"//{source}").hostname or ""
    return host if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host) else ""


def _by_rule(source: str, medium: str, rules: Mapping[str, str]) -> str | None:
    if not source:
        return rules.get(medium)
    pairs = [f"{source}{mark}{medium}" for mark in ("_", " / ", "/", " ", "-")] if medium else []
    host = _host(source.replace("_", "-"))
    hosts = [host, host.removeprefix("www."), _label(host)] if host else []
    for name in [*pairs, source, source.replace("_", " "), source.replace("_", "-"), *hosts]:
        if name in rules:
            return rules[name]
    return rules.get(medium)


def default_channel(source: str, medium: str, via: str) -> str | None:
    """Return the customary channel of a source, or None when there is none.

    Parameters
    ----------
    source, medium : str
        As `_token` leaves them.
    via : {"utm", "click", "referrer", "name", "profile"}
        What told the source: tagged links, a click id, the referring page, a written name or a
        profile.
    """
    if medium in _MEDIA:
        return _MEDIA[medium]
    host = _host(source)
    name = _label(host) if host else source
    if via == "utm":
        name = _META_SITES.get(name, name)
    if name not in _PLATFORMS and "_" in name:
        head, _, tail = name.rpartition("_")  # google_cpc
        if tail in _PAID | _ORGANIC | set(_MEDIA):
            return default_channel(head, medium or tail, via)
    if name in _PLATFORMS and not (via in ("name", "profile") and not medium and name in _SHORT):
        paid, organic = _PLATFORMS[name]
        unpaid = medium in _ORGANIC or (via == "referrer" and medium not in _PAID)
        return organic if unpaid else paid
    if medium == "organic":
        return _SEARCH
    if medium == "referral" or (host and via == "referrer"):
        return "Referral"
    return None


def known_channel(source: str, medium: str, via: str) -> str | None:
    """Return the customary channel of a source and medium as an export writes them.

    None where nobody but the brand can tell, so that a rule of its own is needed.
    """
    return default_channel(*_parts(source, medium), via)


def _parts(source: Any, medium: Any) -> tuple[str, str]:
    """Return source and medium as they are compared, parted where one text holds both."""
    source, medium = _token(source), _token(medium)
    if not medium and "_/_" in source:  # "google / cpc" of an analytics tool
        source, _, medium = (part.strip("_") for part in source.partition("_/_"))
        source, medium = _token(source), _token(medium)
    return source, medium


def name_channels(
    source: pd.Series[Any], medium: pd.Series[Any], via: pd.Series[Any], rules: Mapping[str, str]
) -> pd.Series[str]:
    """Return the channel of each raw source and medium; NaN where both say nothing.

    Parameters
    ----------
    source, medium : Series of str
        Raw values, e.g. ``utm_source`` and ``utm_medium``, or a referring address.
    via : Series of str
        See `default_channel`; an unknown source told by ``name`` keeps its spelling.
    rules : mapping
        `Brand.channel_names()`: raw name in lower case -> channel.
    """
    combined = pd.Series(0, index=source.index)
    for column in (source, medium, via):
        codes, values = pd.factorize(column.astype("str"))
        combined = combined * (len(values) + 1) + codes + 1
    codes, _ = pd.factorize(combined)
    first = ~combined.duplicated()
    rows = zip(source[first], medium[first], via[first], strict=True)
    names = pd.array([_name(*row, rules) for row in rows], dtype="str")
    return pd.Series(names.take(codes), index=source.index)


def _name(source: Any, medium: Any, via: Any, rules: Mapping[str, str]) -> str | None:
    written = source.strip() if isinstance(source, str) else ""
    if written.lower() in rules:
        return rules[written.lower()]
    source, medium = _parts(source, medium)
    if not source and not medium:
        return None
    found = _by_rule(source, medium, rules) or default_channel(source, medium, via)
    if found or via == "profile":  # forms and lists, mostly: only known sources are channels
        return found
    if not source:
        return medium.replace("_", " ").title()
    if via == "name":
        return written
    return source.replace("_", " ").title()[:80]


def map_channels(raw: pd.Series[Any], rules: Mapping[str, str]) -> pd.Series[str]:
    """Return the channel that a rule gives a whole raw text, e.g. a platform; NaN without rule."""
    return raw.astype("str").str.strip().str.lower().map(dict(rules)).astype("str")
