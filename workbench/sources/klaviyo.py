"""Klaviyo profile exports: consent, predictions, custom properties; nobody's address leaves."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.sources.consent import to_bool
from workbench.sources.frames import LogRow, ReadResult, fit
from workbench.sources.identities import clean_email, customer_key, merge_identities
from workbench.sources.opening import open_export, together
from workbench.sources.phones import clean_phone
from workbench.sources.rates import read_rates
from workbench.sources.tabular import Table
from workbench.sources.totals import is_blank

if TYPE_CHECKING:
    from workbench.brand import Brand, SourceSpec

__all__ = ["ALIASES", "read"]

ALIASES = {
    "email": ("email address",),
    "phone": ("phone number", "phone"),
    "profile_id": ("klaviyo id",),
    "first_name": ("first name",),
    "last_name": ("last name",),
    "city": (),
    "province": ("state / region", "state", "region"),
    "country": ("country code",),
    "zip": ("zip code", "postal code"),
    "source": ("$source",),
    "consent_email": ("email marketing consent", "email consent"),
    "consent_sms": ("sms marketing consent", "sms consent"),
    "suppressed": ("email suppressions", "suppressions"),
    "created": ("profile created on", "date added", "created"),
    "last_active": ("last active",),
    "predicted_clv": ("predicted customer lifetime value", "predicted clv"),
    "historic_clv": ("historic customer lifetime value", "historic clv"),
    "predicted_orders": ("predicted number of orders",),
    "historic_orders": ("historic number of orders",),
    "churn_probability": ("churn probability", "churn risk prediction"),
    "expected_next_order": ("expected date of next order",),
    "avg_days_between": ("average days between orders", "avg days between orders"),
}
_STANDARD = {
    "email suppressions timestamp", "email marketing consent timestamp",
    "sms marketing consent timestamp", "first active", "last open", "last click", "address",
    "address 2", "address 1", "organization", "title", "latitude", "longitude", "ip address",
    "time zone", "timezone", "locale", "external id", "total customer lifetime value",
    "average order value", "sms suppressions", "initial source", "last source",
}  # fmt: skip
"""Headers of Klaviyo's own that no reader uses: not custom properties."""
_MONEY = (
    "predicted_clv",
    "historic_clv",
    "predicted_orders",
    "historic_orders",
    "avg_days_between",
)


def read(path: Path, spec: SourceSpec, brand: Brand) -> ReadResult:
    """Read a profile (list or segment) export.

    Parameters
    ----------
    path : Path
    spec : SourceSpec
        Option `dates` settles ``05/04/2022``.
    brand : Brand

    Returns
    -------
    ReadResult
        `profiles`, one row per person, without e-mail, phone or name; these stand in
        `identities` under the same customer id.

    Raises
    ------
    SourceError
        No e-mail column, dates that can be read in two ways, unreadable numbers.
    """
    table = open_export(path, spec, required=["email"], aliases=ALIASES, options=["rates"])
    email = clean_email(table.text("email"))
    country = table.text("country").where(table.text("country").str.len() == 2)
    phone = clean_phone(table.text("phone"), country)
    person = customer_key(email, phone, slug=brand.slug)
    cells = together(
        {
            "created": partial(table.date, "created", brand.timezone),
            "last_active": partial(table.date, "last_active", brand.timezone),
            "expected_next_order": lambda: table.date("expected_next_order").dt.normalize(),
            "churn_probability": lambda: read_rates(table, ["churn_probability"], spec.options)[
                "churn_probability"
            ],
            **{name: partial(table.number, name) for name in _MONEY},
        }
    )
    frame = pd.DataFrame(cells).assign(customer_id=person, source=table.text("source"))
    suppressed = _suppressed(table.text("suppressed"))
    consent = to_bool(table.text("consent_email"))
    frame["consent_email"] = consent.mask(suppressed, False)
    frame["consent_sms"] = to_bool(table.text("consent_sms"))
    frame["properties"] = ", ".join(_custom(table))
    people = pd.DataFrame(
        {
            name: table.text(name).str.removeprefix("'")
            for name in ("first_name", "last_name", "city", "province", "zip", "country")
        }
    ).assign(
        customer_id=person,
        email=email,
        phone=phone,
        consent_email=frame["consent_email"],
        consent_sms=frame["consent_sms"],
    )
    nobody = person.isna()
    newest = frame[~nobody].sort_values(
        ["last_active", "created"], na_position="first", kind="stable"
    )
    kept = newest.drop_duplicates("customer_id", keep="last").sort_values("customer_id")
    log = [
        LogRow(spec.format, table.file, what, count)
        for what, count in (
            ("profiles without e-mail and phone dropped", int(nobody.sum())),
            ("further profiles of a person dropped", len(newest) - len(kept)),
            ("suppressed profiles taken as without consent", int((suppressed & ~nobody).sum())),
        )
        if count
    ]
    # with everybody's further profiles, newest first: a refusal in one of them counts
    identities = merge_identities([people.loc[newest.index[::-1]]])
    return ReadResult(fit("profiles", kept), log, identities)


def _suppressed(cells: pd.Series[Any]) -> pd.Series[bool]:
    """Return who is suppressed: a JSON array that holds a reason."""
    bare = cells.fillna("").str.strip("[] ")
    return ~(is_blank(bare) | bare.str.casefold().isin(["null", "none", "false"]))


def _custom(table: Table) -> list[str]:
    """Return the custom properties among the headers, as written."""
    taken = {" ".join(header.lower().split()) for header in table.headers.values()} | _STANDARD
    names = (" ".join(header.replace("\ufeff", "").split()) for header in table.raw_header)
    return [name.replace(",", " ") for name in names if name and name.lower() not in taken]
