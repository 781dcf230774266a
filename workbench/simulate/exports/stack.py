"""The stack inventories of the sample brands: what each brand says about itself.

Some answers contradict the exports on purpose: self-assessments do. The comments say where.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from workbench.simulate.exports.files import write_text

__all__ = ["stack_answers", "write_stack"]

_LEVEL_1 = (
    "flow_abandoned_cart", "flow_welcome", "flow_post_purchase", "flow_browse_abandonment",
    "flow_win_back", "order_messages", "flow_exclusions", "deliverability", "consent", "order_sync",
    "sms_governance",
)  # fmt: skip
_LEVEL_2 = (
    "audience_sync", "lookalike_seed", "value_based_seed", "buyer_suppression",
    "rfm_segments_synced", "retargeting_rules", "attribution_setting", "channel_known",
    "server_side_events", "value_90d_reported",
)  # fmt: skip
_LEVEL_3 = (
    "history", "costs_known", "cohort_value", "clv_property", "budget_on_value",
    "experiment_backlog", "holdouts", "weights_refreshed",
)  # fmt: skip
_LEVEL_4 = ("opportunity_detection", "auto_launch", "segment_creative")

_STATES = {
    # the export shows a draft post-purchase flow and a win-back flow that sends nothing
    1: {
        **dict.fromkeys(_LEVEL_1, "live"),
        "flow_browse_abandonment": "absent",
        "flow_exclusions": "unknown",
        "consent": "basic",
        "sms_governance": "not_applicable",
        **dict.fromkeys(_LEVEL_2, "absent"),
        "retargeting_rules": "basic",
        "attribution_setting": "basic",
        "channel_known": "basic",
        **dict.fromkeys(_LEVEL_3, "absent"),
        **dict.fromkeys(_LEVEL_4, "absent"),
    },
    # the lookalike campaign is named after all purchasers, and complaints are too high
    2: {
        **dict.fromkeys(_LEVEL_1, "live"),
        "sms_governance": "basic",
        **dict.fromkeys(_LEVEL_2, "basic"),
        "lookalike_seed": "live",
        "value_based_seed": "absent",
        "rfm_segments_synced": "absent",
        "channel_known": "live",
        "value_90d_reported": "absent",
        **dict.fromkeys(_LEVEL_3, "absent"),
        "history": "live",
        "costs_known": "basic",
        **dict.fromkeys(_LEVEL_4, "absent"),
    },
    # no profile carries the value property, and money still flows where CAC exceeds value
    3: {
        **dict.fromkeys(_LEVEL_1, "live"),
        **dict.fromkeys(_LEVEL_2, "live"),
        "value_based_seed": "basic",
        "value_90d_reported": "basic",
        **dict.fromkeys(_LEVEL_3, "basic"),
        "history": "live",
        "clv_property": "live",
        "budget_on_value": "live",
        "holdouts": "absent",
        "weights_refreshed": "absent",
        **dict.fromkeys(_LEVEL_4, "absent"),
    },
    # launching without a person is declared live, but nobody can show the log
    4: {
        **dict.fromkeys(_LEVEL_1, "live"),
        **dict.fromkeys(_LEVEL_2, "live"),
        **dict.fromkeys(_LEVEL_3, "live"),
        "budget_on_value": "basic",
        "weights_refreshed": "basic",
        "opportunity_detection": "absent",
        "auto_launch": "live",
        "segment_creative": "basic",
    },
}
_ARTEFACTS: dict[int, dict[str, dict[str, Any]]] = {
    1: {
        "order_messages": {"owner": "founder", "evidence": "shop notification settings, screenshot"}
    },
    2: {
        "order_messages": {"owner": "e-mail lead", "evidence": "notification settings, screenshot"},
        "flow_exclusions": {"owner": "e-mail lead", "evidence": "flow filters, screenshots"},
        "server_side_events": {"owner": "agency", "evidence": "event quality page, screenshot"},
    },
    3: {
        "order_messages": {"owner": "e-mail lead", "evidence": "notification settings, screenshot"},
        "flow_exclusions": {"owner": "e-mail lead", "evidence": "flow filters, screenshots"},
        "sms_governance": {"owner": "e-mail lead", "evidence": "quiet hours, screenshot"},
        "audience_sync": {"owner": "growth lead", "evidence": "audiences.csv"},
        "buyer_suppression": {"owner": "growth lead", "evidence": "exclusions.csv"},
        "server_side_events": {"owner": "growth lead", "evidence": "event quality, screenshot"},
        # nobody dates or keeps this log
        "budget_on_value": {"owner": "growth lead", "note": "decided in the Monday meeting"},
    },
    4: {
        "order_messages": {"owner": "crm team", "evidence": "notification settings, screenshot"},
        "flow_exclusions": {"owner": "crm team", "evidence": "flow filters, screenshots"},
        "sms_governance": {"owner": "crm team", "evidence": "quiet hours, screenshot"},
        "audience_sync": {"owner": "growth team", "evidence": "audiences.csv"},
        "value_based_seed": {"owner": "growth team", "evidence": "seed file header"},
        "rfm_segments_synced": {"owner": "growth team", "evidence": "segments.csv"},
        "server_side_events": {"owner": "data team", "evidence": "event quality, screenshot"},
        "holdouts": {"owner": "data team", "evidence": "holdouts.csv"},
        "auto_launch": {"owner": "growth team", "note": "rules in the ads manager"},
    },
}
_HOURS = {1: (6, 40), 2: (11, 45), 3: (15, 55), 4: (32, 70)}
_HEAD = """\
# What the brand says about its stack (simulated). Answers: absent, basic, live, not_applicable,
# unknown. Some answers are too kind: the report sets them against what the exports prove.
"""


def stack_answers(stage: int) -> dict[str, dict[str, Any]]:
    """Return the answers of the sample brand of a stage, by question."""
    artefacts = _ARTEFACTS[stage]
    answers: dict[str, dict[str, Any]] = {}
    for question, state in _STATES[stage].items():
        answers[question] = {"state": state, **artefacts.get(question, {})}
        if "evidence" in answers[question]:
            answers[question]["date"] = date(2026, 5, 18)
    hours, rate = _HOURS[stage]
    answers["hours_per_week"] = {"state": "basic", "hours": hours, "hourly_rate": rate}
    answers["not_automatable"] = {"state": "live", "owner": "founder"}
    return answers


def write_stack(path: Path, stage: int) -> None:
    """Write the stack inventory of the brand of a stage."""
    write_text(path, _HEAD + yaml.safe_dump(stack_answers(stage), sort_keys=False))
