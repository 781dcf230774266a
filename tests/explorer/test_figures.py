"""Every answer has a figure that says the horizon and interval it was asked for."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go
import pytest

from tests.explorer.handmade import handmade
from workbench.explorer import (
    Assumptions,
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
from workbench.explorer import figures as drawn

MATERIAL = handmade(months=14)
FACTS = MATERIAL.facts
FIGURES: dict[str, Callable[[View], go.Figure]] = {
    "roas": lambda v: drawn.roas_figure(channel_answer(MATERIAL, v), v, FACTS),
    "value": lambda v: drawn.value_figure(channel_answer(MATERIAL, v), v, FACTS),
    "curves": lambda v: drawn.curve_figure(
        curve_answer(MATERIAL, v), payback_answer(MATERIAL, v), v, FACTS
    ),
    "products": lambda v: drawn.curve_figure(
        curve_answer(MATERIAL, v.change(by="first_product")),
        payback_answer(MATERIAL, v.change(by="first_product")),
        v.change(by="first_product"),
        FACTS,
    ),
    "ages": lambda v: drawn.cohort_figure(cohort_answer(MATERIAL, v), v, FACTS),
    "cohorts": lambda v: drawn.cohort_figure(cohort_answer(MATERIAL, v, "channel"), v, FACTS),
    "shrinkage": lambda v: drawn.shrinkage_figure(shrinkage_answer(MATERIAL, v), v, FACTS),
    "what_if": lambda v: drawn.what_if_figure(what_if_answer(MATERIAL, v), v, FACTS),
    "compare": lambda v: drawn.compare_figure(compare_answer(MATERIAL, v), v, FACTS),
    "story": lambda v: drawn.story_figure(
        order_answer(MATERIAL, v), customer_answer(MATERIAL, v), v, FACTS
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_interval_and_horizon(name):
    view = View(customer="c1", interval=0.8, horizon=180)
    meta = FIGURES[name](view).layout.meta
    text = f"{meta['title']} {meta['subtitle']}"
    assert "80% interval" in text
    if name == "shrinkage":
        assert "day 60" in text
    elif name != "story":
        assert "180 days" in text or "day 180" in text or "180-day" in text
        assert "12 months" not in text
        assert "12-month" not in text


@pytest.mark.parametrize("name", FIGURES)
def test_a_sentence_takes_the_place_of_a_figure(name):
    view = View(horizon=800)
    fig = FIGURES[name](view)
    assert len(fig.data) == 0
    assert fig.layout.meta["alt"].startswith("Empty figure.")


def test_assumptions_stand_under_the_what_if():
    view = View(assumptions=Assumptions(cac_change=0.2, margin_change=-0.1))
    meta = FIGURES["what_if"](view).layout.meta
    assert "CAC +20%" in meta["subtitle"]
    assert "order -10%" in meta["subtitle"]
    assert "True Profit" in meta["title"]


def test_report_names_are_those_of_the_tables():
    table = drawn.report_names(channel_answer(MATERIAL, View()))
    assert {"value_12m_q05", "value_12m_q25", "roas_12m_q95", "true_profit_q05",
            "payback_days_mean", "payback_days_q95"} <= set(table)  # fmt: skip
    assert not isinstance(table, Sentence)


def test_a_refunded_order_is_no_order_of_a_story() -> None:
    import pandas as pd

    from workbench.plots.story import find_customer_story

    days = pd.to_datetime(["2025-01-01", "2025-02-01", "2025-02-01", "2025-03-01"])
    orders = pd.DataFrame(
        {"day": days, "revenue": [20.0, 0.0, 30.0, 0.0], "contribution_to_date": [9.0, 8, 20, 15]}
    )
    known = {"p_active": 0.5, "next_12m_orders": 1.0, "next_12m_mean": 9.0}
    told = find_customer_story(orders, known, "USD")
    assert told.startswith("3 orders so far and 1 refunded in full or free left $15")
    without = find_customer_story(orders.assign(revenue=float("nan")), known, "USD")
    assert without.startswith("4 orders so far left")
