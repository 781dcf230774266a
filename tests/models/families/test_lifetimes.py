"""The families against lifetimes, on the customers of CDNOW and on single hard ones.

Where lifetimes itself fails the individual story decides (`test_individuals`): its hypergeometric
forms return infinity or no number at a = 1 and s = 1, lose nine digits within 1e-6 of there, and
BG/NBD's has a parameter of zero at a + b = 1 and x = 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.conftest import require
from tests.models.families.cases import CASES, HISTORIES, cdnow
from workbench.models.families import FAMILIES

SHAPES = {
    "mbg": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "bg": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "pareto": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}


def fitter(name: str, shapes: dict[str, float]) -> Any:
    lifetimes = require("lifetimes")
    kinds = {"mbg": "ModifiedBetaGeoFitter", "bg": "BetaGeoFitter", "pareto": "ParetoNBDFitter"}
    peer = getattr(lifetimes, kinds[name])()
    peer.params_ = pd.Series(shapes)
    return peer


def peer_log_likelihood(name: str, peer: Any, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> Any:
    parameters = list(peer.params_)
    if name == "pareto":
        return peer._conditional_log_likelihood(parameters, x, t_x, T)
    one = np.ones(1)  # the others return means over customers only
    return np.array([
        -peer._negative_log_likelihood(np.log(parameters), *(np.array([v]) for v in row), one, 0.0)
        for row in zip(x, t_x, T, strict=True)
    ])  # fmt: skip


@pytest.mark.parametrize("name", FAMILIES)
def test_cdnow_customers_agree(name: str) -> None:
    x, t_x, T = cdnow().drop_duplicates().to_numpy(float).T
    assert len(x) > 1000
    ours, shapes = FAMILIES[name], SHAPES[name]
    peer = fitter(name, shapes)
    assert ours.log_likelihood(x, t_x, T, **shapes) == pytest.approx(
        peer_log_likelihood(name, peer, x, t_x, T), rel=1e-7
    )
    assert ours.p_alive(x, t_x, T, **shapes) == pytest.approx(
        np.asarray(peer.conditional_probability_alive(x, t_x, T)), rel=1e-6
    )
    for t in (1.0, 39.0, 520.0):
        assert ours.expected_purchases(t, x, t_x, T, **shapes) == pytest.approx(
            np.asarray(peer.conditional_expected_number_of_purchases_up_to_time(t, x, t_x, T)),
            rel=1e-6,
        )
        assert ours.expected_purchases_new(t, **shapes) == pytest.approx(
            float(peer.expected_number_of_purchases_up_to_time(t)), rel=1e-6
        )


def lifetimes_fails(name: str, shapes: dict[str, float], x: int) -> bool:
    if name == "pareto":
        return shapes["s"] == 1.0
    at_one = abs(shapes["a"] - 1.0) < 1e-5
    return at_one or (name == "bg" and x == 0 and shapes["a"] + shapes["b"] == 1.0)


@pytest.mark.parametrize(("name", "shapes"), CASES)
@pytest.mark.parametrize("history", HISTORIES)
def test_hard_cases_agree(
    name: str, shapes: dict[str, float], history: tuple[int, float, float]
) -> None:
    ours, peer = FAMILIES[name], fitter(name, shapes)
    x, t_x, T = (np.array([float(value)]) for value in history)
    assert ours.log_likelihood(x, t_x, T, **shapes) == pytest.approx(
        peer_log_likelihood(name, peer, x, t_x, T), rel=1e-7, abs=1e-7
    )
    if not lifetimes_fails(name, shapes, history[0]):
        theirs = peer.conditional_expected_number_of_purchases_up_to_time(52.0, x, t_x, T)
        assert ours.expected_purchases(52.0, x, t_x, T, **shapes) == pytest.approx(
            np.asarray(theirs), rel=1e-6
        )
