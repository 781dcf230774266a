"""A changed answer or export changes exactly the gaps it should."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.spectrum.sample import AS_OF, FLOW_NAMES, Case, full_case
from workbench.errors import InputError
from workbench.spectrum.gaps import COLUMNS, STATES, capability_table
from workbench.spectrum.levels import level_reached, levels_table

CORE_FLOWS = (
    "flow_abandoned_cart",
    "flow_welcome",
    "flow_post_purchase",
    "flow_browse_abandonment",
    "flow_win_back",
)
AD_ITEMS = (
    "lookalike_seed",
    "value_based_seed",
    "buyer_suppression",
    "rfm_segments_synced",
    "retargeting_rules",
)

Verdict = tuple[str, float]  # state, evidenced points


def verdicts(case: Case) -> dict[str, Verdict]:
    gaps = case.gaps()
    states = zip(gaps["state"], gaps["evidenced"].fillna(-1.0), strict=True)
    return dict(zip(gaps["capability"], states, strict=True))


def where(column: str, value: object) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda frame: frame[column] == value


def put(column: str, value: object, rows: Callable[[pd.DataFrame], pd.Series] | None = None):
    """Return a change that sets a column, in all rows or some."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[rows(frame) if rows else slice(None), column] = value
        return frame

    return change


def drop(rows: Callable[[pd.DataFrame], pd.Series]):
    return lambda frame: frame[~rows(frame)]


