"""Synthetic tables of decisions and of the ledger, from draws so that they agree."""

from __future__ import annotations

import numpy as np
import pandas as pd


def decision_tables(
    channels: pd.DataFrame, *, spend: bool, money: bool, backlog: bool, scale: float
) -> dict[str, pd.DataFrame]:
    """Build what the desk gives for these channels; each option takes something away."""
    notes = []
    tables = {"audiences": _audiences(scale, money=money)}
    paid = channels[channels["cac"].notna()] if spend and money else channels.head(0)
    if paid.empty:
        notes.append(("budget", "No budget: no spend was given.", 0))
    else:
        tables |= _budget(paid, scale)
        notes.append(("budget", "new customers of unknown channel", 2489))
    if not money:
        notes.append(("experiments", "No ranking: the log holds no money.", 0))
    elif not backlog:
        notes.append(("experiments", "No backlog of experiments was given.", 0))
    else:
        tables |= _experiments(scale)
        notes.append(("experiments", "ideas without figures, see their note", 1))
    tables["plan"] = _plan(paid, scale, money=money, backlog=backlog and money)
    tables["audiences_left_out"] = pd.DataFrame(
        {
            "audience": ["win_back_v1"],
            "reason": ["refused e-mail marketing"],
            "customers": [53],
            "tool": [""],
        }
    )
    tables["decision_notes"] = pd.DataFrame(notes, columns=["part", "note", "count"])
    return tables


def _ends(draws: np.ndarray, prefix: str = "") -> dict[str, np.ndarray]:
    return {
        f"{prefix}q05": np.quantile(draws, 0.05, -1),
        f"{prefix}q95": np.quantile(draws, 0.95, -1),
    }


def _budget(paid: pd.DataFrame, scale: float) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(11)
    n = len(paid)
    now = (paid["spend"] / 12).to_numpy(dtype=float)
    step = np.resize([-0.2, 0.2, 0.0], n)
    cost = paid["cac"].to_numpy(dtype=float)[:, None] * rng.lognormal(0.7, 0.3, (n, 400))
    value = paid["value_12m_mean"].to_numpy(dtype=float)
    gain = (
        np.resize([0.06, 0.03, 0.0], n)[:, None] * now[:, None]
        + rng.normal(0, 0.03, (n, 400)) * now[:, None]
    )
    p_lost = (cost > value[:, None]).mean(1)
    verbs = np.resize(["move", "move a part and measure", "test first"], n)
    table = pd.DataFrame(
        {
            "channel": paid["channel"].to_numpy(), "spend_now": now,
            "spend_proposed": now * (1 + step), "low": 0.8 * now, "high": 1.2 * now,
            "change": now * step, "customers_now": now / paid["cac"].to_numpy(),
            "cac": paid["cac"].to_numpy(), "p_cac_above_value": 1 - paid["p_value_above_cac"],
            "marginal_cac": cost.mean(1), **_ends(cost, "marginal_cac_"),
            "marginal_value": (value[:, None] / cost).mean(1),
            **_ends(value[:, None] / cost, "marginal_value_"), "p_marginal_below_1": p_lost,
            "identified": np.arange(n) > 0, "spend_varied": 0.3, "value_mean": value,
            "expected_profit_change": gain.mean(1), **_ends(gain),
            "p_better": np.where(step == 0, np.nan, (gain > 0).mean(1)),
            "price_of_money": 1.0, "evsi_test": 900.0 * scale, "test_cost": 200.0 * scale,
            "verb": verbs, "reason": "More spend here earns more at the margin.",
        }
    )  # fmt: skip
    total = gain.sum(0)
    summary = pd.DataFrame(
        {
            "currency": "", "horizon_weeks": [13], "recent_weeks": 8, "risk": "expected",
            "spend_now": now.sum(), "spend_proposed": (now * (1 + step)).sum(),
            "changes": int((step != 0).sum()), "expected_profit_change": total.mean(),
            **{k: [v] for k, v in _ends(total).items()}, "p_better": (total > 0).mean(),
            "loss_1_in_20": max(-np.quantile(total, 0.05), 0.0),
            "cvar_05": np.sort(total)[:20].mean(), "expected_regret": 300.0 * scale,
            "optimism": 0.0, "best_test": table["channel"].iloc[0],
            "evsi_test": 900.0 * scale, "test_cost": 200.0 * scale, "verb": "move",
        }
    )  # fmt: skip
    ratio = np.linspace(0.5, 1.5, 33)
    curves = [
        pd.DataFrame(
            {
                "channel": row["channel"], "spend": ratio * row["spend_now"],
                "inside": np.abs(ratio - 1) <= 0.2, "seen": ratio > 0.8,
                "identified": row["identified"], "profit_mean": 0.6 - ratio / 2,
                "profit_q05": 0.3 - ratio / 2, "profit_q95": 0.9 - ratio / 2,
                "spend_now": row["spend_now"],
            }
        )
        for row in table.to_dict("records")
    ]  # fmt: skip
    return {
        "budget": table,
        "budget_summary": summary,
        "budget_curves": pd.concat(curves, ignore_index=True),
    }


