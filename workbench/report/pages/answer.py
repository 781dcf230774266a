"""Page 1: what to do, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from workbench.decisions.due import due_day
from workbench.plots import value_by_channel
from workbench.plots.value import SMALL, firmly_known
from workbench.report.document import Figure, Flag, Move, Page, Sentence, Tile
from workbench.report.facts import Facts, known, triple
from workbench.report.figures import as_figure
from workbench.report.lexicon import VERBS, count
from workbench.report.pages.budget import budget_move
from workbench.report.pages.channels import likeliest_reversal
from workbench.report.pages.common import (
    basis_notes,
    cac_range,
    ended,
    gate_flags,
    level_facts,
    printed_day,
    ranked_gaps,
    unknown_share,
)
from workbench.report.pages.plan import plan_moves
from workbench.report.pages.tables import value_table
from workbench.report.wording import KICKERS

__all__ = ["answer_page", "red_flags"]

RED = 0.50
"""Probability that CAC exceeds 12-month value from which on a channel raises the red flag."""
SURE = 0.95
"""The same from which on customers of unknown channel change nothing in what to do."""


LEAST = 0.0005
"""Share of a year's net revenue below which an expected profit is no move: $500 of $1M."""
BUDGET_STEPS = ("budget_change", "channel_above_share")
"""Kinds of actions that are steps of the proposed budget."""


def answer_page(facts: Facts) -> Page:
    """Verdict, money with interval, at most three moves."""
    figures: list[Figure] = []
    if facts.compares_channels:
        plot = value_by_channel(
            facts["channels"],
            currency=facts.currency,
            interval=facts.voice.interval,
            palette=facts.palette,
        )
        figures += as_figure("answer-value", plot, value_table(facts, "answer-value"))
    return Page(
        key="answer",
        kicker=KICKERS["answer"],
        title=_title(facts),
        flags=(*red_flags(facts), *gate_flags(facts), *_preview(facts)),
        lead=tuple(_lead(facts)),
        tiles=tuple(_tiles(facts)),
        moves=tuple(_moves(facts))[:3],
        figures=tuple(figures),
        notes=(*_since_last(facts), *basis_notes(facts)),
    )


def _since_last(facts: Facts) -> Iterator[Sentence]:
    due = facts.forecasts_due
    if facts.forecast and len(due):
        yield facts.voice.say("since_last", n=len(due))


def _title(facts: Facts) -> Sentence:
    say, meta = facts.voice.say, facts.meta
    brand = str(meta["brand"])
    if meta["history_start"] is None:
        return say("answer_nobody", brand=brand, end=meta["as_of"])
    if not facts.money:
        failed = [*facts.withheld.get("all", ()), *facts.withheld.get("amounts", ())]
        if failed and meta.get("has_money", True):
            return say("answer_withheld", brand=brand, failed=len(failed))
        return say(
            "answer_purchases", brand=brand, customers=meta["customers"], orders=meta["orders"]
        )
    if not facts.forecast:
        failed = facts.withheld.get("forecast") or ["model"]
        return say("answer_withheld", brand=brand, failed=len(failed))
    value = facts.quantity("value_12m")
    if not value:
        return say(
            "answer_purchases", brand=brand, customers=meta["customers"], orders=meta["orders"]
        )
    levels = level_facts(facts)
    if levels is None:
        return say("answer_value", brand=brand, value=value)
    values: dict[str, Any] = {"brand": brand, "required": levels[1]}
    joint = facts.quantity("gaps_joint")
    if levels[0] >= levels[1]:
        return say("answer_levels_met", value=value, **values)
    if joint and levels[0] == 0:
        pattern = "answer_none_of_one_worth" if levels[1] == 1 else "answer_none_worth"
        return say(pattern, joint=joint, **(values if levels[1] > 1 else {"brand": brand}))
    if joint:
        return say("answer_levels_worth", evidenced=levels[0], joint=joint, **values)
    if levels == (0, 1):
        return say("answer_levels_none_of_one", brand=brand, value=value)
    if levels[0] == 0:
        return say("answer_levels_none", value=value, **values)
    return say("answer_levels", value=value, evidenced=levels[0], **values)


