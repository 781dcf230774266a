from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.files_of import brand_of, file_of, logged, read_file
from workbench.errors import SourceError
from workbench.sources import klaviyo
from workbench.sources.identities import clean_email, customer_key

HEAD = (
    "Email,Klaviyo ID,First Name,Last Name,Phone Number,City,Country,Zip Code,Source,"
    "Email Marketing Consent,SMS Marketing Consent,Email Suppressions,Last Active,"
    "Profile Created On,Predicted Customer Lifetime Value,Predicted Number Of Orders,"
    "Average Days Between Orders,Historic Customer Lifetime Value,Historic Number Of Orders,"
    "Churn Risk Prediction,Expected Date Of Next Order,Total Customer Lifetime Value,"
    "clv_band,Favourite colour\n"
)
ANN = (
    "Ann@Example.com ,K1,Ann,Archer,'+14155550100,Paris,FR,'75008,fb,SUBSCRIBED,TRUE,[],"
    "2026-05-01 10:00:00,2025-01-01 02:30:00+00:00,120.50,2.4,45,80.25,2,0.125,2026-05-14,200.75,"
    "top10,blue\n"
)
BOB = (
    "bob@example.com,K2,Bob,Baker,,,,,,UNSUBSCRIBED,NEVER_SUBSCRIBED,,2026-04-01 10:00:00,"
    "2025-02-01 12:00:00+00:00,10,,,,1,0.9,,10,low,\n"
)


def read(tmp_path, text, brand=None, columns=None, **options):
    return read_file(
        klaviyo.read, "klaviyo_profiles", file_of(tmp_path, text), brand, columns, **options
    )


def test_profile(tmp_path):
    brand = brand_of(tmp_path)
    frame = read(tmp_path, HEAD + ANN + BOB, brand).frame
    key = customer_key(clean_email(pd.Series(["ann@example.com"])), slug=brand.slug).iloc[0]
    ann = frame.set_index("customer_id").loc[key]
    assert ann["predicted_clv"] == 120.5
    assert ann["historic_clv"] == 80.25
    assert ann["predicted_orders"] == 2.4
    assert ann["avg_days_between"] == 45
    assert ann["churn_probability"] == 0.125
    assert ann["source"] == "fb"
    assert ann["created"] == pd.Timestamp("2024-12-31 21:30:00")  # New York's wall clock
    assert ann["expected_next_order"] == pd.Timestamp("2026-05-14")
    assert ann["consent_email"]
    assert ann["consent_sms"]
    bob = frame.set_index("customer_id").drop(key).iloc[0]
    assert not bob["consent_email"]
    assert not bob["consent_sms"]
    assert pd.isna(bob["expected_next_order"])


def test_no_personal_data_leaves_in_frame_or_log(tmp_path):
    result = read(tmp_path, HEAD + ANN + BOB + ANN)
    shown = result.frame.to_csv() + str(result.log_rows)
    for secret in ("example.com", "Ann", "Archer", "Baker", "4155550100", "75008", "Paris", "K1"):
        assert not re.search(secret, shown, re.IGNORECASE), secret
    people = result.identities.set_index("email")
    assert people.loc["ann@example.com", "phone"] == "+14155550100"
    assert people.loc["ann@example.com", "zip"] == "75008"
    assert set(result.identities["customer_id"]) == set(result.frame["customer_id"])


def test_a_file_without_header_does_not_name_people_in_the_error(tmp_path):
    with pytest.raises(SourceError, match="first line that is data") as caught:
        read(tmp_path, ANN + BOB)
    for secret in ("example", "Ann", "Archer"):
        assert secret not in str(caught.value)


def test_custom_properties_are_told_by_the_header(tmp_path):
    frame = read(tmp_path, HEAD + ANN).frame
    assert frame["properties"].tolist() == ["clv_band, Favourite colour"]


@pytest.mark.parametrize(
    ("cell", "consent"),
    [
        ("TRUE", True),
        ("FALSE", False),
        ("SUBSCRIBED", True),
        ("Subscribed", True),
        ("UNSUBSCRIBED", False),
        ("NEVER_SUBSCRIBED", False),
        ("2023-05-04 10:00:00", True),
        ("2023-05-04T10:00:00+00:00", True),
        ("05/04/2023 10:00", True),
        ("", None),
    ],
)
def test_consent_cells(tmp_path, cell, consent):
    text = f"Email,Email Marketing Consent\na@example.com,{cell}\n"
    found = read(tmp_path, text).frame["consent_email"].iloc[0]
    assert pd.isna(found) if consent is None else bool(found) is consent


