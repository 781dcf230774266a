"""The canonical frames that readers fill: columns, types, and what a reader returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "COLUMNS",
    "CONFIDENCES",
    "LogRow",
    "ReadResult",
    "empty",
    "fit",
    "log_frame",
    "sort_rows",
]

COLUMNS: dict[str, dict[str, str]] = {
    "orders": {
        "order_id": "str",
        "customer_id": "str",
        "ordered_at": "datetime64[us]",
        "day": "datetime64[us]",
        "items": "float64",
        "discount": "float64",
        "shipping": "float64",
        "tax": "float64",
        "refund": "float64",
        "revenue": "float64",
        "currency": "str",
        "guest": "bool",
        "status": "str",
        "channel": "str",
        "channel_source": "str",
        "channel_confidence": "str",
        "campaign": "str",
        "source_file": "str",
    },
    "order_lines": {
        "order_id": "str",
        "sku": "str",
        "name": "str",
        "vendor": "str",
        "quantity": "float64",
        "amount": "float64",
    },
    "products": {"key": "str", "category": "str", "unit_cost": "float64"},
    "spend": {
        "date": "datetime64[us]",
        "platform": "str",
        "account": "str",
        "campaign_id": "str",
        "campaign": "str",
        "adset": "str",
        "ad": "str",
        "channel": "str",
        "spend": "float64",
        "currency": "str",
        "impressions": "float64",
        "clicks": "float64",
        "platform_conversions": "float64",
        "platform_conversion_value": "float64",
        "attribution_setting": "str",
        "new_customers_claimed": "float64",
        "daily": "bool",
        "source_file": "str",
    },
    "attributed": {
        "date": "datetime64[us]",
        "tool": "str",
        "model": "str",
        "window": "str",
        "mode": "str",
        "channel": "str",
        "spend": "float64",
        "revenue": "float64",
        "new_customers": "float64",
        "transactions": "float64",
    },
    "profiles": {
        "customer_id": "str",
        "source": "str",
        "consent_email": "boolean",
        "consent_sms": "boolean",
        "created": "datetime64[us]",
        "predicted_clv": "float64",
        "historic_clv": "float64",
        "predicted_orders": "float64",
        "historic_orders": "float64",
        "churn_probability": "float64",
        "expected_next_order": "datetime64[us]",
        "avg_days_between": "float64",
        "properties": "str",
    },
    "flows": {
        "day": "datetime64[us]",
        "flow_id": "str",
        "flow": "str",
        "message": "str",
        "channel": "str",
        "status": "str",
        "delivered": "float64",
        "opens": "float64",
        "clicks": "float64",
        "orders": "float64",
        "revenue": "float64",
        "unsub_rate": "float64",
        "complaint_rate": "float64",
        "bounce_rate": "float64",
    },
    "campaigns": {
        "campaign_id": "str",
        "campaign": "str",
        "tags": "str",
        "list": "str",
        "channel": "str",
        "send_time": "datetime64[us]",
        "recipients": "float64",
        "delivered": "float64",
        "opens": "float64",
        "clicks": "float64",
        "orders": "float64",
        "revenue": "float64",
        "unsub_rate": "float64",
        "complaint_rate": "float64",
        "bounce_rate": "float64",
    },
    "experiments": {
        "id": "str",
        "title": "str",
        "hypothesis": "str",
        "surface": "str",
        "channel": "str",
        "segment": "str",
        "primary_metric": "str",
        "baseline_rate": "float64",
        "weekly_traffic": "float64",
        "aov_or_clv": "float64",
        "mde": "float64",
        "effort_days": "float64",
        "evidence_links": "str",
        "status": "str",
        "owner": "str",
        "impact": "float64",
        "confidence": "float64",
        "ease": "float64",
        "potential": "float64",
        "importance": "float64",
        "reach": "float64",
        "effort": "float64",
        "above_fold": "float64",
        "noticeable_5s": "float64",
        "add_remove_element": "float64",
        "motivation": "float64",
        "high_traffic": "float64",
        "user_testing": "float64",
        "qual_feedback": "float64",
        "analytics": "float64",
        "heatmaps": "float64",
        "exp_profit_90d": "float64",
        "exp_profit_12m": "float64",
        "p_win": "float64",
        "cost_to_run": "float64",
        "profit_per_week": "float64",
    },
    "test_results": {
        "id": "str",
        "arm": "str",
        "exposed": "float64",
        "converted": "float64",
        "value_90d_mean": "float64",
        "value_90d_sd": "float64",
        "started": "datetime64[us]",
        "ended": "datetime64[us]",
    },
    "identities": {
        "customer_id": "str",
        "email": "str",
        "phone": "str",
        "first_name": "str",
        "last_name": "str",
        "city": "str",
        "province": "str",
        "zip": "str",
        "country": "str",
        "consent_email": "boolean",
        "consent_sms": "boolean",
    },
    "log": {"source": "str", "file": "str", "what": "str", "count": "int64", "note": "str"},
}
"""Frame -> column -> pandas type. Money in the brand's currency, dates in its time zone."""