def red_flags(facts: Facts, at_most: int = 2) -> Iterator[Flag]:
    """Yield the channels whose customers more likely than not cost more than they bring."""
    if not facts.spend or "p_value_above_cac" not in facts.paid:
        return
    losing = facts.paid[1 - facts.paid["p_value_above_cac"] >= RED]
    for row in losing.head(at_most).to_dict("records"):
        p, unknown = 1 - row["p_value_above_cac"], unknown_share(facts)
        values: dict[str, Any] = {"channel": str(row["channel"]), "p": p, "cac": row["cac"]}
        pattern = "red_flag"
        if unknown and p < SURE:
            pattern, values = "red_flag_unknown", values | {"cac": cac_range(row), "share": unknown}
        yield Flag("red", facts.voice.say(pattern, **values))
    if len(losing) > at_most:
        yield Flag("red", facts.voice.say("red_flags_more", n=len(losing) - at_most))


def _preview(facts: Facts) -> Iterator[Flag]:
    if facts.meta.get("fast"):
        yield Flag("REVIEW", facts.voice.say("preview"))


def _lead(facts: Facts) -> Iterator[Sentence]:
    say = facts.voice.say
    if not facts.forecast:
        return
    value, share = facts.quantity("value_12m"), _observed_share(facts)
    if value and share is not None:
        yield say("value_observed", value=value[0], share=share)
    reversal = likeliest_reversal(facts)
    if any(red_flags(facts)):
        return  # the warning says what matters more
    if reversal:
        yield reversal
    elif facts.spend and len(facts.paid) > 1:
        best = facts.paid.sort_values("roas_12m_mean", ascending=False).iloc[0]
        yield say("best_channel", channel=str(best["channel"]), roas=triple(best, "roas_12m_"))
    elif facts.compares_channels:
        channels = facts["channels"]
        firm = firmly_known(channels)
        best = firm.sort_values("value_12m_mean", ascending=False).iloc[0]
        pattern = "best_customer" if len(firm) == len(channels) else "best_customer_firm"
        small = {} if len(firm) == len(channels) else {"small": SMALL}
        value = triple(best, "value_12m_")
        yield say(pattern, channel=str(best["channel"]), value=value, **small)


def _observed_share(facts: Facts) -> float | None:
    channels = facts["channels"]
    if "observed_share" not in channels:
        return None
    value = channels["customers"] * channels["value_12m_mean"]
    kept = value.notna() & channels["observed_share"].notna()
    total = float(value[kept].sum())
    return float((value * channels["observed_share"])[kept].sum()) / total if total > 0 else None


def _tiles(facts: Facts) -> Iterator[Tile]:
    meta = facts.meta
    value = facts.quantity("value_12m")
    if facts.forecast and value:
        yield Tile(
            "12-month value per customer",
            "money_range",
            value,
            "contribution, observed + predicted",
        )
    if facts.spend:
        spend, won = facts.paid["spend"].sum(), facts.paid["customers"].sum()
        cac = facts.quantity("cac")
        if cac and cac[1] < cac[2]:
            basis = "with their part of the customers of unknown channel"
            yield Tile("CAC, all paid channels", "money_range", cac, basis)
        else:
            basis = f"observed: {count(won)} customers"
            yield Tile("CAC, all paid channels", "money", float(spend / won), basis)
        profit = facts.quantity("true_profit")
        if profit:
            yield Tile(
                "True Profit, paid channels",
                "money_range",
                profit,
                "12-month value less spend, observed + predicted",
            )
    if facts.money and known(meta.get("revenue_12m")):
        yield Tile("Net revenue, last 12 months", "money", meta["revenue_12m"], "observed")
    yield Tile("Customers", "count", meta["customers"], "observed")
    yield Tile("Orders", "count", meta["orders"], "observed")


