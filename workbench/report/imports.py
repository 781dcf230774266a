"""Imports without what they only pay for: seconds that no report gets anything for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["GRAMMARS", "not_installed"]

GRAMMARS = "rfc3987_syntax"
"""Compiles 38 grammars when jsonschema, below nbformat, imports it: over a second in each process.

jsonschema does without it where it is not installed, and then leaves the format "iri" unchecked,
which the schema of notebooks does not use.
"""


@contextmanager
def not_installed(module: str) -> Iterator[None]:
    """Make an import of a module fail in the block as if it were not installed.

    A module that is loaded already stays as it is.
    """
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # Python's own mark for "not to be had"
    try:
        yield
    finally:
        del sys.modules[module]
