"""A small shop as an analysis would hold it, and the report's own tables of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.value.conftest import Shop, shop
from workbench.decisions.budget_settings import BudgetSettings
from workbench.explorer import Material
from workbench.explorer.build import build_material
from workbench.value.tables import value_tables
from workbench.value.valuation import Valuation, valuate

__all__ = ["shop"]

SEED = 5


@dataclass(frozen=True)
class Reported:
    """What an analysis knows of the shop."""

    analysis: Any
    valuation: Valuation
    tables: dict[str, pd.DataFrame]


def spend_of(shop: Shop) -> pd.DataFrame:
    """Daily spend on Meta Ads with claims, and a little on a channel that wins nobody."""
    days = pd.date_range(shop.as_of - timedelta(429), shop.as_of)
    wave = 6.0 + 3.0 * np.sin(np.arange(len(days)) / 9.0)
    columns = {"date": days, "campaign": "", "spend_source": ""}
    paid = pd.DataFrame(columns).assign(
        channel="Meta Ads",
        spend=wave,
        platform_conversion_value=2.5 * wave,
        attribution_setting=np.where(days.month % 2 == 0, "7-day click", "1-day view"),
    )
    lost = pd.DataFrame(columns).assign(
        channel="TikTok Ads", spend=0.5, platform_conversion_value=np.nan,
        attribution_setting=None,
    )  # fmt: skip
    return pd.concat([paid, lost], ignore_index=True)


@pytest.fixture(scope="session")
def reported(shop: Shop) -> Reported:
    spend = spend_of(shop)
    analysis = SimpleNamespace(
        fit=shop.fit,
        customers=shop.customers,
        outlook=SimpleNamespace(pace=None),
        seed=SEED,
        fast=False,
        as_of=shop.as_of,
        brand=SimpleNamespace(name="Juniper Tea", currency="USD"),
        warehouse=shop.warehouse,
        answer=lambda name: getattr(shop, name),
        exports=SimpleNamespace(spend=spend),
        decision_settings=SimpleNamespace(budget=BudgetSettings(draws=100)),
    )
    valuation = valuate(
        shop.fit, shop.customers, shop.value_by_age, spend, as_of=shop.as_of, draws=400, seed=SEED
    )
    tables = value_tables(valuation, shop.fit, shop.customers, shop.daily, spend, seed=SEED)
    return Reported(analysis, valuation, tables)


@pytest.fixture(scope="session")
def material(reported: Reported) -> Material:
    return build_material(reported.analysis)
