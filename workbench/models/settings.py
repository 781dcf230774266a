"""How hard the sampler works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SamplerSettings:
    """Settings of one fit.

    Attributes
    ----------
    chains, draws, tune : int
        Chains, kept draws and warm-up draws per chain; the latter after the pilot run
        (`workbench.models.sampling`).
    seed : int
        Same seed, same inputs, same posterior.
    cores : int
        Chains that run side by side.
    longer : bool
        Whether a fit that does not pass its checks is run once more, twice as long and with
        smaller steps, before it is given to anybody.
    """

    chains: int = 4
    draws: int = 500
    tune: int = 100
    seed: int = 20260630
    cores: int = 2
    longer: bool = True


#: For tests and first looks (`--fast`): a real fit with fewer draws.
FAST = SamplerSettings(chains=2, draws=250, tune=100, longer=False)
