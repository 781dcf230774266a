"""Spend of any channel as a plain table: date, channel, spend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.adspend import OPTIONS, spend_rows
from workbench.sources.channel_names import UNASSIGNED, name_channels
from workbench.sources.frames import ReadResult
from workbench.sources.opening import open_export
from workbench.sources.periods import PERIOD_COLUMNS
from workbench.sources.tabular import rows_of
from workbench.sources.totals import is_blank

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec
    from workbench.sources.database_table import DatabaseTable

__all__ = ["ALIASES", "read", "rule_or_name"]

ALIASES = {
    "date": ("day",),
    "week": ("week starting",),
    "month": (),
    "starts": ("start", "start date", "from"),
    "ends": ("end", "end date", "to"),
    "channel": ("source", "marketing channel"),
    "platform": (),
    "account": (),
    "spend": ("cost", "amount spent", "amount"),
    "currency": ("currency code",),
    "campaign_id": ("campaign id",),
    "campaign": ("campaign name",),
    "impressions": ("impr.",),
    "clicks": (),
    "platform_conversions": ("conversions", "purchases"),
    "platform_conversion_value": ("conversion_value", "conversion value", "revenue"),
    "new_customers_claimed": ("new_customers", "new customers"),
    "attribution_setting": ("attribution", "attribution setting"),
}


def read(path: Path | DatabaseTable, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a plain spend table into `spend` rows.

    Parameters
    ----------
    path : Path
        Columns date (or week, month, start and end), channel, spend; optional currency,
        campaign, impressions, clicks, conversions, conversion_value, new_customers.
    spec : SourceSpec
        Options: `spread`, `currency`, `fx`, `account`.
    brand : Brand

    Returns
    -------
    ReadResult
        `spend` in the brand's currency; `channel` after the brand's rules, `platform` as in the
        file.

    Raises
    ------
    SourceError
        Columns missing, rows without channel, no date, another currency, unreadable cells.
    """
    table = open_export(path, spec, required=["channel", "spend"], aliases=ALIASES, options=OPTIONS)
    if not set(PERIOD_COLUMNS[:4]) & set(table.frame):
        raise SourceError(
            Problem(
                "column 'date' is missing",
                table.file,
                "a header 'date' or 'day' (or week, month, start and end)",
                "add it, or name it in brand.yaml: columns: {date: <header in the file>}",
            )
        )
    if "platform" not in table.frame:
        table = replace(table, frame=table.frame.assign(platform=table.frame["channel"]))
    rules = brand.channel_names()
    return spend_rows(
        table,
        spec,
        brand,
        platform=None,
        channels=lambda frame: rule_or_name(
            table.frame["channel"].reindex(frame.index), frame["campaign"], rules, table.file
        ),
        entities=["channel"],
    )


def rule_or_name(
    written: pd.Series[str], campaign: pd.Series[str], rules: dict[str, str], file: str
) -> pd.Series[str]:
    """Return the channel of names that someone wrote down: by campaign rule, rule, platform.

    A name that says nothing makes the row's money `UNASSIGNED`; without any it is refused.
    """
    empty = pd.Series(pd.NA, index=written.index, dtype="str")
    via = pd.Series("name", index=written.index, dtype="str")
    named = campaign.str.lower().map(rules).astype("str")
    named = named.fillna(name_channels(written, empty, via, rules))
    named = named.mask(named.isna() & ~is_blank(written), UNASSIGNED)  # "(not set)" and the like
    if named.isna().any():
        raise SourceError(
            Problem(
                "rows have spend but no channel",
                f"{file}, {rows_of(named.index[named.isna()])}",
                "a channel in every row but the totals",
                "fill in the channel",
            )
        )
    return named
