"""People under several ids, by brute force, and settings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outbox.people import identities, person
from workbench.errors import InputError
from workbench.outbox.contacts import contacts, placed, recipients
from workbench.outbox.settings import OutboxSettings

CONTACT = st.one_of(st.none(), st.integers(0, 5))
SAID = st.sampled_from([True, False, None])
VALUE = st.sampled_from([-1.0, 0.0, 5.0, 7.5, float("nan")])
PEOPLE = st.lists(st.tuples(CONTACT, CONTACT, SAID, SAID, VALUE), min_size=1, max_size=9)


def rows_of(drawn):
    return [
        person(
            f"id{k}",
            email=None if e is None else f"e{e}@example.com",
            phone=None if p is None else f"+1650555010{p}",
            consent_email=ce,
            consent_sms=cp,
        )
        for k, (e, p, ce, cp, _) in enumerate(drawn)
    ]


def brute_force(drawn, rule):
    """Return person -> (emails, phones, largest value), written from the docstrings anew."""

    def fine(kind, contact):
        said = {row[kind + 2] for row in drawn if row[kind] == contact}
        if False in said:
            return False
        return True in said or rule == "not_refused"

    groups = [{k} for k in range(len(drawn))]
    for a in range(len(drawn)):
        for b in range(a):
            one, two = drawn[a], drawn[b]
            if any(one[j] is not None and one[j] == two[j] for j in (0, 1)):
                ga = next(g for g in groups if a in g)
                gb = next(g for g in groups if b in g)
                if ga is not gb:
                    groups.remove(gb)
                    ga |= gb
    people = []
    for group in groups:
        kept = [
            k
            for k in group
            if any(drawn[k][j] is not None and fine(j, drawn[k][j]) for j in (0, 1))
        ]
        if kept:
            contacts_ = [
                {drawn[k][j] for k in kept if drawn[k][j] is not None and fine(j, drawn[k][j])}
                for j in (0, 1)
            ]
            values = [drawn[k][4] for k in kept if not np.isnan(drawn[k][4])]
            people.append((*map(frozenset, contacts_), max(values, default=None)))
    return sorted(people, key=repr)


@given(PEOPLE, st.sampled_from(["given", "not_refused"]))
def test_people_and_consent_agree_with_brute_force(drawn, rule):
    people = contacts(identities(rows_of(drawn)), shared_limit=9)
    members = pd.DataFrame(
        {"customer_id": [f"id{k}" for k in range(len(drawn))], "value": [d[4] for d in drawn]}
    )
    chosen = recipients(people, placed(people, members), consent=rule)

    def told(column, rows):
        cells = people[column].to_numpy()
        return frozenset(int(str(cells[k]).split("@")[0][-1]) for k in rows if k >= 0)

    got = [
        (told("email", e), told("phone", p), None if np.isnan(v) else v)
        for e, p, v in zip(chosen.emails, chosen.phones, chosen.value, strict=True)
    ]
    expected = [
        (frozenset(sorted(e)), frozenset(sorted(p)), v) for e, p, v in brute_force(drawn, rule)
    ]
    narrow = [x for x in expected if len(x[0]) <= 3 and len(x[1]) <= 3]
    assert len(got) == len(expected)
    if narrow == expected:
        assert sorted(got, key=repr) == expected
    assert len(chosen) + sum(chosen.left_out.values()) == len(drawn)


def test_contacts_of_many_ids_join_nobody():
    rows = [person(f"k{k}", email="till@example.com") for k in range(6)]
    people = contacts(identities(rows), shared_limit=5)
    assert people["person"].nunique() == 6
    assert people["email"].isna().all()
    assert contacts(identities(rows), shared_limit=6)["person"].nunique() == 1


def test_members_no_export_knows_are_counted():
    people = contacts(identities([person("a")]))
    members = pd.DataFrame({"customer_id": ["a", "x", "x", "y"], "value": [1.0, 2.0, 3.0, 4.0]})
    chosen = recipients(people, placed(people, members), consent="given")
    assert len(chosen) == 1
    assert chosen.left_out == {"no e-mail and no phone": 2}


def test_an_id_given_twice_is_one():
    people = contacts(identities([person("a"), person("a", email=None, city="Oslo")]))
    assert len(people) == 1
    members = pd.DataFrame({"customer_id": ["a", "a"], "value": [1.0, 3.0]})
    chosen = recipients(people, placed(people, members), consent="given")
    assert chosen.value.tolist() == [3.0]
    assert chosen.left_out == {}


def test_all_wrong_settings_at_once():
    with pytest.raises(InputError) as caught:
        OutboxSettings(ads_consent="all", variants="none", holdout=1.0, shared_contact_limit=0)
    text = str(caught.value)
    for name in ("ads_consent", "variants", "holdout", "shared_contact_limit"):
        assert f"outbox.{name}" in text
