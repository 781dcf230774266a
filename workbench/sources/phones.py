"""Phones as E.164; a number without country code is read by its country, never by a guess."""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["clean_phone", "region", "usable_phone"]


def clean_phone(phone: pd.Series[Any], country: pd.Series[Any] | None = None) -> pd.Series[str]:
    """Return phones as E.164 (``+61412000999``).

    Parameters
    ----------
    phone : Series of str
    country : Series of str, optional
        Two-letter region of a number without country code. Without one such a number is NaN:
        a guessed country would join different people.
    """
    bare = phone.astype("str").str.removeprefix("'").str.replace(r"[\s().\-/]+", "", regex=True)
    done = bare.where(bare.str.fullmatch(r"\+[1-9]\d{7,14}").fillna(False).astype(bool))
    if country is None:
        return done
    code = country.astype("str").str.strip().str.upper()
    left = done.isna() & bare.notna() & code.notna()
    if left.any():
        pairs = pd.MultiIndex.from_arrays([bare[left], code[left]])
        known = {pair: _e164(*pair) for pair in pairs.unique()}
        done = done.copy()
        done[left] = pd.Series([known[pair] for pair in pairs], index=bare.index[left], dtype="str")
    return done


def _e164(phone: str, code: str) -> str | None:
    import phonenumbers  # slow to import; most exports have the country code

    try:
        number = phonenumbers.parse(phone, code)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region(country: pd.Series[Any]) -> pd.Series[Any]:
    """Return two-letter country codes in upper case; NaN for anything else, names included."""
    import phonenumbers  # slow to import

    code = country.astype("str").str.strip().str.upper()
    known = {value for value in code.dropna().unique() if value in phonenumbers.SUPPORTED_REGIONS}
    return code.where(code.isin(known))


def usable_phone(phone: pd.Series[Any], country: pd.Series[Any]) -> pd.Series[Any]:
    """Return phones as E.164; NaN where the country is unknown or the length impossible there.

    Whether a number is possible depends on its first digits and its length only, so one number of
    each kind is asked about.
    """
    import phonenumbers  # slow to import

    e164 = clean_phone(phone, region(country))
    kind = e164.str.slice(0, 5) + ":" + e164.str.len().astype("Int64").astype("str")
    possible = []
    for name, number in e164.groupby(kind).first().items():
        try:
            told = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(number))
        except phonenumbers.NumberParseException:
            continue
        if told == phonenumbers.ValidationResult.IS_POSSIBLE:  # not only within its own town
            possible.append(name)
    return e164.where(kind.isin(possible))
