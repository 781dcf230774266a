"""A synthetic analysis: the tables of one brand, made from draws so that they agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.report.synthetic_decisions import decision_tables, ledger_tables
from workbench.report.facts import TABLES
from workbench.spectrum import load_capabilities
from workbench.spectrum.levels import stages_table

CHANNELS = ("Meta Ads", "Google Ads", "TikTok Ads", "Email", "Direct")
PRODUCTS = ("Green tea", "Black tea", "Teaware")
MONTHS = tuple(str(m) for m in pd.period_range("2024-07", "2026-06", freq="M"))
STATES = ("gap_no_profit", "proven", "unknown", "ask")


@dataclass
class FakeAnalysis:
    """Stands in for `workbench.analysis.Analysis`: tables, meta, folder and save."""

    meta: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    folder: Path = Path("reports/fake/2026-06-30")
    saved: list[str] = field(default_factory=list)

    def table(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def save(self, *names: str, folder: Path | None = None) -> None:
        self.saved = list(names)
        folder = (self.folder if folder is None else folder) / "tables"
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            self.tables[name].to_csv(folder / f"{name}.csv", index=False)

    def prepare_outbox(self) -> None:
        """Need nothing."""

    def record_forecasts(self) -> None:
        """There is no fit that forecasts."""

    def write_outbox(self) -> None:
        """There is nobody to write to."""


def fake_analysis(
    *,
    brand: str = "Juniper Tea",
    currency: str = "USD",
    channels: tuple[str, ...] = CHANNELS,
    products: tuple[str, ...] = PRODUCTS,
    months: tuple[str, ...] = MONTHS,
    spend: bool = True,
    costs: bool = True,
    money: bool = True,
    repeat: bool = True,
    stack: bool = True,
    joint: bool = False,
    scale: float = 1.0,
    readiness_fails: str = "",
    model_fails: str = "",
    backtest: bool = False,
    backlog: bool = True,
    ledger: bool = False,
    seed: int = 1,
) -> FakeAnalysis:
    """Build the tables of a brand; each option takes something away or makes something fail."""
    rng = np.random.default_rng(seed)
    value = (
        scale
        * (70 + 25 * rng.standard_normal(len(channels)))[:, None]
        * rng.lognormal(0, 0.07, (len(channels), 2000))
    )
    table = _channels(rng, channels, value, spend=spend, costs=costs, scale=scale)
    if not money:
        table = table.iloc[:0]
    meta = {
        "brand": brand, "currency": currency if money else "", "as_of": date(2026, 6, 30),
        "stage": 3, "revenue_12m": 5.1e6 * scale if money else None,
        "history_start": date(2024, 7, 1), "window_start": date(2025, 7, 1),
        "window_end": date(2026, 6, 30), "customers": 41_230, "orders": 58_114,
        "interval": 0.90, "seed": 20260630, "draws": 2000, "input_hash": "abc123",
        "fit_key": "def456", "versions": {"python": "3.11", "pymc": "5.28.5"},
        "has_money": money, "has_spend": spend, "has_channels": len(channels) > 1,
        "has_products": len(products) > 1, "has_costs": costs,
        "repeat_share": 0.31 if repeat else 0.0,
        "unknown_channel_share": 0.06,
    }  # fmt: skip
    tables = dict.fromkeys((*TABLES, "segments"), pd.DataFrame())
    tables.update(
        readiness=_checks("history_length", "unknown_channel", "spend_months", readiness_fails),
        model_checks=_with_health(
            _checks("R-hat", "Effective draws", "predictive", model_fails), fails=bool(model_fails)
        ),
        channels=table,
        summary=_summary(table, value, money=money, joint=joint, scale=scale),
        retention=_retention(months, repeat=repeat),
        history_matrix=_history(),
        tracking=_tracking(rng),
        reading_log=pd.DataFrame(
            {
                "source": ["orders"],
                "file": ["orders.csv"],
                "what": ["voided"],
                "count": [12],
                "note": [""],
            }
        ),
        gaps=_gaps(money=money, scale=scale) if stack else pd.DataFrame(),
        levels=_levels() if stack else pd.DataFrame(),
        stages=stages_table(_gaps(money=money, scale=scale), 5.1e6) if stack else pd.DataFrame(),
    )
    if money:
        cells = [(c, p, m) for m in months for c in channels for p in products]
        tables["cohorts"] = _values(
            rng, scale, pd.DataFrame(cells, columns=["channel", "first_product", "first_month"])
        )
        tables["months"] = _values(rng, scale, pd.DataFrame({"first_month": months}))
        tables["products"] = _values(rng, scale, pd.DataFrame({"first_product": products}))
        tables["channel_months"] = _values(
            rng,
            scale,
            pd.DataFrame(
                [(m, c) for m in months for c in channels], columns=["first_month", "channel"]
            ),
        )
        tables["curves"] = _curves(table)
        tables["rank_flips"] = _flips(table, value) if spend else pd.DataFrame()
    tables.update(decision_tables(table, spend=spend, money=money, backlog=backlog, scale=scale))
    if ledger:
        tables.update(ledger_tables(channels, scale))
    if backtest:
        tables["backtest"] = _backtest(rng)
        tables["backtest_customers"] = _deciles()
        tables["backtest_scores"] = _scores()
    return FakeAnalysis(meta, tables)


def _quantiles(draws: np.ndarray, prefix: str) -> dict[str, np.ndarray]:
    names = {"q05": 5, "q25": 25, "q50": 50, "q75": 75, "q95": 95}
    return {
        f"{prefix}mean": draws.mean(-1),
        **{f"{prefix}{name}": np.percentile(draws, q, axis=-1) for name, q in names.items()},
    }


def _channels(rng, channels, value, *, spend, costs, scale):  # type: ignore[no-untyped-def]
    n = len(channels)
    paid = np.array(
        [spend and name not in ("Email", "Direct", "All channels") for name in channels]
    )
    customers = rng.integers(2000, 12_000, n)
    cac = np.where(paid, scale * (80 + 12 * rng.standard_normal(n)), np.nan)
    roas = value / cac[:, None]
    profit = (value - cac[:, None]) * customers[:, None]
    reported = np.where(paid, 1.2 + 2.5 * rng.random(n), np.nan)
    payback = 365 * cac[:, None] / value
    late = np.where(payback > 365, np.inf, payback)
    p_value = np.where(paid, (value > cac[:, None]).mean(1), np.nan)
    return pd.DataFrame(
        {
            "channel": channels, "customers": customers, "spend": cac * customers, "cac": cac,
            "reported_roas": reported,
            "attribution": np.where(paid, "7-day click, 1-day view", None),
            **_quantiles(value, "value_12m_"), **_quantiles(roas, "roas_12m_"),
            **_quantiles(profit, "true_profit_"), "p_value_above_cac": p_value,
            "payback_days_mean": np.where(paid, np.minimum(payback, 365).mean(1), np.nan),
            "payback_days_q05": np.where(paid, np.quantile(late, 0.05, axis=1, method="lower"),
                                         np.nan),
            "payback_days_q95": np.where(paid, np.quantile(late, 0.95, axis=1, method="lower"),
                                         np.nan),
            "p_payback_12m": p_value,
            "rank_reported": pd.Series(reported).rank(ascending=False).to_numpy(),
            "rank_value": pd.Series(np.where(paid, roas.mean(1), np.nan))
            .rank(ascending=False).to_numpy(),
            "p_rank_flip": np.where(paid, 0.4, np.nan), "observed_share": 0.62,
            "break_even_roas": np.where(paid, 1.7 if costs else 1.0, np.nan),
        }
    )  # fmt: skip


def _flips(table, value):  # type: ignore[no-untyped-def]
    paid = table[table["cac"].notna()].sort_values("reported_roas", ascending=False)
    roas = {i: value[i] / table.loc[i, "cac"] for i in paid.index}
    rows = [
        {
            "channel_a": paid.loc[a, "channel"], "channel_b": paid.loc[b, "channel"],
            "reported_a": paid.loc[a, "reported_roas"], "reported_b": paid.loc[b, "reported_roas"],
            "roas_12m_a": roas[a].mean(), "roas_12m_b": roas[b].mean(),
            "p_flip": (roas[b] > roas[a]).mean(),
        }
        for i, a in enumerate(paid.index) for b in paid.index[i + 1:]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _summary(table, value, *, money, joint, scale):  # type: ignore[no-untyped-def]
    rows = []
    if money:
        n = table["customers"].to_numpy()
        total = (value * n[:, None]).sum(0) / n.sum()
        rows.append(("value_12m", total, "per customer", "observed + predicted"))
        paid = table["cac"].notna().to_numpy()
        if paid.any():
            profit = ((value - table["cac"].to_numpy()[:, None]) * n[:, None])[paid].sum(0)
            rows.append(("true_profit", profit, "12 months", "observed + predicted"))
            for quantity, mean in (("p_rank_disagree", 0.88), ("spend_without_customers", 4_200.0)):
                rows.append((quantity, np.full(2, mean), "", "observed"))
        if joint:
            both = scale * np.random.default_rng(3).normal(310e3, 120e3, 2000)
            rows.append(("gaps_joint", both, "a year", "predicted"))
    return pd.DataFrame(
        [
            {"quantity": name, "mean": d.mean(), "q05": np.percentile(d, 5),
             "q95": np.percentile(d, 95), "unit": unit, "basis": basis}
            for name, d, unit, basis in rows
        ]
    )  # fmt: skip


def _values(rng, scale, frame):  # type: ignore[no-untyped-def]
    n = len(frame)
    draws = scale * (75 + 15 * rng.standard_normal(n))[:, None] * rng.lognormal(0, 0.15, (n, 400))
    age = 720 - 30 * (frame.index.to_numpy() * 24 // max(n, 1))
    return frame.assign(
        customers=rng.integers(20, 900, n), customers_90d=rng.integers(20, 900, n),
        age_days=age, observed_share=np.clip(age / 365, 0.1, 1.0),
        retention_90d=np.where(age >= 90, 0.22, np.nan), value_90d_mean=scale * 50.0,
        value_90d_q05=scale * 48.0, value_90d_q95=scale * 52.0, pooled_towards="channel",
        **_quantiles(draws, "value_12m_"),
    )  # fmt: skip


def _curves(table):  # type: ignore[no-untyped-def]
    rows = []
    for row in table.to_dict("records"):
        for age in [*range(0, 365, 7), 365]:
            part = 0.55 + 0.45 * np.sqrt(age / 365)
            rows.append({
                "channel": row["channel"], "age_days": age,
                "value_mean": part * row["value_12m_mean"],
                "value_q05": part * row["value_12m_q05"],
                "value_q95": part * row["value_12m_q95"],
                "observed_share": 1 - 0.5 * age / 365, "cac": row["cac"],
            })  # fmt: skip
    return pd.DataFrame(rows)


def _checks(first: str, second: str, third: str, fails: str) -> pd.DataFrame:
    rows = [
        (first, "PASS", 730, ">= 90 days", "The history is long enough.", ""),
        (second, "REVIEW", 0.06, "<= 5%", "6% of customers have no known channel.",
         "Add the map from orders to channels."),
        (third, "PASS", 0, "0", "Nothing was found.", ""),
    ]  # fmt: skip
    if fails:
        rows.append((fails, "FAIL", 1.4, "<= 1.01", "The check does not hold.",
                     "Give the file that is missing."))  # fmt: skip
    columns = ["check", "status", "value", "threshold", "message", "recommendation"]
    return pd.DataFrame(rows, columns=columns)


def _with_health(checks: pd.DataFrame, *, fails: bool) -> pd.DataFrame:
    score, status = (20, "FAIL") if fails else (95, "PASS")
    row = ("Health", status, score, "at least 80 of 100",
           f"{score} of 100. Lowered most by: Effective draws (REVIEW).", "")  # fmt: skip
    return pd.concat([pd.DataFrame([row], columns=checks.columns), checks], ignore_index=True)


def _retention(months, *, repeat):  # type: ignore[no-untyped-def]
    rows = [
        {"first_month": m, "month": k, "customers": 300, "active": 30 if repeat else 0,
         "retention": (0.1 if repeat else 0.0) if k else 1.0}
        for i, m in enumerate(months) for k in range(min(13, len(months) - i))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _history() -> pd.DataFrame:
    rows = [
        {"repeat_orders": r, "weeks_since_last": w, "customers": 400 - 50 * i - 30 * j,
         "p_alive_mean": 0.8 - 0.15 * j, "next_12m_orders_mean": 0.3 * (i + 1)}
        for i, r in enumerate(("0", "1", "2", "3")) for j, w in enumerate(("0-4", "5-8", "9-13"))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _tracking(rng) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    weeks = [date(2025, 7, 7) + timedelta(weeks=i) for i in range(78)]
    expected = 200 + 30 * np.sin(np.arange(78) / 8)
    return pd.DataFrame(
        {
            "week": [w.isoformat() for w in weeks],
            "observed": np.where(np.arange(78) < 52, np.round(expected + rng.normal(0, 12, 78)),
                                 np.nan),
            "expected_mean": expected, "expected_q05": expected - 25, "expected_q95": expected + 25,
            "phase": ["fit"] * 52 + ["forecast"] * 26,
        }
    )  # fmt: skip


def _gaps(*, money, scale) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    rows = []
    for i, item in enumerate(load_capabilities()):
        priced = item.id in ("budget_on_value", "hours_per_week") and money
        state = "gap" if priced else STATES[i % 4] if item.level in (1, 2, 3) else "informative"
        worth = scale * 3e3 * i if priced else np.nan
        rows.append({
            "capability": item.id, "level": item.level, "stage_required": item.stage,
            "declared": float(i % 3), "evidenced": 2.0 if state == "proven" else np.nan,
            "state": state, "evidence": "You told us: live. No send was delivered in 30 days.",
            "evidence_date": pd.Timestamp("2026-06-03"), "profit_at_stake_mean": worth,
            "profit_at_stake_q05": -0.2 * worth, "profit_at_stake_q95": 2.1 * worth,
            "p_pays": 0.88 if priced else np.nan, "effort_hours": item.effort_hours,
            "overlap_group": item.overlap_group,
            "assumption": "spend goes on as in the last twelve months" if priced else "",
            "action": item.remedy, "owner": "", "due": pd.Timestamp("2026-08-29"),
            "contradicts": state == "gap" and i % 5 == 0,
            "state_if_needed": "gap" if state == "informative" else state,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _levels() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "level": [1, 2, 3, 4],
            "name": ["Rule-based triggers", "Audience-based automation",
                     "CLV-weighted automation", "Autonomous growth execution"],
            "required": [True, True, True, False], "declared_points": [18, 10, 4, 0],
            "evidenced_points": [17, 6, 1, 0], "share_declared": [0.9, 0.5, 0.3, 0.0],
            "share_evidenced": [0.85, 0.3, 0.1, 0.0], "holds_declared": [True, False, False, False],
            "holds_evidenced": [True, False, False, False],
        }
    )  # fmt: skip


def _backtest(rng) -> pd.DataFrame:  # type: ignore[no-untyped-def]
    mean = rng.uniform(200, 900, 24)
    table = pd.DataFrame(
        {
            "cutoff": "2025-12-31", "horizon_days": 180, "level": "cohort",
            "group": [f"Meta Ads · 2025-{i % 12 + 1:02d} · {i}" for i in range(24)],
            "customers": 300, "metric": "contribution", "pooling": "partial",
            "actual": mean * rng.normal(1, 0.15, 24), "mean": mean, "q025": 0.65 * mean,
            "q05": 0.7 * mean, "q25": 0.9 * mean, "q50": mean, "q75": 1.1 * mean,
            "q95": 1.3 * mean, "q975": 1.35 * mean, "q10": 0.8 * mean, "q90": 1.2 * mean,
            "crps": 0.05 * mean, "pit": rng.uniform(size=24),
        }
    )  # fmt: skip
    table["customers"] = [12, 60, 180, 700] * 6
    others = [
        table.assign(mean=table["mean"] * factor, pooling=pooling)
        for factor, pooling in ((1.1, "complete"), (0.8, "none"))
    ]
    return pd.concat([table, *others], ignore_index=True)


def _deciles() -> pd.DataFrame:
    mean = 90.0 * 0.6 ** np.arange(10)
    return pd.DataFrame(
        {
            "cutoff": "2025-12-31", "horizon_days": 180, "metric": "contribution",
            "decile": np.arange(1, 11), "customers": 720, "predicted": mean,
            "actual": mean * (1 + 0.1 * np.cos(np.arange(10))), "pooling": "partial",
        }
    )  # fmt: skip


def _scores() -> pd.DataFrame:
    models = ["workbench", "cohort_mean", "pooled_point", "workbench"]
    return pd.DataFrame(
        {
            "model": models, "cutoff": "2025-12-31", "horizon_days": 180,
            "level": ["cohort", "cohort", "cohort", "customer"], "metric": "contribution",
            "pooling": ["partial", "complete", "complete", "partial"], "groups": 24,
            "actual": 13_000.0, "mean": [12_700.0, 14_000.0, 15_500.0, 12_700.0],
            "bias": [-0.02, 0.08, 0.19, -0.02], "wape": [0.15, 0.22, 0.31, 0.8],
            "gini": [np.nan, np.nan, np.nan, 0.62],
        }
    )  # fmt: skip
