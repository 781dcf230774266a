"""Page 2: whether data and model deserve trust."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from scipy.stats import binom

from workbench.checks import NOT_APPLICABLE
from workbench.report.document import Flag, Page, Sentence, Table
from workbench.report.facts import Facts
from workbench.report.pages.common import check_flags, ended, gate_flags
from workbench.report.pages.forecasts import (
    ledger_figures,
    ledger_sentences,
    ledger_tables,
    record_figures,
)
from workbench.report.pages.scored import scored, scored_figures
from workbench.report.pages.tables import checks_table
from workbench.report.wording import KICKERS, check_label

__all__ = ["readiness_page", "trust_page"]


def trust_page(facts: Facts) -> Page:
    """Readiness of the data, health of the model, forecasts that were scored."""
    return Page(
        key="trust",
        kicker=KICKERS["trust"],
        title=_title(facts),
        flags=(*gate_flags(facts), *_reviews(facts)),
        lead=tuple(_lead(facts)),
        figures=(*ledger_figures(facts), *record_figures(facts), *scored_figures(facts)),
        tables=tuple(_tables(facts)),
    )


def readiness_page(facts: Facts) -> Page:
    """Readiness of the data alone: needs no model."""
    checks = facts["readiness"]
    data, data_pass = _asked(checks)
    return Page(
        key="readiness",
        kicker=KICKERS["trust"],
        title=facts.voice.say("readiness_title", data=data, data_pass=data_pass),
        flags=tuple(check_flags(facts, checks, "FAIL", "REVIEW")),
        lead=tuple(_span(facts)),
    )


def _asked(checks: pd.DataFrame) -> tuple[int, int]:
    """How many checks apply to this brand, and how many of those pass."""
    asked = checks[~checks["message"].str.startswith(NOT_APPLICABLE)]
    return len(asked), int((asked["status"] == "PASS").sum())


def _title(facts: Facts) -> Sentence:
    kinds = facts.checks["kind"]
    data, data_pass = _asked(facts.checks[kinds == "data"])
    model, model_pass = _asked(facts.checks[kinds == "model"])
    if not model:
        return facts.voice.say("trust_title_data", data=data, data_pass=data_pass)
    return facts.voice.say(
        "trust_title", data=data, data_pass=data_pass, model=model, model_pass=model_pass
    )


def _lead(facts: Facts) -> Iterator[Sentence]:
    say = facts.voice.say
    yield from _span(facts)
    made = scored(facts)
    if facts.health:
        # what lowered it is among the checks named above
        yield say("health", health=ended(facts.health.split(". ")[0]))
    if facts.record:
        yield say("record", record=facts.record)
    ledger = tuple(ledger_sentences(facts))
    yield from ledger
    if made.empty:
        if not facts.record and not ledger:
            yield say("no_backtest")
        return
    n = len(made)
    inside = int(((made["actual"] >= made["q05"]) & (made["actual"] <= made["q95"])).sum())
    low, high = binom.interval(0.90, n, facts.voice.interval)
    yield say("backtest", n=n, inside=inside, low=int(low), high=int(high))


def _reviews(facts: Facts) -> Iterator[Flag]:
    """Name the checks to review; what each found stands in the tables of the page."""
    named = [check_label(str(name)) for name in facts.checks.query("status == 'REVIEW'")["check"]]
    if named:
        names = ", ".join(named)
        yield Flag("REVIEW", facts.voice.say("review_todo", n=len(named), names=names))


def _span(facts: Facts) -> Iterator[Sentence]:
    meta = facts.meta
    if meta["history_start"] is None:
        yield facts.voice.say("nobody", end=meta["as_of"])
    else:
        yield facts.voice.say(
            "span",
            start=meta["history_start"],
            end=meta["as_of"],
            customers=meta["customers"],
            orders=meta["orders"],
        )


def _tables(facts: Facts) -> Iterator[Table]:
    yield from ledger_tables(facts)
    if facts.has("readiness"):
        yield checks_table(facts, "readiness", "readiness", "All checks of the data")
    if facts.has("model_checks"):
        yield checks_table(facts, "model_checks", "model-checks", "All checks of the model")
