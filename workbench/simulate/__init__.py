"""Synthetic brands with known truth, in the formats that real tools export.

``write_brand`` writes a brand folder, ``simulate_process`` gives the same brand in memory, the year
after the as-of date included.
"""

from __future__ import annotations

from workbench.simulate.simulation import Simulation, simulate_process
from workbench.simulate.stages import stage_settings
from workbench.simulate.write import write_brand, write_simulation

__all__ = [
    "Simulation",
    "simulate_process",
    "stage_settings",
    "write_brand",
    "write_simulation",
]
