"""Reads numbers back out of prose, independently of how they were written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from workbench.report.document import Report, Sentence

# words of the trade that hold a number which is no finding
TERMS = re.compile(
    r"12-month|12 months|90 days|90-day|day 365|365 days|levels 3 and 4|1 divided by|not 1 but|"
    r"per 1 of spend|about 1 in (?=\d)|fewer than 1 in 1,000|less than 1%|more than 99%|MBG/NBD"
)
NUMBER = re.compile(
    r"(?<![\w.])-?[^\W\d_]{0,4}[$€£¥\N{NO-BREAK SPACE}]*(\d[\d,]*\.?\d*)(bn|k|M)?(%)?"
)
SCALE = {None: 1.0, "k": 1e3, "M": 1e6, "bn": 1e9}


def sentences(report: Report) -> Iterator[Sentence]:
    """Yield every sentence of a report."""
    for page in (*report.pages, *report.appendix):
        yield page.title
        yield from (flag.sentence for flag in page.flags)
        yield from (*page.lead, *page.notes)
        yield from (move.sentence for move in page.moves)
        yield from (figure.turns for figure in page.figures if figure.turns)
        for card in page.cards:
            yield from card.sentences


def unfounded(sentence: Sentence, *, german: bool = False) -> list[str]:
    """Return the numbers of a sentence that none of its values gives, at printed precision."""
    text = anglicised(sentence.text) if german else sentence.text
    text = TERMS.sub(" ", text)
    for value in sentence.values.values():
        if isinstance(value, str):  # names and messages are quoted, not computed
            value = anglicised(value) if german and "." in value else value
            text = text.replace(" ".join(value.split()), " ")
    known = list(_numbers(sentence.values))
    return [found[0] for found in NUMBER.finditer(text) if not _founded(found, known)]


def anglicised(text: str) -> str:
    """Swap point and comma wherever they stand between digits: 1.234,5 becomes 1,234.5."""
    swap = {".": ",", ",": "."}
    return re.sub(r"(?<=\d)[.,](?=\d)", lambda found: swap[found[0]], text)


def _founded(found: re.Match[str], known: list[float]) -> bool:
    body, unit, percent = found[1].rstrip("."), found[2], found[3]
    decimals = len(body.partition(".")[2])
    scale = SCALE[unit]
    printed = float(body.replace(",", "")) * scale
    digits = body.replace(".", "").replace(",", "").strip("0")
    half = 0.51 * scale * 10.0**-decimals
    if not decimals and len(body.replace(",", "")) > len(digits) and scale > 1:
        half *= 10.0 ** (len(body.replace(",", "")) - max(len(digits), 2))
    for value in known:
        size = abs(value)
        candidates = [100 * size] if percent else [size]
        if any(abs(candidate - printed) <= half for candidate in candidates):
            return True
        if not percent and not decimals and scale == 1:
            if abs(size - printed) <= 2.5:  # days are printed to the nearest five
                return True
            if 0 < size < 0.05 and abs(1 / size - printed) <= 0.25 / size:  # about 1 in N
                return True
    return False


def _numbers(values: Mapping[str, Any] | list[Any]) -> Iterator[float]:
    for value in values.values() if isinstance(values, Mapping) else values:
        if isinstance(value, tuple | list):
            yield from _numbers(list(value))
        elif isinstance(value, date) or _is_day(value):
            day = date.fromisoformat(str(value)[:10])
            yield from (float(day.day), float(day.year))
        elif not isinstance(value, str):
            yield float(value)
    yield 0.90  # the width of the interval


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
