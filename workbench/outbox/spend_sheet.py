"""The spend sheet: what a media buyer changes this month, channel by channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from workbench.outbox.lines import cells, decimals, guard, write_csv
from workbench.outbox.outcome import Written
from workbench.outbox.settings import OutboxSettings
from workbench.xlsx import workbook_bytes

__all__ = ["spend_sheet", "write_spend_sheet"]

TOOL = "media buyers"
_CONTROL = r"[\x00-\x1f]"
"""Characters that no workbook may hold."""

MONEY = ("spend_now", "spend_proposed", "change", "expected_profit_change", "q05", "q95")


def spend_sheet(budget: pd.DataFrame, *, currency: str) -> pd.DataFrame:
    """Return one row per channel, money per month in the brand's currency.

    Parameters
    ----------
    budget : DataFrame
        channel, spend_now, spend_proposed (currency per month), expected_profit_change with its
        90% interval q05 and q95 (currency per month of spend, from 12-month value), p_better (of
        this channel's change). ``change`` and ``verb`` are made where missing.
    currency : str

    Returns
    -------
    DataFrame
        channel, verb, spend_now, spend_proposed, change, p_better, expected_profit_change, q05,
        q95, currency, period.
    """
    change = budget["spend_proposed"] - budget["spend_now"]
    given = budget.get("change")
    change = change if given is None else given.where(given.notna(), change)
    moved = change.to_numpy(dtype=float)
    verb = np.select([moved >= 0.005, moved <= -0.005], ["raise", "lower"], "keep")
    out = pd.DataFrame(
        {
            "channel": budget["channel"],
            "verb": budget.get("verb", verb),
            "spend_now": budget["spend_now"],
            "spend_proposed": budget["spend_proposed"],
            "change": change,
            "p_better": budget.get("p_better", np.nan),
            "expected_profit_change": budget.get("expected_profit_change", np.nan),
            "q05": budget.get("q05", np.nan),
            "q95": budget.get("q95", np.nan),
        }
    )
    out["currency"], out["period"] = currency, "month"
    return out.reset_index(drop=True)


def write_spend_sheet(
    folder: Path, budget: pd.DataFrame, settings: OutboxSettings
) -> list[Written]:
    """Write ``spend_sheet/spend_sheet.csv`` and ``.xlsx``; the same cells in both."""
    sheet = spend_sheet(budget, currency=settings.currency)
    home = folder / "spend_sheet"
    home.mkdir(parents=True, exist_ok=True)
    columns = []
    for name in sheet:
        if name in MONEY:
            columns.append(decimals(sheet[name]))
        elif name == "p_better":
            columns.append(decimals(sheet[name], 3))
        else:
            columns.append(cells(sheet[name].astype("str")))
    raw = [k for k, name in enumerate(sheet) if name in (*MONEY, "p_better")]
    write_csv(home / "spend_sheet.csv", list(sheet), columns, rows=len(sheet), raw=raw)
    (home / "spend_sheet.xlsx").write_bytes(_workbook(sheet))
    note = "expected profit change is an association of spend with value, not a promise"
    return [
        Written("spend_sheet", TOOL, f"spend_sheet/spend_sheet.{kind}", len(sheet), note)
        for kind in ("csv", "xlsx")
    ]


def _workbook(sheet: pd.DataFrame) -> bytes:
    """Return an .xlsx of the sheet, the same bytes for the same cells: no clock inside."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    page.title = "spend"
    page.append(list(sheet))
    text = sheet[["channel", "verb", "currency", "period"]].astype("str")
    safe = {
        name: guard(cells(column.str.replace(_CONTROL, " ", regex=True))).to_pylist()
        for name, column in text.items()
    }
    numbers = sheet.drop(columns=list(safe)).round({**dict.fromkeys(MONEY, 2), "p_better": 3})
    told = numbers.astype(object).where(numbers.notna(), None).assign(**safe)[list(sheet)]
    for row in told.itertuples(index=False):  # a handful of channels
        page.append(list(row))
    return workbook_bytes(book)
