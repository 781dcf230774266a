"""Tabs that put two sides next to each other: what if, and two segments."""

from __future__ import annotations

import pandas as pd

from workbench.explorer import answers, figures
from workbench.explorer.bench import Bench
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Grid, Shown, Tile
from workbench.explorer.tabs.parts import only, paid_back, panel, payback_range, with_sign
from workbench.explorer.view import View
from workbench.plots.words import estimate, money, number, probability, span

__all__ = ["compare", "suppose"]

_QUANTITIES = {
    "value": "{span} value per customer",
    "cac": "CAC",
    "true_profit": "True Profit",
    "profit": "True Profit per customer",
    "roas": "{span} ROAS",
    "payback_days": "Payback, median",
    "p_value_above_cac": "Value above CAC, probability",
    "p_payback_12m": "Paid back within 12 months, probability",
}


def suppose(bench: Bench, view: View) -> Shown:
    """What other costs, margins and retention would make of these customers."""
    facts = bench.material.facts
    table = answers.what_if_answer(bench.material, view)
    if isinstance(table, Sentence):
        return only("what-if", table)
    rows = [
        (
            _QUANTITIES[r["quantity"]].format(span=span(view.horizon)),
            _amount(r, "now", facts.currency),
            _amount(r, "then", facts.currency),
            _amount(r, "change", facts.currency, signed=True),
        )
        for r in table.to_dict("records")
    ]
    grid = Grid(
        f"As it is and under the assumptions, {facts.currency}; {view.interval:.0%} intervals",
        ("", "As it is", "Under the assumptions", "Change"),
        rows,
    )
    drawn = panel("what-if", table, lambda: figures.what_if_figure(table, view, facts))
    return Shown((drawn,), grids=(grid,))


def compare(bench: Bench, view: View) -> Shown:
    """Two segments side by side."""
    facts = bench.material.facts
    table = answers.compare_answer(bench.material, view)
    if isinstance(table, Sentence):
        return only("compare", table)
    first = table.iloc[0]
    a, b = str(first["a_name"]), str(first["b_name"])
    rows = [
        (
            _QUANTITIES[r["quantity"]].format(span=span(view.horizon)),
            _amount(r, "a", facts.currency),
            _amount(r, "b", facts.currency),
            _amount(r, "difference", facts.currency, signed=True),
            probability(r["p_a_above_b"]) if pd.notna(r["p_a_above_b"]) else str(r["basis"]),
        )
        for r in table.to_dict("records")
    ]
    tiles = [
        Tile(
            f"{_QUANTITIES[r['quantity']].format(span=span(view.horizon))}: "
            + (f"{a} above {b}" if r["p_a_above_b"] >= 0.5 else f"{b} above {a}"),
            probability(max(r["p_a_above_b"], 1.0 - r["p_a_above_b"])),
            f"{a} less {b}: {_amount(r, 'difference', facts.currency, signed=True)}",
        )
        for r in table.to_dict("records")
        if pd.notna(r["p_a_above_b"])
    ]
    tiles.append(
        Tile("Customers", f"{first['a_customers']:,} / {first['b_customers']:,}", f"{a} / {b}")
    )
    grid = Grid(
        f"{a} and {b}, {facts.currency}; {view.interval:.0%} intervals",
        ("", a, b, "Difference", f"{a} above {b}, probability"),
        rows,
    )
    drawn = panel("compare", table, lambda: figures.compare_figure(table, view, facts))
    return Shown((drawn,), tuple(tiles), (grid,))


def _amount(r: dict, prefix: str, currency: str, *, signed: bool = False) -> str:
    """One figure of a comparison in its own unit, with its interval where it has one."""
    mean, low, high = (r[f"{prefix}_{end}"] for end in ("mean", "low", "high"))
    name = r["quantity"]
    if signed and mean == 0.0 and not (low < 0.0 or high > 0.0):
        return "no change"
    if name == "payback_days":
        if signed:
            return f"{mean:+.0f} days" if pd.notna(mean) else "–"
        ends = payback_range(low, high)
        return paid_back(mean) if ends == paid_back(mean) else f"{paid_back(mean)} ({ends})"
    if name.startswith("p_"):
        return f"{100 * mean:+.0f} points" if signed else probability(mean)
    if name == "roas":
        sign = "+" if signed and mean > 0 else ""
        return f"{sign}{number(mean, 2)} ({number(low, 2)} to {number(high, 2)})"
    if name == "cac" and low == high:
        return with_sign(mean, currency) if signed else money(mean, currency)
    sign = "+" if signed and mean > 0 else ""
    return sign + estimate(mean, low, high, currency)
