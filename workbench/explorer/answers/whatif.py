"""What if CAC, margin or retention were others: value, CAC, True Profit, payback, now and then."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.explorer.answers.common import (
    SAME_COST,
    Spend,
    brought_by,
    cost_basis,
    in_words,
    noted,
    refused,
    spend_of,
    split_note,
)
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.explorer.sums import Curves, at_age, curves_of, payback, payback_columns
from workbench.explorer.view import Assumptions, View

__all__ = ["what_if_answer"]


def what_if_answer(material: Material, view: View) -> pd.DataFrame | Sentence:
    """Figures of all customers in view together, as they are and under the view's assumptions.

    Both are made from the same draws, so that their difference carries no noise of its own.

    Returns
    -------
    DataFrame or Sentence
        One row per quantity: `value` (per customer to the horizon), `cac` and `true_profit` (of
        customers of channels with spend, as in the report), `roas` (of the same customers),
        `payback_days`, `p_value_above_cac`, `p_payback_12m`; unit (currency per customer,
        currency, currency per currency, days, probability); now_mean, now_low, now_high,
        then_mean, then_low, then_high, change_mean, change_low, change_high (then minus now, draw
        by draw); basis. The middle of payback is its median, infinite where a year is not enough,
        and its change is that of medians, without an interval. Rows about cost are left out
        where nothing was spent.
    """
    why = refused(material, view)
    if why is not None:
        return why
    mask = material.chosen(view.filters)
    group = np.where(mask, 0, -1)
    paid = spend_of(material, view.filters, group, 1)
    curves = curves_of(material, group, 1)
    now = _figures(material, view.change(assumptions=Assumptions()), group, curves, paid)
    then = _figures(material, view, group, curves, paid)
    currency = material.facts.currency
    units = {
        "value": f"{currency} per customer",
        "cac": f"{currency} per customer",
        "true_profit": currency,
        "roas": f"{currency} per {currency} spent",
        "payback_days": "days",
        "p_value_above_cac": "probability",
        "p_payback_12m": "probability",
    }
    rows = [
        {
            "quantity": name,
            "unit": unit,
            **_ends(now[name], "now", view.interval, name),
            **_ends(then[name], "then", view.interval, name),
            **_change(now[name], then[name], view.interval, name),
            "basis": "observed + predicted" if name != "cac" else cost_basis(material),
        }
        for name, unit in units.items()
        if name in now
    ]
    notes = []
    if "cac" not in now:
        notes.append("No spend is known of these customers: CAC, True Profit and payback are not.")
    elif paid.customers[0] < curves.customers[0]:
        notes.append(
            f"CAC, True Profit, ROAS and payback are those of the {int(paid.customers[0]):,} "
            f"customers of channels with spend; value is that of all {int(curves.customers[0]):,}."
        )
    if "cac" in now and "first_product" in view.filters:
        notes.append(SAME_COST)
    notes.append(split_note(material) if "cac" in now else "")
    if not in_words(view.assumptions):
        notes.append("Nothing is assumed to change: now and then are the same.")
    return noted(pd.DataFrame(rows), material, view, notes)


def _figures(
    material: Material,
    view: View,
    group: np.ndarray,
    curves: Curves,
    paid: Spend,
) -> dict[str, np.ndarray]:
    """Draws of every quantity, shape (draws,)."""
    assumptions = view.assumptions
    total = at_age(curves.under(assumptions), view.horizon)[1][0]
    figures = {"value": total / curves.customers[0]}
    if not np.isfinite(paid.spend[0]):
        return figures
    own = np.where(paid.paid, group, -1)
    cost = paid.spend[0] * (1.0 + assumptions.cac_change)
    cac = paid.cac[0] * (1.0 + assumptions.cac_change)
    brought = brought_by(material, view, own)
    days = payback(curves_of(material, own, 1).under(assumptions), cac[None, :])[0]
    one = np.ones_like(total)
    figures |= {
        "cac": cac * one,
        "true_profit": brought - cost,
        "payback_days": days,
        "p_value_above_cac": (brought > cost).mean() * one,
        "p_payback_12m": np.isfinite(days).mean() * one,
    }
    if cost > 0:
        figures["roas"] = brought / cost
    return figures


def _ends(draws: np.ndarray, prefix: str, interval: float, name: str) -> dict[str, float]:
    if name == "payback_days":
        told = payback_columns(draws[None, :], interval)
        return {
            f"{prefix}_mean": float(told["payback_days_median"][0]),
            f"{prefix}_low": float(told["payback_days_low"][0]),
            f"{prefix}_high": float(told["payback_days_high"][0]),
        }
    tail = (1.0 - interval) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail])
    return {f"{prefix}_mean": float(draws.mean()), f"{prefix}_low": low, f"{prefix}_high": high}


def _change(now: np.ndarray, then: np.ndarray, interval: float, name: str) -> dict[str, float]:
    if name != "payback_days":
        return _ends(then - now, "change", interval, name)
    first, second = (_ends(draws, "x", interval, name)["x_mean"] for draws in (now, then))
    change = second - first if np.isfinite([first, second]).all() else np.nan
    return {"change_mean": change, "change_low": np.nan, "change_high": np.nan}
