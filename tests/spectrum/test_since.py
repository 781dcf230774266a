from __future__ import annotations

import pandas as pd
import pytest

from tests.spectrum.sample import AS_OF, full_case
from tests.spectrum.test_gaps import CASES
from workbench.spectrum.since import gaps_since, previous_gaps
from workbench.value.since_last import COLUMNS

FULL = full_case()


def since(before: str, now: str) -> pd.DataFrame:
    return gaps_since(CASES[before][0].gaps(), CASES[now][0].gaps())


def test_a_flow_that_went_live_closed_its_gap():
    found = since("welcome set to draft", "nothing")
    assert tuple(found.columns) == COLUMNS
    assert found[["kind", "subject", "before", "after"]].to_numpy().tolist() == [
        ["gap", "flow_welcome", 0.0, 2.0]
    ]
    words = found["words"].iloc[0]
    assert words.startswith("Welcome series closed: it was a gap and is proven (0 of 2 points ")
    assert "is live and delivered" in words


def test_a_flow_that_was_stopped_opened_one():
    found = since("nothing", "welcome set to draft")
    assert "opened: it was proven and is a gap" in found["words"].iloc[0]
    assert (found["before"].iloc[0], found["after"].iloc[0]) == (2.0, 0.0)


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ("nothing", "profile export missing", "is not to be checked now; it was proven"),
        ("profile export missing", "nothing", "is proven now; it was not to be checked"),
        ("value property removed", "profile export missing", "is no gap any more, but not to be"),
        ("profile export missing", "value property removed", "opened: it was not to be checked"),
        ("no artefact", "nothing", "is better shown"),
        ("nothing", "artefact out of date", "is less well shown"),
    ],
)
def test_every_change_has_its_words(before, now, words):
    assert any(words in told for told in since(before, now)["words"])


def test_what_closed_comes_first():
    case = FULL.with_frame("profiles", lambda f: f.assign(properties="tea"))
    found = gaps_since(CASES["welcome set to draft"][0].gaps(), case.gaps())
    assert list(found["subject"]) == ["flow_welcome", "clv_property"]


def test_a_new_figure_for_the_same_gap_is_no_news():
    before = CASES["a channel below its CAC"][0].gaps()
    now = before.assign(state=before["state"].replace("gap", "gap_no_profit"))
    assert gaps_since(before, now).empty
    assert gaps_since(before, before).empty


def test_a_capability_of_one_registry_alone_is_left_out():
    gaps = FULL.gaps()
    older = gaps[gaps["capability"] != "consent"].assign(evidenced=0.0)
    assert "consent" not in set(gaps_since(older, gaps)["subject"])


def test_without_an_earlier_run_nothing_is_told(tmp_path):
    table, day = previous_gaps(tmp_path, AS_OF)
    assert day == ""
    assert gaps_since(table, FULL.gaps()).empty


def test_the_last_run_before_this_one_is_read_back_as_it_was(tmp_path):
    for name in ("2025-12-31", "2026-05-31", "2026-06-30", "2026-07-31", "notes"):
        folder = tmp_path / name / "tables"
        folder.mkdir(parents=True)
        gaps = CASES["welcome set to draft" if name == "2026-05-31" else "nothing"][0].gaps()
        gaps.to_csv(folder / "gaps.csv", index=False)
    table, day = previous_gaps(tmp_path, AS_OF)
    assert day == "31 May 2026"
    told = gaps_since(table, FULL.gaps())
    pd.testing.assert_frame_equal(told, since("welcome set to draft", "nothing"))
