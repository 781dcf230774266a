"""The flows that every shop needs, for the decisions below."""

from __future__ import annotations

from workbench.decisions.flows import CoreFlow
from workbench.spectrum.capabilities import load_capabilities

__all__ = ["core_flows"]


def core_flows() -> dict[str, CoreFlow]:
    """Return the core flows of the registry by id: how a person calls them, what names them."""
    return {
        item.id: CoreFlow(item.title, item.names, item.names_not)
        for item in load_capabilities()
        if item.id.startswith("flow_") and item.rule == "flow_live"
    }
