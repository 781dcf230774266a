"""Who a customer is, without saying it: keyed hashes of e-mail or phone.

E-mails, phones and names live only in the in-memory `identities` frame, which the outbox needs;
every other frame carries the hash or the shop's own customer id.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.sources.consent import to_bool
from workbench.sources.frames import LogRow, ReadResult, empty, fit
from workbench.sources.phones import clean_phone
from workbench.sources.reader_settings import TABLE_OPTIONS, check_settings
from workbench.sources.tabular import Table, read_table

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = [
    "clean_email",
    "customer_key",
    "guest_key",
    "merge_identities",
    "read",
    "real_ids",
]

_CONSENTS = ("consent_email", "consent_sms")
_ALIASES = {
    "customer_id": ("customer id", "id"),
    "first_name": ("first name",),
    "last_name": ("last name",),
    "city": ("default address city",),
    "province": ("default address province code", "province code"),
    "zip": ("default address zip",),
    "country": ("default address country code", "country code"),
    "address_phone": ("default address phone",),
    "consent_email": ("accepts email marketing", "accepts marketing"),
    "consent_sms": ("accepts sms marketing",),
}


def clean_email(email: pd.Series[Any]) -> pd.Series[str]:
    """Return addresses trimmed and in lower case; NaN for what is no address."""
    cleaned = email.astype("str").str.strip().str.lower()
    return cleaned.where(cleaned.str.fullmatch(r"[^@\s]+@[^@\s]+").fillna(False).astype(bool))


def _hashed(values: pd.Series[Any], slug: str, prefix: str) -> pd.Series[str]:
    key = slug.encode()[:64]  # blake2b takes no longer key
    known = {
        value: prefix + hashlib.blake2b(value.encode(), key=key, digest_size=8).hexdigest()
        for value in values.dropna().unique()
    }
    return values.map(known).astype("str")


def customer_key(
    email: pd.Series[Any], phone: pd.Series[Any] | None = None, *, slug: str
) -> pd.Series[str]:
    """Return ``c_`` + 16 hex of a hash keyed with the brand: of the e-mail, else of the phone.

    Parameters
    ----------
    email, phone : Series of str
        Cleaned by `clean_email` and `clean_phone`.
    slug : str
        `Brand.slug`; the same person has another key in another brand.

    Returns
    -------
    Series of str
        NaN where neither is known.
    """
    contact = email if phone is None else email.where(email.notna(), phone)
    return _hashed(contact, slug, "c_")


def guest_key(order: pd.Series[Any], *, slug: str) -> pd.Series[str]:
    """Return ``g_`` + 16 hex of the order's hash: a customer of one order."""
    return _hashed(order, slug, "g_")


def merge_identities(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per customer: of each field the first value known, earlier parts first.

    Of consent a refusal counts wherever it stands, in a later order or another export.
    """
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty("identities")
    grouped = pd.concat(parts, ignore_index=True).groupby("customer_id", sort=True)
    merged = grouped.first()
    for name in _CONSENTS:
        if name in merged:  # the least of what is known: False before True
            merged[name] = grouped[name].min()
    return fit("identities", merged.reset_index())


def real_ids(identities: pd.DataFrame, *, slug: str) -> pd.Series[str]:
    """Return hash -> the shop's own id, for customers whose own id some export tells.

    A contact that belongs to two ids of the shop is left out: it names nobody for certain.
    """
    known = identities[~identities["customer_id"].str.match(r"[cg]_[0-9a-f]{16}$")]
    keys = pd.concat(
        [
            pd.DataFrame({"key": customer_key(known[kind], slug=slug), "id": known["customer_id"]})
            for kind in ("email", "phone")
        ]
    ).dropna()
    keys = keys.drop_duplicates().drop_duplicates("key", keep=False)
    return keys.set_index("key")["id"]


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a Shopify customers export: the shop's customer ids, consent, names.

    Returns
    -------
    ReadResult
        An empty `identities` frame in `frame`; the people are in `identities`.

    Raises
    ------
    SourceError
        No e-mail column, or customer ids damaged by a spreadsheet.
    """
    check_settings(spec, columns={*_ALIASES, "email", "phone"}, options=TABLE_OPTIONS)
    table = read_table(
        path, required=["email"], aliases=_ALIASES, columns=spec.columns, options=spec.options
    )
    people = people_of(table)
    real = table.id("customer_id")
    people["customer_id"] = real.where(
        real.notna(), customer_key(people["email"], people["phone"], slug=brand.slug)
    )
    nobody = people["customer_id"].isna()
    rows = []
    if nobody.any():
        what = "customers without id, e-mail and phone"
        rows.append(LogRow("customers", path.name, what, int(nobody.sum())))
    return ReadResult(empty("identities"), rows, fit("identities", people[~nobody]))


def people_of(table: Table) -> pd.DataFrame:
    """Return the identity columns of a customers export, without ids."""
    names = ("first_name", "last_name", "city", "province", "zip", "country")
    people = pd.DataFrame({name: table.text(name).str.removeprefix("'") for name in names})
    people["email"] = clean_email(table.text("email"))
    phone = table.text("phone").where(table.text("phone").notna(), table.text("address_phone"))
    people["phone"] = clean_phone(phone, people["country"])
    people["consent_email"] = to_bool(table.text("consent_email"))
    people["consent_sms"] = to_bool(table.text("consent_sms"))
    return people
