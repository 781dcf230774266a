"""What the data taught: posteriors equal to the prior, narrow ones, and shops with little data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from tests.models.story import Story
from tests.models.test_density import made_up
from tests.store import logs
from workbench.checks import Status
from workbench.models.data import prepare
from workbench.models.density import LogDensity
from workbench.models.fit import Fit, fit
from workbench.models.settings import SamplerSettings
from workbench.sources.frames import empty
from workbench.store.warehouse import Warehouse
from workbench.value.checks import fit_checks
from workbench.value.checks.learnt import learnt_checks, learnt_table, overlap
from workbench.value.valuation import valuate

DRAWS = 2000


def from_prior(data, shrink: float = 1.0) -> Fit:
    """A posterior that is the prior, its top level drawn towards the middle by `shrink`."""
    density = LogDensity(data)
    rng = np.random.default_rng(1)
    points = rng.normal(size=(2, DRAWS // 2, density.size))
    prior = {"positive": density.positive_prior, "level": density.level_prior}
    for name, table in prior.items():
        at = density._at[name]
        points[..., at] = table[:, 0] + shrink * table[:, 1] * points[..., at]
    return Fit(density.to_dataset(points), [], "prior", data)


@pytest.fixture(scope="module")
def data():
    return made_up(300)


def test_a_posterior_that_is_the_prior_taught_nothing(data):
    """Contraction 0 and overlap 1, within the noise of 2,000 draws (0.15 and 0.1)."""
    table = learnt_table(from_prior(data))
    assert set(table["kind"]) == {"all customers", "channel", "first_product"}
    overall = table[table["kind"] == "all customers"]
    assert overall["contraction"].to_numpy() == pytest.approx(np.zeros(7), abs=0.15)
    # where effects are standardised they are drawn from the hierarchy too
    assert table["contraction"].to_numpy() == pytest.approx(np.zeros(len(table)), abs=0.3)
    assert (table["overlap"] > 0.9).all()
    checks = learnt_checks(table)
    assert [c.status for c in checks] == [Status.REVIEW, Status.REVIEW]
    assert "as wide as the prior" in checks[0].message
    for question in overall["question"]:
        assert question in checks[0].message
    assert "Pots (" in checks[1].message


def test_contraction_is_one_less_the_squared_width(data):
    table = learnt_table(from_prior(data, shrink=0.3))
    overall = table[table["kind"] == "all customers"]
    assert overall["contraction"].to_numpy() == pytest.approx(np.full(7, 1 - 0.3**2), abs=0.02)
    expected = 2 * norm.ppf(0.95) * np.array([1.2, 1.0, 0.5])
    assert overall["prior_width"].to_numpy()[:3] == pytest.approx(expected)
    assert learnt_checks(table)[0].status is Status.PASS


def test_overlap_is_the_shared_area():
    """N(0, 1) against N(2, 1) share 2 Phi(-1) = 0.317; N(0, 1) against itself all."""
    draws = norm.ppf((np.arange(4000) + 0.5) / 4000)
    assert overlap(draws, norm.cdf(draws)) == pytest.approx(1.0, abs=0.01)
    # twenty bins of equal prior probability flatten the crossing a little
    assert overlap(draws + 2, norm.cdf(draws + 2)) == pytest.approx(0.317, abs=0.02)


def test_an_answer_that_moved_is_learnt_even_where_it_stays_wide(data):
    table = learnt_table(from_prior(data))
    moved = table.assign(overlap=0.2)
    assert [c.status for c in learnt_checks(moved)] == [Status.PASS, Status.PASS]


def test_only_what_the_data_did_not_move_is_named(data):
    table = learnt_table(from_prior(data, shrink=0.3))
    table.loc[table["question"] == "how soon customers leave", ["contraction", "overlap"]] = 0, 0.9
    check = learnt_checks(table)[0]
    assert check.status is Status.REVIEW
    assert "say next to nothing about how soon customers leave:" in check.message


STORY = Story(customers=400)
TINY = SamplerSettings(chains=2, draws=150, tune=200, seed=3, cores=2, longer=False)


def some(keep: Callable[[pd.DataFrame], pd.Series]) -> Warehouse:
    """The shop with the orders of some customers only; `keep` sees one row per customer."""
    orders, lines = STORY.orders()
    table = orders.groupby("customer_id").agg(days=("day", "nunique"), channel=("channel", "first"))
    kept = table.index[keep(table.assign(number=np.arange(len(table))))]
    orders = orders[orders["customer_id"].isin(kept)].reset_index(drop=True)
    lines = lines[lines["order_id"].isin(orders["order_id"])].reset_index(drop=True)
    return Warehouse.from_frames(orders, lines, costs=logs.COSTS)


def first(most: int, kept: pd.Series) -> pd.Series:
    """At most so many of those kept."""
    return kept & (kept.cumsum() <= most)


LITTLE: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "2% repeat buyers": lambda table: (table["days"] == 1) | (table["number"] % 60 == 0),
    # a third of them came back, as in a shop that sells to consumers
    "50 customers": lambda table: first(50, (table["days"] == 1) | (table["number"] % 12 == 0)),
    "no money": lambda table: first(50, (table["days"] == 1) | (table["number"] % 12 == 0)),
    "one month": lambda table: table["number"] >= 0,
    # who came back fifteen times would tell something even alone; who bought once does not
    "a cohort of 1": lambda table: (
        (table["channel"] == "Meta Ads")
        | (table.index == table.index[(table["channel"] == "Email") & (table["days"] == 1)][0])
    ),
    "one customer": lambda table: table["number"] == 0,
    "nobody came back": lambda table: table["days"] == 1,
}


@pytest.mark.slow
@pytest.mark.parametrize("case", LITTLE)
def test_too_little_to_learn_from_is_reviewed_as_wide_as_the_prior(case):
    warehouse = some(LITTLE[case])
    as_of = STORY.as_of if case != "one month" else STORY.as_of - timedelta(STORY.days - 30)
    customers, value_by_age = warehouse.customers(as_of), warehouse.value_by_age(as_of)
    if case == "no money":
        amounts = [name for name in customers if "revenue" in name or "contribution" in name]
        customers[amounts] = np.nan
    data = prepare(
        customers, warehouse.daily(as_of), as_of=as_of, cohorts=("channel", "first_month")
    )
    fitted = fit(data, settings=TINY)
    spend = empty("spend")
    valuation = valuate(fitted, customers, value_by_age, spend, as_of=as_of, draws=200, seed=1)
    checks = fit_checks(fitted, valuation, customers)
    reviewed = [
        check
        for check in checks
        if check.status is Status.REVIEW and "as wide as the prior" in check.message
    ]
    assert reviewed, [(c.check, c.status, c.message) for c in checks]
    assert all(c.message and c.threshold for c in checks)
    assert all(c.recommendation for c in checks if c.status is not Status.PASS)
    assert len({c.check for c in checks}) == len(checks)
    assert not any(word in " ".join(c.message for c in checks) for word in ("nan", " inf"))
    about_money = {"Prior sensitivity", "Spend and frequency"} & {c.check for c in checks}
    assert bool(about_money) == (case != "no money")
    if case == "a cohort of 1":
        assert any("Email (1 customer)" in check.message for check in reviewed)
