"""Who may be written to a list, and who is the same person under several customer ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from workbench.outbox.identifiers import plain_name, plain_zip, usable_email
from workbench.sources.consent import REFUSED, allowed, state_of, together
from workbench.sources.frames import fit
from workbench.sources.identities import merge_identities
from workbench.sources.phones import region, usable_phone

__all__ = ["SLOTS", "Recipients", "contacts", "placed", "recipients"]

SLOTS = 3
"""E-mail addresses, and phones, of one person in one row: Meta and TikTok take three."""

NO_IDENTITY = "no e-mail and no phone"
INVALID_PHONE = "no e-mail, and an unusable phone"
NO_EMAIL = "no usable e-mail"
SHARED = "only contacts that many customer ids share"
REFUSED_CONSENT = "consent refused"
UNKNOWN_CONSENT = "consent unknown"
NO_VALUE = "value zero, negative or unknown"
SAME_PERSON = "same person under another id"
HELD_OUT = "held out, to measure the action"
"""Reasons, in the order asked: the first that holds is the one counted."""


def contacts(
    identities: pd.DataFrame, profiles: pd.DataFrame | None = None, *, shared_limit: int = 5
) -> pd.DataFrame:
    """Return one row per customer id with clean contacts, consent per contact, and the person.

    Ids that share an e-mail or a phone, also through a third id, are one person. A contact shared
    by more than `shared_limit` ids belongs to nobody and is removed. Consent is a contact's, not
    an id's: one refusal on any id refuses it, else one grant grants it.

    Parameters
    ----------
    identities : DataFrame
        Canonical frame; columns it lacks, such as consent, count as unknown.
    profiles : DataFrame, optional
        Canonical frame of the e-mail tool: what it knows of consent counts like the shop's.
    shared_limit : int

    Returns
    -------
    DataFrame
        customer_id, email, phone (E.164), first_name, last_name, city, province, zip, country,
        email_key, phone_key (number of the contact, -1 without), email_consent, phone_consent
        (1 granted, 0 unknown, -1 refused), phone_invalid, shared, person. Sorted by customer_id.
    """
    who = fit("identities", identities)
    if who["customer_id"].duplicated().any():
        who = merge_identities([who])
    who = who.sort_values("customer_id", kind="stable", ignore_index=True)
    out = pd.DataFrame({"customer_id": who["customer_id"]})
    out["email"] = usable_email(who["email"])
    out["phone"] = usable_phone(who["phone"], who["country"])
    out["phone_invalid"] = who["phone"].notna() & out["phone"].isna()
    for name in ("first_name", "last_name", "city", "province"):
        out[name] = plain_name(who[name])
    out["zip"] = plain_zip(who["zip"])
    out["country"] = region(who["country"])
    out["shared"] = False
    for kind, consent in (("email", "consent_email"), ("phone", "consent_sms")):
        keys = _numbered(out, kind, shared_limit)
        told = state_of(who[consent])
        if profiles is not None and len(profiles):
            also = pd.Index(out["customer_id"]).get_indexer(pd.Index(profiles["customer_id"]))
            ids = np.concatenate([np.arange(len(out)), also])
            told = together(ids, np.concatenate([told, state_of(profiles[consent])]))[: len(out)]
        out[f"{kind}_key"] = keys
        out[f"{kind}_consent"] = together(keys, told)
    out["person"] = _people(out["email_key"].to_numpy(), out["phone_key"].to_numpy())
    return out


def _numbered(out: pd.DataFrame, kind: str, limit: int) -> np.ndarray:
    """Number the contacts of a kind, in place without those that too many ids share."""
    keys = pd.factorize(out[kind])[0]
    if keys.max(initial=-1) < 0:
        return keys
    shared = (np.bincount(keys[keys >= 0]) > limit)[keys] & (keys >= 0)
    out["shared"] |= shared
    out.loc[shared, kind] = None
    return np.where(shared, -1, keys)


def _people(email: np.ndarray, phone: np.ndarray) -> np.ndarray:
    """Number the connected components of ids and contacts; the smallest row names each."""
    n = len(email)
    if not n:
        return np.zeros(0, dtype=np.int64)
    emails = int(email.max(initial=-1)) + 1
    rows = np.arange(n)
    ends = np.concatenate([n + email[email >= 0], n + emails + phone[phone >= 0]])
    starts = np.concatenate([rows[email >= 0], rows[phone >= 0]])
    size = n + emails + int(phone.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(starts), dtype=bool), (starts, ends)), shape=(size, size))
    label = connected_components(graph, directed=False)[1][:n]
    first = np.full(label.max() + 1, n)
    np.minimum.at(first, label, rows)
    return first[label]


def placed(people: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Return members with ``row``, the row of `contacts`, in place of customer_id.

    Customer ids that no export knows get rows beyond the last, one each.
    """
    row = pd.Index(people["customer_id"]).get_indexer(pd.Index(members["customer_id"]))
    unknown = row < 0
    row[unknown] = len(people) + pd.factorize(members["customer_id"][unknown])[0]
    return members.drop(columns="customer_id").assign(row=row)


