"""At the default view the explorer says what the report says; elsewhere what its draws say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from workbench.explorer import (
    View,
    channel_answer,
    cohort_answer,
    curve_answer,
    customer_answer,
    order_answer,
    payback_answer,
    what_if_answer,
)
from workbench.explorer.figures import report_names

CLOSE = {"rtol": 2e-6, "atol": 2e-5, "check_dtype": False}
"""Single precision of the draws that are kept, in currency."""


def same(ours: pd.DataFrame, report: pd.DataFrame, columns: Sequence[str]) -> None:
    assert len(ours) == len(report) > 0
    for name in columns:
        pd.testing.assert_series_equal(
            ours[name].reset_index(drop=True), report[name].reset_index(drop=True), **CLOSE
        )


def test_channels_are_those_of_the_report(material, reported):
    ours = report_names(channel_answer(material, material.default_view()))
    report = reported.tables["channels"]
    assert report["spend"].notna().sum() == 1
    columns = [name for name in ours if name in report and name != "roas_12m_q50"]
    assert len(columns) >= 22
    same(ours, report, columns)
    assert "TikTok" not in ours["channel"].to_list()


def test_spend_that_won_nobody_is_told(material):
    ours = channel_answer(material, material.default_view())
    assert any("won no customer" in note for note in ours.attrs["notes"])


def test_curves_are_those_of_the_report(material, reported):
    ours = curve_answer(material, material.default_view())
    ours = ours.rename(columns={"value_low": "value_q05", "value_high": "value_q95"})
    report = reported.tables["curves"]
    same(ours, report, report.columns.to_list())


def test_paybacks_are_those_of_the_channels(material):
    view = material.default_view()
    ours = payback_answer(material, view)
    channels = channel_answer(material, view)
    paid = channels[channels["cac"].notna()].reset_index(drop=True)
    same(ours, paid, ours.columns.to_list())


def test_cohorts_are_those_of_the_report(material, reported):
    everything = View()
    report = reported.tables["channel_months"]
    same(
        report_names(cohort_answer(material, everything, "channel")),
        report,
        ["first_month", "channel", "customers", "value_12m_mean", "value_12m_q05",
         "value_12m_q95", "observed_share"],
    )  # fmt: skip
    months = reported.tables["months"]
    for age, span in ((365, "12m"), (90, "90d")):
        ours = cohort_answer(material, View(horizon=age))
        ours = ours[ours["age_days"] == age]
        for end, level in (("mean", "mean"), ("low", "q05"), ("high", "q95")):
            np.testing.assert_allclose(
                ours[f"value_{end}"], months[f"value_{span}_{level}"], rtol=2e-6
            )
        assert ours["customers"].tolist() == months["customers"].tolist()


def test_what_if_starts_from_the_summary(material, reported):
    now = what_if_answer(material, material.default_view()).set_index("quantity")
    summary = reported.tables["summary"].set_index("quantity")
    for ours, theirs in (("value", "value_12m"), ("true_profit", "true_profit")):
        for end, level in (("mean", "mean"), ("low", "q05"), ("high", "q95")):
            assert now.loc[ours, f"now_{end}"] == pytest.approx(
                summary.loc[theirs, level], rel=2e-6
            )
            assert now.loc[ours, f"change_{end}"] == 0.0


@pytest.mark.parametrize("interval", [0.5, 0.8, 0.95])
@pytest.mark.parametrize(
    "filters",
    [
        {"first_product": ("Tea",)},
        {"channel": ("Meta Ads",), "first_month": ("2025-05", "2025-09")},
        {"first_product": ("Cups",), "first_month": ("2025-11",)},
    ],
)
def test_a_filter_is_summed_from_the_draws_of_the_valuation(material, reported, filters, interval):
    value = reported.valuation.value
    inside = np.ones(len(value.groups), dtype=bool)
    for name, values in filters.items():
        inside &= value.groups[name].isin(values).to_numpy()
    total = value.total_12m[inside].sum(axis=0) / value.groups["customers"][inside].sum()
    ours = what_if_answer(material, View(filters=filters, interval=interval)).iloc[0]
    low, high = np.quantile(total, [(1 - interval) / 2, (1 + interval) / 2])
    told = [ours["now_mean"], ours["now_low"], ours["now_high"]]
    assert told == pytest.approx([total.mean(), low, high], rel=2e-6)


def test_a_customer_is_that_of_the_report(material, reported):
    report = reported.tables["customers"].set_index("customer_id")
    for customer in report.index[[0, 7, 60, 120, 239]]:
        view = View(customer=customer)
        row, theirs = customer_answer(material, view).iloc[0], report.loc[customer]
        assert row["value_12m_mean"] == pytest.approx(theirs["value_12m_mean"], rel=1e-5)
        assert row["value_12m_low"] == pytest.approx(theirs["value_12m_q05"], rel=1e-5)
        assert row["value_12m_high"] == pytest.approx(theirs["value_12m_q95"], rel=1e-5)
        assert row["p_active"] == theirs["p_alive"]
        orders = order_answer(material, view)
        assert len(orders) == theirs["orders"]
        assert orders["contribution_to_date"].iloc[-1] == pytest.approx(
            theirs["contribution_to_date"]
        )
        assert orders["age_days"].iloc[0] == 0
        assert orders["day"].is_monotonic_increasing
