# mypy: disable-error-code="no-untyped-def"
"""The density in a sampler's coordinates as a C function, so that no gradient waits for Python.

nutpie runs chains in threads of its own. A density that is a Python object makes them take turns at
the interpreter's lock, which costs as much as half a gradient; a C function does not. Such a
function gets one address beside the point: that of a table with a row for every array it needs,
which says where the array is and how large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types
from numba.extending import intrinsic

from workbench.models.crossed import log_density
from workbench.models.density import LogDensity
from workbench.models.surrogate import Surrogate, add_paraboloid
from workbench.models.whitening import Whitened, by_coordinates, place

__all__ = ["Arrays", "arrays_of", "nutpie_model", "whitened_density"]

# Rows of the table, whole numbers first; those of histories and of spend in the order in which the
# likelihood takes them. Vectors have one row, what a density does not need none.
(
    SCALARS, SPREAD_OF, COHORT_BLOCKS, COHORT_INDEX, MONTH_BLOCKS, MONTH_INDEX, PERIOD,
    CELL, REPEATS, CELL_START, SPEND_CELL,
) = range(11)  # fmt: skip
(
    CENTRE, MATRIX, ANCHOR, POWER, AT, SLOPE, BEND, POSITIVE_PRIOR, LEVEL_PRIOR,
    MONTH_SEASON, REPEATS_BY_PERIOD, FIRST, LAST, WEIGHT, ABOVE, CELL_ABOVE, CELL_WEIGHT,
    SPENT, CUSTOMERS, DAYS, DISTINCT, COUNT, CELL_CUSTOMERS, LOG_SUMS,
) = range(11, 35)  # fmt: skip
ROWS = 35


@dataclass(frozen=True)
class Arrays:
    """What `whitened_density` needs beside the point.

    Attributes
    ----------
    table : ndarray of int, shape (ROWS, 3)
        Address, rows and columns of each array.
    kept : list of ndarray
        The arrays themselves, which have to live as long as the table.
    """

    table: np.ndarray
    kept: list[np.ndarray]


def arrays_of(density: LogDensity | Surrogate | Whitened) -> Arrays:
    """Table of all arrays that a density consists of."""
    plain: Any = density
    found: dict[int, Any] = {}
    if isinstance(density, Whitened):
        found |= {
            SPREAD_OF: density.spread_of, CENTRE: density.centre, MATRIX: density.matrix,
            ANCHOR: density.anchor, POWER: density.power,
        }  # fmt: skip
        plain = density.density
    if isinstance(plain, Surrogate):
        found |= {AT: plain.at, SLOPE: plain.slope, BEND: plain.bend}
        plain = plain.rough
    code, spend_at, *others, histories, spend = plain.arguments
    found[SCALARS] = np.array([code, spend_at])
    order = (
        POSITIVE_PRIOR, LEVEL_PRIOR, COHORT_BLOCKS, COHORT_INDEX, MONTH_BLOCKS, MONTH_INDEX,
        MONTH_SEASON, PERIOD, REPEATS_BY_PERIOD,
        CELL, FIRST, LAST, REPEATS, WEIGHT, ABOVE, CELL_START, CELL_ABOVE, CELL_WEIGHT,
        SPEND_CELL, SPENT, CUSTOMERS, DAYS, DISTINCT, COUNT, CELL_CUSTOMERS, LOG_SUMS,
    )  # fmt: skip
    found |= dict(zip(order, (*others, *histories, *spend), strict=True))

    table, kept = np.zeros((ROWS, 3), dtype=np.int64), []
    for row in range(ROWS):
        kind = np.int64 if row < CENTRE else np.float64
        array = np.ascontiguousarray(found.get(row, np.zeros(0)), dtype=kind)
        kept.append(array)
        table[row] = (array.ctypes.data, *np.atleast_2d(array).shape)
    return Arrays(table, kept)


@intrinsic
def _pointer(typing_context, address):
    """Pointer of an address."""

    def code(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(address), code


@njit(cache=True, nogil=True)
def _integers(table, row):
    """Matrix of whole numbers in a row of the table."""
    return carray(_pointer(table[row, 0]), (table[row, 1], table[row, 2]), np.int64)


@njit(cache=True, nogil=True)
def _numbers(table, row):
    """Matrix of numbers in a row of the table."""
    return carray(_pointer(table[row, 0]), (table[row, 1], table[row, 2]), np.float64)


@njit(cache=True, nogil=True, error_model="numpy")
def _value_and_gradient(z, table):
    """Log density at z and its gradient, as the density of `arrays_of` gives them when called."""
    scalars, spread_of = _integers(table, SCALARS)[0], _integers(table, SPREAD_OF)[0]
    matrix, power = _numbers(table, MATRIX), _numbers(table, POWER)[0]
    point, scale, volume = z, z, 0.0
    if spread_of.shape[0] > 0:
        centre, anchor = _numbers(table, CENTRE)[0], _numbers(table, ANCHOR)[0]
        point, scale, volume = place(z, centre, matrix, anchor, spread_of, power)
    histories = (
        _integers(table, CELL)[0], _numbers(table, FIRST)[0], _numbers(table, LAST)[0],
        _integers(table, REPEATS)[0], _numbers(table, WEIGHT)[0], _numbers(table, ABOVE)[0],
        _integers(table, CELL_START)[0], _numbers(table, CELL_ABOVE)[0],
        _numbers(table, CELL_WEIGHT)[0],
    )  # fmt: skip
    spend = (
        _integers(table, SPEND_CELL)[0], _numbers(table, SPENT)[0], _numbers(table, CUSTOMERS)[0],
        _numbers(table, DAYS)[0], _numbers(table, DISTINCT)[0], _numbers(table, COUNT)[0],
        _numbers(table, CELL_CUSTOMERS)[0], _numbers(table, LOG_SUMS)[0],
    )  # fmt: skip
    value, slope = log_density(
        point, scalars[0], scalars[1],
        _numbers(table, POSITIVE_PRIOR), _numbers(table, LEVEL_PRIOR),
        _integers(table, COHORT_BLOCKS), _integers(table, COHORT_INDEX),
        _integers(table, MONTH_BLOCKS), _integers(table, MONTH_INDEX),
        _numbers(table, MONTH_SEASON)[0], _integers(table, PERIOD)[0],
        _numbers(table, REPEATS_BY_PERIOD)[0], histories, spend,
    )  # fmt: skip
    at = _numbers(table, AT)[0]
    if at.shape[0] > 0:
        value += add_paraboloid(point, at, _numbers(table, SLOPE)[0], _numbers(table, BEND), slope)
    if spread_of.shape[0] > 0:
        slope = by_coordinates(slope, point, scale, matrix, spread_of, power)
    return value + volume, slope


_NUMBERS = types.CPointer(types.double)


@cfunc(
    types.int64(types.uint64, _NUMBERS, _NUMBERS, _NUMBERS, types.voidptr),
    cache=True,
    error_model="numpy",
)
def whitened_density(size, z, gradient, value, table):
    """Write value and gradient of the density whose `Arrays.table` is given, as nutpie asks.

    Returns
    -------
    int
        0, or 1 where they are no numbers: far out, where a trajectory may stray, which ends there
        and counts as divergent.
    """
    found, slope = _value_and_gradient(carray(z, (size,)), carray(table, (ROWS, 3), np.int64))
    out, fine = carray(gradient, (size,)), np.isfinite(found)
    for i in range(size):
        out[i] = slope[i]
        fine = fine and np.isfinite(slope[i])
    carray(value, (1,))[0] = found
    return 0 if fine else 1


@cfunc(
    types.int64(types.uint64, types.uint64, _NUMBERS, _NUMBERS, types.voidptr),
    cache=True,
    error_model="numpy",
)
def _unchanged(size, kept, point, out, table):
    """Keep a draw as it is."""
    given, written = carray(point, (size,)), carray(out, (kept,))
    for i in range(size):
        written[i] = given[i]
    return 0


def nutpie_model(
    density: LogDensity | Whitened, size: int, start: Callable[[int], np.ndarray]
) -> Any:
    """Model for `nutpie.sample`, its only variable `point` of shape (size,).

    Parameters
    ----------
    density : LogDensity or Whitened
    size : int
        Number of parameters.
    start : callable
        Point to start a chain from, by its seed.
    """
    from nutpie.compile_pymc import CompiledPyMCModel

    arrays = arrays_of(density)
    known = {
        "compiled_logp_func": whitened_density,
        "compiled_expand_func": _unchanged,
        "initial_point_func": start,
        "user_data": arrays.table,
        # Kept with the model, as nothing else holds the arrays while chains run.
        "logp_func": arrays,
        "n_expanded": size,
        "shape_info": (["point"], [slice(0, size)], [(size,)]),
        "_n_dim": size,
        "_shapes": {"point": (size,)},
        "_coords": {},
        "dims": {},
        "shared_data": {},
    }
    # Versions of nutpie differ in fields that only models made by PyMC need.
    needed = {f.name for f in fields(CompiledPyMCModel) if f.default is MISSING}
    return CompiledPyMCModel(**{name: known.get(name) for name in needed | known.keys()})
