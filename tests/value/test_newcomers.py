"""The next customer: last month's effect and one step more, products in the window's mix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.models.handmade import handmade, story_data
from workbench.models.families import mbg
from workbench.value.cohorts import CohortValue, cohort_value
from workbench.value.forecast import simulate
from workbench.value.laid_out import GROUP_COLUMNS
from workbench.value.newcomers import next_customer_value
from workbench.value.parameters import make_parameters
from workbench.value.scope import acquisition_window

LEVEL = np.array([-1.3, -1.3, 0.1])


def cohorts_of(shop) -> CohortValue:
    """Only groups and sizes matter here."""
    sizes = shop.customers.groupby(GROUP_COLUMNS).size().rename("customers").reset_index()
    nothing = np.zeros((len(sizes), 1))
    return CohortValue(sizes, nothing[:, 0], nothing[:, 0], nothing, nothing)


def effects(data) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {
        name: 0.3 * random.normal(size=(3, len(levels)))
        for name, levels in data.design.levels.items()
    }


def expected(shop, data, parameters, by_name, window) -> np.ndarray:
    """Value of the next customer in each channel, effect by effect and product by product."""
    rows = shop.customers[shop.customers["first_month"].isin(window.months)]
    groups = data.margins.groups
    out = []
    for channel in sorted(rows["channel"].unique()):
        mix = rows.loc[rows["channel"] == channel, "first_product"].value_counts(normalize=True)
        total = 0.0
        for product, share in mix.items():
            sums = LEVEL.copy()
            both = f"{channel} · {product}"
            named = {"channel": channel, "first_product": product, "channel_product": both}
            for name, value in named.items():
                if name in by_name:
                    sums = sums + by_name[name][:, data.design.levels[name].index(value)]
            if "first_month" in by_name:
                sums = sums + by_name["first_month"][:, -1]
            drop = 1 / (1 + np.exp(-sums[1]))
            orders = mbg.expected_purchases_new(
                365 / 7, r=1.5, alpha=1.5 * np.exp(-sums[0]), a=4 * drop, b=4 * (1 - drop)
            )
            match = groups["channel"].isin([channel, "All"])
            match &= groups["first_product"].isin([product, "All"])
            g = int(np.flatnonzero(match)[0])
            spend = np.exp(sums[2]) * data.spend_scale
            each = parameters.ratio[:, g] * spend - parameters.fixed_cost
            total = total + share * (parameters.first_value[:, g] + orders * each)
        out.append(total)
    return np.array(out)


@pytest.mark.parametrize(
    "cohorts",
    [("channel", "first_product", "first_month"), ("channel",), ("first_product",), ()],
)
def test_value_is_first_order_plus_expected_repeats(shop, cohorts):
    data = story_data(shop.story, shop.warehouse, cohorts)
    by_name = effects(data)
    fit = handmade(
        data, draws=30, level=LEVEL, **{f"effect_{name}": value for name, value in by_name.items()}
    )
    parameters = make_parameters(fit, draws=30)
    window = acquisition_window(shop.as_of, shop.data.calendar.start)
    channels, value = next_customer_value(fit, parameters, cohorts_of(shop), window, seed=1)
    assert channels == ["Email", "Meta Ads"]
    assert value == pytest.approx(expected(shop, data, parameters, by_name, window), rel=1e-6)


def test_a_cohort_that_does_not_exist_yet_is_less_sure(shop):
    window = acquisition_window(shop.as_of, shop.data.calendar.start)
    widths = []
    for spread in (0.0, 0.3):
        fit = handmade(shop.data, draws=400, level=LEVEL, sd_first_month=np.full(3, spread))
        parameters = make_parameters(fit, draws=400)
        _, value = next_customer_value(fit, parameters, cohorts_of(shop), window, seed=1)
        widths.append(value.std(axis=1))
    assert (widths[1] > 2 * widths[0]).all()


def test_the_pace_of_newcomers_is_theirs_alone(shop):
    """Purchases by the pace of a customer not won yet, not by that of customers at hand."""
    window = acquisition_window(shop.as_of, shop.data.calendar.start)
    fit = handmade(shop.data, draws=40, level=LEVEL)
    plain = make_parameters(fit, draws=40)

    def value(**changes: float) -> np.ndarray:
        moved = {name: np.full(40, factor) for name, factor in changes.items()}
        return next_customer_value(fit, replace(plain, **moved), cohorts_of(shop), window, seed=1)[
            1
        ]

    alone = value()
    assert np.array_equal(value(pace=0.5, spend_pace=0.5, pace_spread=0.3), alone)
    slow, poor = value(next_pace=0.5), value(next_spend_pace=0.5)
    assert (slow < alone).all()
    # Half the revenue a repeat order leaves more than half the value off: its fixed cost stays.
    assert (poor < alone).all()
    # Of the first order the cost per purchase does not grow with revenue either.
    gross = plain.first_value + plain.fixed_cost[:, None]
    more = value(first_pace=1.1) - alone
    assert (more >= 0.1 * gross.min(axis=1) - 1e-9).all()
    assert (more <= 0.1 * gross.max(axis=1) + 1e-9).all()
    apart = value(next_pace_spread=0.3)
    assert np.log(apart).std(axis=1).min() > 0
    assert abs(np.corrcoef(apart)[0, 1]) < 0.5  # channels depart each on its own


def test_only_channels_and_products_of_the_window_count(shop):
    window = acquisition_window(shop.as_of, shop.data.calendar.start)
    cohorts = cohorts_of(shop)
    meta = (cohorts.groups["channel"] == "Meta Ads") & cohorts.groups["first_month"].isin(
        window.months
    )
    cohorts.groups.loc[meta, "first_month"] = "1999-01"
    fit = handmade(shop.data, draws=10, level=LEVEL)
    channels, value = next_customer_value(
        fit, make_parameters(fit, draws=10), cohorts, window, seed=1
    )
    assert channels == ["Email"]
    assert value.shape == (1, 10)


def test_the_value_of_many_new_customers_is_the_expected_one(shop):
    """Newcomers simulated as customers of age 0 bring what the closed form says."""
    fit = handmade(shop.data, draws=400, level=LEVEL)
    parameters = make_parameters(fit, draws=400)
    window = acquisition_window(shop.as_of, shop.data.calendar.start)
    _, closed = next_customer_value(fit, parameters, cohorts_of(shop), window, seed=1)
    new = shop.customers[shop.customers["first_month"].isin(window.months)]
    kept = new.index.to_numpy()
    today = pd.Timestamp(shop.as_of)
    new = new.assign(first_day=today, last_day=today, repeat_days=0, age_days=0)
    new = new.assign(contribution_12m=0.0, contribution_90d=0.0, mean_repeat_revenue=np.nan)
    data = shop.data
    fit_of_new = handmade(replace(data, cell=data.cell[kept]), draws=400, level=LEVEL)
    year = np.full(len(new), 365)
    made = simulate(
        fit_of_new, parameters, new, horizon=year, short=year, in_curve=year < 0, seed=1
    )
    value = cohort_value(new, made)
    for k, channel in enumerate(("Email", "Meta Ads")):
        rows = (value.groups["channel"] == channel).to_numpy()
        n = value.groups.loc[rows, "customers"].sum()
        repeats = value.total_12m[rows].sum(axis=0) / n
        groups = data.margins.group_of_cell[data.cell[kept]][(new["channel"] == channel).to_numpy()]
        first = parameters.first_value[:, groups].mean(axis=1)
        error = repeats.std() / np.sqrt(400)
        assert abs(repeats.mean() - (closed[k] - first).mean()) < 4.5 * error
