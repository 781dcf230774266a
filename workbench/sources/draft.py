"""The text of a first `brand.yaml`: what the exports tell, and questions on what they do not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import yaml

from workbench.sources.channel_names import known_channel
from workbench.sources.hints import Hints, zones_of
from workbench.sources.recognise import Recognised

__all__ = ["draft_brand"]

_KEYS = (
    "orders",
    "customers",
    "channels",
    "products",
    "spend",
    "attributed",
    "profiles",
    "flows",
    "campaigns",
    "experiments",
    "test_results",
)
_SOURCES_SHOWN = 40
_COSTS = """\
# costs:
#   goods_rate:             # goods as a share of items after discount and refund: 34% is 0.34
#   fulfilment_per_order:   # packing and shipping, {currency} per order, e.g. 6.40
#   payment:                # payment fees
#     rate:                 # as a share of what is charged, e.g. 0.029
#     fixed:                # {currency} per order, e.g. 0.30
#   tax_included_rate:      # tax within your prices: 0.20 for 20% VAT, 0 where it is added
"""

Ask = Callable[[str], str]


def draft_brand(
    folder: str,
    found: Mapping[str, Recognised],
    hints: Mapping[str, Hints],
    *,
    stack: bool,
    cohorts: tuple[Sequence[str], str] | None = None,
) -> tuple[str, list[str]]:
    """Return the text of a brand.yaml and the questions that it asks.

    Parameters
    ----------
    folder : str
        Name of the brand folder.
    found : mapping of str to Recognised
        Path within the folder -> what the file is.
    hints : mapping of str to Hints
        Path -> what a recognised file tells about the settings.
    stack : bool
        Whether the folder has, or will have, a stack.yaml.
    cohorts : (sequence of str, str), optional
        Cohort dimensions and words on those left out; default: all that the exports tell.
    """
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return _comment(f"QUESTION: {question}")

    of_orders = [hint for name, hint in hints.items() if found[name].source == "orders"]
    codes = _all(hint.currencies for hint in hints.values())
    sold = _all(hint.currencies for hint in of_orders) or codes
    currency = max(sold, key=lambda code: (sold[code], code)) if sold else None
    zones = zones_of({stamp for hint in of_orders for stamp in hint.stamps}, currency)
    has_channels = any(hint.sources for hint in of_orders) or any(
        one.source == "channels" for one in found.values()
    )
    sources = _all(hint.sources for hint in hints.values())
    products = any(hint.products for hint in of_orders)
    told = [name for name, there in (("channel", has_channels), ("first_product", products),
                                     ("first_month", True)) if there]  # fmt: skip
    dimensions, left_out = cohorts or (told, "")

    lines = ["# Settings of one brand, proposed from the exports in this folder.",
             "# Answer what is marked QUESTION, then run: workbench check <this folder>", "",
             f"name: {_flow(_title(folder))}"]  # fmt: skip
    if currency is None:
        lines.append(ask("in which currency are the amounts? Write its three capitals, e.g. USD"))
        lines.append("currency:")
    else:
        if len(codes) > 1:
            others = ", ".join(sorted(set(codes) - {currency}))
            lines.append(ask(f"the files also hold {others}; is {currency} the shop's currency?"))
        lines.append(f"currency: {currency}")
    if not zones:
        lines.append(
            ask(
                "in which time zone does the shop count its days? No file tells it, and an hour "
                "before midnight decides the day; a name such as Europe/Berlin or America/New_York"
            )
        )
    elif len(zones) > 1:
        lines.append(_comment(f"these fit the times in the exports, too: {', '.join(zones[1:6])}"))
    lines += [
        f"timezone: {zones[0] if zones else 'UTC'}",
        "# as_of: 2026-06-30     # last day of observation; default: day of the last order",
    ]
    if not has_channels:
        lines.append(
            ask(
                "which channel won each customer? No file tells it, so CAC and ROAS by channel are "
                "not answered. A table of order and channel, UTM parameters in Note Attributes or "
                "tags, or a GA4 report by transaction would tell; then add channel to cohorts"
            )
        )
    lines += [_comment(left_out)] * bool(left_out)
    lines += [f"cohorts: [{', '.join(dimensions)}]", "", "sources:"]
    lines += [*_source_lines(found, ask), *(["  stack: stack.yaml"] if stack else [])]
    lines += ["", *_rule_lines(sources, ask), ""]
    lines += [ask("what does an order cost? Without costs every value is revenue, not profit: fill "
                  "in the lines below and take away their #"),
              _COSTS.format(currency=currency or "in shop currency").rstrip("\n"), "",
              "stages: [0, 1_000_000, 3_000_000, 10_000_000]  # bounds of the revenue stages",
              "engine: duckdb"]  # fmt: skip
    unused = {name: one.reason for name, one in found.items() if one.format is None}
    if unused:
        lines += [
            "",
            "# Files that are not used. Where one is wanted after all, name it under sources,",
        ]
        lines += ["# with its format and, for a table of your own, its columns:"]
        lines += [_comment(f"  {name}: {reason}") for name, reason in unused.items()]
    return "\n".join(lines) + "\n", questions


def _all(counts: Iterable[Counter[Any]]) -> Counter[Any]:
    return sum(counts, Counter())


def _source_lines(found: Mapping[str, Recognised], ask: Ask) -> list[str]:
    """Return the sources, each with what told its format."""
    by_key: dict[str, dict[str, Recognised]] = {key: {} for key in _KEYS}
    for name, one in found.items():
        if one.source is not None:
            by_key[one.source][name] = one
    if by_key["attributed"] and not by_key["spend"]:  # its spend is the only one there is
        by_key["spend"] = {
            name: one for name, one in by_key["attributed"].items() if one.format == "northbeam"
        }
    shop = {name for name, one in by_key["orders"].items() if one.format != "orders"}
    lines = []
    for key, files in by_key.items():
        if not files:
            continue
        block = []
        for names, one in _groups(files, list(found)):
            spec: dict[str, Any] = {"format": one.format, "path": names}
            renamed = {ours: head for ours, head in one.columns.items() if ours != head}
            if renamed:
                spec["columns"] = renamed
            line = f"- {_flow(spec)}"
            block.append("    " + _comment(one.reason))
            block += ["    " + ask(f"{names}: {question}") for question in one.questions]
            if key == "orders" and shop and one.format == "orders":
                block.append("    " + ask(f"is {names} another log of orders beside the shop's?"))
                line = f"# {line}"
            block.append(f"    {line}")
        lines += [f"  {key}:", *block]
    return lines


def _groups(
    files: Mapping[str, Recognised], everything: Sequence[str]
) -> list[tuple[str, Recognised]]:
    """Return path or pattern per format: one pattern where it fits just the files meant."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    for name, one in files.items():
        alike.setdefault((one.format, *sorted(one.columns.items())), []).append(name)
    groups = []
    for names in alike.values():
        pattern = _pattern(names)
        fits = pattern and [name for name in everything if fnmatchcase(name, pattern)] == names
        for name in [pattern] if fits else names:
            groups.append((name, files[names[0] if fits else name]))
    return groups


