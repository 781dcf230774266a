"""Which cohort dimensions customers carry: by hand, and by the check that judges them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from workbench.brand import load_brand
from workbench.checks import Status
from workbench.simulate import write_brand as simulate_brand
from workbench.sources.exports import read_exports
from workbench.sources.new import write_brand
from workbench.store.cohort_choice import carried, cohort_counts, propose_cohorts, tells_apart
from workbench.store.readiness_facts import Facts, Thresholds
from workbench.store.readiness_orders import cohort_sizes
from workbench.store.warehouse import Warehouse

ALL = ("channel", "first_product", "first_month")


def evenly(each: int, channels: int, months: int, products: int) -> pd.DataFrame:
    """Return so many customers of every channel, month and product."""
    cells = [*product(range(channels), range(products), range(months))] * each
    return pd.DataFrame(cells, columns=list(ALL)).astype(str)


@pytest.mark.parametrize(
    ("customers", "chosen", "left"),
    [
        (evenly(30, 2, 2, 2), ALL, ()),
        (evenly(29, 2, 2, 2), ("channel", "first_month"), ("first_product",)),
        (evenly(15, 2, 2, 2), ("channel", "first_month"), ("first_product",)),
        (evenly(14, 2, 2, 2), ("channel",), ("first_month", "first_product")),
        (evenly(1, 2, 2, 2), ("channel",), ("first_month", "first_product")),  # the least there is
    ],
)
def test_a_dimension_joins_while_any_cohort_is_large_enough(
    customers: pd.DataFrame, chosen: tuple[str, ...], left: tuple[str, ...]
) -> None:
    assert carried(customers, ALL, 30) == (chosen, left)


def test_the_month_stands_first_where_no_channel_is_known() -> None:
    customers = evenly(10, 1, 3, 2)
    wanted = ("first_product", "first_month")
    assert carried(customers, wanted, 30) == (("first_month",), ("first_product",))
    assert carried(customers, wanted, 10) == (wanted, ())


def test_without_dimensions_there_is_one_cohort() -> None:
    customers = evenly(1, 3, 1, 1)
    assert carried(customers, (), 30) == ((), ())
    assert cohort_counts(customers, ()).tolist() == [3]
    assert not tells_apart(cohort_counts(customers, ()), 30)


@pytest.fixture(scope="module", params=[250, 1_200])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("raw")
    return simulate_brand(home, stage=2, customers=request.param, seed=4)


def test_a_proposal_does_not_fail_its_own_check(folder: Path) -> None:
    """What `workbench new` writes at a few thousand customers passes where all three would not."""
    for name in ("brand.yaml", "stack.yaml"):
        (folder / name).unlink(missing_ok=True)
    written = write_brand(folder, propose=propose_cohorts)
    brand = load_brand(folder)
    assert "channel" in brand.cohorts
    assert "first_product" not in brand.cohorts
    assert "first_product" in written.cohorts
    assert f"# {written.cohorts}\ncohorts: [" in written.path.read_text(encoding="utf-8")

    def judged(cohorts: tuple[str, ...]) -> tuple[Status, str]:
        own = brand.model_copy(update={"cohorts": cohorts})
        exports = read_exports(own)
        last = exports.orders["day"].max().date()
        facts = Facts(own, exports, Warehouse.open(own, exports), last)
        told = cohort_sizes(facts, Thresholds())
        return told.status, told.recommendation

    assert judged(brand.cohorts)[0] is not Status.FAIL
    status, todo = judged(ALL)
    assert status is Status.FAIL
    assert f"cohorts: [{', '.join(brand.cohorts)}]" in todo
    now = written.cohorts.partition("or write [")[2].partition("]")[0]
    if now:  # what else it offers holds as well
        assert judged(tuple(now.split(", ")))[0] is not Status.FAIL
