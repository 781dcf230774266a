"""Page 9: who does what, for whom, and how it is known to have worked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from workbench.plots import audience_ranges, plan_ranges
from workbench.report.document import Figure, Move, Page, Sentence, Table
from workbench.report.facts import Facts, known, triple
from workbench.report.figures import as_figure
from workbench.report.pages.common import ended, withheld_flags
from workbench.report.pages.decision_tables import (
    audience_rules_table,
    audience_table,
    measures_table,
    plan_table,
)
from workbench.report.pages.experiments import first_test
from workbench.report.wording import KICKERS

__all__ = ["open_actions", "plan_moves", "plan_page"]

OBSERVED = ("data_gate", "core_flow")
"""Kinds of action that rest on no prediction."""
ACTED = ("move", "move a part and measure", "test first")
"""Verbs under which something is done."""
NOBODY, TO_NAME = "unassigned", "to be named"


def plan_page(facts: Facts) -> Page:
    """The ranked plan across ads, e-mail and tests, and the lists that go with it."""
    actions, lists = open_actions(facts), _lists(facts)
    return Page(
        key="plan",
        kicker=KICKERS["plan"],
        title=_title(facts, actions),
        flags=tuple(withheld_flags(facts, "all", "amounts", "forecast")),
        lead=tuple(_lead(facts, actions)),
        figures=tuple(_figures(facts, actions, lists)),
        tables=tuple(_tables(facts, actions, lists)),
        notes=(facts.voice.say("plan_sent"),) if len(actions) or len(lists) else (),
    )


def open_actions(facts: Facts) -> pd.DataFrame:
    """Return the actions that may be printed: none that waits for data or withheld figures."""
    plan = facts["plan"]
    if plan.empty:
        return plan
    kept = plan["blocked_by"].astype(str) == ""
    if not _predicted(facts):
        kept &= plan["kind"].isin(OBSERVED)
    rows = plan[kept].rename(
        columns={"profit": "profit_mean", "q05": "profit_q05", "q95": "profit_q95"}
    )
    return rows.assign(owner=rows["owner"].replace({NOBODY: TO_NAME, "": TO_NAME}))


def _predicted(facts: Facts) -> bool:
    """Actions that rest on the model may be printed; without money they hold none."""
    return facts.forecast or (not facts.meta.get("has_money", True) and facts.predictions)


def plan_moves(facts: Facts) -> Iterator[tuple[str, Move]]:
    """Yield kind and move: the first action of each kind that pays as far as the data tells."""
    actions = open_actions(facts)
    if actions.empty or not facts.forecast:
        return
    told = actions[actions["gain"].astype(bool) & actions["verb"].isin(ACTED)]
    told = told[told["profit_mean"].map(known) & told["p_better"].map(known)]
    for row in told.drop_duplicates("kind").to_dict("records"):
        owner = "" if row["owner"] == TO_NAME else str(row["owner"])
        if row["kind"] == "next_experiment":
            test = first_test(facts)
            if test is not None:
                yield "next_experiment", Move(test, owner)
            continue
        included = str(row["randomness"]).endswith("included")
        pattern = "move_plan" if included else "move_plan_expected"
        said = facts.voice.say(
            pattern,
            action=ended(row["action"]),
            profit=triple(row, "profit_"),
            p=row["p_better"],
        )
        yield str(row["kind"]), Move(said, owner)


def _title(facts: Facts, actions: pd.DataFrame) -> Sentence:
    say = facts.voice.say
    if actions.empty:
        return say("plan_none")
    top = dict(actions.iloc[0])
    action, n = ended(top["action"]), len(actions)
    profit = triple(top, "profit_") if facts.forecast else None
    if profit is None or not top["gain"]:
        return say("plan_first_plain", action=action, n=n)
    included = str(top["randomness"]).endswith("included")
    pattern = "plan_first" if included else "plan_first_expected"
    return say(pattern, action=action, n=n, profit=profit)


def _lead(facts: Facts, actions: pd.DataFrame) -> Iterator[Sentence]:
    say, plan = facts.voice.say, facts["plan"]
    if len(actions) > 1:
        yield say("plan_apart")
    unpriced = int((~actions["profit_mean"].map(known)).sum()) if len(actions) else 0
    if unpriced:
        yield say("plan_unpriced", n=unpriced)
    if plan.empty:
        return
    blocked = plan[plan["blocked_by"].astype(str) != ""]
    if len(blocked):
        yield say("plan_blocked", n=len(blocked), checks=str(blocked["blocked_by"].iloc[0]))
    withheld = len(plan) - len(blocked) - len(actions)
    if withheld:
        yield say("plan_withheld", n=withheld)


def _lists(facts: Facts) -> pd.DataFrame:
    """Return every list once, with its tools and files."""
    table = facts["audiences"]
    if table.empty or not facts.predictions:
        return pd.DataFrame()
    # no list is named where its value is withheld: who is in it follows from that value
    if not _predicted(facts):
        return pd.DataFrame()
    by = table.groupby("audience", sort=False)
    files = by["file"].agg(lambda names: ", ".join(name for name in names if name))
    once = table.drop_duplicates("audience").set_index("audience")
    once = once.assign(tools=by["tool"].agg(", ".join), files=files).reset_index()
    return once.rename(
        columns={
            "expected_value": "value_mean",
            "expected_value_q05": "value_q05",
            "expected_value_q95": "value_q95",
            "expected_profit": "profit_mean",
        }
    )


def _figures(facts: Facts, actions: pd.DataFrame, lists: pd.DataFrame) -> Iterator[Figure]:
    if not facts.forecast:
        return
    settings: dict[str, Any] = {"currency": facts.currency, "interval": facts.voice.interval}
    if len(actions) and actions["profit_mean"].map(known).any():
        shown = facts["plan"].loc[actions.index]
        first = dict(actions[actions["profit_mean"].map(known)].iloc[0])
        turns = facts.voice.say(
            "plan_turns", what=str(first["subject"]), turns=ended(first["turns_if"])
        )
        table = plan_table(facts, actions, "plan-stakes")
        yield from as_figure("plan-stakes", plan_ranges(shown, **settings), table, turns)
    if len(lists) and lists["value_mean"].map(known).any():
        plot = audience_ranges(facts["audiences"], **settings)
        table = audience_table(lists, facts, "audience-values")
        yield from as_figure("audience-values", plot, table, _audience_turns(facts, lists))


def _audience_turns(facts: Facts, lists: pd.DataFrame) -> Sentence:
    offers = lists[lists["profit_mean"].map(known) & lists["holdout_power"].map(known)]
    if offers.empty:
        return facts.voice.say("turns_sizes")
    top = offers.sort_values("profit_mean", ascending=False).iloc[0]
    return facts.voice.say(
        "turns_audience",
        audience=str(top["audience"]),
        n=top["holdout"],
        p=top["holdout_power"],
    )


def _tables(facts: Facts, actions: pd.DataFrame, lists: pd.DataFrame) -> Iterator[Table]:
    if len(actions):
        yield plan_table(facts, actions, "actions")
        yield measures_table(facts, actions, "action-measures")
    if len(lists):
        yield audience_table(lists, facts, "audiences")
        yield audience_rules_table(lists, facts, "audience-rules")
