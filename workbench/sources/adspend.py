"""From the table of an ad report to rows of the canonical `spend` frame: what all platforms share.

A platform's module names its columns; here totals are dropped, money is brought into the brand's
currency, rows are put on days, and rows of one advert and day (segments) are summed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Problem, SourceError
from workbench.sources.channel_names import UNASSIGNED
from workbench.sources.channels import UNKNOWN
from workbench.sources.currencies import currency_of, in_brand_currency
from workbench.sources.frames import LogRow, ReadResult, fit
from workbench.sources.opening import keep_rows, together
from workbench.sources.periods import PERIOD_COLUMNS, on_days, periods_of
from workbench.sources.tabular import Table, is_excel_serial, rows_of
from workbench.sources.totals import is_blank, totals_of

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["AMOUNTS", "ENTITY", "OPTIONS", "Platform", "spend_rows"]

ENTITY = ("account", "campaign_id", "campaign", "adset", "ad")
"""What was advertised, from the account down."""
MONEY = ("spend", "platform_conversion_value")
COUNTS = ("impressions", "clicks", "platform_conversions", "new_customers_claimed")
_WHOLE = ("impressions", "clicks")  # attribution splits conversions and customers
AMOUNTS = (*MONEY, *COUNTS)
"""Columns that add up over rows and days."""
_DESCRIPTIONS = ("campaign type", "campaign status", "campaign state", "campaign_type", "status")

OPTIONS = ("spread", "currency", "fx", "account")
"""Options of every source of spend."""

Channels = Callable[[pd.DataFrame], "pd.Series[str]"]


@dataclass(frozen=True)
class Platform:
    """An ad platform.

    Attributes
    ----------
    name : str
        Its channel where no rule of the brand says otherwise.
    words : tuple of str
        Raw sources under which its orders arrive, lower case, best first: a rule for the first
        of them that the brand has is the channel of the spend, so that orders and spend meet.
    """

    name: str
    words: tuple[str, ...]

    def channels(self, frame: pd.DataFrame, brand: Brand) -> pd.Series[str]:
        """Return the channel of each row: by campaign name, by platform, else the platform."""
        rules = brand.channel_names()
        own = next((rules[word] for word in self.words if word in rules), self.name)
        campaign = frame["campaign"].str.lower().map(rules).astype("str")
        return campaign.fillna(own)


def spend_rows(
    table: Table,
    spec: SourceSpec,
    brand: Brand,
    *,
    platform: str | None,
    channels: Channels,
    covered: tuple[pd.Timestamp, pd.Timestamp] | None = None,
    entities: Sequence[str] = ENTITY[1:],
    computed: Mapping[str, pd.Series[float]] | None = None,
) -> ReadResult:
    """Return the rows of the `spend` frame that a report holds.

    Parameters
    ----------
    table : Table
        Columns under their canonical names; `spend` is there.
    platform : str or None
        Name of the platform; None takes the column `platform`.
    channels : callable
        Frame of text columns -> channel of each row.
    covered : (first day, last day), optional
        Date range that the report states.
    entities : sequence of str
        Columns of which a row must fill one to be no total.
    computed : mapping of str to Series of float, optional
        Amounts that the platform's module derived from other columns.

    Raises
    ------
    SourceError
        Everything that is wrong with the cells, at once where possible.
    """
    days = [name for name in PERIOD_COLUMNS[:3] if name in table.frame]
    total, log = totals_of(
        table,
        table.number("spend"),
        source=spec.format,
        entities=entities,
        dates=days,
        descriptions=_DESCRIPTIONS,
    )
    kept = ~total & _told(table)
    if int((~kept & ~total).sum()):
        log.append(
            LogRow(
                spec.format,
                table.file,
                "rows without any amount dropped",
                int((~kept & ~total).sum()),
            )
        )
    table = keep_rows(table, kept)
    if table.text("spend").isna().all():
        raise SourceError(
            Problem(
                "no row but totals has a spend",
                table.where("spend"),
                "one row per campaign and day, with what was spent",
                "export again with a breakdown by campaign and day",
            )
        )
    cells = together(
        {
            "periods": lambda: periods_of(table, covered),
            "currency": lambda: currency_of(table, spec, brand),
            **{name: partial(_amount, table, name) for name in AMOUNTS},
        }
    )
    cells |= {name: values[kept] for name, values in (computed or {}).items()}
    periods, (currency, rows) = cells.pop("periods"), cells.pop("currency")
    frame = pd.DataFrame(cells).assign(currency=currency, source_file=table.file)
    log += rows + _doubtful(table, frame, spec)
    for name in (*ENTITY, "attribution_setting", "platform"):
        frame[name] = table.text(name).mask(is_blank(table.text(name)))
    if "account" in spec.options:
        frame["account"] = str(spec.options["account"])
    if platform is not None:
        frame["platform"] = platform
    frame["spend"] = frame["spend"].fillna(0.0)
    frame["channel"] = channels(frame)
    log += _unassigned(frame, spec, table.file)
    log += _own_channels(frame, spec, brand, table.file)
    frame, rows = in_brand_currency(frame, MONEY, spec, brand, table.file)
    log += rows
    frame, rows = on_days(frame, periods, amounts=AMOUNTS, spec=spec, file=table.file)
    return ReadResult(_summed(frame), log + rows)


def _told(table: Table) -> pd.Series[bool]:
    """Return which rows hold an amount: a footnote below the table holds none."""
    told = pd.Series(False, index=table.frame.index)
    for name in AMOUNTS:
        told |= ~is_blank(table.text(name))
    return told


def _amount(table: Table, name: str) -> pd.Series[float]:
    values = table.number(name, integer=name in _WHOLE)
    negative = values < 0
    if name in COUNTS and negative.any():
        raise SourceError(
            Problem(
                "counts are below 0",
                f"{table.where(name)}, {rows_of(values.index[negative])}",
                "numbers of at least 0",
                "repair these cells",
            )
        )
    return values


def _unassigned(frame: pd.DataFrame, spec: SourceSpec, file: str) -> list[LogRow]:
    """Set spend apart that names no channel, by the file's word or by a rule, and log it."""
    nameless = frame["channel"].str.casefold().isin([UNKNOWN.casefold(), UNASSIGNED.casefold()])
    frame.loc[nameless, "channel"] = UNASSIGNED
    if not nameless.any():
        return []
    what = "rows of spend that name no channel kept apart"
    note = f"{rows_of(frame.index[nameless])}; channel is {UNASSIGNED}, held against no customer"
    return [LogRow(spec.format, file, what, int(nameless.sum()), note)]


