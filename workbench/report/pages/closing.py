"""The last page, on limits, and the appendix: definitions, method, reading log, provenance."""

from __future__ import annotations

from workbench.report.document import Column, Page, Table
from workbench.report.facts import Facts
from workbench.report.pages.common import basis_notes
from workbench.report.pages.tables import log_table
from workbench.report.wording import (
    AUTOMATION_CANNOT,
    CLAIMS,
    DEFINITIONS,
    KICKERS,
    METHOD,
    REPORT_CANNOT,
)

__all__ = ["appendix_pages", "limits_page"]


def limits_page(facts: Facts) -> Page:
    """What the report cannot tell and automation cannot do."""
    say = facts.voice.say
    return Page(
        key="limits",
        kicker=KICKERS["limits"],
        title=say("limits_title", n=len(REPORT_CANNOT), m=len(AUTOMATION_CANNOT)),
        lead=tuple(basis_notes(facts)),
        groups=(
            ("This report cannot tell", REPORT_CANNOT),
            ("Automation cannot do", AUTOMATION_CANNOT),
        ),
        tables=(
            Table(
                "claims",
                "Claims in circulation: quoted with their source, used nowhere in this report",
                (Column("Claim"), Column("Source")),
                CLAIMS,
                folded=True,
            ),
        ),
    )


def appendix_pages(facts: Facts) -> tuple[Page, ...]:
    """Definitions, method in plain words, what was read, and what the run was made from."""
    say = facts.voice.say
    pages = [
        Page(
            "definitions",
            KICKERS["definitions"],
            say("appendix_definitions"),
            groups=(("", DEFINITIONS),),
        ),
        Page(
            "method",
            KICKERS["method"],
            say("appendix_method"),
            lead=tuple(say("appendix", text=text) for text in METHOD),
        ),
    ]
    if facts.has("reading_log"):
        pages.append(
            Page(
                "reading",
                KICKERS["reading"],
                say("appendix_reading", n=len(facts["reading_log"])),
                tables=(log_table(facts, "reading-log"),),
            )
        )
    rows = [
        ("Run", facts.meta["run_id"]),
        ("Hash of the inputs", facts.meta.get("input_hash")),
        ("Key of the fit", facts.meta.get("fit_key")),
        ("Seed", facts.meta.get("seed")),
        ("Draws", facts.meta.get("draws")),
        *sorted((facts.meta.get("versions") or {}).items()),
    ]
    kept = tuple((name, str(value)) for name, value in rows if value not in (None, ""))
    pages.append(
        Page(
            "provenance",
            KICKERS["provenance"],
            say("appendix_provenance", run=str(facts.meta["run_id"])),
            tables=(
                Table(
                    "provenance",
                    "What this report was made from",
                    (Column("What"), Column("Value")),
                    kept,
                ),
            ),
        )
    )
    return tuple(pages)
