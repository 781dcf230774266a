"""What the exports of a folder tell about a brand's settings: currency, time zone, raw sources."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from workbench.sources.files import decode, read_bytes
from workbench.sources.opening import UNIT
from workbench.sources.recognise import Recognised
from workbench.sources.signatures import header_key

__all__ = ["Hints", "hints_of", "zones_of"]

_TEXT_HEAD = 4_000_000
_STAMP = r"(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}) ?([+-]\d{2}:?\d{2})"
_CURRENCY = ("currency", "currency code", "währungscode", "code de devise", "código de moneda")
_CHANNEL = ("channel", "source", "utm_source", "session source / medium", "traffic source")
_MEDIUM = ("utm_medium", "medium")
_PRODUCTS = ("lineitem name", "product", "category", "sku")
_UTM = r"utm_source[\"']?\s*[=:]\s*[\"']?([^&\s\"'\\,;{}]+)"
_UTM_MEDIUM = r"utm_medium[\"']?\s*[=:]\s*[\"']?([^&\s\"'\\,;{}]+)"
_JOURNEY = r"\"source\":\s*\"([^\"\\{}@]{1,60})\",\s*\"medium\":\s*\"([^\"\\{}@]{1,60})\""
_ZONES = {
    "USD": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    "CAD": ("America/Toronto", "America/Vancouver"),
    "GBP": ("Europe/London",),
    "EUR": ("Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Helsinki",
            "Europe/Dublin"),
    "AUD": ("Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth"),
    "NZD": ("Pacific/Auckland",),
    "SEK": ("Europe/Stockholm",),
    "NOK": ("Europe/Oslo",),
    "DKK": ("Europe/Copenhagen",),
    "CHF": ("Europe/Zurich",),
    "PLN": ("Europe/Warsaw",),
    "BRL": ("America/Sao_Paulo",),
    "MXN": ("America/Mexico_City",),
    "CLP": ("America/Santiago",),
    "JPY": ("Asia/Tokyo",),
    "SGD": ("Asia/Singapore",),
    "INR": ("Asia/Kolkata",),
    "ILS": ("Asia/Jerusalem",),
    "AED": ("Asia/Dubai",),
    "ZAR": ("Africa/Johannesburg",),
}  # fmt: skip
"""Time zones that shops of a currency are usually in."""


@dataclass(frozen=True)
class Hints:
    """What one file tells.

    Attributes
    ----------
    currencies : Counter
        Currency code -> number of rows.
    stamps : set of (local time, offset in seconds)
        Times that carry their offset from UTC.
    sources : Counter
        (raw source, raw medium) -> number of orders or rows; medium may be empty.
    products : bool
        Whether orders name their products.
    """

    currencies: Counter[str] = field(default_factory=Counter)
    stamps: frozenset[tuple[datetime, int]] = frozenset()
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    products: bool = False


def hints_of(path: Path, found: Recognised) -> Hints:
    """Return what a recognised file tells about the settings."""
    if found.sheet is None:
        text = decode(read_bytes(path), path)[0][:_TEXT_HEAD]
        codes = re.findall(r'"shopMoney":\s*\{[^{}]*"currencyCode":\s*"([A-Z]{3})"', text)
        codes = codes or re.findall(r'"(?:currency|currencyCode)":\s*"([A-Z]{3})"', text)
        products = '"lineItems"' in text or '"line_items"' in text or "__parentId" in text
        tagged = _tagged(text) + Counter(re.findall(_JOURNEY, text))
        return Hints(Counter(codes), _stamps([text]), tagged, products)
    frame = found.sheet.frame.set_axis([header_key(c) for c in found.sheet.header], axis=1)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    mapped = {name: header_key(header) for name, header in found.columns.items()}

    def column(names: Iterable[str]) -> pd.Series[str]:
        name = next((name for name in names if name in frame), None)
        return frame[name].dropna() if name is not None else pd.Series(dtype="str")

    units = [UNIT.search(cell.strip()) for cell in found.sheet.header]
    currencies = Counter(unit["code"].upper() for unit in units if unit)
    codes = column([mapped.get("currency", ""), *_CURRENCY]).str.upper()
    currencies.update(codes[codes.str.fullmatch("[A-Z]{3}")].value_counts().to_dict())
    sources: Counter[tuple[str, str]] = Counter()
    stamps: frozenset[tuple[datetime, int]] = frozenset()
    if found.source in ("orders", "channels", "spend") and found.format not in (
        "meta_ads", "google_ads", "tiktok_ads", "shopify_orders",
    ):  # fmt: skip
        sources = _written(column([mapped.get("channel", ""), *_CHANNEL]), column(_MEDIUM))
    if found.source == "orders":
        times = column([mapped.get("ordered_at", ""), "created at", "created_at"])
        stamps = _stamps(times.head(5_000))
        sources += _tagged("\n".join(column(["note attributes"])))
    products = not column([mapped.get("product", ""), mapped.get("category", ""), *_PRODUCTS]).empty
    return Hints(currencies, stamps, sources, found.source == "orders" and products)


def _written(source: pd.Series[str], medium: pd.Series[str]) -> Counter[tuple[str, str]]:
    pairs = pd.DataFrame({"source": source, "medium": medium.reindex(source.index)}).fillna("")
    sizes = pairs.groupby(["source", "medium"], sort=True).size()
    return Counter({pair: int(n) for pair, n in sizes.items() if "@" not in "".join(pair)})


def _tagged(text: str) -> Counter[tuple[str, str]]:
    """Return utm_source and the utm_medium that stands near it."""
    found: Counter[tuple[str, str]] = Counter()
    for match in re.finditer(_UTM, text):
        medium = re.search(_UTM_MEDIUM, text[match.start() : match.end() + 120])
        if "@" not in match[1]:
            found[match[1], medium[1] if medium and "@" not in medium[1] else ""] += 1
    return found


def _stamps(texts: Iterable[str]) -> frozenset[tuple[datetime, int]]:
    found = set()
    for text in texts:
        for time, offset in re.findall(_STAMP, text):
            hours, minutes = int(offset[1:3]), int(offset[-2:])
            seconds = (hours * 60 + minutes) * 60 * (-1 if offset[0] == "-" else 1)
            found.add((datetime.fromisoformat(time.replace(" ", "T")), seconds))
    return frozenset(found)


def zones_of(stamps: Iterable[tuple[datetime, int]], currency: str | None) -> Sequence[str]:
    """Return the time zones under which every local time has the offset it carries.

    Those usual for the currency come first. Empty where no time carries an offset, or where all
    are in UTC, which tells nothing about the shop.
    """
    days = {(time.replace(hour=12), offset) for time, offset in stamps}
    if not days or all(offset == 0 for _, offset in days):
        return []
    usual = _ZONES.get(currency or "", ())
    others = [zone for zones in _ZONES.values() for zone in zones if zone not in usual]
    return [zone for zone in (*usual, *others) if _fits(zone, days)]


def _fits(zone: str, stamps: Iterable[tuple[datetime, int]]) -> bool:
    """Say whether a zone has these offsets; days of a clock change are not looked at."""
    info = ZoneInfo(zone)
    wrong = 0
    total = 0
    for time, offset in stamps:
        total += 1
        told = info.utcoffset(time)
        wrong += told is None or told.total_seconds() != offset
    return wrong <= 0.01 * total