def none(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[:0]


def late(frame: pd.DataFrame) -> pd.Series:
    return frame["day"] > "2026-05-31"


def flow(name: str) -> Callable[[pd.DataFrame], pd.Series]:
    return where("flow", name)


def losing(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[0, ["true_profit_mean", "true_profit_q05", "true_profit_q95"]] = [-90, -140, -30]
    frame.loc[0, "p_value_above_cac"] = 0.01
    return frame


FULL = full_case()
BEFORE = verdicts(FULL)
MISSING, NO_POINTS = -1.0, 0.0
GAP: Verdict = ("gap_no_profit", NO_POINTS)
UNKNOWN: Verdict = ("unknown", MISSING)
ASK: Verdict = ("ask", MISSING)
IN_PART: Verdict = ("proven", 1.0)
BY_ARTEFACT: Verdict = ("ask", 1.0)

CASES: dict[str, tuple[Case, dict[str, Verdict]]] = {
    "nothing": (FULL, {}),
    # ---- flows
    "welcome set to draft": (
        FULL.with_frame("flows", put("status", "draft", flow("Welcome Series"))),
        {"flow_welcome": GAP},
    ),
    "browse flow without a send for 30 days": (
        FULL.with_frame(
            "flows", put("delivered", 0.0, lambda f: flow("Browse Abandonment")(f) & late(f))
        ),
        {"flow_browse_abandonment": GAP},
    ),
    "cart flow deleted from the last 30 days": (
        FULL.with_frame("flows", drop(lambda f: flow("Abandoned Checkout")(f) & late(f))),
        {"flow_abandoned_cart": GAP},
    ),
    "post-purchase named in another language, and with it the CLV split": (
        FULL.with_frame("flows", put("flow", "Nach dem Kauf", flow("Post-Purchase (CLV split)")))
        .with_frame("flows", put("message", "M 1", flow("Nach dem Kauf")))
        .with_answer("clv_property", state="basic"),
        {"flow_post_purchase": GAP, "clv_property": IN_PART},
    ),
    "welcome-back flow is a win-back, not a welcome": (
        FULL.with_frame("flows", put("flow", "Welcome back!", flow("Welcome Series"))),
        {"flow_welcome": GAP},
    ),
    "order confirmation left to the shop": (
        FULL.with_frame("flows", drop(flow("Order confirmation"))),
        {"order_messages": BY_ARTEFACT},
    ),
    "flow export missing": (
        FULL.with_frame("flows", none),
        {
            **dict.fromkeys(CORE_FLOWS, UNKNOWN),
            "order_messages": BY_ARTEFACT,
            "holdouts": BY_ARTEFACT,
        },
    ),
    "flow export ends 30 days before the as-of date": (
        FULL.with_frame("flows", drop(late)),
        {**dict.fromkeys(CORE_FLOWS, UNKNOWN), "order_messages": BY_ARTEFACT},
    ),
    "flow sends only after the as-of date": (
        FULL.with_frame(
            "flows",
            lambda f: f.assign(
                day=f["day"].where(
                    ~(flow("Winback | 10% holdout")(f) & late(f)), pd.Timestamp("2026-07-02")
                )
            ),
        ),
        {"flow_win_back": GAP},
    ),
    # ---- deliverability, consent, sync
    "bounces at 5%": (
        FULL.with_frame("flows", put("bounce_rate", 0.05)),
        {"deliverability": GAP},
    ),
    "complaints at 0.4%": (
        FULL.with_frame("flows", put("complaint_rate", 0.004)),
        {"deliverability": GAP},
    ),
    "rates not in the exports": (
        FULL.with_frame("flows", put("bounce_rate", np.nan)).with_frame(
            "campaigns", put("bounce_rate", np.nan)
        ),
        {"deliverability": UNKNOWN},
    ),
    "DMARC artefact withdrawn": (
        FULL.with_answer("deliverability", evidence=""),
        {"deliverability": IN_PART},
    ),
    "consent columns gone": (
        FULL.with_frame("profiles", put("consent_email", pd.NA)),
        {"consent": GAP},
    ),
    "SMS sent without SMS consent": (
        FULL.with_frame("profiles", put("consent_sms", pd.NA)).with_frame(
            "campaigns", put("channel", "SMS")
        ),
        {"consent": GAP},
    ),
    "e-mail tool misses a fifth of revenue": (
        FULL.with_frame("profiles", lambda f: f.assign(historic_clv=f["historic_clv"] * 0.8)),
        {"order_sync": GAP},
    ),
    "e-mail tool misses a twentieth of revenue": (
        FULL.with_frame("profiles", lambda f: f.assign(historic_clv=f["historic_clv"] * 0.95)),
        {"order_sync": IN_PART},
    ),
    "no value per profile, messages credited with more than was sold": (
        FULL.with_frame("profiles", put("historic_clv", np.nan)).with_frame(
            "campaigns", put("revenue", 1e6)
        ),
        {"order_sync": GAP},
    ),
    "profile export missing": (
        FULL.with_frame("profiles", none),
        {"consent": UNKNOWN, "order_sync": UNKNOWN, "clv_property": UNKNOWN},
    ),
    # ---- ads
    "lookalikes of all purchasers": (
        FULL.with_frame(
            "spend",
            put("adset", "LAL 1% Purchasers | excl buyers 30d", where("campaign", "Prospecting")),
        ),
        {"lookalike_seed": GAP, "value_based_seed": BY_ARTEFACT},
    ),
    "no ad set carries the exclusion": (
        FULL.with_frame(
            "spend", put("adset", "LAL 1% top CLV value based", where("campaign", "Prospecting"))
        ),
        {"buyer_suppression": BY_ARTEFACT},
    ),
    "retargeting stopped": (
        FULL.with_frame("spend", put("spend", 0.0, where("campaign", "Retargeting"))),
        {"retargeting_rules": BY_ARTEFACT, "rfm_segments_synced": BY_ARTEFACT},
    ),
    "two attribution settings on one platform": (
        FULL.with_frame(
            "spend", put("attribution_setting", "1-day view", where("campaign", "Retargeting"))
        ),
        {"attribution_setting": GAP},
    ),
    "platforms differ in attribution": (
        FULL.with_frame(
            "spend", put("attribution_setting", "30-day click", where("platform", "Google Ads"))
        ),
        {"attribution_setting": IN_PART},
    ),
    "one platform states no attribution": (
        FULL.with_frame("spend", put("attribution_setting", pd.NA, where("platform", "Meta Ads"))),
        {"attribution_setting": IN_PART},
    ),
    "a channel that claims no purchases needs no attribution": (
        FULL.with_frame(
            "spend",
            lambda f: pd.concat(
                [
                    f,
                    f.tail(3).assign(
                        platform="Influencers",
                        campaign="Fees",
                        attribution_setting=pd.NA,
                        platform_conversions=np.nan,
                    ),
                ]
            ),
        ),
        {},
    ),
    "no spend export": (
        FULL.with_frame("spend", none),
        {**dict.fromkeys(AD_ITEMS, BY_ARTEFACT), "attribution_setting": UNKNOWN},
    ),
    "no ads for 90 days though the answers say live": (
        FULL.with_frame("spend", put("spend", 0.0)),
        {**dict.fromkeys(AD_ITEMS, BY_ARTEFACT), "attribution_setting": UNKNOWN},
    ),
    # ---- data layer
    "channel of 40% of new customers unknown": (
        FULL.with_frame(
            "orders",
            lambda f: f.assign(channel=f["channel"].where(f.index % 5 > 1, "Unknown")),
        ),
        {"channel_known": GAP},
    ),
    "costs not given": (FULL.with_brand(costs=None), {"costs_known": GAP}),
    "one flat cost rate": (FULL.with_frame("products", none), {"costs_known": IN_PART}),
    "only two cohort dimensions": (
        FULL.with_brand(cohorts=("channel", "first_month")),
        {"cohort_value": IN_PART},
    ),
    "model check to review": (
        FULL.with_table("model_checks", put("status", "REVIEW", where("check", "r_hat"))),
        {"cohort_value": IN_PART},
    ),
    "the health of the model sums up checks and is not one more": (
        FULL.with_table("model_checks", put("check", "Health", where("check", "r_hat"))).with_table(
            "model_checks", put("status", "REVIEW", where("check", "Health"))
        ),
        {},
    ),
    "model check fails": (
        FULL.with_table("model_checks", put("status", "FAIL", where("check", "r_hat"))),
        {"cohort_value": GAP},
    ),
    "no model": (
        FULL.with_table("model_checks", none).with_table("cohorts", none),
        {"cohort_value": UNKNOWN, "value_90d_reported": UNKNOWN},
    ),
    "readiness fails": (
        FULL.with_table("readiness", put("status", "FAIL", where("check", "guest_share"))),
        {"history": GAP},
    ),
    "value property removed": (
        FULL.with_frame("profiles", put("properties", "favourite_tea")),
        {"clv_property": GAP},
    ),
    "only the tool's own prediction, which drives nothing by name": (
        FULL.with_frame("profiles", lambda f: f.assign(properties="tea", predicted_clv=50.0))
        .with_frame("flows", put("flow", "Post-Purchase", flow("Post-Purchase (CLV split)")))
        .with_frame("flows", put("message", "M 1", flow("Post-Purchase"))),
        {"clv_property": GAP},
    ),
    "the tool's own prediction splits a flow": (
        FULL.with_frame("profiles", lambda f: f.assign(properties="tea", predicted_clv=50.0)),
        {"clv_property": IN_PART},
    ),
    "backlog scored by ICE only": (
        FULL.with_frame(
            "experiments", lambda f: f.assign(exp_profit_12m=np.nan, impact=5.0, ease=3.0)
        ),
        {"experiment_backlog": IN_PART},
    ),
    "backlog without scores": (
        FULL.with_frame("experiments", put("exp_profit_12m", np.nan)),
        {"experiment_backlog": GAP},
    ),
    "never backtested": (FULL.with_table("backtest", none), {"weights_refreshed": UNKNOWN}),
    "a channel below its CAC": (
        FULL.with_table("channels", losing),
        {"budget_on_value": ("gap", NO_POINTS)},
    ),
    # ---- answers
    "a person says no": (
        FULL.with_answer("flow_exclusions", state="absent"),
        {"flow_exclusions": GAP},
    ),
    "no artefact": (
        FULL.with_answer("server_side_events", evidence=None),
        {"server_side_events": ASK},
    ),
    "artefact out of date": (
        FULL.with_answer("server_side_events", date="2024-01-01"),
        {"server_side_events": ASK},
    ),
    "artefact dated after the as-of date": (
        FULL.with_answer("audience_sync", date="2026-07-01"),
        {"audience_sync": ASK},
    ),
    "SMS not used": (
        FULL.with_answer("sms_governance", state="not_applicable"),
        {"sms_governance": ("not_applicable", MISSING)},
    ),
    "SMS not used, says the answer, but it is sent": (
        FULL.with_answer("sms_governance", state="not_applicable").with_frame(
            "campaigns", put("channel", "sms")
        ),
        {"sms_governance": GAP},
    ),
    "an answer that always applies cannot be waived": (
        FULL.with_answer("flow_exclusions", state="not_applicable"),
        {"flow_exclusions": GAP},
    ),
    "a no that the export refutes": (FULL.with_answer("flow_welcome", state="absent"), {}),
    "no hourly rate": (
        FULL.with_answer("hours_per_week", hourly_rate=None),
        {"hours_per_week": ("gap_no_profit", MISSING)},
    ),
    "no manual hours": (
        FULL.with_answer("hours_per_week", hours=0),
        {"hours_per_week": ("informative", MISSING)},
    ),
    "hours not answered": (
        FULL.with_answer("hours_per_week", hours=None),
        {"hours_per_week": ASK},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_changes_exactly_the_gaps_it_should(name: str):
    case, expected = CASES[name]
    before, after = BEFORE, verdicts(case)
    assert {key: after[key] for key in after if after[key] != before[key]} == expected


def test_the_full_case_proves_what_its_stage_needs():
    levels = levels_table(FULL.gaps())
    assert level_reached(levels) == 3
    assert list(levels["required"]) == [True, True, True, False]


def test_table_is_as_designed():
    gaps = FULL.gaps()
    assert tuple(gaps.columns) == COLUMNS
    assert len(gaps) == 34
    assert set(gaps["state"]) <= set(STATES)
    pd.testing.assert_frame_equal(gaps, FULL.gaps())


def test_inputs_are_not_changed():
    case = full_case()
    case.gaps()
    for name, frame in full_case().exports.items():
        pd.testing.assert_frame_equal(case.exports[name], frame)


def row(case: Case, capability: str) -> pd.Series:
    gaps = case.gaps()
    return gaps[gaps["capability"] == capability].iloc[0]


# ---------------------------------------------------------------- words


def test_a_contradiction_is_said():
    found = row(CASES["browse flow without a send for 30 days"][0], "flow_browse_abandonment")
    assert found["evidence"] == (
        "You told us: live. The flow export to 30 June 2026 shows no send of 'Browse Abandonment' "
        "for 30 days (flows.csv). It counts as a gap until an export shows it."
    )
    assert found["evidence_date"] == pd.Timestamp("2026-06-30")


def test_unknown_is_not_counted_as_passed_and_says_so():
    found = row(CASES["flow export missing"][0], "flow_welcome")
    assert "We could not check it" in found["evidence"]
    assert "not counted as passed; level 1 stays unproven" in found["evidence"]
    assert found["action"] == "Hand in the flow performance export with the last 30 days."


def test_a_gap_names_steps_for_the_tools_that_the_exports_show():
    case = FULL.with_answer("server_side_events", state="absent")
    action = row(case, "server_side_events")["action"]
    assert "Meta Ads:" in action
    assert "Google Ads:" in action
    assert "TikTok" not in action
    assert row(case, "server_side_events")["owner"] == "Ana"
    assert row(case, "server_side_events")["due"] == pd.Timestamp("2026-08-29")


def test_what_is_proven_in_full_asks_for_nothing():
    gaps = FULL.gaps()
    proven = gaps[gaps["state"] == "proven"]
    assert (proven["action"] == "").all()
    assert proven["due"].isna().all()
    partly = row(CASES["one flat cost rate"][0], "costs_known")
    assert partly["action"].startswith("Proven in part.")
    assert "Shopify: Products, Export" in partly["action"]


def test_hostile_names_stay_short_plain_text():
    name = "Welcome <script>alert(1)</script>\n=cmd|' /C calc'!A0 ann@example.com " + "x" * 500
    case = FULL.with_frame("flows", put("flow", name, flow("Welcome Series")))
    found = row(case, "flow_welcome")
    assert found["state"] == "proven"
    assert "\n" not in found["evidence"]
    assert "example.com" not in found["evidence"]
    assert len(found["evidence"]) < 200


# ---------------------------------------------------------------- money


def test_misallocated_spend_is_the_only_priced_gap_of_the_stack():
    gaps = FULL.with_table("channels", losing).gaps().set_index("capability")
    budget = gaps.loc["budget_on_value"]
    # Meta's 12 months hold 52 weeks x 2 campaigns x 10 = 1,040, all that channels.csv covers
    assert budget["profit_at_stake_mean"] == pytest.approx(90.0)
    assert budget["profit_at_stake_q05"] == pytest.approx(30.0)
    assert budget["profit_at_stake_q95"] == pytest.approx(140.0)
    assert budget["p_pays"] == pytest.approx(0.99)
    assert "very likely below CAC: 'Meta Ads' (99%)" in budget["evidence"]
    priced = gaps["profit_at_stake_mean"].dropna().index
    assert set(priced) == {"budget_on_value", "hours_per_week"}
    assert gaps.loc["hours_per_week", "profit_at_stake_mean"] == 10 * 40 * 52


def test_a_failed_check_refuses_the_money():
    case = FULL.with_table("channels", losing).with_table("model_checks", put("status", "FAIL"))
    found = row(case, "budget_on_value")
    assert found["state"] == "gap_no_profit"
    assert math.isnan(found["profit_at_stake_mean"])
    assert found["assumption"] == "not quantified by this data: a check of model_checks.csv FAILs"


def test_every_unpriced_gap_says_so():
    stack = {name: {"state": "absent"} for name in FULL.stack}
    gaps = replace(FULL, exports={}, stack=stack, tables={}).gaps()
    unpriced = gaps[gaps["state"] == "gap_no_profit"]
    assert len(unpriced)
    assert unpriced["assumption"].str.startswith("not quantified by this data").all()
    assert unpriced["profit_at_stake_mean"].isna().all()


# ---------------------------------------------------------------- stages


def test_what_a_later_stage_needs_is_no_gap_now():
    case = FULL.with_frame("products", none).with_brand(costs=None, stages=(0, 1e6, 3e6, 1e7))
    found = row(case, "costs_known")
    assert found["state"] == "informative"
    assert found["evidence"].startswith("Not needed at this stage.")
    assert "counts as a gap" not in found["evidence"]
    assert found["action"] == ""
    assert row(case, "clv_property")["state"] == "proven"
    assert case.gaps().attrs["required_level"] == 1


@pytest.mark.parametrize(("bound", "required"), [(6_400.0, 3), (6_400.01, 2)])
def test_revenue_on_a_bound_belongs_to_the_stage_above(bound: float, required: int):
    revenue = FULL.exports["orders"].query("day > '2025-06-30'")["revenue"].sum()
    assert revenue == 6_400.0
    assert FULL.with_brand(stages=(0, 1, bound, 1e9)).gaps().attrs["required_level"] == required


def test_a_log_without_money_asks_for_level_1_and_gives_no_zero():
    case = FULL.with_frame("orders", put("revenue", np.nan))
    gaps = case.gaps()
    assert gaps.attrs["required_level"] == 1
    assert row(case, "order_sync")["state"] == "unknown"
    assert row(case, "channel_known")["state"] == "proven"


# ---------------------------------------------------------------- bad input


def test_nothing_at_all_still_gives_a_table():
    gaps = replace(FULL, exports={}, stack={}, tables={}).with_brand(costs=None).gaps()
    levels = levels_table(gaps)
    assert level_reached(levels) == 0
    assert level_reached(levels, "declared") == 0
    assert (levels["evidenced_points"] == 0).all()
    assert not gaps["state"].isin(["proven", "not_applicable"]).any()


def test_answers_alone_are_declared_not_evidenced():
    gaps = replace(FULL, exports={}, tables={}).gaps()
    levels = levels_table(gaps, 3)
    assert level_reached(levels, "declared") == 3
    assert level_reached(levels) == 0


def test_exports_without_answers():
    gaps = replace(FULL, stack=None).gaps()
    assert gaps["declared"].isna().all()
    assert (gaps["state"] == "proven").sum() == 24


def test_wrong_keys_in_the_answers_are_all_named():
    with pytest.raises(InputError) as caught:
        replace(FULL, stack={"flow_x": {}, "consent": {"state": "yes"}}).gaps()
    assert len(caught.value.problems) == 2


def test_nothing_after_the_as_of_date_is_used():
    early = replace(FULL, as_of=date(2026, 3, 31))
    cut = early
    for name, column in (("orders", "day"), ("flows", "day"), ("spend", "date")):
        cut = cut.with_frame(name, drop(lambda f, c=column: f[c] > "2026-03-31"))
    # undated snapshots were taken long after this as-of date
    cut = cut.with_frame("campaigns", none).with_frame("profiles", none)
    cut = cut.with_frame("experiments", none)
    pd.testing.assert_frame_equal(early.gaps(), cut.gaps())
    assert verdicts(early)["clv_property"] == UNKNOWN


def test_the_exports_object_serves_as_well_as_a_mapping():
    class Exports:
        def __init__(self, frames: dict[str, pd.DataFrame]) -> None:
            vars(self).update(frames)

    found = capability_table(FULL.brand, Exports(FULL.exports), FULL.stack, FULL.tables, AS_OF)
    pd.testing.assert_frame_equal(found, FULL.gaps())


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("AbandonedCart_v2", "flow_abandoned_cart"),
        ("Checkout Recovery", "flow_abandoned_cart"),
        ("01 | WELCOME - SMS", "flow_welcome"),
        ("Newsletter Signup Series", "flow_welcome"),
        ("Customer Thank You - New vs. Returning", "flow_post_purchase"),
        ("post_purchase_upsell", "flow_post_purchase"),
        ("Browse abandon (UK)", "flow_browse_abandonment"),
        ("Viewed Product - Standard", "flow_browse_abandonment"),
        ("Customer Winback - Standard", "flow_win_back"),
        ("We miss you!", "flow_win_back"),
    ],
)
def test_usual_flow_names_are_known(name: str, capability: str):
    old = FLOW_NAMES[CORE_FLOWS.index(capability)]
    case = FULL.with_frame("flows", put("flow", name, flow(old)))
    after = verdicts(case)
    assert {k: after[k] for k in CORE_FLOWS} == {k: BEFORE[k] for k in CORE_FLOWS}


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("Sunset Unengaged Subscribers: re-engagement", "flow_win_back"),
        ("Thank you for subscribing", "flow_post_purchase"),
        ("Browse or cart? Abandoned browse cart", "flow_abandoned_cart"),
        ("Post-purchase win-back", "flow_post_purchase"),
    ],
)
def test_near_names_do_not_count(name: str, capability: str):
    old = FLOW_NAMES[CORE_FLOWS.index(capability)]
    case = FULL.with_frame("flows", put("flow", name, flow(old)))
    assert verdicts(case)[capability] == GAP