@dataclass(frozen=True)
class Recipients:
    """The people of one list, as rows of `contacts`; -1 stands for none.

    Attributes
    ----------
    who : ndarray, shape (people,)
        Row with the largest value: name and address are taken from it.
    emails, phones : ndarray, shape (people, SLOTS)
        Rows whose e-mail and phone may be used, largest value first.
    value : ndarray, shape (people,)
        Largest value of the person's ids, currency, to the cent; NaN without.
    left_out : dict of str to int
        Reason -> customer ids. With the people they sum to the members.
    phones_left_blank : int
        Customers on the list whose phone is unusable; they are reached by e-mail.
    held_out : ndarray
        Rows of members who might be on the list but were withheld: the control group.
    """

    who: np.ndarray
    emails: np.ndarray
    phones: np.ndarray
    value: np.ndarray
    left_out: dict[str, int]
    phones_left_blank: int
    held_out: np.ndarray

    def __len__(self) -> int:
        return len(self.who)


def recipients(
    people: pd.DataFrame,
    members: pd.DataFrame,
    *,
    consent: str,
    email_only: bool = False,
    needs_value: bool = False,
    held_out: np.ndarray | None = None,
) -> Recipients:
    """Choose who of a list's members may be in its file, one row per person.

    Parameters
    ----------
    people : DataFrame
        From `contacts`.
    members : DataFrame
        Of `placed`: row and value (currency; NaN without); an id given twice counts once.
    consent : {"given", "not_refused", "all"}
        What an e-mail needs of e-mail consent and a phone of SMS consent.
    email_only : bool
        The tool knows people by e-mail (Klaviyo): one row per e-mail, phones come along only
        where no earlier row has them.
    needs_value : bool
        Leave out who has no positive value.
    held_out : ndarray of bool, optional
        By row of `people`: people withheld.
    """
    members = members.sort_values("value", ascending=False, kind="stable").drop_duplicates("row")
    at = members["row"].to_numpy()
    here = at < len(people)
    at = np.where(here, at, -1)
    value = members["value"].to_numpy(dtype=float).round(2)

    def column(name: str) -> np.ndarray:
        cells = people[name].to_numpy()
        return cells[at] if len(cells) else np.zeros(len(at), dtype=cells.dtype)

    has_email = here & (column("email_key") >= 0)
    has_phone = here & (column("phone_key") >= 0)
    may_email = has_email & allowed(column("email_consent"), consent)
    may_phone = has_phone & allowed(column("phone_consent"), consent)
    has = has_email if email_only else has_email | has_phone
    may = may_email if email_only else may_email | may_phone
    refused = (has_email & (column("email_consent") == REFUSED)) | (
        has_phone & (column("phone_consent") == REFUSED) & (not email_only)
    )
    shared, invalid = here & column("shared"), here & column("phone_invalid")
    asked = [
        (~has & shared, SHARED),
        (~has & here & email_only, NO_EMAIL),
        (~has & invalid, INVALID_PHONE),
        (~has, NO_IDENTITY),
        (~may & refused, REFUSED_CONSENT),
        (~may, UNKNOWN_CONSENT),
    ]
    if needs_value:
        asked.append((~(value > 0), NO_VALUE))
    if held_out is not None and len(held_out):
        asked.append((here & held_out[at], HELD_OUT))
    left_out: dict[str, int] = {}
    kept = np.ones(len(at), dtype=bool)
    control = np.zeros(0, dtype=np.int64)
    for missing, reason in asked:
        count = int((kept & missing).sum())
        if count:
            left_out[reason] = count
        if reason == HELD_OUT:
            control = at[kept & missing]
        kept &= ~missing

    key = column("email_key") if email_only else column("person")
    rows = pd.DataFrame(
        {"at": at, "key": key, "value": value, "email": may_email, "phone": may_phone}
    )[kept]
    rows = rows.sort_values(["value", "at"], ascending=[False, True])  # unknown values last
    lead = rows[~rows["key"].duplicated()].sort_values("at")
    merged = len(rows) - len(lead)
    if merged:
        left_out[SAME_PERSON] = merged
    place = pd.Index(lead["key"])
    return Recipients(
        lead["at"].to_numpy(),
        _slots(rows[rows["email"]], people["email_key"].to_numpy(), place),
        _slots(rows[rows["phone"]], people["phone_key"].to_numpy(), place, once=email_only),
        lead["value"].to_numpy(),
        left_out,
        int((invalid & kept).sum()),
        np.sort(control),
    )


def _slots(
    rows: pd.DataFrame, key_of: np.ndarray, place: pd.Index, once: bool = False
) -> np.ndarray:
    """Lay a person's different contacts side by side, shape (people, SLOTS)."""
    contact = key_of[rows["at"].to_numpy()]
    rows = rows.assign(contact=contact)
    rows = rows.drop_duplicates(["contact"] if once else ["key", "contact"])
    nth = rows.groupby("key", sort=False).cumcount().to_numpy()
    out = np.full((len(place), SLOTS), -1, dtype=np.int64)
    fits = nth < SLOTS
    out[place.get_indexer(pd.Index(rows["key"][fits])), nth[fits]] = rows["at"].to_numpy()[fits]
    return out