CONFIDENCES = ("high", "medium", "low", "none")
"""How far the channel of an order is to be trusted."""


@cache
def _template(frame: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS[frame].items()})


def empty(frame: str) -> pd.DataFrame:
    """Return a canonical frame without rows."""
    return _template(frame).copy()


def fit(frame: str, data: pd.DataFrame) -> pd.DataFrame:
    """Return data with exactly the columns and types of a canonical frame.

    Columns that the data lacks are filled with missing values; a missing ``bool`` is False.
    """
    fitted: dict[str, pd.Series[Any]] = {}
    for name, kind in COLUMNS[frame].items():
        if name in data:
            column = data[name]
            fitted[name] = (column.fillna(False) if kind == "bool" else column).astype(kind)
        else:
            missing = False if kind == "bool" else 0 if kind == "int64" else None
            fitted[name] = pd.Series(missing, index=data.index, dtype=kind)
    return pd.DataFrame(fitted, index=data.index).reset_index(drop=True)


def sort_rows(
    data: pd.DataFrame, by: Sequence[str], descending: Sequence[str] = ()
) -> pd.DataFrame:
    """Return rows sorted by columns, missing last; several times faster on text than pandas."""
    keys = [(name, "descending" if name in descending else "ascending") for name in by]
    table = pa.table({name: pa.array(data[name], from_pandas=True) for name in by})
    return data.iloc[pc.sort_indices(table, keys).to_numpy()]


@dataclass(frozen=True)
class LogRow:
    """One dropped, repaired or doubtful thing.

    Attributes
    ----------
    source : str
        Format of the source, e.g. ``meta_ads``.
    file : str
        File name without folder; empty when it concerns several.
    what : str
        Short words, e.g. ``voided orders dropped``.
    count : int
        How many.
    note : str
        Rows, amounts, advice. Never an e-mail address, a phone or a name.
    """

    source: str
    file: str
    what: str
    count: int
    note: str = ""


@dataclass(frozen=True)
class ReadResult:
    """What a reader makes of one file.

    Attributes
    ----------
    frame : DataFrame
        Rows of the canonical frame.
    log_rows : list of LogRow
        What was dropped, repaired or doubtful.
    identities : DataFrame or None
        Rows of the `identities` frame, where the file holds people.
    """

    frame: pd.DataFrame
    log_rows: list[LogRow] = field(default_factory=list)
    identities: pd.DataFrame | None = None


def log_frame(rows: list[LogRow]) -> pd.DataFrame:
    """Return log rows as the canonical `log` frame, in a fixed order."""
    table = pd.DataFrame([vars(row) for row in rows], columns=list(COLUMNS["log"]))
    return fit("log", table.sort_values(["source", "file", "what", "note"], kind="stable"))