def _pattern(names: Sequence[str]) -> str:
    """Return what several names share, with one ``*`` for the rest; empty if too little."""
    if len(names) < 2 or len({name.count("/") for name in names}) > 1:
        return ""
    start = _shared(names)
    end = _shared([name[len(start) :][::-1] for name in names])[::-1]
    bare = not set(start + end) & set("*?[") and "/" not in "".join(
        name[len(start) : len(name) - len(end)] for name in names
    )
    return f"{start}*{end}" if bare and len(start.rpartition("/")[2]) >= 3 else ""


def _shared(names: Sequence[str]) -> str:
    """Return what all names start with."""
    length = 0
    for signs in zip(*names, strict=False):
        if len(set(signs)) > 1:
            break
        length += 1
    return names[0][:length]


def _rule_lines(sources: Counter[tuple[str, str]], ask: Ask) -> list[str]:
    """Return channel rules for the sources seen, and a question on those nobody knows."""
    known: dict[str, list[str]] = {}
    open_: list[str] = []
    for source, medium in [pair for pair, _ in _ranked(sources)][:_SOURCES_SHOWN]:
        left, right = _token(source), _token(medium)
        raw = f"{left}_{right}" if right else source.strip().lower()
        if not left or "|" in raw or not raw.isprintable():
            continue
        channel = known_channel(source, medium, "utm" if right else "name")
        if channel is None:
            open_.append(raw)
        elif raw != channel.lower():
            known.setdefault(channel, []).append(raw)
    lines = ["# Raw sources -> channels, so that orders and spend meet under one name."]
    lines += ["channel_rules:"] if known else ["channel_rules: {}"]
    for channel in sorted(known):
        names = "|".join(dict.fromkeys(sorted(known[channel])))
        lines.append(f"  {_flow(names)}: {_flow(channel)}")
    if open_:
        listed = ", ".join(dict.fromkeys(open_))
        lines.append(
            ask(
                f"which channels are these sources? {listed}. Each stays a channel of its own "
                "until a rule in channel_rules names its channel, as in partner_42: Affiliates"
            )
        )
    return lines


def _ranked(sources: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    return sorted(sources.items(), key=lambda pair: (-pair[1], pair[0]))


def _token(text: str) -> str:
    return re.sub(r"[\s\-]+", "_", text.strip().lower())


def _title(folder: str) -> str:
    words = re.sub(r"[_\-]+", " ", folder).strip()
    return words.title() if words == words.lower() else words


def _comment(text: str) -> str:
    """Return text as one YAML comment, whatever a header of an export held."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return f"# {' '.join(plain.split())}"


def _flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**9
    )
    return text.removesuffix("\n").removesuffix("\n...")
