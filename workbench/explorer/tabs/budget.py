"""The tab of the budget desk."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.explorer.bench import Bench
from workbench.explorer.desk_budget import budget_answer
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Grid, Panel, Shown, Tile
from workbench.explorer.tabs.parts import only, with_sign
from workbench.explorer.view import View
from workbench.plots.words import estimate, money, money_range, probability

__all__ = ["budget"]


def budget(bench: Bench, view: View) -> Shown:
    """Spend by channel against today's, and what it would change."""
    from workbench.plots.desks import marginal_value, profit_change

    if isinstance(bench.budget, Sentence):
        return only("budget", bench.budget)
    currency = bench.material.facts.currency
    answer = budget_answer(bench.budget, view.budget, interval=view.interval)
    table, total = answer.channels, answer.total
    told: dict[str, Any] = {
        "currency": currency,
        "horizon_weeks": bench.budget.horizon_weeks,
        "interval": view.interval,
        "palette": bench.palette,
    }
    moved = pd.notna(total["p_better"])
    change = (total["profit_change_low"], total["profit_change_high"])
    customers = (total["customers_change_low"], total["customers_change_high"])
    tiles = (
        Tile(
            "Expected change in profit a month",
            money(total["profit_change_mean"], currency),
            money_range(*change, currency) if moved else "today's spend",
        ),
        Tile("Better than today", probability(total["p_better"]) if moved else "–", "probability"),
        Tile(
            "Spend a month",
            money(total["spend"], currency),
            f"{with_sign(total['spend'] - total['spend_now'], currency)} against today",
        ),
        Tile(
            "1-in-20 loss a month",
            money(total["loss_1_in_20"], currency) if moved else "–",
            "or worse, with probability 5%",
        ),
        Tile(
            "New customers that spend causes, a month",
            f"{total['customers_change_mean']:+,.0f}" if moved else "–",
            f"{customers[0]:+,.0f} to {customers[1]:+,.0f}" if moved else "as today",
        ),
    )
    rows = [
        (
            r["channel"],
            money(r["spend"], currency),
            estimate(
                r["marginal_cac_mean"], r["marginal_cac_low"], r["marginal_cac_high"], currency
            ),
            estimate(r["cac_mean"], r["cac_low"], r["cac_high"], currency),
            money(r["cac_now"], currency),
        )
        for r in table.sort_values("spend_now", ascending=False).to_dict("records")
    ]
    grid = Grid(
        f"Cost of customers at this spend, {currency}; {view.interval:.0%} intervals",
        (
            "Channel",
            "Spend a month",
            "Marginal CAC: next customer that spend causes, predicted",
            "Average CAC: spend over customers won, predicted",
            "Average CAC now",
        ),
        rows,
    )
    still = Sentence(
        "This is today's spend. Move a slider, or take the proposal of the report, to see what "
        "would change."
    )
    draw = lambda: profit_change(table, total, **told)  # noqa: E731
    panels = (
        Panel(
            "budget-profit",
            draw if moved else still,
            table,
        ),
        Panel("budget-marginal", lambda: marginal_value(table, **told)),
    )
    return Shown(panels, tiles, (grid,), {"budget-total": pd.DataFrame([total])})
