"""One ranked plan across e-mail, ads and experiments: what to do, why, for whom, how to know."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from workbench.decisions.briefs import NO_FACTS
from workbench.decisions.chains import CHAINS
from workbench.decisions.due import due_day
from workbench.decisions.opportunities import Opportunity
from workbench.decisions.opportunity_settings import OpportunitySettings
from workbench.decisions.verbs import LEAVE, MOVE, PART, TEST, VERBS, verb
from workbench.errors import InputError, Problem
from workbench.health import scope_of
from workbench.plots.words import number, probability

__all__ = ["COLUMNS", "SCHEMA", "plan_json", "plan_table"]

SCHEMA = "workbench.plan/1"
COLUMNS = (
    "rank", "id", "kind", "subject", "area", "verb", "action", "profit", "q05", "q95", "p_better",
    "randomness", "gain", "evidence", "assumption", "business_goal", "marketing_objective",
    "automation_goal", "success_metric", "brief", "measurement", "holdout", "holdout_power",
    "turns_if", "overlap_group", "blocked_by", "audience", "file", "owner", "due", "status",
)  # fmt: skip
UNRATED = "decide"
"""Verb of an action whose profit this data cannot carry: no probability, so no rule."""


def plan_table(
    opportunities: Sequence[Opportunity],
    settings: OpportunitySettings | None = None,
    *,
    as_of: date,
    audiences: pd.DataFrame | None = None,
    briefs: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Rank what was found and give each action its chain, brief, measurement and owner.

    Order: data that failed its checks, then channels whose CAC is above value, then gains by
    expected profit, then shortfalls, then what this data cannot price; ties by kind and subject.
    An action is blocked while a check fails that takes away what it rests on: all of them that of
    amounts or forecasts, those of ads also that of channels or acquisition, a decaying cohort also
    that of cohorts. A repair that rests on no forecast stands, without the figures that do. Where
    only a stated prior speaks, the verb is never more than to move a part and measure.

    Parameters
    ----------
    opportunities : sequence of Opportunity
        Of `find_opportunities`.
    settings : OpportunitySettings, optional
    as_of : date
        Due days count from it.
    audiences : DataFrame, optional
        `Audiences.table`, for holdouts.
    briefs : mapping of str to str, optional
        Audience -> facts (`creative_facts`).

    Returns
    -------
    DataFrame
        `COLUMNS`. profit, q05, q95: currency over 12 months, mean and 90% interval; NaN where not
        known. verb: as `workbench.decisions.verbs` words it, or "decide" without a
        probability. holdout: people. due: by `workbench.decisions.due`, YYYY-MM-DD, empty where
        the verb is to leave it.
        status: proposed. Profits of one overlap_group, and any of lines for the same customers,
        do not add up.

    Raises
    ------
    InputError
        If two opportunities have the same kind and subject.
    """
    settings = settings or OpportunitySettings()
    ids = [found.id for found in opportunities]
    twice = sorted({f"{o.kind}: {o.subject}" for o in opportunities if ids.count(o.id) > 1})
    if twice:
        problems = [Problem(f"{name!r} was found twice", "opportunities") for name in twice]
        raise InputError(problems, "plan")
    failed = sorted(o.subject for o in opportunities if o.kind == "data_gate")
    holdouts = {} if audiences is None else _holdouts(audiences)
    if _MEMBERS & {scope_of(name) for name in failed}:
        opportunities = [
            _unpriced(found) if found.audience and not _rests_on(found) else found
            for found in opportunities
        ]
    rows = [
        _row(found, settings, as_of, holdouts, briefs or {}, failed)
        for found in sorted(opportunities, key=_order)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.assign(rank=range(1, len(table) + 1))


def _order(found: Opportunity) -> tuple[int, float, str, str]:
    known = math.isfinite(found.profit)
    if found.first:
        place = 0 if found.kind == "data_gate" else 1
    elif known:
        place = 2 if found.gain else 3
    else:
        place = 4
    return place, -found.profit if known else 0.0, found.kind, found.subject


def _holdouts(audiences: pd.DataFrame) -> dict[str, tuple[float, float]]:
    rows = audiences.drop_duplicates("audience")
    pairs = zip(rows["holdout"], rows["holdout_power"], strict=True)
    return dict(zip(rows["audience"], pairs, strict=True))


def _row(
    found: Opportunity,
    settings: OpportunitySettings,
    as_of: date,
    holdouts: Mapping[str, tuple[float, float]],
    briefs: Mapping[str, str],
    failed: list[str],
) -> dict[str, Any]:
    chain = CHAINS[found.kind]
    size, power = holdouts.get(found.audience, (math.nan, math.nan))
    word = _verb(found, settings)
    blocking = [name for name in failed if scope_of(name) in _rests_on(found)]
    due = "" if word == LEAVE else due_day(found.kind, as_of, blocked=bool(blocking)).isoformat()
    return {
        "id": found.id,
        "kind": found.kind,
        "subject": found.subject,
        "area": found.area,
        "verb": word,
        "action": f"{VERBS[word]}: {found.action}" if word in VERBS else found.action,
        "profit": found.profit,
        "q05": found.q05,
        "q95": found.q95,
        "p_better": found.p_better,
        "randomness": found.randomness,
        "gain": found.gain,
        "evidence": found.evidence,
        "assumption": found.assumption,
        "business_goal": chain.business_goal,
        "marketing_objective": chain.marketing_objective,
        "automation_goal": chain.automation_goal,
        "success_metric": chain.success_metric,
        "brief": briefs.get(found.audience, NO_FACTS),
        "measurement": chain.measurement + _holdout_words(size, power, settings),
        "holdout": size,
        "holdout_power": power,
        "turns_if": chain.turns_if,
        "overlap_group": found.group,
        "blocked_by": ", ".join(blocking),
        "audience": found.audience,
        "file": found.file,
        "owner": found.owner or settings.owner,
        "due": due,
        "status": "proposed",
    }


_MEMBERS = frozenset({"all", "amounts", "forecast"})
"""Scopes of failed checks that leave open who belongs into a list, and what a list brings."""


def _unpriced(found: Opportunity) -> Opportunity:
    """Return what was observed and is to be repaired, without the list and the profit of it."""
    return Opportunity(
        found.kind, found.subject, found.area, found.evidence, found.action,
        first=found.first, owner=found.owner,
    )  # fmt: skip


def _rests_on(found: Opportunity) -> set[str]:
    """Scopes of failed checks (`workbench.health.INVALIDATES`) that an action cannot stand."""
    if found.kind in ("data_gate", "core_flow"):
        return set()
    scopes = set(_MEMBERS)
    if found.area == "ads":
        scopes |= {"acquisition", "channel"}
    return scopes | {"cohort"} if found.kind == "cohort_decay" else scopes


def _verb(found: Opportunity, settings: OpportunitySettings) -> str:
    if found.kind == "data_gate":
        return MOVE
    if found.verb:
        return found.verb
    if found.kind == "next_experiment":
        return TEST if found.evsi > settings.test_cost else LEAVE
    if not found.gain or not math.isfinite(found.p_better):
        return UNRATED
    word = verb(
        found.p_better, -found.q05, loss_limit=settings.loss_limit, evsi=found.evsi,
        test_cost=settings.test_cost,
    )  # fmt: skip
    return PART if word == MOVE and found.prior_only else word


def _holdout_words(size: float, power: float, settings: OpportunitySettings) -> str:
    if not math.isfinite(size):
        return ""
    words = f" Holdout: {number(size, 0)} people, chosen at random"
    if math.isfinite(power):
        words += f"; it would show the expected uplift with {probability(power)}"
        if power < 0.5:
            words += ", so one campaign alone will not settle it"
    return f"{words} (two proportions, normal approximation)."


def plan_json(plan: pd.DataFrame, *, brand: str, as_of: date, currency: str) -> dict[str, Any]:
    """Return the plan as plain data for ``plan.json``.

    Parameters
    ----------
    plan : DataFrame
        Of `plan_table`.
    brand : str
        Name of the brand.
    as_of : date
    currency : str

    Returns
    -------
    dict
        schema, brand, as_of, currency, horizon_days, interval and actions: one dict per row of
        the plan, in its order, with None where a number is not known, title (the action) and files
        (the names of its lists in the outbox). An action that waits for failed checks has neither
        figures nor words that hold some, and no files: nothing of it may be acted on yet.
    """
    return {
        "schema": SCHEMA,
        "brand": brand,
        "as_of": as_of.isoformat(),
        "currency": currency,
        "horizon_days": 365,
        "interval": 0.90,
        "actions": [_action(row) for row in plan.to_dict("records")],
    }


_FIGURES = ("profit", "q05", "q95", "p_better", "evidence", "action", "brief", "holdout",
            "holdout_power", "measurement", "audience")  # fmt: skip


def _action(row: dict[str, Any]) -> dict[str, Any]:
    if row["blocked_by"]:
        title = f"Wait: {row['subject']} ({row['kind'].replace('_', ' ')})"
        kept = {name: _plain(value) for name, value in row.items() if name != "file"}
        return kept | dict.fromkeys(_FIGURES) | {"verb": "wait", "title": title, "files": []}
    told = {name: _plain(value) for name, value in row.items() if name != "file"}
    lists = row["audience"] or (row["file"] if row["file"] == "spend_sheet" else "")
    return told | {"title": row["action"], "files": [lists] if lists else []}


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
