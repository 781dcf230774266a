"""One small shop whose customers buy as the model says, and a posterior that knows the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
import pytest

from tests.models.handmade import story_data, true_fit
from tests.models.story import Story
from workbench.models.data import ModelData
from workbench.models.fit import Fit
from workbench.store.warehouse import Warehouse


@dataclass(frozen=True)
class Shop:
    """A shop on its last day: what was asked of its warehouse, and the true fit."""

    story: Story
    warehouse: Warehouse
    customers: pd.DataFrame
    daily: pd.DataFrame
    value_by_age: pd.DataFrame
    data: ModelData
    fit: Fit

    @property
    def as_of(self) -> date:
        """Last day of observation."""
        return self.story.as_of


@pytest.fixture(scope="session")
def shop() -> Shop:
    story = Story(customers=240, days=430, arrivals=400)
    warehouse = story.warehouse()
    data = story_data(story, warehouse)
    return Shop(
        story=story,
        warehouse=warehouse,
        customers=warehouse.customers(story.as_of),
        daily=warehouse.daily(story.as_of),
        value_by_age=warehouse.value_by_age(story.as_of),
        data=data,
        fit=true_fit(story, data),
    )
