"""A changed decision, log, ledger or answer changes exactly the gaps it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.spectrum.sample import Case, decided_case
from tests.spectrum.test_gaps import Verdict, drop, losing, none, put, row, verdicts, where
from workbench.decisions.budget_draws import WEEKS_PER_MONTH
from workbench.spectrum.gaps import capability_table
from workbench.spectrum.joint import SplitNormal
from workbench.spectrum.settings import GapSettings

DECIDED = decided_case()
BEFORE = verdicts(DECIDED)
GAP: Verdict = ("gap", 0.0)
UNPRICED: Verdict = ("gap_no_profit", 0.0)
SHORT: Verdict = ("gap_no_profit", 1.0)
FULL: Verdict = ("proven", 2.0)
IN_PART: Verdict = ("proven", 1.0)
BY_ARTEFACT: Verdict = ("ask", 1.0)
ASK: Verdict = ("ask", -1.0)


def declared_only(case: Case, *names: str) -> Case:
    """Withdraw the artefacts, so that exports and runs speak alone."""
    for name in names:
        case = case.with_answer(name, evidence="")
    return case


def ice(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(exp_profit_12m=np.nan, impact=5.0, ease=3.0)


def prospecting(adset: str):
    return put("adset", adset, where("campaign", "Prospecting"))


def log_without(kind: str):
    return lambda case: case.with_table("decision_log", drop(where("kind", kind)))


BARE = declared_only(
    DECIDED, "buyer_suppression", "lookalike_seed", "value_based_seed", "audience_sync",
    "holdouts", "budget_on_value", "weights_refreshed", "value_90d_reported", "experiment_backlog",
)  # fmt: skip
"""Without artefacts: only exports and runs count."""

CASES: dict[str, tuple[Case, Case, dict[str, Verdict]]] = {
    "artefacts withdrawn": (
        DECIDED,
        BARE,
        {"holdouts": IN_PART, "budget_on_value": IN_PART, "audience_sync": IN_PART},
    ),
    # ---- suppression measured from orders
    "one channel leaks, though a name shows the exclusion": (
        BARE, BARE.with_table("leaks", put("recent", 60, where("channel", "Meta Ads"))),
        {"buyer_suppression": GAP},
    ),
    "the limit itself leaks": (
        BARE, BARE.with_table("leaks", put("recent", 40, where("channel", "Google Ads"))),
        {"buyer_suppression": GAP},
    ),
    "just below the limit": (
        BARE, BARE.with_table("leaks", put("recent", 39, where("channel", "Google Ads"))), {},
    ),
    "too few orders to judge": (
        BARE,
        BARE.with_table("leaks", lambda f: f.assign(orders=49, recent=49)),
        {"buyer_suppression": IN_PART},
    ),
    "no overlap measured": (
        BARE, BARE.with_table("leaks", none), {"buyer_suppression": IN_PART},
    ),
    "measured without a name for it": (
        BARE,
        BARE.with_frame("spend", prospecting("LAL 1% top CLV value based")),
        {"buyer_suppression": IN_PART},
    ),
    # ---- seeds
    "no approved seed: the name alone": (
        BARE,
        log_without("value_seed")(BARE),
        {"lookalike_seed": IN_PART, "value_based_seed": IN_PART, "audience_sync": ASK},
    ),
    "the seed's name is of last year": (
        BARE,
        BARE.with_frame("spend", prospecting("LAL 1% top CLV value based 2025-06 | excl buyers")),
        {"lookalike_seed": UNPRICED, "value_based_seed": UNPRICED},
    ),
    "the seed's name is of this spring": (
        BARE,
        BARE.with_frame("spend", prospecting("LAL 1% top CLV value based 202604 | excl buyers")),
        {},
    ),
    "an approved seed without a name for it": (
        BARE,
        BARE.with_frame("spend", prospecting("Broad | excl buyers 30d")),
        {"lookalike_seed": IN_PART, "value_based_seed": IN_PART},
    ),
    "all purchasers as the seed, whatever was approved": (
        BARE,
        BARE.with_frame("spend", prospecting("LAL 1% Purchasers | excl buyers 30d")),
        {"lookalike_seed": UNPRICED, "value_based_seed": IN_PART},
    ),
    # ---- age of lists
    "the last list is two months old": (
        BARE,
        BARE.with_table("decision_log", put("day", pd.Timestamp("2026-05-01"))),
        {"audience_sync": ASK},
    ),
    "approved after the as-of date": (
        BARE,
        BARE.with_table("decision_log", put("day", pd.Timestamp("2026-07-01"))),
        {
            "audience_sync": ASK,
            "lookalike_seed": IN_PART,
            "value_based_seed": IN_PART,
            "budget_on_value": ASK,
        },
    ),
    # ---- budget
    "no move approved": (BARE, log_without("budget_change")(BARE), {"budget_on_value": ASK}),
    "no move approved, and the proposed budget is very likely better": (
        BARE,
        log_without("budget_change")(BARE).with_table(
            "budget_summary", lambda f: f.assign(p_better=0.9, verb="move")
        ),
        {"budget_on_value": GAP},
    ),
    "moves approved, and the next one is very likely better": (
        BARE,
        BARE.with_table("budget_summary", lambda f: f.assign(p_better=0.9, verb="move")),
        {},
    ),
    "moves approved, and money still goes below CAC": (
        BARE, BARE.with_table("channels", losing), {"budget_on_value": GAP},
    ),
    # ---- experiments
    "backlog by ICE, a test approved from our ranking": (
        BARE, BARE.with_frame("experiments", ice), {"experiment_backlog": IN_PART},
    ),
    "backlog by ICE, whose order earns less": (
        BARE,
        log_without("next_experiment")(BARE).with_frame("experiments", ice),
        {"experiment_backlog": SHORT},
    ),
    "backlog by ICE, whose order earns as much": (
        BARE,
        log_without("next_experiment")(BARE)
        .with_frame("experiments", ice)
        .with_table("experiment_rankings", put("less_than_evsi", 0.0)),
        {"experiment_backlog": IN_PART},
    ),
    "no test approved, but the backlog carries profit": (
        BARE, log_without("next_experiment")(BARE), {},
    ),
    # ---- holdouts
    "the flow's holdout is gone, an approved list has one": (
        BARE,
        BARE.with_frame("flows", put("flow", "Winback", where("flow", "Winback | 10% holdout")))
        .with_frame("flows", put("message", "Winback 1", where("flow", "Winback"))),
        {},
    ),
    "neither flow nor list has a holdout": (
        BARE,
        log_without("win_back")(BARE)
        .with_frame("flows", put("flow", "Winback", where("flow", "Winback | 10% holdout")))
        .with_frame("flows", put("message", "Winback 1", where("flow", "Winback"))),
        {"holdouts": ASK},
    ),
    # ---- ledger
    "a month without a run": (
        BARE,
        BARE.with_table("ledger", drop(where("made_at", "2026-04-30"))),
        {"weights_refreshed": IN_PART, "value_90d_reported": IN_PART},
    ),
    "the last run is long ago": (
        BARE,
        BARE.with_table("ledger", lambda f: f.assign(made_at="2025-06-30")),
        {"weights_refreshed": IN_PART, "value_90d_reported": IN_PART},
    ),
    "monthly runs, none due": (
        BARE,
        BARE.with_table("ledger_scores", none).with_table("backtest", none),
        {"weights_refreshed": IN_PART},
    ),
    "scored by the ledger alone": (BARE, BARE.with_table("backtest", none), {}),
    "no ledger and no backtest": (
        BARE,
        BARE.with_table("ledger", none)
        .with_table("ledger_scores", none)
        .with_table("backtest", none),
        {"weights_refreshed": ("unknown", -1.0), "value_90d_reported": IN_PART},
    ),
    # ---- answers
    "a no that a run refutes": (BARE, BARE.with_answer("weights_refreshed", state="absent"), {}),
    "no ads, says the answer, but they run": (
        BARE, BARE.with_answer("buyer_suppression", state="not_applicable"), {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_change_changes_exactly_the_gaps_it_should(name: str):
    case, changed, expected = CASES[name]
    before, after = verdicts(case), verdicts(changed)
    assert {key: after[key] for key in after if after[key] != before[key]} == expected


def test_the_decided_case_proves_more_than_exports_alone():
    assert {
        name: BEFORE[name]
        for name in ("buyer_suppression", "lookalike_seed", "weights_refreshed", "budget_on_value")
    } == dict.fromkeys(
        ("buyer_suppression", "lookalike_seed", "weights_refreshed", "budget_on_value"), FULL
    )


def evidence(name: str, capability: str) -> str:
    return str(row(CASES[name][1], capability)["evidence"])


def test_a_leak_contradicts_name_and_answer_and_says_the_numbers():
    found = row(
        CASES["one channel leaks, though a name shows the exclusion"][1], "buyer_suppression"
    )
    assert found["contradicts"]
    assert found["evidence"].startswith("You told us: live. By name it runs: ")
    assert (
        "But 60 of 600 orders of 'Meta Ads' (10%) came in the 90 days to 30 June 2026 from "
        "customers who had just bought by their own rhythm (below 10% needed)." in found["evidence"]
    )


def test_ages_are_said():
    assert "28 days before the as-of date" in str(row(BARE, "audience_sync")["evidence"])
    assert "1 earlier run, the last as of 30 June 2025, 365 days ago" in evidence(
        "the last run is long ago", "weights_refreshed"
    )
    assert "But the name dates it June 2025" in evidence(
        "the seed's name is of last year", "lookalike_seed"
    )


def test_a_seed_that_stands_ready_is_named_where_it_is_missing():
    words = evidence("all purchasers as the seed, whatever was approved", "lookalike_seed")
    assert "A seed of 2,503 customers stands ready" in words


def test_declared_against_evidenced_is_marked():
    gaps = BARE.with_answer("weights_refreshed", state="absent").gaps().set_index("capability")
    assert gaps.index[gaps["contradicts"]].tolist() == ["weights_refreshed"]
    assert "The evidence shows otherwise" in gaps.loc["weights_refreshed", "evidence"]


# ---------------------------------------------------------------- money


def priced(case: Case, capability: str) -> list[float]:
    found = row(case, capability)
    names = ("profit_at_stake_mean", "profit_at_stake_q05", "profit_at_stake_q95", "p_pays")
    return [float(found[name]) for name in names]


def test_the_budget_is_priced_for_its_weeks_and_no_longer():
    case = CASES["no move approved, and the proposed budget is very likely better"][1]
    months = 13 / WEEKS_PER_MONTH
    assert priced(case, "budget_on_value") == pytest.approx(
        [100 * months, -50 * months, 300 * months, 0.9]
    )
    assert "customers of 13 weeks" in row(case, "budget_on_value")["assumption"]


def test_without_a_proposed_budget_the_losing_channels_stand_in():
    case = BARE.with_table("channels", losing).with_table("budget_summary", none)
    assert priced(case, "budget_on_value")[:3] == pytest.approx([90.0, 30.0, 140.0])


def test_leaks_of_several_channels_are_added_as_if_they_moved_together():
    case = BARE.with_table("leaks", put("recent", 300))
    assert priced(case, "buyer_suppression") == pytest.approx(
        [1_000.0, 300.0, 2_000.0, SplitNormal.of(1_000.0, 300.0, 2_000.0).p_above_0]
    )


@pytest.mark.parametrize(
    ("flow", "capability", "profit"),
    [
        ("Winback | 10% holdout", "flow_win_back", [800.0, -90.0, 2_000.0, 0.93]),
        ("Post-Purchase (CLV split)", "flow_post_purchase", [500.0, -50.0, 1_200.0, 0.91]),
    ],
)
def test_a_missing_flow_is_worth_what_its_customers_are_expected_to_bring(flow, capability, profit):
    case = BARE.with_frame("flows", drop(where("flow", flow)))
    assert priced(case, capability) == pytest.approx(profit)


def test_lapsing_customers_of_high_value_price_the_value_property():
    case = BARE.with_frame("profiles", put("properties", "tea"))
    assert priced(case, "clv_property") == pytest.approx([300.0, -60.0, 700.0, 0.88])


@pytest.mark.parametrize(
    "change",
    [
        lambda case: case.with_table(
            "readiness", put("status", "FAIL", where("check", "guest_share"))
        ),
        lambda case: case.with_table("plan", put("blocked_by", "guest_share")),
        lambda case: case.with_table("plan", put("q05", np.nan)),
        lambda case: case.with_table("plan", none),
    ],
)
def test_money_that_the_data_does_not_carry_is_refused(change: Any):
    case = change(BARE.with_frame("flows", drop(where("flow", "Winback | 10% holdout"))))
    found = row(case, "flow_win_back")
    assert found["state"] == "gap_no_profit"
    assert np.isnan(found["profit_at_stake_mean"])
    assert found["assumption"].startswith("not quantified by this data")


def assumed(case: Case) -> pd.DataFrame:
    settings = GapSettings(
        assumed_mean={"flow_welcome": 100.0, "flow_win_back": 9.0},
        assumed_q05={"flow_welcome": -20.0, "flow_win_back": 8.0},
        assumed_q95={"flow_welcome": 260.0, "flow_win_back": 10.0},
        assumed_source="own test of May 2026",
    )
    exports, tables = case.exports, case.tables
    made = capability_table(case.brand, exports, case.stack, tables, case.as_of, settings)
    return made.set_index("capability")


def test_an_assumption_is_used_only_where_this_data_is_silent_and_is_marked():
    flows = BARE.with_frame("flows", drop(lambda f: f["flow"].isin(["Welcome Series"])))
    found = assumed(flows).loc["flow_welcome"]
    assert (found["state"], found["profit_at_stake_mean"]) == ("gap", 100.0)
    assert 0.5 < found["p_pays"] < 0.95  # the interval holds 0
    assert found["assumption"].startswith("assumed, not measured: own test of May 2026")
    own = BARE.with_frame("flows", drop(where("flow", "Winback | 10% holdout")))
    assert assumed(own).loc["flow_win_back", "profit_at_stake_mean"] == 800.0
    failed = flows.with_table("model_checks", put("status", "FAIL"))
    assert assumed(failed).loc["flow_welcome", "state"] == "gap_no_profit"
    assert assumed(BARE)["profit_at_stake_mean"].dropna().index.tolist() == ["hours_per_week"]
