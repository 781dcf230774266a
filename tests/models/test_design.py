"""Cohort cells: which exist, which level each has, what is left out of the model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.models.design import make_design, month_range

CUSTOMERS = pd.DataFrame(
    {
        "channel": ["Meta Ads", "Email", "Meta Ads", "Email", "Meta Ads"],
        "first_product": ["Tea", "Tea", "Tea", "Tea", "Tea"],
        "first_month": ["2025-12", "2026-03", "2025-12", "2026-03", "2026-03"],
    }
)
ALL = ("channel", "first_product", "first_month")


def test_every_customer_is_in_the_cell_of_its_own_columns():
    design, cell = make_design(CUSTOMERS, ALL)
    found = design.cells.iloc[cell].reset_index(drop=True)
    assert found.to_numpy().tolist() == CUSTOMERS.to_numpy().tolist()
    assert len(design.cells) == 3
    assert design.cells.equals(design.cells.sort_values(list(ALL), ignore_index=True))


def test_months_run_without_gaps_and_others_are_sorted():
    design, _ = make_design(CUSTOMERS, ALL)
    assert design.levels["first_month"] == ("2025-12", "2026-01", "2026-02", "2026-03")
    assert design.levels["channel"] == ("Email", "Meta Ads")
    for name, index in design.index.items():
        assert [design.levels[name][i] for i in index] == list(design.cells[name])
    assert month_range(["2026-02", "2025-11"]) == ("2025-11", "2025-12", "2026-01", "2026-02")


def test_a_dimension_with_one_level_is_not_modelled_but_keeps_its_column():
    design, _ = make_design(CUSTOMERS, ALL)
    assert design.dimensions == ("channel",)
    assert design.has_months
    assert set(design.cells["first_product"]) == {"Tea"}


def test_a_dimension_the_brand_leaves_out_reads_all():
    design, cell = make_design(CUSTOMERS, ["channel"])
    assert set(design.cells["first_month"]) == {"All"}
    assert not design.has_months
    assert len(design.cells) == 2
    assert np.array_equal(cell, [1, 0, 1, 0, 1])


def test_no_dimension_at_all_makes_one_cell():
    design, cell = make_design(CUSTOMERS, [])
    assert len(design.cells) == 1
    assert design.levels == {}
    assert not cell.any()
