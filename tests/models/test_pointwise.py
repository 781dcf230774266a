"""Pointwise terms against the log density of the fit, its PyMC model, and simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.models.handmade import handmade, story_data
from tests.models.story import Story
from tests.models.test_density import as_pymc, made_up
from workbench.models.density import LogDensity
from workbench.models.fit import Fit
from workbench.models.model import build_model
from workbench.models.pointwise import Process, Spend, blocks, distinct_histories
from workbench.models.prior_weight import intensity_log_likelihood, log_prior, prior_normals
from workbench.value.parameters import make_parameters

STORY = Story(customers=240, days=430, arrivals=400)


@pytest.fixture(scope="module")
def story():
    warehouse = STORY.warehouse()
    return warehouse.customers(STORY.as_of), story_data(STORY, warehouse)


def at_points(data, n: int = 6, seed: int = 1) -> tuple[LogDensity, np.ndarray, Fit]:
    """Points near the prior's middle, and the fit whose draws they are."""
    density = LogDensity(data)
    rng = np.random.default_rng(seed)
    points = np.stack([density.start(k) for k in range(n)])
    points += rng.normal(0, 0.2, points.shape)
    return density, points, Fit(density.to_dataset(points[None]), [], "made", data)


def process_of(fit: Fit) -> Process:
    parameters = make_parameters(fit, draws=fit.n_draws)
    return Process(
        parameters.r, parameters.kappa, parameters.log_rate, parameters.logit_drop,
        parameters.clock,
    )  # fmt: skip


def test_sums_over_customers_equal_the_log_density_of_the_fit(story):
    """Between points that share the prior of their effects, so that only these terms differ.

    Histories may be binned in the fit; 0.5% of the difference allows for that.
    """
    customers, data = story
    density, points, _ = at_points(data, 2)
    points[1] = points[0]
    points[1, density._at["level"]] += [0.4, -0.3, 0.2]
    points[1, density._at["positive"]][:2] += 0.5  # r and kappa
    fit = Fit(density.to_dataset(points[None]), [], "made", data)
    rows, row = distinct_histories(customers, data.cell, data.calendar.start)
    by_row = process_of(fit).log_likelihood(
        *(rows[name].to_numpy() for name in ("cell", "first", "last", "repeats"))
    )
    at = np.arange(2)
    paid = ((customers["repeat_days"] > 0) & (customers["mean_repeat_revenue"] > 0)).to_numpy()
    parameters = make_parameters(fit, draws=2)
    spend = Spend(parameters.p, parameters.q, parameters.log_spend)
    money = spend.log_likelihood(
        customers["mean_repeat_revenue"].to_numpy()[paid],
        customers["repeat_days"].to_numpy()[paid],
        data.cell[paid],
    ).sum(axis=1)
    total = by_row @ rows["customers"].to_numpy() + money
    total = total + intensity_log_likelihood(fit, at) + log_prior(fit, at)
    expected = density(points[1])[0] - density(points[0])[0]
    assert total[1] - total[0] == pytest.approx(expected, rel=5e-3)
    assert rows["customers"].sum() == len(customers)
    assert (rows["repeats"].to_numpy()[row] == customers["repeat_days"]).all()


def test_the_log_prior_is_that_of_the_pymc_model():
    """Logs of the positive vector (with its Jacobian) and levels; effects are left out."""
    data = made_up(60)
    density, points, fit = at_points(data, 3)
    model = build_model(data)
    theirs = model.compile_logp(vars=[model["positive"], model["level"]], mode="FAST_COMPILE")
    expected = []
    for point in points:
        names = as_pymc(data, density, point)
        expected.append(float(theirs(names)))
    ours = log_prior(fit, np.arange(3))
    assert ours - ours[0] == pytest.approx(np.array(expected) - expected[0], rel=1e-9)
    assert prior_normals(fit)["level"][0].shape == (3, 3)


def test_equal_histories_share_a_row():
    day = pd.Timestamp("2025-01-01")
    customers = pd.DataFrame(
        {
            "first_day": [day, day, day, day],
            "last_day": [day, day, day + pd.Timedelta(days=4), day],
            "repeat_days": [0, 0, 2, 0],
        }
    )
    rows, row = distinct_histories(customers, np.array([0, 0, 0, 1]), day.date())
    assert rows.to_numpy().tolist() == [[0, 0, 0, 0, 2], [0, 0, 4, 2, 1], [1, 0, 0, 0, 1]]
    assert row.tolist() == [0, 0, 1, 2]
    by_first, _ = distinct_histories(
        customers, np.array([0, 0, 0, 1]), day.date(), ["cell", "first"]
    )
    assert by_first["customers"].tolist() == [3, 1]


def test_chances_of_counts_are_those_of_simulated_customers(story):
    """200,000 customers of one cohort: every share within four standard errors (0.0045)."""
    _, data = story
    fit = handmade(data, draws=2, r=0.8, kappa=3.0, level=np.array([-1.5, -0.7, 0.0]))
    process = process_of(fit)
    cell, first = np.zeros(1, dtype=int), np.array([30])
    chances = process.count_chances(cell, first, 3)[:, 0, 0]
    rng = np.random.default_rng(1)
    n = 200_000
    alpha = 0.8 * np.exp(1.5)
    drop = 1 / (1 + np.exp(0.7))
    rate = rng.gamma(0.8, 1 / alpha, n)
    leave = rng.beta(3.0 * drop, 3.0 * (1 - drop), n)
    bought = rng.poisson(rate * (data.calendar.n_days - 1 - 30) / 7)
    # purchases until leaving: after the first purchase already with chance `leave`
    stays = rng.geometric(np.maximum(leave, 1e-12)) - 1
    counts = np.minimum(bought, stays)
    expected = [(counts == 0).mean(), (counts == 1).mean(), (counts == 2).mean()]
    assert chances[:3] == pytest.approx(expected, abs=0.0045)
    assert chances.sum() == pytest.approx(1.0)
    last = np.array([data.calendar.n_days - 1])
    again = process.repeat_chance(cell, first, last)[0, 0]
    assert again == pytest.approx(1 - chances[0], abs=1e-12)
    today = process.count_chances(cell, last, 3)[:, 0, 0]
    assert today == pytest.approx([1, 0, 0, 0])


def test_blocks_cover_all_rows_once():
    seen = np.concatenate([np.arange(1003)[b] for b in blocks(1003, 100, 10_000)])
    assert seen.tolist() == list(range(1003))
    assert list(blocks(0, 100)) == []
