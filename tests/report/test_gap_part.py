"""The gap part of the report: four stages, what changed since the last run, contradictions."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest

from tests.report.synthetic import FakeAnalysis, fake_analysis
from tests.report.test_story import page
from workbench.report.deck import deck
from workbench.report.document import Report
from workbench.report.page import render_page
from workbench.report.story import tell
from workbench.spectrum.levels import stages_table

SINCE = pd.DataFrame(
    [
        ("gap", "flow_welcome", 0.0, 2.0, "Welcome closed: it was a gap and is proven (0 of 2)."),
        ("gap", "order_sync", 2.0, 0.5, "Sync opened: it was proven and is a gap (2 of 2)."),
        ("gap", "consent", 1.0, 1.5, "Consent is better shown (1 of 2 points before, 1.5 now)."),
    ],
    columns=["kind", "subject", "before", "after", "words"],
)


def told(analysis: FakeAnalysis, **changes: Any) -> Report:
    analysis.tables.update(changes)
    return tell(analysis)  # type: ignore[arg-type]


def sections(report: Report) -> dict[str, dict[str, str]]:
    return {heading: dict(terms) for heading, terms in page(report, "levels").groups}


def test_every_stage_has_a_section_and_its_part_in_the_story() -> None:
    found = sections(told(fake_analysis()))
    assert list(found) == [
        "Stage 1, under $1M net revenue a year: behind you, the foundation",
        "Stage 2, $1M to $3M net revenue a year: behind you, the foundation",
        "Stage 3, $3M to $10M net revenue a year: where you are, the gap",
        "Stage 4, $10M and more net revenue a year: ahead, the road",
    ]
    now = found["Stage 3, $3M to $10M net revenue a year: where you are, the gap"]
    assert now["Not to be bought yet"].startswith("Autonomous execution")
    assert sum("Not to be bought yet" in terms for terms in found.values()) == 1


def test_every_open_capability_is_named_at_one_stage_only() -> None:
    analysis = fake_analysis()
    few = analysis.table("gaps").groupby("level").head(4)
    found = sections(told(analysis, gaps=few, stages=stages_table(few, 5.1e6)))
    named = [
        name
        for terms in found.values()
        for key, text in terms.items()
        if key.startswith("Open")
        for name in re.sub(r" and \d+ more\.$", "", text).rstrip(".").split(", ")
    ]
    left = [
        int(more[1])
        for terms in found.values()
        for text in terms.values()
        if (more := re.search(r" and (\d+) more\.$", text))
    ]
    missing = few[few["level"].between(1, 4) & (few["state_if_needed"] != "proven")]
    assert len(named) == len(set(named))
    assert len(named) + sum(left) == len(missing)


@pytest.mark.parametrize("revenue", [0.4e6, 1e6, 5.1e6, 2e7, float("nan")])
def test_the_counts_are_those_of_the_table(revenue: float) -> None:
    analysis = fake_analysis()
    table = stages_table(analysis.table("gaps"), revenue)
    found = sections(told(analysis, stages=table))
    for (heading, terms), row in zip(found.items(), table.to_dict("records"), strict=True):
        said = f"{row['proven']} of {row['items']} capabilities proven, {row['gaps']} gap"
        assert terms["Stands"].startswith(said), heading
    roles = ["foundation" in heading for heading in found]
    assert roles == [role == "foundation" for role in table["role"]]


def test_the_figure_of_the_levels_stays_on_its_slide() -> None:
    slides = [slide for slide in deck(told(fake_analysis())) if "Where you stand" in slide.kicker]
    assert any(slide.figure for slide in slides)


def test_what_changed_since_the_last_run_is_told_and_listed() -> None:
    gaps = page(told(fake_analysis(), since_last=SINCE), "gaps")
    assert "Since the last run 1 gap has closed and 1 has opened." in [s.text for s in gaps.lead]
    (table,) = gaps.tables
    assert table.rows[0][0] == "Welcome series"
    assert table.rows[0][1:3] == (0.0, 2.0)
    before = page(told(fake_analysis(), since_last=SINCE.iloc[:0]), "gaps")
    assert before.tables == ()
    assert "Since the last run" not in " ".join(s.text for s in before.lead)


def test_a_contradiction_is_marked_wherever_the_capability_stands() -> None:
    analysis = fake_analysis()
    gaps = analysis.table("gaps")
    against = gaps.loc[gaps["contradicts"], "capability"]
    assert len(against)
    report = told(analysis)
    cards = {card.key: card for card in page(report, "gaps").cards}
    for name in against:
        card = cards[str(name).replace("_", "-")]
        assert card.state_label.endswith("against your answer")
    lead = {s.pattern: s for s in page(report, "levels").lead}
    assert lead["levels_contradict"].values["n"] == len(against)
    figures = {figure.key: figure for figure in page(report, "levels").figures}
    matrix = figures["capabilities"].table
    column = [column.label for column in matrix.columns].index("Contradicts your answer")
    assert sum(row[column] == "yes" for row in matrix.rows) == len(against)
    assert "against your answer" in render_page(report)


def test_without_a_stack_list_nothing_is_called_judged() -> None:
    gaps = page(told(fake_analysis(stack=False)), "gaps")
    assert gaps.title.text == "No capability was judged, so no gap can be named or ruled out."
    assert "workbench new" in gaps.lead[0].text
    assert "No gap is left" not in render_page(told(fake_analysis(stack=False)))


def test_without_any_answer_the_page_says_what_to_fill_in() -> None:
    analysis = fake_analysis()
    silent = analysis.table("gaps").assign(declared=float("nan"), contradicts=False)
    assert "stack.yaml" in page(told(analysis, gaps=silent), "gaps").lead[0].text


def test_what_cards_have_in_common_is_said_once_below_them() -> None:
    gaps = page(told(fake_analysis()), "gaps")
    own = ("gap_evidence", "gap_worth", "gap_declared_worth", "gap_assumption")
    assert {s.pattern for card in gaps.cards for s in card.sentences} <= set(own)
    notes = {note.pattern: note.values["n"] for note in gaps.notes}
    unpriced = [card for card in gaps.cards if card.state == "gap_no_profit"]
    assert notes.get("gaps_no_money", 0) == len(unpriced) > 0
    told_so = [card for card in gaps.cards if card.summary.startswith("To prove it: ")]
    assert len(told_so) <= notes.get("gaps_on_word", 0)
