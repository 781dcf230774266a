"""The page over all brands of a batch, and the same as JSON: one row per brand."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.report.manifest import done_key, read_manifest, write_atomically

__all__ = ["done_row", "refused_row", "waiting_row", "write_portfolio"]

SCHEMA = "clv-workbench-portfolio/1"
FORMS = {"slides": "slides.html", "workbook": "report.xlsx", "PDF": "report.pdf"}
"""What is linked beside the page, where there is one."""
WAITING = "the batch has not come to it; if it was stopped, `workbench batch --resume` goes on"
EARLIER = "Of an earlier batch: this one has not come to it"


def waiting_row(name: str, out: Path) -> dict[str, Any]:
    """Return the line of a brand that the batch has not come to: its last report, or none."""
    with suppress(OSError, ValueError, KeyError):  # of a version that told other things
        for folder in _finished(out / name)[:1]:
            row = done_row(name, folder, out)
            return {**row, "notes": [EARLIER, *row["notes"]]}
    return {"brand": name, "folder": name, "status": "waiting", "reason": WAITING}


def refused_row(name: str, reason: str) -> dict[str, Any]:
    """Return the line of a brand that has no report, with the reason."""
    return {"brand": name, "folder": name, "status": "not done", "reason": reason}


def done_row(name: str, folder: Path, out: Path) -> dict[str, Any]:
    """Return the line of a brand, from what its finished run left in a folder.

    Money that rests on the model stands only where the report states 12-month value: what its
    checks do not carry is said nowhere else.
    """
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    meta = report["meta"]
    cards = [card for page in report["pages"] for card in page["cards"]]
    gap = next((card for card in cards if card["state"] in ("gap", "gap_no_profit")), None)
    value = _value(report)
    # a run names its folder from here, a batch its own as it was given: one may be absolute
    there = Path(os.path.relpath(folder, out)).as_posix()
    return {
        "brand": meta["brand"],
        "folder": name,
        "as_of": meta["as_of"],
        "status": report["status"],
        "stage": meta["stage"],
        "level": meta["level"],
        "level_required": meta["level_required"],
        "revenue_12m": meta["revenue_12m"],
        "currency": meta["currency"],
        "locale": meta.get("locale"),
        "value_12m": value,
        "largest_gap": gap["title"] if gap else None,
        "gaps_12m": _gaps_total(folder) if value else None,
        "first_action": _first_action(folder, priced=value is not None),
        "previous": _previous(folder),
        "page": f"{there}/report.html",
        "forms": {
            kind: f"{there}/{file}" for kind, file in FORMS.items() if (folder / file).is_file()
        },
        "notes": list(read_manifest(folder).get("notes", ())),
        "run_id": meta["run_id"],
    }


def write_portfolio(out: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write portfolio.json and portfolio.html: brands by revenue, those without a report last."""
    from workbench.report.page import render_portfolio

    def rank(row: Mapping[str, Any]) -> tuple[bool, float, str, str]:
        revenue = row.get("revenue_12m")
        size = -float(revenue) if revenue else math.inf
        return ("page" not in row, size, str(row["brand"]), str(row["folder"]))

    ordered = [dict(row) for row in sorted(rows, key=rank)]
    days = [date.fromisoformat(row["as_of"]) for row in ordered if row.get("as_of")]
    content = {
        "schema": SCHEMA,
        "as_of": max(days).isoformat() if days else None,
        "brands": ordered,
    }
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    html = render_portfolio(content)
    write_atomically(out / "portfolio.json", text)
    return write_atomically(out / "portfolio.html", html)


def _value(report: Mapping[str, Any]) -> list[float] | None:
    """Return 12-month value per customer (mean, low, high), where the report states one."""
    tiles = report["pages"][0]["tiles"]
    return next((t["value"] for t in tiles if t["label"].startswith("12-month value")), None)


def _gaps_total(folder: Path) -> list[float] | None:
    """Return what the gaps cost together over 12 months (mean, low, high), overlaps removed."""
    table = _table(folder, "summary")
    rows = table[table["quantity"] == "gaps_joint"] if "quantity" in table else table
    return _ends(rows.iloc[0], "mean", "q05", "q95") if len(rows) else None


def _first_action(folder: Path, *, priced: bool) -> dict[str, Any] | None:
    """Return what the plan says first and, where it may be said, its profit over 12 months."""
    table = _table(folder, "plan")
    if not {"rank", "action", "profit", "q05", "q95"} <= set(table) or table.empty:
        return None
    row = table.sort_values("rank").iloc[0]
    blocked = "blocked_by" in table and pd.notna(row["blocked_by"])
    told = priced and not blocked
    return {
        "action": str(row["action"]),
        "profit_12m": _ends(row, "profit", "q05", "q95") if told else None,
    }


def _ends(row: Any, *names: str) -> list[float] | None:
    values = [float(row[name]) for name in names]
    return values if all(map(math.isfinite, values)) else None


def _table(folder: Path, name: str) -> pd.DataFrame:
    path = folder / "tables" / f"{name}.csv"
    return pd.read_csv(path) if path.is_file() else pd.DataFrame()


def _previous(folder: Path) -> dict[str, Any] | None:
    """Return as-of date and level of the brand's last finished run before this one."""
    for earlier in _finished(folder.parent):
        if earlier.name < folder.name:
            report = json.loads((earlier / "report.json").read_text(encoding="utf-8"))
            return {"as_of": report["meta"]["as_of"], "level": report["meta"]["level"]}
    return None


def _finished(home: Path) -> list[Path]:
    """Return the finished runs of a brand, the latest as-of date first."""
    found = sorted(home.glob("[0-9]*-[0-9]*-[0-9]*"), reverse=True)
    return [folder for folder in found if done_key(folder) is not None]
