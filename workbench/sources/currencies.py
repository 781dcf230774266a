"""The currency of an ad report, held against the brand's: no sum runs across currencies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.frames import LogRow
from workbench.sources.opening import UNIT
from workbench.sources.tabular import Table, rows_of
from workbench.sources.totals import is_blank

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["currency_of", "in_brand_currency"]

_SIGNS = {"€": "EUR", "£": "GBP"}  # the others are shared by several currencies


def currency_of(
    table: Table, spec: SourceSpec, brand: Brand
) -> tuple[pd.Series[str], list[LogRow]]:
    """Return the currency of every row.

    It is taken from the option `currency`, the column, the header (``Amount spent (GBP)``) or a
    sign in the cells; without any of them it is assumed to be the brand's, and logged.

    Raises
    ------
    SourceError
        Cells that are no currency codes, or header and column that disagree.
    """
    index = table.frame.index
    stated = spec.options.get("currency")
    if stated is not None:
        return _whole(index, _code(stated, spec)), []
    unit = UNIT.search(table.headers.get("spend", ""))
    header = unit["code"].upper() if unit else None
    cells = table.text("currency").str.strip().str.upper()
    cells = cells.mask(is_blank(cells))
    known = sorted(cells.dropna().unique())
    odd = cells.notna() & ~cells.str.fullmatch("[A-Z]{3}").fillna(False).astype(bool)
    if odd.any():
        raise SourceError(
            Problem(
                "cells are no currency codes",
                f"{table.where('currency')}, {rows_of(index[odd])}",
                "three capitals, e.g. USD",
                "repair these cells, or set options: {currency: USD} under the source",
            )
        )
    if header and known and known != [header]:
        raise SourceError(
            Problem(
                f"the header says {header}, the column {', '.join(known)}",
                table.where("currency"),
                todo="export again with one currency, or set options: {currency: "
                f"{header}}} under the source if the column is wrong",
            )
        )
    if header is None and len(known) == 1:
        header = known[0]
    if header is None and not known:
        header = next((c for s, c in _SIGNS.items() if _has(table.text("spend"), s)), None)
    if header is None and not known:
        note = f"taken as {brand.currency}; state it with options: {{currency: ...}}"
        row = LogRow(spec.format, table.file, "currency not stated", len(index), note)
        return _whole(index, brand.currency), [row]
    if header is not None:
        return _whole(index, header), []
    if cells.isna().any():
        raise SourceError(
            Problem(
                f"rows without currency in a file of several ({', '.join(known)})",
                f"{table.where('currency')}, {rows_of(index[cells.isna()])}",
                todo="fill in the currency of these rows",
            )
        )
    return cells, []


def _whole(index: pd.Index[Any], code: str) -> pd.Series[str]:
    return pd.Series(code, index=index, dtype="str")


def _has(cells: pd.Series[Any], sign: str) -> bool:
    return bool(cells.str.contains(sign, regex=False).fillna(False).any())


def _code(stated: Any, spec: SourceSpec) -> str:
    if isinstance(stated, str) and re.fullmatch("[A-Z]{3}", stated):
        return stated
    raise SourceError(
        Problem(
            f"option 'currency' has the value {stated!r}",
            f"brand.yaml, {spec.place}",
            "three capitals, e.g. USD",
        )
    )


def in_brand_currency(
    frame: pd.DataFrame, money: Sequence[str], spec: SourceSpec, brand: Brand, file: str
) -> tuple[pd.DataFrame, list[LogRow]]:
    """Return the rows with their money in the brand's currency.

    Other currencies are converted at the rates that the brand states under the source,
    ``options: {fx: {EUR: 1.08}}``: how much of the brand's currency one EUR is.

    Raises
    ------
    SourceError
        Rows in a currency without rate.
    """
    rates = _rates(spec)
    foreign = frame["currency"] != brand.currency
    lost = sorted(set(frame.loc[foreign, "currency"]) - set(rates))
    if lost:
        shown = "; ".join(
            f"{code} in {rows_of(frame.index[frame['currency'] == code], 3)}" for code in lost
        )
        example = ", ".join(f"{code}: <{brand.currency} per {code}>" for code in lost)
        raise SourceError(
            Problem(
                f"money is in {', '.join(lost)}, but the brand's currency is {brand.currency} "
                f"({shown})",
                file,
                f"amounts in {brand.currency}",
                "export again in the brand's currency, or state the rate under the source: "
                f"options: {{fx: {{{example}}}}}",
            )
        )
    if not foreign.any():
        return frame, []
    frame = frame.copy()
    rate = frame["currency"].map({**rates, brand.currency: 1.0}).astype(float)
    for name in money:
        frame[name] *= rate
    used = ", ".join(
        f"1 {code} = {rates[code]:g} {brand.currency}"
        for code in sorted(set(frame.loc[foreign, "currency"]))
    )
    frame["currency"] = brand.currency
    return frame, [LogRow(spec.format, file, "amounts converted", int(foreign.sum()), used)]


def _rates(spec: SourceSpec) -> dict[str, float]:
    rates = spec.options.get("fx", {})
    good = isinstance(rates, Mapping) and all(
        isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate < float("inf")
        for rate in rates.values()
    )
    if not good:
        raise SourceError(
            Problem(
                "option 'fx' is no table of rates",
                f"brand.yaml, {spec.place}",
                "currency code: positive number, e.g. fx: {EUR: 1.08}",
            )
        )
    return {str(code): float(rate) for code, rate in rates.items()}
