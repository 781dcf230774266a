"""Google Ads reports: preamble or none, several languages, totals rows, segments."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import SourceError
from workbench.sources.adspend import OPTIONS, Platform, spend_rows
from workbench.sources.frames import ReadResult
from workbench.sources.opening import open_export
from workbench.sources.tabular import to_date

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["ALIASES", "HEADER_SCAN", "PLATFORM", "read"]

PLATFORM = Platform(
    "Google Ads",
    (
        "google ads",
        "google_ads",
        "googleads",
        "adwords",
        "google_cpc",
        "google / cpc",
        "google_ppc",
        "google / ppc",
        "google_paid",
        "google",
        "cpc",
        "ppc",
    ),
)
HEADER_SCAN = 10
ALIASES = {
    "account": ("account", "account name", "customer id", "konto", "compte", "cuenta"),
    "campaign_id": (
        "campaign id", "kampagnen-id", "id de campagne", "id de la campagne",
        "id de la campaña", "id campagna",
    ),
    "campaign": (
        "campaign", "campaign name", "kampagne", "campagne", "campaña", "campagna", "campanha",
    ),
    "adset": ("ad group", "anzeigengruppe", "groupe d'annonces", "grupo de anuncios"),
    "ad": ("ad name", "ad id"),
    "date": ("day", "date", "tag", "jour", "día", "giorno", "dag", "dia"),
    "week": ("woche", "semaine", "semana", "settimana"),
    "month": ("monat", "mois", "mes", "mese", "maand", "mês"),
    "spend": ("cost", "kosten", "coût", "coste", "costo", "custo"),
    "currency": (
        "currency code", "currency", "währungscode", "code de devise", "code devise",
        "código de moneda", "codice valuta", "valutacode", "código da moeda",
    ),
    "impressions": ("impr.", "impressions", "impressionen"),
    "clicks": ("klicks", "clics", "clic", "klikken", "cliques"),
    "platform_conversions": (
        "conversions", "conversionen", "conversies", "conversiones", "conversioni", "conversões",
    ),
    "platform_conversion_value": (
        "conv. value", "conversion value", "total conv. value", "conv.-wert", "conversion-wert",
        "valeur de conv.", "valeur conv.", "valor de conv.", "valor conv.", "valore conv.",
        "conv.waarde",
    ),
}  # fmt: skip


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a Google Ads campaign report into `spend` rows, one per campaign and day.

    Parameters
    ----------
    path : Path
    spec : SourceSpec
        Options: `spread`, `currency`, `fx`, `account`.
    brand : Brand

    Returns
    -------
    ReadResult
        `spend` in the brand's currency. Rows by week or month have `daily` False and stand at
        the first day, unless `spread` is set.

    Raises
    ------
    SourceError
        No campaign or cost column, no date, another currency, unreadable cells.
    """
    table = open_export(
        path,
        spec,
        required=["campaign", "spend"],
        aliases=ALIASES,
        header_scan=HEADER_SCAN,
        options=OPTIONS,
    )
    return spend_rows(
        table,
        spec,
        brand,
        platform=PLATFORM.name,
        channels=lambda frame: PLATFORM.channels(frame, brand),
        covered=_covered(table.preamble),
        entities=["campaign_id", "campaign"],
    )


def _covered(preamble: list[str]) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the date range above the header: ``September 1, 2026 - September 3, 2026``."""
    for line in preamble:
        parts = re.split(r"\s+[-–—]\s+", line.strip(' ",;\t'))
        if len(parts) not in (1, 2):
            continue
        try:
            days = to_date(pd.Series(parts, dtype="str"), where="date range")
        except SourceError:
            continue  # the title of the report, or a range in another language
        if days.notna().all():
            return days.iloc[0], days.iloc[-1]
    return None
