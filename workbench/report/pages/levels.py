"""Page 3: which level of automation is proven, and which one the size needs."""

from __future__ import annotations

from collections.abc import Iterator

import plotly.graph_objects as go

from workbench.plots import spectrum_levels, spectrum_matrix
from workbench.plots.spectrum import state_of
from workbench.report.document import Figure, Page, Sentence, Table
from workbench.report.facts import Facts, known
from workbench.report.figures import as_figure, as_table
from workbench.report.pages.common import contradicted, level_facts
from workbench.report.pages.stages import stage_sections
from workbench.report.wording import KICKERS
from workbench.spectrum.levels import level_reached

__all__ = ["levels_page"]


def levels_page(facts: Facts) -> Page:
    """Levels, stage and the strip of capabilities."""
    return Page(
        key="levels",
        kicker=KICKERS["levels"],
        title=_title(facts),
        lead=tuple(_lead(facts)),
        groups=tuple(stage_sections(facts)),
        figures=tuple(_figures(facts)),
    )


def _title(facts: Facts) -> Sentence:
    say = facts.voice.say
    reached = level_facts(facts)
    if reached is None:
        return say("levels_none", top=max(len(facts["levels"]), 4))
    evidenced, required = reached
    values = {"evidenced": evidenced, "required": required, "top": len(facts["levels"])}
    revenue = facts.meta.get("revenue_12m")
    if facts.money and known(revenue):
        if evidenced == 0:
            return say("levels_title_none", top=values["top"], revenue=revenue, required=required)
        return say("levels_title", revenue=revenue, **values)
    if evidenced == 0:
        return say("levels_title_plain_none", top=values["top"], required=required)
    return say("levels_title_plain", **values)


def _lead(facts: Facts) -> Iterator[Sentence]:
    say = facts.voice.say
    if not facts.has("levels") or not facts.has("gaps"):
        yield say("levels_ask")
        return
    levels = facts["levels"]
    declared, evidenced = level_reached(levels, "declared"), level_reached(levels)
    if not declared and not evidenced:
        yield say("levels_none_holds")
    elif not evidenced:
        yield say("levels_declared_only", declared=declared)
    elif declared == evidenced:
        yield say("levels_same", evidenced=evidenced)
    else:
        yield say("levels_declared", declared=declared, evidenced=evidenced)
    against = contradicted(facts["gaps"])
    if against:
        names = ", ".join(facts.capability(name) for name in against)
        yield say("levels_contradict", n=len(against), names=names)


def _figures(facts: Facts) -> Iterator[Figure]:
    if facts.has("levels"):
        yield from as_figure("levels", spectrum_levels(facts["levels"]), _level_table(facts))
    if facts.has("gaps") and facts.has("levels"):
        yield from as_figure("capabilities", _matrix(facts), _state_table(facts))


def _matrix(facts: Facts) -> go.Figure:
    gaps = facts["gaps"]
    named = gaps.assign(capability=[facts.capability(name) for name in gaps["capability"]])
    required = facts["levels"].loc[facts["levels"]["required"].astype(bool), "level"]
    return spectrum_matrix(named, stage_level=int(required.max()) if len(required) else None)


def _state_table(facts: Facts) -> Table:
    frame = facts["gaps"].sort_values(["level", "capability"])
    against = contradicted(frame)
    shown = frame.assign(
        capability=[facts.capability(name) for name in frame["capability"]],
        state=[state_of(state).word for state in frame["state"]],
        against=["yes" if name in against else "" for name in frame["capability"]],
    )
    return as_table(
        shown,
        [
            ("level", "Level", "count"),
            ("capability", "Capability", "text"),
            ("state", "State", "text"),
            ("against", "Contradicts your answer", "text"),
            ("declared", "Declared, 0 to 2", "number"),
            ("evidenced", "Proven, 0 to 2", "number"),
            ("evidence", "Found", "told"),
            ("evidence_date", "Evidence of", "day"),
        ],
        key="capabilities",
        caption="Capabilities by level: what is declared and what is proven",
        file="tables/gaps.csv",
    )


def _level_table(facts: Facts) -> Table:
    frame = facts["levels"].sort_values("level")
    words = {True: "yes", False: "no"}
    shown = frame.assign(
        **{
            name: [words[bool(value)] for value in frame[name]]
            for name in ("required", "holds_declared", "holds_evidenced")
        }
    )
    return as_table(
        shown,
        [
            ("level", "Level", "count"),
            ("name", "Name", "text"),
            ("required", "Needed at this stage", "text"),
            ("share_declared", "Declared", "share"),
            ("share_evidenced", "Proven", "share"),
            ("holds_declared", "Holds as declared", "text"),
            ("holds_evidenced", "Holds as proven", "text"),
        ],
        key="levels",
        caption="Levels: share of points declared and proven",
        file="tables/levels.csv",
    )
