"""Draws from the priors against scipy's distributions and against the density's own names."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.models.test_density import made_up
from workbench.models.density import LogDensity
from workbench.models.layout import outcomes, positive_priors
from workbench.models.prior_draws import by_cell, prior_draws
from workbench.models.priors import Priors

DRAWS = 20_000


@pytest.fixture(scope="module")
def data():
    return made_up(120)


@pytest.fixture(scope="module")
def named(data):
    return prior_draws(data, Priors(), DRAWS, np.random.default_rng(3))


def uniform(values: np.ndarray, distribution) -> float:
    """p-value of a Kolmogorov-Smirnov test."""
    return float(stats.kstest(values, distribution.cdf).pvalue)


def test_positive_parameters_are_lognormal(data, named):
    for name, rows in positive_priors(data, Priors()).items():
        draws = named[name].reshape(DRAWS, -1)
        for column, (mean, sd) in zip(draws.T, rows, strict=True):
            assert uniform(column, stats.lognorm(sd, scale=np.exp(mean))) > 1e-3, name
    assert named["q"] == pytest.approx(1.0 + named["q_minus_1"])


def test_the_default_rate_has_the_range_that_priors_document(named):
    rate = np.exp(named["level"][:, 0]) * 365.25 / 7
    assert np.quantile(rate, [0.05, 0.5, 0.95]) == pytest.approx([0.36, 2.6, 18.7], rel=0.05)
    dropout = 1 / (1 + np.exp(-named["level"][:, 1]))
    assert np.quantile(dropout, [0.05, 0.5, 0.95]) == pytest.approx([0.09, 0.33, 0.72], rel=0.05)


def test_effects_sum_to_zero_and_spread_as_zero_sum_normals(data, named):
    for name in data.design.dimensions:
        effect = named[f"effect_{name}"]
        n = effect.shape[-1]
        assert effect.sum(axis=-1) == pytest.approx(np.zeros(effect.shape[:2]), abs=1e-9)
        # one of n normals of spread 1 less their mean has standard deviation sqrt(1 - 1/n)
        scaled = effect / named[f"sd_{name}"][..., None]
        for outcome in range(len(outcomes(data))):
            for level in range(n):
                z = scaled[:, outcome, level] / np.sqrt(1 - 1 / n)
                assert uniform(z, stats.norm()) > 1e-3


def test_months_walk_and_are_centred(named):
    steps = np.diff(named["effect_first_month"], axis=-1) / named["sd_first_month"][..., None]
    assert uniform(steps[:, 0, 2], stats.norm()) > 1e-3
    assert np.corrcoef(steps[:, 0, 1], steps[:, 0, 2])[0, 1] == pytest.approx(0, abs=0.03)
    assert named["effect_first_month"].mean(axis=-1) == pytest.approx(0, abs=1e-9)


def test_season_lies_around_its_mean(named):
    off = named["season"] - np.array(Priors().season)
    assert off.sum(axis=1) == pytest.approx(0, abs=1e-9)
    z = off[:, 10] / named["sd_season"] / np.sqrt(11 / 12)
    assert uniform(z, stats.norm()) > 1e-3


@pytest.mark.parametrize(("customers", "months"), [(60, 8), (9000, 2)], ids=["free", "centred"])
def test_the_density_finds_the_same_prior_in_either_form(customers, months):
    """Prior points, as the density would lay them out, unfold to draws of the same spread."""
    data = made_up(customers, months=months)
    density = LogDensity(data)
    rng = np.random.default_rng(5)
    point = rng.normal(size=(DRAWS, density.size))
    mean, sd = density.positive_prior.T
    logs = mean + sd * point[:, density._at["positive"]]
    point[:, density._at["positive"]] = logs
    mean, sd = density.level_prior.T
    point[:, density._at["level"]] = mean + sd * point[:, density._at["level"]]
    for name, spread in (density._spread | {"first_month": "sd_first_month"}).items():
        if name not in density.shapes:
            continue
        centred = density._step_centred if name == "first_month" else density._centred[name]
        each = np.exp(logs[:, density._positive[spread]])
        if centred:
            free = point[:, density._at[name]].reshape(DRAWS, each.shape[1], -1)
            point[:, density._at[name]] = (free * each[:, :, None]).reshape(DRAWS, -1)
    theirs = density.unfold(point)
    ours = prior_draws(data, Priors(), DRAWS, np.random.default_rng(6))
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert values.shape == theirs[name].shape, name
        one, other = values.reshape(DRAWS, -1)[:, -1], theirs[name].reshape(DRAWS, -1)[:, -1]
        assert stats.ks_2samp(one, other).pvalue > 1e-3, name


def test_cells_are_the_sum_of_level_and_effects(data, named):
    total = by_cell(named, data.design)
    cell = 7
    expected = named["level"].copy()
    for name, index in data.design.index.items():
        expected += named[f"effect_{name}"][:, :, index[cell]]
    assert total.shape == (DRAWS, 3, len(data.design.cells))
    assert total[:, :, cell] == pytest.approx(expected)


def test_without_money_there_is_no_spend():
    named = prior_draws(made_up(60, money=False), Priors(), 5, np.random.default_rng(1))
    assert "p" not in named
    assert named["level"].shape == (5, 2)
