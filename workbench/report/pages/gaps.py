"""Page 6: what each missing piece costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from workbench.locales import localised
from workbench.plots import gap_bars
from workbench.plots.spectrum import state_of
from workbench.report.document import Card, Figure, Page, Sentence, Table
from workbench.report.facts import Facts, known, triple
from workbench.report.figures import as_figure, as_table
from workbench.report.pages.common import ended, printed_day, ranked_gaps, withheld_flags
from workbench.report.wording import KICKERS

__all__ = ["gaps_page"]

OPEN = ("gap", "gap_no_profit", "unknown", "ask")


def gaps_page(facts: Facts) -> Page:
    """One card per capability that the stage needs and the evidence does not show."""
    gaps = _needed(facts)
    return Page(
        key="gaps",
        kicker=KICKERS["gaps"],
        title=_title(facts, gaps),
        flags=tuple(withheld_flags(facts, "all", "amounts", "forecast")),
        lead=tuple(_lead(facts, gaps)),
        figures=tuple(_figures(facts)),
        tables=tuple(_tables(facts)),
        cards=tuple(_card(facts, row) for row in gaps if row["state"] in OPEN),
        notes=tuple(_notes(facts, gaps)),
    )


def _needed(facts: Facts) -> list[dict[Any, Any]]:
    """Return the capabilities that the stage needs: gaps first, then what nobody could say."""
    if not facts.has("gaps"):
        return []
    stage = facts.meta.get("stage")
    rows = facts["gaps"].to_dict("records")
    needed = [row for row in rows if not known(stage) or row["stage_required"] <= stage]
    return sorted(
        ranked_gaps(needed),
        key=lambda row: OPEN.index(row["state"]) if row["state"] in OPEN else len(OPEN),
    )


def _title(facts: Facts, gaps: list[dict[Any, Any]]) -> Sentence:
    say = facts.voice.say
    if not gaps:
        return say("gaps_title_nothing")
    found = sum(row["state"] in ("gap", "gap_no_profit") for row in gaps)
    unknown = sum(row["state"] in ("unknown", "ask") for row in gaps)
    joint = facts.quantity("gaps_joint")
    priced = len(_lines(gaps))
    if priced == 1 and joint and facts.forecast:
        more = {"found": found} if found > 1 else {}
        return say("gaps_title_one" if more else "gaps_title_alone", joint=joint, **more)
    if priced and joint and facts.forecast and found > priced:
        return say("gaps_title_part", n=priced, found=found, joint=joint)
    if priced and joint and facts.forecast:
        return say("gaps_title_worth", n=priced, joint=joint)
    if found and unknown:
        return say("gaps_title_both", n=found, unknown=unknown)
    if found:
        return say("gaps_title", n=found)
    if unknown:
        return say("gaps_title_unknown", n=unknown)
    return say("gaps_title_none", n=len(gaps))


def _lead(facts: Facts, gaps: list[dict[Any, Any]]) -> Iterator[Sentence]:
    say = facts.voice.say
    if not gaps:
        yield say("gaps_nothing")
    elif not any(known(row.get("declared")) for row in gaps):
        yield say("gaps_no_answers")
    joint, lines = facts.quantity("gaps_joint"), _lines(gaps)
    if facts.forecast and joint and len(lines) > 1 and sum(lines) > joint[0] * 1.005:
        yield say("gaps_overlap", n=len(lines), lines=sum(lines), joint=joint[0])
    closed, opened = (_changed(facts, how) for how in ("closed", "opened"))
    if closed or opened:
        yield say("gaps_since", closed=closed, opened=opened)


def _notes(facts: Facts, gaps: list[dict[Any, Any]]) -> Iterator[Sentence]:
    """Yield what several cards have in common, so that none of them repeats it."""
    say = facts.voice.say
    if unpriced := sum(_unpriced(facts, row) for row in gaps):
        yield say("gaps_no_money", n=unpriced)
    if on_word := sum(_on_word(row) for row in gaps):
        yield say("gaps_on_word", n=on_word)


def _unpriced(facts: Facts, row: dict[Any, Any]) -> bool:
    return row["state"] == "gap_no_profit" or (row["state"] == "gap" and not facts.forecast)


def _on_word(row: dict[Any, Any]) -> bool:
    """Tell whether a capability rests on an answer and the proof that it names."""
    declared = known(row.get("evidenced")) and row["evidenced"] > 0
    return declared and row["state"] in ("ask", "unknown")


def _changed(facts: Facts, how: str) -> int:
    """Count what closed or opened since the last run, by the words of since_last.csv."""
    words = facts.gaps_changed.get("words", pd.Series(dtype=str)).astype(str)
    return int(words.str.contains(f" {how}: it was ", regex=False).sum())


def _lines(gaps: list[dict[Any, Any]]) -> list[float]:
    """Return the profits that the joint total holds: above zero, with interval, without hours."""
    profits = [triple(row, "profit_at_stake_") for row in gaps if row["state"] == "gap"]
    return [profit[0] for profit in profits if profit and profit[0] > 0]


def _figures(facts: Facts) -> Iterator[Figure]:
    gaps = facts["gaps"]
    if not facts.forecast or gaps.empty:
        return
    drawn = gaps[(gaps["state"] == "gap") & gaps["profit_at_stake_q05"].map(known)]
    if drawn.empty:
        return
    joint = facts.quantity("gaps_joint")
    named = drawn.assign(capability=[facts.capability(name) for name in drawn["capability"]])
    bars = gap_bars(
        named,
        dict(zip(("mean", "q05", "q95"), joint, strict=True)) if joint else None,
        currency=facts.currency,
        interval=facts.voice.interval,
    )
    table = as_table(
        named,
        [
            ("capability", "Gap", "text"),
            ("profit_at_stake_", "Profit at stake, 12 months", "money_range"),
            ("p_pays", "P(pays)", "chance"),
            ("effort_hours", "Effort, hours", "number"),
        ],
        key="gap-bars",
        caption=f"Profit at stake by gap, {facts.currency}; the lines must not be added",
        file="tables/gaps.csv",
    )
    yield from as_figure("gap-bars", bars, table)


def _tables(facts: Facts) -> Iterator[Table]:
    """Yield what became of the capabilities since the last run."""
    rows = facts.gaps_changed
    if len(rows):
        yield as_table(
            rows.assign(capability=[facts.capability(name) for name in rows["subject"]]),
            [
                ("capability", "Capability", "text"),
                ("before", "Points before", "number"),
                ("after", "Points now", "number"),
                ("words", "What changed", "told"),
            ],
            key="gaps-since",
            caption="What changed since the last run; points of evidence, 0 to 2",
            file="tables/since_last.csv",
            at_most=30,
        )


def _card(facts: Facts, row: dict[Any, Any]) -> Card:
    state = str(row["state"])
    open_gap = state in ("gap", "gap_no_profit")
    hours = row.get("effort_hours")
    stage = f", needed from stage {row['stage_required']}"
    details = [
        ("To do", localised(str(row.get("action") or ""))),
        ("Level", f"{row['level']}{stage}" if row["level"] else f"all{stage}"),
        ("Declared", _points(row.get("declared"))),
        ("Proven", _points(row.get("evidenced"))),
        ("Evidence of", printed_day(row.get("evidence_date"))),
        ("Effort", localised(f"about {hours:g} hours") if open_gap and known(hours) else ""),
        ("Owner", str(row.get("owner") or "to be named")),
        ("Due", printed_day(row.get("due"))),
    ]
    profit = triple(row, "profit_at_stake_") if facts.forecast else None
    return Card(
        key=str(row["capability"]).replace("_", "-"),
        title=facts.capability(row["capability"]),
        state=state,
        state_label=state_of(state).word
        + (", against your answer" if row.get("contradicts") is True else ""),
        summary=localised(_first_sentence(str(row.get("action") or "")) or _proof(facts, row)),
        worth=profit,
        sentences=tuple(_sentences(facts, row)),
        facts=tuple((label, text) for label, text in details if text),
    )


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".") + "." if text else ""


def _proof(facts: Facts, row: dict[Any, Any]) -> str:
    """Say what would prove a capability that rests on a word and asks for no action of its own."""
    item = facts.capabilities.get(str(row["capability"])) if _on_word(row) else None
    return f"To prove it: {item.to_prove.rstrip('.')}." if item and item.to_prove else ""


def _points(score: Any) -> str:
    return localised(f"{score:g} of 2") if known(score) else "nothing"


def _sentences(facts: Facts, row: dict[Any, Any]) -> Iterator[Sentence]:
    say, state = facts.voice.say, row["state"]
    if row.get("evidence"):
        yield say("gap_evidence", evidence=ended(row["evidence"]))
    profit, p = triple(row, "profit_at_stake_"), row.get("p_pays")
    if state == "gap" and facts.forecast:
        if profit and known(p):
            yield say("gap_worth", profit=profit, p=float(p))
        elif known(row.get("profit_at_stake_mean")):
            yield say("gap_declared_worth", profit=row["profit_at_stake_mean"])
        if row.get("assumption"):
            yield say("gap_assumption", assumption=ended(row["assumption"]))
