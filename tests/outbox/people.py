"""People who exist nowhere, some of them troublesome."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from workbench.outbox.settings import OutboxSettings
from workbench.outbox.write import Outbox, write_outbox

AS_OF = date(2026, 6, 30)
SETTINGS = OutboxSettings(
    timezone="America/New_York",
    currency="USD",
    google_conversion_name="Purchase",
    klaviyo_list_id="VRgFBd",
    holdout=0.0,
)

FORMULA = "=cmd|'/c calc'!A0"


def person(customer_id: str, **changes: Any) -> dict[str, Any]:
    """Return one row of identities: a reachable American with consent."""
    number = abs(hash_of(customer_id)) % 10_000_000
    return {
        "customer_id": customer_id,
        "email": f"{customer_id}@example.com",
        "phone": f"+1650{number:07d}",
        "first_name": "Zoë",
        "last_name": "O'Neil",
        "city": "São Paulo",
        "province": "CA",
        "zip": "94016-1234",
        "country": "US",
        "consent_email": True,
        "consent_sms": True,
        **changes,
    }


def hash_of(text: str) -> int:
    """Return a number that is the same in every process."""
    return int.from_bytes(text.encode(), "big")


def identities(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as the canonical frame has them."""
    frame = pd.DataFrame(rows)
    kinds = {name: "boolean" for name in ("consent_email", "consent_sms") if name in frame}
    return frame.astype({n: "str" for n in frame if not n.startswith("consent")} | kinds)


def crowd(n: int = 150) -> list[dict[str, Any]]:
    """Return ordinary people c000, c001, ..."""
    return [person(f"c{k:03d}") for k in range(n)]


def customer_table(ids: list[str]) -> pd.DataFrame:
    """Return a customer table with values that differ and some dates that are missing."""
    n = len(ids)
    value = np.linspace(-5.0, 400.0, n)
    dates = pd.Series(pd.Timestamp("2026-07-01") + pd.to_timedelta(np.arange(n) % 90, unit="D"))
    return pd.DataFrame(
        {
            "customer_id": pd.Series(ids, dtype="str"),
            "channel": np.where(np.arange(n) % 2, "Meta Ads", FORMULA),
            "segment": "active",
            "p_alive": np.linspace(0.0, 1.0, n),
            "value_12m_mean": value,
            "value_12m_q05": value * 0.5 - 3,
            "value_12m_q95": value * 2 + 10,
            "next_12m_mean": value / 3,
            "next_order_date": dates.where(np.arange(n) % 5 != 0).astype("datetime64[s]"),
        }
    )


AUDIENCES = pd.DataFrame(
    [
        ("seed_value_v1", "acquire", "Meta Ads"),
        ("seed_value_v1", "acquire", "TikTok Ads"),
        ("recent_buyers", "suppress", "Meta Ads"),
        ("recent_buyers", "suppress", "Google Ads"),
        ("lapsed_customers", "win back", "Google Ads"),
        ("win_back", "win back", "Klaviyo"),
    ],
    columns=["audience", "purpose", "tool"],
)


def members_of(ids: list[str], values: Any = None) -> pd.DataFrame:
    """Return every audience with the same members; the seed has values."""
    values = np.linspace(1.0, 400.0, len(ids)) if values is None else values
    parts = [
        pd.DataFrame(
            {
                "audience": name,
                "customer_id": pd.Series(ids, dtype="str"),
                "value": values if name == "seed_value_v1" else np.nan,
            }
        )
        for name in AUDIENCES["audience"].unique()
    ]
    return pd.concat(parts, ignore_index=True)


def orders_of(ids: list[str]) -> pd.DataFrame:
    """Return one order each, a day apart and going back, and troublesome ones."""
    n = len(ids)
    frame = pd.DataFrame(
        {
            "order_id": [f"#{k}" for k in range(n)],
            "customer_id": pd.Series(ids, dtype="str"),
            "ordered_at": pd.Timestamp("2026-06-30 12:00")
            - pd.to_timedelta(np.arange(n), unit="D"),
            "revenue": 50.0,
            "refund": 0.0,
            "channel": "Google Ads",
        }
    )
    frame.loc[5, ["revenue", "refund"]] = [0.0, 50.0]
    frame.loc[6, ["revenue", "refund"]] = [30.0, 20.0]
    frame.loc[7, "order_id"] = FORMULA
    frame.loc[8, "order_id"] = "#9"
    frame.loc[10, "channel"] = "Meta Ads"
    return frame


BUDGET = pd.DataFrame(
    {
        "channel": ["Meta Ads", "=HYPERLINK(1)", "E-mail\tand SMS"],
        "spend_now": [1000.0, 500.0, 20.0],
        "spend_proposed": [800.0, 700.0, 20.0],
        "p_better": [0.81, 0.64, np.nan],
        "expected_profit_change": [310.5, -12.25, 0.0],
        "q05": [-90.0, -200.0, 0.0],
        "q95": [700.0, 150.0, 0.0],
    }
)

ACTIONS = [
    {
        "id": "seed",
        "title": "Upload a value-based seed",
        "kind": "audience",
        "files": ["meta/seed_value_v1"],
        "owner": "Media buyer",
    },
    {"id": "budget", "title": "Move spend", "kind": "budget", "files": ["spend_sheet"]},
    {"id": "geo-test", "title": "Run a geo test", "kind": "experiment", "files": []},
]


def write(folder: Any, rows: list[dict[str, Any]], **changes: Any) -> Outbox:
    """Write an outbox of everything for these people."""
    ids = list(dict.fromkeys(row["customer_id"] for row in rows))
    given: dict[str, Any] = {
        "identities": identities(rows),
        "customers": customer_table(ids),
        "members": members_of(ids),
        "audiences": AUDIENCES,
        "as_of": AS_OF,
        "settings": SETTINGS,
        "model_version": "0.3.0",
        "budget": BUDGET,
        "orders": orders_of(ids),
        "new_customer_values": pd.DataFrame(
            {"applies_to": ["new customers"], "mean": [31.2], "q05": [24.0], "q95": [39.9]}
        ),
        "actions": ACTIONS,
        **changes,
    }
    return write_outbox(folder, **given)
