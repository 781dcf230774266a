"""The tabs of the explorer: a bench and a view in, tiles, figures and small tables out."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from workbench.explorer.bench import Bench
from workbench.explorer.desk_budget import budget_answer
from workbench.explorer.desk_experiments import ExperimentPlan, experiment_answer
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Grid, Panel, Shown, Tile
from workbench.explorer.view import View
from workbench.plots.words import (
    estimate,
    money,
    money_range,
    number,
    plural,
    probability,
)

__all__ = ["TABS", "show_tab"]


def show_tab(name: str, bench: Bench, view: View) -> Shown:
    """Return what a tab shows.

    Parameters
    ----------
    name : str
        One of `TABS`.
    bench : Bench
    view : View
    """
    return _TABS[name](bench, view)


def _sentence(slug: str, why: Sentence) -> Shown:
    return Shown((Panel(slug, why),))


def _budget(bench: Bench, view: View) -> Shown:
    from workbench.plots.desks import marginal_value, profit_change

    if isinstance(bench.budget, Sentence):
        return _sentence("budget", bench.budget)
    currency = bench.material.facts.currency
    answer = budget_answer(bench.budget, view.budget, interval=view.interval)
    table, total = answer.channels, answer.total
    told = {
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
            f"{_signed(total['spend'] - total['spend_now'], currency)} against today",
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
            "Average CAC: spend over counted customers, predicted",
            "Average CAC now, observed",
        ),
        rows,
    )
    figures = (
        Panel("budget-profit", profit_change(table, total, **told), table),
        Panel("budget-marginal", marginal_value(table, **told)),
    )
    return Shown(figures, tiles, (grid,))


def _experiment(bench: Bench, view: View) -> Shown:
    from workbench.plots.experiments import value_against_size

    if isinstance(bench.money, Sentence):
        return _sentence("experiment", bench.money)
    plan = ExperimentPlan.of(view.experiment)
    answer = experiment_answer(
        bench.money,
        plan,
        settings=bench.settings.experiments,
        interval=view.interval,
        seed=bench.seed,
    )
    if isinstance(answer, Sentence):
        return _sentence("experiment", answer)
    currency, f = bench.material.facts.currency, answer.figures
    worth = f["evsi_net"] > 0
    tiles = (
        Tile(
            "Value of knowing, a week of the test",
            money(f["evsi_per_week"], currency),
            "net of cost, expected over 52 weeks" if worth else "the test costs more than it tells",
        ),
        Tile(
            "Duration",
            plural(round(f["weeks"]), "week"),
            f"result known after {number(f['weeks_to_result'], 1)}"
            + ("" if plan.weeks else "; the best of 2 to 12"),
        ),
        Tile(
            "Sample",
            f"{f['sample_per_arm']:,.0f} per arm",
            f"a test of 80% power for {plan.smallest_lift:+.1%}: {f['sample_80_power']:,.0f}",
        ),
        Tile("Wins", probability(f["p_win"]), "probability that it ends in a roll-out"),
        Tile(
            "Profit of testing, then showing the better version",
            money(f["expected_profit_12m"], currency),
            f"{money_range(f['low'], f['high'], currency)}, {view.interval:.0%} interval",
        ),
    )
    figure = value_against_size(
        answer.curve,
        currency=currency,
        name="This idea",
        planned=f["sample_per_arm"],
        power=f["sample_80_power"],
    )
    grid = Grid(
        f"What a win will show and what it will be, 12-month contribution over 52 weeks, {currency}",
        ("", "Expected"),
        (
            ("Shown by a test that wins, before correction", money(f["naive_gain"], currency)),
            (
                "True gain of a winner (winner's curse corrected)",
                money(f["corrected_gain"], currency),
            ),
            ("Launching untested", money(f["profit_launch"], currency)),
        ),
    )
    table = pd.DataFrame([{**plan.to_dict(), **f, "basis": answer.basis}])
    table.attrs["notes"] = (
        f"A lift is worth money by: {answer.basis}.",
        "Value of knowing: expected value of sample information of a Test & Roll (Feit and Berman "
        "2019): after the test everybody sees the version with the better posterior mean.",
        *(f"{note[:1].upper()}{note[1:]}." for note in answer.notes),
    )
    return Shown((Panel("experiment-size", figure, table),), tiles, (grid,))


def _signed(amount: float, currency: str) -> str:
    text = money(amount, currency)
    return text if text.startswith("-") or not any(d in text for d in "123456789") else f"+{text}"


_TABS: dict[str, Callable[[Bench, View], Shown]] = {
    "Budget desk": _budget,
    "Experiment desk": _experiment,
}
TABS = tuple(_TABS)
"""Names of the tabs, in their order."""
