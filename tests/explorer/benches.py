"""Benches of a handmade material: what the explorer's widgets answer from, made in milliseconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from tests.explorer.handmade import handmade
from workbench.decisions.experiment_metrics import ExperimentMoney
from workbench.decisions.settings import DecisionSettings, decision_settings
from workbench.explorer.bench import Bench
from workbench.explorer.desk_budget import BudgetDesk
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.models.channel_weeks import ChannelWeeks
from workbench.models.response import ResponseDraws
from workbench.plots.theme import channel_styles

__all__ = ["bench_of", "budget_of", "desk_of", "money"]

DRAWS = 200
SETTINGS: DecisionSettings = decision_settings({})


def response(seed: int = 3) -> ResponseDraws:
    """Three channels with spend, one of them today without."""
    random = np.random.default_rng(seed)
    names, weeks = ["Channel 1", "Channel 2", "Resting"], 20
    spend = random.uniform(500.0, 1500.0, (weeks, 3))
    spend[-8:, 2] = 0.0
    now = spend[-8:].mean(axis=0)
    elasticity = random.uniform(0.3, 0.7, (3, DRAWS))
    customers = random.uniform(20.0, 30.0, (3, DRAWS))
    customers[2] = np.nan
    data = ChannelWeeks(
        starts=pd.date_range("2025-01-01", periods=weeks, freq="7D"),
        channels=names,
        spend=spend,
        customers=np.full((weeks, 3), 25.0),
        unpaid=np.full(weeks, 10.0),
        unpaid_channels=["Channel 0"],
        coarse=np.zeros(3, dtype=bool),
        left_out={},
    )
    return ResponseDraws(
        channels=names,
        spend_now=now,
        customers_now=np.array([25.0, 25.0, 0.0]),
        customers=customers,
        elasticity=elasticity,
        hill=elasticity + 0.5 * (1.0 - elasticity),
        shop_customers=60.0,
        spend_sd=np.full(3, 0.3),
        spending_weeks=np.full(3, weeks),
        sd_ratio=np.full(3, 0.5),
        identified=np.array([True, False, True]),
        prior_sd=0.2,
        recent_weeks=8,
        horizon_weeks=13,
        weeks=weeks,
        checks=[],
        data=data,
    )


def budget_of(one: ResponseDraws, value: np.ndarray, names: list[str]) -> dict:
    """A response packed as `Material.budget` is."""
    from dataclasses import fields

    packed = {"value_next": value, "value_channels": names, "response_checks": []}
    for field in fields(one):
        if field.name not in ("data", "checks"):
            packed[f"response_{field.name}"] = getattr(one, field.name)
    for field in fields(one.data):
        packed[f"weeks_{field.name}"] = getattr(one.data, field.name)
    return packed


def values(seed: int = 4) -> np.ndarray:
    """12-month value of the next customer of Channel 0 to 2, shape (3, draws)."""
    return np.random.default_rng(seed).normal(80.0, 8.0, (3, DRAWS))


NAMES = ["Channel 0", "Channel 1", "Channel 2"]


def desk_of(seed: int = 3) -> BudgetDesk:
    """A budget desk over those channels."""
    from workbench.explorer.desk_budget import open_budget_desk

    desk = open_budget_desk(budget_of(response(seed), values(), NAMES))
    assert isinstance(desk, BudgetDesk)
    return desk


def money() -> ExperimentMoney:
    """Orders worth 20, new customers worth 80."""
    random = np.random.default_rng(5)
    return ExperimentMoney(
        new_customer=random.normal(80.0, 8.0, DRAWS),
        order=random.normal(20.0, 1.0, DRAWS),
        order_value=60.0,
    )


def bench_of(folder: Path, material: Material | None = None, **changes: object) -> Bench:
    """A whole bench; `changes` exchange its parts, e.g. ``money=Sentence("...")``."""
    material = material or replace(handmade(), budget=budget_of(response(), values(), NAMES))
    bench = Bench(
        material=material,
        folder=folder,
        settings=SETTINGS,
        palette=channel_styles(material.values("channel")),
        seed=1,
    )
    # parts that are laid out on first sight count as laid out
    vars(bench).update(
        budget=desk_of() if material.budget else Sentence("No budget: nothing is spent."),
        money=money(),
        proposal={"Channel 1": 900.0},
    )
    vars(bench).update(changes)
    return bench
