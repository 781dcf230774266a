"""Probabilities to bring more than a sum: the short way against simulating every purchase."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.value.test_next_purchase import T_DAYS, outlooks
from workbench.value.forward import CURVE_AGES, plain, simulate_block
from workbench.value.next_purchase import Outlooks, p_above

DRAWS = 6_000


def simulated(some: Outlooks, needed: np.ndarray, horizon: np.ndarray) -> np.ndarray:
    """Return what the forecast's own simulation says, purchase by purchase."""
    of, n = some.parameters, len(some)
    of_customer = {name: plain(values) for name, values in some.columns.items()}
    nothing = np.full(n, -1, dtype=np.int64)
    value = simulate_block(
        11, some.code, of.r, of.kappa, of.p, of.q, of.fixed_cost, of.clock, of.future, some.pace,
        some.spend_pace, of.log_rate, of.logit_drop, of.log_spend, of.ratio,
        of_customer["cell"], of_customer["ratio_group"], of_customer["group"], nothing,
        of_customer["first"], of_customer["last"], of_customer["repeats"], of_customer["spend"],
        nothing, horizon, nothing, *(np.zeros((1, of.n_draws)) for _ in range(4)),
        np.zeros((1, len(CURVE_AGES), of.n_draws)), CURVE_AGES,
    )[0]  # fmt: skip
    return (value > needed[:, None]).mean(axis=1)


@pytest.mark.parametrize("family", ["mbg", "bg", "pareto"])
def test_shares_are_those_of_the_forward_simulation(family):
    rng = np.random.default_rng(4)
    n = 60
    repeats = np.minimum(rng.geometric(0.35, n) - 1, 12)
    last = np.where(repeats > 0, rng.uniform(20.0, T_DAYS, n), 0.0)
    some = outlooks(family, last, repeats, draws=DRAWS)
    spend = np.where(repeats > 0, rng.uniform(0.4, 2.5, n), 0.0)
    # orders cost something, so that more of them need not be more money
    parameters = replace(
        some.parameters, fixed_cost=np.full(DRAWS, 0.3), ratio=np.full((DRAWS, 1), 0.8)
    )
    some = replace(
        some, parameters=parameters, columns=some.columns | {"spend": spend},
        pace=np.full((DRAWS, 1), 1.3), spend_pace=np.full((DRAWS, 1), 0.7),
    )  # fmt: skip
    needed = rng.choice([-0.2, 0.0, 0.5, 2.0, 6.0], n)
    horizon = rng.choice([1, 45, 165, 365], n)
    new, former = p_above(some, needed, horizon, draws=DRAWS), simulated(some, needed, horizon)
    middle = np.clip((new + former) / 2, 1e-3, 1 - 1e-3)
    off = (new - former) / np.sqrt(2 * middle * (1 - middle) / DRAWS)
    assert np.abs(off).max() < 4.5  # standard errors of a difference, largest of 60
    assert abs(off.mean()) < 4.0 / np.sqrt(n)
    assert 0.6 < off.std() < 1.3
    assert np.ptp(new) > 0.5


def test_a_fixed_cost_above_every_order_is_a_loss_with_the_chance_of_an_order():
    some = outlooks("mbg", np.array([0.0, 180.0]), np.array([0, 4]), draws=2_000)
    costly = replace(some, parameters=replace(some.parameters, fixed_cost=np.full(2_000, 1e9)))
    horizon = np.full(2, 60)
    loses = 1.0 - p_above(costly, np.full(2, -0.5), horizon, draws=2_000)
    buys = p_above(some, np.zeros(2), horizon, draws=2_000)
    assert loses == pytest.approx(buys, abs=1e-12)  # the same purchases, by the same seed


def test_what_is_needed_may_be_unknown():
    some = outlooks("bg", np.zeros(2), np.zeros(2), draws=50)
    assert p_above(some, np.array([np.nan, -1.0]), np.full(2, 90), draws=50).tolist() == [0, 1]
