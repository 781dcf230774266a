"""What partial pooling makes of cohorts: raw means beside pooled values, by cohort size."""

from __future__ import annotations

from statistics import NormalDist

import pandas as pd

from workbench.explorer.answers.common import noted, refused
from workbench.explorer.levels import level_columns
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.explorer.view import DIMENSIONS, View

__all__ = ["shrinkage_answer"]


def shrinkage_answer(material: Material, view: View) -> pd.DataFrame | Sentence:
    """Raw and partially pooled value of the cohorts that the model knows.

    Returns
    -------
    DataFrame or Sentence
        channel, first_product, first_month ("All" where the model does not tell them apart),
        customers (that reached the horizon), horizon, raw_mean, raw_low, raw_high (what came in
        from them, observed, with the normal interval of a mean; NaN ends for one customer),
        pooled_mean, pooled_low, pooled_high (what the model expects of customers of that cohort
        over the same days; chance of single purchases left out), all in currency per customer;
        largest cohorts first. The horizon is the last at which it is kept (every 30 days, 365)
        not above that of the view; assumptions do not apply, as nothing is predicted.
    """
    why = refused(material, view)
    if why is not None:
        return why
    table = material.shrinkage
    kept = sorted(horizon for horizon in table["horizon"].unique() if horizon <= view.horizon)
    if not kept:
        return Sentence(
            "No customer is old enough yet to compare a cohort's raw mean with its pooled value."
        )
    horizon = int(kept[-1])
    rows = table["horizon"] == horizon
    for name in DIMENSIONS:
        if name in view.filters and name in table:
            rows &= table[name].isin([*view.filters[name], "All"])
    table = table[rows].sort_values("customers", ascending=False, kind="stable")
    table = table.reset_index(drop=True)
    if table.empty:
        return Sentence(
            f"None of the chosen cohorts holds a customer of {horizon} days or more; choose "
            "earlier first-purchase months or a shorter horizon."
        )
    width = NormalDist().inv_cdf((1.0 + view.interval) / 2.0)
    low, high = level_columns(table, "pooled", view.interval)
    columns = {
        **{name: table.get(name, "All") for name in DIMENSIONS},
        "customers": table["customers"],
        "horizon": horizon,
        "raw_mean": table["raw_mean"],
        "raw_low": table["raw_mean"] - width * table["raw_se"],
        "raw_high": table["raw_mean"] + width * table["raw_se"],
        "pooled_mean": table["pooled_mean"],
        "pooled_low": low,
        "pooled_high": high,
    }
    notes = [
        f"Value to day {horizon} of customers that reached it: raw is observed, pooled is what "
        "the model expects of the same cohort over the same days.",
        "The model does not tell all three dimensions apart; filters on the others do not apply."
        if any(name not in table or (table[name] == "All").all() for name in view.filters)
        else "",
    ]
    plain = view.change(assumptions=type(view.assumptions)())
    return noted(pd.DataFrame(columns), material, plain, notes)
