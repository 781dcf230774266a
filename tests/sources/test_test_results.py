from __future__ import annotations

import pytest

from tests.sources.files_of import file_of, logged, read_file
from workbench.errors import SourceError
from workbench.sources import test_results
from workbench.sources.merge import combine

HEADER = "id,arm,exposed,converted,value_90d_mean,value_90d_sd,started,ended\n"
TEXT = (
    HEADER
    + "E2,B,1000,35,2.10,14.5,2026-01-05,2026-02-01\nE2,Control,990,30,1.90,14.1,2026-01-05,"
    + "2026-02-01\nE1,variant,500,20,,,2026-03-02,\n"
)


def read(tmp_path, text):
    return read_file(test_results.read, "test_results", file_of(tmp_path, text))


def test_results_are_read_with_arms_in_our_words(tmp_path):
    frame = read(tmp_path, TEXT).frame
    assert list(frame["id"]) == ["E1", "E2", "E2"]
    assert list(frame["arm"]) == ["variant", "control", "variant"]
    assert frame["exposed"].tolist() == [500, 990, 1000]
    assert frame["value_90d_mean"].isna().tolist() == [True, False, False]
    assert frame["ended"].isna().tolist() == [True, False, False]


def test_a_lonely_arm_is_logged(tmp_path):
    assert logged(read(tmp_path, TEXT)) == {"arms without the other arm of their test": 1}


def test_a_loss_per_person_is_no_error(tmp_path):
    frame = read(tmp_path, HEADER + "E1,control,10,1,-0.5,3,,\nE1,variant,10,1,0.5,3,,\n").frame
    assert frame["value_90d_mean"].tolist() == [-0.5, 0.5]


def test_all_problems_at_once(tmp_path):
    cells = HEADER + "E1,control,-5,1,,,,\nE1,third,10,1,,,,\n"
    with pytest.raises(SourceError) as caught:
        read(tmp_path, cells)
    assert "numbers are out of range" in str(caught.value)
    assert "arms are not known" in str(caught.value)
    rows = HEADER + ("E1,control,5,9,,,2026-02-01,2026-01-01\nE1,a,10,1,,,,\n,variant,10,1,,,,\n")
    with pytest.raises(SourceError) as caught:
        read(tmp_path, rows)
    message = str(caught.value)
    for what in ("no id", "an arm occurs twice", "more people converted", "end before they start"):
        assert what in message


def test_a_later_file_replaces_the_same_arm(tmp_path):
    first = read(tmp_path, HEADER + "E1,control,10,1,,,,\nE1,variant,10,2,,,,\n")
    later = read(tmp_path, HEADER + "E1,control,20,3,,,,\nE1,variant,20,4,,,,\n")
    spec = type("Spec", (), {"format": "test_results"})()
    found = combine("test_results", [(spec, "a2.csv", later), (spec, "a1.csv", first)])
    assert found.frame["exposed"].tolist() == [20, 20]
