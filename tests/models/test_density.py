"""The fast log density against the PyMC model that specifies it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

import workbench.models  # noqa: F401  (sets PyTensor up before PyMC is imported)
from workbench.models.data import ModelData, prepare
from workbench.models.density import LogDensity, zero_sum, zero_sum_adjoint
from workbench.models.layout import positive_priors
from workbench.models.model import build_model
from workbench.models.priors import Priors

AS_OF = date(2025, 3, 15)


def made_up(n: int, *, seed: int = 1, money: bool = True, months: int = 8) -> ModelData:
    """Customers without any model behind them: only the two densities are compared."""
    rng = np.random.default_rng(seed)
    span = months * 30
    first = pd.Timestamp(AS_OF) - pd.to_timedelta(rng.integers(25, span, n), unit="D")
    repeats = rng.integers(0, 5, n) * rng.integers(0, 2, n)
    last = first + pd.to_timedelta(np.where(repeats > 0, rng.integers(6, 24, n), 0), unit="D")
    spend = np.where((repeats > 0) & money, rng.gamma(4.0, 10.0, n), np.nan)
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(n)],
            "channel": rng.choice(["Email", "Meta Ads", "TikTok Ads"], n),
            "first_product": rng.choice(["Tea", "Pots"], n),
            "first_month": first.strftime("%Y-%m"),
            "first_day": first,
            "last_day": last,
            "repeat_days": repeats,
            "mean_repeat_revenue": spend,
            "repeat_revenue": np.nan_to_num(spend * repeats),
            "repeat_contribution": np.nan_to_num(spend * repeats) * 0.5,
            "first_revenue": 40.0 if money else np.nan,
            "first_contribution": 20.0 if money else np.nan,
            "revenue": 40.0 if money else np.nan,
        }
    )
    days = pd.date_range(first.min(), AS_OF)
    # Where the repeats fall is irrelevant here, as long as they are as many.
    counts = np.zeros(len(days))
    np.add.at(counts, rng.integers(0, len(days), repeats.sum()), 1)
    daily = pd.DataFrame({"day": days, "repeat_days": counts})
    return prepare(
        customers, daily, as_of=AS_OF, cohorts=("channel", "first_product", "first_month")
    )


def as_pymc(data: ModelData, density: LogDensity, point: np.ndarray) -> dict[str, np.ndarray]:
    """The same point under PyMC's names of unconstrained values."""
    named = {"positive_log__": "positive", "level": "level"}
    named["step_first_month" if density._step_centred else "raw_step_first_month"] = "first_month"
    for name, centred in density._centred.items():
        stem = name if name in ("season", "departure") else f"effect_{name}"
        named[f"{stem if centred else f'raw_{name}'}_zerosum__"] = name
    return {
        theirs: point[density._at[ours]].reshape(density.shapes[ours])
        for theirs, ours in named.items()
        if ours in density.shapes
    }


@pytest.mark.parametrize(
    ("customers", "money", "months"),
    [(60, True, 8), (60, False, 8), (2500, True, 8), (9000, True, 2)],
    ids=["few", "no money", "many", "large months"],
)
def test_density_and_gradient_equal_those_of_the_pymc_model(
    customers: int, money: bool, months: int
) -> None:
    data = made_up(customers, money=money, months=months)
    density = LogDensity(data)
    assert density._step_centred == (months == 2)
    assert any(density._centred.values()) == (customers > 1000)
    model = build_model(data)
    theirs = model.compile_logp(mode="FAST_COMPILE")
    slope = model.compile_dlogp(mode="FAST_COMPILE")
    rng = np.random.default_rng(2)
    one = density.start(1)
    two = one + rng.normal(0, 0.2, density.size)
    ours = density(two)[0] - density(one)[0]
    other = float(theirs(as_pymc(data, density, two)) - theirs(as_pymc(data, density, one)))
    assert ours == pytest.approx(other, rel=1e-9, abs=1e-7)

    gradient = density(two)[1]
    flat = slope(as_pymc(data, density, two))
    expected = dict(zip(_value_names(model), _split(model, flat, density, data, two), strict=True))
    for name, values in as_pymc(data, density, gradient).items():
        assert values.ravel() == pytest.approx(expected[name], rel=1e-7, abs=1e-7), name


def _value_names(model) -> list[str]:  # type: ignore[no-untyped-def]
    return [variable.name for variable in model.continuous_value_vars]


def _split(model, flat, density, data, point):  # type: ignore[no-untyped-def]
    named = as_pymc(data, density, point)
    at = 0
    for name in _value_names(model):
        size = np.size(named[name])
        yield flat[at : at + size]
        at += size


def test_zero_sum_is_an_isometry_with_its_adjoint() -> None:
    rng = np.random.default_rng(3)
    free, other = rng.normal(size=(4, 6)), rng.normal(size=(4, 7))
    spread = zero_sum(free)
    assert spread.sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-12)
    assert (spread**2).sum() == pytest.approx((free**2).sum())
    assert (spread * other).sum() == pytest.approx((free * zero_sum_adjoint(other)).sum())


def test_unfold_names_every_positive_parameter() -> None:
    data = made_up(60)
    density = LogDensity(data)
    named = density.unfold(np.zeros((2, 3, density.size)))
    for name in positive_priors(data, Priors()):
        assert np.all(named[name] == 1.0)
    assert np.all(named["q"] == 2.0)
    assert named["effect_first_month"].shape[-1] == len(data.design.levels["first_month"])
