"""The automation spectrum: what a brand's stack can do, what proves it, what is missing.

``capabilities`` is the registry (data in ``capabilities.yaml``), ``answers`` what a brand declares,
``facts`` and the ``evidence`` modules what its exports and this run prove, ``levels`` the revenue
stages and the four levels, ``stakes`` the profit at stake, ``gaps`` the table that joins them,
``joint`` the profit of all gaps together, ``summary`` the short answer, ``since`` what closed.
Names are loaded on first use, so that reading the registry, which `workbench.sources` does to check
a ``stack.yaml``, loads no pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.spectrum.capabilities import Capability, load_capabilities, questionnaire
    from workbench.spectrum.flows import core_flows
    from workbench.spectrum.gaps import capability_table
    from workbench.spectrum.joint import gap_money
    from workbench.spectrum.levels import (
        Stage,
        level_reached,
        levels_table,
        stage_of,
        stages_table,
    )
    from workbench.spectrum.settings import GapSettings
    from workbench.spectrum.since import gaps_since, previous_gaps
    from workbench.spectrum.summary import StageSummary, stage_summary, summary_table

__all__ = [
    "Capability",
    "GapSettings",
    "Stage",
    "StageSummary",
    "capability_table",
    "core_flows",
    "gap_money",
    "gaps_since",
    "level_reached",
    "levels_table",
    "load_capabilities",
    "previous_gaps",
    "questionnaire",
    "stage_of",
    "stage_summary",
    "stages_table",
    "summary_table",
]

_HOME = {
    "Capability": "capabilities",
    "load_capabilities": "capabilities",
    "questionnaire": "capabilities",
    "capability_table": "gaps",
    "core_flows": "flows",
    "gap_money": "joint",
    "Stage": "levels",
    "level_reached": "levels",
    "levels_table": "levels",
    "stage_of": "levels",
    "stages_table": "levels",
    "GapSettings": "settings",
    "gaps_since": "since",
    "previous_gaps": "since",
    "StageSummary": "summary",
    "stage_summary": "summary",
    "summary_table": "summary",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
