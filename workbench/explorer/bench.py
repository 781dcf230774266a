"""What all tabs answer from, laid out once when a brand is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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

__all__ = ["Bench", "open_bench"]


@dataclass(frozen=True)
class Bench:
    """Material and desks of one brand at one as-of date.

    Attributes
    ----------
    material : Material
    folder : Path
        Where the brand's runs leave their files: the state and what is exported go there.
    budget : BudgetDesk or Sentence
        A sentence where the data cannot carry a budget.
    proposal : dict of str to float
        Weekly spend by channel that the report proposes; empty where it proposes none.
    money : ExperimentMoney or Sentence
        What experiments are worth.
    settings : DecisionSettings
    palette : mapping
        Style by channel name, the same on every figure.
    seed : int
    """

    material: Material
    folder: Path
    budget: BudgetDesk | Sentence
    money: ExperimentMoney | Sentence
    settings: DecisionSettings
    palette: Mapping[str, ChannelStyle]
    seed: int
    proposal: dict[str, float] = field(default_factory=dict)


def open_bench(analysis: Analysis) -> Bench:
    """Lay out what an analysis knows; fits and simulates only what is not kept yet.

    Raises
    ------
    ModelError
        Where no model can be fitted.
    """
    from workbench.explorer.build import open_material

    return lay_out(open_material(analysis), analysis)


def lay_out(material: Material, analysis: Analysis) -> Bench:
    """Lay out a material with the settings of its brand."""
    from workbench.plots.theme import channel_styles

    settings, currency = analysis.decision_settings, analysis.brand.currency
    names = set(material.values("channel")) | set(material.spend["channel"].astype(str))
    budget = open_budget_desk(material.budget, settings.budget)
    return Bench(
        material=material,
        folder=analysis.out / analysis.brand.slug,
        budget=budget,
        money=experiment_money(material, seed=analysis.seed),
        settings=settings,
        palette=channel_styles(names),
        seed=analysis.seed,
        proposal={}
        if isinstance(budget, Sentence)
        else proposed_spend(material.budget, settings.budget, currency),
    )
