"""A fit is judged by its worst parameter, and an unknown figure is a bad one."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.checks import Status
from workbench.models.diagnostics import convergence_checks

GOOD = np.array([1.001, 1.003])
MANY = np.array([900.0, 700.0])


def judge(r_hat=GOOD, ess=MANY, divergences=0):
    checks = convergence_checks(
        {"a": GOOD, "b": r_hat}, {"a": MANY, "b": ess}, divergences, chains=4, draws=300
    )
    assert [check.check for check in checks] == ["R-hat", "Effective draws", "Divergences"]
    return [check.status for check in checks], checks


def test_a_good_fit_passes():
    statuses, checks = judge()
    assert statuses == [Status.PASS] * 3
    assert {check.recommendation for check in checks} == {"None."}


@pytest.mark.parametrize(
    ("given", "at", "status"),
    [
        ({"r_hat": np.array([1.0, 1.01])}, 0, Status.PASS),
        ({"r_hat": np.array([1.0, 1.011])}, 0, Status.REVIEW),
        ({"r_hat": np.array([1.0, 1.05])}, 0, Status.REVIEW),
        ({"r_hat": np.array([1.06, 1.0])}, 0, Status.FAIL),
        ({"ess": np.array([400.0])}, 1, Status.PASS),
        ({"ess": np.array([399.0, 900.0])}, 1, Status.REVIEW),
        ({"ess": np.array([100.0])}, 1, Status.REVIEW),
        ({"ess": np.array([99.0])}, 1, Status.FAIL),
        ({"divergences": 1}, 2, Status.REVIEW),
        ({"divergences": 12}, 2, Status.REVIEW),
        ({"divergences": 13}, 2, Status.FAIL),
    ],
)
def test_limits(given, at, status):
    statuses, checks = judge(**given)
    assert statuses[at] == status
    assert all(s is Status.PASS for i, s in enumerate(statuses) if i != at)
    if at < 2:
        assert "(b)" in checks[at].message


@pytest.mark.parametrize("at", [0, 1])
def test_a_figure_that_cannot_be_computed_fails(at):
    statuses, checks = judge(**{["r_hat", "ess"][at]: np.array([np.nan, 1.0, 1e4])})
    assert statuses[at] == Status.FAIL
    assert "(b)" in checks[at].message


def test_after_the_longer_run_other_advice_is_given() -> None:
    def advice(longer: bool) -> set[str]:
        checks = convergence_checks(
            {"r": np.array([1.2])}, {"r": np.array([5.0])}, 400, chains=2, draws=500, longer=longer
        )
        assert all(check.status is Status.FAIL for check in checks)
        return {check.recommendation for check in checks}

    assert all("more draws" in words for words in advice(False))
    assert all("fewer cohort dimensions" in words for words in advice(True))
