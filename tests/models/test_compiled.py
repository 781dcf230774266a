"""The compiled density is the one that Python calls, in all its forms."""

from __future__ import annotations

import ctypes
from dataclasses import replace

import numpy as np
import pytest

from tests.models.test_density import made_up
from tests.models.test_surrogate import widened
from workbench.models.compiled import arrays_of, whitened_density
from workbench.models.data import ModelData
from workbench.models.density import LogDensity
from workbench.models.laplace import laplace
from workbench.models.surrogate import Surrogate, surrogate
from workbench.models.whitening import Whitened, whiten


def as_nutpie_calls(density: LogDensity | Whitened, point: np.ndarray):
    arrays, gradient, value = arrays_of(density), np.empty(len(point)), np.empty(1)
    number, address = ctypes.POINTER(ctypes.c_double), ctypes.c_void_p
    call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, number, number, number, address)(
        whitened_density.address
    )
    state = call(
        len(point),
        *(array.ctypes.data_as(number) for array in (point, gradient, value)),
        arrays.table.ctypes.data,
    )
    return state, value[0], gradient


def same(density: LogDensity | Whitened, point: np.ndarray) -> None:
    state, value, gradient = as_nutpie_calls(density, point)
    wanted = density(point)
    assert state == 0
    assert value == pytest.approx(wanted[0], rel=1e-13)
    assert gradient == pytest.approx(wanted[1], rel=1e-10, abs=1e-10)


@pytest.fixture(scope="module")
def exact() -> LogDensity:
    return LogDensity(made_up(800))


@pytest.fixture(scope="module")
def near(exact: LogDensity) -> Surrogate:
    return surrogate(exact, widened(exact), exact.start(1))


def without_money(data: ModelData) -> ModelData:
    return replace(data, spend=None)


@pytest.mark.parametrize("family", ["mbg", "bg", "pareto"])
@pytest.mark.parametrize("money", [True, False])
def test_the_density_itself(exact, family, money):
    data = replace(exact.data, family=family)
    density = LogDensity(data if money else without_money(data))
    same(density, density.start(2))


def test_whitened_with_and_without_a_surrogate(exact, near):
    found = laplace(near.rough)
    z = np.random.default_rng(3).normal(0, 0.5, exact.size)
    for density in (exact, near):
        same(whiten(near.rough, found, density), z)


def test_what_is_no_number_is_refused(exact):
    far = exact.start(4)
    far[0] = 800.0  # a spread beyond all numbers
    assert as_nutpie_calls(exact, far)[0] == 1
