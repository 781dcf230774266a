"""Sums over cohorts against slow loops; intervals, payback and ages in between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.explorer.handmade import AGES, handmade, total_curve
from workbench.explorer import Assumptions, View
from workbench.explorer.sums import (
    Curves,
    at_age,
    curves_of,
    groups_of,
    interval_columns,
    payback,
    payback_columns,
    totals_at,
)
from workbench.explorer.view import DIMENSIONS
from workbench.value.forward import CURVE_AGES
from workbench.value.payback import payback_days

MATERIAL = handmade()
CHOICES = {name: MATERIAL.values(name) for name in DIMENSIONS}
FILTERS = st.fixed_dictionaries(
    {}, optional={n: st.lists(st.sampled_from(v), unique=True).map(tuple)
                  for n, v in CHOICES.items()}
)  # fmt: skip


@given(filters=FILTERS, by=st.sampled_from(DIMENSIONS))
def test_any_filter_is_the_sum_of_its_cohorts_draw_by_draw(filters, by):
    view = View(filters=filters, by=by)
    names, group = groups_of(MATERIAL, view)
    curves = curves_of(MATERIAL, group, len(names))
    cells = MATERIAL.cells
    for g, name in enumerate(names):
        inside = [
            i for i in range(len(cells))
            if cells[by][i] == name
            and all(cells[d][i] in values for d, values in filters.items())
        ]  # fmt: skip
        slow = sum(total_curve(MATERIAL, i) for i in inside)
        assert curves.total[g] == pytest.approx(slow, rel=1e-5)
        assert curves.customers[g] == cells["customers"][inside].sum()
        assert curves.reached[g] == pytest.approx(MATERIAL.reached[inside].sum(axis=0))
    chosen = MATERIAL.chosen(filters)
    assert set(names) == set(cells[by][chosen])
    assert (group >= 0).tolist() == chosen.tolist()


@given(
    horizon=st.integers(30, 365),
    by=st.sampled_from(DIMENSIONS),
    margin=st.floats(-0.5, 0.5),
    retention=st.floats(-0.5, 0.5),
)
def test_one_age_alone_is_read_off_the_curves(horizon, by, margin, retention):
    assumed = Assumptions(0.0, margin, retention)
    names, group = groups_of(MATERIAL, View(by=by))
    curves = curves_of(MATERIAL, group, len(names)).under(assumed)
    observed, total = at_age(curves, horizon)
    n, seen, both = totals_at(MATERIAL, group, len(names), horizon, assumed)
    assert n == pytest.approx(curves.customers)
    assert seen == pytest.approx(observed)
    assert both == pytest.approx(total, rel=1e-5)
    if horizon in AGES:
        exact = curves.total[:, int(np.searchsorted(AGES, horizon))]
        assert total == pytest.approx(exact, rel=1e-6)


def test_ages_between_are_on_the_straight_line():
    names, group = groups_of(MATERIAL, View())
    curves = curves_of(MATERIAL, group, len(names))
    low, mid, high = (at_age(curves, age)[1] for age in (70, 73, 77))
    assert mid == pytest.approx(low + 3 / 7 * (high - low), rel=1e-6)


def test_assumptions_scale_what_they_say_and_nothing_else():
    names, group = groups_of(MATERIAL, View())
    curves = curves_of(MATERIAL, group, len(names))
    assert curves.under(Assumptions(cac_change=0.3)) is curves
    assumed = curves.under(Assumptions(margin_change=-0.2, retention_change=0.5))
    assert assumed.observed == pytest.approx(0.8 * curves.observed)
    assert assumed.predicted == pytest.approx(0.8 * 1.5 * curves.predicted, rel=1e-6)


def test_an_interval_comes_from_summed_draws_not_from_summed_ends():
    # two groups whose draws cancel: together they are certain
    draws = np.random.default_rng(1).normal(size=4000)
    sides = np.stack([100 + draws, 100 - draws])
    together = interval_columns(sides.sum(axis=0)[None, :], "value", 0.9)
    apart = interval_columns(sides, "value", 0.9)
    assert together["value_low"] == pytest.approx(200)
    assert apart["value_low"].sum() < 197
    # and at other widths against the normal quantile
    wide = interval_columns(draws[None, :], "x", 0.5)
    assert wide["x_high"][0] == pytest.approx(0.6745, abs=0.05)


def made_curves(seed: int = 2, groups: int = 4, draws: int = 60) -> Curves:
    random = np.random.default_rng(seed)
    steps = random.gamma(0.3, 4.0, (groups, len(AGES), draws))
    customers = np.array([1.0, 10.0, 300.0, 7.0])
    curves = np.cumsum(steps, axis=1) * customers[:, None, None]
    zeros = np.zeros((groups, len(AGES)))
    return Curves(AGES, customers, zeros, curves, zeros)


@pytest.mark.parametrize("cac", [0.5, 40.0, 70.0, 1e6])
def test_payback_is_that_of_the_report(cac):
    curves = made_curves()
    costs = np.array([cac, cac / 2, np.nan, cac * 1.1])
    weekly = np.isin(AGES, CURVE_AGES)
    each = (curves.predicted / curves.customers[:, None, None])[:, weekly]
    ours, report = payback(curves, costs[:, None]), payback_days(each, CURVE_AGES, costs[:, None])
    np.testing.assert_allclose(ours, report)
    table = payback_columns(ours, 0.9)
    assert np.isnan(table["payback_days_median"]).tolist() == [False, False, True, False]
    if cac == 1e6:
        assert np.isinf(table["payback_days_median"][[0, 1, 3]]).all()
        assert table["p_payback_12m"][0] == 0.0


def test_sums_of_the_last_selections_are_kept_and_no_more():
    material = handmade(seed=9)
    names, group = groups_of(material, View())
    first = curves_of(material, group, len(names))
    assert curves_of(material, group, len(names)) is first
    for i in range(20):
        other = np.where(np.arange(len(group)) == i, 0, -1)
        curves_of(material, other, 1)
    assert len(material.kept) <= 8
    assert curves_of(material, group, len(names)) is not first
