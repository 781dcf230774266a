"""The tab on one customer."""

from __future__ import annotations

from workbench.explorer import answers, figures
from workbench.explorer.bench import Bench
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Shown, Tile
from workbench.explorer.tabs.parts import only, panel
from workbench.explorer.view import View
from workbench.plots.words import days, money, money_range, number, probability

__all__ = ["customer"]


def customer(bench: Bench, view: View) -> Shown:
    """The orders of one customer, and what is expected of them."""
    facts = bench.material.facts
    orders = answers.order_answer(bench.material, view)
    table = answers.customer_answer(bench.material, view)
    if isinstance(orders, Sentence) or isinstance(table, Sentence):
        why = table if isinstance(table, Sentence) else orders
        assert isinstance(why, Sentence)
        return only("customer", why)
    r, currency = table.iloc[0], facts.currency
    tiles = [
        Tile("Orders so far", number(r["orders"], 0), f"observed in {days(r['age_days'], 10**6)}"),
        Tile("Still active", probability(r["p_active"]), f"probability · {r['segment']}"),
        Tile(
            "Orders in the next 12 months",
            number(r["next_12m_orders"], 1),
            "expected, predicted",
        ),
    ]
    if facts.has_money:
        tiles += [
            Tile("Contribution so far", money(r["contribution_to_date"], currency), "observed"),
            Tile(
                "12-month value",
                money(r["value_12m_mean"], currency),
                "observed"
                if r["value_12m_low"] == r["value_12m_high"]
                else f"{money_range(r['value_12m_low'], r['value_12m_high'], currency)}, "
                f"{view.interval:.0%} interval",
            ),
            Tile("Next 12 months", money(r["next_12m_mean"], currency), f"expected · {r['tier']}"),
        ]
    drawn = panel("orders", orders, lambda: figures.story_figure(orders, table, view, facts))
    return Shown((drawn,), tuple(tiles), more={"customer": table})
