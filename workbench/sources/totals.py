"""Totals rows of ad reports: found by what they lack, never by a campaign's name alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from workbench.errors import Problem, SourceError
from workbench.sources.arrow_text import to_arrow, to_mask
from workbench.sources.frames import LogRow
from workbench.sources.tabular import Table, rows_of

__all__ = ["is_blank", "totals_of"]

_WORD = r"(?:grand[ \xa0]+)?totals?|gesamt(?:summe)?|summe|insgesamt|totale?|totaal|totalt|razem"
_LABEL = rf"(?i)^(?:{_WORD})[\s\xa0]*(?:[:：].*)?$|^(?:total of|results from) [\d.,\s]+ \S+$"
_NOTHING = ("", "-", "--", "---", "–", "—")
_CLOSE = 0.01
_CENT, _MANY_DAYS = 0.011, 3


def is_blank(cells: pd.Series[Any]) -> pd.Series[bool]:
    """Return where cells are empty or a dash."""
    return cells.isna() | cells.isin(_NOTHING)


def _is_label(cells: pd.Series[Any]) -> pd.Series[bool]:
    told = to_mask(pc.match_substring_regex(to_arrow(cells), _LABEL))
    return pd.Series(told, index=cells.index)


def totals_of(
    table: Table,
    spend: pd.Series[float],
    *,
    source: str,
    entities: Sequence[str],
    dates: Sequence[str],
    descriptions: Sequence[str] = (),
) -> tuple[pd.Series[bool], list[LogRow]]:
    """Return which rows are totals of other rows.

    A row is a total when it names no entity, or when a cell reads ``Total``, ``Total: Account``,
    ``Gesamt: Konto`` and the row has no day of its own (in a file without days: no id, type or
    state of its own). A campaign that is called "Total: Recall" keeps its rows.

    Parameters
    ----------
    table : Table
    spend : Series of float
        Of every row, to hold totals against the rows they sum.
    entities, dates, descriptions : sequence of str
        Canonical names of columns, as far as the file has them: what was advertised, when, and
        further words about the entity.

    Raises
    ------
    SourceError
        Rows with a day and with spend name no entity, and are no totals: their spend would be
        lost.
    """
    frame = table.frame
    entities = [name for name in entities if name in frame]
    dates = [name for name in dates if name in frame]
    blank = {name: is_blank(frame[name]) for name in frame.columns}
    labels = {name: _is_label(frame[name]) for name in frame}

    def empty(names: Sequence[str], *, but_labels: bool = False) -> pd.Series[bool]:
        mask = pd.Series(True, index=frame.index)
        for name in names:
            mask &= blank[name] | labels[name] if but_labels else blank[name]
        return mask

    labelled = pd.Series(False, index=frame.index)
    for mask in labels.values():
        labelled |= mask
    told = [name for name in descriptions if name in frame]
    total = labelled & empty(dates or [*entities, *told], but_labels=True)
    nameless = empty(entities) if entities else empty(dates) & bool(dates)
    total |= nameless & empty(dates)
    total |= _labelled_subtotals(table, spend, labelled & ~total & ~nameless, total, dates)
    subtotal = nameless & ~total & spend.gt(0)
    _refuse_nameless(table, spend, subtotal, total, dates)
    total |= nameless
    log = _log(table, spend, total, source)
    named = labelled & ~total
    if named.any():
        note = f"{rows_of(frame.index[named])}; they have a day of their own"
        log.append(
            LogRow(source, table.file, "rows named like a total kept", int(named.sum()), note)
        )
    return total, log


def _labelled_subtotals(
    table: Table,
    spend: pd.Series[float],
    labelled: pd.Series[bool],
    total: pd.Series[bool],
    dates: Sequence[str],
) -> pd.Series[bool]:
    """Return rows named ``Total`` that sum the others of their day, on each of several days."""
    nothing = pd.Series(False, index=spend.index)
    if not dates or not labelled.any():
        return nothing
    day = table.frame[dates[0]]
    told = spend[labelled].groupby(day).sum()
    others = spend[~labelled & ~total].groupby(day).sum().reindex(told.index).fillna(0.0)
    alike = (told - others).abs() <= _CENT
    return labelled if len(told) >= _MANY_DAYS and alike.all() and told.gt(0).any() else nothing


def _refuse_nameless(
    table: Table,
    spend: pd.Series[float],
    subtotal: pd.Series[bool],
    total: pd.Series[bool],
    dates: Sequence[str],
) -> None:
    """Refuse rows without entity that do not sum the other rows of their day."""
    if not subtotal.any():
        return
    day = table.frame[dates[0]]
    named = spend[~subtotal & ~total].groupby(day).sum()
    summed = spend[subtotal].groupby(day).max()
    against = named.reindex(summed.index).fillna(0.0)
    odd = (summed - against).abs() > _CLOSE * summed
    bad = subtotal & day.isin(odd.index[odd])
    if bad.any():
        raise SourceError(
            Problem(
                f"{int(bad.sum())} rows have spend but name no campaign, and do not sum the other "
                "rows of their day",
                f"{table.file}, {rows_of(table.frame.index[bad])}",
                "a campaign in every row but the totals",
                "fill in the campaign, or remove the rows if they are totals",
            )
        )


def _log(
    table: Table, spend: pd.Series[float], total: pd.Series[bool], source: str
) -> list[LogRow]:
    if not total.any():
        return []
    largest, rest = spend[total].max(), spend[~total].sum()
    note = rows_of(table.frame.index[total])
    if pd.notna(largest):
        note += f"; the largest says {largest:.2f}, the rows sum to {rest:.2f}"
        if abs(largest - rest) > _CLOSE * max(largest, rest):
            note += ": they differ, so rows may be missing from the export"
    return [LogRow(source, table.file, "totals rows dropped", int(total.sum()), note)]