def _experiments(scale: float) -> dict[str, pd.DataFrame]:
    ideas = pd.DataFrame(
        {
            "id": ["E1", "E2", "E3"],
            "title": ["Bundle offer", "<script>alert(2)</script> quiz", "=cmd gift wrap"],
            "owner": ["site lead", "growth lead", "founder"], "status": "backlog",
            "expected_profit_12m": scale * np.array([8400.0, -300.0, np.nan]),
            "q05": scale * np.array([-9000.0, -4000.0, np.nan]),
            "q95": scale * np.array([60_000.0, 5000.0, np.nan]),
            "p_win": [0.64, 0.5, np.nan], "p_better": [0.61, 0.5, np.nan],
            "evsi_net": scale * np.array([8400.0, -300.0, np.nan]),
            "evsi_net_narrow": scale * np.array([2100.0, -900.0, np.nan]),
            "evsi_per_week": scale * np.array([2100.0, -50.0, np.nan]),
            "weeks": [4.0, 6.0, np.nan], "sample_per_arm": [20_000.0, 9000.0, np.nan],
            "corrected_gain": scale * np.array([21_000.0, 900.0, np.nan]),
            "rank": [1.0, 2.0, np.nan], "rank_ice": [5.0, 1.0, np.nan],
            "rank_pie": np.nan, "rank_pxl": np.nan,
            "verb": ["test first", "leave", "complete the entry"],
            "note": ["", "", "baseline_rate of 240% is impossible"],
        }
    )  # fmt: skip
    rankings = pd.DataFrame(
        {
            "ranking": ["EVSI", "ICE"], "tests": [1, 2],
            "profit": scale * np.array([8400.0, 5300.0]),
            "less_than_evsi": scale * np.array([0.0, 3100.0]),
        }
    )  # fmt: skip
    finished = pd.DataFrame(
        {
            "id": ["E0"], "title": ["Old quiz"], "exposed_control": [8000.0],
            "exposed_variant": [8100.0], "lift": [0.09], "lift_shrunk": [0.03],
            "p_better": [0.86], "naive_gain_12m": [scale * 41_000.0],
            "corrected_gain_12m": [scale * 13_000.0], "corrected_gain_q05": [scale * -6000.0],
            "corrected_gain_q95": [scale * 33_000.0], "verb": ["move"],
        }
    )  # fmt: skip
    year = pd.DataFrame(
        {
            "ranking": ["EVSI", "ICE", "ICE"], "tests": [1, 1, 2], "id": ["E1", "E2", "E1"],
            "title": ideas["title"].iloc[[0, 1, 0]].tolist(), "start_week": [0.0, 0.0, 6.0],
            "end_week": [4.0, 6.0, 10.0], "profit": scale * np.array([8400.0, -300.0, 5600.0]),
            "cumulative_profit": scale * np.array([8400.0, -300.0, 5300.0]), "weeks_left": 42.0,
        }
    )  # fmt: skip
    return {
        "experiments": ideas, "experiment_rankings": rankings, "experiment_year": year,
        "finished_tests": finished,
    }  # fmt: skip


def _audiences(scale: float, *, money: bool) -> pd.DataFrame:
    known = np.array([1.0, 1.0, 1.0]) if money else np.full(3, np.nan)
    return pd.DataFrame(
        {
            "audience": ["seed_value_v1", "seed_value_v1", "win_back_v1"],
            "purpose": ["acquire", "acquire", "win back"],
            "tool": ["Meta Ads", "TikTok Ads", "Klaviyo"],
            "customers": [2503, 2503, 113], "chosen": [3590, 3590, 166],
            "expected_value": scale * known * [330e3, 330e3, 2172.0],
            "expected_value_q05": scale * known * [277e3, 277e3, 1711.0],
            "expected_value_q95": scale * known * [378e3, 378e3, 2686.0],
            "expected_profit": scale * known * [np.nan, np.nan, 128.0],
            "profit_q05": scale * known * [np.nan, np.nan, -100.0],
            "profit_q95": scale * known * [np.nan, np.nan, 350.0],
            "p_profit": known * [np.nan, np.nan, 0.83],
            "holdout": [np.nan, np.nan, 22.0], "holdout_power": [np.nan, np.nan, 0.06],
            "left_out": ["1,087 refused e-mail marketing"] * 2 + ["53 refused e-mail marketing"],
            "consent": "only people known to have agreed to e-mail marketing",
            "file": ["meta/seed_value_v1.csv", "tiktok/seed_value_v1.csv", "klaviyo/win_back.csv"],
            "definition": "Who is most likely to be worth the effort.",
        }
    )  # fmt: skip


