"""Meta Ads Manager exports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.sources.adspend import OPTIONS, Platform, spend_rows
from workbench.sources.frames import LogRow, ReadResult
from workbench.sources.opening import open_export
from workbench.sources.tabular import Table

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["ALIASES", "PLATFORM", "read"]

PLATFORM = Platform(
    "Meta Ads",
    (
        "meta ads",
        "meta_ads",
        "facebook ads",
        "facebook_ads",
        "facebook_paid_social",
        "facebook_paid",
        "facebook_cpc",
        "facebook / cpc",
        "meta",
        "facebook",
        "fb",
        "instagram",
        "ig",
        "paid_social",
    ),
)
ALIASES = {
    "account": ("account name", "ad account name", "account id"),
    "campaign_id": ("campaign id",),
    "campaign": (
        "campaign name", "kampagnenname", "nom de la campagne", "nombre de la campaña",
        "nome della campagna",
    ),
    "adset": ("ad set name", "anzeigengruppenname", "nom de l'ensemble de publicités"),
    "ad": ("ad name", "name der anzeige", "nom de la publicité"),
    "date": ("day", "tag", "jour", "día", "giorno"),
    "starts": ("reporting starts", "berichtsstart", "début des rapports", "inicio del informe"),
    "ends": ("reporting ends", "berichtsende", "fin des rapports", "fin del informe"),
    "spend": (
        "amount spent", "ausgegebener betrag", "montant dépensé", "importe gastado",
        "importo speso",
    ),
    "currency": ("währung", "devise", "divisa"),
    "impressions": ("impressionen", "impresiones"),
    "clicks": ("link clicks", "clicks (all)"),
    "platform_conversions": ("purchases", "website purchases"),
    "platform_conversion_value": (
        "purchases conversion value", "website purchases conversion value",
        "direct website purchases conversion value", "purchase conversion value",
    ),
    "attribution_setting": ("attribution setting",),
    "results": (),
    "result_type": ("result type", "result indicator"),
    "results_value": ("results value",),
    "roas": (
        "purchase roas (return on ad spend)", "website purchase roas (return on ad spend)",
        "purchase roas",
    ),
}  # fmt: skip


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a Meta Ads Manager export into `spend` rows, one per advert and day.

    Parameters
    ----------
    path : Path
    spec : SourceSpec
        Options: `spread` (a report without day column is spread evenly over its range),
        `currency`, `fx`, `account`.
    brand : Brand

    Returns
    -------
    ReadResult
        `spend` in the brand's currency. Platform conversions are purchases, as Meta claims them
        under the attribution setting of the row.

    Raises
    ------
    SourceError
        No amount spent, no day and no `spread`, another currency, unreadable cells.
    """
    table = open_export(path, spec, required=["spend"], aliases=ALIASES, options=OPTIONS)
    computed, log = _claimed(table, spec)
    result = spend_rows(
        table,
        spec,
        brand,
        platform=PLATFORM.name,
        channels=lambda frame: PLATFORM.channels(frame, brand),
        computed=computed,
    )
    return replace(result, log_rows=log + result.log_rows)


def _claimed(table: Table, spec: SourceSpec) -> tuple[dict[str, pd.Series[float]], list[LogRow]]:
    """Return missing purchase columns: from results that are purchases, value else from ROAS."""
    computed: dict[str, pd.Series[float]] = {}
    log = []

    def take(name: str, values: pd.Series[float], how: str) -> None:
        computed[name] = values
        log.append(LogRow(spec.format, table.file, f"{name} {how}", int(values.notna().sum())))

    kind = table.text("result_type").str.contains("purchase", case=False)
    bought = kind.fillna(False).astype(bool)
    results = {"platform_conversions": "results", "platform_conversion_value": "results_value"}
    for name, source in results.items():
        if name not in table.frame and source in table.frame and bought.any():
            take(name, table.number(source).where(bought), "taken from results that are purchases")
    value = "platform_conversion_value"
    if value not in {*table.frame, *computed} and "roas" in table.frame:
        take(value, table.number("spend") * table.number("roas"), "computed as spend x ROAS")
    absent = [name for name in results if name not in {*table.frame, *computed}]
    if absent:
        note = f"no {' and no '.join(absent)}: what the platform claims is not known"
        log.append(LogRow(spec.format, table.file, "purchases not exported", len(absent), note))
    return computed, log
