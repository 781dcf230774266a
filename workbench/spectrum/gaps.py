"""The gap table: what is declared, what is proven, what is missing, what to do about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from workbench.spectrum.answers import Answer, read_answers
from workbench.spectrum.capabilities import Capability, load_capabilities
from workbench.spectrum.evidence import gather_evidence
from workbench.spectrum.facts import Evidence, Facts, quote
from workbench.spectrum.levels import Stage, stage_of, trailing_revenue
from workbench.spectrum.settings import GapSettings
from workbench.spectrum.stakes import Stake, manual_hours, stake_of

__all__ = ["COLUMNS", "STATES", "capability_table"]

STATES = (
    "proven",
    "gap",
    "gap_no_profit",
    "informative",
    "ask",
    "not_applicable",
    "unknown",
)
"""proven: an export or this run shows it, in full or in part. gap: missing, or there in part while
this run shows that the rest is not, with a figure for its profit. gap_no_profit: the same, its
profit not quantified by this data. informative: not needed at this stage. ask: no export can hold
it, a person must show it. not_applicable: left out of every share. unknown: an export could show
it, but is not there."""
COLUMNS = (
    "capability",
    "level",
    "stage_required",
    "declared",
    "evidenced",
    "state",
    "evidence",
    "evidence_date",
    "profit_at_stake_mean",
    "profit_at_stake_q05",
    "profit_at_stake_q95",
    "p_pays",
    "effort_hours",
    "overlap_group",
    "assumption",
    "action",
    "owner",
    "due",
    "contradicts",
    "state_if_needed",
)
DAYS_PER_LEVEL = 30
"""Days that each level of gaps gets in the plan: lower levels first, none is skipped."""


@dataclass(frozen=True)
class _Verdict:
    """State of one capability; score is 0 to 2, NaN where nothing shows it."""

    state: str
    words: str
    score: float = math.nan
    day: date | None = None
    consequence: str = ""
    needed: bool = True
    contradicts: bool = False
    if_needed: str = ""

    @property
    def sentence(self) -> str:
        """What was found, and what follows where the stage needs it."""
        if not self.needed and self.state == "informative":
            return f"Not needed at this stage. {self.words}"
        return f"{self.words} {self.consequence}".strip()


def capability_table(
    brand: Any,
    exports: Any,
    stack: Mapping[str, Any] | None,
    tables: Mapping[str, pd.DataFrame] | None,
    as_of: date,
    settings: GapSettings | None = None,
) -> pd.DataFrame:
    """Judge every capability of the registry for one brand.

    What an export shows outranks what is declared. A declared answer that the export contradicts
    is shown and counts as a gap; a declared answer that no export can check gives no evidenced
    point, unless it names a dated artefact and an owner, which gives 1 of 2; or the second point
    where an export shows the first and the rest stands in no export.

    Parameters
    ----------
    brand : Brand
        Its stages, cohorts, costs and sources are used.
    exports : Exports or mapping of str to DataFrame
        The canonical frames; a missing frame is an absent export.
    stack : mapping
        Answers of ``stack.yaml``, see `workbench.spectrum.answers.read_answers`. None or an empty
        mapping is a missing questionnaire.
    tables : mapping of str to DataFrame
        Tables of this run by name, see `workbench.spectrum.facts.Facts`.
    as_of : datetime.date
        Last day of observation; what is later is not looked at.
    settings : GapSettings, optional
        Limits and assumptions.

    Returns
    -------
    DataFrame
        One row per capability in the order of the questionnaire, columns as `COLUMNS`. level is 0
        for what belongs to every level; declared and evidenced are points of 0 to 2, NaN where
        nothing is claimed or shown; evidence_date and due are days; profit at stake is per year in
        shop currency with its 90% interval, NaN with the words "not quantified by this data" in
        assumption; p_pays is the probability that it is above 0; effort is in hours; contradicts
        says that exports and answer disagree; state_if_needed is the state at a stage that needs
        it, for the stages after the brand's own. The level that the stage needs is kept in
        ``attrs["required_level"]``.

    Raises
    ------
    InputError
        With every fault of the answers, or of the stage bounds.
    """
    items = load_capabilities()
    answers = read_answers(stack, items)
    facts = Facts.gather(brand, exports, tables, as_of, settings)
    orders = facts.frames["orders"]
    revenue = math.nan if orders.empty else trailing_revenue(orders, as_of).amount
    stage = stage_of(revenue, brand.stages)
    found = gather_evidence(facts, items)
    rows = []
    for item in items:
        answer = answers[item.id]
        verdict = _judge(item, answer, found[item.id], stage, as_of)
        stake = _stake(item, answer, verdict, facts)
        rows.append(_row(item, answer, verdict, stake, facts))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in ("evidence_date", "due"):
        table[column] = pd.to_datetime(table[column]).astype("datetime64[us]")
    table.attrs["required_level"] = stage.required_level
    return table


def _judge(
    item: Capability, answer: Answer, evidence: Evidence, stage: Stage, as_of: date
) -> _Verdict:
    if item.level == 0:
        return _outside_levels(item, answer)
    verdict = replace(
        _weigh(item, answer, evidence, as_of), contradicts=_contradicts(item, answer, evidence)
    )
    # where the revenue is not known, only the first stage's needs are sure
    if item.stage <= max(stage.number, 1):
        return verdict
    state = "informative" if verdict.state in ("gap", "ask", "unknown") else verdict.state
    return replace(verdict, state=state, needed=False, if_needed=verdict.state)


def _contradicts(item: Capability, answer: Answer, evidence: Evidence) -> bool:
    """Tell whether exports and answer disagree."""
    if answer.state == "not_applicable":
        return evidence.applies or not item.may_not_apply
    return (evidence.state == "absent" and answer.positive) or (
        evidence.state == "proven" and answer.state == "absent"
    )


def _weigh(item: Capability, answer: Answer, evidence: Evidence, as_of: date) -> _Verdict:
    """Set what the exports show against what is declared."""
    says = f"You told us: {answer.state.replace('_', ' ')}. "
    words, day = evidence.words, evidence.day
    if evidence.short:
        return _Verdict("gap", words, float(evidence.score), day)
    if evidence.state == "proven":
        if evidence.open_part and answer.state == "live" and not answer.artefact_fault(as_of):
            return _Verdict("proven", f"{words} The rest rests on {_artefact(answer)}.", 2.0, day)
        if answer.state in ("absent", "not_applicable"):
            words = f"{says}The evidence shows otherwise. {words}"
        return _Verdict("proven", words, float(evidence.score), day)
    if evidence.state == "absent":
        if answer.positive:
            until = "It counts as a gap until an export shows it."
            return _Verdict("gap", says + words, 0.0, day, until)
        if answer.state == "not_applicable":
            words = f"{says}But it applies. {words}"
        return _Verdict("gap", words, 0.0, day)
    if evidence.state == "not_applicable" and not answer.positive:
        return _Verdict("not_applicable", words, math.nan, day)
    if answer.state == "absent":
        return _Verdict("gap", says + words, 0.0, answer.day)
    if answer.state == "not_applicable":
        if item.may_not_apply and not evidence.applies:
            why = quote(answer.note) if answer.note else "none given"
            return _Verdict("not_applicable", f"{says}Reason: {why}.", math.nan, answer.day)
        reason = "The exports show that it applies." if item.may_not_apply else "It always applies."
        return _Verdict("gap", f"{says}{reason} {words}", 0.0, day)
    return _unchecked(item, answer, evidence, as_of)


def _unchecked(item: Capability, answer: Answer, evidence: Evidence, as_of: date) -> _Verdict:
    """Judge what no export shows: declared, or not answered at all."""
    unproven = f"; level {item.level} stays unproven without it" if item.weight == 2 else ""
    not_passed = f"It is not counted as passed{unproven}."
    state = "ask" if item.proof == "person" else "unknown"
    words, day = evidence.words, evidence.day
    if answer.positive:
        says = f"You told us: {answer.state}."
        if item.proof == "export":
            words = f"{says} We could not check it: {words[:1].lower()}{words[1:]}"
        elif fault := answer.artefact_fault(as_of):
            words = f"{says} {words} Declared only: {fault}."
        else:
            rests = f"The answer rests on {_artefact(answer)}, and counts 1 of 2."
            return _Verdict(state, f"{says} {words} {rests}", 1.0, answer.day)
    return _Verdict(state, words, math.nan, day, not_passed)


def _artefact(answer: Answer) -> str:
    return f"{quote(answer.evidence)} of {answer.day}, declared by {quote(answer.owner)}"


def _outside_levels(item: Capability, answer: Answer) -> _Verdict:
    """Judge the two questions that belong to every level."""
    if "hours" not in item.fields:
        words = "Automation cannot take it over; the report states it."
        return _Verdict("informative", words, math.nan, answer.day)
    if answer.hours is None:
        return _Verdict("ask", "No hours were declared.")
    words = f"You told us: {answer.hours:g} hours a week (declared, not measured)."
    return _Verdict("gap" if answer.hours > 0 else "informative", words, math.nan, answer.day)


def _stake(item: Capability, answer: Answer, verdict: _Verdict, facts: Facts) -> Stake:
    if verdict.state != "gap":
        return Stake(assumption="")
    return manual_hours(answer) if item.id == "hours_per_week" else stake_of(item.id, facts)


def _row(
    item: Capability, answer: Answer, verdict: _Verdict, stake: Stake, facts: Facts
) -> tuple[Any, ...]:
    state = verdict.state
    if state == "gap" and not stake.known:
        state = "gap_no_profit"
    action = _action(item, state, verdict, facts)
    due = facts.as_of + timedelta(days=DAYS_PER_LEVEL * max(item.level, 1)) if action else None
    return (
        item.id,
        item.level,
        item.stage,
        answer.score,
        verdict.score,
        state,
        verdict.sentence,
        verdict.day,
        stake.mean,
        stake.q05,
        stake.q95,
        stake.p_pays,
        float(item.effort_hours),
        item.overlap_group,
        stake.assumption,
        action,
        answer.owner,
        due,
        verdict.contradicts,
        # a stage that is not the brand's own gets no figure
        "gap_no_profit" if verdict.if_needed == "gap" else verdict.if_needed or state,
    )


def _action(item: Capability, state: str, verdict: _Verdict, facts: Facts) -> str:
    """Say what to do: close the gap in the tools that the exports show, or show the proof."""
    steps = [f"{tool}: {item.tools[tool]}" for tool in facts.tools if tool in item.tools]
    remedy = " ".join([item.remedy, *steps])
    if state in ("gap", "gap_no_profit"):
        return remedy
    if state == "proven" and verdict.needed and verdict.score < 2:
        return f"Proven in part. {remedy}"
    if state in ("ask", "unknown") and not verdict.score >= 1:
        return f"Hand in {item.to_prove}."
    return ""
