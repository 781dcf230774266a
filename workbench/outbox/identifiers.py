r"""Contacts as the ad platforms want them: normalised, then SHA-256.

A platform matches only the exact bytes it expects, so each rule is spelled out per platform and
held by golden vectors. Regular expressions name Unicode classes (``\p{L}``): the ASCII ``\w`` of
the engine below would turn ``Zoë`` into ``zo``, as published SDKs do.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.sources.identities import clean_email

__all__ = [
    "digits",
    "google_email",
    "google_name",
    "meta_city",
    "meta_name",
    "meta_state",
    "meta_zip",
    "plain_name",
    "plain_zip",
    "sha256",
    "usable_email",
]

FORMULA = "^[=+\\-@\t\r\n]"
"""What a spreadsheet would run; no e-mail address or name in earnest begins with it."""

_BLOCK = 100_000
_EMAIL = r"^[^@\s\"',;<>()]+@[^@\s\"',;<>()]+\.[^@\s\"',;<>()]+$"
_NO_LETTER = r"[^\p{L}\p{M}\p{N}]"
_LATIN = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
"""Letters that Unicode does not take apart into a base letter and an accent."""


def _arrow(text: pd.Series[Any]) -> pa.Array:
    array = pa.array(text, type=pa.large_string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _series(array: pa.Array, like: pd.Series[Any]) -> pd.Series[Any]:
    array = pc.if_else(pc.equal(pc.utf8_length(array), 0), None, array)
    return pd.Series(array.to_pandas(), index=like.index, dtype="str")


def _keep(array: pa.Array, pattern: str) -> pa.Array:
    return pc.if_else(pc.match_substring_regex(array, pattern), array, None)


def _drop(array: pa.Array, pattern: str) -> pa.Array:
    return pc.replace_substring_regex(array, pattern, "")


def _lower(text: pd.Series[Any]) -> pa.Array:
    array = pc.utf8_trim_whitespace(pc.utf8_normalize(_arrow(text), "NFC"))
    lower = pc.utf8_lower(array)
    special = pc.fill_null(pc.match_substring_regex(array, "[İΣ]"), False)
    if pc.any(special).as_py():
        # letters whose lower case depends on context or has two marks, which Arrow leaves out
        told = [value.lower() for value in array.filter(special).to_pylist()]
        lower = pc.replace_with_mask(lower, special, pa.array(told, pa.large_string()))
    return lower


def usable_email(email: pd.Series[Any]) -> pd.Series[Any]:
    """Return addresses in lower case; NaN for what no mail server or spreadsheet should get."""
    array = _arrow(clean_email(email.astype("str").str.removeprefix("'")))
    array = pc.if_else(pc.match_substring_regex(array, FORMULA), None, array)
    return _series(_keep(array, _EMAIL), email)


def digits(phone: pd.Series[Any]) -> pd.Series[Any]:
    """Return E.164 phones without their plus: country code first, as Meta and TikTok want."""
    return phone.str.removeprefix("+")


def google_email(email: pd.Series[Any], *, gmail_dots: bool = True) -> pd.Series[Any]:
    """Return addresses as Google hashes them: at Gmail without dots and ``+tag``.

    Parameters
    ----------
    email : Series of str
        From `usable_email`.
    gmail_dots : bool
        False leaves Gmail addresses as they are; see `OutboxSettings.gmail_dots`.
    """
    if not gmail_dots:
        return email
    gmail = email.str.endswith(("@gmail.com", "@googlemail.com")).fillna(False).astype(bool)
    at = email[gmail].str.split("@", n=1, expand=True)
    if not len(at):
        return email
    user = at[0].str.split("+", n=1).str[0].str.replace(".", "", regex=False)
    changed = email.copy()
    changed[gmail] = (user + "@" + at[1]).where(user != "")
    return changed


def plain_name(name: pd.Series[Any]) -> pd.Series[Any]:
    """Return names with single spaces; NaN for what a spreadsheet would run as a formula."""
    array = pc.utf8_trim_whitespace(pc.utf8_normalize(_arrow(name), "NFC"))
    array = pc.if_else(pc.match_substring_regex(array, FORMULA), None, array)
    return _series(pc.replace_substring_regex(array, r"\s+", " "), name)


def google_name(name: pd.Series[Any]) -> pd.Series[Any]:
    """Return names as Google hashes them: trimmed, lower case, accents kept, single spaces."""
    array = pc.replace_substring_regex(_lower(name), r"\s+", " ")
    return _series(array, name)


def meta_name(name: pd.Series[Any]) -> pd.Series[Any]:
    """Return names as Meta hashes them: lower case, accents kept, no punctuation, no spaces."""
    return _series(_drop(_lower(name), _NO_LETTER), name)


def meta_city(city: pd.Series[Any]) -> pd.Series[Any]:
    """Return cities as Meta hashes them: a-z only, accents taken off; NaN in other scripts."""
    array = _lower(city)
    for letter, latin in _LATIN.items():
        array = pc.replace_substring(array, letter, latin)
    array = _drop(pc.utf8_normalize(array, "NFKD"), r"\p{M}")
    return _series(_keep(_drop(array, _NO_LETTER), "^[a-z]+$"), city)


def meta_state(state: pd.Series[Any], country: pd.Series[Any]) -> pd.Series[Any]:
    """Return states as Meta hashes them: lower case; in the US only two-letter codes."""
    cleaned = _series(_drop(_lower(state), _NO_LETTER), state)
    return cleaned.where((country != "US") | (cleaned.str.len() == 2))


def meta_zip(code: pd.Series[Any], country: pd.Series[Any]) -> pd.Series[Any]:
    """Return postal codes as Meta hashes them: lower case, no spaces or dashes, US five digits.

    A British code stays whole (``SW1A 1AA`` -> ``sw1a1aa``, as Meta's example ``m11ae``).
    """
    cleaned = _series(_keep(_drop(_lower(code), r"[\s\-']"), "^[a-z0-9]+$"), code)
    american = (country == "US").fillna(False).astype(bool)
    first = cleaned.str.slice(0, 5)
    five = first.where(first.str.fullmatch(r"[0-9]{5}").fillna(False).astype(bool))
    return cleaned.where(~american, five)


def plain_zip(code: pd.Series[Any]) -> pd.Series[Any]:
    """Return postal codes in upper case; NaN where they hold other than letters and digits."""
    array = pc.utf8_upper(pc.utf8_trim_whitespace(_drop(_arrow(code), "^'")))
    return _series(_keep(array, r"^[A-Z0-9][A-Z0-9 \-]*$"), code)


def sha256(text: pd.Series[Any]) -> pa.Array:
    """Return SHA-256 of the UTF-8 bytes as 64 lower-case hexadecimal digits; NaN gives none.

    Each different value is hashed once and kept once: an Arrow dictionary array.
    """
    coded = pc.dictionary_encode(_arrow(text))
    digest, known = hashlib.sha256, coded.dictionary
    hashed = [
        pa.array([digest(v.encode()).hexdigest() for v in part.to_pylist()], pa.large_string())
        for part in (known.slice(at, _BLOCK) for at in range(0, len(known), _BLOCK))
    ]
    made = pa.concat_arrays(hashed) if hashed else pa.array([], pa.large_string())
    return pa.DictionaryArray.from_arrays(coded.indices, made)