@pytest.mark.parametrize(
    ("cell", "suppressed"),
    [
        ('"[""UNSUBSCRIBE""]"', True),
        ('"[""HARD_BOUNCE"", ""SPAM_COMPLAINT""]"', True),
        ("['USER_SUPPRESSED']", True),
        ("[]", False),
        ("", False),
    ],
)
def test_a_suppressed_profile_has_no_consent(tmp_path, cell, suppressed):
    text = f"Email,Email Marketing Consent,Email Suppressions\na@example.com,SUBSCRIBED,{cell}\n"
    result = read(tmp_path, text)
    assert bool(result.frame["consent_email"].iloc[0]) is not suppressed
    assert bool(result.identities["consent_email"].iloc[0]) is not suppressed


def test_ambiguous_dates_are_refused_until_settled(tmp_path):
    text = "Email,Expected Date Of Next Order,Klaviyo ID\na@example.com,05/04/2022,K\n"
    with pytest.raises(SourceError, match="dates: day_first") as caught:
        read(tmp_path, text)
    assert "example.com" not in str(caught.value)
    day_first = read(tmp_path, text, dates="day_first").frame["expected_next_order"].iloc[0]
    assert day_first == pd.Timestamp("2022-04-05")
    settled = read(tmp_path, text + "b@example.com,05/28/2022,L\n").frame
    assert set(settled["expected_next_order"]) == {
        pd.Timestamp("2022-05-04"),
        pd.Timestamp("2022-05-28"),
    }


def test_one_row_per_person_the_most_recently_active(tmp_path):
    later = ANN.replace("2026-05-01", "2026-06-01").replace("120.50", "150").replace("Ann@", "ANN@")
    for text in (ANN + later, later + ANN):
        result = read(tmp_path, HEAD + text)
        assert result.frame["predicted_clv"].tolist() == [150.0]
        assert logged(result)["further profiles of a person dropped"] == 1


def test_a_refusal_in_an_older_profile_of_a_person_counts(tmp_path):
    head = "Email,Klaviyo ID,Email Marketing Consent,Last Active\n"
    no = "a@example.com,K1,UNSUBSCRIBED,2025-01-01\n"
    yes = "A@example.com,K2,SUBSCRIBED,2026-01-01\n"
    for text in (no + yes, yes + no):
        assert read(tmp_path, head + text).identities["consent_email"].tolist() == [False]


def test_profiles_by_phone_and_profiles_of_nobody(tmp_path):
    text = "Email,Phone Number,Klaviyo ID\n,+14155550100,K1\n,,K2\n"
    result = read(tmp_path, text)
    assert len(result.frame) == 1
    assert logged(result)["profiles without e-mail and phone dropped"] == 1


def test_key_is_the_same_as_that_of_orders_and_differs_between_brands(tmp_path):
    text = "Email,Klaviyo ID\n a@Example.COM,K1\n"
    one = read(tmp_path, text, brand_of(tmp_path / "one"))
    two = read(tmp_path, text, brand_of(tmp_path / "two"))
    assert one.frame["customer_id"].str.fullmatch("c_[0-9a-f]{16}").all()
    assert one.frame["customer_id"].iloc[0] != two.frame["customer_id"].iloc[0]


@given(
    people=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 10**6)), min_size=1, max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_order_of_rows_does_not_matter(tmp_path_factory, people, order):
    folder = tmp_path_factory.mktemp("klaviyo")
    head = "Email,Last Active,Historic Customer Lifetime Value,Klaviyo ID\n"
    rows = [
        f"p{who}@example.com,2026-01-01 00:00:{number:02d},{cents / 100:.2f},K{number}\n"
        for number, (who, cents) in enumerate(people)
    ]
    first = read(folder, head + "".join(rows)).frame
    order.shuffle(rows)
    pd.testing.assert_frame_equal(first, read(folder, head + "".join(rows)).frame)
    assert len(first) == len({who for who, _ in people})
