"""GA4 exports: aggregates by source or channel group, and the transaction-level report."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.channel_names import name_channels
from workbench.sources.frames import LogRow, ReadResult, fit
from workbench.sources.opening import keep_rows, open_export, together
from workbench.sources.periods import periods_of
from workbench.sources.tabular import Table, to_date
from workbench.sources.totals import is_blank, totals_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.brand import Brand, SourceSpec

__all__ = ["ALIASES", "HEADER_SCAN", "TRANSACTION_COLUMNS", "read", "read_transactions"]

HEADER_SCAN = 15
_SCOPES = ("first user", "session", "event")
_DIMENSIONS = (
    "source / medium",
    "default channel group",
    "primary channel group (default channel group)",
    "primary channel group",
    "source",
    "manual source / medium",
    "manual source",
)
ALIASES = {
    "channel": (
        *(f"{scope} {name}" for name in _DIMENSIONS for scope in _SCOPES),
        "source / medium", "default channel group", "channel group",
    ),
    "medium": ("first user medium", "session medium"),
    "campaign": ("first user campaign", "session campaign", "first user campaign name"),
    "date": ("day",),
    "order_id": ("transaction id", "transactionid"),
    "revenue": ("purchase revenue", "total revenue", "ecommerce revenue", "revenue"),
    "transactions": ("transactions", "ecommerce purchases", "purchases"),
    "new_customers": ("first time purchasers", "first-time purchasers"),
}  # fmt: skip
_METRICS = ("revenue", "transactions", "new_customers")
TRANSACTION_COLUMNS = ("order_id", "source", "medium", "campaign")
"""Columns of `read_transactions`."""


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a GA4 report by channel, for comparison: its customers are not the shop's.

    Parameters
    ----------
    path : Path
    spec : SourceSpec
    brand : Brand

    Returns
    -------
    ReadResult
        `attributed`; `model` is the scope of the dimension (first user or session), `spend` NaN.
        A report without date column stands at the first day that its preamble names.

    Raises
    ------
    SourceError
        No channel dimension, neither revenue nor purchases, no date, unreadable cells.
    """
    table = _open(path, spec, ["channel"])
    if not {"revenue", "transactions"} & set(table.frame):
        raise SourceError(
            Problem(
                "the report has neither revenue nor purchases",
                table.file,
                "a column 'Purchase revenue', 'Total revenue', 'Transactions' or 'Purchases'",
                "add one of them to the report, or name it in brand.yaml under columns",
            )
        )
    size = table.number("transactions" if "transactions" in table.frame else "revenue")
    days = ["date"] if "date" in table.frame else []
    total, log = totals_of(table, size, source=spec.format, entities=["channel"], dates=days)
    table = keep_rows(table, ~total)
    covered = _covered(table.preamble)
    cells = together(
        {"date": lambda: periods_of(table, covered).start}
        | {name: partial(table.number, name) for name in _METRICS}
    )
    frame = pd.DataFrame(cells).assign(tool="GA4", model=_scope(table))
    if not days and covered and covered[0] != covered[1]:
        note = f"all rows stand at {covered[0]:%Y-%m-%d}, the first of them"
        log.append(LogRow(spec.format, table.file, "report covers several days", len(frame), note))
    frame["channel"] = _channels(table, brand)
    keys = ["date", "tool", "model", "channel"]
    summed = frame.groupby(keys, sort=True)[list(_METRICS)].sum(min_count=1).reset_index()
    return ReadResult(fit("attributed", summed), log)


def read_transactions(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a GA4 report with one row per transaction: which source brought which order.

    Returns
    -------
    ReadResult
        Columns `TRANSACTION_COLUMNS` as text, one row per order id; several rows of an order
        keep the first.

    Raises
    ------
    SourceError
        No transaction id or no channel dimension.
    """
    table = _open(path, spec, ["order_id", "channel"])
    order_id = table.id("order_id")
    known = ~is_blank(order_id) & (order_id.str.casefold() != "(not set)")
    parts = table.text("channel").str.split(r"\s+/\s+", n=1, regex=True)
    frame = pd.DataFrame(
        {
            "order_id": order_id,
            "source": parts.str[0],
            "medium": parts.str[1].astype("str").fillna(table.text("medium")),
            "campaign": table.text("campaign"),
        }
    )[known]
    log = []
    repeated = frame["order_id"].duplicated()
    for what, count in (
        ("rows without transaction id dropped", int((~known).sum())),
        ("further rows of a transaction dropped", int(repeated.sum())),
    ):
        if count:
            log.append(LogRow(spec.format, table.file, what, count))
    return ReadResult(frame[~repeated].reset_index(drop=True), log)


def _open(path: Path, spec: SourceSpec, required: Sequence[str]) -> Table:
    table = open_export(path, spec, required=required, aliases=ALIASES, header_scan=HEADER_SCAN)
    first = table.frame.iloc[:, 0]
    # a report may hold further tables below, each under its own '#' lines
    below = first.str.startswith("#").fillna(False).astype(bool).cummax()
    return keep_rows(table, ~below)


def _scope(table: Table) -> str:
    header = table.headers["channel"].lower()
    return next((scope for scope in _SCOPES if header.startswith(scope)), "")


def _channels(table: Table, brand: Brand) -> pd.Series[str]:
    written = table.text("channel")
    via = pd.Series("name", index=written.index, dtype="str")
    named = name_channels(written, table.text("medium"), via, brand.channel_names())
    return named.fillna("Unknown")


def _covered(preamble: Sequence[str]) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the range of ``# Start date: 20260101`` and ``# End date: 20260131``."""
    found = dict(
        re.findall(r"(?im)^\W*(start|end) date:\s*(\d{8}|\d{4}-\d{2}-\d{2})", "\n".join(preamble))
    )
    found = {key.lower(): day for key, day in found.items()}
    if set(found) != {"start", "end"}:
        return None
    days = to_date(pd.Series([found["start"], found["end"]], dtype="str"), where="date range")
    return days.iloc[0], days.iloc[1]
