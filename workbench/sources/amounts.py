"""Text cells to numbers and ids: the decimal sign is settled per column, never per cell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import Problem, SourceError
from workbench.sources.arrow_text import to_arrow, to_mask

__all__ = ["is_rounded", "rows_of", "sniff_decimal", "strip_apostrophe", "to_id", "to_number"]

Decimal = Literal[".", ","]

_NULLS = pa.array(["", "-", "--", "---", "–", "—", "null", "none", "nan", "n/a", "na", "#n/a"])
_DAMAGED = r"^#{2,}$|^#(?:REF|VALUE|NAME|DIV/0|NUM|NULL)[!?]?$"
_POWER = r"^'?\d(?:[.,]\d+)?[eE]\+?\d{1,2}$"
_AMOUNT = (
    r"^'?(?P<open>\(?)(?P<sign>[-+−]?)[\p{L}\p{Sc}]{0,4}\.?(?P<inner>[-+−]?)"
    r"(?P<body>\d[\d.,'’]*|[.,]\d+)(?P<power>(?:[eE][-+]?\d+)?)"
    r"%?[\p{L}\p{Sc}]{0,4}\.?(?P<minus>[-−]?)(?P<close>\)?)$"
)


def _evidence(decimal: str, group: str) -> str:
    """Return the pattern of bodies that can only be read with this decimal sign."""
    return (
        rf"^\d*[{decimal}](?:\d{{0,2}}|\d{{4,}})$"  # 12.5, 12.5000: no group has that length
        rf"|^0*[{decimal}]\d+$|^\d{{4,}}[{decimal}]\d+$"  # 0.125, 1234.567: no group starts so
        rf"|^\d[\d{group}'’]*[{group}'’]\d{{3}}[{decimal}]\d*$"  # 1,234.567
        rf"|^\d{{1,3}}(?:[{group}]\d{{2,3}})+[{group}]\d{{3}}$"  # 1,234,567 and 1,23,45,678
    )


def _valid(decimal: str, group: str) -> str:
    """Return the pattern of bodies that are well formed under this decimal sign."""
    tail = rf"(?:[{decimal}]\d*)?"
    return (
        rf"^\d+{tail}$|^[{decimal}]\d+$"
        rf"|^\d{{1,3}}(?:[{group}'’]\d{{2,3}})*[{group}'’]\d{{3}}{tail}$"
    )


_GROUP_OF = {".": ",", ",": "."}
_EVIDENCE = {sign: _evidence(rf"\{sign}", rf"\{group}") for sign, group in _GROUP_OF.items()}
_VALID = {sign: _valid(rf"\{sign}", rf"\{group}") for sign, group in _GROUP_OF.items()}


def rows_of(index: pd.Index[Any], limit: int = 5) -> str:
    """Name file rows in words: ``row 7``, or ``rows 2, 3 and 40 more``."""
    shown = ", ".join(str(row) for row in index[:limit])
    more = f" and {len(index) - limit} more" if len(index) > limit else ""
    return f"row{'' if len(index) == 1 else 's'} {shown}{more}"


def _parts(text: pa.Array) -> tuple[pa.Array, Any]:
    """Return the cells without spaces (null where empty) and their parsed parts."""
    text = pc.replace_substring_regex(text, r"[\s\x{a0}\x{202f}\x{2009}\x{2007}]+", "")
    text = pc.if_else(pc.is_in(pc.utf8_lower(text), _NULLS), pa.scalar(None, pa.string()), text)
    return text, pc.extract_regex(text, _AMOUNT)


def sniff_decimal(series: pd.Series[Any]) -> set[Decimal]:
    """Return the decimal signs for which a column holds proof (``1,234.5`` proves a point)."""
    _, parts = _parts(to_arrow(series).drop_null().unique())
    return _proven(pc.struct_field(parts, "body"))


def _proven(body: pa.Array) -> set[Decimal]:
    signs: tuple[Decimal, ...] = (".", ",")
    return {
        sign for sign in signs if pc.any(pc.match_substring_regex(body, _EVIDENCE[sign])).as_py()
    }


def to_number(
    series: pd.Series[Any],
    *,
    where: str,
    decimal: Decimal | None = None,
    integer: bool = False,
    peers: Iterable[pd.Series[Any]] = (),
) -> pd.Series[float]:
    """Turn text cells into numbers.

    Understands grouping by comma, point, apostrophe and (no-break) space, either decimal sign,
    currency signs and codes, ``(12.00)`` and ``12-`` as negative, and drops a ``%`` without
    dividing. Empty cells and ``--``, ``-``, ``n/a`` become NaN, never 0.

    Parameters
    ----------
    series : Series of str
        Its index holds the file rows that messages name.
    where : str
        File and column, for messages.
    decimal : {".", ","}, optional
        The decimal sign, where the user states it.
    integer : bool
        Counts: a separator before three digits can only be grouping.
    peers : iterable of Series
        Other columns of the same file, looked at when this one leaves the sign open.

    Returns
    -------
    Series of float
        Same index.

    Raises
    ------
    SourceError
        Cells that are no numbers, cells damaged by a spreadsheet, or a column that can be read
        in two ways.
    """
    text = to_arrow(series)
    fast = _fast(text, decimal)
    if fast is not None:
        return pd.Series(fast, index=series.index, dtype="float64")
    text, parts = _parts(text)
    body = pc.struct_field(parts, "body")
    _refuse_unreadable(text, body, series, where)
    sign = decimal or _settle(body, series, where, integer, peers)
    good = pc.match_substring_regex(body, _VALID[sign])
    if not pc.all(good).as_py() and pc.count(body).as_py():
        bad = series.index[~to_mask(good) & to_mask(body.is_valid())]
        if len(bad):
            _refuse_mixed(where, bad, sign)
    body = pc.replace_substring_regex(body, rf"[\{_GROUP_OF[sign]}'’]", "")
    body = pc.replace_substring(body, ",", ".")
    written = pc.binary_join_element_wise(body, pc.struct_field(parts, "power"), "")
    values = pc.cast(written, pa.float64())
    joined = pc.binary_join_element_wise(
        *(pc.struct_field(parts, name) for name in ("open", "sign", "inner", "minus")), ""
    )
    negative = pc.match_substring_regex(joined, r"[(−-]")
    values = pc.if_else(negative, pc.negate(values), values)
    return pd.Series(values.to_numpy(zero_copy_only=False), index=series.index, dtype="float64")


def _fast(text: pa.Array, decimal: Decimal | None) -> np.ndarray[Any, Any] | None:
    """Return plain machine-written numbers at once; None when a column needs a closer look."""
    if decimal == ",":
        return None
    try:
        values = pc.cast(text, pa.float64())
    except pa.ArrowInvalid:
        return None
    dotted = text.filter(pc.match_substring(text, "."))
    if len(dotted) and decimal is None and "." not in _proven(dotted):
        return None
    if pc.any(pc.is_inf(values)).as_py():
        return None
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _refuse_unreadable(text: pa.Array, body: pa.Array, series: pd.Series[Any], where: str) -> None:
    either = pc.match_substring_regex(body, f"{_VALID['.']}|{_VALID[',']}")
    bad = to_mask(text.is_valid()) & ~to_mask(either)
    if not bad.any():
        return
    damaged = to_mask(pc.match_substring_regex(text, _DAMAGED)) & bad
    problems = []
    if damaged.any():
        problems.append(
            Problem(
                "cells read #### or #REF!: a spreadsheet has replaced the amounts",
                f"{where}, {rows_of(series.index[damaged])}",
                todo="export again and do not open the file in a spreadsheet before reading it",
            )
        )
    other = bad & ~damaged
    if other.any():
        problems.append(
            Problem(
                "cells are not numbers",
                f"{where}, {rows_of(series.index[other])}",
                "12.50, 1,234.50, 1.234,50, -3, (3.00), $12, 12 %, empty, --",
                "repair these cells or map another column in brand.yaml",
            )
        )
    raise SourceError(problems)


def _settle(
    body: pa.Array,
    series: pd.Series[Any],
    where: str,
    integer: bool,
    peers: Iterable[pd.Series[Any]],
) -> Decimal:
    """Return the decimal sign of a column, or refuse it."""
    proven = _proven(body)
    if len(proven) == 2:
        bad = to_mask(pc.match_substring_regex(body, _EVIDENCE[","]))
        _refuse_mixed(where, series.index[bad], ".")
    if proven:
        return proven.pop()
    open_ = to_mask(pc.match_substring_regex(body, r"[.,]"))
    if not open_.any():
        return "."
    if integer:
        return "." if pc.any(pc.match_substring(body, ",")).as_py() else ","
    for peer in peers:
        found = sniff_decimal(peer)
        if len(found) == 1:
            return found.pop()
    raise SourceError(
        Problem(
            "amounts such as 1,234 or 1.234 can be read in two ways and nothing in the file "
            "settles which sign is the decimal one",
            f"{where}, {rows_of(series.index[open_])}",
            todo='state it in brand.yaml under the source: options: {decimal: "."} (or ",")',
        )
    )


def _refuse_mixed(where: str, bad: pd.Index[Any], sign: Decimal) -> None:
    other = _GROUP_OF[sign]
    raise SourceError(
        Problem(
            f"numbers are written in two ways: most have '{sign}' as the decimal sign, these use "
            f"'{other}' in a way that does not fit",
            f"{where}, {rows_of(bad)}",
            "one way of writing numbers in a column",
            "export again in one language setting, or repair these cells",
        )
    )


def strip_apostrophe(series: pd.Series[Any]) -> pd.Series[str]:
    """Remove the one apostrophe that shops write before ids, zips and phones (``'75008``)."""
    return series.str.removeprefix("'")


def is_rounded(ids: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return where a spreadsheet rounded ids (``1.23457E+12``) or hid them (``####``)."""
    return to_mask(pc.match_substring_regex(to_arrow(ids), rf"{_POWER}|{_DAMAGED}"))


def to_id(series: pd.Series[Any], *, where: str) -> pd.Series[str]:
    """Return ids as text: no leading apostrophe, no ``.0`` of a re-saved number column.

    Raises
    ------
    SourceError
        Ids that a spreadsheet rounded (``1.23457E+12``) or hid (``####``): different ids may have
        become one, so they cannot be used.
    """
    ids = strip_apostrophe(series.astype("str"))
    text = to_arrow(ids)
    damaged = is_rounded(ids)
    if damaged.any():
        raise SourceError(
            Problem(
                "ids were rounded or hidden by a spreadsheet (1.23457E+12 or ####); different "
                "ids may have become the same",
                f"{where}, {rows_of(series.index[damaged])}",
                "ids as the shop wrote them",
                "export again and do not save the file from a spreadsheet",
            )
        )
    known = text.drop_null()
    if len(known) and pc.all(pc.match_substring_regex(known, r"^\d+\.0$")).as_py():
        return ids.str.removesuffix(".0")
    return ids
