from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decisions.experiment_backlog import money
from tests.sources.files_of import file_of, read_file
from workbench.decisions.experiments import experiment_table
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


def both(tmp_path, text):
    """Return frame and log: (what, count, note) by row."""
    result = read_file(experiments.read, "experiments", file_of(tmp_path, text))
    return result.frame, [(row.what, row.count, row.note) for row in result.log_rows]


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


def test_impossible_cells_are_left_out_and_counted(tmp_path):
    text = (
        "id,title,Baseline rate,noticeable_5s,effort_days,p_win,exp_profit_12m\n"
        "1,A,3.2,0,-2,30%,-500\n"
        "2,B,0.1,3,4,130%,1e999\n"
        "3,C,-4%,2,0,0.3,\n"
        "4,D,soon,1,#REF!,,70\n"
    )
    frame, log = both(tmp_path, text)
    assert list(frame["id"]) == ["1", "2", "3", "4"]
    nan = float("nan")
    for column, values in {
        "baseline_rate": [nan, 0.1, nan, nan],
        "noticeable_5s": [0, nan, 2, 1],
        "effort_days": [nan, 4, 0, nan],
        "p_win": [0.3, nan, 0.3, nan],
        "exp_profit_12m": [-500, nan, nan, 70],
    }.items():
        assert frame[column].tolist() == pytest.approx(values, nan_ok=True), column
    percent = "allowed: 0 to 1, or a percentage with its sign, such as 3.2%"
    number = "a number such as 12.5, or empty"
    assert {what: (count, note) for what, count, note in log} == {
        "cells of 'Baseline rate' that are no numbers left out": (1, f"row 5; {number}"),
        "cells of 'Baseline rate' out of range left out": (2, f"rows 2, 4; {percent}"),
        "cells of 'noticeable_5s' out of range left out": (1, "row 3; allowed: 0 to 2"),
        "cells of 'effort_days' that are no numbers left out": (1, f"row 5; {number}"),
        "cells of 'effort_days' out of range left out": (1, "row 2; allowed: at least 0"),
        "cells of 'p_win' out of range left out": (1, f"row 3; {percent}"),
        "cells of 'exp_profit_12m' out of range left out": (1, "row 3; allowed: a number"),
    }


def test_rows_without_id_and_ids_that_occur_before_are_dropped_and_counted(tmp_path):
    text = "id,title,impact\nb,First,1\n,Nameless,2\nb,Second,3\na,Other,4\n,,5\nb,Third,6\n"
    frame, log = both(tmp_path, text)
    assert list(frame["id"]) == ["a", "b"]
    assert list(frame["title"]) == ["Other", "First"]
    assert log == [
        ("experiments without id dropped", 2, "rows 3, 6; one id per experiment"),
        (
            "experiments whose id occurs before dropped",
            2,
            "rows 4, 7; one id per experiment: the first row counts",
        ),
    ]


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["1", "2", "", " ", "x"]),
                "title": st.sampled_from(["Idea", "", "=1+1"]),
                **dict.fromkeys(
                    ("baseline_rate", "weekly_traffic", "mde", "effort_days", "cost_to_run"),
                    st.one_of(
                        st.sampled_from(["", "-", "?", "ten", "#REF!", "9e999", "5%", "-1", "nan"]),
                        st.integers(-3, 2000).map(str),
                        st.floats(-2, 2).map(lambda number: f"{number:.4f}"),
                    ),
                ),
            }
        ),
        min_size=1,
        max_size=8,
    )
)
def test_no_cell_stops_a_run(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("backlog")
    frame, log = both(folder, pd.DataFrame(rows).to_csv(index=False))
    ids = [row["id"].strip() for row in rows]
    assert list(frame["id"]) == sorted(set(ids) - {""})
    dropped = sum(count for what, count, _ in log if what.endswith("dropped"))
    assert dropped == len(rows) - len(frame)
    for name, (low, high) in experiments.RANGES.items():
        assert (frame[name].isna() | frame[name].between(low, high)).all()


def test_missing_columns_and_unsettled_signs_still_stop_the_run(tmp_path):
    with pytest.raises(SourceError, match="column 'title' is missing"):
        read(tmp_path, "id,impact\n1,2\n")
    with pytest.raises(SourceError, match="two ways"):
        read(tmp_path, 'id,title,weekly_traffic\n1,A,"1,234"\n')
    # a bad cell beside it does not hide that
    with pytest.raises(SourceError, match="two ways"):
        read(tmp_path, 'id,title,weekly_traffic\n1,A,"1,234"\n2,B,many\n')


def test_a_left_out_cell_is_explained_by_the_ranking(tmp_path):
    text = (
        "id,title,primary_metric,surface,baseline_rate,weekly_traffic,effort_days\n"
        "1,Too good,order rate,cart,3.2,8000,2\n2,Fine,order rate,cart,3.2%,8000,-1\n"
    )
    table = experiment_table(read(tmp_path, text), money()).set_index("id")
    assert "baseline_rate is missing" in table.loc["1", "note"]
    assert np.isnan(table.loc["1", "evsi_net"])
    assert table.loc["1", "verb"] == "complete the entry"
    assert "effort_days is missing: 5 assumed" in table.loc["2", "note"]
    assert table.loc["2", "evsi_net"] > 0