def _plan(paid: pd.DataFrame, scale: float, *, money: bool, backlog: bool) -> pd.DataFrame:
    rows = []
    if len(paid):
        first = str(paid["channel"].iloc[0])
        rows.append(
            (
                "budget_change",
                first,
                "ads",
                "move",
                "Do it: Lower its spend.",
                9000.0,
                -500.0,
                18_000.0,
                0.94,
                "chance of purchase left out",
                True,
                "",
                "",
            )
        )
    if backlog:
        rows.append(
            (
                "next_experiment",
                "E1",
                "experiments",
                "test first",
                "Test first: “Bundle offer”, 4 weeks.",
                8400.0,
                -9000.0,
                60_000.0,
                0.61,
                "chance of purchase left out",
                True,
                "",
                "",
            )
        )
    if money:
        rows.append(
            (
                "win_back",
                "win_back_v1",
                "e-mail",
                "move a part and measure",
                "Do a part and measure: Send the win-back messages to this list.",
                128.0,
                -100.0,
                350.0,
                0.83,
                "chance of purchase left out",
                True,
                "win_back_v1",
                "klaviyo/win_back_v1.csv",
            )
        )
    rows.append(
        (
            "core_flow",
            "flow_welcome",
            "e-mail",
            "decide",
            "Build the welcome flow.",
            np.nan,
            np.nan,
            np.nan,
            np.nan,
            "",
            True,
            "",
            "",
        )
    )
    columns = ["kind", "subject", "area", "verb", "action", "profit", "q05", "q95", "p_better",
               "randomness", "gain", "audience", "file"]  # fmt: skip
    plan = pd.DataFrame(rows, columns=columns)
    plan[["profit", "q05", "q95"]] *= scale
    return plan.assign(
        rank=range(1, len(plan) + 1), id=[f"act_{i}" for i in range(len(plan))],
        evidence="The data say so.", assumption="customers go on as they did",
        business_goal="Raise True Profit", marketing_objective="More value",
        automation_goal="Spend follows value", success_metric="True Profit, 12 months",
        brief="", measurement="Hold out people at random.", holdout=np.nan, holdout_power=np.nan,
        turns_if="A geo test shows the opposite.", overlap_group=plan["kind"], blocked_by="",
        due="2026-07-28",
        owner=["site lead" if kind == "next_experiment" else "unassigned" for kind in plan["kind"]],
        status="proposed",
    )  # fmt: skip


def ledger_tables(channels: tuple[str, ...], scale: float) -> dict[str, pd.DataFrame]:
    """Build a ledger with one earlier run, a year before, that was scored."""
    names = [("total", "All customers"), *(("channel", name) for name in channels)]
    names += [("cohort", f"Cohort {i}") for i in range(12)]
    mean = scale * np.linspace(90e3, 2e3, len(names))
    actual = mean * np.resize([1.04, 0.97, 1.12, 0.9], len(names))
    quantiles = {"q025": 0.7, "q05": 0.85, "q10": 0.88, "q25": 0.94, "q75": 1.06, "q90": 1.12,
                 "q95": 1.15, "q975": 1.3}  # fmt: skip
    scores = pd.DataFrame(
        {
            "made_at": "2025-06-30", "due": "2026-06-30", "horizon_days": 365,
            "level": [level for level, _ in names], "group": [name for _, name in names],
            "metric": "contribution", "pace": "learned", "state": "scored", "actual": actual,
            "mean": mean, "pit": np.resize([0.7, 0.4, 0.9, 0.2], len(names)),
            **{name: mean * factor for name, factor in quantiles.items()},
        }
    )  # fmt: skip
    summary = pd.DataFrame(
        {
            "made_at": ["2025-06-30"], "horizon_days": 365, "level": "cohort",
            "metric": "contribution", "pace": "learned", "n": 12, "inside_90": 11,
            "normal_low_90": 9, "normal_high_90": 12,
        }
    )  # fmt: skip
    since = pd.DataFrame(
        {
            "kind": ["forecast"], "subject": ["All customers · contribution"],
            "before": [float(mean[0])], "after": [float(actual[0])],
            "words": ["Contribution of all customers: inside the interval."],
        }
    )  # fmt: skip
    return {"ledger_scores": scores, "ledger_summary": summary, "since_last": since}
