"""The controls of the two desks: spend by channel, and what a test is planned with."""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from workbench.explorer.bench import Bench
from workbench.explorer.bound import Bound, control, stop_slider
from workbench.explorer.desk_budget import LARGEST_RATIO
from workbench.explorer.desk_experiments import TRAFFIC, ExperimentPlan, round_numbers
from workbench.explorer.sentence import Sentence
from workbench.plots.words import money, shorten

__all__ = ["budget_controls", "experiment_controls"]


def budget_controls(bench: Bench) -> list[Bound]:
    """A slider of spend per channel in steps of 2% of today's, none where there is no budget.

    The view keeps currency a week. Stops are exact: a slider of numbers would send back today's
    spend rounded to its step, and a budget that nobody touched would seem changed.
    """
    from workbench.decisions.budget_draws import WEEKS_PER_MONTH

    if isinstance(bench.budget, Sentence):
        return []
    desk, currency = bench.budget, bench.material.facts.currency
    percents = range(-100, round(100 * (LARGEST_RATIO - 1.0)) + 1, 2)
    controls = []
    for channel, today in zip(desk.channels, desk.today.tolist(), strict=True):
        stops = [
            (
                f"{money(today * (1 + p / 100) * WEEKS_PER_MONTH, currency)} "
                f"({f'{p:+d}%' if p else 'today'})",
                today if p == 0 else today * (1 + p / 100),
            )
            for p in percents
        ]
        controls.append(
            Bound(
                f"budget_{channel}",
                stop_slider(
                    f"{shorten(channel, 28)}, spend a month",
                    "Spend a month, against today's.",
                    stops,
                ),
                lambda view, channel=channel, today=today: view.budget.get(  # type: ignore[misc]
                    channel, today
                ),
                lambda view, value, channel=channel: view.change(  # type: ignore[misc]
                    budget=view.budget | {channel: value}
                ),
            )
        )
    return controls


def experiment_controls(bench: Bench) -> list[Bound]:
    """What a test is planned with."""
    from workbench.decisions.experiment_settings import KINDS

    currency = bench.material.facts.currency
    kinds = [(kind.capitalize(), float(i)) for i, kind in enumerate(KINDS)]
    share: dict[str, Any] = {"readout_format": ".1%"}
    widgets = {
        "metric": control(w.Dropdown, "Primary metric", "What the idea moves.", options=kinds),
        "weekly_traffic": stop_slider(
            "People a week", "Whom the test can be shown to.",
            [(f"{n:,.0f}", n) for n in TRAFFIC],
        ),
        "baseline_rate": stop_slider(
            "Baseline rate", "Share of people with the outcome today.",
            [(f"{r:.4g}%", r / 100) for r in round_numbers(-1, 1) if r <= 90],
        ),
        "lift_mean": control(
            w.FloatSlider, "Expected lift", "Mean of the relative lift before the test.",
            min=-0.1, max=0.1, step=0.0025, readout_format="+.1%",
        ),
        "lift_sd": control(
            w.FloatSlider, "Spread of lifts", "Standard deviation of true lifts of such ideas.",
            min=0.0025, max=0.15, step=0.0025, **share,
        ),
        "cost": control(
            w.FloatSlider, f"Cost, {currency}", "Building and running the test.",
            min=0, max=50_000, step=250, readout_format=",.0f",
        ),
        "weeks": control(
            w.IntSlider, "Weeks (0: the best)", "How long the test takes traffic.", min=0, max=26
        ),
        "smallest_lift": control(
            w.FloatSlider, "Smallest lift of a classical test",
            "The test of 80% power beside it is sized for this lift.",
            min=0.005, max=0.3, step=0.005, **share,
        ),
    }  # fmt: skip
    whole = ("weeks",)
    return [
        Bound(
            f"experiment_{name}",
            widget,
            lambda view, name=name: (int if name in whole else float)(  # type: ignore[misc]
                getattr(ExperimentPlan.of(view.experiment, bench.money), name)
            ),
            lambda view, value, name=name: view.change(  # type: ignore[misc]
                experiment=view.experiment | {name: round(float(value), 6)}
            ),
        )
        for name, widget in widgets.items()
    ]
