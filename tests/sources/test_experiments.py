from __future__ import annotations

import pytest

from tests.sources.files_of import file_of, read_file
from workbench.errors import SourceError
from workbench.sources import experiments

TEXT = (
    "ID,Title,Hypothesis,Status,Baseline rate,Weekly traffic,MDE,Impact,Confidence,Ease,"
    "above_fold\n"
    'e2,"<script>alert(1)</script>",H,Running,3.2%,"12,000",10%,8,7,5,1\n'
    "e1,Free shipping bar,H,Idea,2.9%,8000,5%,6,7,9,0\n"
)


def read(tmp_path, text, columns=None):
    return read_file(
        experiments.read, "experiments", file_of(tmp_path, text), columns=columns
    ).frame


def test_backlog(tmp_path):
    frame = read(tmp_path, TEXT)
    assert list(frame["id"]) == ["e1", "e2"]
    assert frame["baseline_rate"].tolist() == pytest.approx([0.029, 0.032])
    assert frame["weekly_traffic"].tolist() == [8000, 12000]
    assert frame["title"].iloc[1] == "<script>alert(1)</script>"
    assert list(frame["status"]) == ["idea", "running"]
    assert frame["p_win"].isna().all()


def test_columns_through_the_map(tmp_path):
    frame = read(tmp_path, "Nr,Was\n1,Bar\n", columns={"id": "Nr", "title": "Was"})
    assert list(frame["title"]) == ["Bar"]


def test_all_problems_at_once(tmp_path):
    text = "id,title,baseline_rate,noticeable_5s\n1,A,3.2,0\n1,B,0.1,3\n,C,0.1,0\n"
    with pytest.raises(SourceError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert "rows have no id" in message
    assert "ids occur twice" in message
    assert "a percentage with its sign" in message
    assert "column 'noticeable_5s', row 3" in message
