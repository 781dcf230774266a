"""Evidence rules by name: what exports and this run's tables prove about each capability."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from workbench.errors import WorkbenchError
from workbench.spectrum import (
    evidence_ads,
    evidence_audiences,
    evidence_data,
    evidence_messages,
    evidence_runs,
)
from workbench.spectrum.capabilities import Capability, load_capabilities
from workbench.spectrum.facts import Evidence, Facts

__all__ = ["RULES", "Rule", "gather_evidence"]

Rule = Callable[[Facts, Capability], Evidence]


def _none(facts: Facts, item: Capability) -> Evidence:
    """Answer for what no export can hold."""
    return Evidence.unknown("No export holds it.")


RULES: dict[str, Rule] = {
    "none": _none,
    **{
        name: getattr(module, name)
        for module in (
            evidence_ads,
            evidence_audiences,
            evidence_data,
            evidence_messages,
            evidence_runs,
        )
        for name in module.__all__
    },
}
"""Rule name, as the registry writes it -> function."""


def gather_evidence(
    facts: Facts, capabilities: Iterable[Capability] | None = None
) -> dict[str, Evidence]:
    """Apply each capability's rule.

    Parameters
    ----------
    facts : Facts
        Exports and tables up to the as-of date.
    capabilities : iterable of Capability, optional
        The registry; that of the package by default.

    Returns
    -------
    dict of str to Evidence
        Capability id -> evidence, in the order of the questionnaire.

    Raises
    ------
    WorkbenchError
        If the registry names a rule that does not exist.
    """
    found = {}
    for item in load_capabilities() if capabilities is None else capabilities:
        if item.rule not in RULES:
            raise WorkbenchError(
                f"capability {item.id!r} names the unknown evidence rule {item.rule!r}; "
                f"known are {', '.join(sorted(RULES))}"
            )
        found[item.id] = RULES[item.rule](facts, item)
    return found
