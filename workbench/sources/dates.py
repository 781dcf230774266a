"""Text cells to dates: one way of writing per column, day and month never guessed."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import Problem, SourceError
from workbench.sources.amounts import rows_of
from workbench.sources.arrow_text import to_arrow, to_mask

__all__ = ["is_excel_serial", "to_date"]

DateOrder = Literal["day_first", "month_first"]

_TIME = (
    r"(?:,?[ T](?P<h>\d{1,2}):(?P<i>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?(?: ?(?P<ap>[AaPp][Mm]))?)?"
)
_OFFSET = r" ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})"
_FAMILIES = {
    "2026-03-31": r"^\d{4}[-/]\d{2}[-/]\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?$",
    "2026-03-31 09:50:26 +0200": (
        r"^\d{4}[-/]\d{2}[-/]\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?" + _OFFSET + "$"
    ),
    "20260331": r"^(?:19|20)\d{2}[01]\d[0-3]\d$",
    "03/31/2026": r"^(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4})" + _TIME + "$",
    "31.03.2026": r"^(?P<a>\d{1,2})\.(?P<b>\d{1,2})\.(?P<y>\d{4})" + _TIME + "$",
    "March 31, 2026": r"^(?P<m>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})" + _TIME + "$",
    "31 March 2026": (
        r"^(?P<d>\d{1,2})[ -](?P<m>[A-Za-z]{3,9})\.?,?[ -](?P<y>\d{4})" + _TIME + "$"
    ),
    "45384.35 (an Excel serial)": r"^\d{5}(?:[.,]\d+)?$",
}
_EXCEL = "45384.35 (an Excel serial)"
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
FIRST_YEAR, LAST_YEAR = 1980, 2100
_EXCEL_DAYS = (29_221, 73_415)  # 1980-01-01 and 2100-12-31 in the 1900 date system


def is_excel_serial(series: pd.Series[Any]) -> bool:
    """Say whether a date column holds spreadsheet day numbers (``45384.3479``) throughout."""
    text = to_arrow(series).drop_null()
    return len(text) > 0 and bool(pc.all(pc.match_substring_regex(text, _FAMILIES[_EXCEL])).as_py())


def to_date(
    series: pd.Series[Any],
    *,
    where: str,
    timezone: str | None = None,
    order: DateOrder | None = None,
) -> pd.Series[Any]:
    """Turn text cells into naive timestamps of the shop's wall clock.

    Parameters
    ----------
    series : Series of str
        Its index holds the file rows that messages name.
    where : str
        File and column, for messages.
    timezone : str, optional
        IANA zone of the shop. Cells with an offset are converted to it; cells without one are
        taken as written. None keeps the written wall clock of every cell.
    order : {"day_first", "month_first"}, optional
        How ``03/04/2026`` is meant, where the user states it.

    Returns
    -------
    Series of datetime64[us]
        Same index; NaT for empty cells. A column of spreadsheet day numbers is converted under
        the 1900 date system (ask `is_excel_serial` to report it).

    Raises
    ------
    SourceError
        Cells that are no dates, dates written in two ways, or days and months that cannot be
        told apart.
    """
    text = to_arrow(series)
    family = _family(text, series, where)
    if family is None:
        return pd.Series(pd.NaT, index=series.index, dtype="datetime64[us]")
    if family == _EXCEL:
        values = _from_serial(text)
    elif family.startswith("2026"):
        values = _from_iso(text, family, timezone)
    else:
        values = _from_parts(text, family, series, where, order)
    values = pd.Series(np.asarray(values), index=series.index).astype("datetime64[us]")
    year = values.dt.year
    bad = (values.isna() & to_mask(text.is_valid())) | (year < FIRST_YEAR) | (year > LAST_YEAR)
    if bad.any():
        raise SourceError(
            Problem(
                "cells hold days that do not exist or lie far from our time",
                f"{where}, {rows_of(series.index[bad])}",
                f"real days from {FIRST_YEAR} to {LAST_YEAR}",
                "repair these cells",
            )
        )
    return values


def _family(text: pa.Array, series: pd.Series[Any], where: str) -> str | None:
    """Return how the dates of a column are written; None for an empty column."""
    left = to_mask(text.is_valid())
    found: dict[str, np.ndarray[Any, np.dtype[np.bool_]]] = {}
    for name, pattern in _FAMILIES.items():
        if not left.any():
            break
        hit = to_mask(pc.match_substring_regex(text, pattern)) & left
        if hit.any():
            found[name] = hit
            left = left & ~hit
    if left.any():
        damaged = to_mask(pc.match_substring_regex(text, r"^#{2,}$")) & left
        what = (
            "cells read ####: a spreadsheet has replaced the dates"
            if damaged.any()
            else ("cells are not dates")
        )
        raise SourceError(
            Problem(
                what,
                f"{where}, {rows_of(series.index[damaged if damaged.any() else left])}",
                "2026-03-31, 2026-03-31 09:50:26 +0200, 31.03.2026, March 31, 2026",
                "export again, or write these cells as YYYY-MM-DD",
            )
        )
    if len(found) > 1:
        rows = {name: rows_of(series.index[hit], 3) for name, hit in found.items()}
        ways = "; ".join(f"like {name}: {places}" for name, places in rows.items())
        raise SourceError(
            Problem(
                f"dates are written in {len(found)} formats ({ways})",
                where,
                "one way of writing dates in a column",
                "export again without opening the file in a spreadsheet, or rewrite as YYYY-MM-DD",
            )
        )
    return next(iter(found), None)


def _from_serial(text: pa.Array) -> pd.Series[Any]:
    days = pc.cast(pc.replace_substring(text, ",", "."), pa.float64()).to_pandas()
    days = days.where(days.between(*_EXCEL_DAYS))
    return pd.to_datetime(days, unit="D", origin="1899-12-30").dt.round("s")


def _from_iso(text: pa.Array, family: str, timezone: str | None) -> pd.Series[Any]:
    cells = pc.replace_substring(text, "/", "-").to_pandas().astype("str")
    if "+" not in family:
        style = "%Y%m%d" if len(family) == 8 else "ISO8601"
        return pd.to_datetime(cells, format=style, errors="coerce")
    if timezone is None:
        plain = cells.str.replace(_OFFSET + "$", "", regex=True)
        return pd.to_datetime(plain, format="ISO8601", errors="coerce")
    cells = cells.str.replace(r" ?(?:UTC|GMT)$", "Z", regex=True)
    stamps = pd.to_datetime(cells, format="ISO8601", utc=True, errors="coerce")
    return stamps.dt.tz_convert(timezone).dt.tz_localize(None)


def _from_parts(
    text: pa.Array,
    family: str,
    series: pd.Series[Any],
    where: str,
    order: DateOrder | None,
) -> pd.Series[Any]:
    extracted = pc.extract_regex(text, _FAMILIES[family])
    names = [field.name for field in extracted.type]
    part = {name: pc.struct_field(extracted, name).to_pandas().astype("str") for name in names}
    if "m" in part:
        month = part["m"].str.lower().str[:3].map(_MONTHS)
        day = pd.to_numeric(part["d"])
    else:
        first, second = pd.to_numeric(part["a"]), pd.to_numeric(part["b"])
        first.index = second.index = series.index
        if family.startswith("31"):
            order = "day_first"
        order = order or _settle_order(first, second, where)
        day, month = (first, second) if order == "day_first" else (second, first)
    hour = pd.to_numeric(part["h"], errors="coerce").fillna(0)
    half = part["ap"].str.lower()
    hour = hour.where(~half.isin(["am", "pm"]), hour % 12 + np.where(half == "pm", 12, 0))
    return pd.to_datetime(
        pd.DataFrame(
            {
                "year": pd.to_numeric(part["y"]).to_numpy(),
                "month": month.to_numpy(),
                "day": day.to_numpy(),
                "hour": hour.to_numpy(),
                "minute": pd.to_numeric(part["i"], errors="coerce").fillna(0).to_numpy(),
                "second": pd.to_numeric(part["s"], errors="coerce").fillna(0).to_numpy(),
            }
        ),
        errors="coerce",
    )


def _settle_order(first: pd.Series[Any], second: pd.Series[Any], where: str) -> DateOrder:
    day_first, month_first = first > 12, second > 12
    if day_first.any() and month_first.any():
        raise SourceError(
            Problem(
                "dates are written in 2 formats: day first in "
                f"{rows_of(first.index[day_first], 3)}, month first in "
                f"{rows_of(first.index[month_first], 3)}",
                where,
                "one way of writing dates in a column",
                "export again in one language setting, or rewrite as YYYY-MM-DD",
            )
        )
    if not day_first.any() and not month_first.any():
        raise SourceError(
            Problem(
                "dates like 03/04/2026 may mean 3 April or March 4, and no row settles it",
                f"{where}, {rows_of(first.index[first.notna()])}",
                todo="state it in brand.yaml under the source: options: {dates: day_first} "
                "(or month_first), or export dates as YYYY-MM-DD",
            )
        )
    return "day_first" if day_first.any() else "month_first"
