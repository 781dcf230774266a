"""One customer who outweighs the others; shares of what is young or predicted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.value.checks.test_sensitivity import channels
from workbench.checks import Status
from workbench.value.checks.extremes import extreme_checks
from workbench.value.checks.immature import immature_checks, predicted_share
from workbench.value.scope import AcquisitionWindow


def customers(days: list[int], revenue: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"repeat_days": days, "repeat_revenue": revenue})


@pytest.mark.parametrize(
    ("most", "others", "status"),
    [(40, 1000, Status.PASS), (60, 1000, Status.REVIEW), (1100, 1000, Status.FAIL),
     (5, 20, Status.PASS), (19, 5, Status.PASS), (0, 0, Status.PASS)],
)  # fmt: skip
def test_one_customer_with_extreme_orders(most, others, status):
    check = extreme_checks(customers([most] + [1] * others, [0.0] * (others + 1)))[0]
    assert check.check == "Largest buyer"
    assert check.status is status
    assert check.value == pytest.approx(most / max(most + others, 1), abs=1e-4)
    assert bool(check.recommendation) == (status is not Status.PASS)


@pytest.mark.parametrize(
    ("top", "status"),
    [(50.0, Status.PASS), (150.0, Status.REVIEW), (5000.0, Status.FAIL)],
)
def test_a_giant_order_dominates_spend(top, status):
    check = extreme_checks(customers([1] * 101, [top] + [10.0] * 100))[1]
    assert check.check == "Largest spender"
    assert check.status is status


def test_without_repeat_revenue_nobody_dominates_it():
    assert len(extreme_checks(customers([1, 2], [np.nan, np.nan]))) == 1
    few = extreme_checks(customers([1, 2], [90.0, 10.0]))
    assert few[1].status is Status.PASS


WINDOW = AcquisitionWindow(("2025-01", "2025-02"), pd.Timestamp("2025-01-01").date(),
                           pd.Timestamp("2025-02-28").date())  # fmt: skip


def aged(young: int, old: int, outside: int = 50) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "first_month": ["2025-01"] * young + ["2025-02"] * old + ["2024-01"] * outside,
            "age_days": [89] * young + [90] * old + [10] * outside,
        }
    )


@pytest.mark.parametrize(
    ("young", "old", "status"),
    [(0, 10, Status.PASS), (49, 51, Status.PASS), (50, 50, Status.REVIEW), (10, 0, Status.REVIEW)],
)
def test_young_customers_are_counted_in_the_window(young, old, status):
    made = channels(np.full((2, 50), 40.0), [1000.0, 1000.0])
    check = immature_checks(aged(young, old), made, WINDOW)[0]
    assert check.status is status
    assert check.value == pytest.approx(young / (young + old))
    assert ("as uncertain as the prior" in check.message) == (old == 0)


def test_the_predicted_share_is_weighted_by_value():
    """Channels of 100 customers worth 40 and 80 each, half observed: 50%; then 60%."""
    made = channels(np.stack([np.full(50, 40.0), np.full(50, 80.0)]), [1000.0, 1000.0])
    assert predicted_share(made) == pytest.approx(0.5)
    made.observed_share[:] = [0.6, 0.3]
    assert predicted_share(made) == pytest.approx(1 - (0.6 * 40 + 0.3 * 80) / 120)
    check = immature_checks(aged(1, 9), made, WINDOW)[1]
    assert (check.check, check.status) == ("Predicted value", Status.REVIEW)
    assert "60%" in check.message


def test_without_money_no_share_of_value_is_said():
    made = channels(np.full((2, 50), np.nan), [np.nan, np.nan])
    assert len(immature_checks(aged(1, 9), made, WINDOW)) == 1
