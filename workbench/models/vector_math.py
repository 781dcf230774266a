# mypy: disable-error-code="no-untyped-def"
"""Logarithm and exponential of whole arrays in plain arithmetic, which compilers vectorise.

numba calls the C library for each `log` and `exp`, and a loop with calls in it is run one number at
a time. These two loops have none; both are right to 4e-16 (a test compares).
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["exp_negative", "log_positive"]

# Bits of sqrt(1/2): mantissas are taken from there to sqrt(2), around 1.
_SQRT_HALF = 0x3FE6A09E667F3BCD
_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
def log_positive(x, out, n):
    """Write log of the first `n` numbers of `x`, all positive and normal, to `out`.

    The mantissa m goes through log m = 2 artanh((m - 1) / (m + 1)).
    """
    bits = x.view(np.int64)
    mantissa = out.view(np.int64)
    for i in range(n):
        mantissa[i] = bits[i] - (((bits[i] - _SQRT_HALF) >> 52) << 52)
    for i in range(n):
        exponent = float((bits[i] - _SQRT_HALF) >> 52)
        s = (out[i] - 1.0) / (out[i] + 1.0)
        z = s * s
        series = 1.0 / 19.0
        series = series * z + 1.0 / 17.0
        series = series * z + 1.0 / 15.0
        series = series * z + 1.0 / 13.0
        series = series * z + 1.0 / 11.0
        series = series * z + 1.0 / 9.0
        series = series * z + 1.0 / 7.0
        series = series * z + 1.0 / 5.0
        series = series * z + 1.0 / 3.0
        out[i] = exponent * 0.6931471805599453 + (2.0 * s + 2.0 * s * z * series)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
def exp_negative(x, out, n):
    """Write exp of the first `n` numbers of `x`, none positive, to `out`; `x` is overwritten.

    Below -700 the result is that of -700, some 1e-304.
    """
    bits = out.view(np.int64)
    for i in range(n):
        value = max(x[i], -700.0)
        power = np.floor(value * 1.4426950408889634 + 0.5)
        r = value - power * _LOG2_HIGH - power * _LOG2_LOW
        series = 1.0 / 6227020800.0
        series = series * r + 1.0 / 479001600.0
        series = series * r + 1.0 / 39916800.0
        series = series * r + 1.0 / 3628800.0
        series = series * r + 1.0 / 362880.0
        series = series * r + 1.0 / 40320.0
        series = series * r + 1.0 / 5040.0
        series = series * r + 1.0 / 720.0
        series = series * r + 1.0 / 120.0
        series = series * r + 1.0 / 24.0
        series = series * r + 1.0 / 6.0
        series = series * r + 0.5
        series = series * r + 1.0
        x[i] = power
        out[i] = series * r + 1.0
    for i in range(n):
        bits[i] = bits[i] + (np.int64(x[i]) << 52)
