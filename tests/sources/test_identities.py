from __future__ import annotations

import hashlib

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.reading import count, everything, read
from tests.sources.shopify_rows import ORDER, text
from workbench.errors import SourceError
from workbench.sources.consent import to_bool
from workbench.sources.identities import clean_email, customer_key
from workbench.sources.phones import clean_phone


def column(*cells: object) -> pd.Series:
    return pd.Series(list(cells), dtype="str")


def test_the_key_is_a_hash_keyed_with_the_brand():
    mail = clean_email(column(" Ann@Example.ORG"))
    digest = hashlib.blake2b(b"ann@example.org", key=b"juniper", digest_size=8).hexdigest()
    assert customer_key(mail, slug="juniper").tolist() == [f"c_{digest}"]
    assert customer_key(mail, slug="other").tolist() != [f"c_{digest}"]
    assert customer_key(column(None), column("+33123456789"), slug="j").str.startswith("c_").all()
    assert customer_key(column(None), column(None), slug="j").isna().all()
    assert customer_key(mail, slug="a" * 100).notna().all()


addresses = st.from_regex(r"[A-Za-z0-9.+'_-]{1,6}@[A-Za-z0-9-]{1,4}\.org", fullmatch=True)


@given(st.lists(addresses, min_size=1, max_size=5))
def test_one_key_a_person_and_no_address_in_it(mails):
    keys = customer_key(clean_email(column(*mails)), slug="b")
    assert keys.nunique() == len({mail.lower() for mail in mails})
    assert keys.str.fullmatch(r"c_[0-9a-f]{16}").all()


@pytest.mark.parametrize(
    ("phone", "country", "cleaned"),
    [
        ("'+61412000999", None, "+61412000999"),
        ("+61 412 000 999", "US", "+61412000999"),
        ("1-(650) 561-5622", "US", "+16505615622"),
        ("0412 000 999", "au", "+61412000999"),
        ("0412 000 999", None, None),  # a country is never guessed
        ("650", "US", None),
        ("6.50562E+09", "US", None),
        ("n/a", "US", None),
        (None, "US", None),
    ],
)
def test_phones_become_international_or_nothing(phone, country, cleaned):
    got = clean_phone(column(phone), column(country)).iloc[0]
    assert got == cleaned or (cleaned is None and pd.isna(got))


def test_consent_cells():
    got = to_bool(
        column("yes", "NO", "SUBSCRIBED", "never_subscribed", "2025-01-05 10:00", "", None)
    )
    assert got.tolist() == [True, False, True, False, True, pd.NA, pd.NA]


CUSTOMERS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Zip,"
    "Default Address Country Code,Phone,Accepts SMS Marketing\n"
    "'771,Ann,Lee,ann@example.org,yes,'75008,FR,'+33123456789,no\n"
    "'772,Bob,Ray,bob@example.org,no,,,,\n"
)


def shop(small_brand, customers, rows, **sources):
    sources = {
        "orders": {"format": "shopify_orders", "path": "export.csv"},
        "customers": {"format": "customers", "path": "customers.csv"},
        **sources,
    }
    return small_brand(
        files={"export.csv": text(rows), "customers.csv": customers}, sources=sources
    )


def test_a_customers_export_gives_the_shops_own_ids(small_brand):
    by_phone = {**ORDER, "Name": "#2", "Id": "2", "Email": "", "Phone": "+33123456789"}
    stranger = {**ORDER, "Name": "#3", "Id": "3", "Email": "eve@example.org"}
    exports = read(shop(small_brand, CUSTOMERS, [ORDER, by_phone, stranger]))
    customer = exports.orders.set_index("order_id")["customer_id"]
    assert customer["5400000000001"] == customer["2"] == "771"
    assert customer["3"].startswith("c_")
    people = exports.identities.set_index("customer_id")
    assert people.loc["771", "consent_email"]
    assert not people.loc["771", "consent_sms"]
    assert people.loc["771", "zip"] == "75008"
    assert people.index.is_unique
    assert "@" not in everything(exports)


def test_a_phone_of_two_customers_names_neither(small_brand):
    both = CUSTOMERS.replace("bob@example.org,no,,,", "bob@example.org,no,,,+33123456789")
    row = {**ORDER, "Email": "", "Phone": "+33123456789"}
    exports = read(shop(small_brand, both, [row]))
    assert exports.orders["customer_id"].str.startswith("c_").all()


def test_people_without_any_contact_are_counted(small_brand):
    exports = read(shop(small_brand, CUSTOMERS + ",Eve,X,,,,,,\n", [ORDER]))
    assert count(exports, "without id, e-mail and phone") == 1


def test_damaged_customer_ids_are_refused(small_brand):
    with pytest.raises(SourceError, match="ids were rounded"):
        read(shop(small_brand, CUSTOMERS.replace("'772", "7.7E+12"), [ORDER]))
