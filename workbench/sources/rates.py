"""Rates that come as 39.5%, 39.5 or 0.395: settled per column, the counts as witness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.tabular import Table, rows_of

__all__ = ["read_rates"]

_WITNESSES = {
    "open_rate": ("opens", "delivered"),
    "click_rate": ("clicks", "delivered"),
    "order_rate": ("orders", "delivered"),
    "bounce_rate": ("bounces", "recipients"),
    "unsub_rate": ("unsubscribes", "delivered"),
    "complaint_rate": ("complaints", "delivered"),
}
_STYLES = ("percent", "fraction")


def read_rates(
    table: Table, names: Sequence[str], options: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return rate columns as shares from 0 to 1.

    A column with ``%`` signs is in percent. Without them it is in percent when it holds a value
    above 1, or when its counts say so (opens over deliveries); a column whose values are all at
    most 1 and which has no counts follows the other rates of the file.

    Parameters
    ----------
    table : Table
    names : sequence of str
        Canonical names; NaN throughout where the file has no such column.
    options : mapping, optional
        ``rates``: "percent" or "fraction", where the user states it.

    Raises
    ------
    SourceError
        Cells with and without ``%`` in one column, shares above 100%, or a column that nothing
        settles.
    """
    stated = (options or {}).get("rates")
    if stated is not None and stated not in _STYLES:
        raise SourceError(
            Problem(f"option 'rates' has the value {stated!r}", table.file, ", ".join(_STYLES))
        )
    values = {name: table.number(name) for name in names}
    styles = {
        name: "signed" if _signed(table, name, values[name]) else stated or _told(table, name, one)
        for name, one in values.items()
    }
    told = {style for style in styles.values() if style in _STYLES}
    shares = {}
    for name, one in values.items():
        style = styles[name]
        if style is None and not (one.fillna(0) > 0).any():
            style = "fraction"  # zeros read the same in both
        if style is None and len(told) == 1:
            style = next(iter(told))
        if style is None:
            raise SourceError(_unsettled(table, name))
        share = one if style == "fraction" else one / 100
        wrong = (share < 0) | (share > 1)
        if wrong.any():
            raise SourceError(
                Problem(
                    "rates lie outside 0% to 100%",
                    f"{table.where(name)}, {rows_of(share.index[wrong])}",
                    "shares as 39.5%, 39.5 or 0.395, one way in a column",
                    "repair these cells, or leave the column out",
                )
            )
        shares[name] = share
    return pd.DataFrame(shares, index=table.frame.index)


def _signed(table: Table, name: str, values: pd.Series[float]) -> bool:
    """Say whether a column is written with ``%`` signs; zero needs none."""
    signs = table.text(name).str.contains("%", regex=False).fillna(False).astype(bool)
    bare = ~signs & values.notna() & (values != 0)
    if signs.any() and bare.any():
        raise SourceError(
            Problem(
                "some rates have a % sign, others have none",
                f"{table.where(name)}, {rows_of(values.index[bare])}",
                "one way of writing rates in a column",
                "repair these cells",
            )
        )
    return bool(signs.any())


def _told(table: Table, name: str, values: pd.Series[float]) -> str | None:
    """Return the style of a column without signs, None when it alone does not tell."""
    if (values > 1).any():
        return "percent"
    part, whole = _WITNESSES.get(name, (name, name))
    if part in table.frame and whole in table.frame:
        total = table.number(whole, integer=True)
        ratio = table.number(part, integer=True) / total.where(total > 0)
        seen = (values > 0) & (ratio > 0)
        if seen.any():
            # percent numbers are 100 times the ratio: 10 lies halfway on the scale of factors
            return "percent" if (values / ratio)[seen].median() > 10 else "fraction"
    if name in ("open_rate", "churn_probability") and values.notna().any():
        return "fraction"  # as percent, no message would be opened by more than 1 in 100
    return None


def _unsettled(table: Table, name: str) -> Problem:
    return Problem(
        "rates up to 1 may mean 1% or 100%, and nothing in the file settles it",
        table.where(name),
        todo="state it in brand.yaml under the source: options: {rates: percent} (or fraction)",
    )
