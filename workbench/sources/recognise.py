"""What a file is, told by its content: no name is looked at."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from workbench.errors import SourceError
from workbench.sources.files import Sheet, decode, read_bytes, read_sheet
from workbench.sources.guess import guess_order_log, parts_of_a_log
from workbench.sources.signatures import best_signature, header_key

__all__ = ["Recognised", "recognise"]

_SCAN = 15
_SAMPLE = 3_000
_JSON_HEAD = 400_000
_NO_TABLES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"SQLite format 3": "a database",
}
"""What a file is that starts with these bytes."""
_GRAPHQL = (
    "displayFinancialStatus",
    "totalPriceSet",
    "currentTotalPriceSet",
    "processedAt",
    "customerJourneySummary",
    "lineItems",
)
_REST = (
    "financial_status",
    "total_price",
    "line_items",
    "processed_at",
    "landing_site",
    "source_name",
)


@dataclass(frozen=True)
class Recognised:
    """What a file is.

    Attributes
    ----------
    file : str
        Its name, for messages only.
    format : str or None
        As `brand.yaml` names it; None where the content tells nothing that is read.
    source : str or None
        Key of `sources` in `brand.yaml` under which it stands.
    confidence : float
        0 to 1: above 0.9 the header can hardly be anything else; 0.5 asks for a look.
    reason : str
        What tells it.
    columns : dict of str to str
        Column map of an order log: our name -> header in the file.
    questions : tuple of str
        What a person has to confirm.
    sheet : Sheet or None
        The table, as far as it is one.
    """

    file: str
    format: str | None
    source: str | None
    confidence: float
    reason: str
    columns: dict[str, str] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    sheet: Sheet | None = field(default=None, repr=False, compare=False)


def recognise(path: Path) -> Recognised:
    """Say what a file is from its content.

    Parameters
    ----------
    path : Path
        Any file; one that cannot be read is nothing, and says why.
    """
    name = path.name
    try:
        data = read_bytes(path)
        told = next((told for start, told in _NO_TABLES.items() if data.startswith(start)), "")
        if told:
            reason = f"it is {told}; tables are read: CSV, Excel, parquet, and Shopify's JSON"
            return Recognised(name, None, None, 0.0, reason)
        if data[:4] not in (b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
            text, _ = decode(data, path)
            if path.suffix.lower() in (".yaml", ".yml"):
                reason = "it is YAML, no export; answers on the stack are read from stack.yaml"
                return Recognised(name, None, None, 0.0, reason)
            if text.lstrip()[:1] in ("{", "["):
                return _json(name, text)
            if text.lstrip()[:1] == "<":
                reason = "it is a web page, as a download leaves when a login was asked for"
                return Recognised(name, None, None, 0.0, f"{reason}; export it again")
        sheet = read_sheet(path, _unlike, _SCAN)
    except SourceError as error:
        problem = error.problems[0]
        reason = f"{problem.what}; {problem.todo}" if problem.todo else problem.what
        return Recognised(name, None, None, 0.0, reason)
    return _table(name, sheet)


def _unlike(header: Sequence[str]) -> list[str]:
    """Return as many items as a line lacks of being the header of a known format."""
    confidence, _ = best_signature(header)
    if confidence == 0.0 and sum(bool(cell.strip()) for cell in header) > 2:
        # a table of no known format: its header is the first line of several words
        words = [cell for cell in header if re.search(r"[^\W\d]", cell)]
        confidence = 0.2 * len(words) / len(header)
    return ["x"] * round(100 * (1 - confidence))


def _table(name: str, sheet: Sheet) -> Recognised:
    confidence, signature = best_signature(sheet.header)
    if signature is not None:
        told = ", ".join(f"'{cell}'" for cell in signature.told_by(sheet.header)[:5])
        reason = f"{signature.label}: it has the columns {told}"
        return Recognised(name, signature.format, signature.source, confidence, reason, sheet=sheet)
    if len([cell for cell in sheet.header if cell.strip()]) < 2:
        return Recognised(name, None, None, 0.0, "it is no table")
    sample = _sample(sheet)
    log = guess_order_log(sample)
    if log is not None:
        return Recognised(
            name, "orders", "orders", log.confidence, log.reason, log.columns, log.questions, sheet
        )
    # the first line is not shown: where a file has no header, it names people
    count = sum(bool(cell.strip()) for cell in sheet.header)
    there, lacking = parts_of_a_log(sample)
    reason = f"its {count} columns are those of no known export"
    if len(there) > 1:  # named by our words, never by what the file says
        reason += f"; as an order log it has {', '.join(there)} but lacks {', '.join(lacking)}"
    return Recognised(name, None, None, 0.0, reason, sheet=sheet)


def _sample(sheet: Sheet) -> pd.DataFrame:
    """Return the first rows under their headers; of columns with one name the first."""
    frame = sheet.frame.head(_SAMPLE).set_axis([cell.strip() for cell in sheet.header], axis=1)
    named = [bool(header_key(cell)) for cell in frame.columns]
    return frame.loc[:, pd.Series(named).to_numpy() & ~frame.columns.duplicated()]


def _json(name: str, text: str) -> Recognised:
    head = text[:_JSON_HEAD]
    keys = set(re.findall(r'"([A-Za-z_]+)"\s*:', head))
    if _is_bulk(head.lstrip().split("\n", 1)[0]):
        reason = "Shopify's bulk export: one object a line, ids of orders"
        return Recognised(name, "shopify_bulk", "orders", 0.95, reason)
    for words, kind in ((_GRAPHQL, "GraphQL"), (_REST, "REST")):
        seen = [word for word in words if word in keys]
        if len(seen) >= 2:
            reason = f"Shopify orders as JSON ({kind}): it has {', '.join(seen[:4])}"
            return Recognised(name, "shopify_json", "orders", 0.9, reason)
    return Recognised(name, None, None, 0.0, "it is JSON, but holds no Shopify orders")


def _is_bulk(line: str) -> bool:
    """Say whether the first line is an object of Shopify's bulk export."""
    try:
        record = json.loads(line)
    except ValueError:
        return False
    if not isinstance(record, dict):
        return False
    return "__parentId" in record or str(record.get("id", "")).startswith("gid://shopify/Order/")
