"""From the counts of finished tests to relative lifts with standard errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chi2

__all__ = ["ARMS", "lifts_of_tests"]

ARMS = ("control", "variant")
_UNEQUAL = 0.001
"""P-value below which arms of a 50/50 split are called unequal (sample ratio mismatch)."""


def lifts_of_tests(results: pd.DataFrame) -> pd.DataFrame:
    """Relative lift of conversion and of 90-day value, per test.

    Rates are posterior means under Jeffreys' prior Beta(1/2, 1/2), so that an arm without any
    order has a lift, too; standard errors by the delta method.

    Parameters
    ----------
    results : DataFrame
        The canonical `test_results` frame: id, arm (control or variant), exposed, converted,
        value_90d_mean and value_90d_sd (contribution per exposed person within 90 days of the
        exposure, 0 for who did not order; may be missing), ended.

    Returns
    -------
    DataFrame
        Index id; columns exposed_*, rate_*, value_*, sd_* by arm, lift, lift_se (conversion),
        value_lift, value_lift_se (NaN where not measured) and note. Tests whose counts make no
        sense have a note and no lift.
    """
    both = {arm: results[results["arm"] == arm] for arm in ARMS}
    ids = sorted(results["id"].dropna().astype(str).unique())
    rows = pd.DataFrame(index=pd.Index(ids, name="id"))
    twice = pd.Series(False, index=rows.index)
    for arm, part in both.items():
        counted = part["id"].astype(str).value_counts().reindex(ids).fillna(0)
        twice |= counted > 1
        one = part.drop_duplicates("id")
        one = one.set_index(one["id"].astype(str)).reindex(ids)
        for name, column in (("exposed", "exposed"), ("converted", "converted"),
                             ("value", "value_90d_mean"), ("sd", "value_90d_sd")):  # fmt: skip
            values = one[column] if column in one else pd.Series(np.nan, index=rows.index)
            rows[f"{name}_{arm}"] = pd.to_numeric(values, errors="coerce").astype(float)
    exposed = rows[[f"exposed_{arm}" for arm in ARMS]]
    converted = rows[[f"converted_{arm}" for arm in ARMS]]
    absent = exposed.isna().any(axis=1) | converted.isna().any(axis=1)
    nobody = ~absent & (exposed <= 0).any(axis=1)
    wrong = ~absent & ~nobody & (
        (converted < 0).any(axis=1) | (converted.to_numpy() > exposed.to_numpy()).any(axis=1)
    )  # fmt: skip
    rows["note"] = np.select(
        [twice, absent, nobody, wrong],
        [
            "an arm occurs twice",
            "an arm or its counts are missing",
            "an arm was shown to nobody",
            "impossible counts: converted must be 0 to exposed",
        ],
        "",
    )
    usable = rows["note"].eq("")
    share = (converted.to_numpy() + 0.5) / (exposed.to_numpy() + 1)
    share = np.where(usable.to_numpy()[:, None], share, np.nan)
    size = np.where(exposed.to_numpy() > 0, exposed.to_numpy(), np.nan)
    rows["rate_control"], rows["rate_variant"] = share[:, 0], share[:, 1]
    ratio = share[:, 1] / share[:, 0]
    rows["lift"] = ratio - 1
    rows["lift_se"] = ratio * np.sqrt(((1 - share) / share / size).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = rows[[f"value_{arm}" for arm in ARMS]].to_numpy()
        sd = rows[[f"sd_{arm}" for arm in ARMS]].to_numpy()
        sense = usable.to_numpy() & (value[:, 0] > 0) & (sd > 0).all(axis=1)
        rows["value_lift"] = np.where(sense, value[:, 1] / value[:, 0] - 1, np.nan)
        noise = sd**2 / size
        gain = value[:, 1] / value[:, 0]
        se = np.sqrt(noise[:, 1] + gain**2 * noise[:, 0]) / value[:, 0]
        rows["value_lift_se"] = np.where(sense, se, np.nan)
        expected = size.sum(axis=1) / 2
        uneven = chi2.sf(((size - expected[:, None]) ** 2).sum(axis=1) / expected, 1) < _UNEQUAL
    rows.loc[usable & uneven, "note"] = (
        "arms of unequal size beyond chance: check the assignment before believing it"
    )
    return rows.drop(columns=[f"converted_{arm}" for arm in ARMS])
