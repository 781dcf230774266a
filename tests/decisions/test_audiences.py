"""Who is in which list: consent above all, then rhythm, value and size."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decisions.people import People, consents, no_refunds, people
from workbench.decisions.audience_choices import offer_of
from workbench.decisions.audience_settings import AudienceSettings
from workbench.decisions.audiences import Audiences, make_audiences
from workbench.decisions.consent import consent_table
from workbench.decisions.offers import break_even_uplift
from workbench.decisions.segments import segment_table

SETTINGS = AudienceSettings(draws=20, smallest=50, ads_consent="not_refused")


@cache
def base() -> tuple[People, pd.DataFrame]:
    shop = people(2_000)
    return shop, segment_table(shop.outlooks, shop.customers, shop.values, SETTINGS)


def choose(
    consent: pd.DataFrame, chosen: AudienceSettings = SETTINGS, refunds: pd.DataFrame | None = None
) -> Audiences:
    shop, segments = base()
    refunds = no_refunds() if refunds is None else refunds
    return make_audiences(segments, shop.outlooks, consent, refunds, chosen, currency="USD", seed=1)


def everybody(answer: bool | None = True) -> pd.DataFrame:
    ids = base()[1]["customer_id"]
    told = pd.array([pd.NA if answer is None else answer] * len(ids), dtype="boolean")
    return pd.DataFrame({"customer_id": ids, "consent_email": told, "consent_sms": told})


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    shown=st.floats(0.0, 1.0),
    rule=st.sampled_from(["given", "not_refused"]),
)
def test_nobody_without_consent_is_in_an_email_audience(seed, shown, rule):
    ids = base()[1]["customer_id"]
    rng = np.random.default_rng(seed)
    told = consents(ids, seed)
    profiles = told[rng.random(len(ids)) < shown]
    shop = consents(ids, seed + 1)[rng.random(len(ids)) < 0.5]
    consent = consent_table(ids, profiles, shop)
    found = choose(consent, AudienceSettings(draws=20, ads_consent=rule))
    # plain: a yes somewhere and a no nowhere
    yes, no = set(), set()
    for frame in (profiles, shop):
        yes |= set(frame.loc[frame["consent_email"].fillna(False), "customer_id"])
        no |= set(frame.loc[~frame["consent_email"].fillna(True), "customer_id"])
    email = found.table.loc[found.table["tool"] == "Klaviyo", "audience"]
    members = set(found.members.loc[found.members["audience"].isin(email), "customer_id"])
    assert members <= yes - no
    ads = found.table.loc[found.table["purpose"].isin(["acquire"]), "audience"]
    listed = set(found.members.loc[found.members["audience"].isin(ads), "customer_id"])
    assert not listed & no
    if rule == "given":
        assert set(found.members["customer_id"]) <= yes - no


def test_without_any_consent_column_there_is_no_email_audience():
    ids = base()[1]["customer_id"]
    found = choose(consent_table(ids, None))
    email = found.table[found.table["tool"] == "Klaviyo"]
    assert (email["customers"] == 0).all()
    assert (email["file"] == "").all()
    assert email["left_out"].str.contains("not known").any()
    assert (
        found.table.loc[found.table["audience"] == "existing_customers", "customers"] == 2_000
    ).all()


def test_chosen_are_members_or_counted_as_left_out():
    found = choose(consents(base()[1]["customer_id"]))
    by = found.left_out.groupby(["audience", "reason"])["customers"].sum()
    for row in found.table.drop_duplicates("audience").to_dict("records"):
        consent = sum(
            by.get((row["audience"], reason), 0)
            for reason in ("refused e-mail marketing", "consent to e-mail marketing not known")
        )
        assert row["customers"] + consent == row["chosen"], row["audience"]
    sizes = found.members["audience"].value_counts()
    unique = found.table.drop_duplicates("audience").set_index("audience")["customers"]
    assert sizes.to_dict() == unique[unique > 0].to_dict()
    assert not found.members.duplicated(["audience", "customer_id"]).any()


def test_members_keep_the_contract_of_the_files():
    found = choose(everybody())
    assert list(found.members.columns) == ["audience", "customer_id", "value"]
    valued = found.members["audience"].isin(["seed_value_v1", "customer_value_v1"])
    assert (found.members.loc[valued, "value"] > 0).all()
    assert found.members.loc[~valued, "value"].isna().all()
    words = " ".join(found.table["audience"])
    assert not any(word in words for word in ("income", "rich", "credit", "wealth", "poor"))


def test_seed_is_old_enough_and_probable():
    _, segments = base()
    found = choose(everybody())
    own = found.members.loc[found.members["audience"] == "seed_value_v1", "customer_id"]
    who = segments[segments["customer_id"].isin(own)]
    assert len(who) > 50
    assert (who["p_value_above"] >= 0.8).all()
    assert (who["age_days"] >= 90).all()
    few = AudienceSettings(draws=20, smallest=10, seed_most=30)
    found = choose(everybody(), few)
    assert (found.members["audience"] == "seed_value_v1").sum() == 30


def test_recent_buyers_go_by_their_own_rhythm():
    _, segments = base()
    found = choose(everybody())
    own = found.members.loc[found.members["audience"] == "suppress_recent_buyers_v1", "customer_id"]
    who = segments["customer_id"].isin(own)
    rest = (0.5 * segments["rhythm_days"]).clip(7, 180)
    assert (who == (segments["days_since_order"] < rest)).all()


def test_only_those_whom_the_uplift_pays_for_are_contacted():
    _, segments = base()
    dear = AudienceSettings(draws=20, contact_cost=0.25, incentive=0.5)
    found = choose(everybody(), dear)
    own = found.members.loc[found.members["audience"] == "second_order_v1", "customer_id"]
    offer = offer_of(dear, "second")
    gain = (segments["buyer_12m_mean"] - segments["next_12m_mean"]).to_numpy()
    at = break_even_uplift(gain, segments["p_order_60d"].to_numpy(), offer)
    asked = (segments["repeat_days"] == 0) & (segments["segment"] != "lapsed")
    asked &= segments["days_since_order"] >= segments["suppress_days"]
    paying = set(segments.loc[asked & (at < offer.uplift_mean), "customer_id"])
    assert 0 < len(paying) < asked.sum()
    assert set(own) == paying
    row = found.table.set_index("audience").loc["second_order_v1"]
    assert row["expected_profit"] > 0
    assert row["profit_q05"] < row["expected_profit"] < row["profit_q95"]


def test_who_only_returned_everything_is_kept_out_of_ads_too():
    refunds = pd.DataFrame(
        {"customer_id": ["0", "stranger", "once"], "orders": [3, 2, 1],
         "refunded_orders": [2, 2, 1], "refund_share": [0.6, 1.0, 1.0]}
    )  # fmt: skip
    found = choose(everybody(), refunds=refunds)
    own = found.members.loc[found.members["audience"] == "suppress_refunds_v1", "customer_id"]
    assert sorted(own) == ["0", "stranger"]


def test_a_list_below_the_least_size_has_no_file():
    found = choose(everybody(), AudienceSettings(draws=20, smallest=100_000, seed_most=200_000))
    ads = found.table[found.table["tool"] != "Klaviyo"]
    assert (ads["file"] == "").all()
    assert ads.loc[ads["customers"] > 0, "left_out"].str.contains("fewer than 100000").all()


def test_same_inputs_same_tables():
    told = consents(base()[1]["customer_id"])
    one, two = choose(told), choose(told)
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    pd.testing.assert_frame_equal(one.members, two.members, check_exact=True)


@pytest.mark.slow
def test_two_hundred_thousand_customers():
    shop = people(200_000, draws=10)
    segments = segment_table(shop.outlooks, shop.customers, shop.values, SETTINGS)
    consent = consent_table(segments["customer_id"], consents(segments["customer_id"]))
    found = make_audiences(
        segments, shop.outlooks, consent, no_refunds(), SETTINGS, currency="USD", seed=1
    )
    assert (segments["clv_band"] == "top").sum() == 20_000
    row = found.table.set_index("audience").loc["existing_customers"]
    assert row["chosen"] == 200_000
    total = segments.loc[consent["consent_email"].fillna(True).to_numpy(), "next_12m_mean"].sum()
    assert row["expected_value"] == pytest.approx(total, rel=0.02)


def test_no_list_is_made_for_a_tool_that_is_not_used():
    shop, segments = base()

    def lists(*unused: str) -> Audiences:
        why = {tool: f"{tool} is not used" for tool in unused}
        return make_audiences(
            segments, shop.outlooks, everybody(), no_refunds(), SETTINGS,
            unused=why, currency="USD", seed=1,
        )  # fmt: skip

    every = lists()
    some = lists("TikTok Ads", "Google Ads")
    assert set(some.table["tool"]) == {"Klaviyo", "Meta Ads"}
    kept = every.table[every.table["tool"].isin(["Klaviyo", "Meta Ads"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(some.table, kept)  # what is left out changes nothing else
    assert not {"existing_customers", "lapsed_customers"} & set(some.members["audience"])
    out = some.left_out[some.left_out["tool"] != ""]
    gone = every.table[~every.table["tool"].isin(["Klaviyo", "Meta Ads"])]
    assert set(zip(out["audience"], out["tool"], strict=True)) == set(
        zip(gone["audience"], gone["tool"], strict=True)
    )
    chosen = out.set_index(["audience", "tool"])["customers"]
    assert chosen["existing_customers", "Google Ads"] == len(segments)
    assert set(out["reason"]) == {"TikTok Ads is not used", "Google Ads is not used"}


def test_what_an_e_mail_would_bring_is_known_without_a_tool_to_send_it():
    shop, segments = base()
    found = make_audiences(
        segments, shop.outlooks, everybody(), no_refunds(), SETTINGS,
        unused={"Klaviyo": "not used"}, currency="USD", seed=1,
    )  # fmt: skip
    own = found.table[found.table["audience"] == "second_order_v1"].iloc[0]
    same = choose(everybody()).table.set_index("audience").loc["second_order_v1"]
    assert own["tool"] == "e-mail tool not known"
    assert own["file"] == ""
    assert own["expected_profit"] == same["expected_profit"]
    assert "Klaviyo" not in set(found.table["tool"])
