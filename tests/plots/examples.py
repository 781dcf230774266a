"""Small tables with the columns of a run's `tables/`, made from plain arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd

NAMES = ["Affiliates", "Direct", "Email", "Google Ads", "Meta Ads", "TikTok Ads"]
_SPEND = {"Affiliates": 41_000, "Google Ads": 212_000, "Meta Ads": 385_000, "TikTok Ads": 96_000}
_VALUE = {
    "Affiliates": 71.0,
    "Direct": 104.0,
    "Email": 118.0,
    "Google Ads": 92.0,
    "Meta Ads": 63.0,
    "TikTok Ads": 44.0,
}
_SIZE = {
    "Affiliates": 820,
    "Direct": 2100,
    "Email": 1460,
    "Google Ads": 4200,
    "Meta Ads": 6300,
    "TikTok Ads": 1950,
}
_CLAIMED = {"Affiliates": 2.6, "Google Ads": 2.4, "Meta Ads": 3.1, "TikTok Ads": 2.2}


def channels(names: list[str] | None = None) -> pd.DataFrame:
    names = NAMES if names is None else names
    rows = []
    for i, name in enumerate(names):
        size = _SIZE.get(name, 300 + 137 * i)
        value = _VALUE.get(name, 40.0 + 9 * i)
        known = name in NAMES
        spend = float(_SPEND.get(name, np.nan if known else 9_000 + 4_000 * i))
        cac = spend / size
        width = 22 / np.sqrt(size)
        value_q = {q: value * (1 + z * width / 2.5) for q, z in _Z.items()}
        roas = value / cac
        paid = np.isfinite(spend)
        # curves() reach 45% of the value on day 0 and the rest with age to the power of 0.6
        payback = 365 * max((cac / value - 0.45) / 0.55, 0.02) ** (1 / 0.6) if paid else np.inf
        rows.append(
            {
                "channel": name,
                "customers": size,
                "spend": spend,
                "cac": cac,
                "reported_roas": _CLAIMED.get(name, np.nan if known else 1.2 + 0.31 * i),
                "attribution": "7-day click, 1-day view" if paid else None,
                **{f"value_12m_{k}": v for k, v in value_q.items()},
                "roas_12m_mean": roas,
                "roas_12m_q05": value_q["q05"] / cac,
                "roas_12m_q50": roas,
                "roas_12m_q95": value_q["q95"] / cac,
                "true_profit_mean": (value - cac) * size,
                "true_profit_q05": (value_q["q05"] - cac) * size,
                "true_profit_q95": (value_q["q95"] - cac) * size,
                "p_value_above_cac": np.clip(0.5 + (value - cac) / 80, 0.001, 0.999),
                "payback_days_mean": payback if payback < 365 else np.inf,
                "payback_days_q05": payback * 0.7 if paid else np.nan,
                "payback_days_q95": payback * 1.4 if payback * 1.4 < 365 else np.nan,
                "p_payback_12m": 0.8,
                "p_rank_flip": 0.15 + 0.6 * ((i * 7) % 5) / 5,
                "observed_share": 0.58,
                "break_even_roas": 1 / (0.42 + 0.01 * (i % 4)),
            }
        )
    table = pd.DataFrame(rows)
    table["rank_reported"] = table["reported_roas"].rank(ascending=False)
    table["rank_value"] = table["roas_12m_mean"].where(table["spend"] > 0).rank(ascending=False)
    return table


_Z = {"mean": 0.0, "q05": -1.64, "q25": -0.67, "q50": 0.0, "q75": 0.67, "q95": 1.64}


def rank_flips() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "channel_a": ["Meta Ads", "Meta Ads", "Affiliates"],
            "channel_b": ["Google Ads", "Affiliates", "Google Ads"],
            "reported_a": [3.1, 3.1, 2.6],
            "reported_b": [2.4, 2.6, 2.4],
            "roas_12m_a": [1.03, 1.03, 1.42],
            "roas_12m_b": [1.82, 1.42, 1.82],
            "p_flip": [0.97, 0.88, 0.81],
        }
    )


def months(count: int, start: str = "2025-01") -> list[str]:
    return [str(p) for p in pd.period_range(start, periods=count, freq="M")]


def cohorts(names: list[str] | None = None, count: int = 14, by: str = "channel") -> pd.DataFrame:
    names = NAMES if names is None else names
    rows = []
    for j, name in enumerate(names):
        for i, month in enumerate(months(count)):
            customers = 12 + ((i * 37 + j * 91) % 400)
            value = _VALUE.get(name, 40.0 + 9 * j) * (1 + 0.15 * np.sin(i / 2))
            width = 1.64 * value * 1.6 / np.sqrt(customers)
            rows.append(
                {
                    "first_month": month,
                    by: name,
                    "customers": customers,
                    "value_12m_mean": value,
                    "value_12m_q05": value - width,
                    "value_12m_q95": value + width,
                    "observed_share": float(np.clip((count - i - 0.5) / 12, 0, 1)),
                }
            )
    return pd.DataFrame(rows)


def by_month(count: int = 14) -> pd.DataFrame:
    return cohorts(["Email"], count).drop(columns="channel")


def products() -> pd.DataFrame:
    names = ["Green tea", "Black tea", "Herbal tea", "Starter set", "Accessories", "Other"]
    table = cohorts(names, 1, by="first_product").drop(columns="first_month")
    table["customers"] = [4100, 3900, 2600, 2250, 610, 890]
    table["observed_share"] = [0.7, 0.66, 0.61, 0.3, 0.55, 0.48]
    return table


def curves(names: list[str] | None = None) -> pd.DataFrame:
    table = channels(names)
    ages = [*range(0, 365, 7), 365]
    rows = []
    for r in table.to_dict("records"):
        for age in ages:
            value = r["value_12m_mean"] * (0.45 + 0.55 * (age / 365) ** 0.6)
            width = 0.12 * r["value_12m_mean"] * (0.2 + age / 365)
            rows.append(
                {
                    "channel": r["channel"],
                    "age_days": age,
                    "value_mean": value,
                    "value_q05": value - width,
                    "value_q95": value + width,
                    "observed_share": 1 - age / 400,
                    "cac": r["cac"],
                }
            )
    return pd.DataFrame(rows)


def retention(count: int = 14) -> pd.DataFrame:
    rows = []
    for i, month in enumerate(months(count)):
        for age in range(count - i):
            rows.append(
                {
                    "first_month": month,
                    "month": age,
                    "customers": 40 if i % 9 == 7 else 900 - 16 * i,
                    "active": 0,
                    "retention": 1.0 if age == 0 else 0.19 / age**0.45 + 0.01 * ((i * 5) % 3),
                }
            )
    return pd.DataFrame(rows)


def history_matrix() -> pd.DataFrame:
    gaps = ["0-4", "5-8", "9-13", "14-26", "27-39", "40-52", "53+"]
    rows = []
    for i, orders in enumerate(["0", "1", "2", "3", "4", "5", "6", "7+"]):
        for j, gap in enumerate(gaps):
            rows.append(
                {
                    "repeat_orders": orders,
                    "weeks_since_last": gap,
                    "customers": round(2400 * 0.55**i * 0.8**j),
                    "p_alive_mean": float(0.95 * np.exp(-j * (0.1 + 0.08 * i))),
                    "next_12m_orders_mean": 0.3 + 0.6 * i * np.exp(-j / 2),
                }
            )
    return pd.DataFrame(rows)


def tracking(weeks: int = 90, ahead: int = 26) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    days = pd.date_range("2024-11-04", periods=weeks + ahead, freq="7D")
    mean = 60 + 1.1 * np.arange(weeks + ahead) + 22 * np.sin(np.arange(weeks + ahead) / 8.3)
    width = 1.64 * np.sqrt(mean) * np.where(np.arange(weeks + ahead) < weeks, 1.0, 1.6)
    observed = rng.poisson(mean).astype(float)
    observed[weeks:] = np.nan
    return pd.DataFrame(
        {
            "week": days.strftime("%Y-%m-%d"),
            "observed": observed,
            "expected_mean": mean,
            "expected_q05": mean - width,
            "expected_q95": mean + width,
            "phase": np.where(np.arange(weeks + ahead) < weeks, "fit", "forecast"),
        }
    )


def backtest(count: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    mean = 900 * 0.88 ** np.arange(count)
    sd = 0.12 * mean + 2 * np.sqrt(mean)
    months_ = months(12, "2024-07")
    return pd.DataFrame(
        {
            "cutoff": "2025-12-31",
            "horizon_days": 181,
            "level": "cohort",
            "group": [f"{NAMES[i % 6]}, {months_[i % 12]}" for i in range(count)],
            "metric": "orders",
            "pooling": "partial",
            "actual": np.maximum(0, rng.normal(mean, sd)).round(),
            "mean": mean,
            "q05": np.maximum(mean - 1.64 * sd, 0),
            "q95": mean + 1.64 * sd,
            **{
                name: np.maximum(mean + z * sd, 0)
                for name, z in {
                    "q025": -1.96, "q10": -1.28, "q25": -0.67, "q75": 0.67, "q90": 1.28,
                    "q975": 1.96,
                }.items()
            },
            "pit": (np.arange(count) * 0.37 + 0.05) % 1.0,
        }
    )  # fmt: skip


def deciles() -> pd.DataFrame:
    predicted = 212.0 * 0.62 ** np.arange(10)
    return pd.DataFrame(
        {
            "cutoff": "2025-12-31",
            "horizon_days": 181,
            "metric": "contribution",
            "decile": np.arange(1, 11),
            "customers": [121] * 5 + [120] * 5,
            "predicted": predicted,
            "actual": predicted * (1 + 0.2 * np.cos(np.arange(10))) - 2.5,
            "pooling": "partial",
        }
    )


def models() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "horizon_days": 181,
            "level": "cohort",
            "metric": "orders",
            "model": ["workbench", "cohort_mean", "last_year", "pooled_point", "cohort_point"],
            "cutoffs": [3, 3, 1, 3, 3],
            "wape": [0.21, 0.31, 0.18, 0.29, 0.44],
            "bias": [-0.03, 0.11, 0.02, -0.14, 0.3],
            "ours_wape": [0.21, 0.21, 0.19, 0.21, 0.21],
        }
    )


def ablation() -> pd.DataFrame:
    sizes = ["<30", "30-99", "100-299", "300-999", ">=1000"]
    rows = [
        {
            "horizon_days": 181,
            "metric": "orders",
            "size": size,
            "pooling": pooling,
            "groups": 3 + i,
            "wape": (0.6 + 0.15 * j * (2 - i)) / (1 + i),
            "pinball": (0.3 + 0.05 * j) / (1 + i),
            "covered": 0.9 - 0.1 * j,
        }
        for i, size in enumerate(sizes)
        for j, pooling in enumerate(["partial", "complete", "none"])
    ]
    return pd.DataFrame(rows)


_CAPABILITIES = [
    ("Abandoned-cart flow live", 1, "proven", 2),
    ("Welcome series live", 1, "proven", 2),
    ("Post-purchase flow live", 1, "proven", 1),
    ("Browse-abandonment flow live", 1, "gap", 0),
    ("Win-back flow live", 1, "gap", 2),
    ("Order and shipping messages", 1, "proven", 2),
    ("Flow exclusions right", 1, "ask", 1),
    ("Deliverability (SPF, DKIM, DMARC, bounces)", 1, "proven", 1),
    ("Consent kept by channel", 1, "proven", 1),
    ("ESP and Shopify order sync", 1, "proven", 2),
    ("SMS quiet hours and frequency cap", 1, "unknown", 1),
    ("Custom-audience sync automatic", 2, "ask", 1),
    ("Lookalikes from best customers", 2, "gap", 0),
    ("Value-based seed used", 2, "gap", 0),
    ("Recent buyers suppressed from acquisition", 2, "gap", 2),
    ("RFM segments synced to ads", 2, "unknown", 0),
    ("Retargeting rules and frequency guardrails", 2, "unknown", 1),
    ("Attribution tool, model, window declared", 2, "proven", 1),
    ("Acquisition channel known per customer", 2, "proven", 1),
    ("Server-side events", 2, "ask", 1),
    ("90-day cohort value reported monthly", 2, "gap_no_profit", 0),
    ("12 months of clean history", 3, "proven", 0),
    ("Costs per order known", 3, "gap", 0),
    ("CLV by channel, product and month", 3, "proven", 0),
    ("CLV property drives segments", 3, "gap", 0),
    ("Budget moved on 12-month payback", 3, "ask", 0),
    ("Experiment backlog scored by profit", 3, "gap_no_profit", 0),
    ("Holdouts for flows and audiences", 3, "unknown", 0),
    ("Weights refreshed on schedule", 3, "gap_no_profit", 0),
    ("Opportunity detection across tools", 4, "not_applicable", 0),
    ("Auto-launch with guardrails", 4, "not_applicable", 0),
    ("Creative generation by segment", 4, "informative", 0),
]


def gaps() -> pd.DataFrame:
    table = pd.DataFrame(_CAPABILITIES, columns=["capability", "level", "state", "declared"])
    is_gap = table["state"] == "gap"
    size = np.where(is_gap, 96_000 / (1 + np.arange(len(table)) / 6), np.nan)
    table["profit_at_stake_mean"] = size
    table["profit_at_stake_q05"] = size * 0.3 - 12_000
    table["profit_at_stake_q95"] = size * 1.9
    table["p_pays"] = np.where(is_gap, 0.93, np.nan)
    table["action"] = "Switch it on and watch it for 30 days."
    return table


def levels() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "level": [1, 2, 3, 4],
            "name": [
                "Rule-based triggers",
                "Audience-based automation",
                "CLV-weighted automation",
                "Autonomous growth execution",
            ],
            "required": [True, True, True, False],
            "share_declared": [0.92, 0.7, 0.31, 0.0],
            "share_evidenced": [0.84, 0.35, 0.12, 0.0],
            "holds_declared": [True, False, False, False],
            "holds_evidenced": [True, False, False, False],
        }
    )


def prior() -> pd.DataFrame:
    rows = []
    for name, middle, seen in (
        ("repeat_share", 0.38, 0.36),
        ("orders_12m", 2.0, 1.7),
        ("value_12m", 56.0, 49.0),
    ):
        ends = {"q05": 0.6, "q25": 0.8, "q50": 1.0, "q75": 1.3, "q95": 2.1}
        rows.append(
            {
                "quantity": name,
                "unit": "per customer",
                "horizon_days": 365,
                **{f"prior_{q}": middle * factor for q, factor in ends.items()},
                "posterior_mean": seen * 1.02,
                "posterior_q05": seen * 0.98,
                "posterior_q95": seen * 1.06,
                "observed": seen,
                "customers": 1204,
                "prior_below": 0.41,
            }
        )
    return pd.DataFrame(rows)


def ages(count: int = 6) -> pd.DataFrame:
    rows = []
    for i, month in enumerate(months(count)):
        for age in (0, 30, 90, 180, 365):
            value = 30 + 2 * i + 0.1 * age
            rows.append(
                {
                    "first_month": month,
                    "age_days": age,
                    "customers": 40 + 90 * i,
                    "value_mean": value,
                    "value_low": value - 0.01 * age,
                    "value_high": value + 0.01 * age,
                    "observed_share": float(age <= 30 * (count - i)),
                }
            )
    return pd.DataFrame(rows)


def shrunk() -> pd.DataFrame:
    rows = []
    for i, channel in enumerate(NAMES):
        for k, size in enumerate((4, 37, 210, 1_900)):
            raw = _VALUE[channel] + (-1) ** (i + k) * 60 / np.sqrt(size)
            rows.append(
                {
                    "channel": channel,
                    "first_product": f"Product {k}",
                    "first_month": "All",
                    "customers": size,
                    "raw_mean": raw,
                    "raw_low": raw - 100 / np.sqrt(size),
                    "raw_high": raw + 100 / np.sqrt(size),
                    "pooled_mean": (raw * size + 80 * 50) / (size + 50),
                    "pooled_low": (raw * size + 80 * 50) / (size + 50) - 5,
                    "pooled_high": (raw * size + 80 * 50) / (size + 50) + 5,
                }
            )
    return pd.DataFrame(rows)


def _three(side: str, middle: float, width: float) -> dict[str, float]:
    return {
        f"{side}_mean": middle,
        f"{side}_low": middle - width,
        f"{side}_high": middle + width,
    }


def what_if() -> pd.DataFrame:
    told = {"value": (118.0, 130.0, 9.0), "cac": (70.0, 77.0, 0.0),
            "true_profit": (210_000.0, 232_000.0, 30_000.0)}  # fmt: skip
    return pd.DataFrame(
        {
            "quantity": name,
            **_three("now", now, width),
            **_three("then", then, width),
            **_three("change", then - now, width / 8),
        }
        for name, (now, then, width) in told.items()
    )


def comparison() -> pd.DataFrame:
    told = {"value": (118.0, 92.0, 9.0), "cac": (70.0, 66.0, 0.0)}
    return pd.DataFrame(
        {
            "quantity": name,
            "a_name": "Spring buyers",
            "b_name": "Autumn buyers",
            "a_customers": 1_204,
            "b_customers": 880,
            **_three("a", a, width),
            **_three("b", b, width),
            **_three("difference", a - b, width),
            "p_a_above_b": 0.97,
        }
        for name, (a, b, width) in told.items()
    )


def orders() -> pd.DataFrame:
    brought = [18.0, 11.5, 14.0, 9.25]
    return pd.DataFrame(
        {
            "order": [1, 2, 3, 4],
            "day": pd.to_datetime(["2025-03-01", "2025-06-11", "2025-12-24", "2026-05-02"]),
            "revenue": [41.0, 30.0, 35.0, 24.0],
            "contribution": brought,
            "contribution_to_date": np.cumsum(brought),
        }
    )


def customer() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "p_active": [0.83],
            "next_12m_orders": [2.4],
            "next_12m_mean": [31.0],
            "next_order_date": pd.to_datetime(["2026-08-20"]),
            "value_12m_mean": [43.5],
            "value_12m_low": [31.0],
            "value_12m_high": [58.0],
        }
    )
