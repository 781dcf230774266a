"""Hierarchical customer-lifetime-value models on collapsed purchase histories.

Importing this package sets PyTensor to run without a C compiler (everything numeric is compiled
by numba), which also silences its warning where none is installed.
"""

from __future__ import annotations

import os

_flags = os.environ.get("PYTENSOR_FLAGS", "")
if "cxx=" not in _flags:
    os.environ["PYTENSOR_FLAGS"] = f"{_flags},cxx=".lstrip(",")