def _moves(facts: Facts) -> Iterator[Move]:
    """Yield what to do next: repair the data, stop a losing channel, two of the plan, gaps."""
    say = facts.voice.say
    failed = facts.checks[(facts.checks["status"] == "FAIL") & (facts.checks["kind"] == "data")]
    for row in failed.head(1).to_dict("records"):
        if row["recommendation"]:
            fix = say("move_fix", action=ended(row["recommendation"]))
            yield Move(fix, due=_due(facts, "data_gate"))
    if facts.spend and "p_value_above_cac" in facts.paid:
        losing = facts.paid[1 - facts.paid["p_value_above_cac"] >= RED].head(1)
        for row in losing.to_dict("records"):
            channel, p = str(row["channel"]), row["p_value_above_cac"]
            is_open = unknown_share(facts) and 1 - p < SURE
            pattern = "move_red_flag_unknown" if is_open else "move_red_flag"
            said = say(pattern, channel=channel, p=p)
            yield Move(said, due=_due(facts, "broken_economics"))
    planned = list(islice(_planned(facts), 2))
    yield from planned
    told = " ".join(move.sentence.text for move in planned)
    for move in _gap_moves(facts):  # one that the plan names already is no move of its own
        if str(move.sentence.values["name"]) not in told:
            yield move


def _planned(facts: Facts) -> Iterator[Move]:
    """Yield the moves of the plan, the budget as a whole at its place among them.

    A losing channel has a move of its own already. Steps of single channels are parts of the
    budget, each worth less than all of them together.
    """
    stopped = facts.spend and "p_value_above_cac" in facts.paid
    whole = budget_move(facts)
    if whole and _is_small(facts, whole[0]):
        whole = None
    told_as_one = BUDGET_STEPS if whole else ()
    for kind, profit, move in plan_moves(facts):
        if (stopped and kind == "broken_economics") or _is_small(facts, profit):
            continue
        if whole and whole[0] > profit:
            yield Move(whole[1], due=_due(facts, "budget_change"))
            whole = None
        if kind not in told_as_one:
            yield move
    if whole:
        yield Move(whole[1], due=_due(facts, "budget_change"))


def _due(facts: Facts, kind: str) -> str:
    """Return the day by which an action of a kind is to be done, as the plan has it."""
    return printed_day(due_day(kind, date.fromisoformat(str(facts.meta["as_of"]))))


def _is_small(facts: Facts, profit: float) -> bool:
    """Tell whether a profit is next to nothing for a shop of this size."""
    revenue = facts.meta.get("revenue_12m")
    return known(revenue) and 0 <= profit < LEAST * revenue


def _gap_moves(facts: Facts) -> Iterator[Move]:
    """Yield gaps with a figure by profit per hour, then the others from the lowest level up."""
    if not facts.has("gaps"):
        return
    gaps = facts["gaps"][facts["gaps"]["state"].isin(["gap", "gap_no_profit"])]
    for row in ranked_gaps(gaps.to_dict("records")):
        sentence = _gap_sentence(facts, row)
        if sentence:
            yield Move(sentence, str(row.get("owner") or ""), printed_day(row.get("due")))


def _gap_sentence(facts: Facts, row: dict[Any, Any]) -> Sentence | None:
    name, hours = facts.capability(row["capability"]), row["effort_hours"]
    profit, p = triple(row, "profit_at_stake_"), row.get("p_pays")
    if profit and _is_small(facts, profit[0]):
        return None
    if row["state"] == "gap_no_profit" or not (facts.forecast and profit and known(p)):
        if not row["level"]:
            return facts.voice.say("move_gap_any_level", name=name)
        return facts.voice.say("move_gap_plain", name=name, level=row["level"])
    pattern = {"move": "move_gap", "part": "move_gap_part"}.get(VERBS.verb(float(p)))
    if pattern is None:
        return None
    return facts.voice.say(pattern, name=name, profit=profit, p=float(p), hours=hours)
