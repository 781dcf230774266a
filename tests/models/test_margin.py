"""What repeat revenue leaves, against known costs, resampling and plain means."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.models.design import make_design
from workbench.models.margin import Margins, make_margins


def customers(n: int = 400, *, seed: int = 1, noise: float = 0.0) -> pd.DataFrame:
    """Customers of two channels whose repeat orders leave 60% of revenue less 7 a day."""
    random = np.random.default_rng(seed)
    days = random.poisson(1.5, n)
    revenue = np.where(days > 0, random.gamma(4.0, 12.0, n) * days, 0.0)
    first = random.gamma(4.0, 10.0, n)
    error = noise * random.normal(size=n) * (days > 0)
    return pd.DataFrame(
        {
            "channel": np.where(np.arange(n) % 2, "Email", "Meta Ads"),
            "first_product": "Tea",
            "repeat_days": days,
            "repeat_revenue": revenue,
            "repeat_contribution": 0.6 * revenue - 7.0 * days + error,
            "first_revenue": first,
            "first_contribution": 0.6 * first - 7.0,
        }
    )


def margins(table: pd.DataFrame, cohorts: tuple[str, ...] = ("channel",)) -> Margins:
    design, cell = make_design(table, cohorts)
    return make_margins(table, design.cells, cell)


def test_a_cost_per_purchase_and_a_share_of_revenue_are_told_apart():
    found = margins(customers())
    assert found.cost_per_purchase == pytest.approx(7.0)
    assert found.ratio == pytest.approx([0.6, 0.6])
    assert (found.ratio_se < 1e-5).all()
    assert not found.exact


def test_without_costs_contribution_is_revenue_exactly():
    table = customers()
    table["repeat_contribution"] = table["repeat_revenue"]
    table["first_contribution"] = table["first_revenue"]
    found = margins(table)
    assert found.exact
    assert found.cost_per_purchase == 0.0
    assert found.ratio == pytest.approx([1.0, 1.0])


def test_a_cost_that_would_be_negative_is_none():
    table = customers()
    table["repeat_contribution"] = 0.5 * table["repeat_revenue"] + 3.0 * table["repeat_days"]
    found = margins(table)
    assert found.cost_per_purchase == 0.0
    total = table.groupby("channel")[["repeat_contribution", "repeat_revenue"]].sum()
    ratio = total["repeat_contribution"] / total["repeat_revenue"]
    assert found.ratio == pytest.approx(ratio.to_numpy())


def test_the_error_of_a_ratio_is_that_of_resampled_customers():
    table = customers(noise=15.0)
    found = margins(table)
    random = np.random.default_rng(2)
    for g, channel in enumerate(found.groups["channel"]):
        part = table[table["channel"] == channel]
        fixed = found.cost_per_purchase * part["repeat_days"]
        gross = (part["repeat_contribution"] + fixed).to_numpy()
        revenue = part["repeat_revenue"].to_numpy()
        rows = random.integers(0, len(part), (2000, len(part)))
        resampled = gross[rows].sum(axis=1) / revenue[rows].sum(axis=1)
        assert found.ratio[g] == pytest.approx(gross.sum() / revenue.sum())
        # 2,000 resamples know their spread to 1.6%; the delta method is off by a little more
        assert found.ratio_se[g] == pytest.approx(resampled.std(), rel=0.15)


def test_what_refunds_cost_lowers_the_margin_of_customers_without_a_repeat_day():
    table = customers()
    before = margins(table)
    lost = table.index[table["repeat_days"] == 0][:20]
    table.loc[lost, "repeat_contribution"] = -9.0
    after = margins(table)
    assert (after.ratio < before.ratio).all()


def test_first_days_are_plain_means_with_their_error():
    table = customers()
    found = margins(table)
    by = table.groupby("channel")["first_contribution"]
    assert found.first == pytest.approx(by.mean().to_numpy())
    assert found.first_se == pytest.approx(by.sem().to_numpy())
    assert found.first_ratio == pytest.approx(
        table["first_contribution"].sum() / table["first_revenue"].sum()
    )


def test_a_group_in_which_nobody_came_back_has_no_ratio():
    table = customers()
    silent = table["channel"] == "Email"
    table.loc[silent, ["repeat_days", "repeat_revenue", "repeat_contribution"]] = 0
    found = margins(table)
    assert np.isnan(found.ratio[0])
    assert np.isnan(found.ratio_se[0])
    assert found.ratio[1] == pytest.approx(0.6)
    assert np.isfinite(found.first).all()


def test_two_equal_orders_are_no_proof_that_all_are_alike():
    table = customers(noise=15.0)
    few = table.index[(table["channel"] == "Email") & (table["repeat_days"] > 0)][:2]
    table = pd.concat([table[table["channel"] == "Meta Ads"], table.loc[few]], ignore_index=True)
    email = table["channel"] == "Email"
    same = {"repeat_days": 1, "repeat_revenue": 50.0, "repeat_contribution": 23.0}
    table.loc[email, [*same, "first_contribution"]] = [*same.values(), 20.0]
    found = margins(table)
    # error of a sum of two orders as scattered as all others, over their revenue
    assert found.ratio_se[0] > 5 / 100
    assert found.first_se[0] > 0.5 * table["first_contribution"].std() / np.sqrt(2)


def test_groups_follow_the_cells_whatever_the_month():
    table = customers().assign(first_month=["2026-01", "2026-02", "2026-03", "2026-04"] * 100)
    design, cell = make_design(table, ("channel", "first_month"))
    found = make_margins(table, design.cells, cell)
    assert len(found.groups) == 2
    named = found.groups["channel"].to_numpy()[found.group_of_cell]
    assert named.tolist() == design.cells["channel"].tolist()
