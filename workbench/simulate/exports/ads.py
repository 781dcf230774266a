"""Spend as the ad platforms export it: Meta, Google, TikTok, and a plain file for the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.simulate.exports.files import cents, csv_text, write_text
from workbench.simulate.simulation import Simulation

__all__ = ["write_google", "write_meta", "write_other_spend", "write_tiktok"]


def write_meta(path: Path, simulation: Simulation) -> None:
    """Write an Ads Manager report by day: byte-order mark, currency in headers, a totals row."""
    spend = _of(simulation, "Meta Ads")
    currency = simulation.settings.currency
    days = spend["date"].dt.strftime("%Y-%m-%d")
    table = pd.DataFrame(
        {
            "Campaign name": spend["campaign"],
            "Day": days,
            "Campaign delivery": "active",
            "Attribution setting": "7-day click or 1-day view",
            "Results": spend["conversions"].astype(str),
            "Result indicator": "actions:offsite_conversion.fb_pixel_purchase",
            "Reach": (spend["impressions"] * 0.82).round().astype(int).astype(str),
            "Impressions": spend["impressions"].astype(str),
            "Link clicks": spend["clicks"].astype(str),
            f"Amount spent ({currency})": cents(spend["spend"]),
            "Purchases": spend["conversions"].astype(str),
            "Purchases conversion value": cents(spend["conversion_value"]),
            "Purchase ROAS (return on ad spend)": _ratio(spend["conversion_value"], spend["spend"]),
            "Reporting starts": days,
            "Reporting ends": days,
        }
    )
    totals = {
        "Attribution setting": "7-day click or 1-day view",
        "Results": str(spend["conversions"].sum()),
        "Impressions": str(spend["impressions"].sum()),
        "Link clicks": str(spend["clicks"].sum()),
        f"Amount spent ({currency})": f"{spend['spend'].sum():.2f}",
        "Purchases": str(spend["conversions"].sum()),
        "Purchases conversion value": f"{spend['conversion_value'].sum():.2f}",
        "Reporting starts": days.iloc[0],
        "Reporting ends": days.iloc[-1],
    }
    table = pd.concat([pd.DataFrame([totals], columns=table.columns), table])
    write_text(path, csv_text(table), encoding="utf-8-sig")


def write_google(path: Path, simulation: Simulation) -> None:
    """Write a campaign report by day: title and range first, thousands in quotes, totals last."""
    spend = _of(simulation, "Google Ads")
    first, last = (f"{day:%B} {day.day}, {day.year}" for day in spend["date"].agg(["min", "max"]))
    fractional = spend["conversions"] + spend["clicks"] % 4 * 0.25 * (spend["conversions"] > 0)
    search = spend["campaign"].str.startswith("Search")
    table = pd.DataFrame(
        {
            "Day": spend["date"].dt.strftime("%Y-%m-%d"),
            "Campaign": spend["campaign"],
            "Campaign ID": _ids(spend["campaign"], 21_000_000_001),
            "Campaign type": np.where(search, "Search", "Performance Max"),
            "Campaign state": "Enabled",
            "Currency code": simulation.settings.currency,
            "Cost": _thousands(spend["spend"]),
            "Impr.": _thousands(spend["impressions"], digits=0),
            "Clicks": _thousands(spend["clicks"], digits=0),
            "Conversions": _thousands(fractional),
            "Conv. value": _thousands(spend["conversion_value"]),
        }
    )
    totals = pd.DataFrame(
        [
            {
                "Day": f"Total: {part}",
                **dict.fromkeys(list(table)[1:5], "--"),
                "Currency code": simulation.settings.currency,
                "Cost": f"{spend.loc[rows, 'spend'].sum():,.2f}",
                "Impr.": f"{spend.loc[rows, 'impressions'].sum():,}",
                "Clicks": f"{spend.loc[rows, 'clicks'].sum():,}",
                "Conversions": f"{fractional[rows].sum():,.2f}",
                "Conv. value": f"{spend.loc[rows, 'conversion_value'].sum():,.2f}",
            }
            for part, rows in (
                ("Account", search | ~search),
                ("Search", search),
                ("Performance Max", ~search),
            )
        ]
    )
    text = f'Campaign report\n"{first} - {last}"\n{csv_text(pd.concat([table, totals]))}'
    write_text(path, text)


def write_tiktok(path: Path, simulation: Simulation) -> None:
    """Write a TikTok Ads Manager report by day, with a totals row."""
    spend = _of(simulation, "TikTok Ads")
    table = pd.DataFrame(
        {
            "By Day": spend["date"].dt.strftime("%Y-%m-%d"),
            "Campaign name": spend["campaign"],
            "Ad group name": spend["campaign"] + " US 18+",
            "Currency": simulation.settings.currency,
            "Cost": cents(spend["spend"]),
            "CPM": _ratio(spend["spend"] * 1000, spend["impressions"]),
            "Impressions": spend["impressions"].astype(str),
            "Clicks (destination)": spend["clicks"].astype(str),
            "Complete payment": spend["conversions"].astype(str),
            "Complete payment value": cents(spend["conversion_value"]),
        }
    )
    total = {
        "By Day": f"Total of {len(spend)} results",
        "Campaign name": "-",
        "Ad group name": "-",
        "Currency": simulation.settings.currency,
        "Cost": f"{spend['spend'].sum():.2f}",
        "Impressions": str(spend["impressions"].sum()),
        "Clicks (destination)": str(spend["clicks"].sum()),
        "Complete payment": str(spend["conversions"].sum()),
        "Complete payment value": f"{spend['conversion_value'].sum():.2f}",
    }
    write_text(path, csv_text(pd.concat([table, pd.DataFrame([total])]), table.columns))


def write_other_spend(path: Path, simulation: Simulation) -> None:
    """Write the channels without an ads manager, such as influencers, as a plain spend file."""
    platforms = ("Meta Ads", "Google Ads", "TikTok Ads")
    spend = _dated(simulation)
    spend = spend[~spend["channel"].isin(platforms)]
    table = pd.DataFrame(
        {
            "date": spend["date"].dt.strftime("%Y-%m-%d"),
            "channel": spend["channel"],
            "spend": cents(spend["spend"]),
            "currency": simulation.settings.currency,
            "campaign": spend["campaign"],
            "impressions": spend["impressions"].astype(str),
            "clicks": spend["clicks"].astype(str),
            "conversions": spend["conversions"].astype(str),
            "conversion_value": cents(spend["conversion_value"]),
        }
    )
    write_text(path, csv_text(table))


def _dated(simulation: Simulation) -> pd.DataFrame:
    return simulation.spend.assign(date=simulation.dates(simulation.spend["day"]))


def _of(simulation: Simulation, channel: str) -> pd.DataFrame:
    spend = _dated(simulation)
    return spend[spend["channel"] == channel].reset_index(drop=True)


def _ids(names: pd.Series, first: int) -> list[str]:
    """Return an id per campaign name."""
    known = {name: str(first + number) for number, name in enumerate(sorted(names.unique()))}
    return [known[name] for name in names]


def _ratio(numerator: pd.Series, denominator: pd.Series) -> npt.NDArray[np.object_]:
    return cents((numerator / denominator.where(denominator > 0)).fillna(0.0))


def _thousands(values: pd.Series, digits: int = 2) -> list[str]:
    return [f"{value:,.{digits}f}" for value in values]
