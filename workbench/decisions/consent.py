"""What is known of customers' consent, and the rules of lists in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.sources.consent import GRANTED, UNKNOWN, state_of, together

__all__ = ["ADS_RULE", "EMAIL_RULE", "SUPPRESSION_RULE", "consent_table"]

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
    """Consent of customers, from the e-mail tool's profiles and the shop, taken together.

    Parameters
    ----------
    ids : Series of str
        Customers to answer for, each once.
    profiles, identities : DataFrame or None
        Canonical frames: customer_id, consent_email, consent_sms. Empty or None: nothing is known.

    Returns
    -------
    DataFrame
        In the order of `ids`: customer_id, consent_email, consent_sms (nullable booleans).
    """
    names = ["consent_email", "consent_sms"]
    told = [
        frame
        for frame in (profiles, identities)
        if frame is not None and len(frame) and {"customer_id", *names} <= set(frame)
    ]
    where = pd.Index(ids)
    keys = [np.arange(len(ids)), *(where.get_indexer(pd.Index(f["customer_id"])) for f in told)]
    out = pd.DataFrame({"customer_id": ids.to_numpy()})
    for name in names:
        states = [np.full(len(ids), UNKNOWN), *(state_of(frame[name]) for frame in told)]
        state = together(np.concatenate(keys), np.concatenate(states))[: len(ids)]
        answer = pd.array(state == GRANTED, dtype="boolean")
        answer[state == UNKNOWN] = pd.NA
        out[name] = answer
    return out
