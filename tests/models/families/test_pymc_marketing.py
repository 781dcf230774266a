"""The families against pymc-marketing (extra `peers`), on the customers of CDNOW."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr

from tests.conftest import require
from tests.models.families.cases import cdnow
from tests.models.families.test_lifetimes import SHAPES
from workbench.models.families import FAMILIES

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of other packages, at their import
    clv: Any = require("pymc_marketing.clv")
    distributions: Any = require("pymc_marketing.clv.distributions")

MODELS = {"mbg": "ModifiedBetaGeoModel", "bg": "BetaGeoModel", "pareto": "ParetoNBDModel"}
DISTRIBUTIONS = {"mbg": "ModifiedBetaGeoNBD", "bg": "BetaGeoNBD", "pareto": "ParetoNBD"}


@pytest.fixture
def customers() -> pd.DataFrame:
    distinct = cdnow().drop_duplicates().reset_index(drop=True)
    return distinct.assign(customer_id=np.arange(len(distinct)))


def with_parameters(name: str, customers: pd.DataFrame) -> Any:
    """Return their model as if it had been fitted with one draw, the parameters of `SHAPES`."""
    kind = getattr(clv, MODELS[name])
    if "data" in inspect.signature(kind).parameters:  # before version 1
        model = kind(data=customers)
        model.build_model()
    else:
        model = kind()
        model.build_model(customers)
    draw = {key: (("chain", "draw"), [[value]]) for key, value in SHAPES[name].items()}
    model.idata = xr.DataTree.from_dict({"/posterior": xr.Dataset(draw)})
    return model


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of their models
@pytest.mark.parametrize("name", FAMILIES)
def test_cdnow_customers_agree(name: str, customers: pd.DataFrame) -> None:
    ours, shapes = FAMILIES[name], SHAPES[name]
    history = tuple(customers[key].to_numpy() for key in ("frequency", "recency", "T"))
    x, t_x, T = history
    theirs = getattr(distributions, DISTRIBUTIONS[name]).dist(T=T, **shapes)
    log_likelihood = pm.logp(theirs, np.column_stack([t_x, x])).eval()
    assert ours.log_likelihood(*history, **shapes) == pytest.approx(log_likelihood, rel=1e-7)

    model = with_parameters(name, customers)
    alive = model.expected_probability_alive(customers)
    assert ours.p_alive(*history, **shapes) == pytest.approx(np.ravel(alive), rel=1e-6)
    for t in (1.0, 39.0, 520.0):
        conditional = model.expected_purchases(customers, future_t=t)
        assert ours.expected_purchases(t, *history, **shapes) == pytest.approx(
            np.ravel(conditional), rel=1e-6
        )
        new = np.ravel(model.expected_purchases_new_customer(customers, t=t))
        assert ours.expected_purchases_new(t, **shapes) == pytest.approx(new[0], rel=1e-6)
