"""Every formula of every family against the story of individual customers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, gamma

from tests.models.families.cases import CASES, DELTA, HISTORIES, HORIZONS
from tests.models.families.individuals import Answers, any_time, dropouts, per_purchase, rates
from workbench.models.families import family


def truth(
    name: str, history: tuple[float, float, float], t: float, shapes: dict[str, float]
) -> Answers:
    if name == "pareto":
        return any_time(*history, t, DELTA, **shapes)
    return per_purchase(name, *history, t, DELTA, **shapes)


@pytest.mark.parametrize("shape", [0.1, 1.0, 300.0])
def test_the_grids_reproduce_their_priors(shape: float) -> None:
    rate, weight = rates(shape, 5.0, 5.0)
    density = gamma(shape, scale=0.2).pdf(rate) * weight
    assert density.sum() == pytest.approx(1.0, abs=1e-9)
    assert (density * rate).sum() == pytest.approx(shape / 5.0, rel=1e-9)
    p, _, weight = dropouts(shape, 3.0)
    density = beta(shape, 3.0).pdf(p) * weight
    assert density.sum() == pytest.approx(1.0, abs=1e-9)
    assert (density * p).sum() == pytest.approx(shape / (shape + 3.0), rel=1e-9)


@pytest.mark.parametrize(("name", "shapes"), CASES)
@pytest.mark.parametrize("history", HISTORIES)
def test_formulas_are_averages_over_customers(
    name: str, shapes: dict[str, float], history: tuple[int, float, float]
) -> None:
    ours = family(name)
    for t in HORIZONS:
        want = truth(name, history, t, shapes)
        got = ours.expected_purchases(t, *history, **shapes)
        assert got == pytest.approx(want.expected_purchases, rel=1e-8, abs=0)
    assert ours.log_likelihood(*history, **shapes) == pytest.approx(
        want.log_likelihood, rel=1e-8, abs=1e-8
    )
    assert ours.p_alive(*history, **shapes) == pytest.approx(want.p_alive, rel=1e-8, abs=0)
    assert ours.dert(DELTA, *history, **shapes) == pytest.approx(want.dert, rel=1e-8, abs=0)


@pytest.mark.parametrize(("name", "shapes"), CASES)
@pytest.mark.parametrize("t", HORIZONS)
def test_a_new_customer_is_one_with_an_empty_history(
    name: str, shapes: dict[str, float], t: float
) -> None:
    """In MBG/NBD the coin after the first purchase is still to be thrown, or has been: the same."""
    want = truth(name, (0, 0.0, 0.0), t, shapes).expected_purchases
    got = family(name).expected_purchases_new(t, **shapes)
    assert got == pytest.approx(want, rel=1e-8, abs=0)


@pytest.mark.parametrize(("name", "shapes"), CASES)
@pytest.mark.parametrize("t", HORIZONS)
def test_repeat_rate_is_the_chance_of_any_purchase(
    name: str, shapes: dict[str, float], t: float
) -> None:
    none = np.exp(truth(name, (0, 0.0, t), 1.0, shapes).log_likelihood)
    assert family(name).repeat_rate(t, **shapes) == pytest.approx(1.0 - none, rel=1e-8, abs=1e-10)


def decades(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(np.log10(low), np.log10(high)).map(lambda power: float(10.0**power))


@given(
    name=st.sampled_from(["mbg", "bg", "pareto"]),
    shapes=st.tuples(
        decades(0.05, 5), decades(0.05, 5000), decades(0.05, 50), decades(0.05, 500)
    ),
    x=st.sampled_from([0, 1, 2, 7, 40, 300]),
    T=decades(0.1, 600),
    recency=st.floats(0, 1),
    t=decades(0.1, 1000),
)  # fmt: skip
def test_formulas_hold_in_a_wide_cloud(name, shapes, x, T, recency, t):
    keys = ("r", "alpha", "s", "beta") if name == "pareto" else ("r", "alpha", "a", "b")
    named, ours = dict(zip(keys, shapes, strict=True)), family(name)
    history = (x, T * recency if x else 0.0, T)
    want = truth(name, history, t, named)
    got = ours.log_likelihood(*history, **named)
    assert got == pytest.approx(want.log_likelihood, rel=1e-8, abs=1e-7)
    if want.p_alive < 1e-200:
        return  # smaller than the sum over the grid can tell from nothing
    got = ours.expected_purchases(t, *history, **named)
    assert got == pytest.approx(want.expected_purchases, rel=1e-7, abs=0)
    assert ours.dert(DELTA, *history, **named) == pytest.approx(want.dert, rel=1e-7, abs=0)
