"""The state of the explorer: kept and read back, refused with every problem, freed of the gone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.explorer.handmade import handmade
from workbench.errors import InputError
from workbench.explorer import Assumptions, Segment, View
from workbench.explorer.view import DIMENSIONS

TEXT = st.text(max_size=12)
FILTERS = st.dictionaries(
    st.sampled_from(DIMENSIONS), st.lists(TEXT, max_size=3).map(tuple), max_size=3
)
AMOUNTS = st.dictionaries(TEXT, st.floats(0, 1e9), max_size=3)
CHANGE = st.floats(-1.0, 5.0)
SEGMENT = st.builds(Segment, TEXT.filter(str.strip), FILTERS)
VIEWS = st.builds(
    View,
    filters=FILTERS,
    by=st.sampled_from(DIMENSIONS),
    horizon=st.integers(30, 1095),
    interval=st.floats(0.5, 0.95),
    assumptions=st.builds(Assumptions, CHANGE, CHANGE, CHANGE),
    segments=st.tuples(SEGMENT, SEGMENT),
    customer=TEXT,
    budget=AMOUNTS,
    experiment=AMOUNTS,
)


@given(view=VIEWS)
def test_a_view_survives_json(view):
    assert View.from_dict(json.loads(json.dumps(view.to_dict()))) == view


def test_a_view_is_kept_in_a_small_file(tmp_path):
    view = View(filters={"channel": ("=cmd|x", "<script>")}, horizon=90, customer="c 1")
    path = view.save(tmp_path / "explorer.json")
    assert View.load(path) == view
    assert path.stat().st_size < 2000
    assert view.save(path).read_bytes() == path.read_bytes()
    assert [one.name for one in tmp_path.iterdir()] == ["explorer.json"]


def test_what_is_missing_keeps_its_default():
    assert View.from_dict({}) == View()
    assert View.from_dict({"horizon": 90}) == View(horizon=90)


def test_every_problem_is_told_at_once():
    told = {
        "filters": {"colour": ["red"], "channel": "Meta Ads"},
        "by": "colour",
        "horizon": 10,
        "interval": 1.5,
        "assumptions": {"cac_change": "much", "price": 1},
        "segments": [{"name": ""}],
        "customer": 5,
        "budget": {"Meta Ads": -1.0, "Google Ads": float("nan")},
        "experiment": [],
        "theme": "dark",
    }
    with pytest.raises(InputError) as error:
        View.from_dict(told)
    places = {problem.where for problem in error.value.problems}
    assert places == {
        "theme", "by", "horizon", "interval", "customer", "filters.colour", "filters.channel",
        "assumptions.cac_change", "assumptions.price", "segments", "budget.Meta Ads",
        "budget.Google Ads", "experiment",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '"x"', "null"])
def test_a_file_that_is_no_view_is_refused_in_words(tmp_path, text):
    path = tmp_path / "explorer.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"explorer\.json"):
        View.load(path)
    with pytest.raises(InputError, match=r"missing\.json"):
        View.load(tmp_path / "missing.json")


def test_values_that_no_longer_exist_are_dropped_with_a_note():
    material = handmade()
    view = View(
        filters={"channel": ("Channel 1", "Myspace"), "first_month": ("1999-01",)},
        segments=(Segment("A", {"channel": ("Myspace",)}), Segment("B", {"channel": ()})),
        customer="nobody",
    )
    known, notes = material.known(view)
    assert known.filters == {"channel": ("Channel 1",)}
    assert known.segments[0].filters == {}
    assert known.segments[1].filters == {"channel": ()}
    assert known.customer == ""
    text = " ".join(notes)
    assert "'Myspace'" in text
    assert "first month" in text
    assert len(notes) == len(set(notes))
    assert material.known(known) == (known, ())
