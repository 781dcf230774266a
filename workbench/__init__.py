"""CLV Workbench: what customers and channels are truly worth over 12 months.

In a notebook::

    import workbench as wb

    wb.samples()                                    # brands that come with the package
    brand = wb.load_brand("exports/juniper_tea")    # settings of a folder of exports
    analysis = wb.open_analysis(brand, fast=True)   # nothing is read or fitted yet
    analysis.readiness                              # may this data carry these decisions?
    analysis.table("channels")                      # any table of the report
    wb.render_report("exports/juniper_tea")         # the whole report, as files

``import workbench`` is cheap; each public name loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.analysis import Analysis, open_analysis
    from workbench.brand import Brand, load_brand
    from workbench.checks import Check, Checks, Status
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
    from workbench.report.batch import run_batch
    from workbench.report.notebooks import samples
    from workbench.report.run import render_report
    from workbench.sources.exports import read_exports
    from workbench.value.backtest import run_backtest

__version__ = "0.1.0"

_HOME = {
    "Analysis": "workbench.analysis",
    "Brand": "workbench.brand",
    "BrandError": "workbench.errors",
    "Check": "workbench.checks",
    "Checks": "workbench.checks",
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
    "read_exports": "workbench.sources.exports",
    "render_report": "workbench.report.run",
    "run_backtest": "workbench.value.backtest",
    "run_batch": "workbench.report.batch",
    "samples": "workbench.report.notebooks",
}

__all__ = [
    "Analysis",
    "Brand",
    "BrandError",
    "Check",
    "Checks",
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
    "read_exports",
    "render_report",
    "run_backtest",
    "run_batch",
    "samples",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
