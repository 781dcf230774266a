"""The figure of the prior: what is marked where, and its finding."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.plots import examples
from workbench import plots
from workbench.errors import WorkbenchError


def traces(fig, name: str):
    return [trace for trace in fig.data if trace.name == name]


def test_every_quantity_has_prior_fitted_and_observed():
    table = examples.prior()
    fig = plots.prior_against_brand(table, currency="EUR")
    for name, column in (
        ("prior median", "prior_q50"),
        ("fitted mean", "posterior_mean"),
        ("observed", "observed"),
    ):
        assert [trace.x[0] for trace in traces(fig, name)] == list(table[column])
    assert {trace.marker.symbol for trace in traces(fig, "observed")} == {"diamond"}
    assert fig.layout.yaxis.ticktext == ("prior", "fitted", "observed")
    notes = [note.text for note in fig.layout.annotations]
    assert "<b>12-month value, EUR</b>" in notes[2]
    assert "prior €56 (€34 to €118) · fitted €50 · observed €49 (1,204 customers)" in notes[2]


def test_the_finding_counts_the_tails_of_the_prior():
    inside = plots.prior_against_brand(examples.prior(), currency="EUR").layout.meta["title"]
    assert inside == (
        "What customers did in their first year lies inside the 90% interval of the prior."
    )
    table = examples.prior()
    table["prior_below"] = [0.5, 0.97, 0.96]
    title = plots.prior_against_brand(table, currency="EUR").layout.meta["title"]
    assert title == (
        "Customers did more than the 90% interval of the prior held possible: orders in the first "
        "year, 12-month value."
    )


def test_a_young_brand_has_no_observed_year():
    table = examples.prior().assign(observed=np.nan, prior_below=np.nan, customers=0)
    fig = plots.prior_against_brand(table, currency="EUR")
    assert not traces(fig, "observed")
    assert "no customer is a year old yet" in fig.layout.meta["title"]


def test_a_quantity_stands_once():
    with pytest.raises(WorkbenchError, match="one row per quantity"):
        plots.prior_against_brand(pd.concat([examples.prior()] * 2))
