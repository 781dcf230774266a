"""The people of a simulated brand: reserved addresses and numbers, nobody's real ones.

E-mail addresses end in example.com (RFC 2606), phone numbers in 555-0100 to 555-0199, which are
kept free for fiction.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["FIRST_CUSTOMER", "people"]

FIRST_CUSTOMER = 10_001
"""Number of the first customer in e-mail addresses and ids."""

_PHONE_EVERY = 50
_AREA_CODES = (
    202, 206, 212, 213, 215, 303, 305, 312, 313, 404, 408, 412, 414, 415, 502, 503, 504, 512, 513,
    602, 612, 614, 615, 617, 619, 702, 703, 704, 713, 716, 801, 804, 808, 816, 901, 907, 913, 919,
)  # fmt: skip
_PLACES = (
    ("Portland", "OR", "Oregon", "97205"),
    ("Austin", "TX", "Texas", "78701"),
    ("Boston", "MA", "Massachusetts", "02108"),
    ("Denver", "CO", "Colorado", "80202"),
    ("Chicago", "IL", "Illinois", "60601"),
    ("Atlanta", "GA", "Georgia", "30303"),
    ("Seattle", "WA", "Washington", "98101"),
    ("Brooklyn", "NY", "New York", "11201"),
)


def people(customer: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Return the contact data of customers, the same whenever a customer is asked for.

    One customer in a hundred gives a phone number instead of an e-mail address, one gives both.

    Returns
    -------
    pandas.DataFrame
        number, email, phone (E.164; empty if none), city, province, province_name, zip,
        consent_email, consent_sms.
    """
    number = customer + FIRST_CUSTOMER
    position, rest = np.divmod(customer, _PHONE_EVERY)
    has_phone = (rest == 7) & (position < 100 * len(_AREA_CODES))  # every number once
    phones = [
        f"+1{_AREA_CODES[item // 100 % len(_AREA_CODES)]}55501{item % 100:02d}" for item in position
    ]
    by_phone = has_phone & (position % 2 == 0)
    mixed = (customer.astype(np.uint64) * np.uint64(2654435761)) >> np.uint64(7)
    places = [_PLACES[int(item) % len(_PLACES)] for item in mixed]
    table = pd.DataFrame(places, columns=["city", "province", "province_name", "zip"])
    table.insert(0, "number", number)
    emails = np.array([f"c{item}@example.com" for item in number], dtype=object)
    table["email"] = np.where(by_phone, "", emails)
    table["phone"] = np.where(has_phone, np.array(phones, dtype=object), "")
    table["consent_email"] = mixed % np.uint64(10) < 7
    table["consent_sms"] = has_phone & (mixed % np.uint64(4) == 1)
    return table
