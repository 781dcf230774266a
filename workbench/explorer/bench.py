"""What all tabs answer from: what a brand's opening reads, and desks laid out on first sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.explorer.desk_budget import BudgetDesk, open_budget_desk, proposed_spend
from workbench.explorer.desk_experiments import experiment_money
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence

if TYPE_CHECKING:
    from workbench.analysis import Analysis
    from workbench.decisions.experiment_metrics import ExperimentMoney
    from workbench.decisions.settings import DecisionSettings
    from workbench.plots.theme import ChannelStyle

__all__ = ["Bench", "lay_out", "open_bench"]


@dataclass(frozen=True)
class Bench:
    """Material and desks of one brand at one as-of date; desks are laid out when first asked for.

    Attributes
    ----------
    material : Material
    folder : Path
        Where the brand's runs leave their files: the state and what is exported go there.
    settings : DecisionSettings
    palette : mapping
        Style by channel name, the same on every figure.
    seed : int
    """

    material: Material
    folder: Path
    settings: DecisionSettings
    palette: Mapping[str, ChannelStyle]
    seed: int

    @cached_property
    def budget(self) -> BudgetDesk | Sentence:
        """Desk of the budget; a sentence where the data cannot carry one."""
        return open_budget_desk(self.material.budget, self.settings.budget)

    @cached_property
    def proposal(self) -> dict[str, float]:
        """Weekly spend by channel that the report proposes; empty where it proposes none."""
        if isinstance(self.budget, Sentence):
            return {}
        currency = self.material.facts.currency
        return proposed_spend(self.material.budget, self.settings.budget, currency)

    @cached_property
    def money(self) -> ExperimentMoney | Sentence:
        """What experiments are worth."""
        return experiment_money(self.material, seed=self.seed)


def open_bench(analysis: Analysis, tell: Callable[[str], object] = lambda _: None) -> Bench:
    """Lay out what an analysis knows; fits and simulates only what is not kept yet.

    Parameters
    ----------
    analysis : Analysis
    tell : callable
        Told what takes minutes, step by step.

    Raises
    ------
    ModelError
        Where no model can be fitted.
    """
    from workbench.explorer.prepare import prepare

    return lay_out(prepare(analysis, tell), analysis)


def lay_out(material: Material, analysis: Analysis) -> Bench:
    """Lay out a material with the settings of its brand."""
    from workbench.plots.theme import channel_styles

    names = set(material.values("channel")) | set(material.spend["channel"].astype(str))
    return Bench(
        material=material,
        folder=analysis.runs,
        settings=analysis.decision_settings,
        palette=channel_styles(names),
        seed=analysis.seed,
    )
