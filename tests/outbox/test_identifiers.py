"""Golden vectors, and Google's own formatting library as an independent answer."""

from __future__ import annotations

import hashlib
import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import require
from workbench.outbox import identifiers as ids
from workbench.sources.phones import region, usable_phone


def text(*values):
    return pd.Series(list(values), dtype="str")


def one(function, value, **named):
    (made,) = function(text(value), **named).tolist()
    return made if isinstance(made, str) else None


def test_googles_golden_hash():
    made = ids.sha256(text("test@gmail.com")).to_pylist()
    assert made == ["87924606b4131a8aceeeae8868531fbb9712aaa07a5d3a756b26ce0f5d6ca674"]


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        (" Test@Gmail.com ", "test@gmail.com"),
        ("'ann@example.com", "ann@example.com"),
        ("Ann.O'Neil@example.com", None),
        ("=cmd@example.com", None),
        ("+1@example.com", None),
        ("-a@example.com", None),
        ("ann@localhost", None),
        ("ann@example.com,bob@example.com", None),
        ("two words@example.com", None),
        ("", None),
    ],
)
def test_addresses_that_may_go_out(given_, made):
    assert one(ids.usable_email, given_) == made


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        ("t.e.s.t+shop@gmail.com", "test@gmail.com"),
        ("t.est@googlemail.com", "test@googlemail.com"),
        ("t.est+shop@example.com", "t.est+shop@example.com"),
        ("...@gmail.com", None),
    ],
)
def test_gmail_without_dots_and_tags(given_, made):
    assert one(ids.google_email, given_) == made
    assert one(ids.google_email, given_, gmail_dots=False) == given_


@pytest.mark.parametrize(
    ("phone", "country", "made"),
    [
        ("1-(650)-561-5622", "US", "16505615622"),
        ("'+61412000999", None, "61412000999"),
        ("0412 000 999", "AU", "61412000999"),
        ("06 12 34 56 78", "FR", "33612345678"),
        ("6505615622", None, None),  # a country is never guessed
        ("6505615622", "Atlantis", None),
        ("12345", "US", None),
        ("+1650", "US", None),
        ("+16505615", "US", None),
        ("call me", "US", None),
    ],
)
def test_phones_by_their_country(phone, country, made):
    phones = usable_phone(text(phone), text(country))
    (told,) = ids.digits(phones).tolist()
    assert (told if isinstance(told, str) else None) == made


@pytest.mark.parametrize(
    ("function", "given_", "made"),
    [
        (ids.meta_name, "Zoë", "zoë"),
        (ids.meta_name, "Zoe\u0308", "zoë"),  # a combining mark: the same name, the same bytes
        (ids.meta_name, " O'Neil-Smith ", "oneilsmith"),
        (ids.meta_name, "山田", "山田"),
        (ids.meta_name, "...", None),
        (ids.google_name, " Mary  Jane ", "mary jane"),
        (ids.google_name, "ZOË", "zoë"),
        (ids.google_name, "ΝΊΚΟΣ", "νίκος"),  # a final sigma
        (ids.meta_city, "St. Louis", "stlouis"),
        (ids.meta_city, "São Paulo", "saopaulo"),
        (ids.meta_city, "Łódź", "lodz"),
        (ids.meta_city, "Straße", "strasse"),
        (ids.meta_city, "東京", None),
        (ids.plain_name, "=cmd|' /c calc'!A0", None),
        (ids.plain_name, "\t=1", None),
        (ids.plain_zip, "'75008", "75008"),
        (ids.plain_zip, "=1+1", None),
        (region, "us", "US"),
        (region, "United States", None),
    ],
)
def test_names_and_places(function, given_, made):
    assert one(function, given_) == made


@pytest.mark.parametrize(
    ("code", "country", "made"),
    [
        ("SW1A 1AA", "GB", "sw1a1aa"),
        ("M1 1AE", "GB", "m11ae"),  # the example in Meta's documentation
        ("94016-1234", "US", "94016"),
        ("'75008", "FR", "75008"),
        ("1234", "US", None),
        ("=1", "FR", None),
    ],
)
def test_postal_codes_for_meta(code, country, made):
    (told,) = ids.meta_zip(text(code), text(country)).tolist()
    assert (told if isinstance(told, str) else None) == made


def test_american_states_are_two_letters():
    told = ids.meta_state(text("CA", "California", "NSW", None), text("US", "US", "AU", "US"))
    assert told.fillna("").tolist() == ["ca", "", "nsw", ""]


LETTERS = st.text(
    alphabet=st.characters(categories=["Ll", "Lu", "Lo", "Nd"], max_codepoint=0x24F), max_size=12
)


@given(st.lists(LETTERS, min_size=1, max_size=8))
def test_no_letter_of_a_name_is_lost(names):
    made = ids.meta_name(text(*names)).fillna("").tolist()
    assert made == [unicodedata.normalize("NFC", name).lower() for name in names]


@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=10))
def test_hashes_are_those_of_hashlib(values):
    series = pd.Series(values, dtype="str")
    expected = [None if v is None else hashlib.sha256(v.encode()).hexdigest() for v in values]
    assert ids.sha256(series).to_pylist() == expected


PARTS = st.from_regex(r"[a-z][a-z0-9.+]{0,8}[a-z]", fullmatch=True)
DOMAINS = st.sampled_from(["gmail.com", "googlemail.com", "example.com", "Gmail.com"])


@given(PARTS, DOMAINS)
def test_google_addresses_agree_with_googles_library(user, domain):
    formatter = require("google.ads.datamanager_util").Formatter()
    encoding = require("google.ads.datamanager_util.format").Encoding
    email = f" {user.title()}@{domain}"
    ours = ids.sha256(ids.google_email(ids.usable_email(text(email)))).to_pylist()
    assert ours == [formatter.process_email_address(email, encoding.HEX).lower()]


@pytest.mark.parametrize("name", ["Zoë", " O'Neil ", "Mary Jane", "ÅSA", "山田"])
def test_google_names_and_phones_agree_with_googles_library(name):
    formatter = require("google.ads.datamanager_util").Formatter()
    encoding = require("google.ads.datamanager_util.format").Encoding
    ours = ids.sha256(ids.google_name(text(name))).to_pylist()
    assert ours == [formatter.process_given_name(name, encoding.HEX).lower()]
    phone = usable_phone(text("1-(650)-561-5622"), text("US"))
    theirs = formatter.process_phone_number("1-(650)-561-5622", encoding.HEX).lower()
    assert ids.sha256(phone).to_pylist() == [theirs]
