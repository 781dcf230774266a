"""Who may be in which list."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

__all__ = [
    "ADS_RULE",
    "EMAIL_RULE",
    "SUPPRESSION_RULE",
    "allowed",
    "consent_table",
    "shared_contacts",
]

EMAIL_RULE = "only people known to have agreed to e-mail marketing; unknown counts as no"
ADS_RULE = {
    "not_refused": "everybody but people who refused e-mail marketing; unknown counts as yes, "
    "which the law of the EU and the UK does not allow (set ads_consent: given)",
    "given": "only people known to have agreed to e-mail marketing; unknown counts as no",
}
SUPPRESSION_RULE = {
    "not_refused": "everybody, those who refused too: the list keeps ads away from them",
    "given": "only people known to have agreed to e-mail marketing, as the list itself hands "
    "their data to the platform",
}


def consent_table(
    ids: pd.Series, profiles: pd.DataFrame | None, identities: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Consent of customers, from the e-mail tool's profiles and the shop.

    A refusal anywhere counts; a yes counts where nobody says no.

    Parameters
    ----------
    ids : Series of str
        Customers to answer for.
    profiles, identities : DataFrame or None
        Canonical frames: customer_id, consent_email, consent_sms. Empty or None: nothing is known.

    Returns
    -------
    DataFrame
        In the order of `ids`: customer_id, consent_email, consent_sms (nullable booleans).
    """
    names = ["consent_email", "consent_sms"]
    told = [
        frame[["customer_id"]].assign(
            **{n: frame[n].astype("Float64").to_numpy(float, na_value=np.nan) for n in names}
        )
        for frame in (profiles, identities)
        if frame is not None and len(frame) and {"customer_id", *names} <= set(frame)
    ]
    out = pd.DataFrame({"customer_id": ids.to_numpy()})
    if not told:
        return out.assign(**{name: pd.array([pd.NA] * len(out), "boolean") for name in names})
    # 0 is a refusal, 1 a yes: the smallest known one decides
    known = pd.concat(told, ignore_index=True).groupby("customer_id", sort=False).min()
    at = known.index.get_indexer(pd.Index(ids))
    for name in names:
        values = np.append(known[name].to_numpy(dtype=float), np.nan)[at]
        answer = pd.array(values == 1.0, dtype="boolean")
        answer[np.isnan(values)] = pd.NA
        out[name] = answer
    return out


def allowed(answer: pd.Series, rule: str) -> np.ndarray:
    """Tell who may be in a list.

    Parameters
    ----------
    answer : Series of nullable bool
        Consent to e-mail marketing.
    rule : {"given", "not_refused", "all"}
        Whether a yes is needed, or no refusal, or neither.
    """
    if rule == "given":
        return answer.fillna(False).to_numpy(dtype=bool)
    if rule == "not_refused":
        return answer.fillna(True).to_numpy(dtype=bool)
    if rule == "all":
        return np.ones(len(answer), dtype=bool)
    raise ValueError(f"rule must be 'given', 'not_refused' or 'all', got {rule!r}.")


def shared_contacts(
    identities: pd.DataFrame | None, kinds: Iterable[str] = ("email", "phone")
) -> int:
    """Count customer ids that share an address or phone with another id; no contact is returned."""
    if identities is None or identities.empty:
        return 0
    shared: set[str] = set()
    for kind in kinds:
        pairs = identities[["customer_id", kind]].dropna().drop_duplicates()
        twice = pairs[kind].duplicated(keep=False)
        shared.update(pairs.loc[twice, "customer_id"])
    return len(shared)
