"""Northbeam exports: the same spend under several models, windows and modes; one is pinned."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.adspend import OPTIONS, spend_rows
from workbench.sources.channel_names import name_channels
from workbench.sources.currencies import currency_of, in_brand_currency
from workbench.sources.frames import LogRow, ReadResult, fit
from workbench.sources.opening import keep_rows, open_export, together
from workbench.sources.periods import periods_of
from workbench.sources.spend import rule_or_name
from workbench.sources.tabular import Table

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["ALIASES", "read", "read_spend"]

PINNED = ("model", "window", "mode")
ALIASES = {
    "date": ("day",),
    "mode": ("accounting_mode", "accounting mode"),
    "model": ("attribution_model", "attribution model"),
    "window": ("attribution_window", "attribution window"),
    "channel": ("breakdown_platform_northbeam", "platform (northbeam)", "platform"),
    "campaign": ("campaign_name", "campaign name"),
    "campaign_id": ("campaign id",),
    "adset": ("adset_name", "ad set name"),
    "ad": ("ad_name", "ad name"),
    "spend": (),
    "currency": (),
    "revenue": ("attributed_rev", "rev", "attributed revenue"),
    "transactions": (),
    "new_customers": ("customers_new", "new customers", "transactions_1st_time"),
    "impressions": ("imprs",),
}
_METRICS = ("spend", "revenue", "new_customers", "transactions")


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read what Northbeam attributes to each channel and day, under one pinned combination.

    Parameters
    ----------
    path : Path
    spec : SourceSpec
        Options `model`, `window`, `mode` pin the combination; without them the most complete one
        is taken and logged.
    brand : Brand

    Returns
    -------
    ReadResult
        `attributed`, summed over campaigns, in the brand's currency.

    Raises
    ------
    SourceError
        Columns missing, a pinned value that the file does not have, unreadable cells.
    """
    table, log = _pinned(path, spec)
    cells = together(
        {
            "date": lambda: periods_of(table).start,
            "currency": lambda: currency_of(table, spec, brand)[0],
            **{name: partial(table.number, name) for name in _METRICS},
        }
    )
    frame = pd.DataFrame(cells).assign(tool="Northbeam")
    frame, rows = in_brand_currency(frame, ("spend", "revenue"), spec, brand, table.file)
    log += rows
    for name in PINNED:
        frame[name] = table.text(name)
    frame["channel"] = _channels(table, brand)
    keys = ["date", "tool", *PINNED, "channel"]
    summed = frame.groupby(keys, dropna=False, sort=True)[list(_METRICS)].sum(min_count=1)
    return ReadResult(fit("attributed", summed.reset_index()), log)


def read_spend(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read the spend that Northbeam collected, each amount once.

    Returns
    -------
    ReadResult
        `spend`; conversions and value are those of the pinned combination, named in
        `attribution_setting`.

    Raises
    ------
    SourceError
        As `read`; also for another currency than the brand's.
    """
    table, log = _pinned(path, spec)
    words = [table.text(name).fillna("") for name in PINNED]
    frame = table.frame.assign(
        attribution_setting=("Northbeam " + words[0] + ", " + words[1] + ", " + words[2]),
        platform=table.frame["channel"],
        platform_conversions=table.text("transactions"),
        platform_conversion_value=table.text("revenue"),
        new_customers_claimed=table.text("new_customers"),
    )
    table = replace(table, frame=frame)
    rules = brand.channel_names()
    result = spend_rows(
        table,
        spec,
        brand,
        platform=None,
        channels=lambda rows: rule_or_name(
            table.frame["channel"].reindex(rows.index), rows["campaign"], rules, table.file
        ),
        entities=["channel"],
    )
    return replace(result, log_rows=log + result.log_rows)


def _channels(table: Table, brand: Brand) -> pd.Series[str]:
    written = table.text("channel")
    empty = pd.Series(pd.NA, index=written.index, dtype="str")
    via = pd.Series("name", index=written.index, dtype="str")
    return name_channels(written, empty, via, brand.channel_names()).fillna("Unknown")


def _pinned(path: Path, spec: SourceSpec) -> tuple[Table, list[LogRow]]:
    """Return the rows of one model x window x mode."""
    table = open_export(
        path,
        spec,
        required=["date", "channel", "spend", "model", "window", "mode"],
        aliases=ALIASES,
        options=[*PINNED, *OPTIONS],
    )
    keys = table.frame[list(PINNED)].fillna("")
    wanted = {name: str(spec.options[name]) for name in PINNED if name in spec.options}
    fits = pd.Series(True, index=keys.index)
    for name, value in wanted.items():
        fits &= keys[name].str.casefold() == value.casefold()
    if not fits.any():
        raise SourceError(
            Problem(
                "no row has the pinned " + ", ".join(f"{n} {v!r}" for n, v in wanted.items()),
                table.file,
                "; ".join(f"{name}: {', '.join(sorted(keys[name].unique()))}" for name in PINNED),
                "change the options of the source",
            )
        )
    best = _most_complete(table, keys[fits])
    chosen = (keys == pd.Series(dict(zip(PINNED, best, strict=True)))).all(axis=1)
    log = []
    others = keys.drop_duplicates().shape[0] - 1
    if others:
        how = "as brand.yaml says" if len(wanted) == len(PINNED) else "the most complete"
        note = f"{', '.join(best)} ({how}); spend repeats once for each combination"
        log.append(
            LogRow(
                spec.format, table.file, "other attribution combinations set aside", others, note
            )
        )
    return keep_rows(table, chosen), log


def _most_complete(table: Table, keys: pd.DataFrame) -> tuple[Any, ...]:
    """Return the combination with the most days, then the most filled cells, then by name."""
    told = [name for name in ("spend", "revenue", "new_customers") if name in table.frame]
    rows = keys.assign(days=table.frame["date"], filled=table.frame[told].notna().sum(axis=1))
    size = rows.groupby(list(PINNED), sort=True).agg(
        days=("days", "nunique"), filled=("filled", "sum")
    )
    best = size.sort_values(["days", "filled"], ascending=False, kind="stable").index[0]
    return tuple(best)
