from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench.spectrum.answers import Answer
from workbench.spectrum.stakes import manual_hours, misallocated_spend

AS_OF = date(2026, 6, 30)


def channels(**changes: list[float]) -> pd.DataFrame:
    columns = {
        "channel": ["Meta Ads", "Google Ads"],
        "spend": [1_000.0, 500.0],
        "true_profit_mean": [-200.0, 300.0],
        "true_profit_q05": [-320.0, 100.0],
        "true_profit_q95": [-90.0, 480.0],
        "p_value_above_cac": [0.02, 0.99],
    }
    return pd.DataFrame({**columns, **changes})


def spend(meta: float = 1_000.0, google: float = 500.0, day: str = "2026-01-15") -> pd.DataFrame:
    frame = pd.DataFrame({"channel": ["Meta Ads", "Google Ads"], "spend": [meta, google]})
    return frame.assign(date=pd.Timestamp(day))


def test_the_loss_of_one_channel_carries_its_own_interval():
    found = misallocated_spend(channels(), spend(), AS_OF)
    assert (found.mean, found.q05, found.q95) == (200.0, 90.0, 320.0)
    assert found.p_pays == pytest.approx(0.98)
    assert "1 channel " in found.assumption


def test_the_loss_is_per_year_of_spend():
    # the channel table covers two years of equal spend
    found = misallocated_spend(channels(spend=[2_000.0, 1_000.0]), spend(), AS_OF)
    assert found.mean == 100.0


def test_interval_of_a_part_of_the_spend_is_never_too_narrow():
    # independent reference: true profit = parameter part + purchase part, both known; half of the
    # customers share the parameter part and have half the purchase variance
    random = np.random.default_rng(7)
    parameter, purchase = random.normal(0, 60, 200_000), random.normal(0, 40, 200_000)
    whole = -200 + parameter + purchase
    half = -100 + 0.5 * parameter + 0.5**0.5 * purchase
    q05, q95 = np.quantile(whole, [0.05, 0.95])
    table = channels(
        spend=[2_000.0, 1_000.0], true_profit_q05=[q05, 100.0], true_profit_q95=[q95, 480.0]
    )
    found = misallocated_spend(table, spend(), AS_OF)
    low, high = -np.quantile(half, [0.95, 0.05])
    assert found.q05 <= low
    assert found.q95 >= high


def test_ends_of_several_channels_are_added_as_if_they_moved_together():
    table = channels(
        true_profit_mean=[-200.0, -50.0],
        true_profit_q05=[-320.0, -120.0],
        true_profit_q95=[-90.0, 10.0],
        p_value_above_cac=[0.02, 0.15],
    )
    found = misallocated_spend(table, spend(), AS_OF)
    assert (found.mean, found.q05, found.q95) == (250.0, 80.0, 440.0)
    # an interval above 0 and a probability of the least certain channel (85%) would contradict
    assert 0.95 < found.p_pays < 1.0
    assert "moved together" in found.assumption


@pytest.mark.parametrize(
    ("table", "spent"),
    [
        (channels(true_profit_mean=[20.0, 300.0]), spend()),
        (channels(true_profit_mean=[math.nan, 300.0]), spend()),
        (channels(spend=[math.nan, 500.0]), spend()),
        (channels(), spend(day="2025-06-30")),
        (channels(), spend(day="2026-07-01")),
        (channels(), spend(meta=0.0)),
        (channels(), pd.DataFrame()),
        (pd.DataFrame(), spend()),
    ],
)
def test_without_a_losing_channel_or_spend_there_is_no_figure(table, spent):
    found = misallocated_spend(table, spent, AS_OF)
    assert not found.known
    assert found.assumption == "not quantified by this data"


def test_hours_are_priced_without_an_interval():
    found = manual_hours(Answer(hours=10.0, hourly_rate=40.0))
    assert found.mean == 10 * 40 * 52
    assert math.isnan(found.q05)
    assert math.isnan(found.p_pays)
    assert "declared" in found.assumption
    assert "assumed" in found.assumption


@pytest.mark.parametrize("answer", [Answer(), Answer(hours=10.0), Answer(hourly_rate=40.0)])
def test_hours_without_both_figures_are_not_priced(answer):
    assert not manual_hours(answer).known
