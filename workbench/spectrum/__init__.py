"""The automation spectrum: what a brand's stack can do, what proves it, what is missing.

``capabilities`` is the registry (data in ``capabilities.yaml``), ``answers`` what a brand declares,
``facts`` and the ``evidence`` modules what its exports and this run prove, ``levels`` the revenue
stages and the four levels, ``stakes`` the profit at stake, ``gaps`` the table that joins them,
``summary`` the short answer. Names are loaded on first use, so that reading the registry, which
`workbench.sources` does to check a ``stack.yaml``, loads no pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.spectrum.capabilities import Capability, load_capabilities, questionnaire
    from workbench.spectrum.flows import core_flows
    from workbench.spectrum.gaps import capability_table
    from workbench.spectrum.levels import Stage, level_reached, levels_table, stage_of
    from workbench.spectrum.summary import StageSummary, stage_summary, summary_table

__all__ = [
    "Capability",
    "Stage",
    "StageSummary",
    "capability_table",
    "core_flows",
    "level_reached",
    "levels_table",
    "load_capabilities",
    "questionnaire",
    "stage_of",
    "stage_summary",
    "summary_table",
]

_HOME = {
    "Capability": "capabilities",
    "load_capabilities": "capabilities",
    "questionnaire": "capabilities",
    "capability_table": "gaps",
    "core_flows": "flows",
    "Stage": "levels",
    "level_reached": "levels",
    "levels_table": "levels",
    "stage_of": "levels",
    "StageSummary": "summary",
    "stage_summary": "summary",
    "summary_table": "summary",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
