"""Answers on hand-made materials: spend, what-if, comparison, stories, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.explorer.handmade import handmade, total_curve
from workbench.explorer import (
    Assumptions,
    Material,
    Segment,
    Sentence,
    View,
    channel_answer,
    cohort_answer,
    compare_answer,
    curve_answer,
    customer_answer,
    order_answer,
    payback_answer,
    shrinkage_answer,
    what_if_answer,
)
from workbench.explorer.answers.story import TIERS
from workbench.explorer.view import DIMENSIONS

MATERIAL = handmade()
MONEY = (
    channel_answer, curve_answer, payback_answer, cohort_answer, shrinkage_answer,
    what_if_answer, compare_answer,
)  # fmt: skip


def total(material: Material, **filters: str) -> tuple[np.ndarray, int]:
    """Draws of the contribution to day 365 and customers, by loops."""
    cells = material.cells
    inside = np.ones(len(cells), dtype=bool)
    for name, value in filters.items():
        inside &= (cells[name] == value).to_numpy()
    rows = np.flatnonzero(inside)
    draws = np.sum([total_curve(material, int(i))[-1] for i in rows], axis=0)
    return draws, int(cells["customers"][rows].sum())


# Spend


def test_all_customers_of_a_channel_cost_the_same_whatever_they_bought():
    whole = channel_answer(MATERIAL, View()).set_index("channel")
    part = channel_answer(MATERIAL, View(filters={"first_product": ("Product 1",)}))
    part = part.set_index("channel")
    np.testing.assert_allclose(part["cac"], whole["cac"])
    spend = MATERIAL.spend.groupby("channel")["spend"].sum()
    assert np.isnan(whole.loc["Channel 0", "cac"])
    for name in ("Channel 1", "Channel 2"):
        n = MATERIAL.cells.loc[MATERIAL.cells["channel"] == name, "customers"].sum()
        assert whole.loc[name, "spend"] == pytest.approx(spend[name])
        assert whole.loc[name, "cac"] == pytest.approx(spend[name] / n)
    assert any("not by product" in note for note in part.attrs["notes"])


@pytest.mark.parametrize("by", DIMENSIONS)
def test_the_spend_of_the_groups_adds_up_to_all_spend(by):
    table = payback_answer(MATERIAL, View(by=by))
    assert table["spend"].sum() == pytest.approx(MATERIAL.spend["spend"].sum())
    paid = MATERIAL.cells["channel"] != "Channel 0"
    assert table["customers"].sum() == MATERIAL.cells["customers"][paid].sum()


def test_spend_of_months_that_are_left_out_does_not_count():
    month = MATERIAL.values("first_month")[1]
    table = channel_answer(MATERIAL, View(filters={"first_month": (month,)}))
    spend = MATERIAL.spend[MATERIAL.spend["first_month"] == month].set_index("channel")["spend"]
    ours = table.set_index("channel")["spend"].dropna()
    assert ours.to_dict() == pytest.approx(spend.to_dict())
    assert table["reported_roas"].dropna().tolist() == [2.5, 2.5]


def test_attribution_settings_that_differ_are_told():
    spend = MATERIAL.spend.copy()
    spend["attribution"] = [
        ["1-day view"] if i == 0 else ["7-day click"] for i in range(len(spend))
    ]
    table = channel_answer(replace(MATERIAL, spend=spend, kept={}), View())
    assert table["attribution"].tolist() == ["", "mixed: 1-day view; 7-day click", "7-day click"]


# Customers of unknown channel


def test_a_channels_part_of_unknown_customers_counts_in_all_that_it_costs():
    drawn = np.random.default_rng(3).uniform(1.0, 1.3, (3, MATERIAL.facts.draws))
    drawn[0] = 1.0
    shared = replace(MATERIAL, per_counted=drawn, kept={})
    table = channel_answer(shared, View()).set_index("channel")
    plain = channel_answer(MATERIAL, View()).set_index("channel")
    cost = MATERIAL.spend.groupby("channel")["spend"].sum()
    paid = brought = 0.0
    won = np.zeros(MATERIAL.facts.draws)
    for i, name in enumerate(("Channel 1", "Channel 2"), start=1):
        value, n = total(MATERIAL, channel=name)
        cac = cost[name] / (n * drawn[i])
        row = table.loc[name]
        told = row[["cac", "cac_low", "cac_high", "cac_counted"]].astype(float)
        ends = np.quantile(cac, [0.05, 0.95])
        assert told.tolist() == pytest.approx([cac.mean(), *ends, cost[name] / n])
        assert row["p_value_above_cac"] == (value / n > cac).mean()
        profit = value * drawn[i] - cost[name]
        assert row["true_profit_mean"] == pytest.approx(profit.mean(), rel=1e-5)
        assert row["roas_high"] == pytest.approx(
            np.quantile(value * drawn[i] / cost[name], 0.95, method="inverted_cdf"), rel=1e-5
        )
        paid, brought, won = paid + cost[name], brought + value * drawn[i], won + n * drawn[i]
    same = ["customers", "spend", "reported_roas", "value_mean", "value_low", "value_high"]
    pd.testing.assert_frame_equal(table[same], plain[same])
    whole = what_if_answer(shared, View()).set_index("quantity")
    assert whole.loc["true_profit", "now_mean"] == pytest.approx((brought - paid).mean(), rel=1e-5)
    assert whole.loc["cac", "now_mean"] == pytest.approx((paid / won).mean())
    assert whole.loc["cac", "basis"] == "observed + prior"
    assert whole.loc["roas", "now_low"] == pytest.approx(
        np.quantile(brought / paid, 0.05), rel=1e-5
    )


# What-if


def test_cost_and_margin_are_exact_draw_by_draw():
    view = View(assumptions=Assumptions(cac_change=0.25, margin_change=-0.1))
    table = what_if_answer(MATERIAL, view).set_index("quantity")
    everyone, n = total(MATERIAL)
    free, n_free = total(MATERIAL, channel="Channel 0")
    paid, cost = everyone - free, MATERIAL.spend["spend"].sum()
    for side, draws in (("now", everyone / n), ("then", 0.9 * everyone / n)):
        low, high = np.quantile(draws, [0.05, 0.95])
        told = table.loc["value", [f"{side}_mean", f"{side}_low", f"{side}_high"]]
        assert told.tolist() == pytest.approx([draws.mean(), low, high], rel=1e-6)
    assert table.loc["cac", "now_mean"] == pytest.approx(cost / (n - n_free))
    assert table.loc["cac", "then_mean"] == pytest.approx(1.25 * cost / (n - n_free))
    change = (0.9 * paid - 1.25 * cost) - (paid - cost)
    low, high = np.quantile(change, [0.05, 0.95])
    told = table.loc["true_profit", ["change_mean", "change_low", "change_high"]]
    assert told.tolist() == pytest.approx([change.mean(), low, high], rel=1e-5)


def test_retention_moves_only_what_is_predicted_and_says_that_it_is_an_approximation():
    view = View(assumptions=Assumptions(retention_change=0.5))
    table = what_if_answer(MATERIAL, view)
    row = table.set_index("quantity").loc["value"]
    everyone, n = total(MATERIAL)
    seen = MATERIAL.observed[:, -1].sum()
    assert row["then_mean"] == pytest.approx((seen + 1.5 * (everyone - seen)).mean() / n, rel=1e-5)
    assert any("approximation" in note for note in table.attrs["notes"])
    old = View(filters={"first_month": (MATERIAL.values("first_month")[0],)})
    old_row = what_if_answer(MATERIAL, old.change(assumptions=view.assumptions)).iloc[0]
    assert old_row["change_mean"] == 0.0


def test_a_quick_look_says_that_it_is_one():
    quick = replace(MATERIAL, facts=replace(MATERIAL.facts, fast=True))
    for answer in MONEY:
        assert any("quick look" in note for note in answer(quick, View()).attrs["notes"])
        assert not any("quick" in note for note in answer(MATERIAL, View()).attrs["notes"])


def test_every_answer_says_what_is_assumed():
    view = View(assumptions=Assumptions(0.1, -0.05, 0.2))
    for answer in (channel_answer, curve_answer, payback_answer, cohort_answer, what_if_answer):
        text = " ".join(answer(MATERIAL, view).attrs["notes"])
        assert "CAC 10% higher" in text
        assert "5% lower" in text
        assert "20% higher" in text


def test_assumptions_reach_every_figure():
    view = View(assumptions=Assumptions(cac_change=1.0, margin_change=0.5))
    before, after = (channel_answer(MATERIAL, v) for v in (View(), view))
    np.testing.assert_allclose(after["value_mean"], 1.5 * before["value_mean"])
    np.testing.assert_allclose(after["cac"], 2.0 * before["cac"])
    np.testing.assert_allclose(after["roas_mean"], 0.75 * before["roas_mean"])
    np.testing.assert_array_equal(after["reported_roas"], before["reported_roas"])


# Comparison


def test_two_segments_are_compared_draw_by_draw():
    pair = tuple(Segment(f"S{i}", {"channel": (f"Channel {i}",)}) for i in (1, 2))
    table = compare_answer(MATERIAL, View(segments=pair, interval=0.8)).set_index("quantity")
    (a, n_a), (b, n_b) = (total(MATERIAL, channel=f"Channel {i}") for i in (1, 2))
    difference = a / n_a - b / n_b
    low, high = np.quantile(difference, [0.1, 0.9])
    row = table.loc["value"]
    told = [row["difference_mean"], row["difference_low"], row["difference_high"]]
    assert told == pytest.approx([difference.mean(), low, high], rel=1e-4)
    assert row["p_a_above_b"] == (difference > 0).mean()
    assert (row["a_customers"], row["b_customers"]) == (n_a, n_b)
    cost = MATERIAL.spend.groupby("channel")["spend"].sum()
    assert table.loc["cac", "a_mean"] == pytest.approx(cost["Channel 1"] / n_a)
    assert table.loc["profit", "a_mean"] == pytest.approx(
        a.mean() / n_a - cost["Channel 1"] / n_a, rel=1e-5
    )
    assert any(
        "association" in note
        for note in compare_answer(MATERIAL, View(segments=pair)).attrs["notes"]
    )


def test_a_segment_is_even_with_itself_and_shared_customers_are_told():
    same = (Segment("A"), Segment("B"))
    table = compare_answer(MATERIAL, View(segments=same))
    assert table["p_a_above_b"].dropna().unique().tolist() == [0.5]
    assert (table["difference_mean"] == 0).all()
    everyone = int(MATERIAL.cells["customers"].sum())
    assert f"{everyone:,} customers are in both segments." in table.attrs["notes"]


def test_cost_is_not_compared_where_one_side_has_no_spend():
    pair = (Segment("Free", {"channel": ("Channel 0",)}), Segment("All"))
    table = compare_answer(MATERIAL, View(segments=pair))
    assert table["quantity"].tolist() == ["value"]
    assert any("Free: cost is not compared" in note for note in table.attrs["notes"])


# Shrinkage


def test_raw_means_stand_beside_pooled_values():
    table = shrinkage_answer(MATERIAL, View(horizon=45, interval=0.9))
    assert table["horizon"].unique().tolist() == [30]
    assert table["customers"].tolist() == [50, 2]
    assert table["raw_low"].tolist() == pytest.approx([10 - 1.6449, 20 - 5 * 1.6449], abs=1e-3)
    assert table["pooled_low"].tolist() == pytest.approx([10.05, 10.05])
    assert table["pooled_high"].tolist() == pytest.approx([10.95, 10.95])
    one = shrinkage_answer(MATERIAL, View(filters={"channel": ("Channel 1",)}))
    assert one["customers"].tolist() == [1]
    assert one["raw_low"].isna().all()


def test_a_horizon_that_nobody_has_reached_is_a_sentence():
    material = replace(MATERIAL, shrinkage=MATERIAL.shrinkage.iloc[:0])
    assert isinstance(shrinkage_answer(material, View()), Sentence)


# Stories


def test_a_story_tells_orders_and_where_the_customer_stands():
    view = View(customer="c1", interval=0.7)
    orders = order_answer(MATERIAL, view)
    assert orders["order"].tolist() == [1, 2, 3, 4]
    assert orders["contribution_to_date"].tolist() == [10.0, 20.0, 30.0, 40.0]
    row = customer_answer(MATERIAL, view).iloc[0]
    assert row["p_active"] == 0.9
    assert row["tier"] == TIERS[0][1]
    # 20 came in; of what is to come the quantiles are 20 x level
    assert (row["value_12m_low"], row["value_12m_high"]) == pytest.approx((23.0, 37.0))
    assert customer_answer(MATERIAL, View(customer="c0")).iloc[0]["tier"] == TIERS[-1][1]


@pytest.mark.parametrize("customer", ["", "nobody", "c", "zzz"])
def test_an_unknown_customer_is_a_sentence_that_does_not_repeat_what_was_typed(customer):
    for answer in (order_answer, customer_answer):
        why = answer(MATERIAL, View(customer=customer))
        assert isinstance(why, Sentence)
        assert "nobody" not in why.text
        assert "zzz" not in why.text


# Refusals


@pytest.mark.parametrize("answer", MONEY)
def test_what_cannot_be_answered_is_a_sentence(answer):
    log = replace(MATERIAL, facts=replace(MATERIAL.facts, has_money=False))
    assert "no amounts" in str(answer(log, View()))
    assert "365 days" in str(answer(MATERIAL, View(horizon=400)))
    nobody = {"channel": ()}
    empty = View(filters=nobody, segments=(Segment("A", nobody), Segment("B")))
    why = answer(MATERIAL, empty)
    assert isinstance(why, Sentence)
    assert "customer" in why.text


def test_a_brand_without_spend_still_has_values():
    material = replace(MATERIAL, spend=MATERIAL.spend.iloc[:0], kept={})
    table = channel_answer(material, View())
    assert table["cac"].isna().all()
    assert table["value_mean"].notna().all()
    assert any("No spend is known" in note for note in table.attrs["notes"])
    assert isinstance(payback_answer(material, View()), Sentence)
    assert what_if_answer(material, View())["quantity"].tolist() == ["value"]
    assert compare_answer(material, View())["quantity"].tolist() == ["value"]


def test_the_default_view_fits_its_material():
    view = MATERIAL.default_view()
    assert MATERIAL.known(view) == (view, ())
    assert view.customer == "c1"
    assert len({segment.name for segment in view.segments}) == 2


def test_the_same_view_gives_the_same_answer_and_no_column_is_unworded():
    for answer in (*MONEY, customer_answer, order_answer):
        view = View(customer="c1")
        first, second = answer(MATERIAL, view), answer(handmade(), view)
        pd.testing.assert_frame_equal(first, second)
        doc = answer.__doc__ or ""
        for name in first.columns:
            stem = name.rsplit("_", 1)[0]
            words = (f"{name}", f"{stem}_", "dimension", "`across`")
            assert any(word in doc for word in words), (answer.__name__, name)


def test_the_explorer_opens_without_the_model():
    code = (
        "import sys, workbench.explorer; "
        "print([m for m in ('pymc', 'pytensor', 'numba', 'plotly', 'ibis') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
