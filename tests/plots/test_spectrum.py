"""The automation spectrum and its gaps."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import pytest

from tests.plots import examples
from workbench import plots
from workbench.plots.spectrum import STATES, state_of


def words(fig: go.Figure) -> str:
    return " | ".join(note.text for note in fig.layout.annotations)


def test_every_state_has_its_own_shape_and_word() -> None:
    assert len({s.symbol for s in STATES.values()}) == len(STATES) == 7
    assert len({s.word for s in STATES.values()}) == 7


def test_an_unheard_of_state_never_looks_proven() -> None:
    state = state_of("half_proven")
    assert (state.word, state.symbol) == ("half proven", "circle-open")


def test_each_capability_shows_name_word_and_shape() -> None:
    fig = plots.spectrum_matrix(examples.gaps())
    (marks,) = fig.data
    assert len(marks.x) == len(examples.gaps())
    text = words(fig)
    assert "gap</b>, declared</span><br>Win-back flow live" in text
    assert "Abandoned-cart flow live" in text


def test_unknown_and_asked_never_count_as_proven() -> None:
    table = pd.DataFrame(
        {
            "capability": list("abcdef"),
            "level": [1] * 6,
            "state": ["proven", "unknown", "ask", "gap", "informative", "not_applicable"],
        }
    )
    fig = plots.spectrum_matrix(table)
    assert fig.layout.meta["title"] == (
        "1 of 5 capabilities are proven, 1 gap found, 2 not evidenced or to be asked, "
        "1 not needed yet."
    )
    assert "1 of 5 proven" in words(fig)


def test_levels_above_the_stage_are_not_needed_yet() -> None:
    text = words(plots.spectrum_matrix(examples.gaps(), stage_level=2))
    assert "2 of 10 proven, needed at this stage" in text
    assert "2 of 8 proven, not needed yet" in text


def test_declared_and_evidenced_shares_are_both_drawn() -> None:
    fig = plots.spectrum_levels(examples.levels())
    assert [t.x[0] for t in fig.data if t.name == "declared"] == [0.92, 0.7, 0.31, 0.0]
    assert [t.x[0] for t in fig.data if t.name == "evidenced"] == [0.84, 0.35, 0.12, 0.0]
    assert fig.layout.meta["title"] == "Level 1 is evidenced; the stage needs level 3."


def test_no_level_is_skipped() -> None:
    table = examples.levels().assign(holds_evidenced=[True, False, True, True])
    assert plots.spectrum_levels(table).layout.meta["title"].startswith("Level 1 is evidenced")
    none = examples.levels().assign(holds_evidenced=[False, True, True, True])
    assert plots.spectrum_levels(none).layout.meta["title"].startswith("No level is evidenced")


JOINT = {"mean": 310_000.0, "q05": 120_000.0, "q95": 540_000.0}


def test_gaps_run_from_large_to_small_and_end_with_all_together() -> None:
    fig = plots.gap_bars(examples.gaps(), JOINT, currency="USD")
    amounts = [t.x[0] for t in fig.data if t.mode == "markers"]
    assert amounts[:-1] == sorted(amounts[:-1], reverse=True)
    assert amounts[-1] == 310_000.0
    assert fig.layout.meta["title"] == (
        "Closing 7 gaps together is worth $310k ($120k to $540k) over 12 months."
    )


def test_one_gap_is_not_added_up() -> None:
    one = examples.gaps().query("state == 'gap'").head(1)
    fig = plots.gap_bars(one, JOINT, currency="USD")
    assert len([t for t in fig.data if t.mode == "markers"]) == 1
    assert "together" not in fig.layout.meta["title"]
    assert "lines" not in fig.layout.meta["subtitle"]


def test_without_a_joint_total_none_is_made_up() -> None:
    fig = plots.gap_bars(examples.gaps(), currency="USD")
    assert len([t for t in fig.data if t.mode == "markers"]) == 7
    assert "do not add the lines up" in fig.layout.meta["subtitle"]


def test_gaps_without_an_amount_are_named() -> None:
    table = examples.gaps()
    table.loc[table["capability"] == "Win-back flow live", "profit_at_stake_mean"] = float("nan")
    subtitle = plots.gap_bars(table, currency="USD").layout.meta["subtitle"]
    assert "No amount for: Win-back flow live" in subtitle


@pytest.mark.parametrize("state", ["unknown", "ask", "proven", "gap_no_profit"])
def test_only_gaps_have_profit_at_stake(state: str) -> None:
    table = examples.gaps().assign(state=state, profit_at_stake_mean=1e5)
    assert len(plots.gap_bars(table, currency="USD").data) == 0


def test_what_is_asked_at_every_level_comes_last_and_is_counted() -> None:
    table = pd.DataFrame(
        {"capability": list("ab"), "level": [0, 1], "state": ["gap_no_profit", "proven"]}
    )
    fig = plots.spectrum_matrix(table, stage_level=1)
    assert fig.layout.meta["title"].startswith("1 of 2 capabilities are proven, 1 gap found")
    text = words(fig)
    assert text.index("Level 1") < text.index("Every level")


def test_a_level_not_needed_yet_is_not_painted_as_a_failure() -> None:
    table = examples.levels().assign(required=[True, True, False, False])
    notes = [note.text for note in plots.spectrum_levels(table).layout.annotations]
    assert ["#B84A00" in text for text in notes] == [False, True, False, False]
