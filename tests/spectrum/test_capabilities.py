from __future__ import annotations

import re
import subprocess
import sys

import pytest
import yaml

from workbench.spectrum.answers import read_answers
from workbench.spectrum.capabilities import (
    Capability,
    answer_states,
    load_capabilities,
    questionnaire,
    stage_texts,
)
from workbench.spectrum.evidence import RULES

ITEMS = load_capabilities()


def test_registry_holds_the_34_questions_in_order():
    assert [item.number for item in ITEMS] == list(range(1, 35))
    per_level = {level: sum(item.level == level for item in ITEMS) for level in range(5)}
    assert per_level == {0: 2, 1: 11, 2: 10, 3: 8, 4: 3}


def test_every_level_is_needed_by_its_own_stage_and_has_musts():
    assert all(item.stage == item.level for item in ITEMS if item.level)
    for level in (1, 2, 3, 4):
        assert any(item.weight == 2 for item in ITEMS if item.level == level)
    assert all(item.weight == 0 for item in ITEMS if item.level == 0)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_item_is_complete(item: Capability):
    assert item.rule in RULES
    for text in (item.title, item.question, item.remedy, item.to_prove):
        assert text == text.strip()
        assert text
    assert item.question.endswith("?")
    for pattern in (*item.names, *item.names_not, *item.names_against):
        compiled = re.compile(pattern)
        assert pattern == pattern.lower() or "\\" in pattern  # names are lower-cased before
        assert not compiled.search("")  # a pattern that matches nothing at all matches everything
    assert bool(item.names) == (
        item.rule
        in (
            "flow_live",
            "flow_seen",
            "ad_names",
            "seed_quality",
            "suppression_overlap",
            "holdout_shown",
        )
    )


def test_words_of_vendor_claims_are_no_inputs():
    text = yaml.safe_dump([item.remedy for item in ITEMS]).lower()
    assert not re.search(r"31 ?%|63 ?%|30x|40 ?% more|3 hours a day", text)


def test_stage_texts_cover_the_four_stages():
    assert sorted(stage_texts()) == [1, 2, 3, 4]
    assert all(texts["needs"] for texts in stage_texts().values())


def test_questionnaire_reads_back_as_unanswered():
    stack = yaml.safe_load(questionnaire())
    assert list(stack) == [item.id for item in ITEMS]
    answers = read_answers(stack)
    assert all(answer.state == "unknown" and not answer.positive for answer in answers.values())
    assert "hourly_rate" in stack["hours_per_week"]
    assert all(state in questionnaire() for state in answer_states())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "Flow Welcome"}, "snake_case"),
        ({"level": 5}, "level must be one of"),
        ({"stage": 0}, "stage must be one of"),
        ({"weight": 3}, "weight must be one of"),
        ({"proof": "vendor"}, "proof must be one of"),
        ({"effort_hours": -1}, "effort_hours must not be negative"),
    ],
)
def test_malformed_item_is_refused(change: dict, words: str):
    fields = {**vars(ITEMS[0]), **change}
    with pytest.raises(ValueError, match=words):
        Capability(**fields)


def test_item_twice_is_refused(tmp_path):
    one = {key: value for key, value in vars(ITEMS[6]).items() if value}
    one = {key: list(v) if isinstance(v, tuple) else v for key, v in one.items()}
    file = tmp_path / "registry.yaml"
    file.write_text(yaml.safe_dump({"capabilities": [one, one]}), encoding="utf-8")
    with pytest.raises(ValueError, match="flow_exclusions more than once"):
        load_capabilities(file)


def test_reading_the_registry_loads_no_pandas():
    code = (
        "import sys; from workbench.spectrum.capabilities import load_capabilities; "
        "load_capabilities(); sys.exit('pandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
