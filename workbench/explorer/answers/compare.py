"""Two segments side by side: the difference, with its interval, and who is ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.explorer.answers.common import (
    SAME_COST,
    brought_by,
    cost_basis,
    noted,
    refused,
    spend_of,
    split_note,
)
from workbench.explorer.material import Material
from workbench.explorer.sentence import Sentence
from workbench.explorer.sums import interval_columns, totals_at
from workbench.explorer.view import Segment, View

__all__ = ["compare_answer"]


def compare_answer(material: Material, view: View) -> pd.DataFrame | Sentence:
    """Compare the two segments of the view; its own filters do not apply.

    Both come from the same draws, so that what they share, such as the season, cancels.

    Returns
    -------
    DataFrame or Sentence
        One row per quantity: `value` (contribution per customer to the horizon), `cac` and
        `profit` (value minus CAC, per customer of channels with spend), `roas`; unit; a_name,
        b_name, a_customers, b_customers; a_mean, a_low, a_high, b_*, difference_* (A minus B),
        p_a_above_b (NaN for CAC, which is observed), basis. Rows about cost are left out unless
        both segments have spend.
    """
    why = refused(material, view.change(filters={}))
    if why is not None:
        return why
    first, second = view.segments
    for segment in (first, second):
        if not material.chosen(segment.filters).any():
            return Sentence(
                f"Segment {segment.name} holds no customer. Choose more channels, products or "
                "months for it."
            )
    a, b = (_figures(material, view, segment) for segment in (first, second))
    sizes = {
        "a_name": first.name,
        "b_name": second.name,
        "a_customers": int(material.customers_of[material.chosen(first.filters)].sum()),
        "b_customers": int(material.customers_of[material.chosen(second.filters)].sum()),
    }
    currency = material.facts.currency
    units = {
        "value": f"{currency} per customer",
        "cac": f"{currency} per customer",
        "profit": f"{currency} per customer",
        "roas": f"{currency} per {currency} spent",
    }
    rows = []
    for name, unit in units.items():
        if name not in a or name not in b:
            continue
        row: dict[str, object] = {"quantity": name, "unit": unit, **sizes}
        for prefix, draws in (("a", a[name]), ("b", b[name]), ("difference", a[name] - b[name])):
            columns = interval_columns(draws[None, :], prefix, view.interval)
            row |= {key: float(values[0]) for key, values in columns.items()}
        row["p_a_above_b"] = np.nan if name == "cac" else _ahead(a[name], b[name])
        row["basis"] = "observed + predicted" if name != "cac" else cost_basis(material)
        rows.append(row)
    return noted(pd.DataFrame(rows), material, view, _notes(material, view, "cac" in a, "cac" in b))


def _ahead(a: np.ndarray, b: np.ndarray) -> float:
    """P(A > B), ties shared: the same customers twice are even."""
    return float((a > b).mean() + 0.5 * (a == b).mean())


def _figures(material: Material, view: View, segment: Segment) -> dict[str, np.ndarray]:
    group = np.where(material.chosen(segment.filters), 0, -1)
    n, _, total = totals_at(material, group, 1, view.horizon, view.assumptions)
    figures = {"value": total[0] / n[0]}
    paid = spend_of(material, segment.filters, group, 1)
    if not np.isfinite(paid.spend[0]):
        return figures
    own = np.where(paid.paid, group, -1)
    brought = brought_by(material, view, own)
    cost = paid.spend[0] * (1.0 + view.assumptions.cac_change)
    figures["cac"] = cost / paid.won[0] * np.ones_like(brought)
    figures["profit"] = (brought - cost) / paid.won[0]
    if cost > 0:
        figures["roas"] = brought / cost
    return figures


def _notes(material: Material, view: View, a_paid: bool, b_paid: bool) -> list[str]:
    first, second = view.segments
    both = material.chosen(first.filters) & material.chosen(second.filters)
    shared = int(material.customers_of[both].sum())
    notes = []
    if shared:
        notes.append(f"{shared:,} customers are in both segments.")
    without = [s.name for s, paid in zip(view.segments, (a_paid, b_paid), strict=True) if not paid]
    if without:
        notes.append(f"No spend is known of {' and '.join(without)}: cost is not compared.")
    if a_paid and b_paid and any("first_product" in s.filters for s in view.segments):
        notes.append(SAME_COST)
    notes.append(split_note(material) if a_paid or b_paid else "")
    notes.append("A difference between segments is an association, not what a change would cause.")
    return notes
