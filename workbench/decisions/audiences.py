"""Audiences: named lists of customers with purpose, tool, definition, value and consent.

Names tell what a list is for, never what somebody earns or owns: ad platforms block lists that
suggest a person's financial status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.decisions.audience_choices import Choice, choices
from workbench.decisions.audience_settings import AudienceSettings
from workbench.decisions.consent import ADS_RULE, EMAIL_RULE, SUPPRESSION_RULE
from workbench.decisions.holdout import holdout
from workbench.decisions.offers import profit_draws
from workbench.decisions.tools import FOLDERS, MAIL, NO_MAIL
from workbench.sources.consent import REFUSED, UNKNOWN, allowed, state_of
from workbench.value.next_purchase import Outlooks, value_draws

__all__ = ["COLUMNS", "Audiences", "make_audiences"]

COLUMNS = (
    "audience", "purpose", "tool", "customers", "expected_value", "expected_value_q05",
    "expected_value_q95", "expected_profit", "profit_q05", "profit_q95", "p_profit", "p_order_60d",
    "uplift", "holdout", "holdout_power", "chosen", "left_out", "unknown_consent", "consent",
    "file", "definition",
)  # fmt: skip


@dataclass(frozen=True)
class Audiences:
    """All audiences of a run.

    Attributes
    ----------
    table : DataFrame
        One row per audience and tool, with `COLUMNS`: see `make_audiences`.
    members : DataFrame
        audience, customer_id, value: who is in which. An audience of several tools stands once.
    left_out : DataFrame
        audience, reason, customers: who was meant and is not in it, and why; tool: where a whole
        list is left out, for one tool or, if the brand uses none of its tools, for each of them.
    """

    table: pd.DataFrame
    members: pd.DataFrame
    left_out: pd.DataFrame


@dataclass(frozen=True)
class _List:
    """One audience after consent: positions of its members among segments and strangers."""

    choice: Choice
    tools: tuple[str, ...]
    rows: np.ndarray
    value: np.ndarray
    reasons: dict[str, int]
    unknown: int


def make_audiences(
    segments: pd.DataFrame,
    outlooks: Outlooks,
    consent: pd.DataFrame,
    refunds: pd.DataFrame,
    settings: AudienceSettings | None = None,
    *,
    unused: Mapping[str, str] | None = None,
    currency: str,
    seed: int,
) -> Audiences:
    """Choose the members of every audience and say what they are expected to bring.

    Parameters
    ----------
    segments : DataFrame
        Of `segment_table`.
    outlooks : Outlooks
        Of the same customers.
    consent : DataFrame
        Of `consent_table`, for any customers: customer_id, consent_email. Who is missing from it
        counts as unknown.
    refunds : DataFrame
        Of `refund_history`.
    settings : AudienceSettings, optional
    unused : mapping of str to str, optional
        Tool -> why the brand does not use it (`unused_tools`): no list is made for it. A list for
        e-mail stays, without a file.
    currency : str
        For definitions in words.
    seed : int

    Returns
    -------
    Audiences
        `table` has expected_value_*: contribution expected from the members together in the next
        12 months, mean and 90% interval, in currency; expected_profit, profit_q05, profit_q95 and
        p_profit: what contacting them brings under the stated uplift prior, costs taken off
        (NaN for lists that make no offer). Both hold parameter uncertainty, purchase randomness
        is left out. holdout: people to leave out at random, holdout_power: what it reaches.
        customers: members; chosen: members before consent; left_out: reasons in words. Without
        members or below the platform's least number, `file` is empty.
    """
    settings = settings or AudienceSettings()
    known = pd.Index(segments["customer_id"]).get_indexer(pd.Index(refunds["customer_id"]))
    strangers = refunds.loc[known < 0]
    ids = pd.concat([segments["customer_id"], strangers["customer_id"]], ignore_index=True)
    at = pd.Index(consent["customer_id"]).get_indexer(pd.Index(ids))
    told = np.append(state_of(consent["consent_email"]), UNKNOWN)[at]  # the last is nobody's

    unused = unused or {}
    every = choices(segments, refunds, strangers, settings, currency)
    found = [
        _permitted(choice, tools, told, settings)
        for choice in every
        if (tools := _used(choice, unused))
    ]
    number = {choice.audience: k for k, choice in enumerate(every)}
    n = len(segments)
    inside = np.zeros((len(found), n), dtype=bool)
    for k, one in enumerate(found):
        inside[k, one.rows[one.rows < n]] = True
    draws = value_draws(outlooks.thin(settings.draws), inside)
    rows = [
        row
        for k, one in enumerate(found)
        for row in _rows(one, draws[k], segments, settings, seed + number[one.choice.audience])
    ]
    members = [
        pd.DataFrame(
            {"audience": one.choice.audience, "customer_id": ids[one.rows], "value": one.value}
        )
        for one in found
    ]
    reasons = [
        (one.choice.audience, reason, count, "")
        for one in found
        for reason, count in one.reasons.items()
        if count
    ]
    reasons += [
        (choice.audience, unused[tool], len(choice.rows), tool)
        for choice in every
        for tool in choice.tools
        if tool in unused
    ]
    return Audiences(
        pd.DataFrame(rows, columns=list(COLUMNS)),
        pd.concat(members, ignore_index=True).astype({"audience": "str", "value": float}),
        pd.DataFrame(reasons, columns=["audience", "reason", "customers", "tool"]),
    )


def _used(choice: Choice, unused: Mapping[str, str]) -> tuple[str, ...]:
    """Tools that a list is made for; none, and nobody needs it."""
    if choice.by_mail:
        return (NO_MAIL if MAIL in unused else MAIL,)
    return tuple(tool for tool in choice.tools if tool not in unused)


def _rule(choice: Choice, settings: AudienceSettings) -> tuple[str, str]:
    """Consent rule of a list, and its words."""
    if choice.by_mail:
        return "given", EMAIL_RULE
    if choice.purpose == "suppress":
        rule = "all" if settings.ads_consent == "not_refused" else "given"
        return rule, SUPPRESSION_RULE[settings.ads_consent]
    return settings.ads_consent, ADS_RULE[settings.ads_consent]


def _permitted(
    choice: Choice, tools: tuple[str, ...], told: np.ndarray, settings: AudienceSettings
) -> _List:
    """Take off who has not agreed, and count them by reason."""
    rows = choice.rows
    own = told[rows]
    rule, _ = _rule(choice, settings)
    may = allowed(own, rule)
    refused, unknown = own == REFUSED, own == UNKNOWN
    reasons = dict(choice.reasons) | {
        "refused e-mail marketing": int((refused & ~may).sum()),
        "consent to e-mail marketing not known": int((unknown & ~may).sum()),
    }
    value = np.full(len(rows), np.nan) if choice.value is None else choice.value
    return _List(choice, tools, rows[may], value[may], reasons, int((unknown & may).sum()))


def _rows(
    one: _List,
    draws: np.ndarray,
    segments: pd.DataFrame,
    settings: AudienceSettings,
    seed: int,
) -> Sequence[dict[str, object]]:
    """Rows of the table, one per tool."""
    choice, people = one.choice, len(one.rows)
    own = one.rows[one.rows < len(segments)]
    row: dict[str, object] = dict.fromkeys(COLUMNS, np.nan)
    low, high = np.quantile(draws[0], [0.05, 0.95]) if len(own) else (np.nan, np.nan)
    reasons = dict(one.reasons)
    files = choice.by_mail or people >= settings.smallest
    if people and not files:
        reasons[f"fewer than {settings.smallest} people, the least for ads: no file"] = people
    row |= {
        "audience": choice.audience,
        "purpose": choice.purpose,
        "customers": people,
        "expected_value": draws[0].mean() if len(own) else np.nan,
        "expected_value_q05": low,
        "expected_value_q95": high,
        "p_order_60d": segments["p_order_60d"].to_numpy()[own].mean() if len(own) else np.nan,
        "chosen": len(choice.rows),
        "left_out": "; ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count),
        "unknown_consent": one.unknown,
        "consent": _rule(choice, settings)[1],
        "definition": choice.definition,
    }
    if choice.offer is not None and people:
        soon = segments["p_order_60d"].to_numpy()[own]
        test = holdout(
            people, float(soon.mean()), choice.offer.uplift_mean,
            power=settings.power, alpha=settings.alpha,
        )  # fmt: skip
        profit = profit_draws(draws[1] - draws[0], people, soon.sum(), choice.offer, seed=seed)
        low, high = np.quantile(profit, [0.05, 0.95])
        row |= {
            "expected_profit": profit.mean(), "profit_q05": low, "profit_q95": high,
            "p_profit": float((profit > 0).mean()), "uplift": choice.offer.uplift_mean,
            "holdout": test.size, "holdout_power": test.power,
        }  # fmt: skip
    return [
        row
        | {
            "tool": tool,
            "file": f"{FOLDERS[tool]}/{choice.audience}.csv"
            if files and people and tool in FOLDERS
            else "",
        }
        for tool in one.tools
    ]
