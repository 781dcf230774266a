"""TikTok Ads Manager exports, csv or xlsx."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import Problem, SourceError
from workbench.sources.adspend import AMOUNTS, OPTIONS, Platform, spend_rows
from workbench.sources.frames import LogRow, ReadResult
from workbench.sources.opening import open_export
from workbench.sources.tabular import Table, rows_of

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["ALIASES", "PLATFORM", "read"]

PLATFORM = Platform(
    "TikTok Ads",
    (
        "tiktok ads",
        "tiktok_ads",
        "tiktok_paid_social",
        "tiktok_paid",
        "tiktok_cpc",
        "tiktok / cpc",
        "tiktok",
        "tt",
    ),
)
ALIASES = {
    "account": ("account name", "advertiser name"),
    "campaign_id": ("campaign id",),
    "campaign": ("campaign name",),
    "adset": ("ad group name",),
    "ad": ("ad name",),
    "date": ("by day", "day", "stat_time_day"),
    "week": ("by week",),
    "month": ("by month",),
    "spend": ("cost", "total cost"),
    "currency": (),
    "impressions": (),
    "clicks": ("clicks (destination)", "clicks (all)"),
    # what TikTok calls purchases in a file is not documented: these are the names of its interface
    "platform_conversions": (
        "complete payment", "total complete payment", "purchases", "purchases (website)",
        "complete payments", "total purchases",
    ),
    "platform_conversion_value": (
        "total complete payment value", "complete payment value", "value of complete payment",
        "total purchase value", "purchase value (website)",
    ),
    "attribution_setting": ("attribution window",),
}  # fmt: skip
_MASKED = r"^<\s*\d+$"


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a TikTok Ads Manager export into `spend` rows, one per advert and day.

    Parameters
    ----------
    path : Path
    spec : SourceSpec
        Options: `spread`, `currency`, `fx`, `account`. Where the purchase columns have other
        names, name them under `columns`.
    brand : Brand

    Returns
    -------
    ReadResult
        `spend` in the brand's currency; cells masked as ``<5`` are NaN.

    Raises
    ------
    SourceError
        No cost column, masked cost, no day, another currency, unreadable cells.
    """
    table = open_export(path, spec, required=["spend"], aliases=ALIASES, options=OPTIONS)
    table, log = _unmasked(table, spec)
    absent = [n for n in ("platform_conversions", "platform_conversion_value")
              if n not in table.frame]  # fmt: skip
    if absent:
        note = f"name the columns in brand.yaml: columns: {{{absent[0]}: <header>, ...}}"
        log.append(LogRow(spec.format, table.file, "purchases not exported", len(absent), note))
    result = spend_rows(
        table,
        spec,
        brand,
        platform=PLATFORM.name,
        channels=lambda frame: PLATFORM.channels(frame, brand),
    )
    return replace(result, log_rows=log + result.log_rows)


def _unmasked(table: Table, spec: SourceSpec) -> tuple[Table, list[LogRow]]:
    """Make masked cells (``<5``) empty: the number is small, but not known."""
    frame, log = table.frame.copy(), []
    for name in AMOUNTS:
        masked = table.text(name).str.match(_MASKED).fillna(False).astype(bool)
        if not masked.any():
            continue
        if name == "spend":
            raise SourceError(
                Problem(
                    "the cost is masked, so the spend is not known",
                    f"{table.where('spend')}, {rows_of(frame.index[masked])}",
                    "an amount in every row",
                    "export again with fewer breakdowns",
                )
            )
        frame[name] = frame[name].mask(masked)
        what = f"masked cells in '{table.headers.get(name, name)}' taken as not known"
        log.append(LogRow(spec.format, table.file, what, int(masked.sum())))
    return replace(table, frame=frame), log
