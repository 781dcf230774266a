"""The fit: truth recovered, posteriors stored and reused, shops that lack something."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import xarray as xr
from scipy.special import logit

from tests.models.handmade import story_data
from tests.models.story import Story
from workbench.checks import Status
from workbench.models import fit as fitting
from workbench.models.data import ModelData, prepare
from workbench.models.fit import Fit, fit, fit_key
from workbench.models.priors import Priors
from workbench.models.settings import SamplerSettings

STORY = Story()
TINY = SamplerSettings(chains=2, draws=150, tune=200, seed=3, cores=2, longer=False)
COHORTS = ("channel", "first_month")


@pytest.fixture(scope="session")
def warehouse():
    return STORY.warehouse()


@pytest.fixture(scope="session")
def data(warehouse) -> ModelData:
    """Two channels, six months, one product as far as the model is told."""
    return story_data(STORY, warehouse, COHORTS)


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("fits")


@pytest.fixture(scope="session")
def fitted(data, store) -> Fit:
    return fit(data, store=store, settings=TINY)


@pytest.fixture
def no_sampler(monkeypatch):
    """Make sampling an error; return the function that puts `draws` in its place."""

    def refuse(*_, **__):
        raise AssertionError("sampled again")

    monkeypatch.setattr(fitting, "sample", refuse)
    return lambda draws: monkeypatch.setattr(fitting, "sample", lambda *_, **__: (draws, 0))


def by_channel(fitted: Fit, outcome: int) -> dict[str, np.ndarray]:
    effect = fitted.flat("effect_channel")[:, outcome]
    level = fitted.flat("level")[:, outcome, None]
    names = fitted.data.design.levels["channel"]
    return dict(zip(names, (level + effect).T, strict=True))


def test_the_truth_is_recovered(fitted):
    """Within four posterior standard deviations, of posteriors much narrower than their priors."""
    scale = np.log(fitted.data.spend_scale)
    truth = {
        0: {name: np.log(value) for name, value in STORY.rate.items()},
        1: {name: logit(value) for name, value in STORY.drop.items()},
        2: {name: np.log(value) - scale for name, value in STORY.spend.items()},
    }
    priors = Priors()
    widths = [priors.log_rate[1], priors.logit_dropout[1], priors.log_spend[1]]
    for outcome, values in truth.items():
        for channel, value in values.items():
            draws = by_channel(fitted, outcome)[channel]
            assert abs(draws.mean() - value) < 4 * draws.std()
            assert draws.std() < widths[outcome] / 3
    better = [by_channel(fitted, k)["Email"] > by_channel(fitted, k)["Meta Ads"] for k in (0, 2)]
    assert all(share.mean() > 0.9 for share in better)
    for name, value in {"r": STORY.r, "kappa": STORY.kappa, "p": STORY.p, "q": STORY.q}.items():
        draws = np.log(fitted.flat(name))
        assert abs(draws.mean() - np.log(value)) < 4 * draws.std()


def test_shapes_and_sums_of_the_posterior(fitted):
    assert fitted.n_draws == 300
    assert fitted.flat("level").shape == (300, 3)
    assert fitted.flat("effect_channel").sum(axis=-1) == pytest.approx(0, abs=1e-9)
    assert fitted.flat("effect_first_month").sum(axis=-1) == pytest.approx(0, abs=1e-9)
    assert fitted.flat("season").shape == (300, 12)
    assert "effect_first_product" not in fitted.posterior
    assert (fitted.flat("q") > 1).all()
    assert {check.check for check in fitted.checks} == {"R-hat", "Effective draws", "Divergences"}
    assert fitted.status in set(Status)


def test_the_key_is_that_of_the_question(data, warehouse, fitted):
    priors = Priors()
    again = fit_key(story_data(STORY, warehouse, COHORTS), priors, TINY)
    assert again == fitted.key == fit_key(data, priors, replace(TINY, cores=1))
    spent = data.spend.spent.copy()
    spent[0] += 0.01
    weight = data.histories.weight.copy()
    weight[0] += 1
    others = {
        "settings": fit_key(data, priors, replace(TINY, seed=4)),
        "priors": fit_key(data, replace(priors, log_rate=(-3.0, 1.1)), TINY),
        "spend": fit_key(replace(data, spend=replace(data.spend, spent=spent)), priors, TINY),
        "history": fit_key(
            replace(data, histories=replace(data.histories, weight=weight)), priors, TINY
        ),
        "cohorts": fit_key(story_data(STORY, warehouse, ("channel",)), priors, TINY),
        "day": fit_key(
            prepare(
                warehouse.customers(STORY.as_of + timedelta(1)),
                warehouse.daily(STORY.as_of + timedelta(1)),
                as_of=STORY.as_of + timedelta(1),
                cohorts=COHORTS,
            ),
            priors,
            TINY,
        ),
    }
    assert len({fitted.key, *others.values()}) == len(others) + 1


def test_a_stored_posterior_is_reused(data, store, fitted, no_sampler):
    again = fit(data, store=store, settings=TINY)
    assert again.key == fitted.key
    assert again.checks == fitted.checks
    assert set(again.posterior.data_vars) == set(fitted.posterior.data_vars)
    for name in again.posterior.data_vars:
        assert np.array_equal(again.flat(name), fitted.flat(name))


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "without_checks", "of_other_data"])
def test_a_damaged_posterior_is_fitted_again(data, store, fitted, no_sampler, tmp_path, damage):
    path = tmp_path / f"{fitted.key}.nc"
    whole = (store / path.name).read_bytes()
    if damage == "without_checks":
        fitted.posterior.drop_attrs().to_netcdf(path, engine="h5netcdf")
    elif damage == "of_other_data":  # someone renamed it
        attrs = {"checks": "[]", "key": "0123456789abcdef0123"}
        shifted = (fitted.posterior + 1.0).assign_attrs(attrs)
        shifted.to_netcdf(path, engine="h5netcdf")
    else:
        left = {"empty": b"", "text": b"no posterior", "cut": whole[: len(whole) // 2]}
        path.write_bytes(left[damage])
    no_sampler(fitted.posterior)
    again = fit(data, store=tmp_path, settings=TINY)
    assert np.array_equal(again.flat("r"), fitted.flat("r"))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    no_sampler(None)  # the repaired file needs no sampler any more
    assert np.array_equal(fit(data, store=tmp_path, settings=TINY).flat("r"), fitted.flat("r"))


def test_nothing_is_written_without_a_store(data, fitted, no_sampler, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    no_sampler(fitted.posterior)
    fit(data, settings=TINY)
    assert not list(tmp_path.iterdir())


SHOPS = {
    "no money": {"money": False},
    "one cohort": {"cohorts": ()},
    "products and no channel": {"cohorts": ("first_product",)},
    "nobody came back": {"repeats": False},
    "one month": {"days": 25},
}


@pytest.mark.parametrize("shop", SHOPS)
def test_a_shop_that_lacks_something_is_fitted(warehouse, shop):
    lacks = {"money": True, "repeats": True, "cohorts": COHORTS, "days": STORY.days} | SHOPS[shop]
    as_of = STORY.as_of - timedelta(STORY.days - lacks["days"])
    customers, daily = warehouse.customers(as_of), warehouse.daily(as_of)
    if not lacks["repeats"]:
        keep = customers["repeat_days"] == 0
        customers, daily = customers[keep].reset_index(drop=True), daily.assign(repeat_days=0)
    if not lacks["money"]:
        money = [name for name in customers if "revenue" in name or "contribution" in name]
        customers[money] = np.nan
    data = prepare(customers, daily, as_of=as_of, cohorts=lacks["cohorts"])
    settings = SamplerSettings(chains=2, draws=20, tune=60, seed=1, cores=1, longer=False)
    fitted = fit(data, settings=settings)
    assert ("p" in fitted.posterior) == (lacks["money"] and lacks["repeats"])
    for name in ("channel", "first_product", "first_month"):
        modelled = name in lacks["cohorts"] and customers[name].nunique() > 1
        assert (f"effect_{name}" in fitted.posterior) == modelled
    assert all(np.isfinite(fitted.flat(name)).all() for name in fitted.posterior.data_vars)


def test_a_fit_that_does_not_pass_is_run_again_longer_before_it_is_stored(data, monkeypatch):
    runs = []

    def sampled(data, priors, settings, *, careful=False):
        runs.append((settings.draws, settings.tune, careful))
        rng = np.random.default_rng(1)
        chains, draws = settings.chains, settings.draws
        apart = 0.0 if careful else 5.0
        values = rng.normal(size=(chains, draws)) + apart * np.arange(chains)[:, None]
        return xr.Dataset({"r": (("chain", "draw"), values)}), 0

    monkeypatch.setattr("workbench.models.fit.sample", sampled)
    settings = SamplerSettings(chains=2, draws=500, tune=100)
    assert fit(data, settings=settings).status is Status.PASS
    assert runs == [(500, 100, False), (1000, 200, True)]
    runs.clear()
    once = fit(data, settings=replace(settings, longer=False))
    assert once.status is Status.FAIL
    assert len(runs) == 1
