"""Which tools a brand uses: lists are made for those and for no other.

A list for a tool that nobody has open is work, and contacts in a file for nothing. The rule:

* an ad platform is used if money went to it in the year to the as-of date, by any file of spend;
  a brand without a file of spend is taken by its orders: a platform that orders of that year came
  from;
* Klaviyo is used if one of its exports was given (profiles, flows, campaigns) or the stack says
  that a flow is live or basic;
* `decisions.audiences.tools` names the tools outright, and then nothing else is asked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import pandas as pd

__all__ = ["AD_TOOLS", "FOLDERS", "MAIL", "NO_MAIL", "SMALLEST", "unused_tools"]

MAIL = "Klaviyo"
AD_TOOLS = ("Meta Ads", "Google Ads", "TikTok Ads")
FOLDERS = {MAIL: "klaviyo", "Meta Ads": "meta", "Google Ads": "google", "TikTok Ads": "tiktok"}
"""Tool -> folder of its files in the outbox."""
SMALLEST = 100
"""People in a list for ads, at least, where a brand says nothing: Meta's least, asked of all."""
NO_MAIL = "e-mail tool not known"
"""In place of the tool of a list for e-mail where none is used: the list is worth knowing."""
_SET = "(name it in decisions.audiences.tools if it is)"
_YEAR = timedelta(days=365)


def unused_tools(exports: Any, as_of: date, stated: Collection[str] = ()) -> dict[str, str]:
    """Say which tools a brand does not use, by the rule above, and why.

    Parameters
    ----------
    exports : Any
        Canonical frames spend, attributed, orders, profiles, flows, campaigns; answers `stack`.
    as_of : date
        Later rows are left out.
    stated : collection of str
        Tools that brand.yaml names; empty if it names none.

    Returns
    -------
    dict of str to str
        Tool -> why it counts as unused, in the order of `FOLDERS`.
    """
    if stated:
        return {
            tool: f"{tool} is not among the tools that brand.yaml names"
            for tool in FOLDERS
            if tool not in stated
        }
    unused = {}
    if not _mailed(exports):
        unused[MAIL] = (
            f"{MAIL} is not used: none of its exports is there, no flow in the stack {_SET}"
        )
    found, what = _paid(exports, as_of)
    for tool in AD_TOOLS:
        if tool not in found:
            unused[tool] = f"{tool} is not used: no {what} in the year to {as_of} {_SET}"
    return unused


def _mailed(exports: Any) -> bool:
    if any(len(getattr(exports, name)) for name in ("profiles", "flows", "campaigns")):
        return True
    return any(
        question.startswith("flow_") and answer.get("state") in ("basic", "live")
        for question, answer in exports.stack.items()
    )


def _paid(exports: Any, as_of: date) -> tuple[set[str], str]:
    """Platforms that money went to, or else that orders came from, and which of both was asked."""
    spends = [frame for frame in (exports.spend, exports.attributed) if len(frame)]
    found: set[str] = set()
    for frame in spends:
        rows = _of_the_year(frame, "date", as_of)
        rows = rows[rows["spend"] > 0]
        for name in ("channel", "platform"):
            if name in rows:
                found |= set(rows[name].dropna().unique())
    if spends:
        return found, "spend"
    return set(_of_the_year(exports.orders, "day", as_of)["channel"].dropna().unique()), "order"


def _of_the_year(frame: pd.DataFrame, column: str, as_of: date) -> pd.DataFrame:
    day, last = frame[column], pd.Timestamp(as_of)
    return frame[(day > last - _YEAR) & (day < last + timedelta(days=1))]
