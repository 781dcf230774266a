"""A small brand whose exports and answers prove levels 1 to 3, to be damaged by the tests."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from workbench.brand_costs import Costs, Payment
from workbench.sources.frames import fit
from workbench.spectrum.capabilities import load_capabilities
from workbench.spectrum.gaps import capability_table

AS_OF = date(2026, 6, 30)
CUSTOMERS = 120
FLOW_NAMES = (
    "Abandoned Checkout",
    "Welcome Series",
    "Post-Purchase (CLV split)",
    "Browse Abandonment",
    "Winback | 10% holdout",
    "Order confirmation",
)


@dataclass(frozen=True)
class Case:
    """Inputs of `capability_table`."""

    brand: Any
    exports: dict[str, pd.DataFrame]
    stack: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    as_of: date = AS_OF

    def gaps(self) -> pd.DataFrame:
        return capability_table(self.brand, self.exports, self.stack, self.tables, self.as_of)

    def with_answer(self, name: str, **fields: Any) -> Case:
        return replace(self, stack={**self.stack, name: {**self.stack[name], **fields}})

    def with_frame(self, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Case:
        return replace(self, exports={**self.exports, name: change(self.exports[name].copy())})

    def with_table(self, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Case:
        return replace(self, tables={**self.tables, name: change(self.tables[name].copy())})

    def with_brand(self, **settings: Any) -> Case:
        brand = copy.copy(self.brand)
        vars(brand).update(settings)
        return replace(self, brand=brand)


def full_case() -> Case:
    """Return a brand of stage 3 (bounds scaled down) that holds levels 1 to 3, not 4."""
    return Case(_brand(), _exports(), _stack(), _tables())


def decided_case() -> Case:
    """Return the full case with the tables of its decisions: nothing leaks, nothing to move."""
    return replace(full_case(), tables={**_tables(), **_decided()})


def _decided() -> dict[str, pd.DataFrame]:
    leaks = pd.DataFrame(
        {
            "channel": ["Google Ads", "Meta Ads"],
            "orders": [400, 600],
            "recent": [20, 30],
            "spend": [9_000.0, 11_000.0],
        }
    )
    budget = pd.DataFrame(
        {
            "horizon_weeks": [13],
            "changes": [2],
            "expected_profit_change": [100.0],
            "q05": [-50.0],
            "q95": [300.0],
            "p_better": [0.7],
            "verb": ["move a part and measure"],
        }
    )
    audiences = pd.DataFrame(
        {
            "audience": ["seed_value_v1"],
            "customers": [2_503],
            "file": ["meta/seed_value_v1.csv"],
        }
    )
    plan = pd.DataFrame(
        [
            ("win_back", "win_back_v1", 800.0, -90.0, 2_000.0, 0.93),
            ("second_order", "second_order_v1", 500.0, -50.0, 1_200.0, 0.91),
            ("lapsing_high_value", "retain_lapsing_v1", 300.0, -60.0, 700.0, 0.88),
            ("leaking_suppression", "Google Ads", 400.0, 100.0, 900.0, 0.99),
            ("leaking_suppression", "Meta Ads", 600.0, 200.0, 1_100.0, 1.0),
        ],
        columns=["kind", "subject", "profit", "q05", "q95", "p_better"],
    ).assign(blocked_by="", assumption="a prior")
    experiments = pd.DataFrame({"id": ["e1", "e2"], "title": "t", "rank": [1.0, 2.0]})
    rankings = pd.DataFrame(
        {
            "ranking": ["EVSI", "ICE", "PIE"],
            "profit": [900.0, 700.0, 600.0],
            "less_than_evsi": [0.0, 200.0, 300.0],
        }
    )
    ledger = pd.DataFrame({"made_at": ["2026-03-31", "2026-04-30", "2026-05-31"]})
    scores = pd.DataFrame({"made_at": ["2026-03-31", "2026-05-31"], "state": ["scored", "not due"]})
    log = pd.DataFrame(
        [
            ("2026-05-31", "a1", "value_seed", "seed_value_v1", "Build", np.nan, "2026-06-02"),
            ("2026-05-31", "a2", "budget_change", "", "Lower", np.nan, "2026-06-02"),
            ("2026-05-31", "a3", "win_back", "win_back_v1", "Send", 300.0, "2026-06-03"),
            ("2026-05-31", "a4", "next_experiment", "", "Run", np.nan, "2026-06-03"),
        ],
        columns=["run", "action", "kind", "audience", "title", "holdout", "day"],
    )
    log["day"] = pd.to_datetime(log["day"])
    return {
        "leaks": leaks,
        "budget_summary": budget,
        "audiences": audiences,
        "plan": plan,
        "experiments": experiments,
        "experiment_rankings": rankings,
        "ledger": ledger,
        "ledger_scores": scores,
        "decision_log": log,
    }


def _brand() -> SimpleNamespace:
    sources = {
        name: (SimpleNamespace(format=kind, path=path),)
        for name, kind, path in (
            ("orders", "shopify_orders", "orders_export*.csv"),
            ("spend", "meta_ads", "meta*.csv"),
            ("flows", "klaviyo_flows", "flows.csv"),
            ("campaigns", "klaviyo_campaigns", "campaigns.csv"),
            ("profiles", "klaviyo_profiles", "profiles.csv"),
            ("experiments", "experiments", "experiments.csv"),
        )
    }
    return SimpleNamespace(
        currency="USD",
        stages=(0.0, 1_000.0, 3_000.0, 10_000.0),
        cohorts=("channel", "first_product", "first_month"),
        costs=Costs(
            goods_rate=0.34, fulfilment_per_order=6.4, payment=Payment(rate=0.029, fixed=0.3)
        ),
        sources=SimpleNamespace(**sources),
    )


def _exports() -> dict[str, pd.DataFrame]:
    ids = [f"c_{n:03d}" for n in range(CUSTOMERS)]
    # 12-month revenue of about 122 orders x 40 = 4,880: stage 3 of the scaled bounds
    days = pd.date_range("2025-01-01", "2026-06-30", periods=CUSTOMERS).normalize()
    first = pd.DataFrame({"customer_id": ids, "ordered_at": days + pd.Timedelta(hours=20)})
    second = first.assign(ordered_at=first["ordered_at"] + pd.Timedelta(days=60)).query(
        "ordered_at < '2026-07-01'"
    )
    orders = pd.concat([first, second], ignore_index=True)
    orders["order_id"] = [f"o_{n:04d}" for n in range(len(orders))]
    orders["day"] = orders["ordered_at"].dt.normalize()
    orders["revenue"] = 40.0
    orders["channel"] = np.where(np.arange(len(orders)) % 2 == 0, "Meta Ads", "Google Ads")
    lines = pd.DataFrame({"order_id": orders["order_id"], "sku": "TEA-1", "amount": 36.0})
    spent = orders.groupby("customer_id")["revenue"].sum()
    profiles = pd.DataFrame(
        {
            "customer_id": spent.index,
            "source": "klaviyo",
            "consent_email": True,
            "consent_sms": False,
            "historic_clv": spent.to_numpy(),
            "properties": "clv_12m, favourite_tea",
        }
    )
    flow_days = pd.date_range("2026-04-02", "2026-06-30")
    flows = pd.DataFrame(
        [
            {"day": day, "flow": name, "message": f"{name} 1", "channel": "email", "status": "live"}
            for name in FLOW_NAMES
            for day in flow_days
        ]
    ).assign(delivered=50.0, bounce_rate=0.004, complaint_rate=0.0002, revenue=0.1, orders=0.0)
    campaigns = pd.DataFrame(
        {
            "campaign": ["May letter", "June letter"],
            "list": "Newsletter",
            "channel": "email",
            "send_time": pd.to_datetime(["2026-05-05 10:00", "2026-06-05 10:00"]),
            "delivered": 2_000.0,
            "bounce_rate": 0.005,
            "complaint_rate": 0.0003,
            "revenue": 10.0,
        }
    )
    spend_days = pd.date_range("2025-07-02", "2026-06-30", freq="7D")
    ads = (
        ("Meta Ads", "Prospecting", "LAL 1% top CLV value based | excl buyers 30d"),
        ("Meta Ads", "Retargeting", "VIP and lapsed"),
        ("Google Ads", "Search generic", ""),
    )
    spend = pd.DataFrame(
        [
            {"date": day, "platform": who, "channel": who, "campaign": campaign, "adset": adset}
            for day in spend_days
            for who, campaign, adset in ads
        ]
    ).assign(
        spend=10.0,
        attribution_setting="7-day click",
        source_file="meta.csv",
        daily=True,
        platform_conversions=1.0,
    )
    products = pd.DataFrame({"key": ["tea-1"], "category": ["Tea"], "unit_cost": [11.0]})
    backlog = pd.DataFrame({"id": ["e1", "e2"], "title": "t", "exp_profit_12m": [900.0, 400.0]})
    raw = {
        "orders": orders,
        "order_lines": lines,
        "products": products,
        "spend": spend,
        "profiles": profiles,
        "flows": flows,
        "campaigns": campaigns,
        "experiments": backlog,
    }
    return {name: fit(name, frame) for name, frame in raw.items()}


def _stack() -> dict[str, Any]:
    stack: dict[str, Any] = {
        item.id: {
            "state": "live" if item.level in (1, 2, 3) else "absent",
            "owner": "Ana",
            "date": "2026-05-20",
            "evidence": f"{item.id}.png",
        }
        for item in load_capabilities()
        if item.level
    }
    stack["hours_per_week"] = {"hours": 10, "hourly_rate": 40, "owner": "Ana"}
    return stack


def _tables() -> dict[str, pd.DataFrame]:
    channels = pd.DataFrame(
        {
            "channel": ["Meta Ads", "Google Ads", "Direct"],
            "spend": [1_040.0, 520.0, np.nan],
            "true_profit_mean": [300.0, 400.0, np.nan],
            "true_profit_q05": [100.0, 200.0, np.nan],
            "true_profit_q95": [500.0, 600.0, np.nan],
            "p_value_above_cac": [0.99, 0.995, np.nan],
        }
    )
    checks = pd.DataFrame({"check": ["r_hat", "divergences"], "status": "PASS"})
    readiness = pd.DataFrame({"check": ["history_length", "guest_share"], "status": "PASS"})
    return {
        "channels": channels,
        "cohorts": pd.DataFrame({"channel": ["Meta Ads"], "value_90d_mean": [50.0]}),
        "readiness": readiness,
        "model_checks": checks,
        "backtest": pd.DataFrame({"cutoff": ["2025-12-31", "2026-03-31"]}),
    }
