"""The forward simulation against closed-form expectations, and to the day."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from workbench.models.families import FAMILIES
from workbench.models.spend import expected_spend, gamma_rate
from workbench.value.forward import CURVE_AGES, replicate, simulate_block

DAYS, FUTURE, DRAWS = 300, 365, 6000


@dataclass
class Block:
    """Arguments of `simulate_block`: one group and one curve per customer, one cell per channel."""

    first: np.ndarray
    last: np.ndarray
    repeats: np.ndarray
    spend: np.ndarray
    horizon: np.ndarray
    short: np.ndarray
    cell: np.ndarray
    family: str = "mbg"
    pace: np.ndarray = field(default_factory=lambda: np.ones(2))
    spend_pace: np.ndarray = field(default_factory=lambda: np.ones(2))
    draws: int = DRAWS
    r: float = 1.2
    kappa: float = 3.0
    p: float = 4.0
    q: float = 5.0
    fixed: float = 6.0
    log_rate: np.ndarray = field(default_factory=lambda: np.array([-1.2, -2.0]))
    logit_drop: np.ndarray = field(default_factory=lambda: np.array([-1.0, -0.3]))
    log_spend: np.ndarray = field(default_factory=lambda: np.log([50.0, 80.0]))
    ratio: np.ndarray = field(default_factory=lambda: np.array([0.6, 0.5]))
    clock: np.ndarray = field(
        default_factory=lambda: np.cumsum(1 + 0.3 * np.sin(np.arange(DAYS) / 40)) / 7
    )
    future: np.ndarray = field(
        default_factory=lambda: np.append(
            0.0, np.cumsum(1 + 0.3 * np.cos(np.arange(FUTURE) / 50)) / 7
        )
    )

    @property
    def age(self) -> np.ndarray:
        return DAYS - 1 - self.first

    def run(self, seed: int = 1) -> SimpleNamespace:
        n = len(self.first)

        def each(value: float | np.ndarray) -> np.ndarray:
            fixed = np.asarray(value, dtype=float)
            if fixed.ndim == 2:  # known draw by draw already
                return fixed
            return np.broadcast_to(fixed, (self.draws, *fixed.shape)).copy()

        sums = [np.zeros((n, self.draws)) for _ in range(4)]
        curves = np.zeros((n, len(CURVE_AGES), self.draws))
        value, alive, orders, contribution = simulate_block(
            seed,
            FAMILIES[self.family].code,
            each(self.r), each(self.kappa), each(self.p), each(self.q), each(self.fixed),
            each(self.clock), each(self.future),
            each(self.pace[self.cell]), each(self.spend_pace[self.cell]),
            each(self.log_rate), each(self.logit_drop), each(self.log_spend), each(self.ratio),
            self.cell, self.cell, np.arange(n), np.arange(n),
            self.first, self.last, self.repeats, self.spend, self.age,
            self.horizon, self.short,
            *sums, curves, CURVE_AGES,
        )  # fmt: skip
        return SimpleNamespace(
            value=value, alive=alive, next_orders=orders, next_contribution=contribution,
            orders=sums[0], revenue=sums[1], contribution=sums[2], short=sums[3], curves=curves,
        )  # fmt: skip

    @property
    def shapes(self) -> dict[str, np.ndarray]:
        rate, drop = self.log_rate[self.cell], self.logit_drop[self.cell]
        return FAMILIES[self.family].natural(self.r, rate, self.kappa, drop)

    @property
    def history(self) -> tuple[np.ndarray, ...]:
        began = self.clock[self.first]
        return self.repeats, self.clock[self.last] - began, self.clock[-1] - began

    def expected_orders(self, days: np.ndarray) -> np.ndarray:
        """Closed form, until so many days after the as-of date."""
        until = self.future[np.clip(days, 0, FUTURE)]
        until = until * self.pace[self.cell]
        return FAMILIES[self.family].expected_purchases(until, *self.history, **self.shapes)

    @property
    def expected_spend(self) -> np.ndarray:
        gamma = gamma_rate(np.exp(self.log_spend[self.cell]), self.p, self.q)
        known = np.where(self.spend > 0, self.repeats, 0)
        return expected_spend(self.spend, known, p=self.p, q=self.q, gamma=gamma)


def alive_now(block: Block) -> np.ndarray:
    """Chance of each customer to be active, in closed form."""
    return FAMILIES[block.family].p_alive(*block.history, **block.shapes)


def customers(**changes) -> Block:
    """Seven customers: new, one-time, regular, lapsed, without a horizon, spend unknown."""
    given = {
        "first": np.array([299, 200, 0, 0, 150, 150, 40]),
        "last": np.array([299, 200, 290, 60, 280, 280, 200]),
        "repeats": np.array([0, 0, 9, 4, 5, 5, 2]),
        "spend": np.array([0.0, 0.0, 75.0, 40.0, 30.0, 30.0, 0.0]),
        "horizon": np.array([365, 266, 65, 365, 0, -40, 120]),
        "short": np.array([90, -9, 20, 0, 0, 0, 60]),
        "cell": np.array([0, 1, 0, 1, 0, 0, 1]),
    }
    return Block(**(given | changes))


@pytest.fixture(scope="module")
def case():
    block = customers()
    return block, block.run()


def agree(draws: np.ndarray, expected: np.ndarray, sigmas: float = 4.5) -> None:
    """Means over draws lie within Monte Carlo error of what is expected."""
    error = draws.std(axis=1) / np.sqrt(draws.shape[1])
    assert np.all(np.abs(draws.mean(axis=1) - expected) <= sigmas * error + 1e-12)


def test_orders_are_those_of_the_closed_form_at_every_customers_horizon(case):
    block, done = case
    agree(done.orders, np.where(block.horizon > 0, block.expected_orders(block.horizon), 0.0))


def test_revenue_and_contribution_follow_from_expected_spend(case):
    block, done = case
    orders = np.where(block.horizon > 0, block.expected_orders(block.horizon), 0.0)
    agree(done.revenue, orders * block.expected_spend)
    earned = block.ratio[block.cell] * block.expected_spend - block.fixed
    agree(done.contribution, orders * earned)


def test_the_shorter_horizon_counts_its_own_days_only(case):
    block, done = case
    orders = np.where(block.short > 0, block.expected_orders(block.short), 0.0)
    earned = block.ratio[block.cell] * block.expected_spend - block.fixed
    agree(done.short, orders * earned)
    assert not done.short[block.short <= 0].any()


def test_customers_without_a_horizon_buy_nothing(case):
    block, done = case
    none = block.horizon <= 0
    for sums in (done.orders, done.revenue, done.contribution, done.value, done.curves):
        assert not sums[none].any()


def test_sums_of_groups_and_curves_are_those_of_customers(case):
    block, done = case
    assert np.allclose(done.value, done.contribution, rtol=1e-4, atol=1e-3)  # single precision
    young = block.age + block.horizon <= 365  # curves end at that age
    total = done.curves.sum(axis=1)
    assert np.allclose(total[young], done.contribution[young], rtol=1e-9, atol=1e-9)
    assert (~young).sum() == 2
    assert np.count_nonzero(total[~young]) < np.count_nonzero(done.contribution[~young])


def test_expectations_of_a_customer_cover_the_whole_future_whatever_the_horizon(case):
    block, done = case
    expected = block.expected_orders(np.full(len(block.first), FUTURE))
    assert done.alive == pytest.approx(alive_now(block), rel=1e-9)
    # only the chance to leave is drawn here, which is 1.6% of noise at 6,000 draws
    assert done.next_orders == pytest.approx(expected, rel=0.06)
    earned = block.ratio[block.cell] * block.expected_spend - block.fixed
    assert done.next_contribution == pytest.approx(done.next_orders * earned, rel=1e-9)


def test_purchases_vary_between_draws_as_between_customers():
    """Counts have the spread of the process: mean and variance against a plain simulation."""
    block = customers()
    counts = block.run(seed=5).orders[0]
    random = np.random.default_rng(1)
    n, shapes = 40_000, {k: np.atleast_1d(v)[0] for k, v in block.shapes.items()}
    rate = random.gamma(shapes["r"], 1 / shapes["alpha"], n)
    leave = random.beta(shapes["a"], shapes["b"], n)
    plain, t, active = np.zeros(n), np.zeros(n), random.random(n) >= leave
    while active.any():
        t[active] += random.exponential(1 / rate[active])
        active &= t <= block.future[-1]
        plain[active] += 1
        active &= random.random(n) >= leave
    assert counts.var() == pytest.approx(plain.var(), rel=0.15)
    assert (counts == 0).mean() == pytest.approx((plain == 0).mean(), abs=0.03)


def one_day(day: int) -> np.ndarray:
    """A calendar in which all time passes on one day."""
    future = np.zeros(FUTURE + 1)
    future[day:] = 500.0
    return future


@pytest.mark.parametrize("day", [1, 65, 90, 359, 360, 364, 365])
def test_a_purchase_counts_from_its_day_on(day):
    """The horizon includes its last day: 12 months end with day 365, not 360."""
    n = 3
    block = customers(
        first=np.full(n, 299), last=np.full(n, 299), repeats=np.zeros(n, int), spend=np.zeros(n),
        cell=np.zeros(n, int), horizon=np.array([day - 1, day, FUTURE]),
        short=np.array([day - 1, day - 1, day]), future=one_day(day), draws=300,
    )  # fmt: skip
    done = block.run()
    bought = done.orders.sum(axis=1)
    assert bought[0] == 0
    assert bought[1] > 100
    assert bought[2] > 100
    assert not done.short[1].any()
    assert done.short[2] == pytest.approx(done.contribution[2])


@pytest.mark.parametrize(("age", "day", "slot"), [(0, 7, 7), (0, 8, 14), (299, 66, 365),
                                                  (299, 60, 364), (100, 5, 105)])  # fmt: skip
def test_curves_book_a_purchase_at_the_age_that_it_happens(age, day, slot):
    one = np.array([DAYS - 1 - age])
    zero = np.zeros(1, int)
    block = customers(
        first=one, last=one, repeats=zero, spend=np.zeros(1), cell=zero,
        horizon=np.array([365 - age]), short=zero, future=one_day(day), draws=200,
    )  # fmt: skip
    done = block.run()
    booked = np.flatnonzero(np.abs(done.curves[0]).sum(axis=1))
    assert CURVE_AGES[booked].tolist() == [slot]


def test_nobody_enters_a_curve_without_asking(case):
    block, _ = case
    n = len(block.first)
    curves = np.zeros((1, len(CURVE_AGES), 2))
    ones = np.ones(2)
    simulate_block(
        1, 1, ones, 3 * ones, 4 * ones, 5 * ones, ones,
        np.tile(block.clock, (2, 1)), np.tile(block.future, (2, 1)),
        *(np.ones((2, 2)),) * 2, *(np.zeros((2, 2)),) * 2, *(np.ones((2, 2)),) * 2,
        block.cell, block.cell, np.zeros(n, int), np.full(n, -1),
        block.first, block.last, block.repeats, block.spend, block.age,
        block.horizon, block.short,
        *(np.zeros((1, 2)) for _ in range(4)), curves, CURVE_AGES,
    )  # fmt: skip
    assert not curves.any()


def test_the_same_seed_gives_the_same_purchases():
    block = customers(draws=50)
    assert np.array_equal(block.run(3).value, block.run(3).value)
    assert not np.array_equal(block.run(3).value, block.run(4).value)


def test_each_draw_has_its_own_parameters():
    """Every second draw buys three times as fast; nothing leaks from one draw into another."""
    slow, fast = (customers(log_rate=np.array([-2.2, -2.5]) + shift) for shift in (0, np.log(3)))
    both = customers()
    both.log_rate = np.where(np.arange(DRAWS)[:, None] % 2, fast.log_rate, slow.log_rate)
    orders = both.run().orders
    for block, draws in ((slow, orders[:, ::2]), (fast, orders[:, 1::2])):
        agree(draws, np.where(block.horizon > 0, block.expected_orders(block.horizon), 0.0))


@pytest.mark.parametrize("name", FAMILIES)
def test_replicated_customers_repeat_as_new_ones_do(name):
    draws, n = 3000, 12
    first = np.repeat([0, 100, 250], 4)
    block = customers()
    out = replicate(
        1, FAMILIES[name].code,
        np.full(draws, 1.2), np.full(draws, 3.0), np.tile(block.clock, (draws, 1)),
        np.tile(block.log_rate, (draws, 1)), np.tile(block.logit_drop, (draws, 1)),
        np.zeros(n, int), first, np.arange(DAYS), DAYS,
    )  # fmt: skip
    family = FAMILIES[name]
    shapes = family.natural(1.2, block.log_rate[0], 3.0, block.logit_drop[0])
    total = family.expected_purchases_new(block.clock[-1] - block.clock[first], **shapes).sum()
    agree(out.sum(axis=0, keepdims=True), np.array([total]))
    # and day by day: purchases up to day 200 of those who had come by then
    part = family.expected_purchases_new(block.clock[200] - block.clock[first[:8]], **shapes).sum()
    agree(out[:201].sum(axis=0, keepdims=True), np.array([part]))
    assert not out[0].any()  # the first day itself is no repeat


@pytest.mark.parametrize("name", ["bg", "pareto"])
def test_every_family_buys_as_its_closed_form_says(name):
    block = customers()
    block.family, block.kappa = name, 1.4
    block.logit_drop = np.array([-1.0, -0.3]) if name == "bg" else np.array([-3.0, -2.0])
    out = block.run()
    agree(out.orders, np.where(block.horizon > 0, block.expected_orders(block.horizon), 0.0))
    alive = alive_now(block)
    assert out.alive == pytest.approx(alive, rel=1e-6)
    whole = block.expected_orders(np.full(len(alive), FUTURE))
    assert out.next_orders == pytest.approx(whole, rel=0.05)


def test_pace_changes_the_future_and_not_the_past():
    plain, quick = customers(), customers()
    quick.pace = np.array([1.5, 1.0])
    ours, other = quick.run(), plain.run()
    assert np.array_equal(ours.alive, other.alive)
    agree(ours.orders, np.where(quick.horizon > 0, quick.expected_orders(quick.horizon), 0.0))
    buys = (quick.cell == 0) & (quick.horizon > 0)
    assert np.all(ours.orders.mean(axis=1)[buys] > 1.1 * other.orders.mean(axis=1)[buys])


def test_what_an_order_brings_has_a_pace_of_its_own():
    plain, dear = customers(), customers()
    dear.spend_pace = np.array([1.5, 0.8])
    ours, other = dear.run(), plain.run()
    assert np.array_equal(ours.orders, other.orders)
    factor = dear.spend_pace[dear.cell]
    assert ours.revenue == pytest.approx(other.revenue * factor[:, None])
    # costs per order stay what they are
    cost = dear.fixed * other.orders
    assert ours.contribution == pytest.approx(
        (other.contribution + cost) * factor[:, None] - cost, abs=1e-9
    )
    costs = dear.fixed * other.next_orders
    assert ours.next_contribution == pytest.approx(
        (other.next_contribution + costs) * factor - costs
    )