def _own_channels(frame: pd.DataFrame, spec: SourceSpec, brand: Brand, file: str) -> list[LogRow]:
    """Return a log row on campaigns whose very name is a rule of the brand."""
    named = frame.loc[frame["campaign"].str.lower().isin(brand.channel_names()), "campaign"]
    if named.empty:
        return []
    names = ", ".join(sorted(named.unique())[:5])
    return [
        LogRow(
            spec.format,
            file,
            "rows with the channel of their campaign's name",
            len(named),
            f"channel_rules name {names}",
        )
    ]


def _doubtful(table: Table, frame: pd.DataFrame, spec: SourceSpec) -> list[LogRow]:
    """Return log rows on what is kept, but deserves a look."""
    log = []

    def note(what: str, rows: pd.Series[bool], more: str = "") -> None:
        if rows.any():
            text = rows_of(frame.index[rows]) + (f"; {more}" if more else "")
            log.append(LogRow(spec.format, table.file, what, int(rows.sum()), text))

    note("negative spend kept", frame["spend"] < 0, "taken as a credit")
    missing = frame["spend"].isna()
    note("rows without spend amount taken as nothing spent", missing)
    same = table.frame.duplicated() & (frame["spend"] > 0)
    note("identical rows summed", same, "if the file was pasted together, export it again")
    if is_excel_serial(table.text("date")):
        note("days rewritten by a spreadsheet", frame["spend"].notna(), "1900 date system")
    settings = table.text("attribution_setting").dropna()
    if settings.nunique() > 1:
        words = ", ".join(sorted(settings.unique()))
        what = "attribution settings in one file"
        more = f"{words}: what the platform claims is not comparable across them"
        log.append(LogRow(spec.format, table.file, what, int(settings.nunique()), more))
    return log


def _summed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per day and advert: segments (device, network, placement) are summed."""
    fitted = fit("spend", frame)
    keys = [name for name in fitted.columns if name not in AMOUNTS]
    grouped = fitted.groupby(keys, dropna=False, sort=True, observed=True)[list(AMOUNTS)]
    return fit("spend", grouped.sum(min_count=1).reset_index())
