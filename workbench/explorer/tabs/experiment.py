"""The tab of the experiment desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.explorer.bench import Bench
from workbench.explorer.desk_experiments import ExperimentPlan, experiment_answer
from workbench.explorer.sentence import Sentence
from workbench.explorer.shown import Grid, Shown, Tile
from workbench.explorer.tabs.parts import only, panel
from workbench.explorer.view import View
from workbench.plots.words import money, money_range, plural, probability

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["experiment"]


def experiment(bench: Bench, view: View) -> Shown:
    """What one test is worth, and how large it should be."""
    from workbench.plots.experiments import value_against_size

    if isinstance(bench.money, Sentence):
        return only("experiment", bench.money)
    plan = ExperimentPlan.of(view.experiment, bench.money)
    answer = experiment_answer(
        bench.money,
        plan,
        settings=bench.settings.experiments,
        interval=view.interval,
        seed=bench.seed,
    )
    if isinstance(answer, Sentence):
        return only("experiment", answer)
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
            f"result known after {plural(round(f['weeks_to_result']), 'week')}"
            + ("" if plan.weeks else "; the best of 2 to 12"),
        ),
        Tile(
            "Sample, people per arm",
            f"{f['sample_per_arm']:,.0f}",
            f"a test of 80% power for {plan.smallest_lift:+.1%}: {f['sample_80_power']:,.0f}",
        ),
        Tile("Wins", probability(f["p_win"]), "probability that it ends in a roll-out"),
        Tile(
            "Profit of testing, then showing the better version",
            money(f["expected_profit_12m"], currency),
            f"{money_range(f['low'], f['high'], currency)}, {view.interval:.0%} interval",
        ),
    )
    grid = Grid(
        f"What a win will show and what it will be: contribution over 52 weeks, {currency}",
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

    def draw() -> go.Figure:
        return value_against_size(
            answer.curve,
            currency=currency,
            name="This idea",
            planned=f["sample_per_arm"],
            power=f["sample_80_power"],
        )

    drawn = panel("experiment-size", table, draw)
    return Shown((drawn,), tiles, (grid,), {"experiment-curve": answer.curve})
