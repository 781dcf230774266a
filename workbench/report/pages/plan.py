"""Page 9: who does what, for whom, and how it is known to have worked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from workbench.plots import plan_ranges
from workbench.report.document import Figure, Move, Page, Sentence, Table
from workbench.report.facts import Facts, known, triple
from workbench.report.figures import as_figure
from workbench.report.pages.common import ended, printed_day, withheld_flags
from workbench.report.pages.decision_tables import (
    audience_rules_table,
    audience_table,
    measures_table,
    plan_table,
    stakes_table,
)
from workbench.report.pages.experiments import first_test
from workbench.report.wording import KICKERS

__all__ = ["open_actions", "plan_moves", "plan_page"]

OBSERVED = ("data_gate", "core_flow")
"""Kinds of action that rest on no prediction."""
ACTED = ("move", "move a part and measure", "test first")
"""Verbs under which something is done."""
LEAVE = "leave"
_VERSION = re.compile(r"_v\d+$")
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
        figures=tuple(_figures(facts, actions)),
        tables=tuple(_tables(facts, actions, lists)),
        notes=tuple(_notes(facts, lists)) if len(actions) or len(lists) else (),
    )


def open_actions(facts: Facts) -> pd.DataFrame:
    """Return the actions to print: none that waits for data or withheld figures, or is left."""
    plan = facts["plan"]
    if plan.empty:
        return plan
    kept = (plan["blocked_by"].astype(str) == "") & (plan["verb"] != LEAVE)
    if not _predicted(facts):
        kept &= plan["kind"].isin(OBSERVED)
    rows = plan[kept].rename(
        columns={"profit": "profit_mean", "q05": "profit_q05", "q95": "profit_q95"}
    )
    if rows.empty:  # lists of no words would make columns of no type
        return rows.assign(subject="", about="")
    told = rows.to_dict("records")
    rows = rows.assign(
        owner=rows["owner"].replace({NOBODY: TO_NAME, "": TO_NAME}),
        action=[_action(row) for row in told],
        subject=[_subject(facts, row) for row in told],
    )
    return rows.assign(about=rows["rank"].astype(str) + ". " + rows["subject"])


def _action(row: dict[Any, Any]) -> str:
    """Return the action, with the file of its list where it has one."""
    action, where = ended(row["action"]), row["file"] or row["audience"]
    if where == "spend_sheet":
        where = "spend sheet"
    if where and where not in action:  # a spend sheet may be named already
        return f"{action[:-1]} ({where})."
    return action


def _predicted(facts: Facts) -> bool:
    """Actions that rest on the model may be printed; without money they hold none."""
    return facts.forecast or (not facts.meta.get("has_money", True) and facts.predictions)


def plan_moves(facts: Facts) -> Iterator[tuple[str, float, Move]]:
    """Yield kind, expected profit over 12 months and move, best first.

    Told is the first action of each kind that pays as far as the data tells.

    Of actions that compete for the same customers or money only the first is a move.
    """
    actions = open_actions(facts)
    if actions.empty or not facts.forecast:
        return
    told = actions[actions["gain"].astype(bool) & actions["verb"].isin(ACTED)]
    told = told[told["profit_mean"].map(known) & told["p_better"].map(known)]
    for row in told.drop_duplicates("kind").drop_duplicates("overlap_group").to_dict("records"):
        owner = "" if row["owner"] == TO_NAME else str(row["owner"])
        if row["kind"] == "next_experiment":
            test = first_test(facts)
            if test is not None:
                yield (
                    "next_experiment",
                    float(row["profit_mean"]),
                    Move(test, owner, printed_day(row["due"])),
                )
            continue
        included = str(row["randomness"]).endswith("included")
        pattern = "move_plan" if included else "move_plan_expected"
        said = facts.voice.say(
            pattern,
            action=ended(row["action"]),
            profit=triple(row, "profit_"),
            p=row["p_better"],
        )
        yield (
            str(row["kind"]),
            float(row["profit_mean"]),
            Move(said, owner, printed_day(row["due"])),
        )


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
    left = int(((plan["verb"] == LEAVE) & (plan["blocked_by"].astype(str) == "")).sum())
    if left and _predicted(facts):
        yield say("plan_left", n=left)
    withheld = 0 if _predicted(facts) else len(plan) - len(blocked) - len(actions)
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


def _figures(facts: Facts, actions: pd.DataFrame) -> Iterator[Figure]:
    priced = actions[actions["profit_mean"].map(known)] if len(actions) else actions
    if priced.empty or not facts.forecast:
        return
    names = {"profit_mean": "profit", "profit_q05": "q05", "profit_q95": "q95"}
    first = dict(priced.iloc[0])
    plot = plan_ranges(
        priced.rename(columns=names), currency=facts.currency, interval=facts.voice.interval
    )
    turns = facts.voice.say(
        "plan_turns", what=str(first["subject"]), turns=ended(first["turns_if"])
    )
    yield from as_figure("plan-stakes", plot, stakes_table(facts, priced, "plan-stakes"), turns)


def _subject(facts: Facts, row: dict[Any, Any]) -> str:
    """Return what an action is about: a test by its title, a list in words, else by its name."""
    tests, subject = facts["experiments"], str(row["subject"])
    if subject in facts.capabilities:  # flow_win_back
        return facts.capability(subject)
    if subject and subject == str(row["audience"]):  # second_order_v1: its file is named beside it
        return f"list {_VERSION.sub('', subject).replace('_', ' ')}"
    if row["kind"] != "next_experiment" or tests.empty:
        return str(row["subject"])
    found = tests.loc[tests["id"].astype(str) == str(row["subject"]), "title"].astype(str)
    return next((title for title in found if title), str(row["subject"]))


def _notes(facts: Facts, lists: pd.DataFrame) -> Iterator[Sentence]:
    if facts.forecast and len(lists):
        offers = lists[lists["profit_mean"].map(known) & lists["holdout_power"].map(known)]
        for row in offers.sort_values("profit_mean", ascending=False).head(1).to_dict("records"):
            yield facts.voice.say(
                "lists_turn",
                audience=str(row["audience"]),
                n=row["holdout"],
                p=row["holdout_power"],
            )
    yield facts.voice.say("plan_sent")


def _tables(facts: Facts, actions: pd.DataFrame, lists: pd.DataFrame) -> Iterator[Table]:
    if len(actions):
        yield plan_table(facts, actions, "actions")
        yield measures_table(facts, actions, "action-measures")
    if len(lists):
        yield audience_table(lists, facts, "audiences")
        yield audience_rules_table(lists, facts, "audience-rules")
