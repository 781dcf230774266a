"""CLV Workbench: what customers and channels are truly worth over 12 months.

``import workbench`` is cheap; each public name loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.analysis import Analysis, open_analysis
    from workbench.brand import Brand, load_brand
    from workbench.checks import Check, Status
    from workbench.errors import (
        BrandError,
        DataWarning,
        InputError,
        ModelError,
        Problem,
        SourceError,
        WorkbenchError,
    )
    from workbench.explorer.start import explore

__version__ = "0.1.0"

_HOME = {
    "Analysis": "workbench.analysis",
    "Brand": "workbench.brand",
    "BrandError": "workbench.errors",
    "Check": "workbench.checks",
    "DataWarning": "workbench.errors",
    "InputError": "workbench.errors",
    "ModelError": "workbench.errors",
    "Problem": "workbench.errors",
    "SourceError": "workbench.errors",
    "Status": "workbench.checks",
    "WorkbenchError": "workbench.errors",
    "explore": "workbench.explorer.start",
    "load_brand": "workbench.brand",
    "open_analysis": "workbench.analysis",
}

__all__ = [
    "Analysis",
    "Brand",
    "BrandError",
    "Check",
    "DataWarning",
    "InputError",
    "ModelError",
    "Problem",
    "SourceError",
    "Status",
    "WorkbenchError",
    "__version__",
    "explore",
    "load_brand",
    "open_analysis",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
